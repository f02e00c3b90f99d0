"""Azure as a source of facts: puts credential, pipeline, discovery and capture together.

Not here: what answers mean. Invariant: safe for several threads; what they share, each under a lock, is the tokens,
what is known of budgets, and the waiting that a run may do.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from azure.core.credentials import TokenCredential

from evidence.clocks import Clock
from evidence.records import WITHOUT_SECOND_SOURCES, Capture, CaptureRequest, Discovery, Vault
from evidence.sources.azure.capture import capture_vault
from evidence.sources.azure.credentials import Tokens, credential_for
from evidence.sources.azure.discovery import discover
from evidence.sources.azure.examining import examine
from evidence.sources.azure.options import AzureOptions, endpoint_of
from evidence.sources.azure.quota import Governor
from evidence.sources.azure.retrying import Patience, RunWaits
from evidence.sources.azure.session import Line
from evidence.sources.azure.watching import watch_vault
from evidence.sources.examination import Examination
from evidence.sources.known import KnownBefore, nothing_known
from evidence.sources.watching import WatchRequest


@dataclass(frozen=True, slots=True)
class AzureSource:
    """Recovery Services vaults of the configured subscriptions, read through the Azure SDKs."""

    line: Line
    known_before: KnownBefore = nothing_known
    waits: dict[str, RunWaits] = field(default_factory=dict)
    """The waiting of each run, by its id."""

    @property
    def description(self) -> str:
        """What is asked, for people."""
        options = self.line.options
        told = f"Azure at {self.line.endpoint.base_url}, {_whose(options)}, credential {options.credential}"
        return told if options.second_sources else f"{told}, {WITHOUT_SECOND_SOURCES}"

    def discover(self, request: CaptureRequest) -> Discovery:
        """The vaults in scope; raises SignInError where nothing at all may be asked."""
        return discover(self._line(request), request, self.known_before)

    def capture(self, vault: Vault, request: CaptureRequest) -> Capture:
        """All that one vault answers; every failure becomes coverage."""
        return capture_vault(self._line(request), vault, request)

    def watch(self, vault: Vault, request: WatchRequest) -> Capture:
        """Fresh failures of one vault; every failure to ask becomes coverage."""
        # Waits are bounded vault by vault: a look has no other run's patience to spend, and leaves nothing behind.
        return watch_vault(replace(self.line, waits=RunWaits(self.line.options.max_run_wait_s)), vault, request)

    def examine(self, request: CaptureRequest, progress: Callable[[str, int, int], None]) -> Examination:
        """Rights, privileges, clock and versions; keeps nothing. Raises SignInError where nothing at all may be asked."""
        line = self._line(request)
        return examine(line, discover(line, request, self.known_before), request, progress)

    def _line(self, request: CaptureRequest) -> Line:
        # `setdefault` is atomic: of two threads that come first, both get the same one.
        waits = self.waits.setdefault(request.run_id, RunWaits(self.line.options.max_run_wait_s))
        return replace(self.line, waits=waits)


def _whose(options: AzureOptions) -> str:
    if options.management_group is not None:
        return f"subscriptions of management group {options.management_group}"
    if options.all_subscriptions:
        return "all subscriptions that its identity sees"
    count = len(dict.fromkeys(options.subscriptions))
    return "1 subscription" if count == 1 else f"{count} subscriptions"


def azure_source(
    options: AzureOptions,
    clock: Clock,
    *,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
    sleep: Callable[[float], None] = time.sleep,
    machine_time: Callable[[], float] = time.time,
    make_credential: Callable[[], TokenCredential] | None = None,
    known_before: KnownBefore = nothing_known,
) -> AzureSource:
    """The source that the options describe; raises ConfigurationError. Nothing is asked before its first use.

    `clock` dates the evidence; `machine_time` only tells when a token grows old, which is never in the evidence's time.
    """
    endpoint = endpoint_of(options)
    tokens = Tokens(make_credential or partial(credential_for, options, endpoint), endpoint.scope, machine_time)
    patience = Patience(options.max_attempts, options.max_wait_s, sleep, entropy)
    governor = Governor(options.quota_reserve, options.max_wait_s)
    line = Line(options, endpoint, tokens, clock, patience, governor, RunWaits(options.max_run_wait_s))
    return AzureSource(line, known_before)
