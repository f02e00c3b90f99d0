"""The errors that generated jobs meet: Azure's codes and titles as recorded, in words of ours.

A code and its title always come together, as they do in Azure.
"""

from __future__ import annotations

from simulator.generated.values import Failure

AGENT = Failure(
    400196,
    "UserErrorGuestAgentStatusUnavailable",
    "The agent of the virtual machine does not report to Azure Backup.",
    "Check that the virtual machine runs and reaches the network, and restart its guest agent.\r\n"
    "Then start the backup again.",
)
KEY_VAULT = Failure(
    400198,
    "UserErrorKeyVaultPermissionsNotConfigured",
    "Azure Backup may not read the keys of this encrypted virtual machine.",
    "Grant the Backup Management Service access to the key vault and start the backup again.",
)
TRANSFER = Failure(
    400052,
    "DiffCopyFailedToTransferData",
    "The snapshot was taken, but its data could not be copied to the vault.",
    "Start the backup again. If it fails once more, ask Microsoft for help.",
)
CANCELLED = Failure(
    400158, "UserErrorJobSuccessfullyCancelled", "The copy to the vault was cancelled by a user.", "Start it again."
)
INTERNAL = Failure(
    400002,
    "BackUpOperationFailed",
    "The backup ended with an internal error.",
    "Start the backup again in a few minutes.",
)
EXTENSION = Failure(
    530010,
    "WorkloadExtensionNotReachable",
    "The workload extension on the server does not answer.",
    "Check that the server runs and reaches the network.\r\nIf it does, register it with the vault again.",
)
VM_EXTENSION = Failure(
    400349,
    "UserErrorCrpReportedUserError",
    "The backup extension of the virtual machine could not run. The compute provider reported: VMExtensionProvisioningError.",
    "Remove the failed extension from the virtual machine.\r\nThen start the backup again.",
)
HANA_DOWN = Failure(
    520531,
    "UserErrorHANASystemDBNotRunning",
    "The SYSTEMDB of the SAP HANA system is not running.",
    "Start the SAP HANA system as its administration user and start the backup again.",
)
RESTORE_FAILED = Failure(
    400003,
    "RestoreOperationFailed",
    "The restore ended with an internal error.",
    "Start the restore again in a few minutes.",
)
WORKLOAD_RESTORE_FAILED = Failure(
    510011,
    "WorkloadRestoreFailed",
    "The restore ended with an error that is not known.",
    "Wait for a few minutes and start the restore again.",
)
