"""Which sealed files the rows of a pack rest on: a function of the ledger, the runs' manifests and the pack's own bounds.

Not here: reading, redacting or packing them. Invariant: builder and verifier ask this same function, so that a file that was left out of
calls.zip, or added to it, is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from evidence.errors import IntegrityError
from evidence.ledger.entries import LedgerEntry, LedgerObject
from evidence.ledger.folds import SealedAssessment, SealedNight, assessments, sealed_nights
from evidence.packs.period import Period
from evidence.packs.scope import PackScope
from evidence.records import SUBSCRIPTION_LIST
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.runs.files import key_of
from evidence.runs.manifest import RunManifest
from evidence.runs.night import NIGHTS_OF_ITEMS
from evidence.runs.plain import WrittenFile
from evidence.sources.interface import subscription_key
from evidence.stores.layout import calls_file, configuration_file

Manifests = Callable[[SealedNight], RunManifest]
"""Reads a sealed run's manifest."""
_ABOVE = subscription_key("")
_LIST = "_subscriptions"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a pack is about, as far as it decides which calls it rests on."""

    period: Period
    scope: PackScope
    restored: frozenset[str]
    """Vaults of the restore jobs in the pack: their links rest on all points ever seen there."""

    @property
    def whole(self) -> bool:
        """Whether the scope restricts nothing; only then can sources be compared again, for that takes all vaults."""
        return not (self.scope.regions or self.scope.subscriptions or self.scope.vaults)


@dataclass(frozen=True, slots=True)
class NeededRun:
    """A sealed run, and the files of its calls that are needed."""

    sealed: SealedNight
    manifest: RunManifest
    files: tuple[WrittenFile, ...]
    of_period: bool
    """Captured since the period began, so that its jobs may be the pack's; of other runs items and points alone are."""


@dataclass(frozen=True, slots=True)
class Needs:
    """All that a pack's rows are made of."""

    runs: tuple[NeededRun, ...]
    """In order of sealing."""
    links: SealedAssessment | None
    """The assessment whose links the pack holds; None where nothing was restored."""
    compared: tuple[SealedAssessment, ...]
    """Assessments whose comparisons of sources the pack may hold; none for a scope that is not whole."""

    @property
    def assessed(self) -> tuple[SealedAssessment, ...]:
        """All of them, each once, in order of sealing."""
        every = {one.entry.sequence: one for one in (*self.compared, *([self.links] if self.links else []))}
        return tuple(every[sequence] for sequence in sorted(every))

    def lists(self) -> tuple[LedgerObject, ...]:
        """Approved lists that sources were compared with."""
        found = {named.path: named for one in self.compared for named in _approved(one)}
        return tuple(found[path] for path in sorted(found))


def needs(entries: Sequence[LedgerEntry], manifests: Manifests, bounds: Bounds) -> Needs:
    """What rows of these bounds rest on, as known at the last of `entries`; raises IntegrityError."""
    nights = sealed_nights(entries)
    begin = datetime.combine(bounds.period.first, time(), UTC) - timedelta(days=1)
    every = sorted((run for runs in nights.values() for run in runs), key=lambda run: run.entry.sequence)
    since = [run for run in every if captured_at(run) >= begin]
    of_items = _nights_before({run.night for run in since})
    vaults = _vaults(nights, manifests, bounds)
    told = _Runs(manifests, bounds, vaults, frozenset(run.run_id for run in since), of_items)
    runs = tuple(run for one in every for run in told.needed(one))
    known = assessments(entries)
    newest = max((one for many in known.values() for one in many), key=lambda one: one.entry.sequence, default=None)
    return Needs(runs, newest if bounds.restored else None, _compared(known, bounds) if bounds.whole else ())


def captured_at(run: SealedNight) -> datetime:
    """When a run had its last answer, as the ledger tells; raises IntegrityError."""
    told = run.entry.payload.get("captured_at")
    if not isinstance(told, str):
        raise IntegrityError(f"{run.entry.name} does not say when its run was captured.")
    return datetime.fromisoformat(told)


def _nights_before(nights: set[date]) -> frozenset[date]:
    """Nights whose items are known when the jobs of these nights are linked by name."""
    return frozenset(night - timedelta(days=back) for night in nights for back in range(1, NIGHTS_OF_ITEMS + 1))


def _vaults(nights: Mapping[date, Sequence[SealedNight]], manifests: Manifests, bounds: Bounds) -> frozenset[str]:
    """Vaults in scope that a night of the period met."""
    met = [manifests(run) for night in bounds.period.nights() for run in nights.get(night, ())]
    return frozenset(one.vault_id for one in bounds.scope.chosen(vault for run in met for vault in run.vaults))


def _compared(known: Mapping[date, Sequence[SealedAssessment]], bounds: Bounds) -> tuple[SealedAssessment, ...]:
    later = [bounds.period.last + timedelta(days=number) for number in range(1, NIGHTS_READ_AGAIN)]
    standing = [known[night][-1] for night in (*bounds.period.nights(), *later) if night in known]
    return tuple(sorted(standing, key=lambda one: one.entry.sequence))


def _approved(one: SealedAssessment) -> Iterator[LedgerObject]:
    folder = configuration_file("").partition("/")[0]
    return (named for named in one.entry.objects if named.path.startswith(f"{folder}/"))


@dataclass(frozen=True, slots=True)
class _Runs:
    """Decides what is needed of each run."""

    manifests: Manifests
    bounds: Bounds
    vaults: frozenset[str]
    since: frozenset[str]
    of_items: frozenset[date]

    def needed(self, run: SealedNight) -> Iterator[NeededRun]:
        """The run with its needed files; nothing where none is needed."""
        of_period = run.run_id in self.since
        if not (of_period or run.night in self.of_items or self.bounds.restored):
            return
        manifest = self.manifests(run)
        files = tuple(self._files(run, manifest, of_period=of_period))
        if files or of_period:
            yield NeededRun(run, manifest, files, of_period)

    def _files(self, run: SealedNight, manifest: RunManifest, *, of_period: bool) -> Iterator[WrittenFile]:
        vaults = {calls_file(run.night, run.run_id, key_of(vault)): vault.vault_id for vault in manifest.vaults}
        for file in manifest.calls:
            vault = vaults.get(file.path)
            if vault is None:
                wanted = of_period and self._above(file.path.rpartition("/")[2].removesuffix(".parquet"))
            elif of_period:
                wanted = self.bounds.whole or vault in self.vaults
            else:
                wanted = vault in self.bounds.restored or (run.night in self.of_items and self._lasting(vault))
            if wanted:
                yield file

    def _lasting(self, vault: str) -> bool:
        return self.bounds.whole or vault in self.vaults

    def _above(self, key: str) -> bool:
        """Whether calls above vaults are the pack's: of the list of subscriptions, and of each one in scope."""
        return key == _LIST or self.bounds.scope.holds_subscription(f"{SUBSCRIPTION_LIST}/{key.removeprefix(_ABOVE)}")
