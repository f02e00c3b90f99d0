"""Nights of the real product against the simulator with faults switched on, and what each night left in all places.

Not here: what must be there. Everything runs as a user runs it, but waits that the source would sleep are not slept, and answers
that stall are given up after two seconds instead of sixty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from evidence.sources.azure import AzureSource
from evidence.sources.azure import source as azure
from tests.e2e.scene import Row, Scene, member, rows, statement
from tests.faults.scenarios import Rule
from tests.reports.poppler import text

READ_TIMEOUT_S = 2.0
MAX_ATTEMPTS = 2


@contextmanager
def impatient() -> Iterator[None]:
    """A source that waits for nothing."""
    true = azure.azure_source

    def quick(options: Any, clock: Any, **more: Any) -> AzureSource:
        hasty = replace(options, read_timeout_s=READ_TIMEOUT_S, max_attempts=MAX_ATTEMPTS)
        return true(hasty, clock, **{**more, "sleep": lambda _: None})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(azure, "azure_source", quick)
        yield


class Elsewhere:
    """Another host, which must never hear from us."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address while it listens."""
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(f"{self.path} {self.headers.get('Authorization')}")
                self.send_response(404)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = Thread(target=partial(server.serve_forever, 0.05), daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/subscriptions/next?$skiptoken=2"
            finally:
                server.shutdown()
                thread.join()


@dataclass(frozen=True)
class Left:
    """What a night left behind."""

    night: str
    code: int
    run: Sequence[Row]
    coverage: Mapping[tuple[str, str], Row]
    """By vault name and kind."""
    completeness: Row
    text: str
    """Of the PDF, without any white space."""
    status: Row
    pack: Path

    def row(self, vault: str, kind: str) -> Row:
        """One row of coverage."""
        return self.coverage[vault, kind]


def run_night(scene: Scene, night: str, faults: Sequence[Rule]) -> Left:
    """Run one night under these faults."""
    with scene.faults(*faults):
        told = scene("run", "--night", night, code=(0, 4))
    (row,) = (one for one in told.data if one["night"] == night)
    pack = scene.folder / "store" / row["path"]
    found = {(one["vault_id"].rsplit("/", 1)[-1], one["kind"]): one for one in rows(pack, "coverage")}
    status = next(one for one in scene("status", code=(0, 4)).data if one["night"] == night)
    return Left(
        night,
        told.code,
        told.data,
        found,
        statement(pack)["completeness"],
        bare(text(member(pack, "data/report.pdf"))),
        status,
        pack,
    )


def bare(text: str) -> str:
    """Text without white space and the marks at which a line may break."""
    return re.sub(r"[\s\u00ad\u200b-\u200d\u2060\ufeff]+", "", text)
