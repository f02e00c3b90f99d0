"""`backup-evidence owners`: who owns what, why, and what is doubtful about the rules."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits, moment_of_reading
from cli.help import Commands
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evidence.compose import Composition
    from evidence.notify.interface import Problem
    from evidence.notify.owners import Owned, Owners

FINDINGS = 3
app = Commands(help="Who owns what.", no_args_is_help=True, rich_markup_mode=None)
Night = Annotated[
    datetime | None,
    typer.Option("--night", formats=["%Y-%m-%d"], help="By the owners that this night was judged by [default: now]."),
]


@app.callback()
def group() -> None:
    """Who owns what: the rules of the owners file, tried and explained."""


@app.command()
def show(night: Night = None, config: Config = None, output: Output = Format.TABLE) -> None:
    """List the rules in their order: what each fits, whose that is, and how they are told.

    Examples:
      backup-evidence owners show
      backup-evidence owners show --night 2026-11-21 -o json
    """
    with exits():
        composition = compose(config)
        owners = _owners(composition, night)
        kinds = {name: one.kind for name, one in composition.settings.channels.items()}
        rows = [_rule_row(owners, place, kinds) for place in range(len(owners.rules))]
        meta = {"version": owners.version, "sha256": owners.sha256, "teams": sorted(owners.teams)}
        columns = ("rule", "match", "owner", "new", "escalation", "digest")
        emit(Result("backup-evidence/owners-show/1", rows, columns, meta), output)


@app.command()
def check(config: Config = None, output: Output = Format.TABLE) -> None:
    """Name what is doubtful: rules that nothing reaches, teams that nothing tells, suppressions that overlap, items of the last rule.

    Ends 3 where something is a fault; items that only the last rule fits are listed and are none.

    Example: backup-evidence owners check
    """
    with exits():
        from evidence.notify.owners_check import check_owners

        composition = compose(config)
        owners = _owners(composition, None)
        kinds = {name: one.kind for name, one in composition.settings.channels.items()}
        today = moment_of_reading(composition).date()
        found = check_owners(owners, kinds, _items(composition), today)
        rows = [{"kind": one.kind, "subject": one.subject, "fault": one.fault, "told": one.told} for one in found]
        emit(Result("backup-evidence/owners-check/1", rows, ("kind", "subject", "fault", "told")), output)
        if not rows:
            say("every rule is reached, every team is told, and no item is left to the last rule")
        if any(one.fault for one in found):
            raise typer.Exit(FINDINGS)


@app.command("test")
def try_item(
    item: Annotated[str, typer.Option("--item", help="Name or id of an item; `*` stands for anything.")],
    vault: Annotated[str | None, typer.Option("--vault", help="Of an item that the store does not know.")] = None,
    region: Annotated[str | None, typer.Option("--region", help="The same.")] = None,
    workload: Annotated[str | None, typer.Option("--workload", help="The same, such as VM or SQLDataBase.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="NAME=VALUE, beside those that Azure told.")] = None,
    tier: Annotated[int | None, typer.Option("--tier", help="Instead of the one by `tiers`.")] = None,
    error_family: Annotated[str | None, typer.Option("--error-family", help="Of the problem.")] = None,
    class_: Annotated[str | None, typer.Option("--class", help="Of the problem, such as failed.")] = None,
    night: Night = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Explain rule by rule whose an item is.

    Examples:
      backup-evidence owners test --item sqldb-pay
      backup-evidence owners test --item "vm-*" --class failed --error-family vm_agent -o json
      backup-evidence owners test --item new-vm --vault rsv-euw-prd --region westeurope --workload VM
    """
    with exits():
        from dataclasses import replace

        composition = compose(config)
        owners = _owners(composition, night)
        found = _named(composition, item) or [_made_up(item, vault, region, workload)]
        tags = _tags(tag or [])
        rows = []
        for one in found:
            tried = replace(
                one,
                tags={**one.tags, **tags},
                class_=class_ or "",
                error_family=error_family,
                tier=one.tier if tier is None else tier,
            )
            rows += _tried_rows(tried, owners.owner_of(tried))
        columns = ("item", "rule", "fits", "reason", "owner")
        emit(Result("backup-evidence/owners-test/1", rows, columns, {"owners_sha256": owners.sha256}), output)


