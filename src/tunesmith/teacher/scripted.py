"""The scripted teacher: canned replies from a file, as an ordinary provider. For demos, tests and offline work.

A script is YAML::

    delay: 0.02                       # seconds each reply takes; 0 if left out
    replies:
      - when: ["Answer:", "acid rain"]   # all of these texts occur in the request; the first entry that fits answers
        reply: Acid rain forms when ...
        finish_reason: stop           # or length, to play an answer that was cut off
        attempt: 0                    # only on this attempt (0 is the first); every attempt if left out
        sample: 1                     # only for this sample, counted from 0; every one if left out
"""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tunesmith.errors import Refused, UsageError

from .chat import Identity, Reply, Request, Usage

_ENDING = ".replies.yaml"


class ScriptedReply(BaseModel):
    """One canned reply and when it is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    when: tuple[str, ...] = ()
    reply: str
    finish_reason: str = "stop"
    attempt: int | None = None
    sample: int | None = None

    def fits(self, text: str, attempt: int, sample: int = 0) -> bool:
        """Whether this entry answers a request with this text."""
        ours = self.attempt in (None, attempt) and self.sample in (None, sample)
        return ours and all(part in text for part in self.when)


class Script(BaseModel):
    """A script file's content."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    delay: float = Field(0.0, ge=0)
    replies: tuple[ScriptedReply, ...]


class ScriptedClient:
    """Plays a script: a YAML file, or one that comes with tunesmith by its name, such as ``sample``."""

    def __init__(self, script: Script | str | Path) -> None:
        self.script = script if isinstance(script, Script) else load_script(script)
        name = "script" if isinstance(script, Script) else str(script)
        # An edited script is another teacher: what it said before must not be taken for what it says now.
        content = blake2b(self.script.model_dump_json().encode(), digest_size=6).hexdigest()
        self.identity = Identity("scripted", f"script {content}", name)

    async def complete(self, request: Request) -> Reply:
        """The first reply that fits; tokens are counted as four characters each."""
        text = "\n".join(message.content for message in request.messages)
        await asyncio.sleep(self.script.delay)
        for entry in self.script.replies:
            if entry.fits(text, request.attempt, request.sample):
                usage = Usage(len(text) // 4 + 1, len(entry.reply) // 4 + 1)
                return Reply(entry.reply, entry.finish_reason, usage, self.identity.model)
        raise Refused(f"the script has no reply for a request that ends {text[-60:]!r}")

    async def close(self) -> None:
        """Nothing to let go."""


def load_script(source: str | Path) -> Script:
    """Read a script by path, or by name from those that come with tunesmith.

    Raises:
        UsageError: There is none, or it is not of the documented form.
    """
    ours = files("tunesmith").joinpath("recipes", "sample")
    built_in = ours.joinpath(f"{source}{_ENDING}")
    try:
        text = (built_in if built_in.is_file() else Path(source)).read_text(encoding="utf-8")
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return Script.model_validate(yaml.load(text, loader))  # noqa: S506 - a safe loader either way
    except OSError as error:
        names = sorted(file.name.removesuffix(_ENDING) for file in ours.iterdir() if file.name.endswith(_ENDING))
        known = f"expected a YAML file, or one of ours: {', '.join(names)}"
        raise UsageError(f"no script {source}: {error.strerror}; {known}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"the script {source} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the top"
        raise UsageError(f"the script {source} is wrong at {place}: {first['msg']}") from error
