"""A pack as a `Report`: the values that the renderer sets on pages. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.bag import Digest
from evidence.packs.changes import TableChange
from evidence.packs.chapters import chapters, material
from evidence.packs.completeness import CompletenessResult
from evidence.packs.controls_judged import Claimed
from evidence.packs.figures import COMPLETED, FAILED, count, figures
from evidence.packs.gap_groups import group_gaps
from evidence.packs.interface import Fact, NightMark, Report
from evidence.packs.reconciled import population_of, second_facts, sources_sentence
from evidence.packs.select import Selection, matching
from evidence.packs.statement import Circumstances, Place
from evidence.packs.texts import moment, plural, subject_name, text, vault_names
from evidence.packs.within import VAULT_LISTS
from evidence.records import WHOLE

MOST_GAPS = 20
NOT_SEALED = "not sealed"
TITLES = {"night": "Backup evidence of one night", "audit": "Backup evidence of a period"}


def describe(
    place: Place,
    about: Circumstances,
    selection: Selection,
    judged: CompletenessResult,
    files: Mapping[str, Digest],
    how_to_verify: str,
    changes: Sequence[TableChange] | None = None,
    claimed: Claimed | None = None,
) -> Report:
    """All that the PDF shows; `changes` where the pack supersedes another."""
    period, counts = place.period, count(selection)
    names = vault_names(selection.vaults)
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
        completeness_facts=(*_completeness_facts(judged), *second_facts(counts.compared)),
        gaps=_gaps(judged, names),
        population=population_of(selection)[0],
        time_stamp=about.time_stamp.sentence,
        development=about.signer.development,
        figures=figures(counts, judged),
        nights=_marks(selection, judged, names),
        sections=chapters(material(selection, judged, counts, files), changes, claimed),
        provenance=_provenance(place, about, selection),
        how_to_verify=how_to_verify,
    )


def _completeness_facts(judged: CompletenessResult) -> tuple[Fact, ...]:
    return (
        Fact("Vaults read", f"{judged.vaults_read:,} / {judged.vaults_expected:,}"),
        Fact("Nights sealed", f"{judged.nights_sealed:,} / {judged.nights_expected:,}"),
        Fact("Gaps", f"{len(judged.gaps):,}"),
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
        (row["vault_id"], row["reason"]) for row in told.select(["vault_id", "reason"]).to_pylist() if row["reason"]
    }
    return tuple(f"{subject}: {reason}." for subject, reason in sorted(pairs))


def _marks(selection: Selection, judged: CompletenessResult, names: Mapping[str, str]) -> tuple[NightMark, ...]:
    statuses: dict[date | None, Counter[str | None]] = defaultdict(Counter)
    jobs = selection.tables["jobs"].select(["operation_kind", "event_night", "status"])
    backups = matching(jobs, "operation_kind", "backup")
    for night, status in zip(backups["event_night"].to_pylist(), backups["status"].to_pylist(), strict=True):
        statuses[night][status] += 1
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
        *(
            Fact(f"Run of {run.night}", f"{run.run_id}, captured {moment(run.captured_at)}", mono=True)
            for run in selection.runs
        ),
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


def _distinct(rows: pa.Table, column: str) -> str:
    return ", ".join(sorted({str(value) for value in rows[column].to_pylist() if value})) or text(None)
