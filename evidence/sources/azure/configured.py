"""The settings of `azure` and `watch` as options of the source.

Not here: what options mean (`options`). Invariant: the watch asks as the night does, of the same Azure with the same identity; it only waits less
and leaves more.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from evidence.errors import ConfigurationError
from evidence.settings.azure import AzureSettings
from evidence.settings.watch import WatchSettings
from evidence.sources.azure.options import AzureOptions
from evidence.tiers import TierRule

TOKEN_VARIABLE: Final = "BACKUP_EVIDENCE_TOKEN"  # noqa: S105 - the name of a variable, not its value
WATCH_TIMEOUT_S: Final = 15.0
WATCH_WAIT_S: Final = 5.0
"""A look waits so long for one call at most: what Azure closes for longer is asked in a later look."""


def options_of(azure: AzureSettings, tiers: Sequence[TierRule]) -> AzureOptions:
    """What nights are asked with; raises ConfigurationError where a static token is missing."""
    return AzureOptions(
        subscriptions=() if azure.all_subscriptions else azure.subscriptions,
        all_subscriptions=azure.all_subscriptions,
        management_group=azure.management_group,
        second_sources=azure.second_sources,
        cloud=azure.cloud,
        endpoint=azure.endpoint,
        credential=azure.credential,
        static_token=_static_token() if azure.credential == "static" else None,
        include=azure.vaults.include,
        exclude=azure.vaults.exclude,
        max_workers=azure.workers,
        max_run_wait_s=azure.run_may_wait.total_seconds(),
        tiers=tuple(tiers),
    )


def for_watching(options: AzureOptions, watch: WatchSettings) -> AzureOptions:
    """The same for looks between nights."""
    return replace(
        options,
        connect_timeout_s=WATCH_WAIT_S,
        read_timeout_s=WATCH_TIMEOUT_S,
        max_attempts=2,
        max_wait_s=WATCH_WAIT_S,
        max_run_wait_s=WATCH_WAIT_S,
        quota_reserve=watch.reserve,
    )


def _static_token() -> str:
    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        raise ConfigurationError(f"The credential `static` needs a token in {TOKEN_VARIABLE}.")
    return token
