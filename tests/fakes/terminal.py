"""A person at a terminal: a command behind a pseudo terminal, read and answered."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class Terminal:
    """Runs a command whose input and messages are a terminal, and whose data goes to a file."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self._own, theirs = pty.openpty()
        self._out = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the terminal
        self.seen = ""
        self._from = 0
        self._process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdin=theirs, stderr=theirs, stdout=self._out
        )
        os.close(theirs)

    def until(self, text: str, seconds: float = 60.0) -> str:
        """What was said up to a text, after what was awaited before."""
        end = time.monotonic() + seconds
        while text not in self.seen[self._from :]:
            assert time.monotonic() < end, f"{text!r} never came; seen:\n{self.seen}"
            assert self._read(), f"it ended before {text!r} came; seen:\n{self.seen}"
        place = self.seen.index(text, self._from) + len(text)
        said, self._from = self.seen[self._from : place], place
        return said

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._own, f"{line}\n".encode())

    def end(self) -> tuple[int, str]:
        """Its exit code, and what it printed on stdout."""
        while self._read():
            pass
        code = self._process.wait(60)
        self._out.seek(0)
        return code, self._out.read().decode()

    def close(self) -> None:
        """End it, wherever it stands."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._out.close()
        os.close(self._own)

    def _read(self) -> bool:
        """Read what is there; False at the end."""
        ready, _, _ = select.select([self._own], [], [], 1.0)
        if not ready:
            return True
        try:
            data = os.read(self._own, 65536)
        except OSError:  # the other end is closed: what Linux says instead of an end of file
            return False
        self.seen += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)
