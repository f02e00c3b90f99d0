"""Persons as a sign-in tells them, and what decisions are signed with in tests."""

from __future__ import annotations

from datetime import datetime

from evidence.drills.values import Person
from evidence.identity.interface import Identity
from evidence.runs.signed_decisions import Sealer
from tests.fakes.bench import Bench
from tests.fakes.packing import sealing

ISSUER = "https://issuer.example/v2.0"


def identity_of(person: Person, auth_time: datetime) -> Identity:
    """The person, signed in."""
    tenant, object_id = person.key
    return Identity(ISSUER, tenant, object_id, auth_time, ("pwd", "mfa"), person.name, "person@contoso.example")


def sealer(bench: Bench, *, stamped: bool = True) -> Sealer:
    """The signer that seals the packs of tests, and its authority."""
    tools = sealing(bench, stamped=stamped)
    return Sealer(tools.signer, tools.authority)
