"""A small OSCAL file of a pack, written from docs/pack-format.md and not by the product, so that each checks the other."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

UNNAMED = frozenset({"data/oscal-assessment-results.json", "data/datapackage.json", "data/report.pdf"})
COUNTS = ("population", "exceptions", "unknown", "lists-unread")


def small_oscal(
    pack_id: str, night: str, completeness: Mapping[str, Any], rows: Mapping[str, int], files: Mapping[str, bytes]
) -> bytes:
    """Two claims: one met, one with an exception."""
    told = {
        "pack-id": pack_id,
        "first-night": night,
        "last-night": night,
        "completeness": completeness["state"],
        "gaps": len(completeness["gaps"]),
        "vaults-read": f"{completeness['vaults_read']}/{completeness['vaults_expected']}",
        "nights-sealed": f"{completeness['nights_sealed']}/{completeness['nights_expected']}",
        "control-map-sha256": hashlib.sha256(files["data/controls.yaml"]).hexdigest(),
        **{f"rows-{name}": number for name, number in rows.items()},
    }
    document = {
        "uuid": _id("document"),
        "results": [
            {
                "uuid": _id("result"),
                "props": _props(told),
                "observations": [
                    _observation("nights-captured", (1, 0, 0, 0), "met"),
                    _observation("backups-completed", (3, 1, 0, 0), "exceptions"),
                ],
                "findings": [
                    _finding("nights-captured", "satisfied", "pass"),
                    _finding("backups-completed", "not-satisfied", "fail"),
                ],
            }
        ],
        "back-matter": {
            "resources": [_resource(path, data) for path, data in sorted(files.items()) if path not in UNNAMED]
        },
    }
    return (json.dumps({"assessment-results": document}, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _id(what: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, what))


def _props(told: Mapping[str, object]) -> list[dict[str, str]]:
    return [{"name": name, "ns": "urn:backup-evidence:oscal", "value": str(value)} for name, value in told.items()]


def _observation(claim: str, counts: tuple[int, ...], result: str) -> dict[str, Any]:
    told = {"claim": claim, **dict(zip(COUNTS, counts, strict=True)), "result": result}
    evidence = [{"href": f"#{_id('data/coverage.csv')}", "description": "rows"}]
    return {"uuid": _id(f"observation {claim}"), "props": _props(told), "relevant-evidence": evidence}


def _finding(claim: str, state: str, reason: str) -> dict[str, Any]:
    return {
        "uuid": _id(f"finding {claim}"),
        "target": {
            "type": "objective-id",
            "target-id": f"cp-9_obj.{claim}",
            "status": {"state": state, "reason": reason},
        },
        "related-observations": [{"observation-uuid": _id(f"observation {claim}")}],
    }


def _resource(path: str, data: bytes) -> dict[str, Any]:
    sha256 = {"algorithm": "SHA-256", "value": hashlib.sha256(data).hexdigest()}
    link = {"href": path.removeprefix("data/"), "hashes": [sha256]}
    return {"uuid": _id(path), "title": path, "props": _props({"bytes": len(data)}), "rlinks": [link]}
