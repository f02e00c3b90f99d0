"""How a command lets a person sign in: at a terminal, with the browser of this machine where there is one."""

from __future__ import annotations

import os
import secrets
import sys
import time
import webbrowser
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import harmless, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.compose import Composition
    from evidence.drills.values import Drill, Person
    from evidence.identity.interface import Identity
    from evidence.runs.signed_decisions import Sealer

DeviceCode = Annotated[
    bool,
    typer.Option("--device-code", help="Sign in on another device; only where `sign_in.device_code` allows it."),
]


def refuse_silence(what: str) -> None:
    """Raise RefusedError where no person sits at a terminal."""
    from evidence.errors import RefusedError

    if not at_terminal():
        raise RefusedError(
            f"{what} needs a person at a terminal.",
            cause="Standard input or standard error is no terminal, so nobody reads and answers.",
            next_step="Run it in a terminal of your own, not in a script.",
        )


def at_terminal() -> bool:
    """Whether somebody reads what is said and types the answers."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(what: str) -> str:
    """What a person types on one line; raises RefusedError where nobody types any more.

    Asked on stderr: the prompt of the library writes blanks on stdout, which is for data.
    """
    from evidence.errors import RefusedError

    sys.stderr.write(f"{harmless(what)}: ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        raise RefusedError("Nobody answered, so nothing is signed.")
    return line.strip()


def sealer(composition: Composition) -> Sealer:
    """With what decisions are signed; raises before anybody is asked where there is no valid key."""
    from evidence.runs.signed_decisions import Sealer
    from evidence.seals.certificates import refuse_unless_valid

    signer = composition.sealing_signer
    refuse_unless_valid(signer.identity, composition.clock.now())
    return Sealer(signer, composition.authority)


def signed_in(composition: Composition, *, device_code: bool = False) -> Identity:
    """Who signed in, as configured under `sign_in`; raises ConfigurationError, SignInError, RefusedError, UnavailableError."""
    from evidence.identity.interface import Surroundings
    from evidence.identity.signing_in import registration_of, sign_in

    around = Surroundings(
        now=composition.clock.now,
        entropy=secrets.token_bytes,
        monotonic=time.monotonic,
        sleep=time.sleep,
        show=say,
        open_browser=_browser(),
    )
    found = sign_in(registration_of(composition.settings.sign_in), around, device_code=device_code)
    say(f"signed in: {found.shown} ({found.object_id}) at {found.auth_time:%Y-%m-%d %H:%M:%S}Z")
    return found


def refuse_no_reviewer(composition: Composition, drill: Drill, person: Person) -> None:
    """Raise RefusedError for a person who holds no role on a scope of the drill.

    A vault of unknown region is in no scope that names regions: packs include what is unknown, roles do not.
    """
    from evidence.runs.drills.reviewing import refuse_unless_reviewer, vault_of

    vault = vault_of(composition.store, composition.ledger.entries(), drill.planned.vault_id)
    names = [one.name for one in composition.scopes() if one.holds(vault) and (vault.region or not one.regions)]
    given = composition.settings.sign_in.reviewers if composition.settings.sign_in else {}
    refuse_unless_reviewer(person, [one for name in names for one in given.get(name, ())], drill, names)


def _browser() -> Callable[[str], None] | None:
    """Opens an address; None where that would take the terminal, or where nobody would see it."""
    has_one = sys.platform in {"darwin", "win32"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    if not has_one or not at_terminal():
        return None

    def opened(url: str) -> None:
        if not webbrowser.open(url):
            say("No browser could be opened; open the address yourself.")

    return opened
