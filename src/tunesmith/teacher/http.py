"""What all HTTP providers share: one session, one POST, and the meaning of each way in which it can fail."""

from __future__ import annotations

import io
import json
import socket
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from tunesmith.errors import Refused, TeacherError, TeacherStopped, Transient, UsageError

from .chat import RateHeaders
from .limits import parse_duration

if TYPE_CHECKING:
    import aiohttp

_encode = json.JSONEncoder(ensure_ascii=False).encode
# By code, not by words: an ordinary rate limit may well speak of "billing" in its advice.
_NO_MONEY = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_NO_MODEL = (
    "model_not_found",
    "does not exist",
    "unknown model",
    "no such model",
    "invalid model",
    "not_found_error",
)
_SLOWEST = 50_000  # bytes a second: a large upload is given the time that it takes at this speed


def check_base_url(url: str) -> str:
    """A base URL without trailing slash.

    Raises:
        UsageError: Not http(s), no host, or with a name, a password or a query in it (keys come from the environment).
    """
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018 - raises on a port that is not a number
    except ValueError as error:
        raise UsageError(f"--base-url is not a URL: {error}") from error
    if parts.username or parts.password or parts.query or parts.fragment or "@" in url:
        raise UsageError(
            "--base-url holds more than an address; keys come from the environment (OPENAI_API_KEY, "
            "ANTHROPIC_API_KEY), never from a URL"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"--base-url {url!r} is not a URL such as http://localhost:8000/v1")
    return url.strip().rstrip("/")


