"""Promises of all origins together: an object stays as long as what rests on it.

Not here: the rules (`policies`, `promises`). Source: DESIGN section 9. Invariants: what is of a night stays as long as every pack whose period covers the night;
what belongs to a pack as long as the pack; a configuration as long as all that was sealed until the next one, because their days are derived from it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from evidence.retention.promises import Origin, Regime, joined, longer, ruled
from evidence.retention.values import LASTING, OF_NIGHTS, Candidate, Kind, Promise

COVERED = OF_NIGHTS | {Kind.DRILLS, Kind.DECISIONS}
"""Kinds that packs of their nights rest on."""
_OF_A_PACK = frozenset({Kind.STAMPS, Kind.DECISIONS, Kind.ENGAGEMENTS})
_KeyT = TypeVar("_KeyT")


@dataclass(frozen=True, slots=True)
class Resting:
    """A pack's promise, for what it rests on."""

    pack_id: str
    first_night: date
    last_night: date
    audience: str
    promise: Promise

    @property
    def rank(self) -> tuple[date, str]:
        """The later, the greater; a pack without a day is the latest."""
        return self.promise.day or date.max, self.pack_id


def settled(
    origins: Sequence[Origin],
    merged: Mapping[int, tuple[int, ...]],
    regime: Regime,
    extended: Mapping[str, Sequence[Candidate]],
) -> list[Promise]:
    """The promise of each origin, in order; `extended`: days that persons lengthened packs to, by pack id."""
    known: dict[object, Promise] = {}
    found = [
        Promise(None, "") if number in merged else _ruled(origin, regime, known)
        for number, origin in enumerate(origins)
    ]
    packs = tuple(_packs(origins, found, extended))
    rests = _Rests(packs, origins)
    for number, origin in enumerate(origins):
        if number not in merged:
            found[number] = rests.on(origin, found[number])
    _configurations(origins, merged, found, regime)
    for number, members in merged.items():
        found[number] = joined([found[one] for one in members])
    return found


def _ruled(origin: Origin, regime: Regime, known: dict[object, Promise]) -> Promise:
    """Nights of one day and kind share their promise: it is reckoned once."""
    key = (origin.subject, origin.stated, origin.lasting, id(regime.over(origin.sequence)))
    if key not in known:
        known[key] = ruled(origin, regime)
    return known[key]


def _packs(
    origins: Sequence[Origin], found: Sequence[Promise], extended: Mapping[str, Sequence[Candidate]]
) -> Iterator[Resting]:
    for origin, promise in zip(origins, found, strict=True):
        if origin.kind is Kind.PACKS and origin.pack_id and origin.first_night and origin.last_night:
            yield Resting(
                origin.pack_id,
                origin.first_night,
                origin.last_night,
                origin.audience or "",
                longer(promise, extended.get(origin.pack_id, ())),
            )


