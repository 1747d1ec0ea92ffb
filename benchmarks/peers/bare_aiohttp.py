"""The bare HTTP client underneath ours: aiohttp, C workers, no store, no retry. The floor to compare with."""

from __future__ import annotations

import asyncio
import json

import aiohttp

from bench_common import KEY, Arguments, arguments, body, write_results


async def ask_all(args: Arguments) -> list[str | None]:
    """Ask every prompt once; a failure leaves ``None``."""
    texts: list[str | None] = [None] * args.prompts
    todo = iter(range(args.prompts))
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=args.concurrency)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def work() -> None:
            for index in todo:
                try:
                    data = json.dumps(body(index)).encode()
                    async with session.post(f"{args.base_url}/chat/completions", data=data) as response:
                        reply = json.loads(await response.read())
                    texts[index] = reply["choices"][0]["message"]["content"]
                except (aiohttp.ClientError, ValueError, LookupError):
                    pass

        await asyncio.gather(*(work() for _ in range(args.concurrency)))
    return texts


if __name__ == "__main__":
    arguments_ = arguments()
    write_results(arguments_.out, asyncio.run(ask_all(arguments_)))
