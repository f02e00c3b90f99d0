"""The runbook of a drill: what is restored from where to where, and the commands of two shells that do it. This program restores nothing itself.

Not here: the commands' text (`runbook_az`, `runbook_powershell`), quoting (`quoting`). Invariants: names stand in assignments alone, quoted, and commands are constant text;
what is not known is a blank that stops the script until somebody fills it in; every restore is to another place than the original.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidence.drills.plan import checks_told
from evidence.drills.quoting import for_bash, for_comment, for_powershell
from evidence.drills.runbook_az import AZ
from evidence.drills.runbook_kinds import BLANKS, Kind, kind_of
from evidence.drills.runbook_powershell import POWERSHELL
from evidence.drills.values import Planned
from evidence.errors import RefusedError

_VARIABLE = re.compile(r"\$\{?([A-Za-z_]+)")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known beside the drill."""

    region: str | None = None
    """Of its vault."""
    server: str | None = None
    """That takes what is restored, as configured."""


@dataclass(frozen=True, slots=True)
class Runbook:
    """Commands for a person to run."""

    kind: str
    notes: tuple[str, ...]
    """What to know and to do besides, in order."""
    blanks: tuple[tuple[str, str], ...]
    """Names of what must be filled in, and what each is."""
    az: str | None
    """A bash script; None where Azure CLI has no command for it."""
    powershell: str | None


def runbook(planned: Planned, around: Surroundings) -> Runbook:
    """The runbook; raises RefusedError where a name fits into no command."""
    kind, names = kind_of(planned), _names(planned, around)
    az, powershell = AZ.get(kind.key), POWERSHELL.get(kind.key)
    scripts = {_bash: az, _powershell: powershell}
    told = {make: _used(body or "", make is _powershell) for make, body in scripts.items()}
    blanks = [one for one in BLANKS if any(one in used for used in told.values()) and not names.get(one)]
    for name, value in names.items():
        _refuse_file_mark(planned, name, value if name in told[_bash] else None)
    made = [
        None if body is None else make(planned, kind, {one: names.get(one) for one in told[make]}, body)
        for make, body in scripts.items()
    ]
    return Runbook(
        kind=kind.title,
        notes=(*kind.notes, *_after(planned, tagged="backup-drill" in (az or ""))),
        blanks=tuple((one, BLANKS[one]) for one in blanks),
        az=made[0],
        powershell=made[1],
    )


def _used(body: str, powershell: bool) -> tuple[str, ...]:
    """The names that a script speaks of, in their usual order."""
    spoken = set(_VARIABLE.findall(body))
    return tuple(one for one in BLANKS if (powershell_name(one) if powershell else one) in spoken)


def _names(planned: Planned, around: Surroundings) -> Mapping[str, str | None]:
    """All that the commands speak of, by the name of its variable; None: a blank."""
    vault, item = _segments(planned.vault_id), _segments(planned.item_key)
    target, network = planned.target, _segments(planned.target.network or "")
    group = target.resource_group
    return {
        "SUBSCRIPTION": vault.get("subscriptions"),
        "VAULT_GROUP": vault.get("resourcegroups"),
        "VAULT": vault.get("vaults") or vault.get("backupvaults"),
        "CONTAINER": item.get("protectioncontainers"),
        "ITEM": item.get("protecteditems"),
        "INSTANCE": item.get("backupinstances"),
        "ITEM_ID": planned.item_key,
        "REGION": around.region,
        "TARGET_SUBSCRIPTION": target.subscription_id or vault.get("subscriptions"),
        "TARGET_GROUP": group,
        "TARGET_NAME": target.name or f"drill-{planned.drill_id.lower()}",
        "TARGET_SERVER": around.server,
        "NETWORK_GROUP": network.get("resourcegroups") or group,
        "NETWORK": network.get("virtualnetworks") or (None if network else target.network),
        "DRILL": planned.drill_id,
    }


