"""What an identity may do beyond reading: the patterns of its permissions that let it write, delete or act where evidence comes from.

Pure. A permission is `actions` less `notActions`, as Azure tells them of the caller at a scope; `*` stands for any text, slashes
included. Invariant: what cannot be shown to be harmless is named; harmless is what ends in `read`, and the questions by POST.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from evidence.sources.rights import QUESTIONS_BY_POST

WATCHED: Final = (
    "Microsoft.RecoveryServices",
    "Microsoft.DataProtection",
    "Microsoft.Authorization",
    "Microsoft.Storage",
)
"""Where what we record comes from, who may see it, and where evidence rests."""
_VERBS: Final = ("write", "delete", "action")
_BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
WATCHED_DATA: Final = tuple(
    f"{_BLOBS}/{name}"
    for name in (
        "delete",
        "deleteBlobVersion/action",
        "permanentDelete/action",
        "move/action",
        "manageOwnership/action",
        "modifyPermissions/action",
        "runAsSuperUser/action",
        "immutableStorage/runAsSuperUser/action",
    )
)
"""Data actions by which evidence could be removed, or its immutability lifted."""
_ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Excess:
    """One pattern that lets an identity do more than read."""

    pattern: str
    """As Azure tells it."""
    covers: tuple[str, ...]
    """What of the watched it covers, such as `Microsoft.RecoveryServices write`."""


def excesses(permissions: Sequence[Mapping[str, object]]) -> tuple[Excess, ...]:
    """Everything beyond reading that permissions give, each pattern once."""
    found: dict[str, set[str]] = {}
    for one in permissions:
        for pattern, covered in (*_of_actions(one), *_of_data_actions(one)):
            found.setdefault(pattern, set()).add(covered)
    return tuple(Excess(pattern, tuple(sorted(found[pattern]))) for pattern in sorted(found, key=str.lower))


def _of_actions(permission: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    denied = _texts(permission, "notActions")
    for pattern in _texts(permission, "actions"):
        if _is_harmless(pattern):
            continue
        for place in WATCHED:
            for verb in _VERBS:
                if _may_be(pattern, place, verb) and not _is_denied(pattern, place, verb, denied):
                    yield pattern, f"{place} {verb}"


def _of_data_actions(permission: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    denied = _texts(permission, "notDataActions")
    for pattern in _texts(permission, "dataActions"):
        for action in WATCHED_DATA:
            if _fits(pattern, action) and not any(_fits(no, action) for no in denied):
                yield pattern, action.removeprefix(f"{_BLOBS.rpartition('/')[0]}/")


def _texts(permission: Mapping[str, object], name: str) -> list[str]:
    value = permission.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _is_harmless(pattern: str) -> bool:
    return pattern.lower().endswith("/read") or pattern.lower() in {action.lower() for action in QUESTIONS_BY_POST}


def _may_be(pattern: str, place: str, verb: str) -> bool:
    """Whether some operation of a provider that ends in a verb can fit a pattern."""
    folded, begin, end = pattern.lower(), f"{place.lower()}/", f"/{verb}"
    if _ANY not in folded:
        return folded.startswith(begin) and folded.endswith(end)
    head, tail = folded.partition(_ANY)[0], folded.rpartition(_ANY)[2]
    begins = head.startswith(begin) or begin.startswith(head)
    return begins and (tail.endswith(end) or end.endswith(tail))


def _is_denied(pattern: str, place: str, verb: str, denied: Sequence[str]) -> bool:
    """Whether exceptions take away all that a pattern gives there: the pattern itself, or any operation with that verb."""
    return any(_fits(no, pattern) or _covers_all(no, place, verb) for no in denied)


def _covers_all(pattern: str, place: str, verb: str) -> bool:
    return pattern.lower() in {_ANY, f"*/{verb}", f"{place}/*".lower(), f"{place}/*/{verb}".lower()}


def _fits(pattern: str, action: str) -> bool:
    return _compiled(pattern).fullmatch(action) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split(_ANY)), re.IGNORECASE | re.DOTALL)
