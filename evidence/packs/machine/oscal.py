"""`oscal-assessment-results.json`: the claims of a pack for machines, in OSCAL 1.2.1 assessment results.

Not here: judging the claims (`evidence.packs.controls.judged`). Invariants: OSCAL knows `satisfied` and `not-satisfied` only, so what is not
established is `not-satisfied` with the reason `other`, never `satisfied`; every count is a property; every file is named with its hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from evidence.packs.bag import Digest
from evidence.packs.completeness import CompletenessResult
from evidence.packs.controls.claims import Claim, Result
from evidence.packs.controls.judged import JudgedClaim
from evidence.packs.controls.reading import NIST, PATH, ControlMap, oscal_id
from evidence.packs.machine.oscal_parts import Ids, prop, resources
from evidence.packs.statement import Place

OSCAL = "data/oscal-assessment-results.json"
OSCAL_VERSION = "1.2.1"
PREPARED_BY = "prepared-by"
STATES = {
    Result.MET: ("satisfied", "pass"),
    Result.EXCEPTIONS: ("not-satisfied", "fail"),
    Result.NOT_ESTABLISHED: ("not-satisfied", "other"),
}
"""State and reason of a finding's target."""
_REMARKS = (
    "Information produced by the entity; not an auditor's opinion. `satisfied` says that a claim was counted over the rows of this pack "
    "and that no exception and nothing unknown was found; it does not say that the control is designed well or works. The control map "
    "is data that a person reviews: see the property `control-map-review`."
)
_NO_PLAN = (
    "There is no OSCAL assessment plan; the procedures are in `local-definitions`, the controls by the control map."
)


@dataclass(frozen=True, slots=True)
class Assessed:
    """What the document is about."""

    place: Place
    organisation: str
    created: datetime
    start: datetime
    end: datetime
    """Of the period, UTC."""
    collected: datetime
    """When the last answer of the period was captured."""
    judged: CompletenessResult
    rows: Mapping[str, int]
    """Rows of each table."""
    claims: Sequence[JudgedClaim]
    controls: ControlMap


