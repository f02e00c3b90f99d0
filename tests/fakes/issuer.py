"""An OpenID Connect issuer on loopback: its document, keys, authorize, token and device endpoints, and how each may misbehave.

It holds to RFC 6749, 7636, 8628 and OpenID Connect Core 1.0 as an issuer does: what a client does wrong is refused here too.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TENANT = "11111111-0000-4000-8000-000000000001"
OTHER_TENANT = "99999999-0000-4000-8000-000000000009"
CLIENT = "33333333-0000-4000-8000-000000000003"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
Change = Callable[[dict[str, Any]], None]
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@functools.cache
def key(name: str) -> RSAPrivateKey:
    """A key by its name, made once a process."""
    assert name
    return generate_private_key(65537, 2048)


def number(value: int) -> str:
    """A number as key sets tell it."""
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


def told_key(name: str) -> dict[str, str]:
    """The public part of a key as a key set has it."""
    numbers = key(name).public_key().public_numbers()
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": name, "n": number(numbers.n), "e": number(numbers.e)}


@dataclass
class Reply:
    status: int
    body: dict[str, Any] = field(default_factory=dict)
    location: str | None = None


@dataclass
class Issuer:
    """One tenant's issuer; what it does wrong is set before it is asked."""

    now: Callable[[], datetime]
    object_id: str
    name: str = "Person 5"
    address: str = ""
    change: Change | None = None
    """Changes the claims before they are signed."""
    signs_with: str = "first"
    publishes: list[str] = field(default_factory=lambda: ["first"])
    publishes_later: list[str] | None = None
    """Keys from the second time on that they are asked for."""
    sign: Callable[[dict[str, Any]], str] | None = None
    """Makes the token in another way."""
    document: dict[str, Any] = field(default_factory=dict)
    """Changes of the issuer's document."""
    state: str | None = None
    """Answers with another state."""
    denies: str | None = None
    callback_iss: str | None = None
    pending: int = 1
    """Times that a device code is not yet typed."""
    device_error: str | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    devices: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.address}/{TENANT}/v2.0"

    def answer(self, method: str, target: str, form: dict[str, str]) -> Reply:
        parts = urlsplit(target)
        fields = {**{name: values[-1] for name, values in parse_qs(parts.query).items()}, **form}
        path = parts.path.removeprefix(f"/{TENANT}/v2.0")
        self.asked.append((method, path, fields))
        ways = {
            ("GET", "/.well-known/openid-configuration"): self._document,
            ("GET", "/keys"): self._keys,
            ("GET", "/authorize"): self._authorize,
            ("POST", "/token"): self._token,
            ("POST", "/devicecode"): self._device,
        }
        way = ways.get((method, path))
        return way(fields) if way else Reply(404)

    def _document(self, fields: Mapping[str, str]) -> Reply:
        names = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
            "device_authorization_endpoint": "devicecode",
        }
        told: dict[str, Any] = {name: f"{self.url}/{path}" for name, path in names.items()}
        return Reply(200, {"issuer": self.url, **told, **self.document})

    def _keys(self, fields: Mapping[str, str]) -> Reply:
        later = self.publishes_later is not None and self.times("/keys") > 1
        return Reply(
            200, {"keys": [told_key(name) for name in (self.publishes_later if later else self.publishes) or []]}
        )

    def _authorize(self, fields: Mapping[str, str]) -> Reply:
        if fields.get("code_challenge_method") != "S256" or fields.get("response_type") != "code":
            return Reply(400, {"error": "invalid_request"})
        back = {"state": self.state or fields["state"]}
        if self.callback_iss:
            back["iss"] = self.callback_iss
        if self.denies:
            back |= {"error": self.denies, "error_description": "The person said no."}
        else:
            code = secrets.token_urlsafe(24)
            self.codes[code] = dict(fields)
            back["code"] = code
        return Reply(302, location=f"{fields['redirect_uri']}?{urlencode(back)}")

    def _token(self, fields: Mapping[str, str]) -> Reply:
        if fields.get("grant_type") == GRANT:
            return self._device_token(fields)
        begun = self.codes.pop(fields.get("code", ""), None)  # a code is good once
        if begun is None or fields.get("client_id") != CLIENT or fields.get("redirect_uri") != begun["redirect_uri"]:
            return Reply(400, {"error": "invalid_grant"})
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != begun["code_challenge"]:
            return Reply(400, {"error": "invalid_grant", "error_description": "The verifier is another."})
        return self._granted(begun["nonce"])

    def _device(self, fields: Mapping[str, str]) -> Reply:
        code = secrets.token_urlsafe(24)
        self.devices[code] = self.pending
        where = f"{self.address}/device"
        told = {
            "device_code": code,
            "user_code": "BDWP-HQPK",
            "verification_uri": where,
            "interval": 1,
            "expires_in": 900,
        }
        return Reply(200, told)

    def _device_token(self, fields: Mapping[str, str]) -> Reply:
        left = self.devices.get(fields.get("device_code", ""))
        if left is None:
            return Reply(400, {"error": "invalid_grant"})
        if self.device_error:
            return Reply(400, {"error": self.device_error})
        if left > 0:
            self.devices[fields["device_code"]] = left - 1
            return Reply(400, {"error": "authorization_pending"})
        return self._granted(None)

    def _granted(self, nonce: str | None) -> Reply:
        claims = self.claims(nonce)
        if self.change:
            self.change(claims)
        token = self.sign(claims) if self.sign else signed(claims, self.signs_with)
        self.tokens += [token, secret := secrets.token_urlsafe(40)]
        return Reply(200, {"token_type": "Bearer", "id_token": token, "access_token": secret, "expires_in": 3600})

    def claims(self, nonce: str | None) -> dict[str, Any]:
        """What a good token tells."""
        at = int(self.now().timestamp())
        told: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT,
            "tid": TENANT,
            "oid": self.object_id,
            "sub": "pairwise",
            "name": self.name,
            "preferred_username": "person@contoso.example",
            "iat": at,
            "nbf": at,
            "exp": at + 3600,
            "auth_time": at - 20,
            "amr": ["pwd", "mfa"],
            "ver": "2.0",
        }
        return told if nonce is None else {**told, "nonce": nonce}

    def times(self, path: str) -> int:
        """How often a path was asked."""
        return sum(1 for _, asked, _ in self.asked if asked == path)


