"""A pack as a `Report`: the values that the renderer sets on pages. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.account import Account
from evidence.packs.audience.engagements import is_external
from evidence.packs.bag import Digest
from evidence.packs.changes import TableChange
from evidence.packs.chapters import Material, chapters, material
from evidence.packs.chapters.runs import runs_fact
from evidence.packs.columns import groups
from evidence.packs.completeness import CompletenessResult
from evidence.packs.figures import COMPLETED, FAILED, headlines
from evidence.packs.gap_groups import group_gaps
from evidence.packs.interface import Fact, NightMark, Report, ReportTable
from evidence.packs.reconciled import population_of, sources_sentence
from evidence.packs.select import Selection, matching
from evidence.packs.statement import Circumstances, Place
from evidence.packs.texts import moment, plural, subject_name, text
from evidence.packs.within import VAULT_LISTS
from evidence.records import WHOLE

MOST_GAPS = 20
NOT_SEALED = "not sealed"
CLASSIFICATIONS = {
    "internal": "internal: names systems and identities, and says where backups failed; not for publication",
    "external": "for the auditor named in the engagement: names and ids are masked",
}
"""By audience."""
TITLES = {
    "night": "Backup evidence of one night",
    "audit": "Backup evidence of a period",
    "aging": "Backup failures that nothing resolved",
    "restore-drills": "Restore drills of a quarter",
}


def describe(
    place: Place,
    about: Circumstances,
    told: Account,
    files: Mapping[str, Digest],
    how_to_verify: str,
    changes: Sequence[TableChange] | None = None,
    access: Sequence[ReportTable] = (),
) -> Report:
    """All that the PDF shows; `changes` where the pack supersedes another, `access` tables of deliveries, reviews and rights."""
    period, selection, judged = place.period, told.selection, told.judged
    rules = None if is_external(place.series.audience) else about.tiers
    of = material(selection, judged, told.counts, files, place.series.kind, rules)
    return Report(
        title=TITLES[place.series.kind],
        organisation=about.organisation,
        pack_id=place.pack_id,
        kind=place.series.kind,
        scope=place.series.scope,
        scope_sentences=(
            *selection.scope.sentences(),
            *sources_sentence(selection.runs),
            *_notes_on_lists(selection),
        ),
        audience=place.series.audience,
        first_night=period.first,
        last_night=period.last,
        window=about.calendar.span(period.first, period.last),
        time_zone=about.calendar.time_zone,
        revision=place.revision,
        supersedes=f"{place.superseded.pack_id}: {place.reason}" if place.superseded else None,
        created_at=about.sealed_at,
        keep_until=about.keep.day,
        keep_until_rule=about.keep.rule,
        completeness=judged.state,
        completeness_facts=_completeness_facts(of),
        gaps=_gaps(judged, of.vaults),
        population=population_of(selection)[0],
        time_stamp=about.time_stamp.sentence,
        development=about.signer.development,
        figures=tuple(of.figures[anchor] for anchor in headlines(place.series.kind)),
        nights=_marks(selection, judged, of.vaults),
        sections=chapters(of, changes, told.claimed, told.earlier, access),
        provenance=_provenance(place, about, selection),
        how_to_verify=how_to_verify,
        cover=_cover(place, about),
        ledger_head=place.head.head_sha256 or "",
    )


def _cover(place: Place, about: Circumstances) -> tuple[Fact, ...]:
    """What made the pack, and who may see it."""
    return (
        Fact("Classification", CLASSIFICATIONS[place.series.audience.partition("-")[0]]),
        Fact("Made by", f"{about.code_version}, configuration {about.configuration_sha256}", mono=True),
    )


def _completeness_facts(of: Material) -> tuple[Fact, ...]:
    """What was to be read, and what was, each with its anchor."""
    if of.tells_drills:
        return _facts_of_drills(of)
    items = f"{of.cite('F-20')}; no longer seen at the end {of.cite('F-21')}"
    return (
        Fact("Vaults read", of.cite("F-01")),
        Fact("Nights sealed", of.cite("F-02")),
        Fact("Lists read whole", f"job lists {of.cite('F-18')}; item lists {of.cite('F-19')}"),
        Fact("Items in the population", items),
        Fact("Jobs", of.cite("F-03")),
        Fact("Gaps", of.cite("F-31") + (f"; making it INCOMPLETE {of.cite('F-32')}" if of.judged.gaps else "")),
        Fact("Second source", f"told differently {of.cite('F-14')}; unprotected resources {of.cite('F-15')}"),
        runs_fact(of.selection),
    )


def _facts_of_drills(of: Material) -> tuple[Fact, ...]:
    """The same where the pack is about restore drills: what could hide a restore, and how the quarter came out."""
    ended = f"missed {of.cite('F-75')}; waived {of.cite('F-76')}; cancelled {of.cite('F-77')}; not at their end {of.cite('F-79')}"
    held = f"for drills {of.cite('F-80')}; production {of.cite('F-81')}; not to be told {of.cite('F-82')}"
    return (
        Fact("Nights sealed", of.cite("F-02")),
        Fact("Lists read whole", f"job lists {of.cite('F-18')}; item lists {of.cite('F-19')}"),
        Fact("Gaps", of.cite("F-31") + (f"; making it INCOMPLETE {of.cite('F-32')}" if of.judged.gaps else "")),
        Fact("Items due, drill accepted", f"{of.cite('F-59')}; due and not planned {of.cite('F-86')}"),
        Fact("Drills of the quarter", ended),
        Fact("Restores held", held),
        Fact("Deviations open", f"{of.cite('F-83')}; overdue {of.cite('F-84')}"),
    )


def _gaps(judged: CompletenessResult, names: Mapping[str, str]) -> tuple[str, ...]:
    told = [group.sentence for group in group_gaps(judged.gaps, names)]
    if len(told) > MOST_GAPS:
        rest = len(told) - MOST_GAPS + 1
        told = [*told[: MOST_GAPS - 1], f"{plural(rest, 'more cause')}: every gap is in data/completeness.json."]
    return tuple(told)


def _notes_on_lists(selection: Selection) -> tuple[str, ...]:
    """What vault lists that were read whole leave out, such as vaults that the configuration's patterns exclude."""
    rows = selection.tables["coverage"]
    coverage = rows.filter(pc.is_in(rows["kind"], value_set=VAULT_LISTS))
    told = coverage.filter(pc.is_in(coverage["outcome"], value_set=pa.array(sorted(WHOLE))))
    pairs = {
        (row["vault_id"], row["reason"]) for row in told.group_by(["vault_id", "reason"]).aggregate([]).to_pylist()
    }
    return tuple(f"{subject}: {reason}." for subject, reason in sorted(pair for pair in pairs if pair[1]))


