"""Small real packs for tests, made from docs/pack-format.md and not by the product's builder, so that each checks the other."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from evidence.packs import bag
from evidence.packs.how_to_verify import how_to_verify
from evidence.packs.machine.descriptor import LEFT_OUT
from evidence.seals.certificates import identify
from evidence.seals.interface import Signer, TimestampAuthority
from evidence.seals.signing import CertifiedSigner
from evidence.tables import ALL, from_rows, ordered, to_parquet
from tests.fakes.authority import FakeAuthority
from tests.fakes.certificates import Holder, trade
from tests.fakes.csv_files import csv_bytes
from tests.fakes.oscal import small_oscal

PACK_ID = "all-night-internal-2026-11-21-r0001"
NIGHT = date(2026, 11, 21)
ENDED_AT = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
CAPTURED_AT = ENDED_AT + timedelta(minutes=7)
SEALED_AT = ENDED_AT + timedelta(minutes=9)
STAMPED_AT = SEALED_AT + timedelta(seconds=2)
VAULTS = tuple(f"/subscriptions/s1/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/v{n}" for n in (1, 2))
TABLES = [
    "jobs",
    "restore_jobs",
    "restore_links",
    "protected_items",
    "recovery_points",
    "policies",
    "vaults",
    "coverage",
    "calls",
]
OSCAL = "data/oscal-assessment-results.json"
KINDS = ("jobs", "protected_items", "recovery_points", "policies", "vault")


def signer_of(holder: Holder, *issuers: Holder) -> Signer:
    """A signer in memory."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    identity = identify((holder.certificate, *(one.certificate for one in issuers)), holder.fingerprint)
    return CertifiedSigner(identity, lambda data: holder.key.sign(data, PKCS1v15(), hashes.SHA256()))


def the_signer() -> Signer:
    """The signer of the good pack."""
    return signer_of(trade().signer, trade().issuing)


def the_authority(at: datetime = STAMPED_AT) -> TimestampAuthority:
    """The authority of the good pack."""
    return FakeAuthority(lambda: at)


@dataclass
class Recipe:
    """All that makes a pack; a test changes what it wants to attack."""

    pack_id: str = PACK_ID
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: copy.deepcopy(ROWS))
    statement: dict[str, Any] = field(default_factory=dict)
    """What replaces keys of the true statement."""
    completeness: dict[str, Any] = field(default_factory=dict)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    payload: dict[str, bytes] = field(default_factory=dict)
    """What replaces data files after the tables were made."""
    report: bytes | None = None
    signer: Signer = field(default_factory=the_signer)
    report_signer: Signer | None = None
    authority: TimestampAuthority | None = field(default_factory=the_authority)
    signed_at: datetime = SEALED_AT
    without_oscal: bool = False
    """As packs were before they had the file."""

    def members(self) -> dict[str, bytes]:
        """The files of the pack by path."""
        payload = {**self._payload(), **self.payload}
        if not self.without_oscal:
            payload.setdefault(OSCAL, self._oscal(payload))
        tags = bag.tag_files(
            self.pack_id,
            payload,
            statement=json_bytes(self._statement(payload)),
            how_to_verify=how_to_verify(
                self.pack_id, self.signer.identity.fingerprint_sha256, time_stamped=self.authority is not None
            ),
            organisation="Contoso",
            bagging_date=self.signed_at.date(),
        )
        return self.sealed({**payload, **tags})

    def sealed(self, members: Mapping[str, bytes]) -> dict[str, bytes]:
        """The members with signature and stamp of their tag manifest."""
        signed = members[bag.TAG_MANIFEST]
        seals = {bag.SIGNATURE: self.signer.sign_detached(signed, self.signed_at, self.authority)}
        if self.authority:
            seals[bag.STAMP] = self.authority.stamp(signed)
        return {**members, **seals}

    def _payload(self) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        for name in TABLES:
            table = ALL[name]
            data = from_rows(table, self.rows.get(name, []))
            files[f"data/parquet/{name}.parquet"] = to_parquet(table, data)
            files[f"data/{name}.csv"] = csv_bytes(table, ordered(table, data), LEFT_OUT & frozenset(table.names()))
        files["data/datapackage.json"] = json_bytes({"resources": [_resource(name, files) for name in TABLES]})
        files["data/completeness.json"] = json_bytes(self._completeness())
        files["data/controls.yaml"] = b"version: 1\n"
        report = self.report if self.report is not None else plain_pdf()
        files[bag.REPORT] = (self.report_signer or self.signer).sign_pdf(report, self.signed_at, self.authority)
        return files

    def _oscal(self, payload: Mapping[str, bytes]) -> bytes:
        counts = {name: len(self.rows.get(name, [])) for name in TABLES}
        return small_oscal(self.pack_id, str(NIGHT), self._completeness(), counts, payload)

    def _completeness(self) -> dict[str, Any]:
        whole = {"vaults_expected": 2, "vaults_read": 2, "nights_expected": 1, "nights_sealed": 1}
        return {"state": "COMPLETE", **whole, "gaps": self.gaps, **self.completeness}

    def _statement(self, payload: Mapping[str, bytes]) -> dict[str, Any]:
        identity = self.signer.identity
        return {
            "format": "backup-evidence-pack",
            "v": 1,
            "pack_id": self.pack_id,
            "organisation": "Contoso",
            "scope": "all",
            "kind": "night",
            "audience": "internal",
            "period": {
                "name": "2026-11-21",
                "first_night": "2026-11-21",
                "last_night": "2026-11-21",
                "start": "2026-11-21T05:00:00Z",
                "end": told(ENDED_AT),
                "time_zone": "Europe/Berlin",
                "night_starts_at": "06:00",
            },
            "revision": 1,
            "supersedes": None,
            "series_sequence": 1,
            "previous_in_series": None,
            "ledger": {"size": 3, "head_sha256": "0" * 64},
            "completeness": self._completeness(),
            "population_confirmed": False,
            "counts": {name: len(self.rows.get(name, [])) for name in TABLES},
            "runs": [
                {
                    "night": "2026-11-21",
                    "run_id": "run-1",
                    "night_ended_at": told(ENDED_AT),
                    "captured_at": told(CAPTURED_AT),
                }
            ],
            "night_ended_at": told(ENDED_AT),
            "captured_at": told(CAPTURED_AT),
            "sealed_at": told(SEALED_AT),
            "lag_s": 420,
            "keep_until": "2027-12-31",
            "keep_until_rule": "end of the audit year 2026 + 1 year",
            "configuration_sha256": hashlib.sha256(b"configuration").hexdigest(),
            "code_version": "0.1.0",
            "signer": {
                "subject": identity.subject,
                "fingerprint_sha256": identity.fingerprint_sha256,
                "development": identity.development,
            },
            "time_stamp": {"state": "inside", "authority": "memory:stamp", "reason": None}
            if self.authority
            else {"state": "none", "authority": None, "reason": "no authority is configured"},
            **self.statement,
        }


