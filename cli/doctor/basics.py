"""What a run needs before it asks Azure: configuration, key, clock, store, ledger and authority, each tried and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from cli.doctor.rows import DUE, FAILED, FINDINGS, OK, Row
from cli.lifetimes import lifetimes_of, warnings_of

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.packs.checkpoints.lifetimes import Lifetime

Tried = Callable[["Composition"], str]


def basic_rows(composition: Composition) -> Iterator[Row]:
    """One row a check, in the order in which a run needs them."""
    tried: dict[str, Tried] = {
        "configuration": _configuration,
        "key": _key,
        "clock": _clock,
        "store": _store,
        "ledger": _ledger,
        "time-stamp authority": _authority,
    }
    for name, check in tried.items():
        yield tried_row(name, lambda check=check: check(composition))  # type: ignore[misc]  # bound now, not later
    yield _certificates(composition)


def _certificates(composition: Composition) -> Row:
    """What seals so far rest on: the days left, and whether a renewal is due."""
    found: list[Lifetime] = []

    def ages() -> str:
        found.extend(lifetimes_of(composition))
        living = [one.sentence for one in found if one.days_left >= 0]
        return living[0] if living else "no checkpoint was made yet"

    row = tried_row("certificates", ages)
    due = warnings_of(found)
    return replace(row, state=DUE, detail="; ".join(due), exit_code=FINDINGS) if due else row


def tried_row(name: str, check: Callable[[], str]) -> Row:
    """What a check said, or the error that it raised."""
    from evidence.errors import EvidenceError

    try:
        return Row(name, OK, detail=check())
    except EvidenceError as error:
        detail = f"{error.message} {error.cause}".strip()
        return Row(name, FAILED, detail=detail, next_step=error.next_step or None, exit_code=error.exit_code)


def _configuration(composition: Composition) -> str:
    return f"{composition.configuration.path.name}, SHA-256 {composition.configuration.sha256}"


def _key(composition: Composition) -> str:
    from evidence.retention.rules import keep_until
    from evidence.seals.certificates import refuse_short_lived, refuse_unless_valid

    identity, now = composition.signer.identity, composition.clock.now()
    retention = composition.settings.retention
    refuse_unless_valid(identity, now)
    keep = keep_until(
        now.date(), now.date(), years=int(retention.default[:-1]), audit_year_starts=retention.audit_year_starts
    )
    refuse_short_lived(identity, keep.day)
    kind = "DEVELOPMENT, NOT EVIDENCE; " if identity.development else ""
    until = f"until {identity.not_after:%Y-%m-%d}, {(identity.not_after - now).days} days left"
    return f"{kind}{identity.subject}, {until}, SHA-256 {identity.fingerprint_sha256}"


def _clock(composition: Composition) -> str:
    return f"{composition.clock.now():%Y-%m-%d %H:%M:%S} UTC ({composition.settings.clock})"


def _store(composition: Composition) -> str:
    found = sum(1 for _ in composition.store.list("ledger/"))
    return f"{composition.store.description}: {found} ledger entries listed"


def _ledger(composition: Composition) -> str:
    entries = composition.ledger.entries()
    return f"{len(entries)} entries, chain verified" if entries else "empty; the first run opens it"


def _authority(composition: Composition) -> str:
    if composition.authority is None:
        return "none configured: packs will say NOT TIME-STAMPED"
    composition.authority.stamp(b"backup-evidence doctor")
    return f"{composition.authority.url} answers"