def _marks(selection: Selection, judged: CompletenessResult, names: Mapping[str, str]) -> tuple[NightMark, ...]:
    statuses: dict[date | None, Counter[str | None]] = defaultdict(Counter)
    jobs = selection.tables["jobs"].select(["operation_kind", "event_night", "status"])
    for row in groups(matching(jobs, "operation_kind", "backup"), ["event_night", "status"]).to_pylist():
        statuses[row["event_night"]][row["status"]] += row["rows"]
    unread: dict[date, set[str]] = defaultdict(set)
    for gap in judged.gaps:
        if gap.essential:
            unread[gap.night].add(NOT_SEALED if gap.outcome == "not_sealed" else subject_name(gap.subject_id, names))
    return tuple(_mark(night, statuses[night], sorted(unread[night])) for night in selection.period.nights())


def _mark(night: date, statuses: Mapping[str | None, int], unread: list[str]) -> NightMark:
    begun, failed = sum(statuses.values()), statuses[FAILED]
    other = begun - failed - statuses[COMPLETED]
    said = [f"{plural(begun, 'backup job')}, {failed} failed"]
    if other:
        said.append(f"{other} in another state")
    if NOT_SEALED in unread:
        said = ["not sealed", *said] if begun else ["not sealed: nothing is known"]
    elif unread and not begun:
        said = ["no backup job was seen", f"not read: {', '.join(unread)}"]
    elif unread:
        said.append(f"not read: {', '.join(unread)}")
    return NightMark(night, _state(begun, failed, other, unread), "; ".join(said))


def _state(begun: int, failed: int, other: int, unread: list[str]) -> str:
    if failed:
        return "failed"
    if NOT_SEALED in unread or not (begun or unread):
        return "no_data"
    return "warning" if unread or other else "good"


def _provenance(place: Place, about: Circumstances, selection: Selection) -> tuple[Fact, ...]:
    calls = selection.tables["calls"]
    sources = sorted({run.source for run in selection.runs})
    return (
        Fact("Source", "; ".join(sources) or text(None)),
        Fact("Asked as (object ids)", _distinct(calls, "principal_id"), mono=True),
        Fact("Tenant", _distinct(calls, "tenant_id"), mono=True),
        *_run_facts(selection),
        Fact("Configuration SHA-256", about.configuration_sha256, mono=True),
        Fact("Code version", about.code_version, mono=True),
        Fact("Ledger when built", f"{place.head.size} entries, head {place.head.head_sha256}", mono=True),
        Fact(
            "Place in series",
            f"{place.series_sequence} of {place.series.scope}/{place.series.kind}/{place.series.audience}",
        ),
        Fact("Signer", about.signer.subject),
        Fact("Signer's certificate, SHA-256", about.signer.fingerprint_sha256, mono=True),
    )


def _run_facts(selection: Selection) -> Sequence[Fact]:
    """The runs of a night; those of a period stand night by night in tables of their own."""
    runs = selection.runs
    if len(selection.period.nights()) > 1:
        return (Fact("Runs", f"{len(runs):,}, each with its night under Nights and under Lineage"),)
    return [Fact(f"Run of {run.night}", f"{run.run_id}, captured {moment(run.captured_at)}", mono=True) for run in runs]


def _distinct(rows: pa.Table, column: str) -> str:
    return ", ".join(sorted({str(value) for value in pc.unique(rows[column]).to_pylist() if value})) or text(None)
