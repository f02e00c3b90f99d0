from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import Result

from cli.output import Format, emit, say
from cli.output import Result as Printed
from tests.cli.conftest import Command, Home

ROWS = [
    {"name": "a,b", "number": 1, "none": None, "list": ["x", "ü"], "flag": True},
    {"name": 'say "hi"\nthere', "number": -2, "none": None, "list": [], "flag": False},
]
PRINTED = Printed("backup-evidence/test/1", ROWS, ("name", "number", "list"), {"complete": False})


def test_json_has_schema_rows_and_what_is_true_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    emit(PRINTED, Format.JSON)
    assert json.loads(capsys.readouterr().out) == {
        "schema": "backup-evidence/test/1",
        "data": ROWS,
        "meta": {"complete": False},
    }


def test_ndjson_is_a_row_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    emit(PRINTED, Format.NDJSON)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == ROWS


def test_csv_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    emit(PRINTED, Format.CSV)
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert found[1] == {"name": 'say "hi"\nthere', "number": "-2", "none": "", "list": "[]", "flag": "False"}
    assert json.loads(found[0]["list"]) == ["x", "ü"]


def test_without_rows_csv_is_its_header_and_json_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    nothing = Printed("s", [], ("a", "b"))
    emit(nothing, Format.CSV)
    emit(nothing, Format.NDJSON)
    assert capsys.readouterr().out == "a,b\r\n"
    emit(nothing, Format.JSON)
    assert json.loads(capsys.readouterr().out) == {"schema": "s", "data": [], "meta": {}}


def test_a_table_in_a_pipe_folds_no_id(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    emit(Printed("s", [{"id": long}], ("id",)), Format.TABLE)
    assert long in capsys.readouterr().out


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "\x9b31m", "bell\x07", "up\x1b[1A\x1b[2K", "back\x08", "\u202egpj"])
def test_a_name_never_steers_the_terminal(capsys: pytest.CaptureFixture[str], hostile: str) -> None:
    emit(Printed("s", [{"name": hostile}], ("name",)), Format.TABLE)
    say(hostile)
    told = capsys.readouterr()
    for text in (told.out, told.err):
        assert all(character.isprintable() or character == "\n" for character in text)


def test_markup_in_a_name_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    emit(Printed("s", [{"name": "[bold]x[/bold]"}], ("name",)), Format.TABLE)
    say("[red]y[/red]")
    told = capsys.readouterr()
    assert "[bold]x[/bold]" in told.out
    assert "[red]y[/red]" in told.err


LISTING = [
    ("ledger", "list"),
    ("pack", "list"),
    ("pack", "show", "PACK"),
    ("status",),
]


def parsed(form: str, text: str) -> list[dict[str, object]]:
    if form == "json":
        found: list[dict[str, object]] = json.loads(text)["data"]
        return found
    if form == "ndjson":
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("words", LISTING, ids=" ".join)
def test_every_form_holds_the_same_rows(command: Command, home: Home, in_time: object, words: tuple[str, ...]) -> None:
    asked = [home.packs[0] if word == "PACK" else word for word in words]
    results: dict[str, Result] = {
        form: command(*asked, "-c", home.config, "-o", form) for form in ("json", "ndjson", "csv", "table")
    }
    rows = {form: parsed(form, results[form].stdout) for form in ("json", "ndjson", "csv")}
    assert rows["json"] == rows["ndjson"]
    assert [set(row) for row in rows["csv"]] == [set(row) for row in rows["json"]]
    assert len(rows["json"]) >= 1
    assert results["table"].stdout.strip()
    assert len({result.exit_code for result in results.values()}) == 1
