"""What a policy's retention promises: for each part and rule, how long a point is kept. Reads both shapes of JSON.

Recovery Services: simple and long-term retention, one or one for each part of a workload (azure-backup.md sections 2 and 4). Backup vaults:
retention rules, by tag, with a life for each data store. Invariant: what cannot be read is said, and promises nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from evidence.assess.points.calendar import least_days
from evidence.assess.points.values import Kept, Promises, Unit
from evidence.assess.slots.values import PolicyVersion
from evidence.normalize.durations import parse_duration
from evidence.normalize.fields import Fields, Place

LONG_TERM: Final = ("daily", "weekly", "monthly", "yearly")
_DAY: Final = timedelta(days=1).total_seconds()
_UNITS: Final = {unit.casefold(): unit for unit in Unit}
_SPAN: Final = re.compile("P([0-9]{1,9})([DWMY])")
_MONTHS: Final = {"M": Unit.MONTHS, "Y": Unit.YEARS, "W": Unit.WEEKS, "D": Unit.DAYS}
_Rules = dict[str, dict[str, Kept]]


def read_promises(version: PolicyVersion) -> Promises:
    """The promises of a policy version; what cannot be read stands in `unreadable`."""
    if version.retention is None:
        return Promises({}, ("The policy tells no retention.",))
    try:
        sent = json.loads(version.retention)
    except ValueError as error:
        return Promises({}, (f"The retention is no JSON: {error}.",))
    place = Place("", "policies", [])
    rules: _Rules = {}
    said: list[str] = []
    if isinstance(sent, dict):
        said += _part("", Fields(sent, place, 0), rules)
    elif isinstance(sent, list):
        for one in sent:
            fields = Fields(one if isinstance(one, dict) else {}, place, 0)
            said += _listed(fields, rules)
    else:
        said.append("The retention is neither an object nor a list.")
    if not rules and not said:
        said.append("The retention is empty.")
    said += [f"{problem.field} {problem.reason}." for problem in place.problems]
    return Promises({part: dict(kept) for part, kept in rules.items()}, tuple(dict.fromkeys(said)))


def shortest(promises: Promises) -> Kept | None:
    """The shortest life that any rule gives; None where nothing could be read."""
    told = [kept for rules in promises.rules.values() for kept in rules.values()]
    return None if promises.unreadable else min(told, key=least_days, default=None)


def _listed(fields: Fields, rules: _Rules) -> Iterator[str]:
    """A part of a workload's policy, or a rule of a Backup vault's."""
    if fields.get("lifecycles") is not None:
        yield from _lifecycles(fields, rules)
    elif fields.get("policyType") is not None:
        retention = fields.inside("retentionPolicy")
        yield from _part((fields.text("policyType") or "").casefold(), retention, rules)
    else:
        yield "A retention rule has neither lifecycles nor a policyType."


def _part(part: str, retention: Fields, rules: _Rules) -> Iterator[str]:
    mine = rules.setdefault(part, {})
    if retention.get("retentionDuration") is not None:
        yield from _kept(mine, "", retention.inside("retentionDuration"))
    for name in LONG_TERM:
        if retention.get(f"{name}Schedule") is not None:
            yield from _kept(mine, name, retention.inside(f"{name}Schedule").inside("retentionDuration"))
    if not mine:
        yield f"No retention can be read{f' of part {part}' if part else ''}."


def _kept(mine: dict[str, Kept], name: str, duration: Fields) -> Iterator[str]:
    count, unit = duration.count("count"), _UNITS.get((duration.text("durationType") or "").casefold())
    if not count or unit is None:
        yield f"The {name or 'simple'} retention has no count and unit that can be read."
        return
    mine[name] = Kept(count, unit)


def _lifecycles(rule: Fields, rules: _Rules) -> Iterator[str]:
    """Lives of one rule of a Backup vault, by data store; points carry the rule's name as their tag."""
    mine = rules.setdefault("", {})
    name = (rule.text("name") or "").casefold()
    for life in rule.each("lifecycles"):
        store = (life.inside("sourceDataStore").text("dataStoreType") or "").casefold()
        kept = _iso(life.inside("deleteAfter").text("duration"))
        if kept is None:
            yield f"The life of rule `{name}` in `{store or 'no store'}` cannot be read."
        else:
            mine[f"{name}@{store}"] = kept


def _iso(text: str | None) -> Kept | None:
    """An ISO 8601 span of one unit of days, weeks, months or years; others as whole days, rounded down."""
    if text is None:
        return None
    told = _SPAN.fullmatch(text)
    if told is not None:
        count = int(told[1])
        return Kept(count, _MONTHS[told[2]]) if count else None
    try:
        days = int(parse_duration(text) // _DAY)
    except ValueError:
        return None
    return Kept(days, Unit.DAYS) if days > 0 else None


def promised(promises: Promises, part: str, rule_name: str | None, tiers: tuple[str, ...] = ()) -> Kept | None:
    """What is promised of one point: of its rule where it names one, else the shortest of its part; None where nothing is known.

    A point that was taken on demand has no rule of the policy. Of a Backup vault's point the longest life among the stores that hold it.
    """
    rules: Mapping[str, Kept] = promises.rules.get(part) or promises.rules.get("") or {}
    name = (rule_name or "").casefold()
    in_stores = _by_store(rules, name, tiers)
    if in_stores:
        return in_stores
    if name in rules:
        return rules[name]
    # Names that are no rule of this version (On-Demand, a rule since renamed) are promised nothing by it.
    return (
        min(rules.values(), key=least_days, default=None) if not name and not any("@" in one for one in rules) else None
    )


def _by_store(rules: Mapping[str, Kept], name: str, tiers: tuple[str, ...]) -> Kept | None:
    mine = {
        rule.partition("@")[2]: kept for rule, kept in rules.items() if rule.partition("@")[0] == name and "@" in rule
    }
    held = {tier.partition("=")[0].casefold() for tier in tiers}
    return max((kept for store, kept in mine.items() if store in held), key=least_days, default=None)
