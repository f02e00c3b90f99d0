"""Every figure of a rich pack, counted again by pandas from the packed tables alone, by definitions written a third time."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from evidence.packs.columns import plain
from evidence.packs.figures import DEFINITIONS, HEADLINES, figures_table
from evidence.packs.figures.drills import DRILLS
from evidence.packs.figures.objectives import OBJECTIVES
from evidence.packs.interface import Figure
from evidence.tables import ALL
from tests.packs.rich import DAYS, told

Number = tuple[int | None, int | None]


def frame(name: str) -> pd.DataFrame:
    return plain(told().selection.tables[name]).to_pandas()


def backups() -> pd.DataFrame:
    jobs = frame("jobs")
    return jobs[jobs.operation_kind == "backup"]


def status(word: str) -> Callable[[], Number]:
    return lambda: (int((backups().status == word).sum()), len(backups()))


def link(word: str) -> Callable[[], Number]:
    return lambda: (int((frame("restore_links").link == word).sum()), len(frame("restore_jobs")))


def asked(of: Callable[[pd.DataFrame], pd.Series]) -> Callable[[], Number]:
    def number() -> Number:
        calls = frame("calls")
        calls = calls[calls.evidence_grade == "A"]
        return int(of(calls).sum()), len(calls)

    return number


def with_point() -> Number:
    points = frame("recovery_points")
    made = points[points.recovery_point_at.notna() & points.event_night.between(DAYS[0], DAYS[3])]
    items = frame("protected_items").item_key.drop_duplicates()
    return int(items.isin(made.item_key).sum()), len(items)


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    found: Any = rows.to_dict("records")
    return list(found)


def quiet() -> tuple[pd.DataFrame, int]:
    whole = frame("coverage").query("kind == 'jobs' and outcome in ['collected', 'collected_zero']")
    read = set(zip(whole.night, whole.vault_id, strict=True))
    seen = [
        (row["item_key"], day.date())
        for row in records(frame("presence"))
        for span in row["seen"]
        for day in pd.date_range(*span.split("/"))
        if (day.date(), row["vault_id"]) in read
    ]
    points = records(frame("recovery_points"))
    heard = {(row["item_key"], row["event_night"]) for row in records(backups())}
    for row in records(backups()):
        candidates = row["item_candidates"]
        heard |= {(key, row["event_night"]) for key in (candidates if candidates is not None else [])}
    heard |= {(row["item_key"], row["event_night"]) for row in points if not pd.isna(row["recovery_point_at"])}
    windows = {run.night: (run.window_start, run.window_end) for run in told().selection.runs}
    for row in (one for one in points if not pd.isna(one["range_end_at"])):
        first, last = row["range_start_at"], row["range_end_at"]
        heard |= {(row["item_key"], night) for night, (start, end) in windows.items() if first < end and last > start}
    return pd.DataFrame([one for one in seen if one not in heard], columns=["item", "night"]), len(seen)


def lists(kind: str) -> Callable[[], Number]:
    def number() -> Number:
        rows = frame("coverage").query("kind == @kind")
        named = set(zip(rows.night, rows.vault_id, strict=True))
        named |= {(gap.night, gap.subject_id) for gap in told().judged.gaps if gap.kind == kind}
        whole = rows[rows.outcome.isin(["collected", "collected_zero"])].drop_duplicates(["night", "vault_id"])
        return len(whole), len(named) + 1 * 2  # one night without a run, two vaults

    return number


def gone() -> Number:
    rows = frame("coverage").query("kind == 'protected_items' and outcome in ['collected', 'collected_zero']")
    ends = rows.groupby("vault_id").night.max()
    present = frame("presence")
    return int((present.last_night < present.vault_id.map(ends)).sum()), len(present)


def differing(sources: list[str], things: list[str]) -> Callable[[], Number]:
    def number() -> Number:
        rows = frame("reconciliation")
        rows = rows[rows.compared_with.isin(sources) & rows.thing.isin(things)]
        made = rows[rows.difference == "compared"]
        if made.empty:
            return None, None
        differs = rows[~rows.difference.isin(["compared", "not_comparable"])]
        keys = ["night", "event_night", "thing", "thing_key", "compared_with"]
        return len(differs.drop_duplicates(keys)), int(made.things.sum())

    return number


def not_comparable() -> Number:
    rows = frame("reconciliation").difference
    return int((rows == "not_comparable").sum()), int(rows.isin(["compared", "not_comparable"]).sum())


def largest(*keys: str) -> Callable[[], Number]:
    def number() -> Number:
        failed = backups()[backups().status == "Failed"].copy()
        failed["error"] = [
            next(iter(row["error_titles"]), None) or next(iter(row["error_codes"]), None) for row in records(failed)
        ]
        failed["item"] = failed.item_key.fillna(failed.entity_friendly_name)
        return int(failed.groupby(list(keys), dropna=False).size().max()), len(failed)

    return number


def oddities(what: str) -> pd.DataFrame:
    return frame("oddities").query("what == @what")


def outcomes(*words: str) -> Callable[[], Number]:
    def number() -> Number:
        due = frame("slots").query("outcome != 'not_expected'")
        return int(due.outcome.isin(words).sum()), len(due)

    return number


def recovery() -> Number:
    rows = frame("slots").query("outcome == 'failed_recovered'").dropna(subset=["recovered_at"])
    minutes = (rows.recovered_at - rows.slot_at).dt.total_seconds() / 60
    return (None if rows.empty else int(minutes.median())), None


def hints() -> Number:
    standing = frame("exceptions").query("state not in ['closed', 'withdrawn']")
    return int(standing.hint.sum()), len(standing)


AGAIN: dict[str, Callable[[], Number]] = {
    "F-01": lambda: (told().judged.vaults_read, told().judged.vaults_expected),
    "F-02": lambda: (3, 4),
    "F-03": lambda: (len(frame("jobs")), None),
    "F-04": status("Completed"),
    "F-05": status("Failed"),
    "F-06": status("CompletedWithWarnings"),
    "F-07": lambda: (int((~backups().status.isin(["Completed", "Failed", "CompletedWithWarnings"])).sum()), len(backups())),
    "F-08": with_point,
    "F-09": lambda: (len(quiet()[0]), quiet()[1]),
    "F-10": lambda: (int(frame("restore_links").link.isin(["id", "exact", "range"]).sum()), len(frame("restore_jobs"))),
    "F-11": lambda: (int(frame("jobs").item_link.isin(["ambiguous", "unlinked"]).sum()), len(frame("jobs"))),
    "F-12": asked(lambda calls: calls.outcome == "ok"),
    "F-13": lambda: (int((frame("jobs").evidence_grade != "A").sum()), len(frame("jobs"))),
    "F-14": differing(["resource_graph"], ["vault", "item", "job"]),
    "F-15": differing(["resource_graph"], ["resource"]),
    "F-16": differing(["approved", "inventory"], ["subscription", "vault", "item", "resource"]),
    "F-17": not_comparable,
    "F-18": lists("jobs"),
    "F-19": lists("protected_items"),
    "F-20": lambda: (frame("protected_items").item_key.nunique(), None),
    "F-21": gone,
    "F-22": lambda: (int(frame("jobs").status.isin(["InProgress", "Cancelling"]).sum()), len(frame("jobs"))),
    "F-23": lambda: (len(frame("restore_jobs")), None),
    "F-24": link("id"),
    "F-25": link("exact"),
    "F-26": link("range"),
    "F-27": link("inferred"),
    "F-28": link("ambiguous"),
    "F-29": link("unlinked"),
    "F-31": lambda: (len(told().judged.gaps), None),
    "F-32": lambda: (sum(gap.essential for gap in told().judged.gaps), len(told().judged.gaps)),
    "F-33": asked(lambda calls: calls.attempts > 1),
    "F-34": asked(lambda calls: calls.status == 429),
    "F-35": lambda: (int((frame("calls").clock_skew_s.abs() > 300).sum()), int(frame("calls").clock_skew_s.notna().sum())),
    "F-36": lambda: (len({gap.night for gap in told().judged.gaps if gap.outcome == "not_observed_then"}), 4),
    "F-37": lambda: (2, None),
    "F-38": asked(lambda calls: calls.outcome == "unreadable"),
    "F-39": lambda: (oddities("drift").sentence.nunique(), None),
    "F-40": lambda: (int(oddities("element")["count"].sum()), None),
    "F-41": lambda: (int(oddities("value")["count"].sum()), None),
    "F-42": lambda: (len(frame("activity")), None),
    "F-43": lambda: (int(frame("activity").operation_kind.isin(["policy", "protection", "vault"]).sum()), len(frame("activity"))),
    "F-44": lambda: (int((frame("policies").groupby("policy_id").size() > 1).sum()), frame("policies").policy_id.nunique()),
    "F-45": largest("vault_id", "workload", "error"),
    "F-46": largest("vault_id", "item"),
    "F-47": lambda: ((with_point()[1] or 0) - (with_point()[0] or 0), with_point()[1]),
    "F-48": lambda: (quiet()[0].item.nunique(), len(frame("presence"))),
    "F-49": lambda: (len(backups()), len(frame("jobs"))),
    "F-50": lambda: (int((frame("calls").evidence_grade != "A").sum()), None),
    "F-51": outcomes("success", "failed_recovered"),
    "F-52": outcomes("pending", "unknown"),
    "F-53": lambda: (outcomes("failed_recovered")()[0], outcomes("failed", "failed_recovered")()[0]),
    "F-54": recovery,
    "F-55": lambda: (int(frame("canaries").found.sum()), len(frame("canaries"))),
    "F-56": lambda: (int(frame("canaries").silent_on_healthy.sum()), len(frame("canaries"))),
    "F-57": hints,
    "F-58": lambda: (len(frame("not_compared")), None),
}  # fmt: skip


def by_anchor() -> dict[str, Figure]:
    return {figure.anchor: figure for figure in told().figures}


@pytest.mark.parametrize("anchor", AGAIN)
def test_a_figure_is_what_pandas_counts(anchor: str) -> None:
    found = by_anchor()[anchor]
    expected = AGAIN[anchor]()
    if found.count is None:
        assert expected[0] in (0, None), found
    else:
        assert (found.count, found.denominator) == expected, found.label


def test_the_rich_period_is_rich() -> None:
    """Most figures count something, so that counting nothing would be seen."""
    empty = {figure.anchor for figure in told().figures if not figure.count}
    assert empty <= {"F-01", "F-13", "F-14", "F-16", "F-22", "F-24", "F-26", "F-27", "F-28", "F-33", "F-34", "F-35", "F-38", "F-39", "F-40", "F-41", "F-42", "F-43", "F-44", "F-50", "F-57"}  # fmt: skip


def test_every_figure_of_an_audit_pack_is_counted_again_here() -> None:
    assert set(AGAIN) == set(by_anchor()) == set(DEFINITIONS) - {"F-30", *DRILLS, *OBJECTIVES}
    assert set(HEADLINES) <= set(DEFINITIONS)


def test_anchors_keep_their_meaning() -> None:
    """A name that changes here changes what packs of two years seem to say: give the new meaning a new anchor."""
    assert [f"F-{place:02d}" for place in range(1, 92)] == list(DEFINITIONS)
    names = {anchor: DEFINITIONS[anchor].name for anchor in ("F-01", "F-03", "F-05", "F-08", "F-12", "F-18", "F-31")}
    assert names == {
        "F-01": "Vaults whose job and item lists were read on every night",
        "F-03": "Jobs that began in the period",
        "F-05": "Backup jobs failed",
        "F-08": "Protected items with a recovery point made in the period",
        "F-12": "Questions to Azure that were answered",
        "F-18": "Job lists read whole",
        "F-31": "Gaps",
    }


def test_each_definition_names_a_file_and_columns_that_there_are() -> None:
    for anchor, one in DEFINITIONS.items():
        assert one.counted.endswith("."), anchor
        if one.file == "completeness.json":
            continue
        columns = set(ALL[one.file].names()) | {"all", "seen"}
        words = re.findall(r"[a-z]+_[a-z_]+", one.rows.split(" against ")[0])
        named = {word for word in words if any(word in table.names() for table in ALL.values())}
        assert named <= columns | {"recovery_point_at", "event_night", "protected_items"}, anchor


def test_percentages_are_rounded_down_and_print_both_numbers() -> None:
    nearly = Figure("F-04", "x", 1999, 2000, "", share=True)
    assert (nearly.value, nearly.percent) == ("99.9 % (1,999 of 2,000)", 99.9)
    assert Figure("F-04", "x", 0, 0, "", share=True).value == "0 of 0"
    assert Figure("F-04", "x", None, None, "", share=True).cited == "unknown [F-04]"


def test_the_table_says_what_the_figures_say() -> None:
    rows = {row["anchor"]: row for row in figures_table(told().figures).to_pylist()}
    assert {anchor: row["value"] for anchor, row in rows.items()} == {one.anchor: one.value for one in told().figures}
    assert rows["F-04"]["percent"] == by_anchor()["F-04"].percent
    assert rows["F-16"]["numerator"] is None
    assert rows["F-16"]["value"] == "unknown"
