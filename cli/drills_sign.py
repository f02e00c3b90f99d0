"""`backup-evidence drills sign` and `drills certificates`: a person who signed in decides, and what proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.drills_record import DrillId, Said, show_recorded
from cli.output import Format, Result, emit, say
from cli.signing_in import DeviceCode, ask, refuse_no_reviewer, refuse_silence, sealer, signed_in

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.drills.values import Drill, Person
    from evidence.identity.interface import Identity
    from evidence.runs.drills.recording import Recorded
    from evidence.runs.drills.reviewing import Answered
    from evidence.runs.drills.signing import Certificate

COLUMNS = ("subject", "decision", "who", "object_id", "decided_at", "record_sha256", "from", "ledger_entry")
ANSWERS = {"yes": "yes", "y": "yes", "no": "no", "n": "no", "not applicable": "not applicable", "na": "not applicable"}
_NOBODY_YET = "00000000-0000-0000-0000-000000000000"


def sign(
    drill: DrillId,
    decision: Annotated[
        str | None, typer.Option("--decision", help="accepted, accepted-with-deviations or rejected.")
    ] = None,
    comment: Annotated[
        str | None, typer.Option("--comment", help="Why; needed with any decision but accepted.")
    ] = None,
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Review a drill: read its record with its hash, answer the six questions, sign in, and sign the decision.

    Needs a terminal, a person whom Entra ID names, and their object id under `sign_in.reviewers` for a scope of the drill. The decision is bound to
    the hash of the record that was shown, and signed with the claims of the sign-in inside. Refused (end 8): a record that changed meanwhile; whoever
    tested, validated or started it, by object id; a service principal; a drill that is not in review.

    Examples:
      backup-evidence drills sign DR-2026Q3-0007
      backup-evidence drills sign DR-2026Q3-0007 --decision rejected --comment "The row counts are of another day"
    """
    with exits():
        from evidence.drills.fold import named_drill
        from evidence.identity.signing_in import registration_of
        from evidence.runs.drills.book import read_book
        from evidence.runs.drills.reviewing import refuse_unready

        refuse_silence("A review")
        composition = compose(config)
        registration_of(composition.settings.sign_in), sealer(composition)
        book = read_book(composition.ledger.entries())
        shown = named_drill(book, drill)
        before = _recorded_before(composition, shown, decision, comment)
        if before is not None:
            show_recorded(Said(composition, book, shown, _decider(before), before.entry.at), before, output)
            return
        refuse_unready(shown)
        _show(shown)
        answered = _asked(shown, decision, comment)
        _refuse_early(composition, shown, answered)
        _say_own_facts(composition, drill)
        identity = signed_in(composition, device_code=device_code)
        found = _decided(composition, shown, answered, identity)
        by = _person(identity)
        show_recorded(Said(composition, book, shown, by, found.entry.at), found, output)
        proof = _certificates(composition, drill)[-1]
        say(f"signed statement {proof.statement_sha256}, by {proof.signer}, read back and verified")


