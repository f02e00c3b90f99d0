"""`backup-evidence drills waive`: a person who signed in accepts the risk of not testing, until a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.drills_record import DrillId, Said, show_recorded
from cli.moments import typed_day
from cli.output import Format
from cli.signing_in import DeviceCode

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.drills.events import Waived
    from evidence.drills.values import Drill, Person

_NOBODY_YET = "00000000-0000-0000-0000-000000000000"


def waive(
    drill: DrillId,
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence.")],
    until: Annotated[str, typer.Option("--until", help="Last day of the waiver, YYYY-MM-DD.")],
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Accept the risk of not testing until a day: sign in, and sign it; the pack names who did, why and until when.

    Needs a terminal and a person whose object id stands under `sign_in.reviewers` for a scope of the drill. Refused (end 8): unless the drill is
    planned or missed, without a reason, and until a day that is over.

    Example: backup-evidence drills waive DR-2026Q3-0007 --until 2026-12-31 --reason "Replaced in December"
    """
    with exits():
        from cli.account import account
        from cli.signing_in import refuse_no_reviewer, refuse_silence, sealer, signed_in
        from evidence.drills.fold import named_drill
        from evidence.drills.values import Person
        from evidence.identity.signing_in import registration_of
        from evidence.runs.drills.book import read_book
        from evidence.runs.drills.recording import Recorded, check
        from evidence.runs.drills.signing import record_signed
        from evidence.runs.seal import adopt_configuration
        from evidence.runs.signed_decisions import person_of

        composition = compose(config)
        parts = composition.parts
        book = read_book(composition.ledger.entries())
        found = named_drill(book, drill)
        # What rules it out whoever decides is said before anybody signs in, and so is a waiver that stands already.
        nobody = Person(_NOBODY_YET, _NOBODY_YET, "nobody yet") if found.waiver is None else found.waiver.by
        event = _event(composition, found, nobody, reason, until)
        there = check(parts, event)
        if there is not None:
            return show_recorded(Said(composition, book, found, nobody, event.at), Recorded(there, before=True), output)
        refuse_silence("A waiver")
        registration_of(composition.settings.sign_in)
        signer = sealer(composition)
        identity = signed_in(composition, device_code=device_code)
        event = _event(composition, found, person_of(identity), reason, until)
        refuse_no_reviewer(composition, found, event.by)
        # The configuration that gave the role is kept with the decision.
        adopt_configuration(parts, composition.configuration.raw)
        recorded = record_signed(parts, signer, identity, event, account=account())
        return show_recorded(Said(composition, book, found, event.by, event.at), recorded, output)


def _event(composition: Composition, drill: Drill, by: Person, reason: str, until: str) -> Waived:
    from evidence.drills.events import Waived
    from evidence.drills.values import Waiver
    from evidence.ledger.persons import checked_text

    why = checked_text(reason, "--reason") if reason.strip() else ""
    waiver = Waiver(why, by, typed_day(until, "--until"))
    return Waived(drill.planned.drill_id, waiver, composition.clock.now(), by)
