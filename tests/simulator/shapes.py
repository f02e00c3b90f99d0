"""The keys and JSON types that bodies have, gathered per kind of resource.

A shape is a set of `path:type`; list elements share the path `[]`, and maps with free keys the path `*`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

OLDEST = "2021-06-01"
_FREE = (".tags", ".identity.userAssignedIdentities")
_DISCRIMINATORS = ("objectType", "protectedItemType", "backupManagementType", "operationCategory")
_OF_VAULTS = (
    "microsoft.recoveryservices/vaults",
    "microsoft.dataprotection/backupvaults",
    "microsoft.dataprotection/vaults",
)
Shapes = Mapping[str, frozenset[str]]


def shape(value: object, path: str = "") -> Iterator[str]:
    """Every `path:type` in a JSON value."""
    if isinstance(value, dict):
        yield f"{path}:object"
        for key, inner in value.items():
            yield from shape(inner, f"{path}.{'*' if path in _FREE else key}")
    elif isinstance(value, list):
        yield f"{path}:array"
        for inner in value:
            yield from shape(inner, f"{path}[]")
    else:
        yield f"{path}:{_type(value)}"


def _type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def kind(resource: Mapping[str, object]) -> str | None:
    """Resource type and workload of a resource; None for what is not one."""
    properties = resource.get("properties")
    name = str(resource.get("type", "")).lower()
    if not name.startswith(_OF_VAULTS) or not isinstance(properties, dict):
        return None
    workload = next((str(properties[key]) for key in _DISCRIMINATORS if key in properties), "")
    return f"{name.removeprefix('microsoft.recoveryservices/')} {workload}".strip()


def resources(body: object) -> Iterator[dict[str, object]]:
    """The resources in a body: the elements of a list, or the one."""
    if isinstance(body, dict):
        rows = body.get("value")
        yield from (row for row in (rows if isinstance(rows, list) else [body]) if isinstance(row, dict))


def recorded_shapes(folder: Path, oldest: str = OLDEST) -> Shapes:
    """The union of all recorded answers of api-versions from `oldest` on."""
    found: dict[str, set[str]] = defaultdict(set)
    for entry in json.loads((folder / "manifest.json").read_bytes()):
        if entry["response"]["status"] != 200 or (entry["request"].get("api_version") or "") < oldest:
            continue
        text = (folder / entry["file"]).read_bytes()
        for resource in resources(json.loads(text)) if text.strip() else ():
            name = kind(resource)
            if name is not None:
                found[name].update(shape(resource))
    return {name: frozenset(paths) for name, paths in found.items()}
