"""The figures of the nightly judgement: F-51 on. Data."""

from __future__ import annotations

from collections.abc import Mapping

from evidence.packs.figures.definition import Definition

OF_SLOTS, OF_EXCEPTIONS, OF_CANARIES, OF_MISSED = "slots", "exceptions", "canaries", "not_compared"
_DUE = "outcome other than not_expected"

JUDGEMENT: Mapping[str, Definition] = {
    "F-51": Definition(
        "Expected runs that are proven",
        "By a completed job and its recovery point.",
        "runs",
        "Runs with outcome success or failed_recovered, of all that were due.",
        OF_SLOTS,
        f"outcome in success, failed_recovered; of {_DUE}",
        share=True,
    ),
    "F-52": Definition(
        "Expected runs of which it is not known what came of them",
        "Neither good nor bad.",
        "runs",
        "Runs with outcome pending or unknown, of all that were due.",
        OF_SLOTS,
        f"outcome in pending, unknown; of {_DUE}",
        "unknown",
    ),
    "F-53": Definition(
        "Expected runs that failed first and were recovered by a later job",
        "The failed attempts count as failed jobs; the run is good.",
        "runs",
        "Runs with outcome failed_recovered, of those with outcome failed or failed_recovered.",
        OF_SLOTS,
        "outcome = failed_recovered; of outcome in failed, failed_recovered",
    ),
    "F-54": Definition(
        "Minutes to recovery, median",
        "From when the run was due to the end of the job that recovered it.",
        "minutes",
        "Median of recovered_at less slot_at of runs with outcome failed_recovered, rounded down to whole minutes.",
        OF_SLOTS,
        "outcome = failed_recovered; recovered_at not null",
    ),
    "F-55": Definition(
        "Trials in which a detector found what was planted for it",
        "What a detector that failed its trial says of that night cannot be relied upon.",
        "trials",
        "Rows with found, of all; one row a detector and night.",
        OF_CANARIES,
        "found = true",
        all_or_bad=True,
    ),
    "F-56": Definition(
        "Trials in which a detector was silent where nothing was planted",
        "A detector that accuses what is healthy proves nothing either.",
        "trials",
        "Rows with silent_on_healthy, of all; one row a detector and night.",
        OF_CANARIES,
        "silent_on_healthy = true",
        all_or_bad=True,
    ),
    "F-57": Definition(
        "Hints among the exceptions that stood at the end",
        "They tell where to look and decide nothing.",
        "exceptions",
        "Exceptions with hint, of all whose state is neither closed nor withdrawn.",
        OF_EXCEPTIONS,
        "hint = true; state not in closed, withdrawn",
    ),
    "F-58": Definition(
        "Comparisons for drift and growth that could not be made",
        "What was not compared may have changed.",
        "comparisons",
        "Rows of not_compared.",
        OF_MISSED,
        "all",
        "unknown",
    ),
}
