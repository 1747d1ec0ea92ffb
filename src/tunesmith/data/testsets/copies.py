"""Copies of test sets: the cache, fetching, and whether a file is the published one."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from tunesmith.data.atomic import atomic_write_bytes
from tunesmith.errors import DataError, RunError, UsageError

from .described import PREFIX, QuestionSet, named

MOST_BYTES = 64 << 20  # the largest that is fetched is below a megabyte
_PATIENCE = 60.0  # seconds without a byte


def cache_folder() -> Path:
    """Where copies are kept: ``$TUNESMITH_HOME/testsets``, or in the user's cache folder."""
    if home := os.environ.get("TUNESMITH_HOME"):
        return Path(home) / "testsets"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tunesmith" / "testsets"


def file_of(source: str) -> Path:
    """The file that ``testset:NAME`` or ``testset:NAME=PATH`` stands for; fetched if it must be.

    Raises:
        UsageError: There is no such set, or it cannot be fetched.
        RunError: Fetching failed, or what came is not the published file.
    """
    found, own = named(source)
    if path := own or found.file:
        return path
    cached = cached_file(found)
    if not cached.is_file():
        if not found.url:
            raise UsageError(
                f"{PREFIX}{found.name} cannot be fetched; it is had from: {found.where}. With a copy at hand give "
                f"{PREFIX}{found.name}=PATH, or keep it with `tunesmith testsets get {found.name} --from PATH`"
            )
        keep(found, fetched(found), found.url)
    return cached


def cached_file(found: QuestionSet) -> Path:
    """Where the copy of a set lies, or will."""
    return cache_folder() / f"{found.name}.jsonl"


def keep(found: QuestionSet, content: bytes, origin: str) -> Path:
    """Put a copy into the cache, if it is the published file.

    Args:
        found: The set.
        content: The file's bytes.
        origin: Where they come from, for messages.

    Raises:
        RunError: It is another file.
    """
    path = cached_file(found)
    trial = path.with_name(f".{path.name}.new")
    atomic_write_bytes(trial, content)
    try:
        if wrong := differences(found, trial):
            raise RunError(
                f"{origin} is not the published {found.name}: {'; '.join(wrong)}. It was not kept; to use it all the "
                f"same, give {PREFIX}{found.name}=PATH"
            )
        trial.replace(path)
    finally:
        trial.unlink(missing_ok=True)
    return path


def differences(found: QuestionSet, path: Path) -> list[str]:
    """In what a file is not the published one, in a few words each; nothing if it is, as far as anybody can tell."""
    from tunesmith.data.files import check_source

    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; check the path") from None
    digest = sha256(content).hexdigest()
    if digest == found.sha256:
        return []
    said = []
    try:
        rows = check_source(path, PREFIX + found.name).rows
        if found.rows and rows != found.rows:
            said.append(f"it has {rows:,} rows, not {found.rows:,}")
    except DataError as error:
        said.append(str(error).replace(f"{path}: ", "").replace(f"{path}, ", ""))
    if found.sha256:
        said.append(f"its SHA-256 is {digest[:16]}..., not {found.sha256[:16]}...")
    return said


def hints_on(source: str) -> list[str]:
    """What the user should know of a source that is a test set: a copy that differs from the published file."""
    found, own = named(source)
    wrong = differences(found, own) if own is not None else []
    return (
        [f"{own} is not the published {found.name}, so figures cannot be compared: {'; '.join(wrong)}"] if wrong else []
    )


def fetched(found: QuestionSet) -> bytes:
    """The file from its address.

    Raises:
        RunError: It did not come whole.
    """
    import http.client  # here and not above, as few runs fetch anything
    import urllib.error
    import urllib.request

    what = f"fetching {PREFIX}{found.name} from {found.url}"
    remedy = f"check the network, or give a copy of your own: {PREFIX}{found.name}=PATH"
    try:
        request = urllib.request.Request(found.url, headers={"User-Agent": "tunesmith"})
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            content: bytes = answer.read(MOST_BYTES + 1)
            promised = answer.headers.get("Content-Length")
    except urllib.error.HTTPError as error:
        raise RunError(f"{what}: the server refused (status {error.code}); {remedy}") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise RunError(f"{what}: failed ({str(reason) or type(error).__name__}); {remedy}") from None
    if len(content) > MOST_BYTES:
        raise RunError(f"{what}: more than {MOST_BYTES >> 20} MiB came, which is no test set; {remedy}")
    if promised is not None and promised.isdecimal() and len(content) != int(promised):
        raise RunError(f"{what}: {len(content):,} of {int(promised):,} bytes came, then it broke off; {remedy}")
    return content
