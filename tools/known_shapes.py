"""Gather the known shapes of Azure's bodies: `PYTHONPATH=. .venv/bin/python tools/known_shapes.py [RECORDINGS]`.

Writes evidence/normalize/known_shapes.json from the recorded bodies and, for what no recording holds, from the SDK's models.
Facts only leave the recordings: key paths, JSON types, and words of fields that are enumerations; no body, name or id.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from azure.mgmt.recoveryservicesbackup import models

from evidence.normalize.drift import group_of
from evidence.normalize.known_shapes import FILE, OPAQUE

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "evidence" / "normalize" / FILE
ENUMERATED = frozenset(
    [
        "actionsInfo",
        "backupManagementType",
        "backupSetType",
        "consistency",
        "dataSourceType",
        "destinationDataStoreName",
        "fabricName",
        "healthStatus",
        "jobType",
        "lastBackupStatus",
        "objectType",
        "operation",
        "operationCategory",
        "policyType",
        "protectedItemType",
        "protectionState",
        "protectionStatus",
        "provisioningState",
        "recoveryPointState",
        "recoveryPointType",
        "registrationStatus",
        "restoreType",
        "schedulePolicyType",
        "retentionPolicyType",
        "scheduleRunFrequency",
        "softDeleteFeatureState",
        "softDeleteState",
        "sourceDataStoreName",
        "standardTierStorageRedundancy",
        "crossRegionRestore",
        "state",
        "status",
        "storageModelType",
        "storageType",
        "storageTypeState",
        "taskId",
        "threatStatus",
        "type",
        "workloadType",
        "ruleName",
        "enhancedSecurityState",
        "containerType",
        "backupEngineType",
        "multiUserAuthorization",
        "publicNetworkAccess",
        "currentProtectionState",
    ]
)
"""Last keys of fields that hold one of a few words of Azure's."""
OTHERS = ("no type", "dataprotection/backupvaults/operationstatus", "dataprotection/resourceguards")
"""Groups among the recordings that are never asked for."""
OF_THEIR_OWN = frozenset({"status", "operation"})
"""Fields whose words differ from one resource type to the next."""
_WORD = re.compile(r"[A-Za-z0-9_., ()/-]{0,60}")
STATUSES = ["Cancelled", "Cancelling", "Completed", "CompletedWithWarnings", "Failed", "InProgress"]
OPERATIONS = [
    "Register",
    "UnRegister",
    "ConfigureBackup",
    "Backup",
    "Restore",
    "DisableBackup",
    "DeleteBackupData",
    "CrossRegionRestore",
    "Undelete",
    "UpdateCustomerManagedKey",
]
BACKUP_SORTS = ("Full", "Differential", "Incremental", "Log", "CopyOnlyFull")
"""Words that the service's filter takes for jobs (JobQueryObject), so that a job may bear them."""
_ITEMS = "recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems"
SORTS = {
    "recoveryservices/vaults/backupjobs": models.Job,
    _ITEMS: models.ProtectedItem,
    f"{_ITEMS}/recoverypoints": models.RecoveryPoint,
    "recoveryservices/vaults/backuppolicies": models.ProtectionPolicy,
}
"""Models of each resource type."""
MANAGED: Mapping[str, tuple[str, ...]] = {
    "MabJob": ("MAB",),
    "DpmJob": ("DPM", "AzureBackupServer"),
    "VaultJob": ("DefaultBackup",),
    "MabFileFolderProtectedItem": ("MAB",),
    "DPMProtectedItem": ("DPM", "AzureBackupServer"),
    "MabProtectionPolicy": ("MAB",),
}
"""Management types of models whose discriminator is another field."""
_TYPE_WORDS = {str: "text", int: "number", float: "number", bool: "flag", dict: "object", list: "list"}


class Shapes:
    """Types and words by group and path."""

    def __init__(self) -> None:
        self.types: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.values: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.modelled: set[str] = set()

    def add(self, element: Mapping[str, Any]) -> None:
        """Learn one recorded element."""
        self._object(group_of(element), "", element)

    def _object(self, group: str, path: str, value: Mapping[str, Any]) -> None:
        for key, one in value.items():
            here = f"{path}{key}"
            self.types[group][here].update([] if one is None else [_TYPE_WORDS[type(one)]])
            if key in ENUMERATED and here != "type" and type(one) in (str, int) and _WORD.fullmatch(str(one)):
                self.values[group][here].add(str(one))
            if key in OPAQUE:
                continue
            if isinstance(one, dict):
                self._object(group, f"{here}.", one)
            for inner in one if isinstance(one, list) else ():
                if isinstance(inner, dict):
                    self._object(group, f"{here}[].", inner)

    def share_words(self) -> None:
        """Give each field the words met anywhere under its name, and those of the SDK's enumerations of that name."""
        words = enumerations()
        for values in self.values.values():
            for path, found in values.items():
                words[path.rpartition(".")[2]] |= found
        for values in self.values.values():
            for path, found in values.items():
                name = path.rpartition(".")[2]
                found.update(() if name in OF_THEIR_OWN else words[name])

    def model(self, group: str, kind: Any) -> None:
        """Learn a model of the SDK, where no body of the group was recorded."""
        if group in self.types:
            return
        self.modelled.add(group)
        for key in ("id", "name", "type", "location", "eTag"):
            self.types[group][key].add("text")
        self.types[group]["tags"].add("object")
        self.types[group]["properties"].add("object")
        self._model(group, "properties.", kind)

    def _model(self, group: str, path: str, kind: Any, depth: int = 0) -> None:
        for name, sent, _ in _fields(kind):
            here, told = f"{path}{sent}", _annotation(kind, name)
            word, inner = _type_of(told), _inner(told)
            self.types[group][here].add(word)
            if inner is not None and depth < 4:  # noqa: PLR2004  # models nest no deeper, but some name themselves
                self._model(group, f"{here}[]." if word == "list" else f"{here}.", inner, depth + 1)


