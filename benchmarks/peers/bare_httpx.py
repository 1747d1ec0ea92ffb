"""The bare httpx client, C workers, no store and no retry: for the decision which client to stand on."""

from __future__ import annotations

import asyncio
import importlib
import json
from typing import Any

from bench_common import KEY, Arguments, arguments, body, write_results

httpx: Any = importlib.import_module("httpx")  # by name, so that type checks do not depend on its being installed


async def ask_all(args: Arguments) -> list[str | None]:
    """Ask every prompt once; a failure leaves ``None``."""
    texts: list[str | None] = [None] * args.prompts
    todo = iter(range(args.prompts))
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    limits = httpx.Limits(max_connections=args.concurrency, max_keepalive_connections=args.concurrency)
    async with httpx.AsyncClient(limits=limits, headers=headers, timeout=60) as client:

        async def work() -> None:
            for index in todo:
                try:
                    data = json.dumps(body(index)).encode()
                    response = await client.post(f"{args.base_url}/chat/completions", content=data)
                    texts[index] = json.loads(response.content)["choices"][0]["message"]["content"]
                except (httpx.HTTPError, ValueError, LookupError):
                    pass

        await asyncio.gather(*(work() for _ in range(args.concurrency)))
    return texts


if __name__ == "__main__":
    arguments_ = arguments()
    write_results(arguments_.out, asyncio.run(ask_all(arguments_)))
