"""A Key Vault on loopback for tests, over real HTTPS, with the challenge and the answers that the SDK expects.

Not here: a real one, or Lowkey Vault. Invariant: what came in is kept, so that a test can say what left the machine.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from azure.core.credentials import AccessToken
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

from tests.fakes.certificates import key

VERSION = "0123456789abcdef0123456789abcdef"
PrivateKey = RSAPrivateKey | ec.EllipticCurvePrivateKey


class Credential:
    """Signs in as a test."""

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        assert scopes
        return AccessToken("a-token-of-the-test", int(time.time()) + 3600)


@dataclass
class FakeVault:
    """One key, and how the vault answers."""

    private: PrivateKey
    url: str = ""
    ca: Path = Path()
    enabled: bool = True
    operations: tuple[str, ...] = ("sign", "verify")
    fail: dict[str, int] = field(default_factory=dict)
    """HTTP status by method, instead of an answer."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def key_id(self) -> str:
        return f"{self.url}/keys/signer/{VERSION}"

    @property
    def options(self) -> dict[str, Any]:
        """What the SDK is told beside: our certificate, our own host, no waiting."""
        return {"connection_verify": str(self.ca), "verify_challenge_resource": False, "retry_total": 0}

    def told(self) -> dict[str, Any]:
        """The key as `GET /keys` shows it."""
        public = self.private.public_key().public_numbers()
        if isinstance(self.private, RSAPrivateKey):
            assert not isinstance(public, ec.EllipticCurvePublicNumbers)
            shown = {"kty": "RSA", "n": _number(public.n), "e": _number(public.e)}
        else:
            assert isinstance(public, ec.EllipticCurvePublicNumbers)
            shown = {"kty": "EC", "crv": "P-256", "x": _number(public.x), "y": _number(public.y)}
        return {
            "key": {"kid": self.key_id, "key_ops": list(self.operations), **shown},
            "attributes": {"enabled": self.enabled, "created": 1, "updated": 1, "recoveryLevel": "Recoverable"},
        }

    def signed(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to `POST …/sign`."""
        assert body["alg"] == "RS256"
        assert isinstance(self.private, RSAPrivateKey)
        digest = base64.urlsafe_b64decode(body["value"] + "==")
        value = self.private.sign(digest, PKCS1v15(), utils.Prehashed(hashes.SHA256()))
        return {"kid": self.key_id, "value": _text(value)}


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class _Desk(BaseHTTPRequestHandler):
    """Answers for one vault."""

    protocol_version = "HTTP/1.1"
    vault: FakeVault

    def do_GET(self) -> None:
        self._answer("GET", {})

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer("POST", json.loads(data) if data else {})

    def _answer(self, method: str, body: dict[str, Any]) -> None:
        vault = self.vault
        if self.headers.get("Authorization") is None:
            self._send(401, {}, challenge=True)
            return
        vault.paths.append(self.path.partition("?")[0])
        if body:
            vault.bodies.append(body)
        if method in vault.fail:
            self._send(vault.fail[method], {"error": {"code": "Forbidden", "message": "not for you"}})
        elif not vault.paths[-1].startswith(f"/keys/signer/{VERSION}"):
            self._send(404, {"error": {"code": "KeyNotFound", "message": "no such key"}})
        else:
            self._send(200, vault.told() if method == "GET" else vault.signed(body))

    def _send(self, status: int, content: dict[str, Any], *, challenge: bool = False) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        if challenge:
            where = 'authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"'
            self.send_header("WWW-Authenticate", f"Bearer {where}")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def serve_vault(private: PrivateKey, folder: Path) -> Iterator[FakeVault]:
    """A vault with one key, for the time of a test."""
    vault = FakeVault(private, ca=folder / "vault-ca.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Desk", (_Desk,), {"vault": vault}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    write_server_certificate(vault.ca)
    context.load_cert_chain(vault.ca)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    vault.url = f"https://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_server_certificate(path: Path) -> None:
    """A certificate of this loopback server, and its key behind it."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    own, now = key("vault server", 2048), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback vault")])
    builder = x509.CertificateBuilder(name, name, own.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = builder.add_extension(address, critical=False).sign(own, hashes.SHA256())
    private = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
