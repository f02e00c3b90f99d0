"""A time-stamp authority asked over HTTP (RFC 3161 section 3.4).

Not here: reading stamps (`stamps`). `http` is allowed, for most authorities offer nothing else: only a hash is sent, and
what comes back is signed. Invariant: what `stamp` returns would pass our own verification.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import requests
from asn1crypto import algos, tsp

from evidence.errors import ConfigurationError, IntegrityError, TimestampError
from evidence.seals.der import SEQUENCE, only
from evidence.seals.reading import reading
from evidence.seals.stamps import TimeStamp, check_imprint, read_token, write_response
from evidence.seals.trust import establish_authority

NONCE_BITS = 63
LARGEST_ANSWER = 256 * 1024
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def draw_nonce() -> int:
    """A number that no earlier answer can know."""
    return secrets.randbits(NONCE_BITS) | 1


class HttpTimestampAuthority:
    """Asks one authority; every answer is checked before it is used."""

    def __init__(
        self,
        url: str,
        timeout_s: float = 30.0,
        *,
        roots: Sequence[bytes] = (),
        nonce: Callable[[], int] = draw_nonce,
    ) -> None:
        """With `roots` (DER), stamps of authorities that do not lead to one of them are refused."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise ConfigurationError(
                "The time-stamp authority's address must be http or https, without a user name in it.",
                next_step="Correct `timestamp.url`.",
            )
        self._url = url
        self._timeout_s = timeout_s
        self._roots = tuple(roots)
        self._nonce = nonce
        self._session = requests.Session()
        # A proxy of the machine cannot reach our own loopback.
        self._session.trust_env = parts.hostname not in _LOOPBACK

    @property
    def url(self) -> str:
        """Its address, for people."""
        return self._url

    def stamp(self, data: bytes) -> bytes:
        """DER of a granted TimeStampResp over SHA-256 of data; raises TimestampError.

        The token in it is as the authority gave it; the envelope is written anew without the texts that some add, for
        nothing would protect them.
        """
        nonce = self._nonce()
        answer = self._post(_request(hashlib.sha256(data).digest(), nonce))
        try:
            with reading("The answer"):
                found = read_token(_token(answer))
            check_imprint(found, data)
            self._check(found, nonce)
        except IntegrityError as error:
            raise TimestampError(
                f"The answer of {self._url} is no valid time stamp.",
                cause=" ".join(error.diagnostics()),
                next_step="Ask again later, or configure another authority.",
            ) from error
        return write_response(found.token)

    def _check(self, found: TimeStamp, nonce: int) -> None:
        if found.nonce != nonce:
            raise IntegrityError("It answers another question: the nonce differs.")
        if self._roots:
            establish_authority(found, self._roots)

    def _post(self, request: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        try:
            with self._session.post(
                self._url, data=request, headers=headers, timeout=self._timeout_s, allow_redirects=False, stream=True
            ) as response:
                if response.status_code != requests.codes.ok:
                    raise self._unavailable(f"It answered HTTP {response.status_code}.")
                body = response.raw.read(LARGEST_ANSWER + 1, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise self._unavailable(str(error)) from error
        if len(body) > LARGEST_ANSWER:
            raise self._unavailable(f"Its answer is longer than {LARGEST_ANSWER} bytes.")
        return bytes(body)

    def _unavailable(self, cause: str) -> TimestampError:
        return TimestampError(
            f"The time-stamp authority {self._url} gave no time stamp.",
            cause=cause,
            next_step="Ask again later; a pack can be sealed without and stamped afterwards.",
        )


def _request(digest: bytes, nonce: int) -> bytes:
    imprint = {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "hashed_message": digest}
    request = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    return bytes(request.dump())


def _token(answer: bytes) -> bytes:
    """The token of an answer that is granted as asked; the status may carry a text here."""
    response = only(answer, SEQUENCE)
    status = tsp.PKIStatusInfo.load(response.raw(SEQUENCE), strict=True)
    if status["status"].native != "granted":
        texts = "; ".join(status["status_string"].native or [])
        raise IntegrityError(f"The authority refused: {status['status'].native} {texts}".strip())
    token = response.raw(SEQUENCE)
    response.end()
    return token
