"""The ledger in a store: reads and verifies the chain, and appends to it from many processes at once.

Not here: what holds the chain together (`chain`), what entries add up to (`folds`). Invariant: an entry is created only
behind the very entries that its guards were checked on, and what was read once is verified once.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from evidence.errors import IntegrityError, ObjectExistsError, ObjectMissingError, RefusedError, StoreError
from evidence.ledger.chain import PREFIX, Chain, broken, path_of
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry
from evidence.ledger.payloads import check_payload

MOST_TRIES = 1000
"""Lost races before an append gives up: each means that another process appended."""

AHEAD_FROM = 64
"""Listed entries from which on a ledger that is read for the first time is read ahead."""
READERS, AHEAD = 4, 16
"""Files that are asked for at once, and files that may wait to be verified."""

Guard = Callable[[Sequence[LedgerEntry]], None]
"""Raises RefusedError where an entry may not follow the entries given."""
Committed = Callable[[LedgerEntry], None]
"""Told of each entry that was appended and read back; it raises nothing, for the entry stands."""

_NAME = re.compile(r"ledger/(\d{12,})\.json")


class Listed(Protocol):
    """What a listing tells of an object."""

    @property
    def path(self) -> str:
        """Where it is."""
        ...


class Objects(Protocol):
    """What the ledger needs of a store."""

    def create(self, path: str, data: bytes) -> object:
        """Write a new object durably; raises ObjectExistsError."""
        ...

    def read(self, path: str) -> bytes:
        """The whole object; raises ObjectMissingError."""
        ...

    def list(self, prefix: str) -> Iterator[Listed]:
        """Objects whose path begins with a prefix."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """Where the ledger stands."""

    size: int
    head_sha256: str | None
    """Hash of the last entry's file; None for an empty ledger."""


