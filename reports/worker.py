"""Runs the layout of PDFs in a process of its own, with limits of memory and time, and keeps it for the next one.

Not here: what a document says (`html`), how it is laid out (`pdf`, which runs in the other process). Invariant: the other
process gets no environment of ours but what is listed here, sees no font of the machine, and ends with this one.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import threading
import weakref
from functools import cache
from pathlib import Path
from typing import IO

from reports import fonts
from reports.errors import RenderError

LONGEST_S = 600.0
"""Seconds for one report; a report of 1,000 rows takes ten."""
LONG_BYTES = 256 << 10
"""HTML of some thirty pages: the process keeps the memory that such a report took, so it is ended and the next one started afresh."""
HEADER = struct.Struct(">BQ")
"""One byte of outcome (or 0) and the length of what follows."""
MADE, REFUSED = 1, 2
_ROOT = Path(__file__).parent.parent
_HANDED_ON = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


class PdfWorker:
    """One process that turns HTML into PDF; started when first needed, started again after a failure."""

    def __init__(self, longest_s: float = LONGEST_S) -> None:
        self._longest_s = longest_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._finalizer: weakref.finalize[[subprocess.Popen[bytes]], PdfWorker] | None = None

    def pdf(self, html: str) -> bytes:
        """The document as PDF/A-3a.

        Raises RenderError where it cannot be set, where it takes longer than allowed and where the process dies.
        """
        content = html.encode()
        with self._lock:
            process = self._running()
            timer = threading.Timer(self._longest_s, process.kill)
            timer.start()
            try:
                outcome, answer = _asked(process, content)
            except (OSError, EOFError) as error:
                raise self._died(process) from error
            except BaseException:
                # Interrupted between question and answer: the answer must not be taken for that of the next question.
                process.kill()
                self._died(process)
                raise
            finally:
                timer.cancel()
            if len(content) > LONG_BYTES:
                self._finish()
        if outcome != MADE:
            raise RenderError("A report could not be laid out.", cause=answer.decode("utf-8", "replace"))
        return answer

    def close(self) -> None:
        """End the process; the next report starts another."""
        with self._lock:
            self._finish()

    def _finish(self) -> None:
        if self._finalizer is not None and self._owner == os.getpid():
            self._finalizer()
        self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        process = self._process
        if process is None or self._owner != os.getpid() or process.poll() is not None:
            process = self._process = _started()
            self._owner = os.getpid()
            self._finalizer = weakref.finalize(self, _end, process)
        return process

    def _died(self, process: subprocess.Popen[bytes]) -> RenderError:
        _end(process)
        code = process.returncode
        self._process = None
        return RenderError(
            "The process that lays out reports ended before the report was made.",
            cause=f"exit status {code}; it is ended after {self._longest_s:g} s, or when it runs out of memory",
            next_step="Print fewer rows in the report; whole tables belong in CSV and Parquet.",
        )


@cache
def shared_worker() -> PdfWorker:
    """The one worker of this process: starting it costs a second, a report of few rows less."""
    return PdfWorker()


def read_frame(stream: IO[bytes]) -> tuple[int, bytes]:
    """Outcome and content of one message; raises EOFError where the stream ends."""
    outcome, length = HEADER.unpack(_exactly(stream, HEADER.size))
    return outcome, _exactly(stream, length)


def write_frame(stream: IO[bytes], outcome: int, content: bytes) -> None:
    """Send one message whole."""
    stream.write(HEADER.pack(outcome, len(content)) + content)
    stream.flush()


def _exactly(stream: IO[bytes], length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError("The stream ended within a message.")
    return content


def _asked(process: subprocess.Popen[bytes], content: bytes) -> tuple[int, bytes]:
    if process.stdin is None or process.stdout is None:
        raise EOFError("The process has no pipes.")
    write_frame(process.stdin, 0, content)
    return read_frame(process.stdout)


def _started() -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    environment |= {
        "FONTCONFIG_FILE": str(fonts.FOLDER / "fonts.conf"),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(_ROOT),
        "SOURCE_DATE_EPOCH": "0",
        "TZ": "UTC",
    }
    # -P: the folder we stand in is no place to import from. A session of its own: Ctrl-C is for us, not for it.
    command = [sys.executable, "-P", "-W", "ignore:No fonts configured:UserWarning", "-m", "reports.pdf"]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe, at which the process ends by itself; make sure of it."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):  # it was not listening any more
            process.stdin.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