class _Rests:
    """Which pack keeps what longest."""

    def __init__(self, packs: Sequence[Resting], origins: Sequence[Origin]) -> None:
        self._by_id = {one.pack_id: one for one in packs}
        self._by_night: dict[date, Resting] = {}
        self._by_audience: dict[str, Resting] = {}
        self._ranges: dict[tuple[date, date], Resting | None] = {}
        self._longer: dict[tuple[int, str], Promise] = {}
        for one in packs:
            _keep(self._by_audience, one.audience, one)
        # A pack may span more years than there are nights.
        about = [one for one in origins if one.kind in COVERED and one.first_night and one.last_night]
        begin = min((one.first_night for one in about if one.first_night), default=date.max)
        end = max((one.last_night for one in about if one.last_night), default=date.min)
        for one in packs:
            for night in _nights(max(one.first_night, begin), min(one.last_night, end)):
                _keep(self._by_night, night, one)

    def on(self, origin: Origin, promise: Promise) -> Promise:
        """An origin's promise, as long as every pack that rests on it."""
        if origin.lasting or origin.kind in LASTING or origin.kind is Kind.UNKNOWN:
            return promise
        pack = self._by_id.get(origin.pack_id or "") if origin.kind in _OF_A_PACK else None
        if pack is not None:
            promise = self._as_long(promise, pack, f"as long as pack {pack.pack_id}")
        elif origin.kind is Kind.ENGAGEMENTS and origin.audience in self._by_audience:
            pack = self._by_audience[origin.audience]
            promise = self._as_long(promise, pack, f"as long as pack {pack.pack_id}, the last of its engagement")
        if origin.kind in COVERED and origin.first_night and origin.last_night:
            pack = self._over(origin.first_night, origin.last_night)
            if pack is not None:
                promise = self._as_long(promise, pack, f"as long as pack {pack.pack_id}, which covers its nights")
        return promise

    def _over(self, first: date, last: date) -> Resting | None:
        if (first, last) not in self._ranges:
            found = [self._by_night[night] for night in _nights(first, last) if night in self._by_night]
            self._ranges[first, last] = max(found, key=lambda one: one.rank, default=None)
        return self._ranges[first, last]

    def _as_long(self, promise: Promise, pack: Resting, words: str) -> Promise:
        key = (id(promise), words)  # promises outlive this: `settled` keeps each that was reckoned
        if key not in self._longer:
            self._longer[key] = _as_long(promise, pack, words)
        return self._longer[key]


def _as_long(promise: Promise, pack: Resting, words: str) -> Promise:
    if promise.day is None:
        return promise
    if pack.promise.day is None:
        return Promise(None, f"{words}: {pack.promise.rule}", promise.candidates)
    rule = f"{words}: {pack.promise.candidates[0].rule}"
    return longer(promise, (Candidate(pack.promise.day, rule, f"pack {pack.pack_id}"),))


def _configurations(
    origins: Sequence[Origin], merged: Mapping[int, tuple[int, ...]], found: list[Promise], regime: Regime
) -> None:
    """A configuration stays as long as what its entry names besides, and an adopted one as long as all that was sealed before the next one."""
    longest: dict[int, Promise] = {}
    for number, origin in enumerate(origins):
        if number not in merged and not _aside(origin):
            _keep_longest(longest, origin.sequence, found[number])
    sequences = sorted(longest)
    until: list[Promise] = []
    for sequence in sequences:
        until.append(max((*until[-1:], longest[sequence]), key=_rank))
    adopted = [one.sequence for one in regime.adopted]
    for number, origin in enumerate(origins):
        if number in merged or origin.kind is not Kind.CONFIGURATION:
            continue
        resting = longest.get(origin.sequence)
        if origin.sequence in adopted:
            following = next((one for one in adopted if one > origin.sequence), None)
            count = len(sequences) if following is None else bisect_right(sequences, following)
            resting = until[count - 1] if count else None
        if resting is not None:
            found[number] = _as_long_as(found[number], resting)


def _aside(origin: Origin) -> bool:
    return origin.lasting or origin.kind in LASTING or origin.kind in {Kind.UNKNOWN, Kind.CONFIGURATION}


def _as_long_as(promise: Promise, resting: Promise) -> Promise:
    words = "as long as what was sealed under it or is derived from it"
    if resting.day is None:
        return Promise(None, f"{words}: {resting.rule}", promise.candidates)
    first = resting.candidates[0]
    return longer(promise, (Candidate(resting.day, f"{words}: {first.rule}", first.source),))


def _rank(promise: Promise) -> date:
    return promise.day or date.max


def _keep_longest(into: dict[int, Promise], key: int, promise: Promise) -> None:
    if key not in into or _rank(promise) > _rank(into[key]):
        into[key] = promise


def _keep(into: dict[_KeyT, Resting], key: _KeyT, one: Resting) -> None:
    there = into.get(key)
    if there is None or one.rank > there.rank:
        into[key] = one


def _nights(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=count) for count in range((last - first).days + 1))
