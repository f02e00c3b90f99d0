"""The chapter of cards: one a drill of the quarter, its time drawn against its objective, each fact with its grade. Pure.

Not here: coverage (`drills`), certificates (`drill_certificates`). Invariants: the job's time stands apart and is never called a recovery time; what was not stated is
said not to be; no drill of the quarter is without a card where there are not very many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from evidence.packs.chapters.drill_rows import (
    MOST_CARDS,
    Row,
    by_drill,
    quarters_drills,
    rows_of,
    span,
    state_of,
    tier_of,
)
from evidence.packs.chapters.drill_tables import deviations_of, executions_of, sign_offs_of, validations_of
from evidence.packs.chapters.material import Material
from evidence.packs.charts.values import DrillLine
from evidence.packs.interface import Card, GradedFact, ReportTable, Section
from evidence.packs.texts import joined, moment, text
from evidence.tables import DEVIATIONS, DRILL_EXECUTIONS, SIGNOFFS, VALIDATIONS

_GRADES = (
    "The letter beside a fact is the grade of its evidence: A Azure's own record, B an uploaded file or a signed statement, C a person's statement. A fact without a letter "
    "follows from others, or was fixed when the drill was planned."
)
_LINES = (
    "The line of time runs from the declared loss to the usable service; the thick tick is the objective. A filled dot met it, a hollow one with ! did not, ? was not measured. "
    "The bar below is the restore job alone: its time is no recovery time, and is compared with no objective."
)


def cards_chapter(of: Material) -> Section:
    """The chapter; pure."""
    drills = quarters_drills(of)
    parts = [by_drill(rows_of(of, table)) for table in (DRILL_EXECUTIONS, VALIDATIONS, DEVIATIONS, SIGNOFFS)]
    shown = _chosen(drills)
    cards = tuple(_card(of, number, row, parts) for number, row in enumerate(shown, 1))
    more = f"Of {len(drills):,} drills {len(shown):,} have a card: those that were not simply accepted first. All stand in data/drills.csv."
    sentences = (_GRADES, _LINES) if drills else ("No drill was planned for the quarter, so there is no card.",)
    return Section("S-31", "Drill cards", (*sentences, *((more,) if len(shown) < len(drills) else ())), cards=cards)


def _chosen(drills: Sequence[Row]) -> Sequence[Row]:
    """All drills; of very many those that need a reader first, in the order of their ids."""
    if len(drills) <= MOST_CARDS:
        return drills
    first = sorted(drills, key=lambda row: (row["state"] == "accepted", str(row["drill_id"])))[:MOST_CARDS]
    return sorted(first, key=lambda row: str(row["drill_id"]))


def _card(of: Material, number: int, row: Row, parts: Sequence[Mapping[str, Sequence[Row]]]) -> Card:
    name = str(row["drill_id"])
    words, tone = state_of(row)
    executions, validations, deviations, sign_offs = (found.get(name, ()) for found in parts)
    tables = (
        *_told(executions_of(of, number, executions)),
        *_told(validations_of(of, number, validations)),
        *_told(deviations_of(of, number, deviations)),
        *_told(sign_offs_of(of, number, sign_offs)),
    )
    return Card(
        anchor=f"DC-{number:04d}",
        title=f"{name} · {text(row['name'])}",
        subtitle=_subtitle(of, row),
        state=words,
        tone=tone,
        facts=tuple(_facts(row)),
        sentences=tuple(_sentences(row, executions, validations, sign_offs)),
        line=line_of(row),
        tables=tables,
    )


def _told(table: ReportTable | None) -> tuple[ReportTable, ...]:
    return () if table is None else (table,)


def _subtitle(of: Material, row: Row) -> str:
    application = f", application {row['application']}" if row["application"] else ""
    plan = f"plan {row['plan_id']}" if row["plan_id"] else "outside a plan"
    return (
        f"{text(row['workload'])}, {tier_of(row)}{application}, {text(row['drill_type'])}, vault {of.vault(row['vault_id'])}, {plan}. "
        f"Due because: {_said(row['reason'])}."
    )


def _facts(row: Row) -> Iterator[GradedFact]:
    yield GradedFact("Window (UTC)", f"{_minute(row['window_start'])} to {_minute(row['window_end'])}")
    yield GradedFact("Tester", text(row["tester"]))
    if row["executions"]:
        yield from _measured(row)
    yield GradedFact("Checks demanded", joined(row["needs"], "; "), wide=True)
    if row["executions"]:
        gone = f"gone since {moment(row['clean_up_at'])}, known by {row['clean_up']}"
        yield GradedFact(
            "Restored copy",
            gone if row["clean_up"] else "not told to be gone",
            str(row["clean_up_grade"] or ""),
            wide=True,
        )
    held = f"{row['record_sha256']}, {row['record_is']}, {row['events']} events"
    yield GradedFact("Record, SHA-256", held, mono=True, wide=True)


def _measured(row: Row) -> Iterator[GradedFact]:
    stated = "C" if row["declared_loss_at"] else ""
    yield GradedFact("Recovery point", moment(row["recovery_point_at"]), str(row["point_grade"] or ""))
    yield GradedFact("Declared loss", moment(row["declared_loss_at"]), stated)
    yield GradedFact("Restore job began", moment(row["restore_began_at"]), str(row["job_grade"] or ""))
    yield GradedFact("Restore job ended", moment(row["restore_ended_at"]), str(row["job_grade"] or ""))
    yield GradedFact("Service usable", moment(row["usable_at"]), "C" if row["usable_at"] else "")
    yield GradedFact("Job time alone", f"{span(row['job_s'])}; no recovery time", str(row["job_grade"] or ""))
    yield GradedFact(
        "Recovery time",
        _against(row, "recovery_time_s", "rto_s", "rto_reached"),
        _measure_grade(row, "recovery_time_s"),
    )
    yield GradedFact(
        "Data loss", _against(row, "data_loss_s", "rpo_s", "rpo_reached"), _measure_grade(row, "data_loss_s")
    )


def _measure_grade(row: Row, column: str) -> str:
    """A measure rests on a stated moment, so it is no better than a person's word."""
    return "" if row[column] is None else "C"


