"""An opened store in memory on which looks are recorded and persons decide, each by a process of its own."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from evidence.assess import AssessmentContext
from evidence.assess.exceptions.fold import Standings
from evidence.assess.exceptions.proofs import Proofs
from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import Act, Event, Standing
from evidence.assess.findings import Finding
from evidence.drills.values import Person
from evidence.ledger.ledger import Ledger
from evidence.ledger.persons import Account
from evidence.runs.exceptions.decided import Made, Wish, decide, named_exception
from evidence.runs.exceptions.recording import Owner, Recorded, record_exceptions
from evidence.runs.exceptions.signing import SIGNED, SignIn, standing_sha256
from evidence.runs.exceptions.state import folded_exceptions, lives, standing_exceptions
from tests.assess.exceptions.making import TENANT, day, end
from tests.fakes.bench import Bench
from tests.fakes.clock import FakeClock
from tests.fakes.identities import identity_of, sealer

BY = Account("anna", 1000, "backup-01")


@dataclass
class Desk:
    """One store; the clock stands at the end of the last night looked at."""

    bench: Bench = field(default_factory=lambda: Bench(clock=FakeClock(end(0), tick=timedelta(microseconds=1))))
    looks: int = 0

    def __post_init__(self) -> None:
        Ledger(self.bench.store).open(
            tenant=TENANT, organisation="Contoso", first_night=day(0), at=end(0), actor="tester"
        )

    def record(
        self,
        night: int,
        findings: Sequence[Finding] = (),
        proofs: Proofs | None = None,
        owner: Owner | None = None,
        name: str | None = None,
    ) -> Recorded:
        """Record one look at the end of a night."""
        self.looks += 1
        context = AssessmentContext(name or f"look-{self.looks}", end(night), day(night), f"run-{night}")
        self.bench.clock.reach(end(night))
        return record_exceptions(self.bench.parts, context, findings, lambda _: proofs or Proofs(), owner=owner)

    def decide(self, key: str, act: Act, by: str = "Ada", rules: ExceptionRules | None = None, **told: object) -> Made:
        """Record what a person wants; whoever approves it signs in."""
        wish = Wish.checked(act, by, BY, **told)  # type: ignore[arg-type]  # passed on as they are
        rules = rules or ExceptionRules()
        sign_in = self.signed_in(key, wish.approver) if act in SIGNED and wish.approver else None
        return decide(self.bench.parts, key, wish, rules, sign_in)

    def signed_in(self, key: str, name: str) -> SignIn:
        """A person who read the exception and signed in; one and the same for one name."""
        found = named_exception(self.fast.by_key, key)
        number = zlib.crc32(name.casefold().encode())
        who = Person("0f" * 4 + "-0000-4000-8000-000000000001", f"{number:08x}-0000-4000-8000-000000000002", name)
        identity = identity_of(who, self.bench.clock.moment)
        return SignIn(identity, sealer(self.bench, stamped=False), standing_sha256(found))

    @property
    def fast(self) -> Standings:
        """From the newest tables."""
        return standing_exceptions(self.bench.store, Ledger(self.bench.store).entries())

    @property
    def whole(self) -> Standings:
        """From all events."""
        return folded_exceptions(self.bench.store, Ledger(self.bench.store).entries())

    def only(self) -> Standing:
        """The one exception there is."""
        (found,) = self.fast.by_key.values()
        return found

    def events(self) -> Sequence[Event]:
        """All that the machine recorded."""
        told = lives(self.bench.store, Ledger(self.bench.store).entries())
        return [one.event for one in told if one.event is not None]

    def entries(self) -> int:
        """How many there are."""
        return len(Ledger(self.bench.store).entries())
