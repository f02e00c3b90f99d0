"""Exceptions as the commands show them: which of them a person asks for, and one row each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cli.context import moment_of_reading

if TYPE_CHECKING:
    from evidence.assess.exceptions.rules import ExceptionRules
    from evidence.assess.exceptions.states import Standing
    from evidence.compose import Composition
    from evidence.ledger.entries import LedgerEntry
    from evidence.packs.scope import PackScope

COLUMNS = ("exception", "state", "severity", "class", "subject", "age_days", "past_due", "owner", "nights", "summary")
SHORT = 12
"""Digits of a key that a terminal shows; commands take any begin of it that is unlike all others."""


@dataclass(frozen=True)
class Known:
    """All exceptions at a moment, with what a row needs besides."""

    standing: Mapping[str, Standing]
    owners: Mapping[str, tuple[str, str]]
    rules: ExceptionRules
    moment: datetime


def known(composition: Composition, entries: Sequence[LedgerEntry] | None = None) -> Known:
    """As of now, or as the entries given tell."""
    from evidence.assess.exceptions.rules import exception_rules
    from evidence.runs.exceptions.state import known_owners, standing_exceptions

    told = composition.ledger.entries() if entries is None else entries
    return Known(
        standing_exceptions(composition.store, told).by_key,
        known_owners(composition.store, told),
        exception_rules(composition.settings.exceptions),
        moment_of_reading(composition),
    )


def row_of(one: Standing, all_known: Known) -> dict[str, object]:
    """One exception."""
    from evidence.assess.exceptions.ages import age_days, bucket, past_due

    finding, moment = one.finding, all_known.moment
    age = age_days(one, moment)
    team, rule = all_known.owners.get(one.key, (None, None))
    return {
        "exception": one.key[:SHORT],
        "exception_key": one.key,
        "episode": one.episode,
        "state": str(one.state_on(moment)),
        "severity": str(finding.severity),
        "class": str(finding.class_),
        "hint": one.hint,
        "subject": finding.subject,
        "item_key": finding.item_key,
        "vault_id": finding.vault_id,
        "region": one.facts.region,
        "workload": finding.workload,
        "tier": one.facts.tier,
        "error_family": finding.error_family,
        "error_codes": list(finding.error_codes),
        "first_seen": one.first_seen.isoformat(),
        "last_seen": one.last_seen.isoformat(),
        "nights": one.nights,
        "reopened": one.reopened,
        "age_days": age,
        "bucket": bucket(age),
        "past_due": past_due(one, all_known.rules, moment),
        "owner": team,
        "owner_rule": rule,
        "decided_by": one.decided_by,
        "approver": one.approver,
        "accepted_until": None if one.accepted_until is None else str(one.accepted_until),
        "job_ids": list(finding.job_ids),
        "summary": finding.summary,
        "recommendation": finding.recommendation,
        "actor": finding.actor,
        "ends_by": ends_by(one),
        **_end(one),
    }


def ends_by(one: Standing) -> str:
    """By what it ends without a person."""
    from evidence.assess.exceptions.endings import ENDINGS

    return str(ENDINGS[one.class_])


def _end(one: Standing) -> dict[str, object]:
    proof = one.proof
    return {
        "ended_at": None if one.ended_at is None else one.ended_at.isoformat(),
        "closed_as": None if one.closure is None else str(one.closure),
        "closed_by_job_id": proof.job_id if proof else None,
        "closed_by_recovery_point_id": proof.recovery_point_id if proof else None,
        "closed_because": proof.reason if proof else one.reason if one.closure else None,
    }


def in_scope(one: Standing, scope: PackScope) -> bool:
    """Whether an exception is about a vault of a scope; one above vaults is in each scope that its subscription can be in."""
    from evidence.normalize.resource_ids import BACKUP_VAULTS, vault_parts
    from evidence.records import Vault

    vault_id = one.finding.vault_id
    parts = vault_parts(vault_id) or vault_parts(vault_id, BACKUP_VAULTS)
    if parts is None:
        return scope.holds_subscription("/".join(vault_id.split("/")[:3]))
    name = one.facts.vault_name or parts.name
    return scope.holds(Vault(vault_id, name, "", parts.subscription_id, parts.resource_group, one.facts.region))


def unread(composition: Composition) -> Iterator[str]:
    """Why the last night that has ended cannot be judged by; nothing where it was read and judged."""
    from evidence.ledger.folds import named_paths, sealed_nights
    from evidence.nights import look_back
    from evidence.packs.night_gaps import night_gaps
    from evidence.runs.assess import standing_assessment
    from evidence.runs.sealed import SealedRows

    entries = composition.ledger.entries()
    night = look_back(composition.calendar.night_of(moment_of_reading(composition)), 2)
    if night not in sealed_nights(entries):
        yield f"the last night, {night}, is not sealed: backup-evidence run --night {night}"
    elif standing_assessment(entries, night) is None:
        yield f"the last night, {night}, is sealed and not judged: backup-evidence run --night {night}"
    else:
        for gap in night_gaps(SealedRows(composition.store, named_paths(entries)), entries, night):
            if gap.essential:
                yield f"not read whole on the last night: {gap.sentence}"
