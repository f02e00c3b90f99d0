"""What was asked against what somebody else says that there should be: an approved list, or an imported inventory. Pure.

What is expected must not come from the same rights as what is found. Invariant: nothing is called missing where the list that
would show it was not read whole; a list that has ended confirms nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from evidence.assess.sides import (
    Difference,
    ExpectedList,
    Facts,
    Told,
    compared,
    not_comparable,
    subscription_of,
)
from evidence.assess.unprotected import Protection, obstacle_to_protection, unprotected
from evidence.records import LIST_OF, SUBSCRIPTION_KINDS, SUBSCRIPTION_LIST, Kind

NOT_EXPECTED: Final = (
    "It was asked, and {title} does not name it. Have it added there, or leave it out of the configuration."
)
ENDED: Final = (
    "It was asked, though by {title} it ended on {day}. Have it extended there, or leave it out of the configuration."
)
NOT_ASKED: Final = (
    "{title} names it, and it was not asked: it is gone, or the identity does not see it. Grant the right, add it to the "
    "configuration, or have it ended in that list."
)
EXCLUDED: Final = "{title} names it, and azure.vaults in the configuration leaves it out. Change the patterns, or have it ended in that list."
NOT_PROTECTED: Final = "{title} names it, and no vault that was read holds it. Protect it, or correct that list."
NOT_WANTED: Final = "{title} says that no backup is wanted, and there is one. Correct that list, or stop paying for it."
SURPLUS: Final = "It is protected, and {title} does not name it. Have it added there."


def reconcile_population(facts: Facts, expected: ExpectedList, found: Protection) -> Iterator[Difference]:
    """All things that a list speaks of."""
    if expected.obstacle is not None:
        yield not_comparable("subscription", SUBSCRIPTION_LIST, expected.source, expected.obstacle)
        return
    if expected.subscriptions is not None:
        yield from _subscriptions(facts, expected, expected.subscriptions)
    if expected.vaults is not None:
        yield from _vaults(facts, expected, expected.vaults)
    if expected.items is not None:
        yield from _items(facts, expected, expected.items)
    if expected.resources is not None:
        yield from _resources(facts, expected, expected.resources, found)


def _subscriptions(facts: Facts, expected: ExpectedList, listed: Mapping[str, Told]) -> Iterator[Difference]:
    obstacle = None
    if facts.read.known(SUBSCRIPTION_LIST, Kind.SUBSCRIPTIONS):
        obstacle = facts.read.obstacle(SUBSCRIPTION_LIST, Kind.SUBSCRIPTIONS)
    if obstacle is not None:
        yield not_comparable("subscription", SUBSCRIPTION_LIST, expected.source, obstacle)
        return
    asked = {key: Told(key) for key in facts.subscriptions}
    yield from _two_lists("subscription", SUBSCRIPTION_LIST, expected, asked, listed, {})


def _vaults(facts: Facts, expected: ExpectedList, listed: Mapping[str, Told]) -> Iterator[Difference]:
    asked = {one.vault_id: Told(one.vault_id, one.name) for one in facts.vaults}
    lists = [kind for kind in SUBSCRIPTION_KINDS if kind in LIST_OF.values()]
    for subscription in sorted({*facts.subscriptions, *map(subscription_of, listed)}):
        obstacle = facts.read.first_obstacle(*((subscription, kind) for kind in lists))
        if obstacle is not None:
            yield not_comparable("vault", subscription, expected.source, obstacle)
            continue
        excluded = {key: EXCLUDED for key in facts.listed if key not in asked}
        yield from _two_lists(
            "vault", subscription, expected, _in(asked, subscription), _in(listed, subscription), excluded
        )


def _in(things: Mapping[str, Told], subscription: str) -> Mapping[str, Told]:
    return {key: one for key, one in things.items() if subscription_of(key) == subscription}


def _two_lists(
    thing: str,
    subject_id: str,
    expected: ExpectedList,
    azure: Mapping[str, Told],
    second: Mapping[str, Told],
    why: Mapping[str, str],
) -> Iterator[Difference]:
    """Presence alone; `why` says of some keys what keeps them from being asked."""
    yield compared(thing, subject_id, expected.source, (len(azure), len(second), len(azure.keys() | second.keys())))
    for key in sorted(azure.keys() - second.keys()):
        day = expected.ended.get(key)
        reason = NOT_EXPECTED.format(title=expected.title)
        if day is not None:
            reason = ENDED.format(title=expected.title, day=day)
        yield Difference(
            thing, key, key, expected.source, "only_azure", reason, name=azure[key].name, azure_says="asked",
            second_says=None if day is None else f"ended {day}",
        )  # fmt: skip
    for key in sorted(second.keys() - azure.keys()):
        reason = why.get(key, NOT_ASKED).format(title=expected.title)
        subject = key if thing == "subscription" else subject_id
        yield Difference(
            thing, key, subject, expected.source, "only_second", reason, name=second[key].name, second_says="expected"
        )


def _items(facts: Facts, expected: ExpectedList, listed: Mapping[str, Told]) -> Iterator[Difference]:
    asked = {one.vault_id for one in facts.vaults}
    homes = {key: home for key in listed if (home := _home(key, asked)) is not None}
    lost = sorted(listed.keys() - homes.keys())
    for vault_id in sorted(asked):
        obstacle = facts.read.obstacle(vault_id, Kind.PROTECTED_ITEMS)
        if obstacle is not None:
            yield not_comparable("item", vault_id, expected.source, obstacle)
            continue
        azure = {key: one for key, one in facts.items.items() if one.vault_id == vault_id and not one.inactive}
        second = {key: listed[key] for key, home in homes.items() if home == vault_id}
        yield compared("item", vault_id, expected.source, (len(azure), len(second), len(azure.keys() | second.keys())))
        yield from _lacking("item", vault_id, expected, second, azure)
        yield from _surplus("item", vault_id, expected, azure, second)
    # Of a vault that was not asked nothing is known: that is a difference of vaults, or of the list alone.
    for key in lost:
        yield from _lacking("item", subscription_of(key), expected, {key: listed[key]}, {})


def _home(item_key: str, vaults: Collection[str]) -> str | None:
    head = "/".join(item_key.split("/")[:9])
    return head if head in vaults else None


def _lacking(
    thing: str, subject_id: str, expected: ExpectedList, second: Mapping[str, Told], azure: Mapping[str, Told]
) -> Iterator[Difference]:
    for key in sorted(second):
        wanted, here = second[key].wanted, azure.get(key)
        if here is None and wanted is not False:
            yield Difference(
                thing, key, subject_id, expected.source, "only_second", NOT_PROTECTED.format(title=expected.title),
                name=second[key].name, second_says="expected",
            )  # fmt: skip
        elif here is not None and wanted is False:
            yield _unwanted(thing, key, subject_id, expected, second[key].name or here.name)


def _unwanted(thing: str, key: str, subject_id: str, expected: ExpectedList, name: str | None) -> Difference:
    reason = NOT_WANTED.format(title=expected.title)
    return Difference(
        thing,
        key,
        subject_id,
        expected.source,
        "differs",
        reason,
        "to_be_protected",
        name,
        None,
        "protected",
        "not wanted",
    )


def _surplus(
    thing: str, subject_id: str, expected: ExpectedList, azure: Mapping[str, Told], second: Mapping[str, Told]
) -> Iterator[Difference]:
    for key in sorted(azure.keys() - second.keys()):
        yield Difference(
            thing, key, subject_id, expected.source, "only_azure", SURPLUS.format(title=expected.title),
            name=azure[key].name, azure_says="protected",
        )  # fmt: skip


def _resources(
    facts: Facts, expected: ExpectedList, listed: Mapping[str, Told], found: Protection
) -> Iterator[Difference]:
    protected = {
        one.of_resource_id: Told(one.of_resource_id, one.name)
        for one in facts.items.values()
        if one.of_resource_id is not None and one.of_resource_id in found.active
    }
    for subscription in sorted({*facts.subscriptions, *map(subscription_of, listed)}):
        obstacle = obstacle_to_protection(facts, subscription)
        if obstacle is not None:
            yield not_comparable("resource", subscription, expected.source, obstacle)
            continue
        azure, second = _in(protected, subscription), _in(listed, subscription)
        counts = (len(azure), len(second), len(azure.keys() | second.keys()))
        yield compared("resource", subscription, expected.source, counts)
        for key, one in sorted(second.items()):
            if one.wanted is not False and not found.covers(key):
                yield unprotected(one, subscription, expected.source, found)
            elif one.wanted is False and found.covers(key):
                yield _unwanted("resource", key, subscription, expected, one.name)
        yield from _surplus("resource", subscription, expected, azure, second)
