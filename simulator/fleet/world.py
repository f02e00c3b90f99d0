"""A fleet: the template vault's answers, told again under the name of each of many vaults.

An answer is made once an hour of the clock and then only renamed, so that a fleet costs the machine little: what is measured
beside it shall not be the simulator. Jobs therefore bear the same ids in every vault, which Azure's never do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import orjson

from simulator.errors import json_response
from simulator.fleet.template import TEMPLATE, template_estate, template_plan
from simulator.generated.seeded import Seed
from simulator.generated.world import GeneratedWorld, Made
from simulator.interface import ArmRequest, ArmResponse
from simulator.paths import ArmPath, parse_path

HTTP_OK = 200
_Key = tuple[str, str, tuple[tuple[str, str], ...], datetime]


class FleetWorld:
    """So many vaults like the template, in its subscription."""

    def __init__(self, template: GeneratedWorld, vaults: int) -> None:
        self._template = template
        self.names = tuple(f"{TEMPLATE[:-5]}{number:05}" for number in range(1, vaults + 1))
        self._known = frozenset(self.names)
        self._kept: dict[_Key, ArmResponse] = {}

    def subscriptions(self) -> Sequence[str]:
        """The one subscription."""
        return self._template.subscriptions()

    def nights(self) -> Sequence[date]:
        """The nights asked for."""
        return self._template.nights()

    def answer(self, request: ArmRequest) -> ArmResponse:
        """Answer one request as the template would, under the vault's own name."""
        path = parse_path(request.path)
        if path is None or not path.vaults or not path.vault:
            return self._above(request, path)
        name = path.vault.lower()
        if name not in self._known:
            return self._template.answer(request)  # 404 in the words of any world
        told = self._told(replace(request, path=_renamed(request.path, name, TEMPLATE)))
        return replace(told, body=told.body.replace(TEMPLATE.encode(), name.encode()))

    def _told(self, request: ArmRequest) -> ArmResponse:
        hour = request.now.replace(minute=0, second=0, microsecond=0)
        key = (request.path, request.base_url, tuple(sorted(request.query.items())), hour)
        if key not in self._kept:
            self._kept[key] = self._template.answer(request)
        return self._kept[key]

    def _above(self, request: ArmRequest, path: ArmPath | None) -> ArmResponse:
        answer = self._template.answer(request)
        if path is None or not path.vaults or answer.status != HTTP_OK:
            return answer
        listed: Mapping[str, object] = orjson.loads(answer.body)
        rows = listed.get("value")
        template = [orjson.dumps(row).decode() for row in rows] if isinstance(rows, list) else []
        return json_response(
            {"value": [orjson.loads(text.replace(TEMPLATE, name)) for name in self.names for text in template]}
        )


def _renamed(path: str, name: str, other: str) -> str:
    at = path.lower().index(f"/{name}")
    return f"{path[: at + 1]}{other}{path[at + 1 + len(name) :]}"


def fleet_world(
    seed: int,
    first_night: date,
    nights: int,
    *,
    vaults: int,
    items: int,
    machines_only: bool,
    keep_days: int,
    page_size: int,
) -> FleetWorld:
    """A fleet of vaults with so many items each."""
    estate = template_estate(Seed(seed), items, machines_only=machines_only, keep_days=keep_days)
    made = Made(estate, template_plan(estate, first_night, nights), page_size)
    return FleetWorld(GeneratedWorld(seed, first_night, nights, made), vaults)
