"""Problems, owners and messages of tests, written by hand."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from evidence.notify.history import Attempt, History, fold
from evidence.notify.interface import Message, Problem
from evidence.notify.links import Links
from evidence.notify.outbox import Desk, due
from evidence.notify.owners import Owners
from evidence.notify.owners_file import parse_owners

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
"""A Monday."""
NIGHT = date(2026, 11, 22)
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
VAULT = f"{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/rsv-euw-prd"
JOB = "4f2c7a5e-0000-4000-8000-000000000001"
CODE = "UserErrorSQLNoSysadminMembership"
ADVICE = "Give the backup account the role sysadmin and run the backup again."
OWNERS = b"""\
version: 3
teams:
  dba-eu:
    name: EU databases
    email: [dba-eu@example.com]
    servicenow: {assignment_group: DBA EU}
    pagerduty: {secret: "env:PD_KEY"}
    jira: {project: DBA}
    teams: {secret: "env:TEAMS_URL"}
    apprise: {secret: "env:APPRISE_URL"}
  plat:
    name: Platform
    email: plat@example.com
    servicenow: {assignment_group: Cloud Platform}
rules:
  - id: databases
    match: {workload: [sql, hana]}
    owner: dba-eu
    escalate: [{after: 1d, to: plat}, {after: 3d, to: "email:head@example.com"}]
    notify: {new: [servicenow], digest: [mail]}
  - id: west
    match: {region: [westeurope, northeurope], vault: "rsv-*-prd"}
    owner: {tag: backup-owner, fallback: plat}
  - id: default
    match: {}
    owner: plat
"""


def key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def problem(name: str = "pay", **changes: object) -> Problem:
    """A failed backup of a SQL database."""
    told = Problem(
        key=key(name),
        episode=1,
        class_="failed",
        severity="error",
        state="open",
        subject=name,
        item_key=f"{VAULT}/backupfabrics/azure/protectioncontainers/c/protecteditems/{name}",
        vault_id=VAULT,
        vault_name="rsv-euw-prd",
        region="westeurope",
        workload="SQLDataBase",
        tier=0,
        error_family="sql_permission",
        error_codes=(CODE,),
        job_ids=(JOB,),
        summary="The full backup of 22:00 failed.",
        recommendation=ADVICE,
        first_seen=NOW - timedelta(hours=7),
        last_seen=NOW - timedelta(hours=7),
        tenant_id="tenant-1",
        evidence=("assessments/exceptions/night=2026-11-22/a.parquet",),
    )
    return replace(told, **changes)  # type: ignore[arg-type]  # passed on as they are


def owners(raw: bytes = OWNERS) -> Owners:
    return parse_owners(raw, "owners.yaml")


KINDS = {"mail": "mail", "servicenow": "servicenow", "pagerduty": "pagerduty"}
LINKS = Links("https://evidence.example.com/exceptions/{key}", None)


def desk(now: datetime = NOW, night: date | None = None, **changes: object) -> Desk:
    told = Desk(owners(), KINDS, LINKS, now, now.date(), night)
    return replace(told, **changes)  # type: ignore[arg-type]  # passed on as they are


def message(
    told: Problem | None = None, channel: str = "servicenow", team: str = "dba-eu", **changes: object
) -> Message:
    """The first message about a problem over one channel, whatever the rules say."""
    rules = OWNERS.replace(b"new: [servicenow]", f"new: [{channel}]".encode())
    found = due([told or problem()], desk(owners=owners(rules), kinds={channel: channel}), History())
    opened = next(one for one in found if one.channel == channel)
    return replace(opened, team=team, **changes)  # type: ignore[arg-type]  # passed on as they are


def sent(found: Message, at: datetime = NOW, *, ok: bool = True, retry: bool = False, number: int = 1) -> Attempt:
    """That a message was sent, or that it failed."""
    return Attempt(
        message_id=found.message_id,
        ticket=found.ticket,
        exception_key=found.problem.key if found.problem else None,
        episode=found.problem.episode if found.problem else None,
        occasion=found.occasion.value,
        stage=found.stage,
        team=found.team,
        channel=found.channel,
        bucket=found.bucket,
        subject=found.subject,
        number=number,
        at=at,
        ok=ok,
        status="",
        external_id="x1" if ok else None,
        retry=retry,
        retry_after_s=None,
    )


def after(*attempts: Attempt) -> History:
    return fold(attempts)
