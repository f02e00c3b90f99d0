"""Where tests keep evidence: a new folder, or a new container in a real Azurite; other processes can open them too."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from uuid import uuid4

from evidence.stores.directory_keeping import KeepingDirectoryStore
from evidence.stores.keeping import KeepingStore
from tests.fakes.azurite import shared_azurite
from tests.paths import ROOT

KINDS = ("directory", "azure_blob")


@dataclass(frozen=True, slots=True)
class Place:
    """All that a process needs to open a store."""

    kind: str
    address: str
    """Folder, or address of the account."""
    container: str = ""
    account: str = ""
    key: str = ""

    def open(self) -> KeepingStore:
        if self.kind == "directory":
            return KeepingDirectoryStore(Path(self.address))
        from azure.core.credentials import AzureNamedKeyCredential

        from evidence.stores.azure_blob_keeping import open_keeping_azure_blob

        credential = AzureNamedKeyCredential(self.account, self.key)
        return open_keeping_azure_blob(self.address, self.container, credential, create_container=False, retry_wait_s=0)

    def behind(self, port: int) -> Place:
        """The same, reached through a proxy at a port of this machine."""
        return replace(self, address=f"http://127.0.0.1:{port}/{self.account}")


def new_place(kind: str, folder: Path) -> Place:
    """An empty place; skips the test where no Azurite can be had."""
    if kind == "directory":
        return Place(kind, str(folder / "store"))
    azurite = shared_azurite()
    place = Place(kind, azurite.account_url, f"evidence-{uuid4().hex}", azurite.account, azurite.key)
    store = place.open()
    store.create_container()  # type: ignore[attr-defined]  # only the Azure store has containers to make
    return place


def start(module: str, place: Place, *arguments: str) -> subprocess.Popen[str]:
    """Another process at a place, which it reads from its standard input: keys are never arguments."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(asdict(place)) + "\n")
    process.stdin.flush()
    return process


def given_place() -> Place:
    """The place that `start` gave to this process."""
    return Place(**json.loads(sys.stdin.readline()))


def together(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Let processes that said `ready` go at once, and give what each printed then; all must end well."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return outputs


def wait_for_go() -> None:
    """Say that this process is ready, and wait for the others."""
    print("ready", flush=True)  # noqa: T201 - read by `together`
    sys.stdin.readline()
