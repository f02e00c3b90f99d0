"""What each figure counts, in words and by the columns of the packed tables. Data, and nothing but data.

Not here: counting (`counting`, `numbers`). Invariant: an anchor never changes its meaning; a figure that is counted otherwise gets a
new anchor at the end, so that packs of different years can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidence.normalize.doubts import MOST_SKEW_S
from evidence.records import Kind

JOBS, ITEMS, POINTS = (Kind.JOBS,), (Kind.PROTECTED_ITEMS,), (Kind.RECOVERY_POINTS, Kind.PROTECTED_ITEMS)
_COMPLETENESS, _JOBS, _ITEMS, _CALLS = "completeness.json", "jobs", "protected_items", "calls"
_COVERAGE, _LINKS, _COMPARED, _ODD = "coverage", "restore_links", "reconciliation", "oddities"
BACKUPS = "operation_kind = backup"
FIRST_HAND = "evidence_grade = A"


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure: its words, and what it means that there are any, or not all."""

    name: str
    note: str
    unit: str
    """In the plural."""
    counted: str
    """How it is counted."""
    file: str
    """Table, or file under `data/` with its ending."""
    rows: str
    """Which rows."""
    if_any: str = "plain"
    """Tone where the number is not zero."""
    all_or_bad: bool = False
    """Good where all are there, bad where not."""
    rests_on: tuple[Kind, ...] = ()
    """Kinds that must have been read for the number to mean anything."""
    share: bool = False
    """Whether the report prints the share in percent too."""

    @property
    def path(self) -> str:
        """Path of the file in the pack."""
        return f"data/{self.file}" if "." in self.file else f"data/parquet/{self.file}.parquet"


def _status(name: str, note: str, status: str, if_any: str = "plain", *, share: bool = False) -> Definition:
    counted = f"Backup jobs whose last known status is {status}, of all backup jobs that began in the period."
    rows = f"{BACKUPS}; status = {status}"
    return Definition(name, note, "backup jobs", counted, _JOBS, rows, if_any, rests_on=JOBS, share=share)


def _link(grade: str, note: str, if_any: str = "plain") -> Definition:
    counted = f"Restore jobs whose link to a recovery point has the grade {grade}, of all restore jobs."
    name = f"Restore jobs with link {grade}"
    return Definition(name, note, "restore jobs", counted, _LINKS, f"link = {grade}", if_any, rests_on=JOBS)


def _compared(name: str, note: str, rows: str) -> Definition:
    counted = "Things that differ, each once a night, of the things that whole comparisons compared."
    return Definition(name, note, "things", counted, _COMPARED, rows, "warning")


def _answers(name: str, note: str, rows: str, counted: str) -> Definition:
    return Definition(name, note, "questions", counted, _CALLS, f"{FIRST_HAND}; {rows}", "warning")


def _odd(name: str, what: str, counted: str, unit: str) -> Definition:
    note = "Kept as received; nothing is dropped."
    return Definition(name, note, unit, counted, _ODD, f"what = {what}", "warning")


