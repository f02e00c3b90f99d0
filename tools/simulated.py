"""Runs the simulator for the time of a demonstration, and steers its clock.

Not here: what is demonstrated. Invariant: it is ended by its process id, whatever happens in between.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 60


@contextmanager
def simulator(folder: Path, port: int, first: date, nights: int, *, still: bool) -> Iterator[str]:
    """The base URL of a simulator whose log lies in `folder`; a still clock moves only where it is set.

    Raises SystemExit where it does not start.
    """
    ready, log = folder / "simulator.url", folder / "simulator.log"
    ready.unlink(missing_ok=True)
    words = ["--seed", "1", "--port", str(_free(port)), "--first-night", str(first), "--nights", str(nights)]
    words += ["--still"] if still else []
    with log.open("wb") as output:
        # A session of its own: on Ctrl-C it must not end before what still asks it.
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator", *words, "--ready-file", str(ready)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield _wait_for(process, ready, log)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)
        ready.unlink(missing_ok=True)


def told(url: str) -> dict[str, object]:
    """What one of the simulator's pages says."""
    with urllib.request.urlopen(url) as answer:
        return dict(json.load(answer))


def reach(url: str, moment: datetime) -> None:
    """Move the simulator's clock forward to a moment, unless it is later there."""
    now = datetime.fromisoformat(str(told(f"{url}/control/clock")["now"]))
    if now < moment:
        body = json.dumps({"now": moment.isoformat()}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{url}/control/clock", body, method="PUT")):
            pass


def _wait_for(process: subprocess.Popen[bytes], ready: Path, log: Path) -> str:
    given_up = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < given_up:
        if ready.exists():
            return ready.read_text().strip()
        time.sleep(0.05)
    raise SystemExit(f"The simulator did not start; see {log}.")


def _free(port: int) -> int:
    """The port, or 0 (any) where something else has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    return 0