def _fields(kind: Any) -> Iterator[tuple[str, str, bool]]:
    """Names of a model's fields, here and as sent, and whether they tell which model it is."""
    kind()  # the SDK fills in what it knows of a model when it is first made
    for name, one in kind._attr_to_rest_field.items():  # noqa: SLF001  # the SDK tells it nowhere else
        yield name, one._rest_name, one._is_discriminator  # noqa: SLF001


def _annotation(kind: Any, name: str) -> str:
    return next(
        (str(one.__annotations__[name]) for one in kind.__mro__ if name in getattr(one, "__annotations__", {})), ""
    )


def _type_of(told: str) -> str:
    bare = told.replace("typing.", "").removeprefix("Optional[").removeprefix("Union[")
    if bare.startswith("list["):
        return "list"
    if bare.startswith("dict[") or (bare.startswith("ForwardRef") and _inner(told) is not None):
        return "object"
    if bare.startswith(("int", "float")):
        return "number"
    return "flag" if bare.startswith("bool") else "text"


def _inner(told: str) -> Any:
    """The model that an annotation names; None for words of enumerations."""
    found = re.search(r"_models\.(\w+)", told)
    kind = getattr(models, found[1], None) if found else None
    return kind if hasattr(kind, "_is_model") else None


def recorded(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Elements of all recorded answers to GET requests that are no errors."""
    for entry in json.loads((folder / "manifest.json").read_text()):
        if entry["request"]["method"] != "GET" or entry["category"] in ("errors", "resource_graph"):
            continue
        body = json.loads((folder / entry["file"]).read_text(encoding="utf-8-sig"))
        listed = body.get("value") if isinstance(body, dict) else None
        elements = listed if isinstance(listed, list) and "properties" not in body else [body]
        yield from (one for one in elements if isinstance(one, dict) and not group_of(one).startswith(OTHERS))


def enumerations() -> dict[str, set[str]]:
    """Words of the SDK's enumerations by the name of the fields that hold them."""
    words: dict[str, set[str]] = defaultdict(set)
    for kind in vars(models).values():
        if not hasattr(kind, "_is_model"):
            continue
        for name, sent, _ in _fields(kind):
            for named in re.findall(r"_models\.(\w+)", _annotation(kind, name)):
                found = getattr(models, named, None)
                if isinstance(found, type) and issubclass(found, Enum):
                    words[sent] |= {str(one.value) for one in found}
    return words


def subclasses(kind: Any) -> Iterator[Any]:
    """All models below one."""
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def gather(folder: Path) -> Shapes:
    """All that is known."""
    shapes = Shapes()
    for element in recorded(folder):
        shapes.add(element)
    for resource, base in SORTS.items():
        for kind in subclasses(base):
            for sort in _sorts(resource, kind):
                shapes.model(f"{resource} {sort}".rstrip(), kind)
    for group in shapes.types:
        if group.partition(" ")[0].endswith("backupjobs"):
            shapes.values[group]["properties.status"] |= set(STATUSES)
            shapes.values[group]["properties.operation"] |= {
                *OPERATIONS,
                *(f"Backup ({sort})" for sort in BACKUP_SORTS),
            }
    shapes.share_words()
    return shapes


def _sorts(resource: str, kind: Any) -> tuple[str, ...]:
    """The management or object types that a model's bodies bear."""
    named = MANAGED.get(kind.__name__)
    if named is not None:
        return named
    if not resource.endswith(("recoverypoints", "backuppolicies")):
        return ()
    told = [_annotation(kind, name) for name, _, tells in _fields(kind) if tells]
    return tuple(word for text in told for word in re.findall(r"Literal\['([^']+)'\]", text))


def main() -> None:
    """Write the file."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data" / "azure-recordings"
    shapes = gather(folder)
    groups: dict[str, dict[str, Any]] = {
        group: {
            "modelled": group in shapes.modelled,
            "types": {path: sorted(types) for path, types in sorted(shapes.types[group].items())},
            "values": {path: sorted(words) for path, words in sorted(shapes.values.get(group, {}).items())},
        }
        for group in sorted(shapes.types)
    }
    text = json.dumps({"format": "backup-evidence-known-shapes", "v": 1, "groups": groups}, indent=0)
    TARGET.write_text(text.replace("\n", "").replace('}},"', '}},\n"') + "\n")
    print(f"{len(groups)} groups, {sum(len(one['types']) for one in groups.values())} paths: {TARGET}")


if __name__ == "__main__":
    main()
