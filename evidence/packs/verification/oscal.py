"""The OSCAL file: that it names the files that are there, counts what the statement counts, and concludes what its counts allow.

Not here: whether OSCAL's own validator takes it (a test does that), counting the rows again. Invariant: nothing is `satisfied` that
has an exception, something unknown or an empty population.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from evidence.errors import IntegrityError
from evidence.packs import bag
from evidence.packs.controls.claims import result_of
from evidence.packs.controls.reading import PATH
from evidence.packs.machine.descriptor import DESCRIPTOR
from evidence.packs.machine.oscal import OSCAL, STATES
from evidence.packs.machine.oscal_parts import href
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement

_UNNAMED = frozenset({OSCAL, DESCRIPTOR, bag.REPORT})
"""Made with or after it, so it cannot hold their hashes."""


def check_oscal(pack: Opened, statement: Statement, checks: Checklist) -> None:
    """Check the file; packs of before it was made are said to have none."""
    if OSCAL in pack.members:
        checks.examine("oscal", OSCAL, lambda: _oscal(pack, statement))
    else:
        checks.not_checked("oscal", None, "The pack has no OSCAL file; those of earlier versions had none.")


def _oscal(pack: Opened, statement: Statement) -> tuple[str, None]:
    data = pack.read(OSCAL)
    content: Any = orjson.loads(data)
    if orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n" != data:
        raise IntegrityError("It is not written in its one form: keys sorted, two spaces, no key twice.")
    document = content["assessment-results"]
    hashes = bag.read_manifest(pack.read(bag.MANIFEST))
    _check_resources(document["back-matter"]["resources"], hashes, pack)
    if len(document["results"]) != 1:
        raise IntegrityError("It must hold one result: that of the pack.")
    result = document["results"][0]
    _check_props(_props(result), statement, hashes)
    observed = _observed(result, {one["uuid"] for one in document["back-matter"]["resources"]})
    _check_findings(result["findings"], observed)
    _check_ids(document)
    met = sum(state == "satisfied" for state, _ in observed.values())
    return f"{len(observed)} claims, {met} met; {len(result['findings'])} findings follow from their counts", None


def _check_resources(resources: Any, hashes: Mapping[str, str], pack: Opened) -> None:
    named = {}
    for one in resources:
        (link,), (size,) = one["rlinks"], one["props"]
        (found,) = link["hashes"]
        if one["title"] in named or link["href"] != href(one["title"]) or found["algorithm"] != "SHA-256":
            raise IntegrityError(f"It names {one['title']} twice, by another address or with another kind of hash.")
        named[one["title"]] = (found["value"], size["value"])
    files = {path: hashes[path] for path in hashes if path not in _UNNAMED}
    if set(named) != set(files):
        raise IntegrityError(
            f"It does not name exactly the files of the pack: {', '.join(sorted(set(named) ^ set(files)))}."
        )
    for path, sha256 in files.items():
        if named[path] != (sha256, str(pack.members[path].stat().st_size)):
            raise IntegrityError(f"It gives another length or hash for {path}.")


def _props(part: Any) -> dict[str, str]:
    found = {one["name"]: one["value"] for one in part["props"]}
    if len(found) != len(part["props"]):
        raise IntegrityError("A property stands twice.")
    return found


def _check_props(told: Mapping[str, str], statement: Statement, hashes: Mapping[str, str]) -> None:
    judged = statement.completeness
    expected = {
        "pack-id": statement.pack_id,
        "first-night": str(statement.nights[0]),
        "last-night": str(statement.nights[-1]),
        "completeness": judged["state"],
        "gaps": str(len(judged["gaps"])),
        "vaults-read": f"{judged['vaults_read']}/{judged['vaults_expected']}",
        "nights-sealed": f"{judged['nights_sealed']}/{judged['nights_expected']}",
        "control-map-sha256": hashes[PATH],
        **{f"rows-{name}": str(rows) for name, rows in statement.counts.items()},
    }
    for name, value in expected.items():
        if told.get(name) != value:
            raise IntegrityError(f"It says {told.get(name)} for {name}, but the pack says {value}.")
    if extra := {name for name in told if name.startswith("rows-")} - set(expected):
        raise IntegrityError(f"It counts what the statement does not: {', '.join(sorted(extra))}.")


def _observed(result: Any, resources: set[str]) -> dict[str, tuple[str, str]]:
    """State and reason that each observation's counts amount to, by its id."""
    found = {}
    for one in result["observations"]:
        told = _props(one)
        counts = [int(told[name]) for name in ("population", "exceptions", "unknown", "lists-unread")]
        concluded = result_of(*counts)
        if min(counts) < 0 or told["result"] != str(concluded):
            raise IntegrityError(
                f"Claim {told['claim']} is said to be {told['result']}; its counts make it {concluded}."
            )
        if any(evidence["href"].removeprefix("#") not in resources for evidence in one["relevant-evidence"]):
            raise IntegrityError(f"Claim {told['claim']} names evidence that is not in the pack.")
        found[one["uuid"]] = STATES[concluded]
    return found


def _check_findings(findings: Any, observed: Mapping[str, tuple[str, str]]) -> None:
    for one in findings:
        (related,) = one["related-observations"]
        target = one["target"]
        expected = observed.get(related["observation-uuid"])
        if (target["status"]["state"], target["status"]["reason"]) != expected:
            raise IntegrityError(f"The finding on {target['target-id']} does not follow from its observation.")


def _check_ids(document: Any) -> None:
    ids = list(_ids(document))
    if len(ids) != len(set(ids)):
        raise IntegrityError("Two parts have the same uuid.")


def _ids(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "uuid" in part:
            yield part["uuid"]
        for one in part.values():
            yield from _ids(one)
    elif isinstance(part, list):
        for one in part:
            yield from _ids(one)
