"""Finds what is to be read: subscriptions, what stands above their vaults, and the vaults that the patterns leave.

Not here: what a vault holds. Invariant: what cannot be listed is recorded as such, and what an earlier night met is asked again
where a list of tonight does not prove that it is gone; a subscription that vanished is a gap, not a smaller report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from evidence.errors import SignInError, SourceError
from evidence.records import LIST_OF, Capture, CaptureRequest, Coverage, Discovery, Kind, Vault
from evidence.sources.azure.activity_log import read_activity
from evidence.sources.azure.answers import NOT_SENT
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.ids import vault_of
from evidence.sources.azure.options import AzureOptions
from evidence.sources.azure.questions import Question, Reading, Shape
from evidence.sources.azure.resource_graph import read_graph
from evidence.sources.azure.session import Line, ListOperation, Session, open_session
from evidence.sources.azure.subscriptions import Listed, list_subscriptions
from evidence.sources.interface import subscription_key
from evidence.sources.known import Known, KnownBefore, nothing_known

_REFUSALS: Final = frozenset({401, 403})


def discover(line: Line, request: CaptureRequest, known_before: KnownBefore = nothing_known) -> Discovery:
    """The vaults in scope of all subscriptions; raises SignInError where every one of them refused us, SourceError where none is known."""
    known = known_before(request.night)
    listed = list_subscriptions(line, request) if line.options.lists_subscriptions else None
    asked = _subscriptions(line.options, listed, known)
    found = [_read(line, request, one, known, note) for one, note in asked.items()]
    refusals = [told for one in found if (told := one.refusal) is not None]
    if len(refusals) == len(found):
        raise _nobody(listed, refusals)
    vaults = {vault.vault_id: vault for one in found for vault in one.vaults}
    captures = [*([listed.capture] if listed else []), *(one.capture for one in found)]
    return Discovery(tuple(captures), tuple(vaults[vault_id] for vault_id in sorted(vaults)))


def _subscriptions(options: AzureOptions, listed: Listed | None, known: Known) -> Mapping[str, str | None]:
    """The subscriptions to ask, each with what a reader of its vault list must know."""
    if listed is None:
        return dict.fromkeys(options.subscriptions)
    vanished = [one for one in known.subscriptions if one not in listed.subscriptions]
    unlisted = "does not show it any more" if listed.reading.whole else "could not be read whole"
    note = f"the list of subscriptions {unlisted}, and night {known.night} read it: it is asked all the same"
    return {**dict.fromkeys(listed.subscriptions), **dict.fromkeys(vanished, note)}


def _nobody(listed: Listed | None, refusals: Sequence[str]) -> SourceError:
    next_step = "Check azure.credential, and that its identity may read the subscriptions (Backup Reader)."
    if listed is None or refusals:
        cause = " | ".join(refusals)
        return SignInError("Azure let us read none of the subscriptions.", cause=cause, next_step=next_step)
    if listed.reading.whole:
        cause = "The list of subscriptions holds none: Azure leaves out what the identity may not read."
        return SignInError("Azure shows us no subscription.", cause=cause, next_step=next_step)
    cause = listed.reading.failure or ""
    if is_refusal(listed.reading):
        return SignInError("Azure did not let us list the subscriptions.", cause=cause, next_step=next_step)
    return SourceError("The subscriptions could not be listed.", cause=cause, next_step="Run the night again later.")


def is_refusal(reading: Reading) -> bool:
    """Whether nothing was read because of who we are: no token, 401 or 403."""
    if len(reading.answers) != 1 or reading.whole:
        return False
    last = reading.answers[0].call.last
    return last.status in _REFUSALS or (last.error or "").startswith(NOT_SENT)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one subscription told."""

    capture: Capture
    vaults: Sequence[Vault]
    refusal: str | None


@dataclass(slots=True)
class _Lists:
    """The vault lists of one subscription."""

    vaults: dict[str, Vault] = field(default_factory=dict)
    coverage: list[Coverage] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)


def _read(line: Line, request: CaptureRequest, subscription: str, known: Known, note: str | None) -> _Found:
    capture_id = f"{request.run_id}.{subscription_key(subscription)}"
    with open_session(line, subscription, capture_id) as session:
        lists = _Lists()
        for kind, operation in _lists_of(session).items():
            before = [one for one in _known_of(known, subscription, line.options) if LIST_OF[one.kind] is kind]
            _list(session, line.options, lists, kind, operation, _Before(known, before, note))
        second = _second_sources(line, session, subscription, request)
        calls = session.calls
    subject = f"/subscriptions/{subscription.lower()}"
    capture = Capture(capture_id, subject, None, calls, (*lists.coverage, *second))
    refused = all(is_refusal(reading) for reading in lists.readings)
    refusal = f"{subscription}: {lists.readings[0].failure}" if refused else None
    return _Found(capture, tuple(lists.vaults.values()), refusal)


def _lists_of(session: Session) -> Mapping[Kind, ListOperation]:
    return {
        Kind.VAULTS: session.vaults.vaults.list_by_subscription_id,
        Kind.BACKUP_VAULTS: session.protection.backup_vaults.get_in_subscription,
    }


def _second_sources(line: Line, session: Session, subscription: str, request: CaptureRequest) -> Sequence[Coverage]:
    if not line.options.second_sources:
        return ()
    graph = read_graph(line, session, subscription, request)
    return [*graph, read_activity(line, session, subscription, request)]


@dataclass(frozen=True, slots=True)
class _Before:
    """What was known of a subscription's vaults of one kind."""

    known: Known
    vaults: Sequence[Vault]
    note: str | None


def _list(
    session: Session, options: AzureOptions, lists: _Lists, kind: Kind, operation: ListOperation, before: _Before
) -> None:
    reading = with_duplicates(session.read_list(Question(kind, Shape.LIST), operation))
    listed = [vault_of(row) for row in reading.rows]
    vaults = [vault for vault in listed if vault is not None]
    found = {vault.vault_id: vault for vault in vaults if in_scope(vault, options)}
    notes = _notes(len(listed) - len(vaults), len({vault.vault_id for vault in vaults} - found.keys()))
    # A list that was read whole proves that a vault is gone; one that was not proves nothing.
    lost = {} if reading.whole else {one.vault_id: one for one in before.vaults if one.vault_id not in found}
    if lost:
        told = "1 vault" if len(lost) == 1 else f"{len(lost)} vaults"
        notes.append(f"{told} of night {before.known.night} asked all the same")
    lists.vaults.update({**found, **lost})
    lists.readings.append(reading)
    lists.coverage.append(cover(kind, [reading], notes=[*notes, *([before.note] if before.note else [])]))


def _known_of(known: Known, subscription: str, options: AzureOptions) -> list[Vault]:
    mine = subscription.lower()
    return [one for one in known.vaults if one.subscription_id.lower() == mine and in_scope(one, options)]


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
