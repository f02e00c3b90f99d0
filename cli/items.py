"""`backup-evidence items`: what is protected, what came of its last runs and what shows it, its points, exceptions and owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from cli.context import PARTIAL, Config, Output, compose, exits, moment_of_reading
from cli.help import Commands
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.notify.interface import Problem
    from evidence.runs.items_shown import Catalogue, ShownItem

app = Commands(
    help="Protected items: policy, runs, points, exceptions and owner.", no_args_is_help=True, rich_markup_mode=None
)
LIST_COLUMNS = (
    "item",
    "vault",
    "workload",
    "tier",
    "protection",
    "last_slot",
    "outcome",
    "last_point",
    "open",
    "owner",
)
SLOT_COLUMNS = ("slot_at", "part", "outcome", "reason", "job_ids", "recovery_point_id")
POINT_COLUMNS = ("at", "age", "type", "consistency", "tiers", "expires_at", "recovery_point_id")
EXCEPTION_COLUMNS = ("class", "severity", "state", "since", "nights", "summary")
MOST_POINTS = 20
"""Points on a terminal; all that are known are in `-o json`."""


@app.callback()
def group() -> None:
    """Protected items: policy, runs, points, exceptions and owner."""


@app.command("list")
def list_items(
    scope: Annotated[str | None, typer.Option("--scope", help="Only vaults of a configured scope.")] = None,
    vault: Annotated[str | None, typer.Option("--vault", help="Only vaults whose name fits, such as 'rsv-*'.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """List the items of the newest sealed night, with the last run that was due of each, open exceptions and owner.

    Ends 4 where a list of that night was not read whole: then items or their runs may be missing.

    Examples:
      backup-evidence items list --scope eu
      backup-evidence items list --vault 'rsv-branch-*' -o csv
    """
    with exits():
        composition = compose(config)
        catalogue = _catalogue(composition)
        found = _chosen(composition, catalogue, scope, vault)
        last = _last_slots(catalogue)
        problems, owners = _problems(composition), _owners(composition)
        rows = [_listed(one, last.get(one.key), problems.get(one.key, ()), owners.get(one.key)) for one in found]
        gaps = _unread(catalogue)
        meta = {"night": str(catalogue.night), "unread": gaps}
        emit(Result("backup-evidence/items/1", rows, LIST_COLUMNS, meta), output)
        for line in gaps:
            say(f"not read whole on night {catalogue.night}: {line}")
        if gaps:
            raise typer.Exit(PARTIAL)


@app.command()
def show(
    item: Annotated[str, typer.Argument(help="Its key, its name, or VAULT/NAME; `*` stands for anything.")],
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Show one item: the policy in force, its last runs with what shows their outcome, its points with their ages, exceptions and owner.

    Examples:
      backup-evidence items show Payments
      backup-evidence items show rsv-sql-weu/Payments -o json
    """
    with exits():
        composition = compose(config)
        catalogue = _catalogue(composition)
        found = catalogue.find(item)
        told = _told(composition, catalogue, found)
        if output is Format.TABLE:
            _print(told)
        else:
            emit(Result("backup-evidence/item/1", [told], (), {"night": str(catalogue.night)}), output)


def _catalogue(composition: Composition) -> Catalogue:
    from evidence.runs.items_shown import Catalogue

    return Catalogue(composition.store, composition.ledger.entries(), composition.settings.tiers)


def _unread(catalogue: Catalogue) -> list[str]:
    """Lists of the night that were not read whole, without which nothing can be said of what is not listed."""
    from evidence.ledger.folds import named_paths
    from evidence.packs.night_gaps import night_gaps
    from evidence.runs.sealed import SealedRows

    sealed = SealedRows(catalogue.store, named_paths(catalogue.entries))
    return [one.sentence for one in night_gaps(sealed, catalogue.entries, catalogue.night) if one.essential]


def _chosen(
    composition: Composition, catalogue: Catalogue, scope: str | None, vault: str | None
) -> Sequence[ShownItem]:
    from fnmatch import fnmatchcase

    found = catalogue.items()
    if scope is not None:
        chosen = composition.scope(scope)
        found = [one for one in found if one.vault is None or chosen.holds(one.vault)]
    if vault is not None:
        found = [one for one in found if fnmatchcase(one.vault_name.casefold(), vault.casefold())]
    return found


def _last_slots(catalogue: Catalogue) -> Mapping[str, Mapping[str, object]]:
    """The last run of each item that was due."""
    from evidence.assess.slots.values import Outcome

    last: dict[str, Mapping[str, object]] = {}
    for row in catalogue.slots(None):
        if row["outcome"] != Outcome.NOT_EXPECTED:
            last.setdefault(row["item_key"], row)
    return last


def _problems(composition: Composition) -> Mapping[str, Sequence[Problem]]:
    """Exceptions that stand, by item."""
    from evidence.notify.interface import ENDED
    from evidence.runs.problems import standing_problems

    found: dict[str, list[Problem]] = {}
    for one in standing_problems(composition.store, composition.ledger.entries(), composition.settings.tiers):
        if one.item_key and one.state not in ENDED:
            found.setdefault(one.item_key, []).append(one)
    return found


