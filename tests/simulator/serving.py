"""Runs `python -m simulator` for a test, and ends it by its process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.paths import ROOT

PATIENCE_S = 30


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[str]:
    """Base URL of a simulator that serves until the block ends."""
    ready = folder / "ready"
    command = [sys.executable, "-m", "simulator", "--port", "0", "--ready-file", str(ready), *arguments]
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield _url(process, ready, folder / "log")
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _url(process: subprocess.Popen[bytes], ready: Path, log: Path) -> str:
    given_up = time.monotonic() + PATIENCE_S
    while not ready.exists():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < given_up, "the simulator did not start in time"
        time.sleep(0.02)
    return ready.read_text().strip()


def signed_in(url: str) -> httpx.Client:
    """A client with a token of the simulator's."""
    answer = httpx.get(
        f"{url}/msi/token",
        params={"api-version": "2019-08-01", "resource": "https://management.azure.com/"},
        headers={"X-IDENTITY-HEADER": "given by the environment"},
    )
    token = answer.raise_for_status().json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    return httpx.Client(base_url=url, headers=headers, params={"api-version": "2023-04-01"})
