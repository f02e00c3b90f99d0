"""A pack as a `Report`: the values that the renderer sets on pages. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa

from evidence.packs.bag import Digest
from evidence.packs.changes import TableChange
from evidence.packs.chapters import chapters, material
from evidence.packs.completeness import CompletenessResult
from evidence.packs.figures import FAILED, count, figures
from evidence.packs.gap_groups import group_gaps
from evidence.packs.interface import NOT_CONFIRMED, Fact, NightMark, Report
from evidence.packs.select import Selection, matching
from evidence.packs.statement import Circumstances, Place
from evidence.packs.texts import moment, plural, subject_name, text, vault_names

MOST_GAPS = 20
TITLES = {"night": "Backup evidence of one night", "audit": "Backup evidence of a period"}


def describe(
    place: Place,
    about: Circumstances,
    selection: Selection,
    judged: CompletenessResult,
    files: Mapping[str, Digest],
    how_to_verify: str,
    changes: Sequence[TableChange] | None = None,
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
        scope_sentences=selection.scope.sentences(),
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
        completeness_facts=_completeness_facts(judged),
        gaps=_gaps(judged, names),
        population=NOT_CONFIRMED,
        time_stamp=about.time_stamp.sentence,
        development=about.signer.development,
        figures=figures(counts, judged),
        nights=_marks(selection, judged, names),
        sections=chapters(material(selection, judged, counts, files), changes),
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


def _marks(selection: Selection, judged: CompletenessResult, names: Mapping[str, str]) -> tuple[NightMark, ...]:
    failed: dict[date, int] = defaultdict(int)
    begun: dict[date, int] = defaultdict(int)
    for row in (
        matching(selection.tables["jobs"], "operation_kind", "backup").select(["event_night", "status"]).to_pylist()
    ):
        begun[row["event_night"]] += 1
        failed[row["event_night"]] += row["status"] == FAILED
    unread: dict[date, set[str]] = defaultdict(set)
    for gap in judged.gaps:
        if gap.essential:
            unread[gap.night].add(subject_name(gap.subject_id, names))
    return tuple(
        _mark(night, begun[night], failed[night], sorted(unread[night])) for night in selection.period.nights()
    )


def _mark(night: date, begun: int, failed: int, unread: list[str]) -> NightMark:
    said = f"{plural(begun, 'backup job')}, {failed} failed"
    if unread == ["whole night"]:
        return NightMark(night, "no_data", "not sealed: nothing is known")
    if failed:
        not_read = f"; not read: {', '.join(unread)}" if unread else ""
        return NightMark(night, "failed", said + not_read)
    if unread:
        return NightMark(night, "warning", f"{said}; not read: {', '.join(unread)}")
    return NightMark(night, "good" if begun else "no_data", said)


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
