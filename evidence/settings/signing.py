"""How packs are signed: settings of key files, of PKCS#12 files and of Azure Key Vault.

Not here: the rest of the configuration (`model`). Invariant: no secret stands in it, and a key of a vault is named with
its version, so that nobody can exchange it unseen.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import field_validator

from evidence.settings.strict import Strict

_KEY_PATH = re.compile(r"/keys/[0-9A-Za-z-]{1,127}/[0-9a-f]{32}")


class FileSigning(Strict):
    """A key and its certificate in files; relative to the configuration file."""

    kind: Literal["file"] = "file"
    key: Path = Path("keys/signer.key")
    certificate: Path = Path("trust/signer.pem")
    passphrase_file: Path | None = None
    development: bool = False
    """Whether a DEVELOPMENT key may sign although the endpoint is a real Azure; its packs say NOT EVIDENCE."""


class Pkcs12Signing(Strict):
    """A key and its certificates in one PKCS#12 file (`.p12`, `.pfx`); relative to the configuration file."""

    kind: Literal["pkcs12"]
    file: Path
    passphrase_file: Path
    development: bool = False
    """Whether a DEVELOPMENT key may sign although the endpoint is a real Azure; its packs say NOT EVIDENCE."""


class KeyVaultSigning(Strict):
    """A key that never leaves Azure Key Vault; its certificate is a file, relative to the configuration file."""

    kind: Literal["key_vault"]
    key_id: str
    """`https://NAME.vault.azure.net/keys/KEY/VERSION`, of one version."""
    certificate: Path
    credential: Literal["default", "managed_identity", "workload", "cli"] = "default"
    development: bool = False

    @field_validator("key_id")
    @classmethod
    def _key_id(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError("key_id must be an https address without credentials, query or fragment")
        if not _KEY_PATH.fullmatch(parts.path):
            raise ValueError("key_id must name one version of a key: https://VAULT/keys/NAME/VERSION")
        return value