class Ledger:
    """The one ledger of a store."""

    def __init__(self, objects: Objects, committed: Committed | None = None) -> None:
        """Use a store; nothing is read yet."""
        self._objects = objects
        self._committed = committed
        self._chain: Chain | None = None

    def entries(self) -> Sequence[LedgerEntry]:
        """All entries as of now, in order; raises IntegrityError naming the number at which the chain breaks.

        What was read before is remembered; only what follows it is read.
        """
        return self._fold().entries

    def head(self) -> Head:
        """Number of entries and the hash of the last, as of now."""
        chain = self._fold()
        return Head(len(chain.entries), chain.head_sha256)

    def opened(self) -> LedgerEntry | None:
        """The entry that opened the store, or None."""
        entries = self.entries()
        return entries[0] if entries else None

    def open(self, *, tenant: str, organisation: str, first_night: date, at: datetime, actor: str) -> LedgerEntry:
        """Open the ledger for one tenant, or find it open for the same; raises RefusedError for another tenant."""
        payload = {"tenant": tenant, "organisation": organisation, "first_night": first_night.isoformat()}
        found = self.opened()
        if found is None:
            try:
                return self.append(Draft(EntryKind.STORE_OPENED, at, actor, "store", payload))
            except RefusedError:
                found = self.opened()
                if found is None:
                    raise
        theirs = found.payload.get("tenant")
        if theirs != tenant:
            raise RefusedError(
                f"This store holds the evidence of another tenant, {theirs}.",
                cause="One store holds one tenant, so that what is missing from it can be told.",
                next_step=f"Configure another store for tenant {tenant}.",
            )
        return found

    def append(self, draft: Draft, guards: Iterable[Guard] = ()) -> LedgerEntry:
        """Add an entry behind all others, once; a draft whose entry is already there gives that entry.

        Each guard is checked on the fold that the entry will follow, again after each lost race. Raises what the
        guards raise, RefusedError, ConfigurationError for a draft that is no valid entry, StoreError.
        """
        guards = tuple(guards)
        check_payload(draft.placed(1, None))
        for _ in range(MOST_TRIES):
            chain = self._fold()
            if found := _find(chain, draft):
                return self._told(found)
            _check_place(chain.entries, draft)
            for guard in guards:
                guard(chain.entries)
            entry = draft.placed(len(chain.entries) + 1, chain.head_sha256)
            try:
                self._objects.create(path_of(entry.sequence), entry.to_bytes())
            except ObjectExistsError:
                # Another process was faster, or our own answer was lost: the next fold reads what is there.
                continue
            return self._told(self._read_back(chain, entry))
        raise StoreError(
            f"No place could be had in the ledger in {MOST_TRIES} tries.",
            cause="Each time another process appended first, or the store shows its entries late.",
            next_step="End other runs on this store, then run again.",
        )

    def _told(self, entry: LedgerEntry) -> LedgerEntry:
        """The entry, of which whoever waits for it was told; also where an earlier try wrote it, whose answer was lost."""
        if self._committed is not None:
            self._committed(entry)
        return entry

    def _read_back(self, chain: Chain, entry: LedgerEntry) -> LedgerEntry:
        data = self._objects.read(path_of(entry.sequence))
        if data != entry.to_bytes():
            raise broken(entry.sequence, "it reads otherwise than it was just written")
        self._chain = chain.followed_by([data])
        return entry

    def _fold(self) -> Chain:
        highest = self._highest_listed() if self._chain is None else 0
        chain = self._chain or Chain()
        self._chain = chain.followed_by(self._files_after(len(chain.entries), highest))
        return self._chain

    def _files_after(self, sequence: int, listed: int) -> Iterator[bytes]:
        """Files of the entries after a number, walking forward; a listing per append would cost more each time."""
        if listed - sequence >= AHEAD_FROM:
            yield from self._read_ahead(sequence + 1, listed)
            sequence = listed
        while True:
            sequence += 1
            try:
                data = self._objects.read(path_of(sequence))
            except ObjectMissingError as error:
                if sequence <= listed:
                    raise broken(sequence, f"it is missing, and entry {listed} is there") from error
                return
            yield data

    def _read_ahead(self, first: int, last: int) -> Iterator[bytes]:
        """Files of entries that were listed, in order; while one is verified the next ones are on their way."""
        waiting: deque[Future[bytes]] = deque()
        with ThreadPoolExecutor(READERS) as pool:
            following = iter(range(first, last + 1))
            for sequence in range(first, last + 1):
                while len(waiting) < AHEAD and (number := next(following, None)) is not None:
                    waiting.append(pool.submit(self._objects.read, path_of(number)))
                try:
                    data = waiting.popleft().result()
                except ObjectMissingError as error:
                    raise broken(sequence, f"it is missing, and entry {last} is there") from error
                yield data

    def _highest_listed(self) -> int:
        """The highest number there is; read once, because a walk alone would stop at a hole and call it the end."""
        last = 0
        for listed in self._objects.list(PREFIX):
            named = _NAME.fullmatch(listed.path)
            if named is None or path_of(int(named[1])) != listed.path or int(named[1]) == 0:
                raise IntegrityError(
                    f"{listed.path} is no entry of the ledger.",
                    cause="The folder of the ledger holds numbered entries and nothing else.",
                    next_step="Find out what wrote or renamed it, and compare the ledger with a checkpoint.",
                )
            last = max(last, int(named[1]))
        return last


def _find(chain: Chain, draft: Draft) -> LedgerEntry | None:
    """The draft's own entry from an earlier try; raises RefusedError where that names other objects."""
    entry = chain.by_id.get(draft.entry_id)
    if entry is not None and entry.objects != tuple(sorted(draft.objects)):
        raise RefusedError(
            f"{entry.name} already says this, of other objects.",
            cause="An entry is written once; the objects named now are not the ones it names.",
            next_step="Seal them under a new run or attempt id.",
        )
    return entry


def _check_place(entries: Sequence[LedgerEntry], draft: Draft) -> None:
    if draft.kind is EntryKind.STORE_OPENED and entries:
        raise RefusedError(
            "The store is already open.",
            cause=f"{entries[0].name} opened it.",
            next_step="Use it for the same tenant, or configure another store.",
        )
    if draft.kind is not EntryKind.STORE_OPENED and not entries:
        raise RefusedError(
            f"The store is not open, so {draft.kind} of {draft.subject} cannot be recorded.",
            cause="The first entry of a ledger says whose evidence the store holds.",
            next_step="Open the store first, or check that this is the right store.",
        )
