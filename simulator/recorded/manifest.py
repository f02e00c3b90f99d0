"""The recordings' manifest: which exchanges were recorded, and from which vault.

Bodies are not read here, nor is any other file of the folder. A manifest that is not as expected is an error, never a smaller world.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from simulator.errors import SimulatorError

_VAULT = re.compile(
    r"/providers/microsoft\.(?:recoveryservices/vaults|dataprotection/backupvaults)/([^/]+)", re.IGNORECASE
)
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)


class RecordingsError(SimulatorError):
    """The recordings are missing or not as their manifest says."""


class GroupKey(NamedTuple):
    """What keeps vaults apart: the same masked name stands for many vaults, and for other ones in each commit."""

    repository: str
    path: str
    commit: str
    vault: str | None
    """Lower-cased vault name; None for what lies above vaults (lists of vaults, locations, Resource Graph)."""


@dataclass(frozen=True, slots=True)
class Record:
    """One recorded exchange; its body lies in `file`, relative to the recordings' folder."""

    file: str
    category: str
    key: GroupKey
    interaction: int
    """Place in the recording: a later exchange has a higher number."""
    method: str
    url: str
    path: str
    """The URL's path, percent-decoded once, without a slash at its end."""
    subscription_id: str | None
    status: int
    sha1: str
    is_request: bool
    """The file holds what was sent to Azure, not what Azure sent."""


def read_manifest(folder: Path) -> Sequence[Record]:
    """All recorded exchanges, in the manifest's order.

    Raises RecordingsError if the manifest or a body is missing, or a row is not as expected.
    """
    path = folder / "manifest.json"
    try:
        rows = json.loads(path.read_bytes())
    except OSError as error:
        raise RecordingsError(
            f"{path} cannot be read ({error.strerror}): give the folder of the recordings."
        ) from error
    except ValueError as error:
        raise RecordingsError(f"{path} is not JSON ({error}): fetch the recordings again.") from error
    try:
        records = tuple(_record(row) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingsError(f"{path} has a row of another form ({error!r}): fetch the recordings again.") from error
    missing = [record.file for record in records if not (folder / record.file).is_file()]
    if missing:
        raise RecordingsError(f"{len(missing)} recorded bodies are missing, {missing[0]} first: fetch them again.")
    return records


def _record(row: Mapping[str, Any]) -> Record:
    source, request, response = row["source"], row["request"], row["response"]
    url = str(request["url"])
    path = unquote(urlsplit(url).path).rstrip("/")
    vault, subscription = _VAULT.search(path), _SUBSCRIPTION.match(path)
    return Record(
        file=str(row["file"]),
        category=str(row["category"]),
        key=GroupKey(str(source["repo"]), str(source["path"]), str(source["commit"]), vault and vault[1].lower()),
        interaction=int(source["interaction"]),
        method=str(request["method"]),
        url=url,
        path=path,
        subscription_id=subscription and subscription[1],
        status=int(response["status"]),
        sha1=str(row["sha1"]),
        is_request=row.get("step") == "restore_post",
    )
