"""The descriptor: that it names the files that are there, with their lengths, hashes and columns.

Not here: the rows (`tables`). Invariant: hashes are compared with the manifest, whose own are checked against the files before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from evidence.errors import IntegrityError
from evidence.packs import bag
from evidence.packs.machine.descriptor import DESCRIPTOR
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement

_LONGEST_HEADER = 1 << 20
_TABLE = "table"


def check_descriptor(pack: Opened, statement: Statement, checks: Checklist) -> None:
    """Check `datapackage.json` against the files and the statement."""
    checks.examine("descriptor", DESCRIPTOR, lambda: _descriptor(pack, statement))


def _descriptor(pack: Opened, statement: Statement) -> tuple[str, None]:
    content: Any = orjson.loads(pack.read(DESCRIPTOR))
    resources = {f"data/{one['path']}": one for one in content["resources"]}
    tables = {path: one for path, one in resources.items() if one.get("type", _TABLE) == _TABLE}
    if set(tables) != {f"data/{name}.csv" for name in statement.counts} or len(resources) != len(content["resources"]):
        raise IntegrityError("It does not describe exactly the CSV files that are there.")
    hashes = bag.read_manifest(pack.read(bag.MANIFEST))
    # Packs of before describe CSV files alone.
    if len(tables) != len(resources) and set(resources) != set(hashes) - {DESCRIPTOR, bag.REPORT}:
        raise IntegrityError("It does not describe exactly the files that are there.")
    for path, told in resources.items():
        if told["bytes"] != pack.members[path].stat().st_size or told["hash"] != f"sha256:{hashes[path]}":
            raise IntegrityError(f"It gives another length or hash for {path}.")
    for path, told in tables.items():
        _check_header(pack.members[path], path, told)
    return f"{len(tables)} tables and {len(resources) - len(tables)} other files as described", None


def _check_header(file: Path, path: str, told: Any) -> None:
    with file.open("rb") as source:
        header = source.readline(_LONGEST_HEADER).decode().rstrip("\r\n").split(",")
    if [field["name"] for field in told["schema"]["fields"]] != header:
        raise IntegrityError(f"It describes other columns than {path} has.")
