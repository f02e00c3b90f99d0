"""Settings of a target outside to the target, with its secret from a file or the environment.

Not here: which store is ours (`compose`). Invariant: a target that is our own store, or that lacks its secret, is an error before
anything is sent.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from evidence.errors import ConfigurationError
from evidence.packs.checkpoints.mail import MailTarget
from evidence.packs.checkpoints.store_target import StoreTarget
from evidence.packs.checkpoints.target import Target
from evidence.packs.checkpoints.webhook import WebhookTarget
from evidence.settings import Configuration, PublishSettings, StoreSettings
from evidence.settings.publishing import MailPublishing, WebhookPublishing
from evidence.stores.interface import EvidenceStore
from evidence.transport.signing import secret_of

SECRET_VARIABLE = "BACKUP_EVIDENCE_SECRET_"  # noqa: S105 - the beginning of a variable's name, not its value


def open_target(
    name: str,
    settings: PublishSettings,
    configuration: Configuration,
    now: Callable[[], datetime],
    open_store: Callable[[StoreSettings], EvidenceStore],
    own: EvidenceStore,
) -> Target:
    """The target; raises ConfigurationError."""
    if isinstance(settings, MailPublishing):
        password = None
        if settings.user is not None:
            password = _secret(name, settings.password_file, configuration).decode("utf-8", "surrogateescape")
        return MailTarget(
            name,
            settings.host,
            settings.port,
            settings.sender,
            settings.recipients,
            settings.tls,
            settings.user,
            password,
        )
    if isinstance(settings, WebhookPublishing):
        return WebhookTarget(name, settings.url, secret_of(_secret(name, settings.secret_file, configuration)), now)
    target = StoreTarget(name, open_store(settings))
    if target.place == own.description:
        raise ConfigurationError(
            f"checkpoint.publish.{name} is the store itself.",
            cause="Whoever rewrites the store would rewrite the copy too.",
            next_step="Name a folder or container that others keep.",
        )
    return target


def variable_of(name: str) -> str:
    """The environment variable that holds a target's secret where no file is named."""
    return SECRET_VARIABLE + name.upper().replace("-", "_")


def _secret(name: str, file: Path | None, configuration: Configuration) -> bytes:
    if file is None:
        found = os.environ.get(variable_of(name), "").encode()
    else:
        try:
            found = configuration.resolve(file).read_bytes().strip()
        except OSError as error:
            raise ConfigurationError(
                f"The secret of checkpoint.publish.{name} cannot be read.", cause=error.strerror or str(error)
            ) from error
    if not found:
        raise ConfigurationError(
            f"The secret of checkpoint.publish.{name} is missing.",
            next_step=f"Name a file that holds it, or set {variable_of(name)}.",
        )
    return found
