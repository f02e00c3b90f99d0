"""What settings of the whole store contradict promises: lifecycle rules that delete or archive too soon, soft delete that is off where nothing else keeps.

Pure. Not here: single objects (`truth`), reading the settings. Invariant: a part of the settings that was not read is a mismatch of its own, never silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evidence.retention.truth import Fault, Mismatch, Wanted

ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Rule:
    """A lifecycle rule of the account that reaches into the store."""

    name: str
    action: str
    """`delete` or `archive`."""
    of: str
    """`objects` or `versions`."""
    days: float
    basis: str
    prefixes: tuple[str, ...] = ()
    by_tags: bool = False

    def fits(self, path: str) -> bool:
        """Whether it is for an object of this path."""
        return not self.prefixes or path.startswith(self.prefixes)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the control plane told."""

    rules: tuple[Rule, ...] = ()
    soft_delete_days: int | None = None
    container_soft_delete_days: int | None = None
    permanent_delete: bool = False
    unread: tuple[tuple[str, str], ...] = ()
    """Parts that were not read, with reasons."""


@dataclass(slots=True)
class RuleHits:
    """What one rule would reach, gathered object by object."""

    rule: Rule
    count: int = 0
    first: str = ""
    soonest: datetime | None = None
    promised: datetime | None = None
    """Of the object that it would reach first."""

    def weigh(self, wanted: Wanted, created_at: datetime) -> None:
        """Take an object into account where the rule reaches it before its promise is over."""
        if self.rule.of != "objects" or not self.rule.fits(wanted.path):
            return
        reaches = created_at + timedelta(days=self.rule.days)
        # What is archived cannot be read, however long it is kept.
        if self.rule.action != ARCHIVE and reaches >= wanted.until:
            return
        self.count += 1
        if self.soonest is None or reaches < self.soonest:
            self.first, self.soonest, self.promised = wanted.path, reaches, wanted.until


def contradictions(hits: Iterable[RuleHits]) -> Iterator[Mismatch]:
    """Rules that reach what is promised."""
    for one in hits:
        rule = one.rule
        if rule.of == "versions" and rule.action != ARCHIVE:
            real = f"deletes versions {rule.days:g} days after {rule.basis}: what is written over would be lost"
            yield Mismatch(f"lifecycle rule {rule.name} of versions", Fault.LIFECYCLE, "no version is deleted", real)
        if one.soonest is None or one.promised is None:
            continue
        promised = f"{one.first} is kept until {_told(one.promised)}"
        if rule.action == ARCHIVE:
            promised = f"{one.first} can be read on any night"
        condition = ", with certain tags," if rule.by_tags else ""
        real = (
            f"the rule {rule.action}s objects{condition} {rule.days:g} days after {rule.basis}: {one.count} objects, "
            f"the first on {_told(one.soonest)} at the earliest"
        )
        yield Mismatch(f"lifecycle rule {rule.name} ({rule.action})", Fault.LIFECYCLE, promised, real)


def of_settings(settings: Settings, weakly_kept: int) -> Sequence[Mismatch]:
    """What else contradicts; `weakly_kept`: objects that no locked policy keeps, which only soft delete could bring back."""
    found = [Mismatch(f"settings: {part}", Fault.UNREAD, "can be read", why) for part, why in settings.unread]
    if "soft delete" in dict(settings.unread):
        return found
    if settings.soft_delete_days is None and weakly_kept:
        real = f"off, and no locked policy keeps {weakly_kept} objects: what is deleted is gone at once"
        found.append(Mismatch("settings: soft delete of blobs", Fault.SOFT_DELETE, "on", real))
    if settings.container_soft_delete_days is None and weakly_kept:
        real = f"off, and no locked policy keeps {weakly_kept} objects: they go with the container"
        found.append(Mismatch("settings: soft delete of containers", Fault.SOFT_DELETE, "on", real))
    if settings.permanent_delete:
        real = "allowed: soft-deleted objects may be removed at once"
        found.append(Mismatch("settings: permanent delete", Fault.SOFT_DELETE, "not allowed", real))
    return found


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"
