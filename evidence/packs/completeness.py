"""How complete a pack is: every vault, night and kind of thing that was to be read, against what was.

Pure. Invariant: what no row tells is a gap; nothing unknown ever counts as read (DESIGN section 7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.records import (
    ESSENTIAL,
    LIST_OF,
    SECOND_KINDS,
    SUBSCRIPTION_KINDS,
    SUBSCRIPTION_LIST,
    WHOLE,
    Completeness,
    Kind,
    Outcome,
    Vault,
    kinds_of,
)

_RANK = {
    Outcome.NOT_REACHED: 0,
    Outcome.PARTIAL: 1,
    Outcome.NOT_OBSERVED_THEN: 2,
    Outcome.COLLECTED_ZERO: 3,
    Outcome.COLLECTED: 4,
}


@dataclass(frozen=True, slots=True)
class Covered:
    """One coverage row, as far as completeness needs it."""

    night: date
    subject_id: str
    """Vault, or `/subscriptions/<id>`."""
    kind: Kind
    outcome: Outcome
    reason: str | None


@dataclass(frozen=True, slots=True)
class NightInput:
    """What the sealed runs of one night say."""

    night: date
    subscriptions: frozenset[str]
    """Subscriptions asked, as `/subscriptions/<id>`."""
    vaults: tuple[Vault, ...]
    """Vaults found and in scope."""
    late: bool = False
    """Whether every run was late: its vault lists then tell nothing of vaults that are gone since."""
    listed: bool = False
    """Whether subscriptions were listed and not named."""
    second_sources: bool = True
    """Whether Resource Graph and the Activity Log were to be asked."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a scope names, whether or not any run met it."""

    subscriptions: frozenset[str] = frozenset()
    """As `/subscriptions/<id>`."""
    unmatched: tuple[str, ...] = ()
    """Names of vaults that no vault of the period bears."""


