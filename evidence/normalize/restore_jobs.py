"""What a restore job tells beside its job row: from which moment, to where, and how many files.

Not here: the link to a recovery point (`assess`), for the point may have been seen on another night. Invariant: a target is put together
from names alone; addresses of configuration and template blobs never reach it.
"""

from __future__ import annotations

from evidence.normalize.fields import Fields
from evidence.normalize.jobs import transferred
from evidence.normalize.masking import masked
from evidence.normalize.results import Row

ORIGINAL, ALTERNATE, AS_FILES = "original", "alternate", "files"

POINT_TIME_KEYS = ("RestoreRecoveryPointTime", "Recovery point time")
"""Property bag keys of the recovery point time: Files, SQL and HANA; VMs, with a space at the end (azure-backup.md section 5)."""

_LOCATION_TYPES = {"originallocation": ORIGINAL, "alternatelocation": ALTERNATE, "restoredisks": ALTERNATE}
_LOCATION_WORDS = (
    ("as files", AS_FILES),
    ("original", ORIGINAL),
    ("replace disks", ORIGINAL),
    ("alternate", ALTERNATE),
    ("recover disks", ALTERNATE),
)
"""Disks are restored beside the machine: into the resource group and storage account that the job names."""

_VM_TARGETS = (
    ("virtual machine", "Target VM Name"),
    ("subscription", "Target Subscription ID"),
    ("resource group", "Target resource group"),
    ("storage account", "Target Storage Account Name"),
    ("network", "Target VNet Name"),
)
_OTHER_TARGETS = (
    ("storage account", "Target Storage Account Name"),
    ("file share", "Target File Share Name"),
    ("destination", "RestoreDestination"),
)
_RECOVER_DISKS = "recover disks"
_NO_MACHINE = "Target VM Name"

COPIED = (
    "ordinal",
    "job_id",
    "item_key",
    "item_link",
    "item_candidates",
    "management_type",
    "operation",
    "status",
    "started_at",
    "ended_at",
)


def restore_row(fields: Fields, job: Row, common: Row) -> Row:
    """The restore row that goes with a job row; from a list all that only the job's own answer tells is null."""
    row: Row = {**common, "event_night": job["event_night"], **{name: job.get(name) for name in COPIED}}
    if fields.get("extendedInfo") is None:
        return row
    extended = fields.inside("extendedInfo")
    bag = extended.inside("propertyBag")
    restore_type = bag.text("Job Type") or bag.text("JobType")
    location = extended.inside("internalPropertyBag").text("restoreLocationType")
    key = next((key for key in POINT_TIME_KEYS if bag.get(key) is not None), POINT_TIME_KEYS[0])
    return {
        **row,
        "restore_type": restore_type,
        "location_type": location_type(location, restore_type),
        "target": _target(bag, restore_type),
        "recovery_point_at_sent": bag.moment(key),
        "recovery_point_at_text": bag.text(key),
        "bytes_transferred": transferred(fields),
        "files_restored": bag.count("Number Of Restored Files"),
        "files_skipped": bag.count("Number Of Skipped Files"),
        "files_failed": bag.count("Number Of Failed Files"),
    }


def location_type(sent: str | None, restore_type: str | None) -> str | None:
    """`original`, `alternate` or `files`; None where neither Azure's word nor its job type tells."""
    known = _LOCATION_TYPES.get((sent or "").casefold())
    words = (restore_type or "").casefold()
    return known or next((location for word, location in _LOCATION_WORDS if word in words), None)


def _target(bag: Fields, restore_type: str | None) -> str | None:
    """Where it was restored to, in words; the service writes a machine that never is for disk restores, so that is left out."""
    only_disks = (restore_type or "").casefold() == _RECOVER_DISKS
    wanted = dict.fromkeys((*_VM_TARGETS, *_OTHER_TARGETS))
    told = [(word, bag.text(key)) for word, key in wanted if not (only_disks and key == _NO_MACHINE)]
    return masked("; ".join(f"{word} {text}" for word, text in told if text)) or None