def assessment_results(about: Assessed, files: Mapping[str, Digest]) -> bytes:
    """The document; `files` are the members that it names, the control map among them."""
    place = about.place
    ids = Ids(place.pack_id, place.head.head_sha256 or "")
    party = ids.of("party")
    document = {
        "uuid": ids.of("assessment-results"),
        "metadata": {
            "title": f"Backup evidence {place.pack_id}",
            "last-modified": moment(about.created),
            "version": place.pack_id,
            "oscal-version": OSCAL_VERSION,
            "roles": [{"id": PREPARED_BY, "title": "Entity whose evidence this is"}],
            "parties": [{"uuid": party, "type": "organization", "name": about.organisation}],
            "responsible-parties": [{"role-id": PREPARED_BY, "party-uuids": [party]}],
        },
        "import-ap": {"href": f"#{ids.of('resource', PATH)}", "remarks": _NO_PLAN},
        "local-definitions": {"objectives-and-methods": _objectives(about)},
        "results": [_result(about, ids)],
        "back-matter": {"resources": resources(ids, files)},
    }
    told = orjson.dumps({"assessment-results": document}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    return told + b"\n"


def moment(at: datetime) -> str:
    """RFC 3339, UTC, whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def objective_id(control: str, claim: str) -> str:
    """Id of a claim as an objective of a control: `cp-9_obj.lists-read`."""
    return f"{oscal_id(control)}_obj.{claim}"


def _controls(about: Assessed, claim: Claim) -> tuple[str, ...]:
    return about.controls.controls_of(claim.key, NIST)


def _objectives(about: Assessed) -> list[dict[str, object]]:
    found: dict[str, list[Claim]] = {}
    for one in about.claims:
        for control in _controls(about, one.claim):
            found.setdefault(control, []).append(one.claim)
    return [
        {
            "control-id": oscal_id(control),
            "description": f"What this pack claims that bears on {control}.",
            "parts": [_objective(control, claim) for claim in claims],
        }
        for control, claims in sorted(found.items())
    ]


def _objective(control: str, claim: Claim) -> dict[str, object]:
    return {
        "id": objective_id(control, claim.key),
        "name": "assessment-objective",
        "title": claim.key,
        "prose": claim.sentence,
        "parts": [{"name": "assessment-method", "prose": claim.procedure}],
    }


def _result(about: Assessed, ids: Ids) -> dict[str, object]:
    reviewed = sorted({oscal_id(control) for one in about.claims for control in _controls(about, one.claim)})
    return {
        "uuid": ids.of("result"),
        "title": f"{about.place.series.kind} of {about.place.period.name}",
        "description": f"Claims of the pack {about.place.pack_id} over its own rows, each with its counts.",
        "start": moment(about.start),
        "end": moment(about.end),
        "props": _props(about),
        "reviewed-controls": {
            "description": "Controls of NIST SP 800-53 Revision 5 that the claims bear on, by the control map of this pack.",
            "control-selections": [{"include-controls": [{"control-id": control} for control in reviewed]}],
        },
        "observations": [_observation(one, about, ids) for one in about.claims],
        "findings": [_finding(one, control, ids) for one in about.claims for control in _controls(about, one.claim)],
        "remarks": _REMARKS,
    }


def _props(about: Assessed) -> list[dict[str, str]]:
    place, judged, used = about.place, about.judged, about.controls
    told: dict[str, object] = {
        "pack-id": place.pack_id,
        "scope": place.series.scope,
        "kind": place.series.kind,
        "audience": place.series.audience,
        "first-night": place.period.first,
        "last-night": place.period.last,
        "completeness": judged.state,
        "gaps": len(judged.gaps),
        "vaults-read": f"{judged.vaults_read}/{judged.vaults_expected}",
        "nights-sealed": f"{judged.nights_sealed}/{judged.nights_expected}",
        "control-map-version": used.version,
        "control-map-sha256": used.sha256,
        "control-map-review": used.review,
        **{f"rows-{table}": rows for table, rows in sorted(about.rows.items())},
    }
    return [prop(name, value) for name, value in told.items()]


def _observation(one: JudgedClaim, about: Assessed, ids: Ids) -> dict[str, object]:
    claim, found = one.claim, one.counted
    return {
        "uuid": ids.of("observation", claim.key),
        "title": claim.sentence,
        "description": one.reason,
        "methods": ["EXAMINE"],
        "props": [
            prop("claim", claim.key),
            prop("population", found.population),
            prop("exceptions", found.exceptions),
            prop("unknown", found.unknown),
            prop("lists-unread", one.unread),
            prop("result", one.result),
        ],
        "relevant-evidence": [
            {"href": f"#{ids.of('resource', path)}", "description": f"{path}: {claim.procedure}"}
            for path in evidence_of(claim)
        ],
        "collected": moment(about.collected),
        "remarks": claim.procedure,
    }


def evidence_of(claim: Claim) -> tuple[str, ...]:
    """Paths of the files that a claim's procedure counts in."""
    return tuple(f"data/{name}" if "." in name else f"data/{name}.csv" for name in claim.files)


def _finding(one: JudgedClaim, control: str, ids: Ids) -> dict[str, object]:
    state, reason = STATES[one.result]
    return {
        "uuid": ids.of("finding", oscal_id(control), one.claim.key),
        "title": f"{control}: {one.claim.sentence}",
        "description": one.reason,
        "target": {
            "type": "objective-id",
            "target-id": objective_id(control, one.claim.key),
            "status": {"state": state, "reason": reason, "remarks": f"{one.result}: {one.reason}"},
        },
        "related-observations": [{"observation-uuid": ids.of("observation", one.claim.key)}],
    }
