"""How a command lets a records manager decide on keeping: conditions, confirmation, sign-in, role."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import say
from cli.signing_in import ask, refuse_silence, sealer, signed_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.compose import Composition
    from evidence.identity.interface import Identity
    from evidence.ledger.entries import LedgerEntry
    from evidence.ledger.keeping import Covered
    from evidence.retention.register import Register
    from evidence.runs.retention.deciding import Person, Word
    from evidence.runs.retention.proposing import Registers

Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence; it is kept and signed.")]
Items = Annotated[
    list[str] | None,
    typer.Option("--item", help="Files that may hold rows of this item; full id or name, `*` for any text."),
]
Packs = Annotated[
    list[str] | None, typer.Option("--pack", help="These packs and the files of their nights; `*` for any text.")
]
Scopes = Annotated[list[str] | None, typer.Option("--scope", help="Packs of this scope, and what is of no pack.")]
Paths = Annotated[list[str] | None, typer.Option("--path", help="Paths in the store, such as 'packs/*'.")]
First = Annotated[str | None, typer.Option("--from", help="First night, YYYY-MM-DD.")]
Last = Annotated[str | None, typer.Option("--to", help="Last night, YYYY-MM-DD.")]
Everything = Annotated[bool, typer.Option("--everything", help="No condition: all there is, and all that comes.")]
NOBODY = "00000000-0000-0000-0000-000000000000"


def covered_by(
    conditions: tuple[list[str] | None, list[str] | None, list[str] | None, list[str] | None],
    nights: tuple[str | None, str | None],
    *,
    everything: bool,
) -> Covered:
    """What items, packs, scopes, paths and nights say together; raises ConfigurationError where nothing is said, or both."""
    from cli.moments import typed_day
    from evidence.errors import ConfigurationError
    from evidence.ledger.keeping import Covered

    items, packs, scopes, paths = (tuple(sorted(set(one or ()))) for one in conditions)
    first, last = nights
    found = Covered(
        items,
        None if first is None else typed_day(first, "--from"),
        None if last is None else typed_day(last, "--to"),
        packs,
        scopes,
        paths,
    )
    if any(not one.strip() for one in (*items, *packs, *scopes, *paths)):
        raise ConfigurationError("A condition is empty text.")
    if (found == Covered()) != everything:
        raise ConfigurationError(
            "What does it cover? Give at least one condition, or --everything alone.",
            next_step="Conditions: --item, --from, --to, --pack, --scope, --path; a file must meet all that are given.",
        )
    if found.first_night and found.last_night and found.last_night < found.first_night:
        raise ConfigurationError("--to lies before --from.")
    return found


def registers(composition: Composition) -> Registers:
    """The register of the configured store."""
    from evidence.runs.retention.register import read_register

    def read(entries: Sequence[LedgerEntry], now: datetime) -> Register:
        return read_register(composition.keeper, entries, now)

    return read


def say_covered(composition: Composition, covered: Covered) -> tuple[int, int]:
    """Tell how many objects something covers now; how many, and their bytes."""
    from evidence.retention.register import covered as mask_of
    from evidence.runs.retention.book import scope_of

    register = registers(composition)(composition.ledger.entries(), composition.clock.now())
    mask = mask_of(register.files, scope_of(covered), register.periods) & ~register.gone
    count, size = int(mask.sum()), int(register.files.sizes[mask].sum())
    say(f"It covers {count} objects of {size} bytes now, and what is sealed later and meets the conditions.")
    return count, size


def already(composition: Composition, word: Word) -> None:
    """Raise RefusedError for what rules a decision out whoever makes it, before anybody signs in."""
    from evidence.ledger.keeping import By
    from evidence.runs.retention.deciding import try_word

    try_word(composition.parts, By(NOBODY, NOBODY, "nobody yet"), word)


def confirm(what: str, expected: str) -> None:
    """Let the person type what they confirm; raises RefusedError for anything else."""
    from evidence.errors import RefusedError

    if ask(what) != expected:
        raise RefusedError("That is something else, so nothing was decided.")


def refuse_early(composition: Composition, what: str) -> None:
    """What lacks for a sign-in is said before anything is asked: a terminal, a registration, a key."""
    from evidence.identity.signing_in import registration_of

    refuse_silence(what)
    registration_of(composition.settings.sign_in), sealer(composition)


def records_manager(composition: Composition, *, device_code: bool) -> Person:
    """Who signed in, with the role; raises RefusedError for anybody else. The configuration that gave the role is kept."""
    from cli.account import account
    from evidence.runs.retention.deciding import Person
    from evidence.runs.seal import adopt_configuration

    identity = signed_in(composition, device_code=device_code)
    _refuse_no_role(composition, identity)
    adopt_configuration(composition.parts, composition.configuration.raw)
    return Person(identity, sealer(composition), account())


def _refuse_no_role(composition: Composition, identity: Identity) -> None:
    from evidence.errors import RefusedError

    settings = composition.settings.sign_in
    named = settings.records_managers if settings else ()
    if identity.object_id.lower() not in {one.lower() for one in named}:
        raise RefusedError(
            f"{identity.shown} ({identity.object_id}) is no records manager.",
            cause="Holds, lengthened dates and disposals are decided by those named under `sign_in.records_managers`; nobody is by default.",
            next_step="Add the object id there, or let somebody decide who stands there.",
        )