def write_pack(
    folder: Path, members: Mapping[str, bag.Source], pack_id: str = PACK_ID, name: str | None = None
) -> Path:
    """The ZIP of a pack in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name or pack_id}.zip"
    with file.open("wb") as target:
        bag.write_zip(target, pack_id, members)
    return file


def write_folder(folder: Path, members: Mapping[str, bytes], pack_id: str = PACK_ID) -> Path:
    """The pack unpacked."""
    root = folder / pack_id
    for path, data in members.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def json_bytes(value: object) -> bytes:
    """JSON as the format asks for it."""
    return (json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()


def told(moment: datetime) -> str:
    """A moment as the format writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def plain_pdf(text: str = "Night of 2026-11-21") -> bytes:
    """A PDF of one page."""
    content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    pdf, offsets = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, start=1):
        offsets.append(len(pdf))
        pdf += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(pdf)}\n%%EOF\n"
    return pdf + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()


def _resource(name: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    data = files[f"data/{name}.csv"]
    header = data.split(b"\r\n")[0].decode().split(",")
    return {
        "name": name,
        "path": f"{name}.csv",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "schema": {"fields": [{"name": one} for one in header]},
    }


def _common(vault: str, call: str) -> dict[str, Any]:
    return {
        "night": NIGHT,
        "event_night": NIGHT,
        "tenant_id": "t1",
        "vault_id": vault,
        "run_id": "run-1",
        "capture_id": "capture-1",
        "call_id": call,
        "observed_at": CAPTURED_AT,
        "evidence_grade": "A",
    }


def _coverage() -> list[dict[str, Any]]:
    numbers = {"outcome": "collected", "reason": None, "expected": 1, "answered": 1, "collected": 3}
    above = {**_common("/subscriptions/s1", "call-0"), "kind": "vaults", **numbers}
    return [above, *({**_common(vault, "call-1"), "kind": kind, **numbers} for vault in VAULTS for kind in KINDS)]


def _job(number: int, name: str, status: str) -> dict[str, Any]:
    return {
        **_common(VAULTS[number % 2], f"call-{number}"),
        "ordinal": number,
        "detailed": False,
        "job_id": f"job-{number}",
        "item_link": "name",
        "item_candidates": ["a", "b"] if number % 3 == 0 else None,
        "entity_friendly_name": name,
        "operation": "Backup",
        "operation_kind": "backup",
        "status": status,
        "started_at": ENDED_AT - timedelta(hours=number % 7 + 1, microseconds=number),
        "duration_s": number * 1.5,
        "user_triggered": number % 2 == 0,
        "error_messages": ['said "no", then\nleft'] if status == "Failed" else [],
        "properties": json.dumps({"jobType": "AzureIaaSVMJob", "number": number}),
    }


def _call(number: int) -> dict[str, Any]:
    return {
        **_common(VAULTS[0], f"call-{number}"),
        "kind": "jobs",
        "url": f"https://management.azure.com{VAULTS[0]}/backupJobs?page={number}",
        "started_at": CAPTURED_AT,
        "finished_at": CAPTURED_AT,
        "attempts": 1,
        "waited_s": 0.0,
        "outcome": "ok",
        "bytes": 100,
    }


NAMES = ("vm-1", "=1+1", "+cmd", "-2", "@SUM", "Büro-Größe", "データベース", "שרת", "a,b", 'q"q', "", "\tTab", "＝１")
ROWS: dict[str, list[dict[str, Any]]] = {
    "jobs": [_job(n, name, "Failed" if n % 4 == 0 else "Completed") for n, name in enumerate(NAMES)],
    "coverage": _coverage(),
    "calls": [_call(n) for n in range(5)],
}
