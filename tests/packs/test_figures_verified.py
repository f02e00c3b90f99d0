"""Insiders who build and seal a pack whose figures say something else than its rows: each is found, for the rows are counted again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from evidence.errors import IntegrityError
from evidence.packs import account
from evidence.packs.build import BuiltPack, PackOrder, build_pack
from evidence.packs.figures import figures as true_figures
from evidence.packs.figures import figures_table
from evidence.packs.interface import Figure
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.verification import Check, Finding, Trust, verify_pack
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.figures import _check_form, check_figures
from evidence.packs.verification.opening import Opened, open_folder
from evidence.packs.verification.saying import read_statement
from evidence.tables import FIGURES, to_parquet
from tests.fakes.bench import NIGHT, Bench, backup, restore
from tests.fakes.packing import sealing
from tests.fakes.packs import Recipe, the_signer, write_pack
from tests.packs.rich import DAYS, rich

Change = Callable[[Sequence[Figure]], Sequence[Figure]]
TRUST = Trust(signer_fingerprint=the_signer().identity.fingerprint_sha256)


FILE = "data/parquet/figures.parquet"


@pytest.fixture
def bench() -> Bench:
    return night()


def night() -> Bench:
    """One night with a failure and a restore."""
    made = Bench()
    vault = made.vault()
    backup(vault)
    backup(vault, NIGHT, "vm2", status="Failed")
    restore(vault, NIGHT, NIGHT)
    made.run()
    return made


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Its pack, unpacked."""
    bench, folder = night(), tmp_path_factory.mktemp("good")
    pack = built(bench)
    with zipfile.ZipFile(io.BytesIO(bench.memory.files[pack.path])) as archive:
        archive.extractall(folder)
    opened = open_folder(folder / pack.pack.pack_id, Checklist())
    assert opened is not None
    return opened


def built(bench: Bench, last: date = NIGHT, kind: str = "audit") -> BuiltPack:
    return build_pack(bench.parts, sealing(bench), PackOrder(kind, PackScope("all"), span_period(NIGHT, last)))


def figures_check(bench: Bench, pack: BuiltPack, folder: Path) -> Check:
    file = folder / f"{pack.pack.pack_id}.zip"
    file.write_bytes(bench.memory.files[pack.path])
    (found,) = (one for one in verify_pack(file, TRUST).checks if one.name == "figures")
    return found


def test_figures_of_a_rich_period_are_counted_again(tmp_path: Path) -> None:
    found = figures_check(rich(), built(rich(), DAYS[3]), tmp_path)
    assert (found.finding, found.detail) == (Finding.OK, "61 figures counted again from the tables")


def test_figures_of_a_night_are_counted_again(bench: Bench, tmp_path: Path) -> None:
    found = figures_check(bench, built(bench, kind="night"), tmp_path)
    assert (found.finding, found.detail) == (Finding.OK, "58 figures counted again from the tables")


def without(anchor: str) -> Change:
    return lambda found: [one for one in found if one.anchor != anchor]


def changed(anchor: str, **fields: object) -> Change:
    return lambda found: [replace(one, **fields) if one.anchor == anchor else one for one in found]  # type: ignore[arg-type]  # a field's own


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (changed("F-05", count=0), "F-05 says 0 of 2, but the rows make it 1 of 2"),
        (changed("F-04", denominator=1), "F-04 says 1 of 1, but the rows make it 1 of 2"),
        (changed("F-05", count=None, denominator=None), "F-05 is said to be unknown, but the rows make it 1 of 2"),
        (
            changed("F-05", label="Backup jobs that were no trouble"),
            "F-05 is called `Backup jobs that were no trouble`",
        ),
        (without("F-05"), "F-05 is missing"),
        (changed("F-09", count=7), "F-09 says 7 of 2, but the rows make it 0 of 2"),
        (changed("F-10", count=0), "F-10 says 0 of 1, but the rows make it 1 of 1"),
        (changed("F-12", count=10**6), "F-12 says 1000000"),
        (changed("F-18", denominator=2), "F-18 says 1 of 2, but the rows make it 1 of 1"),
        (changed("F-21", count=1), "F-21 says 1 of 2, but the rows make it 0 of 2"),
        (changed("F-31", count=1), "F-31 says 1 of None, but the rows make it 0 of None"),
        (changed("F-46", count=0), "F-46 says 0 of 1, but the rows make it 1 of 1"),
    ],
)
def test_a_figure_that_lies_is_found(good: Opened, tmp_path: Path, lie: Change, said: str) -> None:
    rows = pq.read_table(good.members[FILE]).to_pylist()
    told = [
        Figure(
            row["anchor"],
            row["name"],
            row["numerator"],
            row["denominator"],
            row["note"],
            share=row["percent"] is not None,
        )
        for row in rows
    ]
    (tmp_path / "figures.parquet").write_bytes(to_parquet(FIGURES, figures_table(tuple(lie(told)))))
    pack = replace(good, members={**good.members, FILE: tmp_path / "figures.parquet"})
    checks = Checklist()
    check_figures(pack, read_statement(pack)[1], checks)
    (found,) = checks.result(None).checks
    assert found.failed
    assert said in found.detail


def test_an_insider_who_seals_a_lie_cannot_keep_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    lie = changed("F-05", count=0)
    monkeypatch.setattr(account, "figures", lambda *told: tuple(lie(true_figures(*told))))
    with pytest.raises(IntegrityError) as refused:
        built(bench)
    assert "figures: F-05 says 0 of 2, but the rows make it 1 of 2" in " ".join(refused.value.diagnostics())


@pytest.mark.parametrize(
    ("value", "percent"),
    [("2 of 3", None), ("1 of 3 ", None), ("33.4 % (1 of 3)", 33.4), ("33.3 % (1 of 3)", None), ("unknown", None)],
)
def test_a_printed_value_that_is_not_its_numbers_is_found(value: str, percent: float | None) -> None:
    row = {"name": "Gaps", "value": value, "numerator": 1, "denominator": 3, "percent": percent}
    with pytest.raises(IntegrityError, match="prints"):
        _check_form("F-31", row)


def test_a_pack_from_before_figures_is_said_not_to_be_checked(tmp_path: Path) -> None:
    found = verify_pack(write_pack(tmp_path, Recipe().members()), TRUST)
    (one,) = (one for one in found.checks if one.name == "figures")
    assert one.finding is Finding.NOT_CHECKED
    assert found.ok
