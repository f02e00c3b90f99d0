"""Azure as a source of facts: puts credential, pipeline, discovery and capture together.

Not here: what answers mean. Invariant: safe for several threads; what they share is the tokens, under a lock.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from azure.core.credentials import TokenCredential

from evidence.clocks import Clock
from evidence.records import Capture, CaptureRequest, Discovery, Vault
from evidence.sources.azure.capture import capture_vault
from evidence.sources.azure.credentials import Tokens, credential_for
from evidence.sources.azure.discovery import discover
from evidence.sources.azure.options import AzureOptions, endpoint_of
from evidence.sources.azure.retrying import Patience
from evidence.sources.azure.session import Line


@dataclass(frozen=True, slots=True)
class AzureSource:
    """Recovery Services vaults of the configured subscriptions, read through the Azure SDKs."""

    line: Line

    @property
    def description(self) -> str:
        """What is asked, for people."""
        options = self.line.options
        count = len(dict.fromkeys(options.subscriptions))
        subscriptions = "1 subscription" if count == 1 else f"{count} subscriptions"
        return f"Azure at {self.line.endpoint.base_url}, {subscriptions}, credential {options.credential}"

    def discover(self, request: CaptureRequest) -> Discovery:
        """The vaults in scope; raises SignInError where nothing at all may be asked."""
        return discover(self.line, request)

    def capture(self, vault: Vault, request: CaptureRequest) -> Capture:
        """All that one vault answers; every failure becomes coverage."""
        return capture_vault(self.line, vault, request)


def azure_source(
    options: AzureOptions,
    clock: Clock,
    *,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
    sleep: Callable[[float], None] = time.sleep,
    machine_time: Callable[[], float] = time.time,
    make_credential: Callable[[], TokenCredential] | None = None,
) -> AzureSource:
    """The source that the options describe; raises ConfigurationError. Nothing is asked before its first use.

    `clock` dates the evidence; `machine_time` only tells when a token grows old, which is never in the evidence's time.
    """
    endpoint = endpoint_of(options)
    tokens = Tokens(make_credential or partial(credential_for, options, endpoint), endpoint.scope, machine_time)
    patience = Patience(options.max_attempts, options.max_wait_s, sleep, entropy)
    return AzureSource(Line(options, endpoint, tokens, clock, patience))