def _against(row: Row, took: str, target: str, reached: str) -> str:
    objective = "" if row[target] is None else f" of {span(row[target])}"
    achieved = (
        f"{span(row[took])}{objective}: "
        if row[took] is not None
        else f"objective{objective.removeprefix(' of')}: "
        if objective
        else ""
    )
    return f"{achieved}{row[reached]}"


def _sentences(
    row: Row, executions: Sequence[Row], validations: Sequence[Row], sign_offs: Sequence[Row]
) -> Iterator[str]:
    """What is not there, and how it ended, in words."""
    state = row["state"]
    if row["retest_of"]:
        yield f"Retest of {row['retest_of']}."
    if row["superseded_by"]:
        yield f"Its record was superseded by that of {row['superseded_by']}, and counts no more."
    if state == "missed":
        yield "Missed: its window and grace passed, and no completed restore of its item was found."
    if state == "waived":
        yield f"Waived until {text(row['waived_until'])} by {text(row['waived_by'])}: {_said(row['waiver_reason'])}."
    if state == "cancelled":
        yield f"Cancelled: {_said(row['remark'])}."
    elif row["remark"]:
        yield f"Remarked: {_said(row['remark'])}."
    if not row["rpo_applies"]:
        yield f"No recovery point objective applies: {_said(row['rpo_exempt_because'])}."
    ended = state in {"missed", "waived", "cancelled"}
    lacking = [
        word
        for word, found in (("restore", executions), ("validation", validations), ("sign-off", sign_offs))
        if not found
    ]
    if lacking and not ended:
        yield f"Nothing is recorded of: {', '.join(lacking)}."


def _said(value: object) -> str:
    """What somebody typed, without its last full stop."""
    return text(value).rstrip().removesuffix(".")


def _minute(value: object) -> str:
    """`2026-07-06 08:00Z`: windows are planned by the minute."""
    return value.strftime("%Y-%m-%d %H:%MZ") if isinstance(value, datetime) else text(None)


def line_of(row: Row) -> DrillLine | None:
    """The line of time, in minutes from the declared loss; None where no loss was declared."""
    loss = row["declared_loss_at"]
    if not isinstance(loss, datetime):
        return None
    began, ended, usable = (_minutes(row[name], loss) for name in ("restore_began_at", "restore_ended_at", "usable_at"))
    target = row["rto_s"] / 60 if isinstance(row["rto_s"], int) else None
    met = {"met": True, "missed": False}.get(str(row["rto_reached"]))
    job = (began, ended) if began is not None and ended is not None and began <= ended else None
    says = f"Recovery time {_against(row, 'recovery_time_s', 'rto_s', 'rto_reached')}. The restore job alone took {span(row['job_s'])}."
    return DrillLine(says, job, usable if usable is not None and usable >= 0 else None, target or None, met)


def _minutes(at: object, since: datetime) -> float | None:
    return (at - since) / timedelta(minutes=1) if isinstance(at, datetime) else None
