"""The bare pyreqwest client (Rust's reqwest), C workers, no store and no retry: for the decision which to stand on."""

from __future__ import annotations

import asyncio
import importlib
import json
from typing import Any

from bench_common import KEY, Arguments, arguments, body, write_results

ClientBuilder: Any = importlib.import_module("pyreqwest.client").ClientBuilder
PyreqwestError: Any = importlib.import_module("pyreqwest.exceptions").PyreqwestError


async def ask_all(args: Arguments) -> list[str | None]:
    """Ask every prompt once; a failure leaves ``None``."""
    texts: list[str | None] = [None] * args.prompts
    todo = iter(range(args.prompts))
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    async with ClientBuilder().default_headers(headers).build() as client:

        async def work() -> None:
            for index in todo:
                try:
                    data = json.dumps(body(index)).encode()
                    url = f"{args.base_url}/chat/completions"
                    response = await client.post(url).body_bytes(data).build().send()
                    reply = json.loads(bytes(await response.bytes()))
                    texts[index] = reply["choices"][0]["message"]["content"]
                except (PyreqwestError, ValueError, LookupError):
                    pass

        await asyncio.gather(*(work() for _ in range(args.concurrency)))
    return texts


if __name__ == "__main__":
    arguments_ = arguments()
    write_results(arguments_.out, asyncio.run(ask_all(arguments_)))
