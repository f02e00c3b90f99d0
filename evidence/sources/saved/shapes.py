"""One saved record to the element that Azure's own answer would hold: `id`, `name`, `type` and `properties`.

Not here: reading files, and what columns are made of it (`normalize`). Invariant: nothing is added that the record does not tell, but
its type, which the kind of file tells; fields of unknown names stay. What would have to be guessed is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from evidence.records import BACKUP, Kind, Vault
from evidence.sources.saved.ids import type_in, vault_in
from evidence.sources.saved.kinds import SavedKind, kind_of_type
from evidence.sources.saved.names import (
    FIRST_NUMBER,
    MANAGEMENT_TYPES,
    NUMBERED,
    WORKLOADS,
    folded,
    names_itself,
    place_of,
)
from evidence.sources.saved.refusals import UnfitRecordError
from evidence.sources.saved.values import is_truncated, plain, plain_duration

_DEEPER = "Save it again with `ConvertTo-Json -Depth 20`."
_ENUMS = "Save it again with `ConvertTo-Json -EnumsAsStrings -Depth 20`, or with az."
_WHOLE = "Save the answer without --query, or keep `id:id` in it."
_TOP = frozenset({"id", "name", "type", "properties"})
_VAULT_FIELDS = ("vaultid", "backupinstanceid")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_OPERATION = "operation"


@dataclass(frozen=True, slots=True)
class Element:
    """A record as an element of an answer."""

    vault: Vault
    body: bytes
    """One JSON object."""
    type_added: bool
    """Whether its type was told by the kind of file alone."""
    form: str
    """`as sent` for Azure's own shape, else `flattened`."""
    remarks: tuple[str, ...] = ()
    """What could not be taken over, and why."""


def shape(record: Mapping[str, object], text: bytes, kind: SavedKind, vault: Vault | None) -> Element:
    """The element of a record; `text` is the record as saved, which is kept where nothing in it has to change.

    Raises UnfitRecordError for a record of another kind, of another vault than `vault`, or one that tells too little.
    """
    top = _top(record)
    _check_type(top, kind)
    properties = top.get("properties")
    if isinstance(properties, Mapping):
        return _as_sent(record, text, top, kind, vault)
    if is_truncated(properties):
        raise UnfitRecordError("its `properties` were cut off", _DEEPER)
    if "properties" in top:
        raise UnfitRecordError("its `properties` are no object", _WHOLE)
    return _flattened(record, top, kind, vault)


def _top(record: Mapping[str, object]) -> dict[str, object]:
    """The fields by their lower-cased name, where a saved record has any in its own case."""
    found: dict[str, object] = {}
    for key, value in record.items():
        name = key.casefold().strip()
        if name in _TOP:
            if name in found and found[name] != value:
                raise UnfitRecordError(f"it tells `{name}` twice, and otherwise")
            found[name] = value
    return found


def _check_type(top: Mapping[str, object], kind: SavedKind) -> None:
    told = _told_type(top)
    if told is None or told == kind.resource_type.casefold():
        return
    other = kind_of_type(told)
    if other is None:
        raise UnfitRecordError(
            f"it is no {kind.noun} but of type {told}", f"A file for {kind.name} comes from `{kind.command}`."
        )
    vaults = "a Backup vault" if other.vault_kind == BACKUP else "a Recovery Services vault"
    raise UnfitRecordError(
        f"it is a {other.noun} of {vaults}, no {kind.noun} for {kind.name}", f"Import the file as {other.name}."
    )


def _told_type(top: Mapping[str, object]) -> str | None:
    told, sent_id = top.get("type"), top.get("id")
    if isinstance(told, str) and "/" in told:
        return told.casefold()
    return type_in(sent_id) if isinstance(sent_id, str) else None


def _as_sent(
    record: Mapping[str, object], text: bytes, top: Mapping[str, object], kind: SavedKind, vault: Vault | None
) -> Element:
    known = {key: value for key, value in top.items() if isinstance(value, str)}
    type_added = _told_type(top) is None
    element: dict[str, object] = {
        key.casefold().strip() if key.casefold().strip() in _TOP else key: one for key, one in record.items()
    }
    properties = _plain(top["properties"])
    remarks = _cut(properties)
    found = _vault_of(known, properties, kind, vault)
    unchanged = properties is top["properties"] and element.keys() == record.keys() and not type_added
    if unchanged:
        return Element(found, text, False, "as sent", remarks)
    element |= {"properties": properties}
    return Element(found, _written(element, kind, type_added), type_added, "as sent", remarks)


def _plain(properties: object) -> Mapping[str, object]:
    found = plain(properties)
    if not isinstance(found, Mapping):  # an object that PowerShell means as a date or a span is no bag of properties
        raise UnfitRecordError("its `properties` are no object", _WHOLE)
    changed = {key: plain_duration(one) for key, one in found.items() if folded(key) == "duration"}
    return found if all(found[key] is one for key, one in changed.items()) else {**found, **changed}


