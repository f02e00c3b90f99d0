"""How a person decides on an exception with a sign-in: what they read, who may approve, what is signed and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.output import say
from cli.signing_in import refuse_silence, sealer, signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.assess.exceptions.rules import ExceptionRules
    from evidence.assess.exceptions.states import Standing
    from evidence.compose import Composition
    from evidence.identity.interface import Identity
    from evidence.runs.exceptions.decided import Made, Shown, Wish


def decide_signed(
    composition: Composition, key: str, wish: Wish, rules: ExceptionRules, *, device_code: bool = False
) -> Made:
    """Show the exception, let a person sign in, and record what they signed.

    What rules the decision out whoever makes it is said before anybody signs in. Raises RefusedError (exit 8) without a terminal, for a service
    principal, for the person who asks, and for one without the role.
    """
    from evidence.identity.signing_in import registration_of
    from evidence.runs.exceptions.decided import decide, show
    from evidence.runs.exceptions.signing import SIGNED, SignIn, check_signed_decisions
    from evidence.runs.seal import adopt_configuration

    parts = composition.parts
    shown = show(parts, key, wish, rules)
    if shown.made is not None:
        return shown.made
    refuse_silence(f"To {wish.act} an exception with a sign-in")
    registration_of(composition.settings.sign_in)
    signer = sealer(composition)
    for line in _told(shown):
        say(line)
    identity = signed_in(composition, device_code=device_code)
    sign_in = SignIn(identity, signer, shown.sha256)
    wish.of(sign_in)
    if wish.act in SIGNED:
        refuse_no_approver(composition, shown.standing, identity)
    # The configuration that gave the role is kept with the decision.
    adopt_configuration(parts, composition.configuration.raw)
    made = decide(parts, shown.standing.key, wish, rules, sign_in)
    check_signed_decisions(composition.store, composition.ledger.entries(), shown.standing.key)
    say(
        f"signed statement {made.recorded.statement_sha256}, by {signer.signer.identity.subject}, read back and verified"
    )
    return made


def refuse_no_approver(composition: Composition, standing: Standing, identity: Identity) -> None:
    """Raise RefusedError for a person who holds no role on a scope of the exception.

    What is of unknown region, or above vaults, is in no scope that names regions or vaults: packs include what is unknown, roles do not.
    """
    from evidence.errors import RefusedError

    names = list(_scopes(composition, standing))
    settings = composition.settings.sign_in
    given = settings.who_approves if settings else {}
    if identity.object_id.lower() not in {one.lower() for name in names for one in given.get(name, ())}:
        raise RefusedError(
            f"Exception {standing.key[:12]}: {identity.shown} ({identity.object_id}) is no approver of its scope.",
            cause=f"It is in: {', '.join(names) or 'no scope'}.",
            next_step="Name the approver's object id under `sign_in.approvers` in the configuration.",
        )


def _scopes(composition: Composition, standing: Standing) -> Iterator[str]:
    from cli.exceptions_rows import in_scope
    from evidence.normalize.resource_ids import BACKUP_VAULTS, vault_parts

    vault_id = standing.finding.vault_id
    of_vault = vault_parts(vault_id) or vault_parts(vault_id, BACKUP_VAULTS)
    for one in composition.scopes():
        told = (not one.regions or standing.facts.region) and (not one.vaults or of_vault)
        if told and in_scope(standing, one):
            yield one.name


def _told(shown: Shown) -> Iterator[str]:
    """What the person decides about, and its hash last."""
    one = shown.standing
    finding = one.finding
    yield f"{one.key[:12]}: {finding.severity} {one.class_} of {finding.subject}, episode {one.episode}, {one.state}"
    yield f"  since {one.first_seen:%Y-%m-%d %H:%M}Z, last {one.last_seen:%Y-%m-%d %H:%M}Z, on {one.nights} nights"
    yield f"  {finding.summary}"
    if one.decided_by:
        yield f"  decided before by {one.decided_by}, approved by {one.approver or 'nobody'}: {one.reason or 'no reason told'}"
    yield f"SHA-256 of this exception as it stands: {shown.sha256}"
