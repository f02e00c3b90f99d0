"""What is normalized although nobody has shown an answer of Azure's that holds it: the shapes are those of the SDK's models.

The one list of them: docs/data-dictionary.md is made from it, and tests hold it against fixtures and against all recordings.
Invariant: a shape leaves the list only when a recorded body shows it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unseen:
    """One shape that is not yet seen for real."""

    what: str
    """In words."""
    model: str
    """Name of the model in azure-mgmt-recoveryservicesbackup 11.2.0."""
    discriminator: str
    """Field that tells the shape."""
    value: str
    table: str
    """Table whose rows it becomes."""


NOT_YET_SEEN: tuple[Unseen, ...] = (
    Unseen("jobs of servers with an agent (MARS)", "MabJob", "jobType", "MabJob", "jobs"),
    Unseen("jobs of DPM and Azure Backup Server", "DpmJob", "jobType", "DpmJob", "jobs"),
    Unseen("jobs about a vault itself", "VaultJob", "jobType", "VaultJob", "jobs"),
    Unseen(
        "items of servers with an agent",
        "MabFileFolderProtectedItem",
        "protectedItemType",
        "MabFileFolderProtectedItem",
        "protected_items",
    ),
    Unseen(
        "items of DPM and Azure Backup Server",
        "DPMProtectedItem",
        "protectedItemType",
        "DPMProtectedItem",
        "protected_items",
    ),
    Unseen("containers of DPM", "DpmContainer", "containerType", "DPMContainer", "containers"),
    Unseen(
        "containers of Azure Backup Server",
        "AzureBackupServerContainer",
        "containerType",
        "AzureBackupServerContainer",
        "containers",
    ),
    Unseen(
        "items of SAP ASE databases",
        "AzureVmWorkloadSAPAseDatabaseProtectedItem",
        "protectedItemType",
        "AzureVmWorkloadSAPAseDatabase",
        "protected_items",
    ),
    Unseen(
        "recovery points of SAP ASE databases",
        "AzureWorkloadSAPAseRecoveryPoint",
        "objectType",
        "AzureWorkloadSAPAseRecoveryPoint",
        "recovery_points",
    ),
    Unseen(
        "log ranges of SAP ASE databases",
        "AzureWorkloadSAPAsePointInTimeRecoveryPoint",
        "objectType",
        "AzureWorkloadSAPAsePointInTimeRecoveryPoint",
        "recovery_points",
    ),
    Unseen("soft-deleted recovery points", "RecoveryPointProperties", "isSoftDeleted", "true", "recovery_points"),
)
