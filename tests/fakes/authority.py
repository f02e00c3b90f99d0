"""A time-stamp authority for tests: in memory, and over HTTP on loopback, with answers that can be spoiled."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import cms, core, keys, tsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.sign.general import as_signing_certificate
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from evidence.seals.stamps import write_response
from tests.fakes.certificates import Holder, trade


def answer(
    request: bytes, at: datetime, stamper: Holder | None = None, chain: tuple[Holder, ...] | None = None
) -> bytes:
    """A TimeStampResp as an authority gives it, with its chain (without the root, unless given) inside."""
    stamper = stamper or trade().stamper
    private = stamper.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # of the library
    for one in (trade().stamp_issuing,) if chain is None else chain:
        store.register(x509.Certificate.load(one.der))
    dummy = _Stamper(
        x509.Certificate.load(stamper.der), keys.PrivateKeyInfo.load(private), certs_to_embed=store, fixed_dt=at
    )
    dummy.holder = stamper
    return bytes(dummy.request_tsa_response(tsp.TimeStampReq.load(request)).dump())


class _Stamper(DummyTimeStamper):
    """pyHanko's, with a key that is loaded already: loading one takes longer than all the rest."""

    holder: Holder

    def _sign_tst_info(self, tst_info_data: bytes, md_algorithm: str, dt: datetime) -> tuple[bytes, cms.CMSAttributes]:
        assert md_algorithm == "sha256"
        values = {
            "content_type": "tst_info",
            "signing_time": cms.Time({"utc_time": core.UTCTime(dt)}),
            "signing_certificate": as_signing_certificate(self.tsa_cert),
            "message_digest": hashlib.sha256(tst_info_data).digest(),
        }
        attributes = cms.CMSAttributes([{"type": name, "values": [value]} for name, value in values.items()])
        return self.holder.key.sign(attributes.dump(), PKCS1v15(), hashes.SHA256()), attributes


class FakeAuthority:
    """Stamps in memory; implements `TimestampAuthority`."""

    url = "memory:stamp"

    def __init__(
        self, clock: Callable[[], datetime], stamper: Holder | None = None, chain: tuple[Holder, ...] | None = None
    ) -> None:
        self._clock = clock
        self._stamper = stamper
        self._chain = chain

    def stamp(self, data: bytes) -> bytes:
        imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(data).digest()}
        request = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True}).dump()
        response = tsp.TimeStampResp.load(answer(request, self._clock(), self._stamper, self._chain))
        return write_response(response["time_stamp_token"].dump())


@contextmanager
def serve(reply: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    """The address of a server on loopback that answers each POST with a status and a body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, data = reply(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
