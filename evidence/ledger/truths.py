"""What tests of the store against its register recorded, by the ledger: how much was looked at, read and found to differ.

Not here: looking (`evidence.runs.retention.truth`). Invariants: pure over the entries given; a test names the size of the ledger that it tested and the
one table that holds what was read whole and what was not as promised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from evidence.ledger.entries import EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.fields import Fields

VERSION = 1
TABLE = "truth"
CONTENTS = ("all", "rotation", "none")
_KEYS = frozenset(
    {
        "v",
        "check_id",
        "night",
        "tested_at",
        "ledger_size",
        "contents",
        "scope",
        "counts",
        "faults",
        "states",
        "mode",
        "renewed",
        "not_renewed",
        "configuration_sha256",
    }
)
_COUNTS = ("expected", "seen", "read", "read_bytes", "whole", "mismatched", "unknown")


@dataclass(frozen=True, slots=True)
class Counts:
    """What a test came to, in objects."""

    expected: int
    """Objects that the register promises."""
    seen: int
    """Of them, those that the store told of."""
    read: int
    """Contents that were read."""
    read_bytes: int
    whole: int
    """Of those that were read, those that are as sealed."""
    mismatched: int
    """Objects, and settings of the store, that differ from the promise."""
    unknown: int
    """Those that could not be looked at."""


@dataclass(frozen=True, slots=True)
class TruthTest:
    """One test that was recorded."""

    check_id: str
    night: date
    """The night that ran."""
    tested_at: datetime
    """When it began: what it says of an object it saw at that moment or later."""
    ledger_size: int
    contents: str
    """`all`, `rotation` or `none`."""
    scope: str
    """Beginning of the paths that were tested; empty: all."""
    counts: Counts
    faults: Mapping[str, int]
    """Differences by kind."""
    states: Mapping[str, int]
    """Objects by what protects them, as read back."""
    mode: str
    """What protection is configured."""
    renewed: int
    """Objects whose protection the test set or lengthened."""
    not_renewed: str
    """Why it stopped setting protection; empty where it did not."""
    entry: LedgerEntry

    @property
    def table(self) -> LedgerObject:
        """The file of its rows; checked to be there when the entry is read."""
        return next(one for one in self.entry.objects if one.path.startswith(f"assessments/{TABLE}/"))


def truth_test(entry: LedgerEntry) -> TruthTest:
    """What a truth-tested entry says; raises IntegrityError."""
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    version = fields.whole("v")
    if version != VERSION:
        fields.refuse(f"its version is {version}, and this program reads {VERSION}")
    fields.check_keys(_KEYS)
    contents = fields.text("contents")
    if contents not in CONTENTS:
        fields.refuse(f"contents is none of {', '.join(CONTENTS)}")
    if sum(one.path.startswith(f"assessments/{TABLE}/") for one in entry.objects) != 1:
        fields.refuse("it does not name exactly one table of the test")
    inner = Fields(f"counts in {fields.where}", fields.mapping("counts"))
    inner.check_keys(frozenset(_COUNTS))
    return TruthTest(
        fields.text("check_id"),
        fields.day("night"),
        fields.moment("tested_at"),
        fields.whole("ledger_size"),
        contents,
        _text(fields, "scope"),
        Counts(*(inner.whole(name) for name in _COUNTS)),
        fields.counts("faults"),
        fields.counts("states"),
        fields.text("mode"),
        fields.whole("renewed"),
        _text(fields, "not_renewed"),
        entry,
    )


def truth_tests(entries: Iterable[LedgerEntry]) -> Sequence[TruthTest]:
    """All tests that were recorded, in order."""
    return [truth_test(entry) for entry in entries if entry.kind is EntryKind.TRUTH_TESTED]


def last_truth_test(entries: Sequence[LedgerEntry]) -> TruthTest | None:
    """The newest test over everything, or None."""
    for entry in reversed(entries):
        if entry.kind is EntryKind.TRUTH_TESTED and not (found := truth_test(entry)).scope:
            return found
    return None


def _text(fields: Fields, name: str) -> str:
    """A text that may be empty."""
    value = fields.values.get(name)
    if not isinstance(value, str):
        fields.refuse(f"{name} is no text")
    return value
