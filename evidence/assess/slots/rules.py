"""What counts as in time: the rules of slots, from the settings.

Not here: which runs are expected (`expected`). Invariant: rules are plain values; equal rules judge equally.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from evidence.settings.judgement import JudgementSettings

EARLY = timedelta(minutes=5)
"""How far before its slot a job may seem to begin, and a point lie outside its job: clocks of guests differ (analytics 6.10)."""
LOG_GAP = 2
"""A stretch without logs is a gap when it is longer than so many times their interval (analytics 6.7)."""

_VM, _DATABASE, _FILES = "azureiaasvm", "azureworkload", "azurestorage"
_AGENTS = frozenset({"mab", "dpm", "azurebackupserver"})


@dataclass(frozen=True, slots=True)
class SlotRules:
    """How long runs may take to begin, to end and to be told of."""

    start_vm: timedelta = timedelta(hours=2)
    start_database: timedelta = timedelta(minutes=30)
    start_files: timedelta = timedelta(hours=2)
    start_agent: timedelta = timedelta(hours=2)
    start_backup_vault: timedelta = timedelta(hours=2)
    longest_run: timedelta = timedelta(hours=24)
    latency: timedelta = timedelta(hours=6)
    warnings_succeed: bool = False

    def start_within(self, management_type: str | None) -> timedelta:
        """How long after its time a run of this management type may begin; policies of Backup vaults name none."""
        name = (management_type or "").casefold()
        if name == _VM:
            return self.start_vm
        if name == _DATABASE:
            return self.start_database
        if name == _FILES:
            return self.start_files
        return self.start_agent if name in _AGENTS else self.start_backup_vault

    def longest_start(self) -> timedelta:
        """The longest that any run may take to begin."""
        return max(self.start_vm, self.start_database, self.start_files, self.start_agent, self.start_backup_vault)


def slot_rules(settings: JudgementSettings) -> SlotRules:
    """The rules that the settings give."""
    start = settings.start_within
    return SlotRules(
        start_vm=start.vm,
        start_database=start.database,
        start_files=start.files,
        start_agent=start.agent,
        start_backup_vault=start.backup_vault,
        longest_run=settings.longest_run,
        latency=settings.latency,
        warnings_succeed=settings.warnings_succeed,
    )
