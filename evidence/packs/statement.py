"""`statement.json` and `completeness.json`: what a pack says of itself (docs/pack-format.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from evidence.ledger.folds import SealedPack, Series
from evidence.ledger.ledger import Head
from evidence.nights import Calendar
from evidence.packs.bag import Digest
from evidence.packs.completeness import CompletenessResult
from evidence.packs.period import Period
from evidence.packs.reconciled import population_of
from evidence.packs.select import Selection
from evidence.retention.rules import KeepUntil
from evidence.runs.parts import told
from evidence.seals.interface import SignerIdentity
from evidence.tiers import TierRule

FORMAT = "backup-evidence-pack"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A pack's place in its series, as the ledger stood when it was built."""

    series: Series
    period: Period
    revision: int
    series_sequence: int
    previous: SealedPack | None
    """Last pack of the series."""
    superseded: SealedPack | None
    """Earlier revision for the same period."""
    reason: str | None
    """Why it supersedes; None for a first revision."""
    head: Head
    root_sha256: str
    """Merkle root of the ledger at that size."""

    @property
    def pack_id(self) -> str:
        """Name of the pack, of its folder and of its file."""
        return f"{self.series.scope}-{self.series.kind}-{self.series.audience}-{self.period.name}-r{self.revision:04d}"


@dataclass(frozen=True, slots=True)
class TimeStampState:
    """Whether the pack is time-stamped, decided while it is sealed."""

    authority: str | None
    reason: str | None
    """Why not; None where it is."""

    @property
    def state(self) -> str:
        """`inside` or `none`."""
        return "none" if self.reason else "inside"

    @property
    def sentence(self) -> str:
        """For the cover."""
        return f"NOT TIME-STAMPED: {self.reason}." if self.reason else f"Time-stamped by {self.authority} (RFC 3161)."


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When, by what and by whom a pack is made."""

    organisation: str
    calendar: Calendar
    sealed_at: datetime
    keep: KeepUntil
    configuration_sha256: str
    code_version: str
    signer: SignerIdentity
    time_stamp: TimeStampState
    calls: Digest | None = None
    """Of calls.zip, where one is sealed beside the pack."""
    tiers: tuple[TierRule, ...] = ()
    """Objectives of items, as configured when the pack is made."""


def statement(
    place: Place, about: Circumstances, selection: Selection, judged: CompletenessResult, counts: Mapping[str, int]
) -> bytes:
    """The statement's bytes: sorted keys, two spaces, one line feed at the end."""
    series, period = place.series, place.period
    content = {
        "format": FORMAT,
        "v": VERSION,
        "pack_id": place.pack_id,
        "organisation": about.organisation,
        "scope": series.scope,
        "kind": series.kind,
        "audience": series.audience,
        "period": _period(period, about.calendar),
        "revision": place.revision,
        "supersedes": _named(place.superseded, reason=place.reason),
        "series_sequence": place.series_sequence,
        "previous_in_series": _named(place.previous),
        "ledger": {
            "size": place.head.size,
            "head_sha256": place.head.head_sha256,
            "root_sha256": place.root_sha256,
        },
        "completeness": completeness(judged),
        "population_confirmed": population_of(selection)[1],
        "counts": dict(counts),
        "calls": None if about.calls is None else {"bytes": about.calls.size, "sha256": about.calls.sha256},
        "runs": [
            _run(run_id=run.run_id, night=str(run.night), end=run.window_end, at=run.captured_at)
            for run in selection.runs
        ],
        **_times(selection, about),
        "keep_until": str(about.keep.day),
        "keep_until_rule": about.keep.rule,
        "configuration_sha256": about.configuration_sha256,
        "code_version": about.code_version,
        "signer": {
            "subject": about.signer.subject,
            "fingerprint_sha256": about.signer.fingerprint_sha256,
            "development": about.signer.development,
        },
        "time_stamp": {
            "state": about.time_stamp.state,
            "authority": about.time_stamp.authority,
            "reason": about.time_stamp.reason,
        },
    }
    return _json(content)


def completeness(judged: CompletenessResult) -> dict[str, object]:
    """The judgement as JSON; the same in the statement and in `data/completeness.json`."""
    gaps = [
        {
            "night": str(gap.night),
            "subject_id": gap.subject_id,
            "kind": None if gap.kind is None else str(gap.kind),
            "outcome": str(gap.outcome),
            "reason": gap.reason,
        }
        for gap in judged.gaps
    ]
    return {
        "state": str(judged.state),
        "vaults_expected": judged.vaults_expected,
        "vaults_read": judged.vaults_read,
        "nights_expected": judged.nights_expected,
        "nights_sealed": judged.nights_sealed,
        "gaps": gaps,
    }


def completeness_file(judged: CompletenessResult) -> bytes:
    """Bytes of `data/completeness.json`."""
    return _json(completeness(judged))


def _json(content: Mapping[str, object]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def _period(period: Period, calendar: Calendar) -> dict[str, str]:
    window = calendar.span(period.first, period.last)
    return {
        "name": period.name,
        "first_night": str(period.first),
        "last_night": str(period.last),
        "start": told(window.start),
        "end": told(window.end),
        "time_zone": calendar.time_zone,
        "night_starts_at": calendar.starts_at.strftime("%H:%M"),
    }


def _named(pack: SealedPack | None, *, reason: str | None = None) -> dict[str, str] | None:
    if pack is None:
        return None
    found = {"pack_id": pack.pack_id, "tagmanifest_sha256": pack.tagmanifest_sha256}
    return found if reason is None else {**found, "reason": reason}


def _run(*, run_id: str, night: str, end: datetime, at: datetime) -> dict[str, str]:
    return {"night": night, "run_id": run_id, "night_ended_at": told(end), "captured_at": told(at)}


def _times(selection: Selection, about: Circumstances) -> dict[str, object]:
    ended = about.calendar.window(selection.period.last).end
    last = [run for run in selection.runs if run.night == selection.period.last]
    captured = last[0].captured_at if last else None
    return {
        "night_ended_at": told(ended),
        "captured_at": told(captured) if captured else None,
        "sealed_at": told(about.sealed_at),
        "lag_s": int((captured - ended).total_seconds()) if captured else None,
    }
