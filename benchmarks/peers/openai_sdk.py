"""The openai SDK alone: one AsyncOpenAI with its own retries, C workers, no store."""

from __future__ import annotations

import asyncio

from openai import AsyncOpenAI, OpenAIError

from bench_common import KEY, Arguments, arguments, body, write_results


async def ask_all(args: Arguments) -> list[str | None]:
    """Ask every prompt; one that fails after the SDK's retries leaves ``None``."""
    texts: list[str | None] = [None] * args.prompts
    todo = iter(range(args.prompts))
    async with AsyncOpenAI(api_key=KEY, base_url=args.base_url) as client:

        async def work() -> None:
            for index in todo:
                try:
                    reply = await client.chat.completions.create(**body(index))
                    texts[index] = reply.choices[0].message.content
                except (OpenAIError, ValueError, LookupError, TypeError, AttributeError):
                    pass

        await asyncio.gather(*(work() for _ in range(args.concurrency)))
    return texts


if __name__ == "__main__":
    arguments_ = arguments()
    write_results(arguments_.out, asyncio.run(ask_all(arguments_)))
