"""Ours, with everything on: the store commits each reply before it is seen, and each is written out as it comes."""

from __future__ import annotations

import json

from bench_common import FIRST_WRITE_SUFFIX, MODEL, arguments, now, prompt, scratch
from tunesmith.teacher import Limits, Message, ReplyStore, Request, Teacher, connect


def main() -> None:
    """Ask a stream of prompts; the stream is never a list."""
    args = arguments()
    client = connect(f"openai:{MODEL}", base_url=args.base_url)
    requests = (Request(messages=(Message("user", prompt(i)),), max_tokens=64) for i in range(args.prompts))
    first = args.out.with_name(args.out.name + FIRST_WRITE_SUFFIX)
    store = ReplyStore(scratch(args) / "replies.sqlite")
    with (
        args.out.open("w", encoding="utf-8") as file,
        Teacher(client, store, Limits(concurrency=args.concurrency)) as teacher,
    ):
        for index, reply in enumerate(teacher.ask(requests)):
            file.write(json.dumps({"text": reply.text}) + "\n")
            file.flush()
            if index == 0:
                first.write_text(str(now()))


if __name__ == "__main__":
    main()
