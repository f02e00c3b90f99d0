"""What Azure does not expose, workload by workload, and how this tool treats it. Data, and the table made of it. Pure.

Source: reference/azure-backup.md, measured on recorded answers and on the SDK. Invariant: nothing stands here that was not
measured, or that Azure's documentation does not say.
"""

from __future__ import annotations

from dataclasses import dataclass

from evidence.packs.chapters.material import Material
from evidence.packs.columns import tallied
from evidence.packs.interface import ReportColumn, ReportTable

ALL, VMS, SQL, HANA, FILES, AGENTS, BACKUP_VAULTS = (
    "all workloads",
    "virtual machines",
    "SQL in Azure VMs",
    "SAP HANA in Azure VMs",
    "Azure Files",
    "servers with an agent, DPM, MABS",
    "Backup vaults",
)


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that Azure does not tell."""

    of: str
    what: str
    treated: str


LIMITS = (
    Limit(
        ALL,
        "How long Azure keeps jobs in the vault's own list is not documented. Resource Graph keeps them for 14 days, the Activity Log "
        "events for 90.",
        "Asked every night, with the nights before once more; a night that was not asked then is a gap and is not made up later.",
    ),
    Limit(
        ALL,
        "Resource Graph and the Activity Log leave out, in silence, what the identity may not read.",
        "A second source that lacks a thing never proves that there is none.",
    ),
    Limit(
        ALL,
        "Answers change shape between services of one api-version: numbers become texts, new values come unannounced.",
        "Bodies are kept as received; what no answer ever held before is listed as drift, and makes the list it stands in partial "
        "where it decides what a job is.",
    ),
    Limit(
        ALL,
        "Recovery Services restore jobs carry no id of a recovery point, only its time as text.",
        "Joined by item and time; each link has a grade, and one that is not certain says so.",
    ),
    Limit(
        VMS,
        "The expiry time of most recovery points is not sent.",
        "Null in expires_at; no retention is claimed from it.",
    ),
    Limit(
        VMS,
        "Jobs do not tell who started them.",
        "user_triggered is null.",
    ),
    Limit(
        VMS,
        "A restore of disks names the target machine `vmName`, which does not exist.",
        "Kept as sent among the properties; the target shown is what the job's other fields tell.",
    ),
    Limit(
        SQL,
        "Scheduled log backups are not among the jobs.",
        "Ranges of log backups are read from the recovery points; an item is silent only without job, point and range.",
    ),
    Limit(
        SQL,
        "Jobs name database and server, not the instance, and no item id: two instances may hold one name.",
        "Linked by name; where several items fit, the job is ambiguous and all candidates are listed.",
    ),
    Limit(
        SQL,
        "The time of the last recovery point is not in the list of items.",
        "Recovery points are read item by item.",
    ),
    Limit(
        HANA,
        "Jobs name system and database, and carry no item id; log backups show as ranges.",
        "As for SQL.",
    ),
    Limit(
        HANA,
        "Many restore jobs carry no recovery point time at all.",
        "Their link is unlinked, with the reason.",
    ),
    Limit(
        FILES,
        "A restore job's point time is up to 35 s later than the point it names.",
        "The latest point at or before it, within 60 s; if not equal to the second, the link is inferred.",
    ),
    Limit(
        FILES,
        "isUserTriggered is false whoever started the job; the expiry time of points is never sent.",
        "Kept as sent, and no conclusion is drawn from either.",
    ),
    Limit(
        AGENTS,
        "Jobs of MARS agents reach Azure only after they ended, sometimes days later.",
        "Fourteen nights of them are listed again every night; a night's own pack is not changed, the later one restates.",
    ),
    Limit(
        AGENTS,
        "No recorded answer shows jobs of DPM or MABS.",
        "Read by the field names of the SDK's models; what no column takes stays in the properties.",
    ),
    Limit(
        BACKUP_VAULTS,
        "Job lists cannot be filtered, and leave out the recovery point; a job's own answer has its id.",
        "Listed whole; restore jobs are asked one by one, and linked by id.",
    ),
    Limit(
        BACKUP_VAULTS,
        "A restore of operational blobs names a moment and no point.",
        "Linked only where what was observed of that item holds the moment; else unlinked, with the reason.",
    ),
)
_TYPES = {"AzureIaasVM": VMS, "AzureStorage": FILES, "MAB": AGENTS, "DPM": AGENTS, "AzureBackupServer": AGENTS}


def limits_table(of: Material) -> ReportTable:
    """The table: of a night pack only what its vaults hold."""
    shown = [one for one in LIMITS if not of.is_night or one.of in _met(of)]
    return of.table(
        "T-33",
        "What Azure does not expose, and how that is treated",
        "Measured on recorded answers of Azure, or from its documentation."
        + (" Of workloads seen in this pack; an audit pack lists all." if of.is_night else ""),
        (
            ReportColumn("Workload", 16),
            ReportColumn("What Azure does not tell", 42),
            ReportColumn("How it is treated", 42),
        ),
        [(one.of, one.what, one.treated) for one in shown],
        total=len(shown),
        file=None,
        empty="None.",
        compact=True,
    )


def _met(of: Material) -> set[str]:
    """Workloads of the items and jobs in the pack, and what is true of all."""
    tables = of.selection.tables
    kinds = [tallied(tables[name][column]) for name in ("jobs", "protected_items") for column in _COLUMNS]
    words = {str(word) for counted in kinds for word in counted if word is not None}
    met = {ALL, *(name for word, name in _TYPES.items() if word in words)}
    if any(word.upper().startswith("SQL") for word in words):
        met.add(SQL)
    if any("HANA" in word.upper() for word in words):
        met.add(HANA)
    if any(vault.kind == "backup" for vault in of.selection.vaults):
        met.add(BACKUP_VAULTS)
    return met


_COLUMNS = ("management_type", "workload")