def _flattened(
    record: Mapping[str, object], top: Mapping[str, object], kind: SavedKind, vault: Vault | None
) -> Element:
    backup_vault = kind.vault_kind == BACKUP
    properties: dict[str, object] = {}
    known: dict[str, str] = {}
    envelope: dict[str, object] = {}
    for key, value in record.items():
        if names_itself(key, kind.kind) and isinstance(value, str):
            _once(known, "name", value)
        elif key.casefold().strip() in {"id", "type"} and isinstance(value, str) and "/" in value:
            known[key.casefold().strip()] = value
        elif folded(key) == "resourcegroup":
            envelope[key] = value
        else:
            _place(properties, place_of(key, kind.kind, backup_vault=backup_vault) or (key,), value)
    bare = top.get("id")
    if (
        kind.kind in {Kind.JOBS, Kind.JOB_DETAILS}
        and "name" not in known
        and isinstance(bare, str)
        and _GUID.fullmatch(bare)
    ):
        known["name"] = bare
    remarks = _unnumbered(properties) if not backup_vault else ()
    plain_properties = _plain(properties)
    _check_told(known, plain_properties, kind)
    found = _vault_of(known, {**properties, **{folded(key): one for key, one in record.items()}}, kind, vault)
    element = {**envelope, **known, "properties": plain_properties}
    type_added = _told_type(known) is None
    body = _written(element, kind, type_added)
    return Element(found, body, type_added, "flattened", (*remarks, *_cut(plain_properties)))


def _once(known: dict[str, str], name: str, value: str) -> None:
    if known.setdefault(name, value) != value:
        raise UnfitRecordError(f"it tells its {name} twice, and otherwise", _WHOLE)


def _place(properties: dict[str, object], path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        inner = properties.setdefault(step, {})
        if not isinstance(inner, dict):
            raise UnfitRecordError(f"it tells `{step}` twice, and otherwise", _WHOLE)
        properties = inner
    if properties.get(path[-1]) is None:
        properties[path[-1]] = value
    elif value is not None and properties[path[-1]] != value:
        raise UnfitRecordError(f"it tells `{path[-1]}` twice, and otherwise", _WHOLE)


def _unnumbered(properties: dict[str, object]) -> tuple[str, ...]:
    """Azure's words for PowerShell's; numbers that could mean several things are kept beside, and said."""
    remarks = []
    for name in sorted(NUMBERED & properties.keys()):
        value = properties[name]
        if isinstance(value, int) and not isinstance(value, bool):
            if value == 1 and name in FIRST_NUMBER:
                properties[name] = FIRST_NUMBER[name]
                continue
            properties[f"{name}Number"] = properties.pop(name)
            remarks.append(
                f"`{name}` is the number {value}, which means other things in other versions of PowerShell's module; {_ENUMS}"
            )
        elif isinstance(value, str):
            words = {"backupManagementType": MANAGEMENT_TYPES, "workloadType": WORKLOADS}.get(name, {})
            properties[name] = words.get(value.casefold(), value)
    return tuple(remarks)


def _check_told(known: Mapping[str, str], properties: Mapping[str, object], kind: SavedKind) -> None:
    if kind.kind in {Kind.JOBS, Kind.JOB_DETAILS}:
        if "name" not in known and "id" not in known:
            raise UnfitRecordError("it tells no job id", "Keep `name:name` or `id:id` in --query.")
        for name in (_OPERATION, "status"):
            if isinstance(properties.get(name), int | float):
                raise UnfitRecordError(f"its {name} is a number", _ENUMS)
    elif "id" not in known:
        raise UnfitRecordError(f"it tells no id of the {kind.noun}", _WHOLE)


def _vault_of(known: Mapping[str, str], told: Mapping[str, object], kind: SavedKind, vault: Vault | None) -> Vault:
    ids = [known.get("id"), *(one for key, one in told.items() if folded(key) in _VAULT_FIELDS)]
    found = next((one for one in (vault_in(value) for value in ids if isinstance(value, str)) if one), vault)
    if found is None:
        raise UnfitRecordError(
            "it does not tell its vault", "Name the vault with --vault /subscriptions/…/vaults/NAME."
        )
    if vault is not None and found.vault_id != vault.vault_id:
        raise UnfitRecordError(f"it lies in {found.vault_id}, not in the vault that --vault names")
    if found.kind != kind.vault_kind:
        raise UnfitRecordError(f"its vault {found.name} is of another kind than {kind.name} is for")
    return found


def _cut(properties: Mapping[str, object]) -> tuple[str, ...]:
    """Fields that `ConvertTo-Json` replaced by a name."""
    names = sorted(key for key, value in properties.items() if is_truncated(value))
    return tuple(f"`{name}` was cut off; {_DEEPER}" for name in names)


def _written(element: Mapping[str, object], kind: SavedKind, type_added: bool) -> bytes:
    told = {**element, "type": kind.resource_type} if type_added else element
    try:
        return orjson.dumps(told)
    except orjson.JSONEncodeError as error:  # what orjson reads it writes, but for what is nested very deep
        raise UnfitRecordError(f"it cannot be written as JSON: {error}") from error
