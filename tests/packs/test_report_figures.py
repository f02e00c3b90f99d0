"""Every number in the report's text carries its anchor, says what the packed figures say, and is found there; and the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

import pytest

from evidence.ledger.folds import Series
from evidence.ledger.ledger import Head
from evidence.nights import Calendar
from evidence.packs.account import account
from evidence.packs.bag import Digest
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.controls.reading import shipped_control_map
from evidence.packs.describe import describe
from evidence.packs.interface import APPENDIX, FRONT, Report
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import PACKED, select
from evidence.packs.statement import Circumstances, Place, TimeStampState
from evidence.retention.rules import KeepUntil
from evidence.seals.interface import SignerIdentity
from evidence.tables import ALL, FIGURES
from reports.check import refuse_malformed
from tests.fakes.bench import NIGHT, Bench, at, backup
from tests.fakes.packing import FakeRenderer, sealing
from tests.packs.rich import DAYS, rich

CITED = re.compile(r"(unknown|[0-9.]+ % \([0-9,]+ of [0-9,]+\)|[0-9,]+ of [0-9,]+|[0-9,]+) \[(F-[0-9]+)\]")
PLAN = [
    "Read this",
    "Control map",
    "Expected runs and exceptions",
    "Recovery point objectives",
    "Detectors and hints",
    "Failures",
    "Backup jobs",
    "Pending",
    "Silence",
    "Restore jobs",
    "Gaps and coverage",
    "Nights",
    "Two sources",
    "Limits",
    "Access and change",
    "Lineage: questions asked of Azure",
    "Appendix A: population",
    "Appendix B: definitions",
    "Appendix C: sampling",
    "Appendix D: data dictionary",
]
DIGEST = Digest(1, "0" * 64)
FILES = {
    **{f"data/{name}.csv": DIGEST for name in ALL},
    **{f"data/parquet/{name}.parquet": DIGEST for name in ALL},
    **dict.fromkeys(("data/completeness.json", "data/controls.yaml", "data/oscal-assessment-results.json"), DIGEST),
}
SIGNER = SignerIdentity("CN=signer", "CN=root", "0" * 64, at(NIGHT), at(NIGHT), True, ())


@cache
def made(kind: str) -> tuple[Report, dict[str, dict[str, object]]]:
    """The report of the rich period, or of its first night, and the figures packed with it."""
    bench, last = rich(), DAYS[3] if kind == "audit" else DAYS[0]
    entries = bench.parts.ledger.entries()
    selection = select(bench.store, entries, span_period(DAYS[0], last), PackScope("all"))
    place = Place(
        Series("all", kind, "internal"), selection.period, 1, 1, None, None, None, Head(9, "0" * 64), "1" * 64
    )
    told = account(bench.store, entries, place, selection, shipped_control_map())
    keep, stamp = KeepUntil(date(2028, 1, 1), "rule"), TimeStampState(None, "none")
    about = Circumstances("Contoso", Calendar(), at(NIGHT), keep, "0" * 64, "0.1", SIGNER, stamp)
    rows = told.selection.tables[FIGURES.name].to_pylist()
    return describe(place, about, told, FILES, "how"), {row["anchor"]: row for row in rows}


def texts(report: Report) -> Iterator[str]:
    yield from report.scope_sentences
    for fact in (*report.completeness_facts, *report.cover, *report.provenance):
        yield fact.value
    for section in report.sections:
        yield from section.sentences
        yield from (fact.value for fact in section.facts)
        for table in section.tables:
            yield from (cell for row in table.rows for cell in row)


kinds = pytest.mark.parametrize("kind", ["audit", "night"])


@kinds
def test_every_cited_number_is_the_one_in_the_packed_figures(kind: str) -> None:
    report, packed = made(kind)
    cited = [(anchor, value) for text in texts(report) for value, anchor in CITED.findall(text)]
    assert len(cited) > 15
    for anchor, value in cited:
        assert packed[anchor]["value"] == value, anchor


@kinds
def test_every_anchor_that_is_printed_is_packed_and_the_other_way_round(kind: str) -> None:
    report, packed = made(kind)
    printed = {anchor for text in texts(report) for anchor in re.findall(r"\[(F-[0-9]+)\]", text)}
    assert printed == set(packed)


@kinds
def test_all_figures_are_listed_with_their_values(kind: str) -> None:
    report, packed = made(kind)
    (listed,) = (one for section in report.sections for one in section.tables if one.anchor == "T-40")
    assert {(row[0], row[2]) for row in listed.rows} == {
        (f"[{anchor}]", row["value"]) for anchor, row in packed.items()
    }


@kinds
def test_no_sentence_of_a_chapter_holds_a_count_without_anchor(kind: str) -> None:
    """What remains without anchors are dates, times, versions, limits that Azure sets, and places in a list."""
    report, _ = made(kind)
    for section in report.sections:
        if section.anchor in {"S-7", "S-11", "S-14", "S-21", "S-23"}:
            continue  # parameters and words of Azure's limits
        for sentence in section.sentences:
            rest = CITED.sub("", sentence)
            rest = re.sub(r"\d{4}-\d{2}-\d{2}|SHA-256 \w+|HTTP \d+|^\d\. |r\d{4}|vm\d+|v\d+\b", "", rest)
            rest = re.sub(r"of \d+ of \d+ nights of vaults", "", rest)  # the note of what was not read
            assert not re.search(r"\d", rest), (section.anchor, sentence)


def test_the_page_plan_of_an_audit_pack() -> None:
    report, _ = made("audit")
    assert [section.title for section in report.sections] == PLAN
    assert [section.anchor for section in report.sections if section.place == FRONT] == ["S-12"]
    assert [section.title[:10] for section in report.sections if section.place == APPENDIX] == [
        f"Appendix {one}" for one in "ABCD"
    ]
    assert len(report.figures) == 6


def test_a_night_leaves_reference_matter_to_audit_packs() -> None:
    report, _ = made("night")
    anchors = {section.anchor for section in report.sections}
    assert not anchors & {"S-11", "S-22", "S-23"}
    assert {"S-12", "S-20", "S-21"} <= anchors


def test_the_findings_are_the_worst_three() -> None:
    report, _ = made("audit")
    (front,) = (section for section in report.sections if section.place == FRONT)
    first, second, third = (sentence for sentence in front.sentences if re.match(r"\d\. ", sentence))
    assert "make the pack INCOMPLETE" in first
    assert "[F-45]" in second
    assert "vm2 in v1 failed most often" in third or "[F-46]" in third


def test_tables_without_rows_say_so() -> None:
    for kind in ("audit", "night"):
        for section in made(kind)[0].sections:
            assert section.sentences or section.tables or section.facts
            assert all(table.rows or table.empty.endswith(".") for table in section.tables)


def test_the_next_pack_of_a_series_is_compared_with_the_one_before() -> None:
    bench, renderer = Bench(), FakeRenderer()
    vault = bench.vault()
    for number in range(2):
        backup(vault, DAYS[number], status="Completed" if number else "Failed")
        bench.run(DAYS[number])
        order = PackOrder("audit", PackScope("all"), span_period(DAYS[number], DAYS[number]))
        build_pack(bench.parts, sealing(bench, renderer=renderer), order)
    first, second = renderer.reports
    for report in renderer.reports:
        refuse_malformed(report)
        assert len(report.sections[-1].tables) == len(PACKED) + 1 + 9  # columns of all, and tables made of others
    assert "It is the first pack of its series" in " ".join(first.sections[0].sentences)
    assert f"Compared with {first.pack_id}" in " ".join(second.sections[0].sentences)
    (table,) = (one for one in second.sections[0].tables if one.anchor == "T-44")
    rows = {row[0]: row[2:] for row in table.rows}
    assert rows["[F-05]"] == ("1 of 1", "0 of 1")
    assert rows["[F-04]"] == ("0.0 % (0 of 1)", "100.0 % (1 of 1)")


def test_a_copy_of_earlier_figures_that_was_changed_is_refused() -> None:
    from evidence.errors import IntegrityError

    bench = Bench()
    backup(bench.vault())
    bench.nights(2)
    for number in range(2):
        order = PackOrder("audit", PackScope("all"), span_period(DAYS[number], DAYS[number]))
        if number:
            (path,) = (path for path in bench.memory.files if path.endswith("/figures.csv"))
            bench.memory.files[path] = bench.memory.files[path].replace(b"Completed", b"Complete!")
            with pytest.raises(IntegrityError, match="does not have the SHA-256"):
                build_pack(bench.parts, sealing(bench), order)
        else:
            build_pack(bench.parts, sealing(bench), order)


@pytest.mark.slow
@kinds
def test_the_printed_pages_hold_the_same_anchors(kind: str) -> None:
    from reports.renderer import ReportRenderer
    from tests.reports.poppler import text

    report, packed = made(kind)
    found = re.sub(r"\s+", " ", text(ReportRenderer().pdf(report)))
    assert set(re.findall(r"\[(F-[0-9]+)\]", found)) == set(packed)
    # Asked of each sentence: in the text of a page the anchor of a card or a row stands behind the number of the one before.
    told = {f"{value} [{anchor}]" for one in texts(report) for value, anchor in CITED.findall(one)}
    assert len(told) > 15
    assert {one for one in told if one not in found} == set()
