"""Finds the vaults: each subscription's vault list, all pages, and the patterns that narrow it.

Not here: what a vault holds. Invariant: a subscription that cannot be listed is recorded as such; its vaults are
unknown, not absent.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from evidence.errors import SignInError
from evidence.records import Capture, CaptureRequest, Discovery, Kind, Vault
from evidence.sources.azure.answers import NOT_SENT
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.ids import vault_of
from evidence.sources.azure.options import AzureOptions
from evidence.sources.azure.questions import Question, Reading, Shape
from evidence.sources.azure.session import Line, open_session
from evidence.sources.interface import subscription_key

_REFUSALS = frozenset({401, 403})


def discover(line: Line, request: CaptureRequest) -> Discovery:
    """The vaults in scope of all subscriptions; raises SignInError where every one of them refused us."""
    captures: list[Capture] = []
    vaults: dict[str, Vault] = {}
    refusals: list[str] = []
    for subscription in dict.fromkeys(line.options.subscriptions):
        capture, reading, found = _list_vaults(line, request, subscription)
        captures.append(capture)
        vaults |= {vault.vault_id: vault for vault in found}
        if is_refusal(reading):
            refusals.append(f"{subscription}: {reading.failure}")
    if len(refusals) == len(captures):
        raise SignInError(
            "Azure let us read none of the subscriptions.",
            cause=" | ".join(refusals),
            next_step="Check azure.credential, and that its identity may read the subscriptions (Backup Reader).",
        )
    return Discovery(tuple(captures), tuple(vaults[vault_id] for vault_id in sorted(vaults)))


def is_refusal(reading: Reading) -> bool:
    """Whether nothing was read because of who we are: no token, 401 or 403."""
    if len(reading.answers) != 1 or reading.whole:
        return False
    last = reading.answers[0].call.last
    return last.status in _REFUSALS or (last.error or "").startswith(NOT_SENT)


def _list_vaults(line: Line, request: CaptureRequest, subscription: str) -> tuple[Capture, Reading, list[Vault]]:
    capture_id = f"{request.run_id}.{subscription_key(subscription)}"
    with open_session(line, subscription, capture_id) as session:
        question = Question(Kind.VAULTS, Shape.LIST)
        reading = with_duplicates(session.read_list(question, session.vaults.vaults.list_by_subscription_id))
        calls = session.calls
    listed = [vault_of(row) for row in reading.rows]
    known = [vault for vault in listed if vault is not None]
    found = [vault for vault in known if in_scope(vault, line.options)]
    notes = _notes(len(listed) - len(known), len({v.vault_id for v in known} - {v.vault_id for v in found}))
    coverage = cover(Kind.VAULTS, [reading], notes=notes)
    return Capture(capture_id, f"/subscriptions/{subscription.lower()}", None, calls, (coverage,)), reading, found


def in_scope(vault: Vault, options: AzureOptions) -> bool:
    """Whether a vault's name or id fits a pattern of `include` and none of `exclude`, compared without case."""
    return _fits(vault, options.include) and not _fits(vault, options.exclude)


def _fits(vault: Vault, patterns: Iterable[str]) -> bool:
    names = (vault.name.lower(), vault.vault_id)
    return any(fnmatchcase(name, pattern.lower()) for pattern in patterns for name in names)


def _notes(unknown: int, excluded: int) -> list[str]:
    notes = []
    if unknown:
        rows = "1 row bears" if unknown == 1 else f"{unknown} rows bear"
        notes.append(f"{rows} no id of a vault, so no vault can be asked by it")
    if excluded:
        vaults = "1 vault listed is" if excluded == 1 else f"{excluded} vaults listed are"
        notes.append(f"{vaults} outside the configured patterns and not asked")
    return notes
