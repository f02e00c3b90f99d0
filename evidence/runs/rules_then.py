"""By which rules a night is judged: those of the configuration that its run was made with, whatever is configured today.

Not here: judging, owners (`owners`). Invariants: a configuration is read by the hash that the ledger names; one that cannot be read is an error, never
replaced by today's; whoever judges says by which configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from evidence.errors import ConfigurationError
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.ledger.payloads import SealedNight
from evidence.runs.judging.rules import JudgementRules, judgement_rules
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.sealed import SealedRows
from evidence.settings import Settings, parse_settings
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import configuration_file, run_file

JUDGED_BY = "judged_by"
"""Key in the payload of an assessment: the configuration that gave the rules of its slots and tiers."""
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class InUse:
    """Rules, and the configuration that gives them."""

    configuration_sha256: str
    rules: JudgementRules

    def told(self) -> Mapping[str, object]:
        """As a payload names them, under JUDGED_BY."""
        return {"configuration_sha256": self.configuration_sha256}


@dataclass(frozen=True, slots=True)
class Turn:
    """Rules from a moment on."""

    from_at: datetime
    """Begin of the first night that was run with them; the first turn also stands for the time before."""
    in_use: InUse


def rules_then(store: EvidenceStore, entries: Sequence[LedgerEntry], night: date, now: InUse) -> InUse:
    """The rules of a sealed night; raises IntegrityError, ConfigurationError for a configuration that this program cannot read."""
    return _rules_of(SealedRows(store, named_paths(entries)), entries, sealed_nights(entries)[night], now)


def turns(
    store: EvidenceStore, entries: Sequence[LedgerEntry], first: date, last: date, now: InUse
) -> tuple[Turn, ...]:
    """The rules of nights from one to another, one turn for each change; today's where no such night is sealed."""
    sealed = SealedRows(store, named_paths(entries))
    found = list(_turns(sealed, entries, first, last, now))
    return tuple(found) or (Turn(_EVER, now),)


def _turns(sealed: SealedRows, entries: Sequence[LedgerEntry], first: date, last: date, now: InUse) -> Iterator[Turn]:
    before: InUse | None = None
    for night, every in sealed_nights(entries).items():
        # What a run that was disposed of was judged by is told by no file any more.
        runs = [run for run in every if run_file(run.night, run.run_id) in sealed.named]
        if runs and first <= night <= last:
            found = _rules_of(sealed, entries, runs, now)
            if before is None or found.rules != before.rules:
                yield Turn(_EVER if before is None else _manifest(sealed, runs[0]).window_start, found)
                before = found


def _rules_of(sealed: SealedRows, entries: Sequence[LedgerEntry], runs: Sequence[SealedNight], now: InUse) -> InUse:
    """By the first of a night's runs that was made in its time; a night that was captured late alone by what was adopted when it ended."""
    run = next((run for run in runs if not run.late), runs[0])
    manifest = _manifest(sealed, run)
    sha256 = manifest.configuration_sha256
    if run.late:
        sha256 = _adopted(one for one in entries if one.at <= manifest.window_end) or sha256
    elif sha256 != now.configuration_sha256 and configuration_file(sha256) not in sealed.named:
        # A run that was continued under a changed configuration was sealed under that one, and it alone was kept.
        sha256 = _adopted(entries[: run.entry.sequence]) or sha256
    if sha256 == now.configuration_sha256:
        return now
    return InUse(sha256, judgement_rules(_settings(sealed.content(configuration_file(sha256)), sha256)))


def _manifest(sealed: SealedRows, run: SealedNight) -> RunManifest:
    return parse_run_manifest(sealed.content(run_file(run.night, run.run_id)))


def _adopted(entries: Iterable[LedgerEntry]) -> str | None:
    """The configuration that was adopted last."""
    found = [one for one in entries if one.kind is EntryKind.CONFIGURATION_ADOPTED]
    return str(found[-1].payload["sha256"]) if found else None


@lru_cache(maxsize=16)
def _settings(raw: bytes, sha256: str) -> Settings:
    try:
        return parse_settings(raw, configuration_file(sha256))
    except ConfigurationError as error:
        raise ConfigurationError(
            f"The configuration {sha256[:12]} that a night was run with cannot be read by this program.",
            cause=error.cause,
            next_step="Use the version of the program that wrote it, to judge or report that night.",
        ) from error
