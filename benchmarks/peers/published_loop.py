"""The published programs' loop: send 10 together, wait for all, then the next 10; whatever --concurrency says.

Written as those programs are: a new event loop and a new client a batch, `asyncio.gather` over the batch, one failure
fails the batch, and a failed batch is sent again whole after a pause. Results are appended batch by batch. The SDK is
today's; that of their day (0.28, over aiohttp) costs about a seventh of the CPU in the same loop. With latency both are
held to 10 requests a round trip.
"""

from __future__ import annotations

import asyncio
import json
import time

from openai import AsyncOpenAI, OpenAIError

from bench_common import KEY, arguments, body

BATCH = 10
TRIES = 5
PAUSE = 1.0  # seconds; the programs wait between 1 and 30


async def ask_batch(base_url: str, indexes: range) -> list[str | None]:
    """Ask the prompts of one batch together."""
    async with AsyncOpenAI(api_key=KEY, base_url=base_url, max_retries=0) as client:
        replies = await asyncio.gather(*(client.chat.completions.create(**body(i)) for i in indexes))
    return [reply.choices[0].message.content for reply in replies]


def main() -> None:
    """Ask batch after batch."""
    args = arguments()
    with args.out.open("w", encoding="utf-8") as file:
        for start in range(0, args.prompts, BATCH):
            indexes = range(start, min(start + BATCH, args.prompts))
            texts: list[str | None] = [None] * len(indexes)
            for _ in range(TRIES):
                try:
                    texts = asyncio.run(ask_batch(args.base_url, indexes))
                    break
                except (OpenAIError, ValueError, LookupError, TypeError, AttributeError):
                    time.sleep(PAUSE)
            for text in texts:
                file.write(json.dumps({"text": text}) + "\n")
            file.flush()


if __name__ == "__main__":
    main()
