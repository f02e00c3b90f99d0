"""How complete a pack is: every vault, night and kind of thing that was to be read, against what was.

Pure. Invariant: what no row tells is a gap; nothing unknown ever counts as read (DESIGN section 7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.records import ESSENTIAL, WHOLE, Completeness, Kind, Outcome, Vault

_RANK = {
    Outcome.NOT_REACHED: 0,
    Outcome.PARTIAL: 1,
    Outcome.NOT_OBSERVED_THEN: 2,
    Outcome.COLLECTED_ZERO: 3,
    Outcome.COLLECTED: 4,
}
VAULT_KINDS = tuple(kind for kind in Kind if kind is not Kind.VAULTS)


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


def judge(nights: Sequence[date], sealed: Mapping[date, NightInput], rows: Sequence[Covered]) -> CompletenessResult:
    """Judge a period: `nights` expected, `sealed` what was run, `rows` the coverage of those runs."""
    best = _best(rows)
    gaps: list[Gap] = []
    known: dict[str, Vault] = {}
    for night in nights:
        found = sealed.get(night)
        if found is None:
            gaps.append(Gap(night, None, None, "not_sealed", "no run for this night was sealed"))
            continue
        gaps += _subscription_gaps(found, best)
        gaps += _lost_vault_gaps(found, known, best)
        known.update({vault.vault_id: vault for vault in found.vaults})
        for vault in found.vaults:
            gaps += _vault_gaps(night, vault.vault_id, best)
    if not known and sealed:
        gaps.append(Gap(nights[0], None, None, "no_vault", "no vault is in scope in the whole period"))
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


def _subscription_gaps(found: NightInput, best: Mapping[tuple[date, str, Kind], Covered]) -> list[Gap]:
    gaps = [_gap(found.night, subscription, Kind.VAULTS, best) for subscription in sorted(found.subscriptions)]
    if not found.subscriptions:
        gaps.append(Gap(found.night, None, Kind.VAULTS, Outcome.NOT_REACHED, "no subscription was asked"))
    return [gap for gap in gaps if gap is not None]


def _lost_vault_gaps(
    found: NightInput, known: Mapping[str, Vault], best: Mapping[tuple[date, str, Kind], Covered]
) -> list[Gap]:
    """Vaults known from earlier nights that this night's lists do not show, unless a whole list proves them gone."""
    here = {vault.vault_id for vault in found.vaults}
    gaps = []
    for vault_id in sorted(set(known) - here):
        subscription = f"/subscriptions/{known[vault_id].subscription_id.lower()}"
        if subscription not in found.subscriptions:
            gaps.append(
                Gap(found.night, vault_id, Kind.JOBS, Outcome.NOT_REACHED, "its subscription was not asked this night")
            )
        elif _gap(found.night, subscription, Kind.VAULTS, best) is not None:
            gaps.append(Gap(found.night, vault_id, Kind.JOBS, Outcome.NOT_REACHED, "the vault list was not read whole"))
    return gaps


def _vault_gaps(night: date, vault_id: str, best: Mapping[tuple[date, str, Kind], Covered]) -> list[Gap]:
    gaps = [_gap(night, vault_id, kind, best) for kind in VAULT_KINDS]
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
