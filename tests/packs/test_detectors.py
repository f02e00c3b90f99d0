"""The chapter on detectors: one that failed its trial is named, hints stand apart, and neither changes how complete a pack is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa

from evidence.packs.bag import Digest
from evidence.packs.chapters.detectors import NOT_TRIED, detectors_chapter
from evidence.packs.chapters.material import Material, material
from evidence.packs.chapters.runs import runs_chapter
from evidence.packs.figures.counting import count
from evidence.packs.interface import Section
from evidence.packs.judging import judge_selection
from evidence.tables import CANARIES, EXCEPTIONS, NOT_COMPARED, Table, empty
from tests.packs.rich import told


class _Files(dict[str, Digest]):
    """Digests of whatever file is asked for."""

    def __missing__(self, path: str) -> Digest:
        return Digest(1, "0" * 64)


def made(**tables: pa.Table) -> Material:
    selection = replace(told().selection, tables={**told().selection.tables, **tables})
    return material(selection, judge_selection(selection), count(selection), _Files())


def chapter(**tables: pa.Table) -> Section:
    return detectors_chapter(made(**tables))


def changed(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, table.schema())


def test_twenty_one_detectors_a_night_found_what_was_planted() -> None:
    """Three nights of the rich period were judged: sixty-three trials."""
    found = chapter()
    assert "in 63 of 63 [F-55] trials; the healthy twin was left alone in 63 of 63 [F-56]" in found.sentences[0]
    (failing,) = (one for one in found.tables if one.anchor == "T-47")
    assert failing.rows == ()


def test_a_detector_that_failed_its_trial_is_named() -> None:
    rows = told().selection.tables[CANARIES.name].to_pylist()
    silent = next(row for row in rows if row["detector"] == "rpo_breach")
    silent |= {"found": False, "reason": "Not found."}
    found = chapter(canaries=changed(CANARIES, rows))
    assert "in 62 of 63 [F-55] trials" in found.sentences[0]
    (failing,) = (one for one in found.tables if one.anchor == "T-47")
    assert failing.rows == ((str(silent["night"]), "rpo_breach", "a newest point three days old", "Not found."),)
    assert made(canaries=changed(CANARIES, rows)).figures["F-55"].tone == "bad"


def test_nights_judged_before_detectors_were_tried_say_so() -> None:
    found = chapter(canaries=empty(CANARIES), not_compared=empty(NOT_COMPARED))
    assert found.sentences[0] == NOT_TRIED
    assert made(canaries=empty(CANARIES)).figures["F-55"].value == "unknown"


def test_hints_stand_apart_from_exceptions_and_make_no_pack_less_complete() -> None:
    rows = told().selection.tables[EXCEPTIONS.name].to_pylist()
    hint = rows[0] | {"exception_key": "f" * 64, "class": "duration", "severity": "info", "hint": True, "state": "open"}
    hint |= {"subject": "vm1", "summary": "Took 4 h, usually 31 min."}
    before, after = made(), made(exceptions=changed(EXCEPTIONS, [*rows, hint]))
    (shown,) = (one for one in detectors_chapter(after).tables if one.anchor == "T-48")
    assert [(row[0], row[1], row[4]) for row in shown.rows] == [("duration", "vm1", "Took 4 h, usually 31 min.")]
    assert (before.any("F-57"), after.any("F-57")) == (0, 1)
    assert before.judged == after.judged
    assert [one.rows for one in runs_chapter(before).tables] == [one.rows for one in runs_chapter(after).tables]
