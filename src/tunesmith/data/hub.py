"""Data sets on the Hugging Face hub, through its own library (the extra ``hub``).

``hf:owner/name[:split]`` reads the hub's own conversion to Parquet, which nearly every public data set has, and
otherwise the data files of the repository whose path names the split. Where there are several configurations,
``hf:owner/name:config/split`` picks one. ``HF_ENDPOINT`` and ``HF_TOKEN`` are respected.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from tunesmith.errors import RunError, TunesmithError, UsageError

from .compression import split_name

_SOURCE = re.compile(r"(?:hf:)?(?P<repo>[\w.-]+/[\w.-]+)(?::(?P<config>[^:/]+)(?:/(?P<split>[^:/]+))?)?")
_CONVERTED = "refs/convert/parquet"
_TYPES = frozenset({".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"})
_NOT_DATA = re.compile(r"(^|/)(\.|dataset_infos?\.json|dataset_dict\.json|.*config\.json)")


def hub_files(source: str) -> list[tuple[str, Path]]:
    """Download the files of one split; for each, what to call it in errors and where it lies.

    A file that the hub's cache has is not downloaded again, and within one process a source stays the same commit.

    Raises:
        UsageError: The extra is not installed; or there is no such data set, split or configuration, or no right
            to read it.
        RunError: The hub cannot be reached.
    """
    repo, config, split = _parse(source)
    api = _api(repo)
    commit, files = _choose(repo, config, split, os.environ.get("HF_ENDPOINT"))
    found = []
    for file in files:
        with _explained(repo):
            path = api.hf_hub_download(repo, file, repo_type="dataset", revision=commit)
        found.append((f"hf:{repo}/{file}", Path(path)))
    return found


def hub_card(owner_name: str) -> dict[str, Any]:
    """What a data set's card says of its ``license`` and ``language``, as far as it says it.

    Args:
        owner_name: ``owner/name``, or a whole ``hf:`` source.

    Raises:
        UsageError: The extra is not installed, or there is no such data set.
        RunError: The hub cannot be reached.
    """
    repo = _parse(owner_name)[0]
    api = _api(repo)
    with _explained(repo):
        card = api.dataset_info(repo).card_data
    known = card.to_dict() if card is not None else {}
    return {key: known[key] for key in ("license", "language") if known.get(key)}


def _parse(source: str) -> tuple[str, str | None, str]:
    match = _SOURCE.fullmatch(source)
    if match is None:
        raise UsageError(f"{source}: expected hf:owner/name, hf:owner/name:split or hf:owner/name:config/split")
    if match["split"]:
        return match["repo"], match["config"], match["split"]
    return match["repo"], None, match["config"] or "train"


def _api(repo: str) -> Any:
    try:
        from huggingface_hub import HfApi
    except ImportError:
        what = f"hf:{repo}: reading from the hub needs its library: pip install huggingface_hub pyarrow"
        raise UsageError(what) from None
    return HfApi(endpoint=os.environ.get("HF_ENDPOINT"), library_name="tunesmith")


@lru_cache(maxsize=32)
def _choose(repo: str, config: str | None, split: str, endpoint: str | None) -> tuple[str, list[str]]:
    """The commit and the files of a split; remembered, so that what is checked and what is read are the same."""
    from huggingface_hub.errors import RevisionNotFoundError

    api = _api(repo)
    with _explained(repo):
        try:
            info = api.dataset_info(repo, revision=_CONVERTED)
        except RevisionNotFoundError:
            info = None
        files = [] if info is None else _converted(_names(info), config, split, repo)
        if not files:
            info = api.dataset_info(repo)
            files = _by_path(_names(info), config, split, repo)
    return info.sha, files


def _names(info: Any) -> list[str]:
    return sorted(sibling.rfilename for sibling in info.siblings or [])


def _converted(names: list[str], config: str | None, split: str, repo: str) -> list[str]:
    """Files called ``config/split/0000.parquet``; very large splits are called ``partial-split``."""
    parts = [(name.split("/"), name) for name in names if name.endswith(".parquet") and name.count("/") == 2]
    configs = sorted({folders[0] for folders, _ in parts})
    if not configs:
        return []
    if config is None:
        config = "default" if "default" in configs or len(configs) > 1 else configs[0]
    if config not in configs:
        wanted = ", ".join(f"hf:{repo}:{name}/{split}" for name in configs[:8])
        raise UsageError(f"hf:{repo} has no configuration {config!r}; pick one: {wanted}")
    splits = {folders[1].removeprefix("partial-"): folders[1] for folders, _ in parts if folders[0] == config}
    if split not in splits:
        raise UsageError(f"hf:{repo} has no split {split!r}; it has {', '.join(sorted(splits))}")
    return [name for folders, name in parts if folders[:2] == [config, splits[split]]]


def _by_path(names: list[str], config: str | None, split: str, repo: str) -> list[str]:
    """Data files whose path names the split (and the configuration); a file that is alone is ``train``."""
    data = [name for name in names if split_name(name)[0] in _TYPES and not _NOT_DATA.search(name)]
    if not data:
        raise UsageError(f"hf:{repo} has no data files that tunesmith reads (json, jsonl, csv, parquet)")
    if len(data) == 1 and split == "train" and config is None:
        return data
    wanted = {split} if config is None else {split, config}
    found = [name for name in data if wanted <= {*re.split(r"[^A-Za-z0-9]+", name), *re.split(r"[/.]", name)}]
    if not found:
        shown = ", ".join(data[:8]) + (", ..." if len(data) > 8 else "")
        what = f"hf:{repo} has no file whose path names the split {split!r}; it has {shown}"
        raise UsageError(f"{what}; download the one you want and give its path")
    return found


@contextmanager
def _explained(repo: str) -> Iterator[None]:
    """Say the library's many exceptions in one sentence each."""
    try:
        yield
    except TunesmithError:
        raise
    except Exception as error:  # the HTTP library under the hub's is another from version to version
        raise _in_words(f"hf:{repo}", error) from None


def _in_words(what: str, error: BaseException) -> TunesmithError:
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    if not isinstance(error, HfHubHTTPError) and isinstance(error.__cause__, HfHubHTTPError):
        error = error.__cause__  # "not in the cache either", the library says, of a file that was refused
    if isinstance(error, GatedRepoError):
        return UsageError(f"{what} is gated: accept its terms on its page, then set HF_TOKEN or run `hf auth login`")
    if isinstance(error, RepositoryNotFoundError):
        return UsageError(f"{what}: there is no such data set, or it is private; check the name, or set HF_TOKEN")
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        if status in (401, 403):
            return UsageError(f"{what}: the hub refuses access (status {status}); check HF_TOKEN and your rights to it")
        return RunError(f"{what}: the hub failed (status {status}); try again later")
    reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    endpoint = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    return RunError(f"{what}: {endpoint} cannot be reached ({reason}); check the network, or give a file's path")
