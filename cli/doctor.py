"""`backup-evidence doctor`: configuration, key, store, authority and sign-in, each tried and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import typer

from cli.context import Config, Output, compose, exits
from cli.output import Format, Result, emit

if TYPE_CHECKING:
    from evidence.compose import Composition

COLUMNS = ("check", "state", "detail", "next")

Tried = Callable[["Composition"], str]


def doctor(config: Config = None, output: Output = Format.TABLE) -> None:
    """Try everything that a night needs, without writing anything.

    Ends with the exit code of the first check that failed.

    Example: backup-evidence doctor -c evidence.yaml
    """
    with exits():
        composition = compose(config)
        rows = list(_checks(composition))
        shown = [{key: value for key, value in row.items() if key != "exit_code"} for row in rows]
        emit(
            Result("backup-evidence/doctor/1", shown, COLUMNS, {"ok": all(row["state"] == "ok" for row in rows)}),
            output,
        )
        failed = [row["exit_code"] for row in rows if row["state"] == "failed"]
        if failed:
            raise typer.Exit(int(str(failed[0])))


def _checks(composition: Composition) -> Iterator[dict[str, object]]:
    from evidence.errors import EvidenceError

    tried: dict[str, Tried] = {
        "configuration": _configuration,
        "key": _key,
        "clock": _clock,
        "store": _store,
        "ledger": _ledger,
        "time-stamp authority": _authority,
        "sign-in and rights": _sign_in,
    }
    for name, check in tried.items():
        try:
            yield {"check": name, "state": "ok", "detail": check(composition), "next": None, "exit_code": 0}
        except EvidenceError as error:
            detail = f"{error.message} {error.cause}".strip()
            yield {
                "check": name,
                "state": "failed",
                "detail": detail,
                "next": error.next_step,
                "exit_code": error.exit_code,
            }


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
    return f"{kind}{identity.subject}, until {identity.not_after:%Y-%m-%d}, SHA-256 {identity.fingerprint_sha256}"


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


def _sign_in(composition: Composition) -> str:
    from evidence.errors import SourceError
    from evidence.records import WHOLE, CaptureRequest

    parts, now = composition.parts, composition.clock.now()
    window = parts.calendar.window(parts.calendar.night_of(now))
    request = CaptureRequest(parts.calendar.night_of(now), "doctor", window, window, window, late=False)
    found = composition.source.discover(request)
    unread = [
        f"{capture.subject_id}: {row.reason}"
        for capture in found.captures
        for row in capture.coverage
        if row.outcome not in WHOLE
    ]
    if unread:
        raise SourceError(
            f"{len(unread)} subscriptions cannot be read.", cause="; ".join(unread), next_step="Grant Backup Reader."
        )
    return f"{len(found.captures)} subscriptions, {len(found.vaults)} vaults in scope"
