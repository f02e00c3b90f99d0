"""What two sources tell of the same things, and the differences between them: the values that reconciling works with.

Not here: comparing. Invariant: a side that was not read whole says so, and nothing is concluded from what it lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as having
from datetime import date, datetime

from evidence.nights import Window
from evidence.records import WHOLE, Kind, Vault

RESOURCE_GRAPH = "resource_graph"
APPROVED = "approved"
INVENTORY = "inventory"
PRESENCE = "presence"
ALL = "all"
"""Field of a row that tells of a whole comparison and not of one thing."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing as one side tells it."""

    key: str
    """Lower-cased ARM id; of a job its id in lower case."""
    name: str | None = None
    vault_id: str | None = None
    """Vault that holds it; of a vault itself None."""
    state: str | None = None
    started_at: datetime | None = None
    event_night: date | None = None
    of_resource_id: str | None = None
    kind: str | None = None
    """Resource type."""
    inactive: bool = False
    """Of an item: soft-deleted, so that the other side need not know it."""
    wanted: bool | None = None
    """Of an imported list: whether backups are wanted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, or one comparison that was or could not be made."""

    thing: str
    key: str
    subject_id: str
    """Vault that is asked, else the subscription."""
    compared_with: str
    word: str
    """`only_azure, only_second, differs, unprotected, compared` or `not_comparable`."""
    reason: str
    field: str = PRESENCE
    name: str | None = None
    of_vault_id: str | None = None
    azure_says: str | None = None
    second_says: str | None = None
    event_night: date | None = None
    things: int | None = None
    """Of a comparison: things that either side told, each once."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read whole of whom; by subject and kind."""

    outcomes: Mapping[tuple[str, str], tuple[str, str | None]]
    """Outcome and reason."""

    def known(self, subject_id: str, kind: Kind) -> bool:
        """Whether anything is said of it at all."""
        return (subject_id, str(kind)) in self.outcomes

    def obstacle(self, subject_id: str, kind: Kind) -> str | None:
        """Why nothing can be concluded from what is missing; None where it was read whole."""
        told = self.outcomes.get((subject_id, str(kind)))
        if told is None:
            return f"{kind} of {_short(subject_id)} was not asked"
        outcome, reason = told
        return (
            None if outcome in WHOLE else f"{kind} of {_short(subject_id)} is {outcome}: {reason or 'no reason told'}"
        )

    def first_obstacle(self, *asked: tuple[str, Kind]) -> str | None:
        """The first of several obstacles."""
        return next((told for one in asked if (told := self.obstacle(*one)) is not None), None)


def _short(subject_id: str) -> str:
    return subject_id.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class ExpectedList:
    """What somebody says that there should be."""

    source: str
    """`approved` or `inventory`."""
    title: str
    """How reasons name it, with its date."""
    subscriptions: Mapping[str, Told] | None = None
    """By `/subscriptions/<id>`; None where the list does not speak of them."""
    vaults: Mapping[str, Told] | None = None
    items: Mapping[str, Told] | None = None
    resources: Mapping[str, Told] | None = None
    ended: Mapping[str, date] = having(default_factory=dict)
    """Last day of what is expected no more, by key."""
    obstacle: str | None = None
    """Why it confirms nothing, such as that it has ended."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one night from one run, side by side."""

    night: date
    jobs_window: Window
    """Jobs that began in it were listed by every vault."""
    read: Read
    subscriptions: tuple[str, ...]
    """Asked, as `/subscriptions/<id>`."""
    vaults: tuple[Vault, ...]
    """Asked."""
    listed: Mapping[str, Told]
    """Vaults in the lists of subscriptions, asked or not; `kind` is the kind of list."""
    items: Mapping[str, Told]
    jobs: tuple[Told, ...]
    """Last observation of each job in each vault."""
    graph_vaults: Mapping[str, Told]
    graph_items: Mapping[str, Told]
    graph_jobs: tuple[Told, ...]
    graph_resources: Mapping[str, Told]
    expected: tuple[ExpectedList, ...] = ()


def subscription_of(arm_id: str) -> str:
    """`/subscriptions/<id>` of a lower-cased id."""
    return "/".join(arm_id.split("/")[:3])


def compared(
    thing: str,
    subject_id: str,
    source: str,
    counts: tuple[int, int, int],
    event_night: date | None = None,
    field: str = ALL,
) -> Difference:
    """The row that says that a comparison was made; `counts` are those of Azure, of the second source, and of both."""
    azure, second, either = counts
    return Difference(
        thing,
        subject_id,
        subject_id,
        source,
        "compared",
        "Both sides were read whole.",
        field=field,
        azure_says=str(azure),
        second_says=str(second),
        event_night=event_night,
        things=either,
    )


def not_comparable(thing: str, subject_id: str, source: str, obstacle: str, field: str = ALL) -> Difference:
    """The row that says why a comparison could not be made."""
    reason = f"{obstacle}. What is missing on one side proves nothing: grant the rights, or run the night again."
    return Difference(thing, subject_id, subject_id, source, "not_comparable", reason, field=field)
