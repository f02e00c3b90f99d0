"""Compares the packs that two stores hold of the same simulated nights, member by member.

The two were captured one after the other, so ids of runs, moments of asking and what follows from them (hashes,
signatures) differ. Those are named here, one by one; everything else must be equal. Not here: verifying the packs.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile

import pyarrow.parquet as pq

RUN_COLUMNS = ("run_id", "capture_id", "call_id", "first_call_id", "last_call_id", "assessment_id")
MOMENT_COLUMNS = ("observed_at", "assessed_at")
CALL_COLUMNS = ("started_at", "finished_at", "waited_s", "request_id", "correlation_id", "bytes", "sha256")
"""Of the table `calls`: when it was asked, which request it was, and the body that tells the like."""
RUNNING_COLUMNS = ("duration_s", "tasks", "properties")
"""Of a job still running: they say for how long it had been running when it was asked."""
STATEMENT_KEYS = frozenset(
    {
        *("run_id", "captured_at", "sealed_at", "lag_s", "created"),
        *("ledger", "head_sha256", "tagmanifest_sha256", "hash", "bytes", "fingerprint_sha256", "configuration_sha256"),
        "code_version",
    }
)
SEALS = ("tagmanifest-sha256.txt.p7s", "tagmanifest-sha256.txt.tsr")
_IDS = (
    (re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}"), "<run>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\b(?:[0-9A-F]{2}:){31}[0-9A-F]{2}\b"), "<fingerprint>"),
    (re.compile(r"(Payload-Oxum: )\d+"), r"\1<bytes>"),
)
_HEX_OR_NUMBER = re.compile(r"[0-9a-fA-F:.,-]+|.*\d.*")


@dataclass
class Compared:
    """What was compared, and what was not as it should be."""

    members: Counter[str] = field(default_factory=Counter)
    """Members by how they were compared."""
    rows: int = 0
    bodies: int = 0
    same_bodies: int = 0
    differences: list[str] = field(default_factory=list)


def compare_stores(left: Path, right: Path) -> int:
    """Compare the packs under two folders and say what was found; 1 where anything else differs than is named here."""
    found = Compared()
    lefts, rights = ({path.stem: path for path in folder.rglob("*.zip")} for folder in (left, right))
    for name in sorted(lefts.keys() ^ rights.keys()):
        found.differences.append(f"{name} is in one store only")
    both = sorted(lefts.keys() & rights.keys())
    for name in both:
        _compare_pack(ZipFile(lefts[name]), ZipFile(rights[name]), found)
    _tell(found, len(both))
    return 1 if found.differences else 0


def _compare_pack(left: ZipFile, right: ZipFile, found: Compared) -> None:
    if left.namelist() != right.namelist():
        found.differences.append(f"{left.filename}: other members than {right.filename}")
    for name in left.namelist():
        if name in right.namelist():
            _compare_member(name, left.read(name), right.read(name), found)


def _compare_member(name: str, left: bytes, right: bytes, found: Compared) -> None:
    if name.endswith(SEALS):
        found.members["seal"] += 1
        return
    if left == right:
        found.members["equal"] += 1
        return
    if name.endswith((".parquet", ".csv")):
        kind, same = "table", _same_tables(name, left, right, found)
    elif name.endswith(".json"):
        kind, same = "text", _plain(json.loads(left)) == _plain(json.loads(right))
    elif name.endswith(".pdf"):
        kind, same = "report", _words(left) == _words(right)
    else:
        kind, same = "text", _masked(left.decode()) == _masked(right.decode())
    found.members[kind] += 1
    if not same and kind != "table":
        found.differences.append(f"{name} differs in more than ids, moments and hashes of its run")


def _same_tables(name: str, left: bytes, right: bytes, found: Compared) -> bool:
    lefts, rights = (_rows(name, content) for content in (left, right))
    table = Path(name).stem
    if table == "calls" and name.endswith(".parquet"):
        hashes = [Counter(str(row["sha256"]) for row in rows) for rows in (lefts, rights)]
        found.bodies += len(lefts)
        found.same_bodies += (hashes[0] & hashes[1]).total()
    found.rows += len(lefts)
    if _comparable(table, lefts) == _comparable(table, rights):
        return True
    columns = [one for one in (lefts or [{}])[0] if _column(table, one, lefts) != _column(table, one, rights)]
    found.differences.append(f"{name}: {len(lefts)} and {len(rights)} rows; see {_listed(columns) or 'their columns'}")
    return False


def _rows(name: str, content: bytes) -> Sequence[Mapping[str, object]]:
    if name.endswith(".csv"):
        return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    rows: Sequence[Mapping[str, object]] = pq.read_table(io.BytesIO(content)).to_pylist()
    return rows


def _comparable(table: str, rows: Iterable[Mapping[str, object]]) -> Counter[str]:
    """The rows without what is named above, in no order: they are sorted by ids of the run."""
    left_out = {*RUN_COLUMNS, *MOMENT_COLUMNS, *(CALL_COLUMNS if table == "calls" else ())}
    found: Counter[str] = Counter()
    for row in rows:
        running = RUNNING_COLUMNS if row.get("status") == "InProgress" else ()
        kept = {name: value for name, value in row.items() if name not in left_out and name not in running}
        found[_masked(repr(kept))] += 1
    return found


def _column(table: str, name: str, rows: Iterable[Mapping[str, object]]) -> Counter[str]:
    return _comparable(table, ({"status": row.get("status"), name: row.get(name)} for row in rows))


def _plain(value: object) -> object:
    """A JSON value without what is named above."""
    if isinstance(value, dict):
        return {key: None if key in STATEMENT_KEYS else _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return _masked(value) if isinstance(value, str) else value


def _masked(text: str) -> str:
    for pattern, mask in _IDS:
        text = pattern.sub(mask, text)
    return text


def _words(report: bytes) -> tuple[int, Counter[str]]:
    """Pages of a report, and its words but those that are or hold numbers or hexadecimal digits."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(report)
        file.flush()
        told = subprocess.run(["pdftotext", file.name, "-"], capture_output=True, text=True, check=True)
    return told.stdout.count("\f"), Counter(word for word in told.stdout.split() if not _HEX_OR_NUMBER.fullmatch(word))


def _tell(found: Compared, packs: int) -> None:
    members = found.members
    lines = (
        f"The {packs} packs of both stores compared, {members.total()} members each:",
        f"  {members['table']:>4} tables (Parquet and CSV): {found.rows:,} rows, equal in every column but {_listed(RUN_COLUMNS)}",
        f"       {_listed(MOMENT_COLUMNS)}, of calls {_listed(CALL_COLUMNS)}, of running jobs {_listed(RUNNING_COLUMNS)}",
        f"  {members['text']:>4} JSON and text files: equal but for {_listed(sorted(STATEMENT_KEYS))} and manifest hashes",
        f"  {members['report']:>4} reports: as many pages, and the same words, numbers and hashes left aside",
        f"  {members['equal']:>4} other members: equal bytes",
        f"  {members['seal']:>4} signatures and time stamps: verified, not compared; each is of its own bytes",
        f"  {found.same_bodies:,} of {found.bodies:,} bodies that were received have the same SHA-256; the others tell a request id, or how long a job runs.",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    for line in found.differences:
        sys.stdout.write(f"DIFFERENT: {line}\n")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


if __name__ == "__main__":
    sys.exit(compare_stores(Path(sys.argv[1]), Path(sys.argv[2])))
