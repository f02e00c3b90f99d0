"""The watch: a sensor that asks vaults between nights for fresh failures, the job that tells their owners, and the morning's summary.

Wiring only. The sensor looks by itself, for a run takes longer to begin than a look; it asks for a run only where somebody is to be told. What it
saw before stands in the ledger, never in its cursor, which anybody who reaches Dagster's web server can write.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, time

import dagster as dg

from assets.workbench import Workbench
from evidence.compose import Composition
from evidence.errors import SourceError
from evidence.packs.mornings import morning_messages, mornings
from evidence.runs.outbox import Told
from evidence.runs.watch.alerts import tell_owners, told_in_part
from evidence.runs.watch.look import Look, look
from evidence.settings import Configuration, Settings, load_configuration

ALERTS, MORNING = "watch_alerts", "morning_summary"
MINUTES_AFTER = 50
"""After the night's end: its run has begun half an hour after it, and work begins at 07:00 where nights end at 06:00."""
TRIES_EVERY_S = 300
Compose = Callable[[Configuration], Composition]


class Watch:
    """Looks with the parts of the configuration as it stands; what Azure told of budgets is remembered while it does not change."""

    def __init__(self, configuration: Configuration, compose: Compose) -> None:
        self._path, self._compose = configuration.path, compose
        self._composition: Composition | None = None
        self._first: frozenset[str] = frozenset()

    def look(self) -> tuple[Look, Composition]:
        """Look once; vaults that could not be asked last time come first."""
        configuration = load_configuration(self._path)
        if self._composition is None or self._composition.configuration.sha256 != configuration.sha256:
            self._composition = self._compose(configuration)
        found = look(self._composition.parts, self._composition.watching, self._first)
        self._first = frozenset(one.vault_id for one in found.unread)
        return found, self._composition


def watch_sensor(
    job: dg.JobDefinition, configuration: Configuration, compose: Compose = Composition
) -> dg.SensorDefinition:
    """Looks every few minutes; stopped unless `automation: on`."""
    settings = configuration.settings
    watch = Watch(configuration, compose)

    @dg.sensor(
        name="watch_sensor",
        job=job,
        minimum_interval_seconds=int(settings.watch.every.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING if settings.automation else dg.DefaultSensorStatus.STOPPED,
        description="Asks vaults for fresh failures, records them as exceptions, and has their owners told.",
    )
    def looks(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        try:
            found, composition = watch.look()
        except SourceError as error:
            yield dg.SkipReason(" ".join(error.diagnostics()))
            return
        context.update_cursor(json.dumps(_cursor(found)))
        for one in found.unread:
            context.log.warning("%s could not be asked: %s", found.names[one.vault_id], one.reason)
        if found.recorded is not None:
            yield dg.RunRequest(run_key=found.run_id, tags={"evidence/reason": sentence(found)})
            return
        again = told_in_part(composition.parts, composition.parts.ledger.entries())
        if again is not None:
            turn = int(found.looked_at.timestamp()) // TRIES_EVERY_S
            tags = {"evidence/reason": "some messages were not delivered"}
            yield dg.RunRequest(run_key=f"again:{again.sequence}:{turn}", tags=tags)
            return
        yield dg.SkipReason(sentence(found))

    return looks


def sentence(found: Look) -> str:
    """What a look found, for people."""
    told = f"{len(found.vaults) - len(found.unread)} of {len(found.vaults)} vaults answered"
    news = f"{len(found.fresh)} new failed jobs" if found.fresh else "nothing new"
    names = ", ".join(found.names[one.vault_id] for one in found.unread)
    unread = f"; NOT KNOWN: {names}" if names else ""
    return f"{told}; {news}, {found.known} known before{unread}."


def _cursor(found: Look) -> dict[str, object]:
    unread = {found.names[one.vault_id]: one.reason for one in found.unread}
    return {"looked_at": found.looked_at.isoformat(), "fresh": len(found.fresh), "known": found.known, "unread": unread}


@dg.op
def tell_problems(context: dg.OpExecutionContext, workbench: dg.ResourceParam[Workbench]) -> None:
    """Tell owners what is due of all problems as they stand."""
    composition = workbench.composition
    _report(context, tell_owners(composition.parts, composition.office, composition.settings.tiers))


@dg.op
def tell_morning(context: dg.OpExecutionContext, workbench: dg.ResourceParam[Workbench]) -> None:
    """Tell the team of each scope whether its backups are proven."""
    composition = workbench.composition
    parts, settings, office = composition.parts, composition.settings, composition.office
    now = parts.clock.now()
    found = list(mornings(parts, composition.scopes(), now, settings.tiers))
    for one in found:
        verdict = one.verdict
        context.log.info("%s: %s, %d of %d", one.scope, verdict.code.name, verdict.proven, verdict.critical)
    more = morning_messages(office, found, settings.watch, now) if office is not None else []
    _report(context, tell_owners(parts, office, settings.tiers, more))


def _report(context: dg.OpExecutionContext, told: Told | None) -> None:
    if told is None:
        context.log.warning("No owners file is configured, so nobody was told.")
        return
    failed = [one for one in told.attempts if not one.ok]
    context.log.info("%d messages delivered, %d left", told.delivered, len(told.left))
    for one in failed:
        context.log.warning("%s over %s: %s", one.message_id, one.channel, one.status)


def alerts_job() -> dg.JobDefinition:
    """One step: tell owners what is due."""

    @dg.job(name=ALERTS, executor_def=dg.in_process_executor, description="Tell owners of problems what is due.")
    def watch_alerts() -> None:
        tell_problems()

    return watch_alerts


def morning_job() -> dg.JobDefinition:
    """One step: the morning's summary of each scope."""

    @dg.job(
        name=MORNING,
        executor_def=dg.in_process_executor,
        description="Tell the team of each scope, before work begins, whether its backups are proven.",
    )
    def morning_summary() -> None:
        tell_morning()

    return morning_summary


def morning_schedule(job: dg.JobDefinition, settings: Settings) -> dg.ScheduleDefinition:
    """The schedule of the summary; stopped unless `automation: on`."""
    at = _summary_at(settings)

    @dg.schedule(
        name="morning_schedule",
        job=job,
        cron_schedule=f"{at.minute} {at.hour} * * *",
        execution_timezone=settings.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if settings.automation else dg.DefaultScheduleStatus.STOPPED,
        description="Sends the summary of each scope before work begins.",
    )
    def morning(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        yield dg.RunRequest(run_key=f"morning:{context.scheduled_execution_time.astimezone(UTC):%Y-%m-%d}")

    return morning


def _summary_at(settings: Settings) -> time:
    if settings.watch.summary_at is not None:
        return time.fromisoformat(settings.watch.summary_at)
    begins = time.fromisoformat(settings.night_starts_at)
    minutes = (begins.hour * 60 + begins.minute + MINUTES_AFTER) % (24 * 60)
    return time(minutes // 60, minutes % 60)
