"""What messages say: five lines about a problem, and a table for a digest.

Not here: how a medium writes it (`channels`). Invariants: equal input gives equal words; a text of Azure is put on one line and never interpreted.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from evidence.notify.interface import ENDED, Occasion, Problem, Team
from evidence.notify.links import Links

Facts = tuple[tuple[str, str], ...]
MOST_IN_TEXT = 10
"""Ids that a text lists; the attachment has all of them."""
OLDEST = 5
_SEVERITIES = ("critical", "error", "warning", "info")
_WHAT = {
    Occasion.OPENED: "",
    Occasion.RECURRING: "Recurring: ",
    Occasion.REMINDED: "Still open: ",
    Occasion.ESCALATED: "Escalated: ",
    Occasion.ACKNOWLEDGED: "Acknowledged: ",
    Occasion.CLOSED: "Closed: ",
    Occasion.WITHDRAWN: "Withdrawn: ",
}
_NEXT = {
    Occasion.ACKNOWLEDGED: "nothing is sent any more until it is closed",
    Occasion.CLOSED: "nothing; a later good run and a new recovery point prove it",
    Occasion.WITHDRAWN: "nothing; later data disproved it",
}
_NO_POINT = frozenset({"failed", "cancelled", "warning", "no_point", "silent", "running_late", "recurring", "outbreak"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def one_line(text: str) -> str:
    """The text on one line, without what cannot be printed: fit for a subject or a header."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def subject_of(problem: Problem, occasion: Occasion) -> str:
    """The subject: why, what, where."""
    return one_line(
        f"{_WHAT[occasion]}[{problem.severity}] {problem.class_.replace('_', ' ')}: {problem.subject} in {problem.vault_name}"
    )


def facts_of(problem: Problem, occasion: Occasion, team: Team, owner: Team, links: Links) -> Facts:
    """The five lines: what, since, effect, what Azure says, next step with owner and link."""
    return (
        (
            "What",
            one_line(f"{_WHAT[occasion]}{problem.subject}: {problem.summary or problem.class_}{_nights(problem)}"),
        ),
        ("Since", f"{_moment(problem.first_seen)} ({problem.bucket} days)"),
        ("Effect", one_line(problem.effect or _effect(problem))),
        ("Azure says", one_line(_azure(problem))),
        ("Next", one_line(_next(problem, occasion, team, owner, links))),
    )


def details_of(problem: Problem) -> Facts:
    """What a ticket says besides; a name without value is left out."""
    found = (
        ("Vault", problem.vault_name),
        ("Vault id", problem.vault_id),
        ("Region", problem.region),
        ("Item", problem.item_key),
        ("Workload", problem.workload),
        ("Tier", None if problem.tier is None else str(problem.tier)),
        ("Job ids", _some(problem.job_ids)),
        ("Error codes", _some(problem.error_codes)),
        ("Error family", problem.error_family),
        ("Recommendation", problem.recommendation),
        ("Evidence", _some(problem.evidence)),
        ("Exception", f"{problem.key}, episode {problem.episode}"),
    )
    return tuple((name, one_line(value)) for name, value in found if value)


def text_of(facts: Facts) -> str:
    """Facts as plain text, one a line."""
    return "\n".join(f"{name}: {value}" for name, value in facts)


def _nights(problem: Problem) -> str:
    return f" ({problem.nights} nights)" if problem.nights > 1 else ""


def _effect(problem: Problem) -> str:
    if problem.state in ENDED:
        return "none any more"
    if problem.class_ in _NO_POINT:
        return "no recovery point of this run is proven"
    return "not measured; see the evidence"


def _azure(problem: Problem) -> str:
    said = [", ".join(problem.error_codes[:MOST_IN_TEXT]), problem.recommendation or ""]
    return ": ".join(one for one in said if one) or "nothing"


def _next(problem: Problem, occasion: Occasion, team: Team, owner: Team, links: Links) -> str:
    default = "acknowledge it, find the cause, and run the backup again"
    step = _NEXT.get(occasion, default)
    who = owner.name if team.key == owner.key else f"{owner.name} owns it; {team.name} is told"
    found = (links.evidence_of(problem), links.runbook_of(problem))
    return " - ".join([f"{who}: {step}", *(one for one in found if one)])


def _some(values: Sequence[str]) -> str:
    more = len(values) - MOST_IN_TEXT
    return ", ".join(values[:MOST_IN_TEXT]) + (f" and {more} more, in the attachment" if more > 0 else "")


def _moment(value: datetime | None) -> str:
    return "not known" if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


PROBLEM_COLUMNS = (
    "exception",
    "episode",
    "class",
    "severity",
    "state",
    "item",
    "vault",
    "region",
    "workload",
    "first_seen",
    "bucket",
    "error_codes",
    "job_ids",
    "summary",
)


def row_of(problem: Problem) -> tuple[str, ...]:
    """A problem as a row of an attached CSV."""
    return (
        problem.key,
        str(problem.episode),
        problem.class_,
        problem.severity,
        problem.state,
        problem.item_key or problem.subject,
        problem.vault_name,
        problem.region or "",
        problem.workload or "",
        _moment(problem.first_seen),
        problem.bucket,
        " ".join(problem.error_codes),
        " ".join(problem.job_ids),
        one_line(problem.summary),
    )


def csv_of(problems: Iterable[Problem]) -> bytes:
    """Problems as CSV (RFC 4180); what a spreadsheet would take for a formula begins with an apostrophe."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(PROBLEM_COLUMNS)
    for problem in problems:
        writer.writerow([f"'{one}" if one.startswith(_FORMULA) else one for one in row_of(problem)])
    return sink.getvalue().encode()


DIGEST_COLUMNS = ("severity", "class", "item", "vault", "region", "since", "days", "state")


def digest_table(problems: Sequence[Problem]) -> tuple[tuple[str, ...], ...]:
    """The rows of a digest, names first; nothing where there is nothing."""
    if not problems:
        return ()
    rows = tuple(
        tuple(
            one_line(one)
            for one in (
                problem.severity,
                problem.class_.replace("_", " "),
                problem.subject,
                problem.vault_name,
                problem.region or "",
                _moment(problem.first_seen),
                problem.bucket,
                problem.state.replace("_", " "),
            )
        )
        for problem in problems
    )
    return (DIGEST_COLUMNS, *rows)


def digest_facts(
    problems: Sequence[Problem], ended: int, suppressed: int, where: Sequence[str], as_of: date, link: str | None
) -> Facts:
    """The lines of a digest; that nothing is open is said too, for silence tells nothing."""
    place = ", ".join(where) or "all that is yours"
    if not problems:
        first = ("Open", f"nothing is open in {place}")
    else:
        counts = Counter(problem.severity for problem in problems)
        told = ", ".join(f"{counts[one]} {one}" for one in _SEVERITIES if counts[one])
        first = ("Open", f"{len(problems)} in {place}: {told}")
    oldest = ", ".join(f"{one.subject} ({one.bucket} days)" for one in problems[:OLDEST])
    return tuple(
        (name, one_line(value))
        for name, value in (
            first,
            ("As of", f"night {as_of}"),
            ("Oldest", oldest or "none"),
            ("Ended", f"{ended} closed or withdrawn as of this night"),
            ("Suppressed", f"{suppressed} of the open ones, told only here"),
            *([("Evidence", link)] if link else []),
        )
    )
