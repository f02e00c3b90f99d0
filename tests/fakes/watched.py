"""A small Azure in memory that can be asked for fresh failures; its vaults and jobs are those of `FakeAzure`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from evidence.records import Capture, Kind, Outcome, Vault
from evidence.sources.interface import vault_key
from evidence.sources.watching import FRESH, WatchRequest
from tests.fakes.bodies import FakeVault, job_body, listing
from tests.fakes.source import FakeAzure
from tests.fakes.source import _Line as Line


@dataclass
class WatchedAzure:
    """Answers looks; what `refused` names by vault is not read, with this reason."""

    azure: FakeAzure
    description: str = "Azure in memory"
    refused: dict[str, str] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    """Raised when a vault is asked."""
    asked: list[str] = field(default_factory=list)
    """Names of the vaults asked, in order."""
    before: Callable[[str], None] = lambda _: None
    """Called with each vault's name before it answers."""

    def watch(self, vault: Vault, request: WatchRequest) -> Capture:
        """Failed jobs of one vault that began in the window, a list for each state."""
        self.asked.append(vault.name)
        self.before(vault.name)
        if vault.name in self.broken:
            raise self.broken[vault.name]
        line = Line(self.azure, f"{request.run_id}.{vault_key(vault.vault_id, vault.name)}", vault.name)
        (found,) = (one for one in self.azure.vaults if one.vault.vault_id == vault.vault_id)
        if vault.name in self.refused:
            line.refused(Kind.JOBS, None, f"{vault.name}/backupJobs", status=429)
            row = line.covered(Kind.JOBS, Outcome.NOT_REACHED, self.refused[vault.name], 0)
            return Capture(line.capture_id, vault.vault_id, vault, tuple(line.calls), (row,))
        count = sum(_answered(line, found, status, request) for status in FRESH)
        row = line.covered(Kind.JOBS, Outcome.COLLECTED, None, count)
        return Capture(line.capture_id, vault.vault_id, vault, tuple(line.calls), (row,))


def _answered(line: Line, vault: FakeVault, status: str, request: WatchRequest) -> int:
    jobs = [
        job
        for job in vault.jobs
        if job.status == status and (job.started_at is None or job.started_at in request.window)
    ]
    body = listing([job_body(vault, job, detailed=False) for job in jobs])
    line.answered(Kind.JOBS, None, f"{vault.name}/backupJobs", body)
    return len(jobs)
