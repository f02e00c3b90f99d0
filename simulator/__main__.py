"""`python -m simulator`: an Azure on loopback, until it is ended.

Arguments and the life of the process only. It binds to loopback and to nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import re
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from simulator.clock import Clock, parse_moment
from simulator.connections import RememberedConnection
from simulator.control import Truth
from simulator.errors import SimulatorError
from simulator.generated import generated_world
from simulator.interface import World
from simulator.quota import Quota, parse_limits
from simulator.server import build_app

CUT_OVER = time(6, tzinfo=UTC)
FIRST_NIGHT = date(2026, 11, 1)
NIGHTS = 14


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until ended; 2 for arguments that make no sense."""
    options = _parser().parse_args(arguments)
    try:
        _loopback(options.host)
        quota = Quota(parse_limits(options.quota))
        world, truth = _world(options)
        start = parse_moment(options.clock) if options.clock else _start_of(world)
        clock = Clock(start, _stopped) if options.still else Clock(start)
    except SimulatorError as error:
        print(f"simulator: {error}", file=sys.stderr)  # noqa: T201
        return 2
    app = build_app(world, clock, quota=quota, latency_s=options.latency_ms / 1000, truth=truth)
    with (
        socket.create_server((options.host, options.port), family=_family(options.host)) as listening,
        contextlib.suppress(KeyboardInterrupt),
    ):
        _Server(_configuration(app), options.ready_file).run([listening])
    return 0


def _configuration(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=RememberedConnection,
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        lifespan="off",
    )


class _Server(uvicorn.Server):
    """A server that says where it is once it serves."""

    def __init__(self, config: uvicorn.Config, ready_file: Path | None) -> None:
        super().__init__(config)
        self._ready_file = ready_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the base URL and write the ready file."""
        await super().startup(sockets)
        for listening in sockets or ():
            host, port = listening.getsockname()[:2]
            url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            if self._ready_file is not None:
                unfinished = self._ready_file.with_name(self._ready_file.name + ".part")
                unfinished.write_text(url + "\n")
                unfinished.replace(self._ready_file)
            print(url, flush=True)  # noqa: T201


@dataclass(frozen=True, slots=True)
class Fleet:
    """What `--fleet` names."""

    vaults: int
    items: int
    machines_only: bool

    @classmethod
    def parse(cls, text: str) -> Fleet:
        """`500x200`, or `500x200:half`; raises ArgumentTypeError."""
        found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})(:half)?", text)
        if found is None:
            raise argparse.ArgumentTypeError(f"{text!r} is not like 500x200 or 500x200:half")
        return cls(int(found[1]), int(found[2]), found[3] is None)

    def world(self, options: argparse.Namespace, first: date, nights: int) -> World:
        """The fleet over a range of nights."""
        from simulator.fleet import fleet_world  # the other worlds need not load

        return fleet_world(
            options.seed,
            first,
            nights,
            vaults=self.vaults,
            items=self.items,
            machines_only=self.machines_only,
            keep_days=options.keep_days,
            page_size=options.page_size,
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the generated world is a function of it (default 1)")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--recordings", type=Path, help="serve this folder of recordings instead of a generated world")
    parser.add_argument("--first-night", type=date.fromisoformat, default=FIRST_NIGHT, metavar="DAY")
    parser.add_argument("--nights", default=str(NIGHTS), metavar="N | FIRST..LAST", help=f"default {NIGHTS}")
    parser.add_argument("--clock", help="where the clock starts, ISO 8601 (default: the first night's first moment)")
    parser.add_argument("--still", action="store_true", help="the clock moves only where it is set")
    parser.add_argument(
        "--fleet",
        type=Fleet.parse,
        metavar="VAULTSxITEMS",
        help="many vaults alike, for measuring: 500x200, or 500x200:half for half machines",
    )
    parser.add_argument(
        "--scenario",
        action="append",
        metavar="NAME",
        help="a small estate where this goes wrong, and nothing else: branch-backups, database-job, regional-extension; "
        "several may be given (`simulator/generated/scenarios.py` has the nights); restore-quarter stands alone (`quarter.py`)",
    )
    parser.add_argument("--keep-days", type=int, default=180, help="retention of a fleet's policies (default 180)")
    parser.add_argument(
        "--page-size", type=int, default=610, help="rows a page of a fleet's lists (default 610, the longest recorded)"
    )
    parser.add_argument("--latency-ms", type=int, default=0, help="each answer waits so long (default 0)")
    parser.add_argument(
        "--quota",
        default="1000",
        metavar="N | recorded | off",
        help="requests an action, vault and hour (default 1000), or the limits that recordings show",
    )
    parser.add_argument("--ready-file", type=Path, help="the base URL is written here once it serves")
    return parser


def _loopback(host: str) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SimulatorError(f"{host!r} is not a loopback address. The simulator serves this machine alone.")


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _world(options: argparse.Namespace) -> tuple[World, Truth | None]:
    if options.recordings is not None:
        from simulator.recorded import recorded_world  # the other world need not load

        return recorded_world(options.recordings), None
    first, count = _nights(options.first_night, options.nights)
    if options.fleet is not None:
        return options.fleet.world(options, first, count), None
    if options.scenario:
        from simulator.generated.scenarios import scenario_world  # the other worlds need not load

        scenes = scenario_world(options.scenario, options.seed, first, count)
        return scenes, scenes.truth
    generated = generated_world(options.seed, first, count)
    return generated, generated.truth


def _nights(first: date, text: str) -> tuple[date, int]:
    span = re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", text)
    try:
        if span is not None:
            first, last = date.fromisoformat(span[1]), date.fromisoformat(span[2])
            count = (last - first).days + 1
        else:
            count = int(text)
    except ValueError as error:
        raise SimulatorError(f"--nights {text!r} is neither a number nor FIRST..LAST.") from error
    if count < 1:
        raise SimulatorError(f"--nights {text!r} names no night.")
    return first, count


def _stopped() -> float:
    return 0.0


def _start_of(world: World) -> datetime:
    nights = world.nights()
    if not nights:
        raise SimulatorError("This world holds no night. Give --clock.")
    return datetime.combine(nights[0], CUT_OVER)


if __name__ == "__main__":
    sys.exit(main())