NOTHING_NAMED = Expected()


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was to be read and was not, or not whole."""

    night: date
    subject_id: str | None
    """None where the night itself, or the scope, is missing."""
    kind: Kind | None
    outcome: str
    reason: str

    @property
    def essential(self) -> bool:
        """Whether it makes the pack INCOMPLETE."""
        return self.kind is None or self.kind in ESSENTIAL


@dataclass(frozen=True, slots=True)
class CompletenessResult:
    """The judgement with its numbers."""

    state: Completeness
    vaults_expected: int
    vaults_read: int
    nights_expected: int
    nights_sealed: int
    gaps: tuple[Gap, ...]
    """Worst first, then by night, subject and kind."""


def judge(
    nights: Sequence[date],
    sealed: Mapping[date, NightInput],
    rows: Sequence[Covered],
    expected: Expected = NOTHING_NAMED,
) -> CompletenessResult:
    """Judge a period: `nights` expected, `sealed` what was run, `rows` the coverage of those runs, `expected` what the scope names.

    What was met on any night is expected on all of them: a subscription is to be asked, and a vault is there unless a whole list of
    that night shows that it was not.
    """
    best = _best(rows)
    runs = [sealed[night] for night in nights if night in sealed]
    known = {vault.vault_id: vault for found in runs for vault in found.vaults}
    subscriptions = expected.subscriptions.union(*(found.subscriptions for found in runs))
    gaps = [
        Gap(night, None, None, "not_sealed", "no run for this night was sealed")
        for night in nights
        if night not in sealed
    ]
    for found in runs:
        gaps += _subscription_gaps(found, subscriptions, best)
        gaps += _lost_vault_gaps(found, known, best)
        for vault in found.vaults:
            gaps += _vault_gaps(found.night, vault, best)
    if runs and (expected.unmatched or not known):
        named = ", ".join(expected.unmatched)
        said = f"no vault of the period is called {named}, as the scope names" if named else "no vault is in scope"
        gaps.append(Gap(nights[0], None, None, "no_vault", said))
    return _result(nights, sealed, known, gaps)


def _best(rows: Sequence[Covered]) -> Mapping[tuple[date, str, Kind], Covered]:
    best: dict[tuple[date, str, Kind], Covered] = {}
    for row in rows:
        key = (row.night, row.subject_id, row.kind)
        if key not in best or _RANK[row.outcome] > _RANK[best[key].outcome]:
            best[key] = row
    return best


def _gap(night: date, subject: str, kind: Kind, best: Mapping[tuple[date, str, Kind], Covered]) -> Gap | None:
    row = best.get((night, subject, kind))
    if row is None:
        return Gap(night, subject, kind, Outcome.NOT_REACHED, "no coverage was recorded")
    if row.outcome in WHOLE:
        return None
    return Gap(night, subject, kind, row.outcome, row.reason or "no reason was recorded")


def _subscription_gaps(
    found: NightInput, subscriptions: frozenset[str], best: Mapping[tuple[date, str, Kind], Covered]
) -> list[Gap]:
    listed = [_gap(found.night, SUBSCRIPTION_LIST, Kind.SUBSCRIPTIONS, best)] if found.listed else []
    if not subscriptions:
        none = Gap(found.night, None, Kind.VAULTS, Outcome.NOT_REACHED, "no subscription was asked")
        return [none, *(gap for gap in listed if gap is not None)]
    kinds = [kind for kind in SUBSCRIPTION_KINDS if found.second_sources or kind not in SECOND_KINDS]
    gaps = [_list_gap(found, one, kind, best) for one in sorted(subscriptions) for kind in kinds]
    return [gap for gap in (*gaps, *listed) if gap is not None]


def _list_gap(
    found: NightInput, subscription: str, kind: Kind, best: Mapping[tuple[date, str, Kind], Covered]
) -> Gap | None:
    """Why a list of a subscription does not tell all that it held on a night; None where it does."""
    if subscription not in found.subscriptions:
        return Gap(found.night, subscription, kind, Outcome.NOT_REACHED, "it was not asked this night")
    return _gap(found.night, subscription, kind, best)


def _lost_vault_gaps(
    found: NightInput, known: Mapping[str, Vault], best: Mapping[tuple[date, str, Kind], Covered]
) -> list[Gap]:
    """Vaults of other nights that this night's lists do not show, unless a whole list proves that they were not there."""
    gaps = []
    for vault_id in sorted(set(known) - {vault.vault_id for vault in found.vaults}):
        vault = known[vault_id]
        unlisted = _list_gap(found, f"/subscriptions/{vault.subscription_id.lower()}", LIST_OF[vault.kind], best)
        if unlisted is not None:
            reason = f"the vault list of its subscription was not read whole: {unlisted.reason}"
        elif found.late:
            reason = "captured late, when the vault list no longer told whether it had been there"
        else:
            continue
        gaps.append(Gap(found.night, vault_id, Kind.JOBS, Outcome.NOT_REACHED, reason))
    return gaps


def _vault_gaps(night: date, vault: Vault, best: Mapping[tuple[date, str, Kind], Covered]) -> list[Gap]:
    gaps = [_gap(night, vault.vault_id, kind, best) for kind in kinds_of(vault)]
    return [gap for gap in gaps if gap is not None]


def _result(
    nights: Sequence[date], sealed: Mapping[date, NightInput], known: Mapping[str, Vault], gaps: Sequence[Gap]
) -> CompletenessResult:
    unread = {gap.subject_id for gap in gaps if gap.essential and gap.subject_id in known}
    if any(gap.essential for gap in gaps):
        state = Completeness.INCOMPLETE
    else:
        state = Completeness.WITH_GAPS if gaps else Completeness.COMPLETE
    return CompletenessResult(
        state=state,
        vaults_expected=len(known),
        vaults_read=len(known) - len(unread),
        nights_expected=len(nights),
        nights_sealed=sum(night in sealed for night in nights),
        gaps=tuple(sorted(gaps, key=lambda gap: (not gap.essential, gap.night, gap.subject_id or "", gap.kind or ""))),
    )
