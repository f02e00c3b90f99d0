"""Blob Storage over HTTP on loopback that honours immutability, and the control plane of its account; the real SDKs talk to it.

Not here: what is kept and refused (`state`), what the control plane says (`account`). Invariant: what it does not know it refuses with 501, so that no
call is answered by chance. Signatures of requests are asked for, not verified.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.fakes.worm.account import Account
from tests.fakes.worm.state import Container, RefusedError, Version

ACCOUNT = "wormtest"
CONTAINER = "evidence"
PAGE = 5000
_ARM = re.compile(
    r"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Storage/storageAccounts/[^/]+(/.*)$"
)
_META = "x-ms-meta-"


class WormService(ThreadingHTTPServer):
    """One account with one container."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, container: Container) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.container = container
        self.account = Account(container)
        self.key = base64.b64encode(secrets.token_bytes(32)).decode()
        self.asked: list[str] = []
        """Method and path with query of each request."""
        self.refuse: dict[str, tuple[int, str]] = {}
        """Status and code for requests whose method and path hold a text."""
        self.ignores_policies = False
        """Answers success to policies and holds and sets none, as Azurite does with headers on upload."""
        self.lock = threading.Lock()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def endpoint(self) -> str:
        """Of the control plane."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def account_url(self) -> str:
        """Of the blobs."""
        return f"{self.endpoint}/{ACCOUNT}"

    @property
    def account_id(self) -> str:
        """ARM id of the account."""
        subscription = "00000000-0000-4000-8000-000000000001"
        return f"/subscriptions/{subscription}/resourceGroups/evidence/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"


@contextmanager
def worm_service(container: Container) -> Iterator[WormService]:
    """A running service over a container."""
    with WormService(container) as service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            service.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: WormService
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nothing is printed."""

    def handle_any(self) -> None:
        """Answer one request."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        try:
            with self.server.lock:
                self.server.asked.append(f"{self.command} {self.path}")
                self._refuse_as_told()
                status, headers, content = self._answer(body)
        except RefusedError as refused:
            status, content = refused.status, _error(refused.code)
            headers = {"x-ms-error-code": refused.code, "Content-Type": "application/xml"}
            if _ARM.match(urlsplit(self.path).path):
                headers, content = {"Content-Type": "application/json"}, _arm_error(refused.code)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any  # noqa: N815 - as the base class asks for them

    def _refuse_as_told(self) -> None:
        for mark, (status, code) in self.server.refuse.items():
            if mark in f"{self.command} {self.path}":
                raise RefusedError(status, code)

    def _answer(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        url = urlsplit(self.path)
        if not self.headers.get("Authorization"):
            raise RefusedError(401, "NoAuthenticationInformation")
        if arm := _ARM.match(url.path):
            return 200, {"Content-Type": "application/json"}, self.server.account.told(self.command, arm[1])
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        _, _, container, *rest = unquote(url.path).split("/", 3)
        if container != CONTAINER:
            raise RefusedError(404, "ContainerNotFound")
        if rest:
            return self._blob(rest[0], query, body)
        if query.get("comp") == "list":
            return 200, {"Content-Type": "application/xml"}, _listing(self.server.container, query)
        if self.command in {"GET", "HEAD"}:
            return 200, self._container_headers(), b""
        raise RefusedError(409, "ContainerAlreadyExists") if self.command == "PUT" else RefusedError(501, "Unknown")

    def _container_headers(self) -> dict[str, str]:
        container = self.server.container
        told = {
            "x-ms-has-immutability-policy": container.policy is not None,
            "x-ms-has-legal-hold": container.legal_hold,
            "x-ms-immutable-storage-with-versioning-enabled": container.version_level,
        }
        moment = format_datetime(container.now(), usegmt=True)
        return {"ETag": '"1"', "Last-Modified": moment, **{name: str(value).lower() for name, value in told.items()}}

    def _blob(self, name: str, query: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        container, comp, version = self.server.container, query.get("comp", ""), query.get("versionid")
        status, headers, content = 200, dict[str, str](), b""
        match self.command, comp:
            case "PUT", "" | "blocklist":
                whole = body if not comp else self._blocks(name, body)
                status, headers = 201, _headers(self._put(name, whole), with_length=False)
            case "PUT", "block":
                container.blocks[name, query["blockid"]] = body
                status = 201
            case "HEAD", "":
                headers = _headers(container.find(name, version))
            case "GET", "":
                status, headers, content = self._get(container.find(name, version))
            case "DELETE", "":
                container.delete(name, version, permanent=query.get("deletetype") == "permanent")
                status = 202
            case "PUT" | "DELETE", "immutabilityPolicies" | "legalhold" | "undelete":
                self._keep(name, comp, version)
            case _:
                raise RefusedError(501, "NotImplemented")
        return status, headers, content

    def _blocks(self, name: str, body: bytes) -> bytes:
        ids = [str(one.text) for one in ET.fromstring(body)]  # noqa: S314 - the tests' own SDK sent it
        return b"".join(self.server.container.blocks.pop((name, one)) for one in ids)

    def _put(self, name: str, data: bytes) -> Version:
        metadata = {
            key.lower().removeprefix(_META): value for key, value in self.headers.items() if _META in key.lower()
        }
        sent = self.headers.get("Content-MD5")
        if sent and base64.b64encode(hashlib.md5(data).digest()).decode() != sent and "comp=" not in self.path:  # noqa: S324
            raise RefusedError(400, "Md5Mismatch")
        only_new = self.headers.get("If-None-Match") == "*"
        return self.server.container.put(name, data, metadata, only_new=only_new)

    def _keep(self, name: str, comp: str, version: str | None) -> None:
        container = self.server.container
        if comp == "undelete":
            container.undelete(name)
        elif self.server.ignores_policies:
            container.find(name, version)
        elif comp == "legalhold":
            container.set_hold(name, version, self.headers.get("x-ms-legal-hold") == "true")
        elif self.command == "DELETE":
            container.drop_policy(name, version)
        else:
            until = parsedate_to_datetime(str(self.headers.get("x-ms-immutability-policy-until-date")))
            mode = (self.headers.get("x-ms-immutability-policy-mode") or "Unlocked").lower()
            container.set_policy(name, version, until.astimezone(UTC), mode)

    def _get(self, found: Version) -> tuple[int, dict[str, str], bytes]:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("x-ms-range") or self.headers.get("Range") or "")
        headers = _headers(found, with_length=False)
        if asked is None:
            return 200, headers, found.data
        first = int(asked[1])
        if first >= len(found.data):
            raise RefusedError(416, "InvalidRange")
        part = found.data[first : int(asked[2]) + 1 if asked[2] else None]
        headers["Content-Range"] = f"bytes {first}-{first + len(part) - 1}/{len(found.data)}"
        return 206, headers, part


def _headers(one: Version, *, with_length: bool = True) -> dict[str, str]:
    headers = {
        "ETag": f'"{one.version_id}"',
        "Last-Modified": format_datetime(one.created, usegmt=True),
        "x-ms-creation-time": format_datetime(one.created, usegmt=True),
        "x-ms-blob-type": "BlockBlob",
        "x-ms-version-id": one.version_id,
        "x-ms-is-current-version": str(one.current).lower(),
        "x-ms-legal-hold": str(one.legal_hold).lower(),
        **{f"{_META}{name}": value for name, value in one.metadata.items()},
    }
    if one.until is not None:
        headers["x-ms-immutability-policy-until-date"] = format_datetime(one.until, usegmt=True)
        headers["x-ms-immutability-policy-mode"] = one.mode
    return {**headers, **({"Content-Length": str(len(one.data))} if with_length else {})}


def _listing(container: Container, query: Mapping[str, str]) -> bytes:
    include = query.get("include", "").split(",")
    found = container.listed(versions="versions" in include, deleted="deleted" in include)
    found = [one for one in found if one.name.startswith(query.get("prefix", ""))]
    start, size = int((query.get("marker") or "0").partition("/")[0]), int(query.get("maxresults") or PAGE)
    page = found[start : start + size]
    after = f"{start + size}/+%2F=&amp;?" if start + size < len(found) else ""  # as opaque as Azure's
    blobs = "".join(_listed(container, one) for one in page)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{CONTAINER}">'
        f"<Blobs>{blobs}</Blobs><NextMarker>{after}</NextMarker></EnumerationResults>"
    ).encode()


def _listed(container: Container, one: Version) -> str:
    properties = {
        "Creation-Time": format_datetime(one.created, usegmt=True),
        "Last-Modified": format_datetime(one.created, usegmt=True),
        "Etag": one.version_id,
        "Content-Length": str(len(one.data)),
        "BlobType": "BlockBlob",
        "LegalHold": str(one.legal_hold).lower(),
    }
    if one.until is not None:
        properties["ImmutabilityPolicyUntilDate"] = format_datetime(one.until, usegmt=True)
        properties["ImmutabilityPolicyMode"] = one.mode
    if one.deleted_at is not None:
        properties["DeletedTime"] = format_datetime(one.deleted_at, usegmt=True)
        properties["RemainingRetentionDays"] = str(container.days_left(one))
    version = f"<VersionId>{one.version_id}</VersionId>" if container.versioning else ""
    current = "<IsCurrentVersion>true</IsCurrentVersion>" if container.versioning and one.current else ""
    deleted = "<Deleted>true</Deleted>" if one.deleted_at is not None else ""
    return (
        f"<Blob><Name>{escape(one.name)}</Name>{deleted}{version}{current}<Properties>{_xml(properties)}</Properties>"
        f"<Metadata>{_xml(one.metadata)}</Metadata></Blob>"
    )


def _xml(values: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())


def _error(code: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'.encode()


def _arm_error(code: str) -> bytes:
    return f'{{"error": {{"code": "{code}", "message": "{code}"}}}}'.encode()


def at(year: int, month: int, day: int) -> datetime:
    """Midnight of a day, UTC."""
    return datetime(year, month, day, tzinfo=UTC)
