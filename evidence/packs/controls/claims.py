"""The claims that every pack makes of its own rows, each with the procedure that judges it.

Not here: counting (`judged`), the controls that a claim bears on (`reading`). Invariant: a claim's key never changes
its meaning; what is asserted anew gets a key of its own, for control maps and auditors' papers name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from evidence.records import Kind


class Result(StrEnum):
    """How a claim came out."""

    MET = "met"
    EXCEPTIONS = "exceptions"
    NOT_ESTABLISHED = "not established"
    """Something of it is unknown, or there was nothing to judge: never `met`."""


def result_of(population: int, exceptions: int, unknown: int, unread: int) -> Result:
    """What counts amount to; `unread` are lists that could hide more."""
    if exceptions:
        return Result.EXCEPTIONS
    return Result.NOT_ESTABLISHED if unknown or unread or not population else Result.MET


@dataclass(frozen=True, slots=True)
class Claim:
    """One assertion, what it is about and how it is judged."""

    key: str
    sentence: str
    procedure: str
    """Which rows of which file are counted, so that anybody can count again."""
    unit: str
    """What the population is made of, in the plural."""
    exception: str | None
    """What is said of an exception, after its number; None where there can be none."""
    unknown: str | None
    """The same of what is unknown."""
    files: tuple[str, ...]
    """Names of tables, or paths of other data files."""
    rests_on: tuple[Kind, ...] = ()
    """Kinds that must have been read whole."""


_COVERAGE = "completeness.json"
_OF_JOBS = (Kind.JOBS,)
_CLAIMS = (
    Claim(
        "nights-captured",
        "Every night of the period was captured and sealed.",
        "Nights of the period against runs that the ledger names as sealed (completeness.json: nights_sealed of nights_expected).",
        "nights",
        "were not sealed",
        None,
        ("coverage", _COVERAGE),
    ),
    Claim(
        "lists-read",
        "The job list and the item list of every vault were read whole on every night.",
        "Pairs of night and vault in coverage (kinds jobs, protected_items), and pairs named by an essential gap in completeness.json.",
        "pairs of night and vault",
        "were not read whole",
        "lists of subscriptions or vaults were not read, or the scope met nothing",
        ("coverage", _COVERAGE),
    ),
    Claim(
        "settings-read",
        "All other lists and settings were read whole on every night.",
        "Night, vault or subscription, and kind in coverage, without the essential kinds; gaps of these in completeness.json.",
        "lists and settings",
        "were not read whole",
        "nights without a sealed run",
        ("coverage", _COVERAGE),
    ),
    Claim(
        "second-source-agrees",
        "Resource Graph tells the same vaults, items and jobs as the vaults.",
        "Things compared night by night in reconciliation (compared_with resource_graph; thing vault, item, job), and those that differ.",
        "things compared",
        "differ",
        "comparisons could not be made",
        ("reconciliation", "inventory"),
    ),
    Claim(
        "population-confirmed",
        "What was found is what an approved list or an inventory expects.",
        "Things compared night by night in reconciliation (compared_with approved, inventory), and those that differ.",
        "things compared",
        "differ",
        "comparisons could not be made",
        ("reconciliation", "inventory"),
    ),
    Claim(
        "resources-protected",
        "Every resource that could be protected is protected.",
        "Things compared in reconciliation (compared_with resource_graph; thing resource), and rows with difference unprotected.",
        "resources",
        "are protected by nothing",
        "comparisons could not be made",
        ("reconciliation", "inventory"),
    ),
    Claim(
        "outcomes-known",
        "The outcome of every backup job is known.",
        "Rows of jobs with operation_kind backup; unknown are those whose status is none of Completed, CompletedWithWarnings, "
        "Failed, Cancelled.",
        "backup jobs",
        None,
        "had no final state when last seen",
        ("jobs",),
        _OF_JOBS,
    ),
    Claim(
        "backups-completed",
        "Every backup job completed.",
        "Rows of jobs with operation_kind backup; exceptions have status Failed, CompletedWithWarnings or Cancelled.",
        "backup jobs",
        "did not complete",
        "had no final state when last seen",
        ("jobs",),
        _OF_JOBS,
    ),
    Claim(
        "failures-explained",
        "Every failed backup job is listed with the error that Azure gave.",
        "Rows of jobs with operation_kind backup and status Failed; exceptions have no error code, title or message.",
        "failed backup jobs",
        "carry no error",
        None,
        ("jobs",),
        _OF_JOBS,
    ),
    Claim(
        "jobs-attributed",
        "The item of every job is known.",
        "All rows of jobs; unknown are those with item_link ambiguous or unlinked.",
        "jobs",
        None,
        "cannot be told their item",
        ("jobs", "protected_items"),
        (Kind.JOBS, Kind.PROTECTED_ITEMS),
    ),
    Claim(
        "items-tried",
        "Every item shows a backup job, a recovery point or a range of log backups on each night on which it was seen.",
        "Pairs of item and night where the item was seen and its vault's job list was read whole; unknown are silent pairs: "
        "this claim does not look at whether a run was due.",
        "pairs of item and night",
        None,
        "show neither a job nor a point",
        ("protected_items", "jobs", "recovery_points"),
        (Kind.JOBS, Kind.PROTECTED_ITEMS),
    ),
    Claim(
        "items-recoverable",
        "Every protected item has a recovery point made in the period.",
        "Items in protected_items with a row in recovery_points whose event_night lies in the period; unknown are those without: "
        "this claim does not look at whether a run was due.",
        "protected items",
        None,
        "have no point made in the period",
        ("protected_items", "recovery_points"),
        (Kind.RECOVERY_POINTS, Kind.PROTECTED_ITEMS),
    ),
    Claim(
        "immutability-locked",
        "The immutability of every vault is locked.",
        "Vaults in scope by the last immutability told in vaults: met by Locked; unknown where Azure sent none.",
        "vaults",
        "have it unlocked or disabled",
        "were told none",
        ("vaults",),
    ),
    Claim(
        "soft-delete-on",
        "Soft delete is on for every vault.",
        "Vaults in scope by the last soft_delete told in vaults: met by On, Enabled or AlwaysON; unknown where Azure sent none.",
        "vaults",
        "have it off",
        "were told none",
        ("vaults",),
    ),
    Claim(
        "restores-completed",
        "Every restore job completed.",
        "Rows of restore_jobs; exceptions have status Failed, CompletedWithWarnings or Cancelled. A restore is not yet a test of one.",
        "restore jobs",
        "did not complete",
        "had no final state when last seen",
        ("restore_jobs",),
        _OF_JOBS,
    ),
    Claim(
        "restores-linked",
        "Every restore job is linked beyond doubt to the recovery point it came from.",
        "Rows of restore_links; unknown are those whose link is none of id, exact, range.",
        "restore jobs",
        None,
        "have no link beyond doubt",
        ("restore_jobs", "restore_links", "recovery_points"),
        (Kind.JOBS, Kind.RECOVERY_POINTS),
    ),
    Claim(
        "questions-answered",
        "Every question put to Azure was answered.",
        "Rows of calls with evidence_grade A; exceptions have an outcome other than ok.",
        "calls",
        "were not answered",
        None,
        ("calls",),
    ),
    Claim(
        "rows-traced",
        "Every row names the call that told it, and that call is listed with the hash of its answer.",
        "Rows of all tables of observations; unknown are those whose call_id is not in calls, such as calls of nights outside the period.",
        "rows",
        None,
        "name a call that this pack does not list",
        ("calls",),
    ),
    Claim(
        "first-hand",
        "Every job is told by Azure itself.",
        "All rows of jobs; exceptions have an evidence_grade other than A: a person saved or stated them.",
        "jobs",
        "are known from people alone",
        None,
        ("jobs",),
        _OF_JOBS,
    ),
    Claim(
        "runs-proven",
        "Every backup that a policy called for is proven by its job and, where it makes one, by its recovery point.",
        "Rows of slots whose outcome is not not_expected; exceptions are success_no_point, warning, failed, cancelled, running_late "
        "and silent; unknown are pending and unknown.",
        "expected runs",
        "are not proven",
        "cannot be told",
        ("slots", "jobs", "recovery_points"),
        (Kind.JOBS, Kind.PROTECTED_ITEMS),
    ),
)
"""In the order in which they are printed; a new one goes to the end."""
CLAIMS: Mapping[str, Claim] = {one.key: one for one in _CLAIMS}
