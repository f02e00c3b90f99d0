"""What a rule asks of an item or problem: patterns over texts, tags and tiers, and why one does not fit.

Not here: rules and owners. Invariants: texts are compared without case; a key that is given must fit, one of its patterns; a key that is not
given asks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from evidence.notify.interface import Problem

REGEX = "re:"
_MARK = "\x00"
_FAMILIES = (
    ("sql", re.compile(r"(?<!my)(?<!postgre)sql")),
    ("hana", re.compile("hana")),
    ("files", re.compile("fileshare|azurefile")),
    ("vm", re.compile("^vm$|iaasvm|virtualmachine")),
    ("agent", re.compile("^(client|mab|fileorfolder|systemstate)")),
)
"""Short words for workloads, beside Azure's own."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What rules look at."""

    item: tuple[str, ...] = ()
    """Its name and its id."""
    vault: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    workload: tuple[str, ...] = ()
    error_family: tuple[str, ...] = ()
    class_: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    tier: int | None = None


def traits_of(problem: Problem) -> Traits:
    """What rules look at of a problem."""
    return Traits(
        item=_texts(problem.subject, problem.item_key),
        vault=_texts(problem.vault_name, problem.vault_id),
        region=_texts(problem.region),
        workload=workload_words(problem.workload),
        error_family=_texts(problem.error_family),
        class_=_texts(problem.class_),
        tags=tuple(sorted((name.lower(), value) for name, value in problem.tags.items())),
        tier=problem.tier,
    )


def workload_words(workload: str | None) -> tuple[str, ...]:
    """Azure's word for a workload, and the short one: `SQLDataBase` is also `sql`."""
    if workload is None:
        return ()
    low = workload.lower()
    return tuple(dict.fromkeys((low, *(word for word, pattern in _FAMILIES if pattern.search(low)))))


def _texts(*values: str | None) -> tuple[str, ...]:
    return tuple(one.lower() for one in values if one)


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule asks; each key a list of patterns, of which one must fit."""

    item: tuple[str, ...] = ()
    vault: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    workload: tuple[str, ...] = ()
    error_family: tuple[str, ...] = ()
    class_: tuple[str, ...] = ()
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tier: tuple[int, ...] = ()

    def unmet(self, traits: Traits) -> str | None:
        """Why it does not fit, in words; None where it fits."""
        for name, patterns in self.texts():
            found = getattr(traits, name)
            if not any(fits(pattern, text) for pattern in patterns for text in found):
                return f"{_spoken(name)} is {_listed(found)}, not {' or '.join(patterns)}"
        tags = dict(traits.tags)
        for name, patterns in self.tags:
            value = tags.get(name.lower())
            if value is None or not any(fits(pattern, value.lower()) for pattern in patterns):
                return f"tag {name} is {value or 'not set'}, not {' or '.join(patterns)}"
        if self.tier and traits.tier not in self.tier:
            asked = " or ".join(str(one) for one in self.tier)
            return f"tier is {'not set' if traits.tier is None else traits.tier}, not {asked}"
        return None

    def texts(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The keys over texts that are given."""
        for name in ("item", "vault", "region", "workload", "error_family", "class_"):
            if patterns := getattr(self, name):
                yield name, patterns

    @property
    def everything(self) -> bool:
        """Whether it asks nothing."""
        return self == Match()

    def covers(self, other: Match) -> bool:
        """Whether whatever fits the other surely fits this; False where it cannot be told."""
        theirs, their_tags = dict(other.texts()), {name.lower(): patterns for name, patterns in other.tags}
        return (
            all(_all_covered(patterns, theirs.get(name, ())) for name, patterns in self.texts())
            and all(_all_covered(patterns, their_tags.get(name.lower(), ())) for name, patterns in self.tags)
            and (not self.tier or (bool(other.tier) and set(other.tier) <= set(self.tier)))
        )

    def may_meet(self, other: Match) -> bool:
        """Whether something may fit both; True where it cannot be told."""
        theirs, their_tags = dict(other.texts()), {name.lower(): patterns for name, patterns in other.tags}
        return (
            all(_may_meet(patterns, theirs.get(name)) for name, patterns in self.texts())
            and all(_may_meet(patterns, their_tags.get(name.lower())) for name, patterns in self.tags)
            and (not self.tier or not other.tier or bool(set(self.tier) & set(other.tier)))
        )


def fits(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern: `*` stands for anything, `re:` begins a regular expression over all of it."""
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    source = pattern[len(REGEX) :] if pattern.startswith(REGEX) else ".*".join(map(re.escape, pattern.split("*")))
    return re.compile(source, re.IGNORECASE | re.DOTALL)


def _all_covered(patterns: Sequence[str], others: Sequence[str]) -> bool:
    return bool(others) and all(any(_covers(pattern, other) for pattern in patterns) for other in others)


def _covers(pattern: str, other: str) -> bool:
    if pattern == "*" or pattern.lower() == other.lower():
        return True
    if other.startswith(REGEX) or (pattern.startswith(REGEX) and "*" in other):
        return False
    # A star of the other's can only be met by a star of ours, so that it may stand for anything.
    return fits(pattern, other.replace("*", _MARK))


def _may_meet(patterns: Sequence[str], others: Sequence[str] | None) -> bool:
    return others is None or any(_meet(one, other) for one in patterns for other in others)


def _meet(one: str, other: str) -> bool:
    """Two open patterns may always meet; a plain text meets a pattern that it fits."""
    if _open(one) and _open(other):
        return True
    return fits(one, other) if _open(one) else fits(other, one)


def _open(pattern: str) -> bool:
    return pattern.startswith(REGEX) or "*" in pattern


def _spoken(name: str) -> str:
    return name.rstrip("_").replace("_", " ")


def _listed(found: Sequence[str]) -> str:
    return " / ".join(found) or "not known"