def certificates(
    drill: Annotated[str | None, typer.Argument(metavar="[DRILL]", help="Only of this drill.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Show who decided, when, about which hash, from where: each signed statement read again and verified.

    Ends 7 where a statement, its signature, its signer or its claims do not hold.

    Examples:
      backup-evidence drills certificates DR-2026Q3-0007
      backup-evidence drills certificates -o json
    """
    with exits():
        rows = [certificate_row(one) for one in _certificates(compose(config), drill)]
        emit(Result("backup-evidence/drill-certificates/1", rows, COLUMNS), output)


def certificate_row(one: Certificate) -> dict[str, object]:
    """One certificate."""
    return {
        "subject": one.subject,
        "decision": one.decision,
        "who": one.person.name,
        "username": one.username,
        "tenant_id": one.person.tenant_id,
        "object_id": one.person.object_id,
        "issuer": one.issuer,
        "signed_in_at": one.auth_time.isoformat(),
        "methods": list(one.amr),
        "decided_at": one.decided_at.isoformat(),
        "record_sha256": one.record_sha256,
        "from": None if one.account is None else one.account.sentence,
        "configuration_sha256": one.configuration_sha256,
        "statement": one.statement_path,
        "statement_sha256": one.statement_sha256,
        "signer": one.signer,
        "signer_fingerprint_sha256": one.signer_fingerprint_sha256,
        "signer_known_to_ledger": one.signer_established,
        "stamped_at": None if one.stamped_at is None else one.stamped_at.isoformat(),
        "ledger_entry": one.sequence,
    }


def _certificates(composition: Composition, drill_id: str | None) -> tuple[Certificate, ...]:
    from evidence.runs.drills.signing import certificates

    return certificates(composition.store, composition.ledger.entries(), drill_id)


def _recorded_before(
    composition: Composition, drill: Drill, decision: str | None, comment: str | None
) -> Recorded | None:
    """The decision that stands, where the same account and machine made it, and the same is asked for again.

    So whoever lost the answer learns that it was recorded; anybody else is refused, for it is not theirs.
    """
    from cli.account import account
    from evidence.drills.events import Reviewed
    from evidence.drills.values import State
    from evidence.ledger.drill_events import account_of
    from evidence.runs.drills.book import told_events
    from evidence.runs.drills.recording import Recorded
    from evidence.runs.drills.reviewing import decision_of

    told = [
        one
        for one in told_events(composition.ledger.entries(), drill.planned.drill_id)
        if isinstance(one.event, Reviewed) and one.event.drill_id == drill.planned.drill_id
    ]
    if drill.state is State.IN_REVIEW or not told or account_of(told[-1].entry) != account():
        return None
    last = told[-1].event
    assert isinstance(last, Reviewed)  # noqa: S101 - reviews alone were taken
    asked = last.sign_off.decision if decision is None else decision_of(decision)
    why = last.sign_off.comment if comment is None else comment.strip()
    same = (asked, why) == (last.sign_off.decision, last.sign_off.comment)
    return Recorded(told[-1].entry, before=True) if same else None


def _decider(recorded: Recorded) -> Person:
    from evidence.drills.events import Reviewed
    from evidence.drills.spelling import read_event

    event = read_event(recorded.entry.payload, recorded.entry.name)
    assert isinstance(event, Reviewed)  # noqa: S101 - only reviews are given
    return event.by


def _show(drill: Drill) -> None:
    """The record fact by fact, and its hash last, where the eye is."""
    from cli.drills_rows import fact_rows
    from evidence.drills.spelling import record_sha256

    part = None
    for row in fact_rows(drill):
        if row["part"] != part:
            part = row["part"]
            say(f"{part}")
        graded = f"  [{row['grade']}]" if row["grade"] else ""
        by = f"  by {row['told_by']}" if row["told_by"] else ""
        say(f"  {row['fact']}: {'not told' if row['value'] is None else row['value']}{graded}{by}")
    say(f"SHA-256 of this record: {record_sha256(drill)}")


def _asked(drill: Drill, decision: str | None, comment: str | None) -> Answered:
    from evidence.drills.guards import QUESTIONS
    from evidence.drills.spelling import record_sha256
    from evidence.ledger.persons import checked_text
    from evidence.runs.drills.reviewing import CONFIRMED, Answered, decision_of, refuse_unconfirmed

    decided = None if decision is None else decision_of(decision)
    answers = tuple(_answer(f"{number}. {text}") for number, text in enumerate(QUESTIONS, 1))
    decided = decided or decision_of(ask("Decision: accepted, accepted-with-deviations or rejected"))
    if comment is None and decided != "accepted":
        comment = ask("Why")
    told = checked_text(comment, "--comment") if comment else ""
    sha256 = record_sha256(drill)
    refuse_unconfirmed(sha256, ask(f"To confirm, the first {CONFIRMED} characters of the record's SHA-256"))
    return Answered(sha256, decided, told, answers)


def _answer(question: str) -> str:
    while True:
        found = ANSWERS.get(ask(f"{question} (yes, no, na)").strip().lower())
        if found is not None:
            return found
        say("Type yes, no or na.")


def _refuse_early(composition: Composition, drill: Drill, answered: Answered) -> None:
    """What rules the decision out whoever makes it is said before anybody signs in."""
    from cli.drills_restores import found as found_restores
    from evidence.drills.values import Person
    from evidence.runs.drills.recording import check
    from evidence.runs.drills.reviewing import refuse_outdated, reviewed

    nobody = Person(_NOBODY_YET, _NOBODY_YET, "nobody yet")
    check(composition.parts, reviewed(drill, nobody, answered, composition.clock.now()))
    refuse_outdated(found_restores(composition), drill, answered.decision)


def _decided(composition: Composition, drill: Drill, answered: Answered, identity: Identity) -> Recorded:
    from cli.account import account
    from evidence.runs.drills.recording import check
    from evidence.runs.drills.reviewing import reviewed
    from evidence.runs.drills.signing import record_signed
    from evidence.runs.seal import adopt_configuration

    parts, person = composition.parts, _person(identity)
    event = reviewed(drill, person, answered, parts.clock.now())
    check(parts, event)
    refuse_no_reviewer(composition, drill, person)
    # The configuration that gave the role is kept with the decision.
    adopt_configuration(parts, composition.configuration.raw)
    return record_signed(parts, sealer(composition), identity, event, account=account())


def _say_own_facts(composition: Composition, drill_id: str) -> None:
    """Facts that were typed under the reviewer's own account are said: names can be typed by anybody."""
    from cli.account import account
    from evidence.ledger.drill_events import account_of
    from evidence.runs.drills.book import told_events

    own = account()
    told = [one for one in told_events(composition.ledger.entries(), drill_id) if account_of(one.entry) == own]
    if told:
        entries = ", ".join(str(one.entry.sequence) for one in told)
        say(
            f"{own.sentence} also typed what ledger entries {entries} tell of this drill; the ledger shows it to every reader"
        )


def _person(identity: Identity) -> Person:
    from evidence.runs.signed_decisions import person_of

    return person_of(identity)
