"""Secrets by their names: from the key vault, a file or the environment.

Not here: what they open. Invariants: a secret is read when it is needed and kept for one run; an error names the secret's name, never its value.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx

from evidence.errors import DeliveryError, TargetUnavailableError
from evidence.transport.http import AGAIN, client

API_VERSION = "7.4"
SCOPE = "https://vault.azure.net/.default"


@dataclass(frozen=True, slots=True)
class KeyVault:
    """A vault of secrets, and how one signs in there."""

    url: str
    token: Callable[[], str] = field(repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False)

    def read(self, name: str) -> str:
        """The newest version of a secret (Get Secret, Key Vault REST API); raises DeliveryError, TargetUnavailableError."""
        address = f"{self.url.rstrip('/')}/secrets/{quote(name, safe='')}"
        try:
            with client(self.url, self.context) as session:
                answer = session.get(
                    address,
                    params={"api-version": API_VERSION},
                    headers={"Authorization": f"Bearer {self.token()}"},
                )
                status = answer.status_code
                value = answer.json().get("value") if status == httpx.codes.OK else None
        except (httpx.TransportError, ValueError, AttributeError) as error:
            raise TargetUnavailableError(
                f"The key vault {self.url} did not answer.", cause=type(error).__name__
            ) from error
        if isinstance(value, str) and value:
            return value
        failure = TargetUnavailableError if status in AGAIN else DeliveryError
        raise failure(f"The key vault {self.url} did not give the secret {name}.", cause=f"HTTP {status}")


@dataclass
class Secrets:
    """Reads secrets by name; raises DeliveryError for one that is not there."""

    resolve: Callable[[Path], Path]
    """Makes a path of the configuration one of the machine."""
    vault: KeyVault | None = None
    _read: dict[str, str] = field(default_factory=dict, repr=False)

    def read(self, name: str) -> str:
        """The secret that a name stands for: `kv:NAME`, `file:PATH` or `env:VARIABLE`."""
        if name not in self._read:
            found = self._found(name).strip()
            if not found:
                raise DeliveryError(f"The secret {name} is empty or not there.")
            self._read[name] = found
        return self._read[name]

    def _found(self, name: str) -> str:
        kind, _, rest = name.partition(":")
        if kind == "env":
            return os.environ.get(rest, "")
        if kind == "file":
            try:
                return self.resolve(Path(rest)).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise DeliveryError(f"The secret {name} cannot be read.", cause=type(error).__name__) from error
        if kind == "kv" and self.vault is not None:
            return self.vault.read(rest)
        raise DeliveryError(
            f"The secret {name} cannot be read: no key vault is configured.", next_step="Set `secrets`."
        )
