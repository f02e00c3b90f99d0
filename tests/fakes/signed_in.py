"""A person who signed in, for tests of what is recorded of them; how one signs in is tried where that is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidence.drills.values import Person
from evidence.ledger.entries import LedgerObject


@dataclass(frozen=True)
class SignedIn:
    """Implements `evidence.runs.drills.recording.SignIn`."""

    person: Person
    objects: tuple[LedgerObject, ...] = ()

    @property
    def claims(self) -> Mapping[str, object]:
        """As an ID token tells them."""
        return {
            "iss": "https://issuer.example/v2.0",
            "tid": self.person.tenant_id,
            "oid": self.person.object_id,
            "auth_time": 1_783_324_800,
            "amr": ["pwd", "mfa"],
        }
