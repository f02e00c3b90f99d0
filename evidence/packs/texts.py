"""How values are written on pages: times, names, ids, lists. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from evidence.records import Vault

NOTHING = "–"
MOST_NAMED = 3


def moment(value: object) -> str:
    """`2026-11-21 22:04:11Z`, or a dash."""
    return value.strftime("%Y-%m-%d %H:%M:%SZ") if isinstance(value, datetime) else NOTHING


def text(value: object) -> str:
    """A value, or a dash where there is none."""
    return NOTHING if value is None or value == "" else str(value)


def graded(value: object, grade: object) -> str:
    """A value, with the grade of its evidence where it is not Azure's own answer."""
    return text(value) if grade in {None, "A"} else f"{text(value)} (grade {grade})"


def joined(values: object, separator: str = ", ") -> str:
    """A list, or a dash where it is empty."""
    found = [str(one) for one in values if one] if isinstance(values, list) else []
    return separator.join(dict.fromkeys(found)) or NOTHING


def item_name(item_key: object, friendly: object) -> str:
    """What people call an item, else the last part of its id."""
    if isinstance(friendly, str) and friendly:
        return friendly
    return str(item_key).rsplit("/", 1)[-1] if item_key else NOTHING


def vault_names(vaults: Sequence[Vault]) -> Mapping[str, str]:
    """Vault names by id; a name that two vaults share carries its resource group, or its subscription where they share that too."""
    names = Counter(vault.name for vault in vaults)
    places = Counter((vault.name, vault.resource_group) for vault in vaults)
    return {vault.vault_id: _vault_name(vault, names, places) for vault in vaults}


def _vault_name(vault: Vault, names: Counter[str], places: Counter[tuple[str, str]]) -> str:
    if names[vault.name] == 1:
        return vault.name
    if places[vault.name, vault.resource_group] == 1:
        return f"{vault.name} ({vault.resource_group})"
    return f"{vault.name} ({vault.subscription_id}/{vault.resource_group})"


def subject_name(subject_id: str | None, names: Mapping[str, str]) -> str:
    """A vault's name, or the subscription's id path."""
    if subject_id is None:
        return "whole night"
    return names.get(subject_id, subject_id)


def plural(number: int, word: str) -> str:
    """`1 night`, `2 nights`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def nights(found: Sequence[date]) -> str:
    """Up to three nights by name, of more the first and the last."""
    if len(found) <= MOST_NAMED:
        return ", ".join(str(night) for night in found)
    return f"{found[0]} … {found[-1]}"