def signed(claims: dict[str, Any], name: str = "first", algorithm: str = "RS256") -> str:
    """A token as an issuer signs it."""
    return jwt.encode(claims, key(name), algorithm=algorithm, headers={"kid": name})


def unsigned(claims: dict[str, Any]) -> str:
    """A token that says it needs no signature."""
    return f"{_part({'alg': 'none', 'typ': 'JWT', 'kid': 'first'})}.{_part(claims)}."


def signed_with_public_key(claims: dict[str, Any]) -> str:
    """A token whose secret is the issuer's public key, which everybody knows."""
    secret = key("first").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    said = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'first'})}.{_part(claims)}"
    mac = hmac.new(secret, said.encode(), hashlib.sha256).digest()
    return f"{said}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, issuer: Issuer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = issuer
        self.lock = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self._serve({name: values[-1] for name, values in parse_qs(body).items()})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _serve(self, form: dict[str, str]) -> None:
        with self.server.lock:
            reply = self.server.issuer.answer(self.command, self.path, form)
        data = json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if reply.location:
            self.send_header("Location", reply.location)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def running(issuer: Issuer) -> Iterator[Issuer]:
    """The issuer, reachable on loopback."""
    server = _Server(issuer)
    issuer.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def browse(url: str) -> int:
    """Do what a person's browser does: ask, follow, and give the last status; -1 where nobody listens any more."""
    try:
        with _DIRECT.open(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return -1