def _owners(composition: Composition, night: datetime | None) -> Owners:
    from evidence.errors import ConfigurationError
    from evidence.runs.owners import owners_then

    if night is not None:
        then = owners_then(composition.store, composition.ledger.entries(), night.date())
        if then is None:
            raise ConfigurationError(
                f"Night {night.date()} was not judged with an owners file.",
                next_step="Leave out --night for the owners of today.",
            )
        return then
    if composition.owners is None:
        raise ConfigurationError(
            "There are no owners.", next_step="Set `owners: owners.yaml`; see docs/configuration.md."
        )
    return composition.owners


def _items(composition: Composition) -> Sequence[Problem]:
    from evidence.runs.problems import protected_items

    return protected_items(composition.store, composition.ledger.entries(), composition.settings.tiers)


def _named(composition: Composition, item: str) -> list[Problem]:
    from evidence.notify.patterns import fits

    return [one for one in _items(composition) if fits(item, one.subject) or fits(item, one.item_key or "")]


def _made_up(item: str, vault: str | None, region: str | None, workload: str | None) -> Problem:
    from evidence.errors import ConfigurationError
    from evidence.notify.interface import Problem

    if vault is None:
        raise ConfigurationError(
            f"The store knows no item {item}.",
            next_step="Name it as `items` does, or say what it is with --vault, --region and --workload.",
        )
    say(f"the store knows no item {item}: tried as it is described")
    return Problem("", 0, "", "info", "", item, None, vault, vault, region, workload, None)


def _tags(told: Sequence[str]) -> dict[str, str]:
    from evidence.errors import ConfigurationError

    found = {}
    for one in told:
        name, equals, value = one.partition("=")
        if not (name and equals):
            raise ConfigurationError(f"`{one}` is no tag.", next_step="Give --tag NAME=VALUE.")
        found[name] = value
    return found


def _tried_rows(item: Problem, owned: Owned) -> list[Mapping[str, object]]:
    return [
        {
            "item": item.subject,
            "rule": one.rule_id,
            "fits": one.fits,
            "reason": owned.reason if one.rule_id == owned.rule.rule_id else one.reason,
            "owner": owned.team.key if one.rule_id == owned.rule.rule_id else None,
            "item_key": item.item_key,
        }
        for one in owned.tried
    ]


def _rule_row(owners: Owners, place: int, kinds: Mapping[str, str]) -> Mapping[str, object]:
    from evidence.assess.points.attainment import spoken
    from evidence.notify.interface import Occasion
    from evidence.notify.routing import channels_for

    rule = owners.rules[place]
    team = owners.team(rule.team)
    match: dict[str, object] = {name.rstrip("_"): list(patterns) for name, patterns in rule.match.texts()}
    match |= {f"tag {name}": list(patterns) for name, patterns in rule.match.tags}
    match |= {"tier": list(rule.match.tier)} if rule.match.tier else {}
    return {
        "rule": rule.rule_id,
        "match": match or "everything",
        "owner": f"tag {rule.tag}, else {rule.team}" if rule.tag else rule.team,
        "new": list(channels_for(rule, team, Occasion.OPENED, kinds)),
        "recurring": list(channels_for(rule, team, Occasion.RECURRING, kinds)),
        "reminder": list(channels_for(rule, team, Occasion.REMINDED, kinds)),
        "escalation": [f"after {spoken(step.after)}: {step.to}" for step in rule.escalate],
        "digest": list(channels_for(rule, team, Occasion.DIGEST, kinds)),
    }