def _owners(composition: Composition) -> Mapping[str, Mapping[str, str]]:
    """Team and rule by item; nothing where no owners file is configured."""
    from evidence.runs.problems import protected_items

    owners = composition.owners
    if owners is None:
        return {}
    every = protected_items(composition.store, composition.ledger.entries(), composition.settings.tiers)
    owned = {one.item_key: owners.owner_of(one) for one in every if one.item_key}
    return {key: {"team": one.team.key, "name": one.team.name, "why": one.reason} for key, one in owned.items()}


def _listed(
    one: ShownItem, slot: Mapping[str, object] | None, problems: Sequence[Problem], owner: Mapping[str, str] | None
) -> dict[str, object]:
    return {
        "item": one.name,
        "vault": one.vault_name,
        "region": one.vault.region if one.vault else None,
        "workload": one.row["workload"],
        "tier": one.tier,
        "protection": "soft-deleted" if one.row["soft_deleted"] else one.row["protection_state"],
        "last_slot": _moment(slot["slot_at"]) if slot else None,
        "outcome": slot["outcome"] if slot else None,
        "last_point": _moment(one.row["last_recovery_point_at"]),
        "open": len(problems),
        "owner": owner["team"] if owner else None,
        "policy_id": one.row["policy_id"],
        "vault_id": one.row["vault_id"],
        "item_key": one.key,
        "observed_at": _moment(one.row["observed_at"]),
    }


def _told(composition: Composition, catalogue: Catalogue, item: ShownItem) -> dict[str, object]:
    now, slots = moment_of_reading(composition), catalogue.slots([item.key])
    problems = _problems(composition).get(item.key, ())
    due = [row for row in slots if row["outcome"] != "not_expected"]
    owner = _owners(composition).get(item.key)
    return {
        **_listed(item, due[0] if due else None, problems, owner),
        "owner": owner,
        "policy": _policy(catalogue, item),
        "slots": [_slot(row) for row in slots],
        "points": [_point(row, now) for row in catalogue.points(item)],
        "exceptions": [_exception(one) for one in problems],
    }


def _policy(catalogue: Catalogue, item: ShownItem) -> dict[str, object] | None:
    row = catalogue.policy(item)
    if row is None:
        return None
    told = {name: orjson.loads(row[name]) if row[name] else None for name in ("schedule", "retention")}
    name = str(row["policy_id"]).rpartition("/")[2]
    kept = {key: row[key] for key in ("policy_id", "content_sha256", "workload", "time_zone")}
    return {"name": name, **kept, **told, "observed_at": _moment(row["observed_at"])}


def _slot(row: Mapping[str, object]) -> dict[str, object]:
    return {
        name: _moment(value) if isinstance(value, datetime) else value
        for name, value in row.items()
        if name not in {"item_key", "vault_id", "item_name", "workload", "tier", "night", "observed_at"}
    }


def _point(row: Mapping[str, object], now: datetime) -> dict[str, object]:
    at = row["recovery_point_at"] or row["range_end_at"]
    return {
        "at": _moment(at),
        "age": _age(now - at) if isinstance(at, datetime) else None,
        "type": row["point_type"],
        "consistency": row["consistency"],
        "tiers": row["tiers"],
        "expires_at": _moment(row["expires_at"]),
        "soft_deleted": row["soft_deleted"],
        "range_start_at": _moment(row["range_start_at"]),
        "range_end_at": _moment(row["range_end_at"]),
        "recovery_point_id": row["recovery_point_id"],
        "observed_at": _moment(row["observed_at"]),
    }


def _exception(one: Problem) -> dict[str, object]:
    return {
        "class": one.class_,
        "severity": one.severity,
        "state": one.state,
        "since": _moment(one.first_seen),
        "nights": one.nights,
        "summary": one.summary,
        "exception_key": one.key,
        "episode": one.episode,
        "job_ids": list(one.job_ids),
        "error_codes": list(one.error_codes),
        "recommendation": one.recommendation,
    }


def _print(told: Mapping[str, object]) -> None:
    plain = {
        name: told[name]
        for name in ("item", "vault", "region", "workload", "tier", "protection", "item_key", "observed_at")
    }
    policy, owner = told["policy"], told["owner"]
    named = policy if isinstance(policy, Mapping) else {}
    plain["policy"] = f"{named['name']} (as of {named['observed_at']})" if named else "none in force that was read"
    plain["owner"] = (
        f"{owner['name']}: {owner['why']}" if isinstance(owner, Mapping) else "no owners file is configured"
    )
    emit(Result("", [{"fact": name, "value": value} for name, value in plain.items()], ("fact", "value")), Format.TABLE)
    sections: Sequence[tuple[str, Sequence[str], int | None]] = (
        ("slots", SLOT_COLUMNS, None),
        ("points", POINT_COLUMNS, MOST_POINTS),
        ("exceptions", EXCEPTION_COLUMNS, None),
    )
    for name, columns, most in sections:
        rows = told[name]
        known = rows if isinstance(rows, list) else []
        say(f"{name}: {len(known)}" + (f", the newest {most} of them" if most and len(known) > most else ""))
        emit(Result("", known[:most], columns), Format.TABLE)


def _moment(value: object) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else None


def _age(span: timedelta) -> str:
    """`3 d 4 h`, `5 h 12 min`."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    return f"{days} d {hours} h" if days else f"{hours} h {left} min"
