"""distilabel: LoadDataFromDicts into TextGeneration with OpenAILLM, as its documentation shows, without its cache.

A batch is sent together and waited for, so the batch size is set to the concurrency asked for.
"""

from __future__ import annotations

import importlib
from typing import Any

from bench_common import KEY, MODEL, Arguments, arguments, prompt, scratch, write_results


def ask_all(args: Arguments) -> list[str | None]:
    """Run the pipeline; its data set is put back into prompt order by the instruction."""
    llms: Any = importlib.import_module("distilabel.models.llms")
    pipelines: Any = importlib.import_module("distilabel.pipeline")
    steps: Any = importlib.import_module("distilabel.steps")
    tasks: Any = importlib.import_module("distilabel.steps.tasks")
    with pipelines.Pipeline(name="bench", cache_dir=str(scratch(args))) as pipeline:
        load = steps.LoadDataFromDicts(
            data=[{"instruction": prompt(index)} for index in range(args.prompts)], batch_size=args.concurrency
        )
        llm = llms.OpenAILLM(model=MODEL, base_url=args.base_url, api_key=KEY, generation_kwargs={"max_new_tokens": 64})
        load >> tasks.TextGeneration(llm=llm, input_batch_size=args.concurrency)
    rows = pipeline.run(use_cache=False)["default"]["train"]
    texts = {row["instruction"]: row["generation"] for row in rows}
    return [texts.get(prompt(index)) for index in range(args.prompts)]


if __name__ == "__main__":
    arguments_ = arguments()
    write_results(arguments_.out, ask_all(arguments_))
