"""One request and its answer, as all adapters over HTTP make it, and how what comes becomes a delivery.

Not here: what the requests are. Invariants: an address with its query, a header and a secret stand in no status and no error; an answer is read up to a
limit; nothing of the other side is raised past `delivered`.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import httpx
import orjson

from evidence.addresses import is_loopback
from evidence.errors import DeliveryError, EvidenceError, TargetUnavailableError
from evidence.notify.interface import Delivery, Message
from evidence.transport.http import AGAIN, LARGEST_ANSWER, TIMEOUT, asked_wait, client

MOST_TOLD = 200
SHORTEST_SECRET = 8
"""Characters of a part of an address that is worth hiding."""
Json = Mapping[str, object]


class NotTakenError(DeliveryError):
    """The other side did not take it; says whether a later try may succeed, and when."""

    def __init__(self, status: str, *, retry: bool, wait: float | None = None) -> None:
        super().__init__(status)
        self.retry = retry
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, with a status of 200 to 299."""

    status: int
    body: bytes

    def json(self) -> dict[str, object]:
        """The body as a JSON object; raises NotTakenError for anything else."""
        try:
            told = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            told = None
        if not isinstance(told, dict):
            raise NotTakenError(f"HTTP {self.status} with an answer that is no JSON object", retry=True)
        return told


@dataclass(frozen=True, slots=True)
class Exchange:
    """Asks one receiver."""

    now: Callable[[], datetime]
    context: ssl.SSLContext | None = field(default=None, repr=False)
    timeout: httpx.Timeout = field(default_factory=lambda: TIMEOUT, repr=False)

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        auth: tuple[str, str] | None = None,
        secrets: tuple[str, ...] = (),
    ) -> Answer:
        """The answer; raises NotTakenError for a status that is no success, httpx.TransportError for a network that fails."""
        _check(url)
        told = dict(headers or {})
        if json is not None:
            content = orjson.dumps(json, option=orjson.OPT_SORT_KEYS)
            told.setdefault("Content-Type", "application/json; charset=utf-8")
        with (
            client(url, self.context, self.timeout) as session,
            session.stream(
                method, url, headers=told, params=params, content=content, files=files, auth=auth
            ) as response,
        ):
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > LARGEST_ANSWER:
                    raise NotTakenError(
                        f"HTTP {response.status_code} with more than {LARGEST_ANSWER} bytes", retry=False
                    )
            status, wait = response.status_code, asked_wait(response.headers.get("Retry-After"), self.now())
        if not 200 <= status < 300:  # noqa: PLR2004 - successful, RFC 9110
            said = _said(body, (*secrets, *_signed_in(auth)))
            raise NotTakenError(f"HTTP {status}{said}", retry=status in AGAIN, wait=wait)
        return Answer(status, body)


def delivered(
    message: Message, name: str, now: Callable[[], datetime], act: Callable[[], tuple[str, str | None]]
) -> Delivery:
    """What came of an attempt; `act` gives a status and the other side's id, and raises what it meets."""

    def failed(status: str, *, retry: bool, wait: float | None = None) -> Delivery:
        return Delivery(message.message_id, name, ok=False, at=now(), status=status, retry=retry, retry_after_s=wait)

    try:
        status, external_id = act()
    except NotTakenError as error:
        return failed(error.message, retry=error.retry, wait=error.wait)
    except httpx.TransportError as error:
        return failed(f"no answer: {type(error).__name__}", retry=True)
    except httpx.RequestError as error:
        # An answer that is not encoded as it says it is: whether the other side took it nobody knows.
        return failed(f"an answer that cannot be read: {type(error).__name__}", retry=True)
    except (httpx.InvalidURL, UnicodeError):
        return failed("the address is none", retry=False)
    except EvidenceError as error:
        said = f"{error.message} {error.cause}".strip()
        return failed(said, retry=isinstance(error, TargetUnavailableError))
    return Delivery(message.message_id, name, ok=True, at=now(), status=status, external_id=external_id)


def text_in(told: Mapping[str, object], key: str) -> str:
    """A text of an answer; an empty one where there is none."""
    value = told.get(key)
    return value if isinstance(value, str) else ""


def object_in(told: Mapping[str, object], key: str) -> dict[str, object]:
    """An object of an answer; an empty one where there is none."""
    value = told.get(key)
    return value if isinstance(value, dict) else {}


def objects_in(told: Mapping[str, object], key: str) -> list[dict[str, object]]:
    """A list of objects in an answer."""
    value = told.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _check(url: str) -> None:
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        raise NotTakenError(
            "the address is none", retry=False
        ) from None  # the error would show it, and it may be a secret
    if scheme != "https" and not (scheme == "http" and is_loopback(url)):
        raise NotTakenError("the address must be https; plain http is for loopback only", retry=False)


def _signed_in(auth: tuple[str, str] | None) -> tuple[str, ...]:
    """A password, and the header that it is sent in (RFC 7617): proxies show what they were sent."""
    return () if auth is None else (auth[1], b64encode(":".join(auth).encode()).decode())


def _forms(secret: str) -> Iterator[str]:
    """A secret as the other side may write it; of an address also its path, and what its query tells."""
    try:
        parts = urlsplit(secret) if "://" in secret else None
    except ValueError:  # a token that only looks like an address
        parts = None
    pieces = [] if parts is None else [parts.path, parts.query, *(value for _, value in parse_qsl(parts.query))]
    for one in (secret, *(piece for piece in pieces if len(piece) >= SHORTEST_SECRET)):
        if one:
            yield from (one, quote(one, safe=""), quote(one), unquote(one), one.replace("/", "\\/"))


def _said(body: bytes, secrets: tuple[str, ...]) -> str:
    """What an answer says of an error, on one line, without what is secret."""
    text = " ".join("".join(one if one.isprintable() else " " for one in body.decode("utf-8", "replace")).split())
    # The longest first: a part that is replaced before its whole would leave the rest of it.
    for form in sorted({form for secret in secrets for form in _forms(secret)}, key=lambda one: (-len(one), one)):
        text = text.replace(form, "***")
    return f": {text[:MOST_TOLD]}" if text else ""
