"""`backup-evidence drills approve`: a person who signed in approves a quarter's plan as it was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.drills_plan_rows import PLAN_COLUMNS, drill_rows, plan_row, say_plan
from cli.output import Format, Result, emit, say
from cli.signing_in import DeviceCode, ask, refuse_silence, sealer, signed_in

if TYPE_CHECKING:
    from datetime import datetime

    from evidence.compose import Composition
    from evidence.drills.events import PlanApproved
    from evidence.drills.values import Person
    from evidence.identity.interface import Identity
    from evidence.records import Vault
    from evidence.runs.drills.planning import ReadPlan
    from evidence.runs.drills.recording import Recorded

_NOBODY_YET = "00000000-0000-0000-0000-000000000000"


def approve(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Such as DP-2026Q3, as `drills plans` shows it.")],
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Approve a plan: read it with its hash, confirm it, sign in, and sign it; its drills stand from then on.

    Needs a terminal and a person, other than the one who drafted it, whose object id stands under `sign_in.reviewers` for every vault that it is about.
    The plan is drawn again first. Refused (end 8): a plan that ledger, seed and settings no longer give, that changed after it was shown, or that says
    otherwise of what was not read than its population; a service principal.

    Example: backup-evidence drills approve DP-2026Q3
    """
    with exits():
        from evidence.drills.spelling import plan_sha256
        from evidence.identity.signing_in import registration_of
        from evidence.runs.drills.planning import read_plan, refuse_unless_drawn

        composition = compose(config)
        found = read_plan(composition.store, composition.ledger.entries(), plan)
        if found.plan.approved is not None:
            _told(composition, found, output)
            return
        refuse_silence("An approval")
        registration_of(composition.settings.sign_in), sealer(composition)
        refuse_unless_drawn(composition.parts, composition.drill_rules(found.plan.drafted.scope), found)
        _show(found, composition.clock.now())
        sha256 = plan_sha256(found.plan.drafted)
        _confirm(sha256)
        _refuse_early(composition, plan, sha256)
        identity = signed_in(composition, device_code=device_code)
        recorded = _approved(composition, found, sha256, identity)
        again = read_plan(composition.store, composition.ledger.entries(), plan)
        emit(_result(again, recorded), output)
        say(
            f"{len(again.plan.drafted.drills)} drills stand; backup-evidence drills list --quarter {again.plan.drafted.quarter}"
        )


def _show(found: ReadPlan, now: datetime) -> None:
    for row in drill_rows(found):
        tier = "no tier" if row["tier"] is None else f"tier {row['tier']}"
        say(
            f"{row['drill']}  {tier}  {row['subject']}  {row['drill_type']}  {row['window_start']} to {row['window_end']}"
        )
        say(f"    {row['reason']}")
        say(
            f"    recovery time {row['rto'] or 'not set'}, recovery point {row['rpo'] or 'not set'}; checks: {row['checks']}"
        )
    told = found.plan.drafted
    begun = sum(one.window_start <= now for one in told.drills)
    if begun:
        say(f"note: the windows of {begun} drills have begun already")
    say(
        f"drafted by {told.by.name if told.by else 'a machine'} at {told.at:%Y-%m-%d %H:%M:%S}Z; drawn again from ledger and seed just now, the same to the letter"
    )
    say_plan(found)


def _confirm(sha256: str) -> None:
    from evidence.errors import RefusedError
    from evidence.runs.drills.reviewing import CONFIRMED

    typed = ask(f"To approve, the first {CONFIRMED} characters of the plan's SHA-256")
    if typed.strip().lower() != sha256[:CONFIRMED]:
        raise RefusedError(
            f"Not confirmed: these are not the first {CONFIRMED} characters of the plan's hash.",
            next_step="Read the plan again, and type what its hash begins with.",
        )


def _refuse_early(composition: Composition, plan: str, sha256: str) -> None:
    """What rules it out whoever approves is said before anybody signs in."""
    from evidence.drills.values import Person
    from evidence.runs.drills.recording import check

    check(composition.parts, _event(composition, plan, sha256, Person(_NOBODY_YET, _NOBODY_YET, "nobody yet")))


def _event(composition: Composition, plan: str, sha256: str, by: Person) -> PlanApproved:
    from evidence.drills.events import PlanApproved

    return PlanApproved(plan, sha256, composition.clock.now(), by)


def _approved(composition: Composition, found: ReadPlan, sha256: str, identity: Identity) -> Recorded:
    from cli.account import account
    from evidence.runs.drills.planning import refuse_unless_approver
    from evidence.runs.drills.recording import check
    from evidence.runs.drills.signing import record_signed
    from evidence.runs.seal import adopt_configuration
    from evidence.runs.signed_decisions import person_of

    parts, person = composition.parts, person_of(identity)
    event = _event(composition, found.plan.drafted.plan_id, sha256, person)
    check(parts, event)

    def allowed(vault: Vault) -> list[str]:
        # A vault of unknown region is in no scope that names regions: packs include what is unknown, roles do not.
        scopes = [one.name for one in composition.scopes() if one.holds(vault) and (vault.region or not one.regions)]
        given = composition.settings.sign_in.reviewers if composition.settings.sign_in else {}
        return [one for name in scopes for one in given.get(name, ())]

    refuse_unless_approver(composition.store, composition.ledger.entries(), found, person, allowed)
    # The configuration that gave the role is kept with the decision.
    adopt_configuration(parts, composition.configuration.raw)
    return record_signed(parts, sealer(composition), identity, event, account=account())


def _told(composition: Composition, found: ReadPlan, output: Format) -> None:
    """A plan that stands approved: whoever did so and lost the answer learns that it was recorded; anybody else is refused, for it is not theirs."""
    from cli.account import account
    from evidence.drills.events import PlanApproved
    from evidence.errors import RefusedError
    from evidence.ledger.drill_events import account_of
    from evidence.runs.drills.book import told_events
    from evidence.runs.drills.recording import Recorded

    told = [
        one.entry
        for one in told_events(composition.ledger.entries())
        if isinstance(one.event, PlanApproved) and one.event.plan_id == found.plan.drafted.plan_id
    ]
    approved = found.plan.approved
    if approved is not None and account_of(told[-1]) != account():
        raise RefusedError(
            f"Plan {found.plan.drafted.plan_id} is approved already, by {approved.by.name} on {approved.at:%Y-%m-%d}.",
            next_step=f"backup-evidence drills plans {found.plan.drafted.plan_id}",
        )
    emit(_result(found, Recorded(told[-1], before=True)), output)
    say(f"approved before, as ledger entry {told[-1].sequence}; nothing was added")


def _result(found: ReadPlan, recorded: Recorded) -> Result:
    row = {
        **plan_row(found.plan, found),
        "recorded": "before" if recorded.before else "now",
        "ledger_entry": recorded.entry.sequence,
    }
    return Result(
        "backup-evidence/drill-plan-approved/1",
        [row],
        (*PLAN_COLUMNS, "recorded", "ledger_entry"),
        {"drills": [row["drill"] for row in drill_rows(found)]},
    )
