"""The configuration to whoever tells people: channels that read their secrets when something is sent.

Not here: what is told (`outbox`). Invariant: nothing is asked of a channel or a key vault here, so that neither can stop a night.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import sleep

from evidence.notify.channels.opening import open_channels
from evidence.notify.links import Links
from evidence.notify.owners import Owners
from evidence.notify.secret_names import SCOPE, KeyVault, Secrets
from evidence.runs.outbox import Office
from evidence.settings import Settings
from evidence.settings.notify import SecretSettings


def open_office(
    settings: Settings, resolve: Callable[[Path], Path], owners: Owners | None, now: Callable[[], datetime]
) -> Office | None:
    """By whom and over what people are told; None where there are no owners."""
    if owners is None:
        return None
    secrets = Secrets(resolve, None if settings.secrets is None else _key_vault(settings.secrets))
    links = Links(settings.links.evidence, settings.links.runbook)
    return Office(owners, open_channels(settings.channels, secrets, now), links, sleep)


def _key_vault(told: SecretSettings) -> KeyVault:
    def token() -> str:
        from evidence.stores.credentials import identity_token

        return identity_token(told.credential, SCOPE)

    return KeyVault(told.key_vault, token)
