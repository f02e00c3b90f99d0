"""Answers that go wrong on purpose, for tests of those who ask.

A rule matches a piece of the request target. It replaces the answer, edits the true one, stalls it, cuts its body short
or drops the connection. A rule may be given by the name of a known fault (`named_faults`), such as
`{"path": "rsv-prod-weu/backupJobs", "fault": "429-retry-after"}`; its own parts then override the named ones. No rule
changes what the world holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

from simulator.edits import edited
from simulator.errors import FaultError
from simulator.interface import ArmResponse
from simulator.named_faults import NAMED


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule; fields left out leave that part of the true answer as it is."""

    path: str
    """Piece of `path?query`, compared without regard to case; also of the percent-decoded form."""
    fault: str | None = None
    """Name of a known fault, whose parts the rule takes over."""
    method: str | None = None
    status: int | None = None
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    skip: int = 0
    """Matching requests answered truly before the rule begins."""
    times: int | None = None
    """Requests that the rule spoils; None is all of them."""
    later_page: bool = False
    """Only requests that carry a skip token, so for a list's second page and those after it."""
    close: bool = False
    """Drop the connection without an answer."""
    reset: bool = False
    """The same with a TCP reset."""
    cut_body: int | None = None
    """Send so many bytes of the body under its full Content-Length, then drop the connection."""
    stall_s: float | None = None
    """Hold the answer back so many seconds, or until the caller has gone."""
    date_skew_s: float | None = None
    """Move the `Date` header by so many seconds."""
    end_tokens: bool = False
    """Let all tokens given out so far expire before the request is judged."""
    drop_filter: bool = False
    """Answer as if there were no `$filter`."""
    repeat_rows: int = 0
    """Send the first so many rows of a list twice."""
    next_link: str | None = None
    """Address of the following page; `again` is the request's own."""
    set_fields: Mapping[str, object] = field(default_factory=dict)
    """Values by dotted path, set in every element of a list, or in the one object."""

    def applied(self, truth: ArmResponse, address: str) -> ArmResponse:
        """The answer that the rule makes of the true one; `address` is the request's own."""
        link = address if self.next_link == "again" else self.next_link
        body = edited(truth.body, link, self.repeat_rows, self.set_fields) if self.body is None else self.body.encode()
        status = truth.status if self.status is None else self.status
        return ArmResponse(status, body, {**self._dated(truth.headers), **self.headers})

    def _dated(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        if self.date_skew_s is None or "date" not in headers:
            return headers
        moved = parsedate_to_datetime(headers["date"]) + timedelta(seconds=self.date_skew_s)
        return {**headers, "date": format_datetime(moved, usegmt=True)}

    def fits(self, method: str, target: str) -> bool:
        """Whether a request is one that the rule is about."""
        wanted, asked = self.path.lower(), target.lower()
        return wanted in asked and self.method in (None, method) and (not self.later_page or "$skiptoken=" in asked)


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
            if not fault.fits(method, target):
                continue
            self._met[number] += 1
            if self._met[number] <= fault.skip:
                continue
            if fault.times is None or self._met[number] <= fault.skip + fault.times:
                return fault
        return None


_TYPES: Mapping[str, tuple[type, ...]] = {
    "path": (str,),
    "fault": (str, type(None)),
    "method": (str, type(None)),
    "status": (int, type(None)),
    "body": (str, type(None)),
    "headers": (dict,),
    "skip": (int,),
    "times": (int, type(None)),
    "later_page": (bool,),
    "close": (bool,),
    "reset": (bool,),
    "cut_body": (int, type(None)),
    "stall_s": (int, float, type(None)),
    "date_skew_s": (int, float, type(None)),
    "end_tokens": (bool,),
    "drop_filter": (bool,),
    "repeat_rows": (int,),
    "next_link": (str, type(None)),
    "set_fields": (dict,),
}


def _fault(rule: object) -> Fault:
    if not isinstance(rule, Mapping) or not isinstance(rule.get("path"), str):
        raise FaultError(f"{rule!r} is not a rule: it needs a path.")
    known = {name.name for name in fields(Fault)}
    for name, value in rule.items():
        if name not in known or not isinstance(value, _TYPES[name]):
            raise FaultError(f"{name!r}: {value!r} is not part of a rule. A rule has {', '.join(sorted(known))}.")
    named = rule.get("fault")
    if named is not None and named not in NAMED:
        raise FaultError(f"No fault is called {named!r}. Known are {', '.join(sorted(NAMED))}.")
    return Fault(**{**(NAMED[named] if named else {}), **rule})