def _segments(arm_id: str) -> dict[str, str]:
    """Names of an ARM id by the type before each; empty for what is no id."""
    if not arm_id.startswith("/"):
        return {}
    parts = arm_id.strip("/").split("/")
    return {kind.lower(): name for kind, name in zip(parts[::2], parts[1::2], strict=False)} | _providers(parts)


def _providers(parts: Sequence[str]) -> dict[str, str]:
    """Types and names after a provider, which shift the pairs by none: `providers/<namespace>/<type>/<name>`."""
    places = [number for number, part in enumerate(parts) if part.lower() == "providers"]
    if not places:
        return {}
    rest = parts[places[-1] + 2 :]
    return {kind.lower(): name for kind, name in zip(rest[::2], rest[1::2], strict=False)}


def _bash(planned: Planned, kind: Kind, values: Mapping[str, str | None], body: str) -> str:
    lines = ["#!/usr/bin/env bash", *(f"# {one}" for one in _title(planned, kind)), "set -euo pipefail", ""]
    for name, value in values.items():
        blank = "" if value else f"   # fill in: {BLANKS[name]}"
        lines.append(f"{name}={for_bash(value or '')}{blank}")
    lines += [
        f'[ -n "${name}" ] || {{ echo {for_bash(_ask(name, BLANKS[name]))} >&2; exit 2; }}'
        for name, value in values.items()
        if not value
    ]
    return "\n".join([*lines, "", body.strip(), ""])


def _powershell(planned: Planned, kind: Kind, values: Mapping[str, str | None], body: str) -> str:
    lines = [
        "# PowerShell with the Az modules",
        *(f"# {one}" for one in _title(planned, kind)),
        "$ErrorActionPreference = 'Stop'",
        "",
    ]
    for name, value in values.items():
        blank = "" if value else f"   # fill in: {BLANKS[name]}"
        lines.append(f"${powershell_name(name)} = {for_powershell(value or '')}{blank}")
    lines += [
        f"if (-not ${powershell_name(name)}) {{ throw {for_powershell(_ask(powershell_name(name), BLANKS[name]))} }}"
        for name, value in values.items()
        if not value
    ]
    return "\n".join([*lines, "", body.strip(), ""])


def powershell_name(name: str) -> str:
    """The same variable as PowerShell people write it."""
    return "".join(part.capitalize() for part in name.split("_"))


def _ask(name: str, what: str) -> str:
    return f"fill in {name}: {what}"


def _title(planned: Planned, kind: Kind) -> tuple[str, ...]:
    return (
        f"{planned.drill_id}: {for_comment(kind.title)} of {for_comment(planned.subject)}",
        f"window {planned.window_start:%Y-%m-%d %H:%MZ} to {planned.window_end:%Y-%m-%d %H:%MZ}",
    )


def _refuse_file_mark(planned: Planned, name: str, value: str | None) -> None:
    """Azure CLI reads a file where a value begins with @, whatever the shell's quotes say."""
    if value and value.startswith("@"):
        raise RefusedError(
            f"Drill {planned.drill_id}: {name} is {for_comment(value)}, which Azure CLI would take for the name of a file.",
            next_step="Restore it in the portal, with the tag and the name that `drills show` tells.",
        )


def _after(planned: Planned, *, tagged: bool) -> tuple[str, ...]:
    """What a person does around the restore, in its order."""
    drill = planned.drill_id
    tag = f"What is restored bears the tag backup-drill={drill}"
    name = (
        f"What is restored bears no tag in Azure; its name tells the drill: {for_comment(planned.target.name or drill)}"
    )
    return (
        f"{tag if tagged else name}. So it is found and known for this drill.",
        f"Write down when the loss was declared and when the service was usable: backup-evidence drills times {drill} --declared-loss … --usable …",
        f"The night's run finds the job; else: backup-evidence drills link {drill} JOB",
        f"Check and record {checks_told(planned)}: backup-evidence drills validate {drill} --kind …",
        f"Remove the copy, then: backup-evidence drills clean-up {drill} --known-by …",
    )
