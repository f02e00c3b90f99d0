"""Compares the packs that two stores hold of the same simulated nights, member by member.

The two were captured one after the other, by a clock that stands still between nights. Ids of runs and requests differ,
each store has its own key and configuration, and hashes and signatures follow. All that is named here, one by one;
everything else must be equal. Not here: verifying the packs.
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

REQUEST_COLUMNS = ("request_id", "correlation_id")
"""Azure gives each request its own."""
REFUSED_COLUMNS = ("bytes", "sha256")
"""Of a call that Azure refused: its body tells the request's id."""
OF_THE_STORE = "access"
"""The table of who could write to the store: a folder and a container are written by others, so its rows are each store's own."""
CONFIGURATION = "configuration_sha256"
"""Each store is named by its own configuration."""
STATEMENT_KEYS = (
    CONFIGURATION,
    "head_sha256",
    "root_sha256",
    "tagmanifest_sha256",
    "fingerprint_sha256",
    "hash",
    "bytes",
)
"""What follows from ids, from the store's own configuration, and from each store's own key."""
SEALS = tuple(f"{name}.{end}" for name in ("tagmanifest-sha256.txt", "checkpoint.json") for end in ("p7s", "tsr"))
OF_THE_LEDGER = "/data/ledger/"
"""Where a pack carries entries of its own store's ledger: their hashes and the lengths of what they name follow from ids."""
_ACCESS_TABLES = tuple(f"/{OF_THE_STORE}.{form}" for form in ("csv", "parquet"))
_ACCESS_CHAPTER = re.compile(
    r"Who could write the store or use the key As read.*?Settings that changed Configurations adopted"
)
_ACCESS_ROWS = re.compile(r"(or one place of which that was not read\. )\d+(?= rows?\.)")
_RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_SUMS = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    # OSCAL's ids follow from the list of the tables' hashes.
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b(?:[0-9A-F]{2}:\s?){31}[0-9A-F]{2}\b"), "<fingerprint>"),
    (re.compile(r"(Payload-Oxum: )\d+"), r"\1<bytes>"),
    # Each page of a report tells the begin of the ledger's head.
    (re.compile(r"(\bledger\s+)[0-9a-f]{12}\b"), r"\1<head>"),
    (re.compile(r'(\\?"bytes\\?":)\d+'), r"\1<bytes>"),
)
_BROKEN = (
    (re.compile(r"\b(?:[0-9a-f] ?){63}[0-9a-f]\b"), "<sha256>"),
    (re.compile(r"\d{8}T\d{6}Z ?- ?[0-9a-f]{8}"), "<run>"),
    (re.compile(r" ?- ?"), "-"),
)
"""The same where a line of a page ends within it."""
_NUMBER = re.compile(r"[\d,.]+")
"""Numbers of a report are those of its tables and of figures.csv, which are compared; the lengths of files follow from ids."""


@dataclass
class Compared:
    """What was compared, and what was not as it should be."""

    members: Counter[str] = field(default_factory=Counter)
    """Members by how they were compared."""
    rows: int = 0
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
    if name.endswith(_ACCESS_TABLES):
        found.members["own"] += 1
        return
    if left == right:
        found.members["equal"] += 1
        return
    if name.endswith((".parquet", ".csv")):
        kind, same = "table", _same_tables(name, left, right, found)
    elif name.endswith(".json") and OF_THE_LEDGER not in name:
        kind, same = "text", _plain(json.loads(left)) == _plain(json.loads(right))
    elif name.endswith(".pdf"):
        kind, same = "report", _text(left) == _text(right)
    else:
        kind, same = "text", _masked(left.decode()) == _masked(right.decode())
    found.members[kind] += 1
    if not same and kind != "table":
        found.differences.append(f"{name} differs in more than ids and hashes")


def _same_tables(name: str, left: bytes, right: bytes, found: Compared) -> bool:
    lefts, rights = (_rows(name, content) for content in (left, right))
    found.rows += len(lefts)
    if _comparable(lefts) == _comparable(rights):
        return True
    columns = [one for one in (lefts or [{}])[0] if _column(one, lefts) != _column(one, rights)]
    found.differences.append(f"{name}: {len(lefts)} and {len(rights)} rows; see {_listed(columns) or 'their columns'}")
    return False


def _rows(name: str, content: bytes) -> Sequence[Mapping[str, object]]:
    if name.endswith(".csv"):
        return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    rows: Sequence[Mapping[str, object]] = pq.read_table(io.BytesIO(content)).to_pylist()
    return rows


def _comparable(rows: Iterable[Mapping[str, object]]) -> Counter[str]:
    """The rows without what is named above, in no order: they are sorted by ids of the run."""
    found: Counter[str] = Counter()
    for row in rows:
        refused = REFUSED_COLUMNS if row.get("outcome") == "error" else ()
        kept = {name: value for name, value in row.items() if name not in (*REQUEST_COLUMNS, *refused, CONFIGURATION)}
        found[_RUN.sub("<run>", repr(kept))] += 1
    return found


def _column(name: str, rows: Iterable[Mapping[str, object]]) -> Counter[str]:
    return _comparable({"outcome": row.get("outcome"), name: row.get(name)} for row in rows)


def _plain(value: object) -> object:
    """A JSON value without what is named above."""
    if isinstance(value, dict):
        # OSCAL tells lengths and rows as properties of a name and a value.
        own = (*STATEMENT_KEYS, OF_THE_STORE, f"rows-{OF_THE_STORE}")
        named = "value" if value.get("name") in own else None
        return {key: None if key in own or key == named else _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return _masked(value) if isinstance(value, str) else value


def _masked(text: str) -> str:
    text = _ACCESS_ROWS.sub(r"\1<rows>", _RUN.sub("<run>", text))
    for pattern, mask in _SUMS:
        text = pattern.sub(mask, text)
    return text


def _text(report: bytes) -> tuple[int, Counter[str]]:
    """Pages of a report and its words, in whatever order columns and lines give them, without numbers and what is the store's own."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(report)
        file.flush()
        told = subprocess.run(["pdftotext", file.name, "-"], capture_output=True, text=True, check=True)
    text = _ACCESS_CHAPTER.sub("", " ".join(told.stdout.split()))
    for pattern, mask in _BROKEN:
        text = pattern.sub(mask, text)
    words = (word for word in _masked(text).split() if not _NUMBER.fullmatch(word))
    return told.stdout.count("\f"), Counter(words)


def _tell(found: Compared, packs: int) -> None:
    members = found.members
    lines = (
        f"The {packs} packs of the folder and of the container, {members.total()} members each; ids of runs left aside:",
        f"  {members['equal']:>4} equal byte for byte",
        f"  {members['table']:>4} tables, as Parquet and as CSV: {found.rows:,} rows are equal in every column",
        f"       but {_listed((*REQUEST_COLUMNS, CONFIGURATION))}; and {_listed(REFUSED_COLUMNS)} of refusals, which tell them",
        f"  {members['text']:>4} JSON and text files are equal but for {_listed(STATEMENT_KEYS)}",
        f"  {members['report']:>4} reports have as many pages and the same words but for hashes; their numbers stand in the tables",
        f"  {members['own']:>4} files of who could write to the store: each store's own, not compared",
        f"  {members['seal']:>4} signatures and time stamps: verified above, not compared; each is of its own bytes",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    for line in found.differences:
        sys.stdout.write(f"DIFFERENT: {line}\n")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


if __name__ == "__main__":
    sys.exit(compare_stores(Path(sys.argv[1]), Path(sys.argv[2])))
