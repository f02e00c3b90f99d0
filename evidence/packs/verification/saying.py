"""What a pack says of itself: `statement.json` read strictly, and held against itself and its file name.

Not here: whether the data bear it out (`tables`, `coverage`). Source: docs/pack-format.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from evidence.errors import IntegrityError
from evidence.packs import bag
from evidence.packs.verification.checks import About
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.shapes import (
    Shape,
    check_shape,
    count,
    counts,
    day,
    either,
    flag,
    has,
    list_of,
    moment,
    one_of,
    optional,
    sha256,
    text,
    whole,
)
from evidence.records import Completeness

FORMAT, NEWEST = "backup-evidence-pack", 1
INSIDE = "inside"
_PACK_ID = re.compile(r".+-(night|audit|restore-drills|aging)-(internal|external)-.+-r[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement, as far as other checks need it."""

    pack_id: str
    sealed_at: datetime
    counts: Mapping[str, int]
    calls: Mapping[str, Any] | None
    """`bytes` and `sha256` of calls.zip; None where none was sealed with it."""
    completeness: Mapping[str, Any]
    nights: tuple[date, ...]
    """Of the period."""
    sealed_nights: frozenset[date]
    signer: Mapping[str, Any]
    time_stamp: Mapping[str, Any]
    ledger: Mapping[str, Any]
    """`size`, `head_sha256`, and in newer packs `root_sha256`: the ledger when the pack was built."""
    previous: Mapping[str, Any] | None
    """`pack_id` and `tagmanifest_sha256` of the pack before in the series."""
    superseded: Mapping[str, Any] | None
    about: About

    @property
    def stamped(self) -> bool:
        """Whether it says that the pack is time-stamped."""
        return bool(self.time_stamp["state"] == INSIDE)


def read_statement(pack: Opened) -> tuple[str, Statement]:
    """Read and check the statement; raises IntegrityError for whatever version 1 does not have."""
    data = pack.read(bag.STATEMENT)
    content = orjson.loads(data)
    _check_version(content)
    # Packs that were sealed before calls could be say nothing of them.
    check_shape("statement", {"calls": None} | content, _STATEMENT)
    if orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n" != data:
        raise IntegrityError("It is not written in its one form: keys sorted, two spaces, no key twice.")
    _check_names(content, pack.name)
    _check_times(content)
    found = _statement(content)
    return f"{found.pack_id}: {found.completeness['state']}", found


def check_file_name(stem: str, pack_id: str) -> tuple[str, None]:
    """A file may be called anything but by another pack's name; raises IntegrityError."""
    if stem == pack_id:
        return "file and pack have the same name", None
    if _PACK_ID.fullmatch(stem):
        raise IntegrityError(f"The file is called {stem}, but it holds {pack_id}.")
    return f"the file is called {stem}; what it holds is {pack_id}", None


def _check_version(content: Any) -> None:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise IntegrityError(f"It is not the statement of a {FORMAT}.")
    version = content.get("v")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= NEWEST:
        raise IntegrityError(
            f"It is of version {version}; this program reads up to {NEWEST}.",
            next_step="Use the newer program that wrote it.",
        )


def _audience(value: object) -> bool:
    return isinstance(value, str) and _AUDIENCE.fullmatch(value) is not None


