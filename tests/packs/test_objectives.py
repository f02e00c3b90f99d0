"""Recovery point objectives in packs: the command, the table, the chart, the figures and the recount tell the same."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evidence.errors import IntegrityError
from evidence.packs.build import BuiltPack, PackOrder, build_pack
from evidence.packs.charts.values import AttainmentStrip
from evidence.packs.interface import Report, Section
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.verification import Trust, verify_pack
from evidence.packs.verification.figures_objectives import objectives_again
from evidence.runs.attained import Objectives
from evidence.runs.judging.rules import judgement_rules
from evidence.runs.rules_then import InUse
from evidence.tables import ATTAINMENT
from tests.fakes.bench import NIGHT, RAW, Bench, backup
from tests.fakes.packing import FakeRenderer, sealing
from tests.fakes.packs import the_signer

TIERS = b'tiers:\n  - {match: {name: "vm[12]"}, tier: 0, rpo: 24h}\n'
NIGHTS = [NIGHT + timedelta(days=number) for number in range(4)]
PERIOD = span_period(NIGHTS[1], NIGHTS[3])
Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Three machines over four nights; one of them misses a night, and of the third the objective follows from its policy."""
    made = Bench(raw=RAW + TIERS)
    vault = made.vault()
    for number, night in enumerate(NIGHTS):
        backup(vault, night)
        if number != 2:
            backup(vault, night, "vm2")
        backup(vault, night, "other")
        made.run(night)
    return made


def build(bench: Bench, reason: str | None = None) -> tuple[BuiltPack, Report]:
    renderer = FakeRenderer()
    parts = replace(bench.parts, judgement=judgement_rules(bench.configuration.settings))
    order = PackOrder("audit", PackScope("all"), PERIOD, reason)
    return build_pack(parts, sealing(bench, renderer=renderer), order), renderer.reports[0]


@pytest.fixture(scope="module")
def built(bench: Bench) -> tuple[BuiltPack, Report]:
    return build(bench)


def attainment(bench: Bench, pack: BuiltPack) -> pa.Table:
    with zipfile.ZipFile(io.BytesIO(bench.memory.files[pack.path])) as archive:
        return pq.read_table(io.BytesIO(archive.read(f"{pack.pack.pack_id}/data/parquet/attainment.parquet")))


def chapter(report: Report) -> Section:
    return next(one for one in report.sections if one.anchor == "S-24")


def test_the_pack_tells_what_the_command_asks(bench: Bench, built: tuple[BuiltPack, Report]) -> None:
    rows = {row["name"]: row for row in attainment(bench, built[0]).to_pylist()}
    today = InUse(bench.configuration.sha256, judgement_rules(bench.configuration.settings))
    asked = Objectives(bench.store, bench.parts.ledger.entries(), bench.calendar, lambda _: True, today)
    found = {
        one.points.about.name: told
        for one, told in asked.attainments(NIGHTS[1], NIGHTS[3], bench.calendar.window(NIGHTS[3]).end)
    }
    assert rows.keys() == found.keys() == {"vm1", "vm2", "other"}
    for name, told in found.items():
        row = rows[name]
        assert (row["standing"], row["breaches"], row["from_at"], row["to_at"]) == (
            str(told.standing),
            told.breaches,
            told.start,
            told.end,
        )
        spans = (told.attained, told.missed, told.unknown)
        assert [row[column] for column in ("within_s", "out_s", "unknown_s")] == [one.total_seconds() for one in spans]
    assert (rows["vm1"]["standing"], rows["vm2"]["standing"], rows["vm2"]["out_s"]) == ("attained", "breached", 86400.0)
    assert (rows["other"]["tier"], rows["vm1"]["target_s"]) == (None, 86400.0)


def test_chart_figures_and_table_count_the_same_rows(built: tuple[BuiltPack, Report]) -> None:
    section = chapter(built[1])
    assert section.chart is not None
    assert isinstance(section.chart.drawing, AttainmentStrip)
    strips = {row.label: (row.met, row.missed, row.unknown) for row in section.chart.drawing.rows}
    assert strips["Tier 0"] == (1, 1, 0)
    assert sum(sum(counts) for counts in strips.values()) == 3
    told = " ".join(section.sentences)
    met = sum(counts[0] for counts in strips.values())
    assert f"{met} of 3 [F-88]" in told or f"({met} of 3) [F-88]" in told
    assert next(row[0] for row in section.tables[1].rows) == "vm2"


def test_an_auditor_counts_them_again(bench: Bench, built: tuple[BuiltPack, Report], tmp_path: Path) -> None:
    file = tmp_path / f"{built[0].pack.pack_id}.zip"
    file.write_bytes(bench.memory.files[built[0].path])
    result = verify_pack(file, Trust(signer_fingerprint=the_signer().identity.fingerprint_sha256))
    assert result.ok
    again = objectives_again(columns(attainment(bench, built[0])))
    assert again["F-88"][1] == again["F-89"][1] == 3
    assert again["F-91"] == (192, 216)


def columns(rows: pa.Table) -> Callable[..., pa.Table]:
    return lambda _, *names: rows.select(list(names))


@pytest.mark.parametrize(
    ("column", "value"),
    [("standing", "attained"), ("out_s", 0.0), ("within_s", 999_999.0), ("breaches", 0)],
)
def test_a_row_that_contradicts_itself_is_found(
    bench: Bench, built: tuple[BuiltPack, Report], column: str, value: Any
) -> None:
    rows = attainment(bench, built[0]).to_pylist()
    rows = [{**row, column: value} if row["name"] == "vm2" else row for row in rows]
    with pytest.raises(IntegrityError, match="contradicts itself"):
        objectives_again(columns(pa.Table.from_pylist(rows, ATTAINMENT.schema())))


@pytest.mark.slow
def test_a_fleet_that_is_too_large_is_told_by_the_command_and_the_pack_says_so(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.packs.objectives.MOST_ITEM_NIGHTS", 2)
    pack, report = build(bench, "to leave it out")
    assert ATTAINMENT.name not in pack.counts
    assert "rpo --period" in chapter(report).sentences[0]
    assert chapter(report).chart is None