DEFINITIONS: Mapping[str, Definition] = {
    "F-01": Definition(
        "Vaults whose job and item lists were read on every night",
        "A vault that was not read can hide failures.",
        "vaults",
        "Vaults without an essential gap on any night, of all vaults that a night met or that the scope names.",
        _COMPLETENESS,
        "vaults_read of vaults_expected",
        all_or_bad=True,
    ),
    "F-02": Definition(
        "Nights sealed",
        "A night is sealed when its run is in the ledger.",
        "nights",
        "Nights of the period with a sealed run, of all its nights.",
        _COMPLETENESS,
        "nights_sealed of nights_expected",
        all_or_bad=True,
    ),
    "F-03": Definition(
        "Jobs that began in the period",
        "All operations, each counted once in its last known state.",
        "jobs",
        "Rows of jobs.",
        _JOBS,
        "all",
        rests_on=JOBS,
    ),
    "F-04": _status("Backup jobs completed", "Azure's status Completed.", "Completed", share=True),
    "F-05": _status("Backup jobs failed", "Azure's status Failed; a later retry is a job of its own.", "Failed", "bad"),
    "F-06": _status(
        "Backup jobs completed with warnings",
        "Not counted as success: every such job on record left a snapshot and no copy in the vault.",
        "CompletedWithWarnings",
        "warning",
    ),
    "F-07": Definition(
        "Backup jobs running, cancelled, or in another or no known state",
        "Their outcome is not a success.",
        "backup jobs",
        "Backup jobs in any other status than the three above, or in none, of all backup jobs.",
        _JOBS,
        f"{BACKUPS}; status is none of Completed, CompletedWithWarnings, Failed, or null",
        "warning",
        rests_on=JOBS,
    ),
    "F-08": Definition(
        "Protected items with a recovery point made in the period",
        "Points that can be recovered; ranges of log backups are not counted here.",
        "items",
        "Items of protected_items with a row of recovery_points made in the period, of all items.",
        _ITEMS,
        "item_key in recovery_points with recovery_point_at not null and event_night in the period",
        rests_on=POINTS,
        share=True,
    ),
    "F-09": Definition(
        "Pairs of item and night with neither a backup job nor a point",
        "Not judged: whether a run was due is not known to this pack.",
        "pairs",
        "Of the pairs of item and night in presence where coverage says that the vault's job list was read whole: those without "
        "a backup job of the night (item_key or item_candidates), a point of it, or a range that reaches into it.",
        "presence",
        "nights in `seen`, against jobs, recovery_points and coverage",
        "unknown",
        rests_on=(Kind.PROTECTED_ITEMS, Kind.JOBS),
    ),
    "F-10": Definition(
        "Restore jobs linked to their recovery point beyond doubt",
        "Link id, exact or range; inferred, ambiguous and unlinked ones are listed.",
        "restore jobs",
        "Restore jobs whose link is id, exact or range, of all restore jobs.",
        _LINKS,
        "link in id, exact, range",
        rests_on=JOBS,
        share=True,
    ),
    "F-11": Definition(
        "Jobs whose item cannot be told",
        "Several items fit, or none: Azure sends no item id with SQL, HANA and Files jobs.",
        "jobs",
        "Jobs whose item_link is ambiguous or unlinked, of all jobs.",
        _JOBS,
        "item_link in ambiguous, unlinked",
        "warning",
        rests_on=JOBS,
    ),
    "F-12": Definition(
        "Questions to Azure that were answered",
        "Each is listed in data/calls.csv.",
        "questions",
        "Calls with outcome ok, of all calls to Azure.",
        _CALLS,
        f"{FIRST_HAND}; outcome = ok",
        all_or_bad=True,
    ),
    "F-13": Definition(
        "Jobs known from uploaded files alone (grade B)",
        "A person saved them; Azure's own answers never told them. Counted above with the others.",
        "jobs",
        "Jobs whose evidence grade is not A, of all jobs.",
        _JOBS,
        "evidence_grade is not A",
        "warning",
    ),
    "F-14": _compared(
        "Vaults, items and jobs that vaults and Resource Graph tell differently",
        "Night by night; each is in data/reconciliation.csv with both sides.",
        "compared_with = resource_graph; thing in vault, item, job",
    ),
    "F-15": _compared(
        "Resources that could be protected and that nothing protects",
        "Night by night; as far as Resource Graph shows them to the identity.",
        "compared_with = resource_graph; thing = resource",
    ),
    "F-16": _compared(
        "Differences from the approved list or the inventory",
        "Night by night: subscriptions, vaults, items and resources.",
        "compared_with in approved, inventory",
    ),
    "F-17": Definition(
        "Comparisons that could not be made",
        "One side was not read whole; the reasons are listed.",
        "comparisons",
        "Comparisons that could not be made, of all that were due.",
        _COMPARED,
        "difference = not_comparable of difference in compared, not_comparable",
        "warning",
    ),
    "F-18": Definition(
        "Job lists read whole",
        "One list a vault and night.",
        "lists",
        "Pairs of night and vault whose job list was read whole, of all that coverage or a gap names, and of every vault for each "
        "night without a sealed run.",
        _COVERAGE,
        "kind = jobs; outcome in collected, collected_zero; by night and vault_id",
        all_or_bad=True,
    ),
    "F-19": Definition(
        "Item lists read whole",
        "One list a vault and night.",
        "lists",
        "The same of the lists of protected items.",
        _COVERAGE,
        "kind = protected_items; outcome in collected, collected_zero; by night and vault_id",
        all_or_bad=True,
    ),
    "F-20": Definition(
        "Protected items in the population",
        "Seen on any night of the period.",
        "items",
        "Different item keys of protected_items.",
        _ITEMS,
        "all",
        rests_on=ITEMS,
    ),
    "F-21": Definition(
        "Protected items no longer seen at the end",
        "Deleted, moved or no longer protected; their recovery points may be kept.",
        "items",
        "Items last seen before the last night on which their vault's item list was read whole, of all items in presence.",
        "presence",
        "last_night before the last night in coverage with kind = protected_items read whole for its vault_id",
        rests_on=ITEMS,
    ),
    "F-22": Definition(
        "Jobs that had not ended when they were last seen",
        "Neither a success nor a failure.",
        "jobs",
        "Jobs of any operation with a status that is not final, of all jobs.",
        _JOBS,
        "status in Cancelling, InProgress",
        "warning",
        rests_on=JOBS,
    ),
    "F-23": Definition(
        "Restore jobs that began in the period",
        "Whether one was a drill or a production recovery is not judged.",
        "restore jobs",
        "Rows of restore_jobs.",
        "restore_jobs",
        "all",
        rests_on=JOBS,
    ),
    "F-24": _link("id", "Azure's own id of the point."),
    "F-25": _link("exact", "The one point of that item whose time equals the job's to the second."),
    "F-26": _link("range", "Inside a range of log backups."),
    "F-27": _link("inferred", "The nearest point before the job's time: likely, not proven.", "warning"),
    "F-28": _link("ambiguous", "Several points fit: proves nothing about the point restored.", "warning"),
    "F-29": _link(
        "unlinked", "No point fits, or the job tells none: proves nothing about the point restored.", "warning"
    ),
    "F-30": Definition(
        "Jobs of earlier nights seen in another state since",
        "The earlier packs stay as they were sealed.",
        "jobs",
        "Rows of restated.",
        "restated",
        "all",
    ),
    "F-31": Definition(
        "Gaps",
        "A gap is not an empty list: what lies behind it is unknown.",
        "gaps",
        "Entries of gaps.",
        _COMPLETENESS,
        "gaps",
        "warning",
    ),
    "F-32": Definition(
        "Gaps that make the pack INCOMPLETE",
        "A night, a list of vaults, a job list or an item list.",
        "gaps",
        "Gaps whose kind is null, subscriptions, vaults, backup_vaults, jobs or protected_items, of all gaps.",
        _COMPLETENESS,
        "gaps by kind",
        "bad",
    ),
    "F-33": _answers(
        "Questions asked more than once",
        "Azure throttled them, or a connection or a service failed.",
        "attempts > 1",
        "Calls with more than one attempt, of all calls to Azure.",
    ),
    "F-34": _answers(
        "Questions refused by throttling for good",
        "What they would have told was not read that night.",
        "status = 429",
        "Calls whose last answer had status 429, of all calls to Azure.",
    ),
    "F-35": _answers(
        "Questions answered by a clock far from ours",
        "A job near a cut-over may belong to the other night.",
        f"clock_skew_s above {MOST_SKEW_S:.0f} or below -{MOST_SKEW_S:.0f}, of those where it is not null",
        f"Calls whose answer's clock was more than {MOST_SKEW_S:.0f} s from ours, of those that told the time.",
    ),
    "F-36": Definition(
        "Nights captured late",
        "Items, policies and settings of then were not observed; jobs and points were.",
        "nights",
        "Nights with a gap of outcome not_observed_then, of all nights.",
        _COMPLETENESS,
        "gaps with outcome = not_observed_then, by night",
        "warning",
    ),
    "F-37": Definition(
        "Vaults listed that the configuration leaves out",
        "Excluded by patterns; nothing in this pack tells anything of them.",
        "vaults",
        "The greatest number that any night's list of vaults told, summed over subscriptions and kinds of vault.",
        _COVERAGE,
        "kind in vaults, backup_vaults; reason tells how many are outside the configured patterns",
    ),
    "F-38": _answers(
        "Answers that were not what they must be",
        "Kept as received, and not read.",
        "outcome = unreadable",
        "Calls with outcome unreadable, of all calls to Azure.",
    ),
    "F-39": _odd(
        "Sorts of keys, types or words never seen before", "drift", "Different sentences of what = drift.", "sorts"
    ),
    "F-40": _odd("Elements of answers that were not read", "element", "Sum of count.", "elements"),
    "F-41": _odd("Values of answers that were not read", "value", "Sum of count.", "values"),
    "F-42": Definition(
        "Control-plane events in the period",
        "What the Activity Log shows to the identity.",
        "events",
        "Rows of activity.",
        "activity",
        "all",
    ),
    "F-43": Definition(
        "Control-plane events that changed policies, protection or vaults",
        "As the Activity Log tells it, which only shows what the identity may read.",
        "events",
        "Events of these kinds, of all.",
        "activity",
        "operation_kind in policy, protection, vault",
        "warning",
    ),
    "F-44": Definition(
        "Policies that were seen with more than one content",
        "Each content is a row of data/policies.csv with its SHA-256.",
        "policies",
        "Policy ids with two or more rows, of all policy ids.",
        "policies",
        "by policy_id",
        "warning",
        rests_on=(Kind.POLICIES,),
    ),
    "F-45": Definition(
        "Failed backup jobs of the most frequent cause",
        "One vault, one workload and one error.",
        "backup jobs",
        "The largest group of failed backup jobs by vault, workload and first error title (else code), of all failed ones.",
        _JOBS,
        f"{BACKUPS}; status = Failed; by vault_id, workload, error_titles[0] or error_codes[0]",
        "bad",
        rests_on=JOBS,
    ),
    "F-46": Definition(
        "Failed backup jobs of the item that failed most often",
        "An item whose jobs cannot be told is named as its jobs name it.",
        "backup jobs",
        "The largest group of failed backup jobs by vault and item_key (else entity_friendly_name), of all failed ones.",
        _JOBS,
        f"{BACKUPS}; status = Failed; by vault_id, item_key or entity_friendly_name",
        "bad",
        rests_on=JOBS,
    ),
    "F-47": Definition(
        "Protected items without a recovery point made in the period",
        "Not judged: whether one was due is not known to this pack.",
        "items",
        "The other items of the figure above, of all items.",
        _ITEMS,
        "item_key not in recovery_points with recovery_point_at not null and event_night in the period",
        "unknown",
        rests_on=POINTS,
    ),
    "F-48": Definition(
        "Protected items that were silent on any night",
        "Not judged: whether a run was due is not known to this pack.",
        "items",
        "Different items among the silent pairs, of all items in presence.",
        "presence",
        "as F-09, by item_key",
        "unknown",
        rests_on=(Kind.PROTECTED_ITEMS, Kind.JOBS),
    ),
    "F-49": Definition(
        "Backup jobs that began in the period",
        "Each attempt is a job of its own.",
        "jobs",
        "Jobs of operation kind backup, of all jobs.",
        _JOBS,
        BACKUPS,
        rests_on=JOBS,
    ),
    "F-50": Definition(
        "Files that people uploaded",
        "They fill what Azure's own answers never told, never replace one, and change no coverage.",
        "files",
        "Calls whose evidence grade is not A.",
        _CALLS,
        "evidence_grade is not A",
    ),
}
"""By anchor."""
HEADLINES = ("F-01", "F-02", "F-04", "F-05", "F-08", "F-10")
"""The six of the second page."""
