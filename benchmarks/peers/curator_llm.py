"""bespokelabs-curator: `curator.LLM` with the openai backend, its response files and cache in a folder of its own."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

from bench_common import KEY, MODEL, Arguments, arguments, prompt, scratch, write_results


def _offline_tokenizer() -> None:
    """Curator counts tokens with a vocabulary that tiktoken downloads; litellm, which it needs too, carries it."""
    spec = importlib.util.find_spec("litellm")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "litellm_core_utils" / "tokenizers"
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(folder))


def ask_all(args: Arguments) -> list[str | None]:
    """Ask a list of prompts; curator keeps their order in its data set."""
    _offline_tokenizer()
    curator: Any = importlib.import_module("bespokelabs.curator")
    llm = curator.LLM(
        model_name=MODEL,
        backend="openai",
        generation_params={"max_tokens": 64},
        backend_params={
            "base_url": args.base_url,
            "api_key": KEY,
            "max_concurrent_requests": args.concurrency,
            "max_requests_per_minute": 10**8,
            "max_tokens_per_minute": 10**12,
            "require_all_responses": False,
        },
    )
    rows = llm([prompt(index) for index in range(args.prompts)], working_dir=str(scratch(args))).dataset
    return [row["response"] for row in rows]


if __name__ == "__main__":
    arguments_ = arguments()
    write_results(arguments_.out, ask_all(arguments_))
