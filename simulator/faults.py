"""Answers that go wrong on purpose, for tests of those who ask.

A rule matches a piece of the request target. It replaces the answer, cuts its body short or drops the connection. No
rule changes what the world holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

from simulator.errors import FaultError
from simulator.interface import ArmResponse


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule; fields left out leave that part of the true answer as it is."""

    path: str
    """Piece of `path?query`, compared without regard to case; also of the percent-decoded form."""
    method: str | None = None
    status: int | None = None
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    skip: int = 0
    """Matching requests answered truly before the rule begins."""
    times: int | None = None
    """Requests that the rule spoils; None is all of them."""
    close: bool = False
    """Drop the connection without an answer."""
    cut_body: int | None = None
    """Send so many bytes of the body under its full Content-Length, then drop the connection."""

    def applied(self, truth: ArmResponse) -> ArmResponse:
        """The answer that the rule makes of the true one."""
        body = truth.body if self.body is None else self.body.encode()
        status = truth.status if self.status is None else self.status
        return ArmResponse(status, body, {**truth.headers, **self.headers})


class FaultBook:
    """The rules in force, and how often each was met."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._met: list[int] = []

    def replace(self, rules: object) -> None:
        """Put these rules in place of all others. Raises FaultError, and then keeps the old ones."""
        if not isinstance(rules, Sequence) or isinstance(rules, (str, bytes)):
            raise FaultError('The body is {"faults": [rule, …]}.')
        faults = [_fault(rule) for rule in rules]
        self._faults, self._met = faults, [0] * len(faults)

    def listed(self) -> list[dict[str, object]]:
        """The rules with the number of requests that each has met."""
        return [asdict(fault) | {"met": met} for fault, met in zip(self._faults, self._met, strict=True)]

    def match(self, method: str, target: str) -> Fault | None:
        """The first rule that spoils this request; rules passed over count it too."""
        for number, fault in enumerate(self._faults):
            if fault.path.lower() not in target.lower() or (fault.method or method) != method:
                continue
            self._met[number] += 1
            if self._met[number] <= fault.skip:
                continue
            if fault.times is None or self._met[number] <= fault.skip + fault.times:
                return fault
        return None


_TYPES: Mapping[str, tuple[type, ...]] = {
    "path": (str,),
    "method": (str, type(None)),
    "status": (int, type(None)),
    "body": (str, type(None)),
    "headers": (dict,),
    "skip": (int,),
    "times": (int, type(None)),
    "close": (bool,),
    "cut_body": (int, type(None)),
}


def _fault(rule: object) -> Fault:
    if not isinstance(rule, Mapping) or not isinstance(rule.get("path"), str):
        raise FaultError(f"{rule!r} is not a rule: it needs a path.")
    known = {name.name for name in fields(Fault)}
    for name, value in rule.items():
        if name not in known or not isinstance(value, _TYPES[name]):
            raise FaultError(f"{name!r}: {value!r} is not part of a rule. A rule has {', '.join(sorted(known))}.")
    return Fault(**rule)
