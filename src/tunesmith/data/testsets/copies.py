"""Copies of test sets: the cache, fetching, and whether a file is the published one."""

from __future__ import annotations

import os
from hashlib import file_digest, sha256
from io import BufferedReader, BytesIO
from pathlib import Path

from tunesmith.data.atomic import atomic_write_bytes
from tunesmith.data.json_stream import read_lines
from tunesmith.errors import DataError, RunError, UsageError

from .described import PREFIX, QuestionSet, named
from .shapes import shape_of

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
        RunError: Fetching failed, or what came, or the copy in the cache, is not the published file.
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
        return keep(found, fetched(found), found.url)
    if found.sha256 and digest_of(cached) != found.sha256:
        raise RunError(
            f"the copy of {PREFIX}{found.name} in the cache, {cached}, is no longer the published file; remove it, so "
            f"that it is had afresh, or give {PREFIX}{found.name}={cached} to use it as it is"
        )
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
    digest = sha256(content).hexdigest()
    wrong = [] if digest == found.sha256 else differences(found, digest, _rows_in(found, content))
    if wrong:
        raise RunError(
            f"{origin} is not the published {found.name}: {'; '.join(wrong)}. It was not kept; to use it all the "
            f"same, give {PREFIX}{found.name}=PATH"
        )
    path = cached_file(found)
    trial = path.with_name(f".{path.name}.{os.getpid()}.new")  # another process may be keeping the same set
    try:
        atomic_write_bytes(trial, content)
        trial.replace(path)
    finally:
        trial.unlink(missing_ok=True)
    return path


def differences(found: QuestionSet, digest: str, rows: int | str) -> list[str]:
    """In what a file is not the one described, in a few words each; nothing if it is, as far as anybody can tell.

    Args:
        found: The set.
        digest: The file's SHA-256.
        rows: How many rows it has, or why it cannot be read.
    """
    if digest == found.sha256:
        return []
    said = []
    if isinstance(rows, str):
        said.append(rows)
    elif found.rows and rows != found.rows:
        said.append(f"it has {rows:,} rows, not {found.rows:,}")
    if found.sha256:
        said.append(f"its SHA-256 is {digest[:16]}..., not {found.sha256[:16]}...")
    return said


def digest_of(path: Path) -> str:
    """A file's SHA-256.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; check the path") from None


def hints_on(source: str, shape: str, rows: int) -> list[str]:
    """What the user should know of a source that is read as a test set: whether it is another file than the published.

    Args:
        source: As given.
        shape: The shape as which it is read.
        rows: How many it has.
    """
    if not shape.startswith(PREFIX):
        return []
    found, own = named(source if source.startswith(PREFIX) else f"{shape}={source}")
    path = own or found.file or cached_file(found)
    wrong = differences(found, digest_of(path), rows) if path.is_file() else []
    described = f"what {found.name} describes" if found.file else f"the published {found.name}"
    as_such = "" if source.startswith(PREFIX) else f" is read as {shape}, whose columns it has, but"
    return [f"{path}{as_such} is not {described}, so figures cannot be compared: {'; '.join(wrong)}"] if wrong else []


def _rows_in(found: QuestionSet, content: bytes) -> int | str:
    """How many rows a file as published has, JSON lines; or why it cannot be read."""
    shape, rows = shape_of(found), 0
    try:
        for line, record in read_lines(BufferedReader(BytesIO(content)), f"{found.name}.jsonl"):
            try:
                rows += sum(bool(shape.to_row(piece)) for piece in shape.split(record))
            except DataError as error:
                return f"line {line}: {error}"
    except DataError as error:
        return str(error)
    return rows


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
