"""A drill's window as a calendar file that mail programs and calendars open.

Not here: what the window is (`plan`). Invariants: lines end in CR LF and hold at most 75 octets, folded between characters; the same drill has the same event id, so that a
window sent again replaces the one before. Source: RFC 5545, 3.1, 3.3.11, 3.6.1.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from evidence.drills.plan import checks_told, in_hours
from evidence.drills.values import Planned

_OCTETS = 75
_PRODUCT = "-//Backup Evidence//Restore drills//EN"


def calendar_file(planned: Planned, at: datetime, revision: int = 0) -> bytes:
    """The file; `at` is when it is made, `revision` counts changes of the window."""
    told = (
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", _PRODUCT),
        ("METHOD", "PUBLISH"),
        ("BEGIN", "VEVENT"),
        (
            "UID",
            f"{hashlib.sha256(f'{planned.drill_id} {planned.item_key}'.encode()).hexdigest()[:32]}@backup-evidence",
        ),
        ("SEQUENCE", str(revision)),
        ("DTSTAMP", _moment(at)),
        ("DTSTART", _moment(planned.window_start)),
        ("DTEND", _moment(planned.window_end)),
        ("SUMMARY", _text(f"Restore drill {planned.drill_id}: {planned.subject}")),
        ("DESCRIPTION", _text(_description(planned))),
        *((("LOCATION", _text(planned.target.resource_group)),) if planned.target.resource_group else ()),
        ("TRANSP", "TRANSPARENT"),
        ("STATUS", "CONFIRMED"),
        ("END", "VEVENT"),
        ("END", "VCALENDAR"),
    )
    return b"".join(folded(f"{name}:{value}") for name, value in told)


def folded(line: str) -> bytes:
    """A content line as octets, with a fold wherever it would be longer than 75; never inside a character."""
    rows: list[bytes] = []
    row = b""
    for one in line:
        octets = one.encode("utf-8", "replace")
        # A row after a fold begins with the space that marks it.
        if len(row) + len(octets) > _OCTETS:
            rows.append(row)
            row = b" "
        row += octets
    return b"\r\n".join([*rows, row]) + b"\r\n"


def _description(planned: Planned) -> str:
    tier = "no tier" if planned.tier is None else f"tier {planned.tier}"
    rto, rpo = in_hours(planned.rto) or "none set", in_hours(planned.rpo) or "none set"
    return "\n".join(
        (
            f"{planned.drill_type} of {planned.subject} ({tier}): {planned.reason}",
            f"Recovery time objective: {rto}; recovery point objective: {rpo}",
            f"Checks: {checks_told(planned)}",
            f"Tag of what is restored: backup-drill={planned.drill_id}",
            f"Commands: backup-evidence drills runbook {planned.drill_id}",
        )
    )


def _text(text: str) -> str:
    """Escaped as RFC 5545, 3.3.11 asks; characters that no text may hold stand as their numbers."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = "".join(one if one == "\n" or one.isprintable() else f"\\u{ord(one):04x}" for one in plain)
    for mark, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        shown = shown.replace(mark, escaped)
    return shown


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
