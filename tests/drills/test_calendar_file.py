"""Calendar files after RFC 5545, whatever a drill is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from evidence.drills.calendar_file import calendar_file, folded
from evidence.drills.values import Target
from tests.drills.making import planned

AT = datetime(2026, 6, 20, 9, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=120)


def unfolded(data: bytes) -> list[tuple[str, str]]:
    """Content lines as RFC 5545, 3.1 reads them."""
    lines = data.replace(b"\r\n ", b"").decode().split("\r\n")
    assert lines.pop() == ""
    return [(name, value) for name, _, value in (line.partition(":") for line in lines)]


def plain(value: str) -> str:
    """A TEXT value as 3.3.11 reads it."""
    found, letters = "", iter(value)
    for one in letters:
        found += {"n": "\n", "N": "\n"}.get(other := next(letters), other) if one == "\\" else one
    return found


@given(TEXTS)
def test_lines_are_short_and_join_again(text: str) -> None:
    line = "SUMMARY:" + text.replace("\r", "").replace("\n", "")
    data = folded(line)
    rows = data.split(b"\r\n")
    assert all(len(row) <= 75 for row in rows)
    assert all(row.startswith(b" ") for row in rows[1:-1])
    for row in rows:
        row.decode()
    assert data.replace(b"\r\n ", b"") == line.encode() + b"\r\n"


@given(TEXTS, TEXTS)
def test_no_name_ends_a_line_or_begins_a_property(subject: str, group: str) -> None:
    made = replace(planned(), subject=subject, target=Target(resource_group=group or None))
    told = unfolded(calendar_file(made, AT))
    assert [name for name, _ in told if name != "LOCATION"] == [
        "BEGIN", "VERSION", "PRODID", "METHOD", "BEGIN", "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "TRANSP", "STATUS",
        "END", "END",
    ]  # fmt: skip
    found = dict(told)
    lines = subject.replace("\r\n", "\n").replace("\r", "\n")
    shown = "".join(one if one == "\n" or one.isprintable() else f"\\u{ord(one):04x}" for one in lines)
    assert plain(found["SUMMARY"]) == f"Restore drill DR-2026Q3-0001: {shown}"


def test_the_window_is_told_in_utc() -> None:
    found = dict(unfolded(calendar_file(planned(), AT)))
    assert (found["DTSTART"], found["DTEND"], found["DTSTAMP"]) == (
        "20260706T080000Z",
        "20260711T080000Z",
        "20260620T090000Z",
    )
    assert "backup-drill=DR-2026Q3-0001" in plain(found["DESCRIPTION"])


def test_a_window_sent_again_replaces_the_one_before() -> None:
    first, later = (dict(unfolded(calendar_file(planned(), AT, revision))) for revision in (0, 1))
    assert first["UID"] == later["UID"]
    assert (first["SEQUENCE"], later["SEQUENCE"]) == ("0", "1")
    assert dict(unfolded(calendar_file(planned("DR-2026Q3-0002"), AT)))["UID"] != first["UID"]
