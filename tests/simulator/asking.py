"""Asks a world as ARM is asked, without a server between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from simulator.interface import ArmRequest, ArmResponse, World

BASE = "http://127.0.0.1:1"


def ask(world: World, path: str, now: datetime, **query: str) -> ArmResponse:
    """One GET; `filter` and `skiptoken` stand for `$filter` and `$skiptoken`."""
    spelled = {f"${name}" if name in ("filter", "skiptoken") else name: value for name, value in query.items()}
    return world.answer(ArmRequest("GET", path, {"api-version": "2023-04-01", **spelled}, BASE, now))


def body(world: World, path: str, now: datetime, **query: str) -> Any:
    """The body of one GET that must succeed."""
    answer = ask(world, path, now, **query)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def pages(world: World, path: str, now: datetime, **query: str) -> Iterator[list[Any]]:
    """All pages of a list, following next links."""
    from urllib.parse import parse_qs, unquote, urlsplit

    while True:
        answer = body(world, path, now, **query)
        yield answer["value"]
        if "nextLink" not in answer:
            return
        parts = urlsplit(answer["nextLink"])
        assert answer["nextLink"].startswith(BASE)
        path = unquote(parts.path)
        query = {name.lower().lstrip("$"): values[0] for name, values in parse_qs(parts.query).items()}
        query.pop("api-version")


def rows(world: World, path: str, now: datetime, **query: str) -> list[Any]:
    """All rows of a list."""
    return [row for one in pages(world, path, now, **query) for row in one]


def vaults(world: World, now: datetime) -> list[Any]:
    """All vaults of all subscriptions."""
    return [
        vault
        for subscription in world.subscriptions()
        for vault in rows(world, f"/subscriptions/{subscription}/providers/Microsoft.RecoveryServices/vaults", now)
    ]


def readable(world: World, now: datetime) -> list[Any]:
    """The vaults that can be asked."""
    return [vault for vault in vaults(world, now) if ask(world, vault["id"], now).status == 200]