_AUDIENCE = re.compile(r"internal|external(-[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?)?")
"""The internal one, or an external one, with the name of its engagement where there are several."""
_GAP = has(night=day, subject_id=optional(text), kind=optional(text), outcome=text, reason=text)
_STATEMENT: Mapping[str, Shape] = {
    "format": text,
    "v": count,
    "pack_id": text,
    "organisation": text,
    "scope": text,
    "kind": one_of("night", "audit", "restore-drills", "aging"),
    "audience": _audience,
    "period": has(
        name=text, first_night=day, last_night=day, start=moment, end=moment, time_zone=text, night_starts_at=text
    ),
    "revision": count,
    "supersedes": optional(has(pack_id=text, tagmanifest_sha256=sha256, reason=text)),
    "series_sequence": count,
    "previous_in_series": optional(has(pack_id=text, tagmanifest_sha256=sha256)),
    # Packs of before the root was said lack it.
    "ledger": either(
        has(size=count, head_sha256=sha256, root_sha256=sha256),
        has(size=count, head_sha256=sha256),
    ),
    "completeness": has(
        state=one_of(*Completeness),
        vaults_expected=count,
        vaults_read=count,
        nights_expected=count,
        nights_sealed=count,
        gaps=list_of(_GAP),
    ),
    "population_confirmed": flag,
    "counts": counts,
    "calls": optional(has(bytes=count, sha256=sha256)),
    "runs": list_of(has(night=day, run_id=text, night_ended_at=moment, captured_at=moment)),
    "night_ended_at": moment,
    "captured_at": optional(moment),
    "sealed_at": moment,
    "lag_s": optional(whole),
    "keep_until": day,
    "keep_until_rule": text,
    "configuration_sha256": sha256,
    "code_version": text,
    "signer": has(subject=text, fingerprint_sha256=sha256, development=flag),
    "time_stamp": has(state=one_of(INSIDE, "none"), authority=optional(text), reason=optional(text)),
}


def _check_names(content: Mapping[str, Any], folder: str) -> None:
    made = "-".join(
        (
            content["scope"],
            content["kind"],
            content["audience"],
            content["period"]["name"],
            f"r{content['revision']:04d}",
        )
    )
    if content["pack_id"] != made:
        raise IntegrityError(f"The pack id is {content['pack_id']}, but scope, kind and period make {made}.")
    if content["pack_id"] != folder:
        raise IntegrityError(f"It is the statement of {content['pack_id']}, but the folder is {folder}.")
    if (content["revision"] > 1) != (content["supersedes"] is not None) or content["revision"] < 1:
        raise IntegrityError("A revision after the first supersedes another pack, and only such a one.")
    if (content["series_sequence"] > 1) != (content["previous_in_series"] is not None) or content[
        "series_sequence"
    ] < 1:
        raise IntegrityError("A pack after the first of its series names the one before it, and only such a one.")


def _check_times(content: Mapping[str, Any]) -> None:
    ended, sealed = _at(content["night_ended_at"]), _at(content["sealed_at"])
    if _at(content["period"]["end"]) != ended or _at(content["period"]["start"]) >= ended:
        raise IntegrityError("The period does not end when its last night ended.")
    if date.fromisoformat(content["keep_until"]) <= sealed.date():
        raise IntegrityError("It is to be kept until a day before it was sealed.")
    captured = None if content["captured_at"] is None else _at(content["captured_at"])
    lag = None if captured is None else int((captured - ended).total_seconds())
    if content["lag_s"] != lag:
        raise IntegrityError(f"The lag is said to be {content['lag_s']} s, but it is {lag} s.")
    moments = [captured, *(_at(run["captured_at"]) for run in content["runs"])]
    if any(one is not None and one > sealed for one in moments):
        raise IntegrityError("It holds captures from after it was sealed.")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _statement(content: Mapping[str, Any]) -> Statement:
    first, last = (date.fromisoformat(content["period"][key]) for key in ("first_night", "last_night"))
    nights = tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
    runs = frozenset(date.fromisoformat(run["night"]) for run in content["runs"])
    if not nights or not runs <= set(nights):
        raise IntegrityError("It names runs of nights outside its period.")
    return Statement(
        pack_id=content["pack_id"],
        sealed_at=_at(content["sealed_at"]),
        counts=content["counts"],
        calls=content.get("calls"),
        completeness=content["completeness"],
        nights=nights,
        sealed_nights=runs,
        signer=content["signer"],
        time_stamp=content["time_stamp"],
        ledger=content["ledger"],
        previous=content["previous_in_series"],
        superseded=content["supersedes"],
        about=_about(content),
    )


def _about(content: Mapping[str, Any]) -> About:
    previous, superseded = content["previous_in_series"], content["supersedes"]
    return About(
        pack_id=content["pack_id"],
        completeness=content["completeness"]["state"],
        series_sequence=content["series_sequence"],
        previous_in_series=None if previous is None else previous["pack_id"],
        supersedes=None if superseded is None else superseded["pack_id"],
        signer=content["signer"]["subject"],
        development=content["signer"]["development"],
        sealed_at=content["sealed_at"],
        time_stamped=content["time_stamp"]["state"] == INSIDE,
    )