class HttpPoster:
    """Posts JSON to one URL and turns whatever goes wrong into this project's errors.

    What belongs to the same provider (batches, files) may be sent and fetched beside it, with the same key.

    Args:
        url: Where to post.
        headers: Sent each time; the key is among them.
        secret: The key, which is blotted out of every message.
        timeout: Seconds for a whole answer.
    """

    def __init__(self, url: str, headers: Mapping[str, str], secret: str, timeout: float) -> None:
        self.url, self._headers, self._secret, self._timeout = url, headers, secret, timeout
        self._session: aiohttp.ClientSession | None = None
        # Looked up once: aiohttp's trust_env reads the environment and .netrc anew for every request, which doubles
        # the cost of one, and .netrc has no business here.
        parts = urlsplit(url)
        self._proxy, credentials = _proxy_for(parts)
        # Plain HTTP is handed to the proxy with the request; for HTTPS the proxy is asked for a tunnel first.
        self._tunnel = credentials if parts.scheme == "https" else {}
        if parts.scheme == "http":
            self._headers = {**headers, **credentials}

    def _open(self) -> aiohttp.ClientSession:
        import aiohttp  # here, so that `import tunesmith` stays light

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=min(20.0, self._timeout)),
                headers={**self._headers, "Content-Type": "application/json"},
            )
        return self._session

    async def post(self, body: Mapping[str, Any]) -> tuple[Any, Mapping[str, str]]:
        """Post once; returns the decoded JSON and the response's headers.

        Raises:
            Transient: It may pass.
            Refused: This body will never be accepted.
            TeacherStopped: No body will.
        """
        data, headers = await self.send("POST", self.url, _encode(body).encode("utf-8"))
        return self.decoded(data), headers

    async def send(
        self, method: str, url: str, data: bytes | None = None, content_type: str = "application/json"
    ) -> tuple[bytes, Mapping[str, str]]:
        """Send once to a URL of this provider; returns the response's bytes and headers. Raises as `post` does."""
        import aiohttp

        large = data is not None and len(data) > _SLOWEST
        # A large body is handed over as a file, or writing it would block the loop.
        body = io.BytesIO(data) if data is not None and large else data
        patience = self._timeout + (len(data) / _SLOWEST if data is not None and large else 0.0)
        with self._meanings():
            async with self._open().request(
                method,
                url,
                data=body,
                headers={"Content-Type": content_type},
                proxy=self._proxy,
                proxy_headers=self._tunnel or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=patience, sock_connect=min(20.0, self._timeout)),
            ) as response:
                raw = await response.read()
                status, headers = response.status, response.headers
        if not 200 <= status < 300:
            raise self.failure(status, headers, raw.decode("utf-8", "replace"))
        return raw, headers

    async def lines(self, url: str) -> AsyncIterator[bytes]:
        """Fetch a file from this provider, line by line, empty ones left out. Raises as `post` does."""
        import aiohttp

        with self._meanings():
            async with self._open().get(
                url,
                proxy=self._proxy,
                proxy_headers=self._tunnel or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=20.0, sock_read=self._timeout),
            ) as response:
                if response.status != 200:
                    raw = await response.read()
                    raise self.failure(response.status, response.headers, raw.decode("utf-8", "replace"))
                # aiohttp's own way to read lines refuses long ones.
                rest: list[bytes] = []
                async for part in response.content.iter_any():
                    *whole, last = part.split(b"\n")
                    for line in whole:
                        rest.append(line)
                        if found := b"".join(rest).strip():
                            yield found
                        rest.clear()
                    rest.append(last)
                if found := b"".join(rest).strip():
                    yield found

    @contextmanager
    def _meanings(self) -> Iterator[None]:
        """Turn what goes wrong with a connection into this project's errors."""
        import aiohttp

        try:
            yield
        except TimeoutError as error:
            sent = not isinstance(error, aiohttp.ConnectionTimeoutError)
            what = f"no answer within {self._timeout:g} s" if sent else "no connection in time"
            raise Transient(what, "timeout" if sent else "connection", answered=sent) from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise TeacherStopped(f"{self._place()} shows a certificate that cannot be trusted: {error}") from error
        except aiohttp.ClientConnectorError as error:
            raise Transient(f"cannot reach {self._place()}: {_reason(error.os_error)}", "connection") from error
        except aiohttp.ClientPayloadError as error:
            raise Transient("the answer was cut off", "garbled", answered=True) from error
        except (aiohttp.ClientError, OSError) as error:
            what = self.blot(str(error)) or type(error).__name__
            raise Transient(f"connection lost: {what}", "dropped", answered=True) from error

    @staticmethod
    def decoded(raw: bytes) -> Any:
        """The JSON in a response.

        Raises:
            Transient: It is cut off or something else.
        """
        try:
            data = json.loads(raw)
        except ValueError as error:
            raise Transient("the answer is cut off or not JSON", "garbled", answered=True) from error
        # Half a surrogate pair is legal JSON and no text; it could not be stored.
        return _mended(data) if b"\\ud" in raw.lower() else data

    def failure(self, status: int, headers: Mapping[str, str], text: str) -> TeacherError:
        """What an answer with this status and body means."""
        error = self._meaning(status, headers, text)
        error.status = status
        return error

    def _meaning(self, status: int, headers: Mapping[str, str], text: str) -> TeacherError:
        said, codes = _message(text)
        low = said.lower()
        said = self.blot(said)[:300]  # the key is blotted out first, so that no part of it is left at the cut
        what = f"{self._place()} answered {status}: {said}"
        if status == 402 or codes & _NO_MONEY or (status == 400 and "credit balance is too low" in low):
            return TeacherStopped(f"{what} (the account has no money left)")
        if status in (429, 529):
            return Transient(what, "rate", retry_after(headers))
        if status in (408, 409, 425) or status >= 500:
            return Transient(what, "server", retry_after(headers), answered=status >= 500)
        if status == 401:
            return TeacherStopped(f"{what} (check the key in the environment)")
        named = status == 400 and any(word in low or word in codes for word in _NO_MODEL)
        if named or status in (301, 302, 303, 307, 308, 404, 405):
            return TeacherStopped(f"{what} (check the model's name and --base-url)")
        # 403 may mean a key without rights, and then all are refused; some gateways use it for a single flagged prompt.
        return Refused(f"{what} (check the key's rights)" if status == 403 else what)

    def _place(self) -> str:
        place = urlsplit(self.url).netloc
        return f"{place} through the proxy {self._proxy}" if self._proxy else place

    def blot(self, text: str) -> str:
        """The text without the key."""
        return text.replace(self._secret, "[key]") if self._secret else text

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _reason(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host"
    return "nothing listens there" if isinstance(error, ConnectionRefusedError) else str(error)


def _message(text: str) -> tuple[str, set[str]]:
    """The sentence in an error body (OpenAI's, Anthropic's and FastAPI's shapes, else all of it), and its codes."""
    codes: set[str] = set()
    try:
        data = json.loads(text)
        error = data.get("error", data)
        if isinstance(error, str):
            text = error
        else:
            codes = {str(error.get("code")), str(error.get("type"))}
            text = str(error.get("message") or error.get("detail") or text)
    except (ValueError, AttributeError):
        pass
    return " ".join(text.split()) or "(no message)", codes


def _proxy_for(parts: SplitResult) -> tuple[str | None, dict[str, str]]:
    """The proxy's address from the environment, and apart from it the header that holds its name and password."""
    proxy = None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)
    if not proxy:
        return None, {}
    found = urlsplit(proxy)
    place = f"{found.scheme}://{found.hostname}{f':{found.port}' if found.port else ''}"
    if not found.username:
        return place, {}
    secret = b64encode(f"{unquote(found.username)}:{unquote(found.password or '')}".encode()).decode()
    return place, {"Proxy-Authorization": f"Basic {secret}"}


def _mended(data: Any) -> Any:
    """The same JSON with half surrogate pairs replaced."""
    if isinstance(data, str):
        return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(data, list):
        return [_mended(value) for value in data]
    return {key: _mended(value) for key, value in data.items()} if isinstance(data, dict) else data


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that ``Retry-After`` (number or date) or ``retry-after-ms`` asks for, if readable (RFC 9110, 10.2.3)."""
    milliseconds = parse_duration(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return min(milliseconds / 1000, 1e6)
    text = headers.get("retry-after")
    seconds = parse_duration(text)
    if seconds is None and text:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except ValueError:
            return None
    return None if seconds is None else min(max(seconds, 0.0), 1e6)


def whole_number(text: str | None) -> int | None:
    """A count in a header, if it is one."""
    return int(text) if text is not None and text.strip().isdecimal() and text.isascii() else None


def openai_rate(headers: Mapping[str, str]) -> RateHeaders | None:
    """Rate limits in OpenAI's header names, which most compatible servers use too."""
    if "x-ratelimit-remaining-requests" not in headers and "x-ratelimit-remaining-tokens" not in headers:
        return None
    return RateHeaders(
        whole_number(headers.get("x-ratelimit-remaining-requests")),
        parse_duration(headers.get("x-ratelimit-reset-requests")),
        whole_number(headers.get("x-ratelimit-remaining-tokens")),
        parse_duration(headers.get("x-ratelimit-reset-tokens")),
    )
