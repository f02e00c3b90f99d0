"""Names and ids to masks: the same mask for the same name wherever it stands, and no way back without the key.

Not here: which columns hold names (`columns`), free text (`texts`). Invariants: a mask is HMAC-SHA256 (RFC 2104) of the name in lower case
under the key of an engagement; what is masked once is known from then on, and two names never share a mask.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from evidence.errors import IntegrityError
from evidence.stores.layout import IMPORT

KEY_BYTES = 32
PREFIX = "m-"
_DIGITS = 16
"""Of base32: 80 bits, so that a million names share none by chance (p below 1e-12)."""

_TYPES = frozenset(
    {
        "subscriptions",
        "resourcegroups",
        "managementgroups",
        "resources",
        "vaults",
        "backupfabrics",
        "protectioncontainers",
        "protecteditems",
        "recoverypoints",
        "backuppolicies",
        "backupjobs",
        "backupengines",
        "backupprotectionitems",
        "backupprotectioncontainers",
        "backupstorageconfig",
        "backupconfig",
        "backupresourcevaultconfigs",
        "backupresourceguardproxies",
        "backupvaults",
        "backupinstances",
        "deletedbackupinstances",
        "resourceguards",
        "storageaccounts",
        "fileservices",
        "blobservices",
        "shares",
        "virtualmachines",
        "servers",
        "databases",
        "disks",
    }
)
"""Types in ARM ids and addresses; each is followed by a name."""
_FABRICS = frozenset({"azure", "windows"})
_LEADS = frozenset(
    {
        ("vm", "iaasvmcontainerv2"),
        ("vm", "iaasvmcontainer"),
        ("iaasvmcontainer", "iaasvmcontainerv2"),
        ("iaasvmcontainer", "iaasvmcontainer"),
        ("storagecontainer", "storage"),
        ("storagecontainer", "classicstorage"),
        ("vmappcontainer", "compute"),
        ("vm",),
        ("iaasvmcontainer",),
        ("iaasvmcontainerv2",),
        ("storagecontainer",),
        ("azurefileshare",),
        ("vmappcontainer",),
        ("sqldatabase",),
        ("sqlinstance",),
        ("sqlagworkloadcontainer",),
        ("saphanadatabase",),
        ("saphanasystem",),
    }
)
"""What containers' and items' own names begin with, before the names and their semicolons."""
_RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
ALL_SUBSCRIPTIONS = "_subscriptions"
"""Key of the calls that listed subscriptions."""
_PROVIDERS, _PROVIDER = "providers", "microsoft."
WORDS = frozenset(
    {
        "daily",
        "weekly",
        "monthly",
        "yearly",
        "hourly",
        "on-demand",
        "default",
        "adhoc",
        "vault",
        "not read",
        "everybody",
        # Of restore drills: what was restored, what was checked, what went wrong, and how it is known that a copy is gone.
        *("vm_full", "vm_disks", "vm_files", "db_full", "db_point_in_time", "file_share", "file_item", "blob", "disk"),
        *("cluster", "cross_region", "other", "row_count", "checksum", "database_check", "file_count", "boot"),
        *("application",),
        *("user_acceptance", "malware_scan", "rto_missed", "rpo_missed", "no_files", "files_skipped", "files_failed"),
        *("validation_failed", "not_isolated", "wrong_point", "no_point", "no_vault_copy", "late", "process"),
        *("loss_too_late", "usable_too_early"),
        *("warnings", "warning", "error", "critical", "activity_log", "resource_graph"),
    }
)
"""Values that are words and not names, where a column holds either."""


class Masker:
    """The masks of one engagement, and the names that it has met."""

    __slots__ = ("_key", "_masks", "_names")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise IntegrityError(f"An engagement's key has {KEY_BYTES} bytes; this one has {len(key)}.")
        self._key = key
        self._masks: dict[str, str] = {}
        self._names: dict[str, str] = {}

    @property
    def met(self) -> Mapping[str, str]:
        """Names in lower case with their masks: the map that stays in the organisation's store."""
        return self._masks

    def name(self, value: str) -> str:
        """The mask of a name or id; an empty one stays empty, a mask stays itself."""
        folded = value.strip().lower()
        if not folded or folded in self._names:
            return folded
        mask = self._masks.get(folded)
        return mask if mask is not None else self._learn(folded)

    def path(self, value: str) -> str:
        """An ARM id with its names masked, its types and providers kept; what is no path is a name."""
        if "/" not in value:
            return self._parts(value)
        before, shown = "", []
        for segment in value.split("/"):
            shown.append(self._segment(segment, before))
            # A name is never taken for a type, whatever it is called.
            before = "" if before in _TYPES or before == _PROVIDERS else segment.lower()
        return "/".join(shown)

    def word(self, value: str) -> str:
        """A word of Azure's or ours as it is, anything else masked."""
        return value if value.strip().lower() in WORDS else self.path(value)

    def address(self, value: str) -> str:
        """A URL without what it asks for: host as it is, path masked; a file's name is masked."""
        parts = urlsplit(value)
        if not parts.netloc:
            return self.name(value)
        return urlunsplit((parts.scheme, parts.netloc, self.path(parts.path), "", ""))

    def call(self, value: str) -> str:
        """`<run>.<what was asked>` or `<run>.<what was asked>.<number>`, the middle masked; an upload's id is ours."""
        run, dot, asked = value.partition(".")
        if not dot:
            return value if value.startswith(IMPORT) or _RUN.fullmatch(value) else self.name(value)
        key, _, number = asked.rpartition(".")
        return f"{run}.{self.key(key)}.{number}" if key and number.isdigit() else f"{run}.{self.key(asked)}"

    def key(self, value: str) -> str:
        """What a file of calls is called by: a vault or subscription; that of all subscriptions names none."""
        return value if value == ALL_SUBSCRIPTIONS else self.name(value)

    def _segment(self, segment: str, before: str) -> str:
        folded = segment.lower()
        if before == _PROVIDERS:
            return segment if folded.startswith(_PROVIDER) else self.name(segment)
        if before in _TYPES:
            return segment if before == "backupfabrics" and folded in _FABRICS else self._parts(segment)
        return segment if folded in _TYPES or folded == _PROVIDERS or not folded else self._parts(segment)

    def _parts(self, value: str) -> str:
        """A name, or the names behind what a container's or an item's name begins with."""
        parts = value.split(";")
        folded = tuple(one.lower() for one in parts)
        leads = next((count for count in (2, 1) if len(parts) > count and folded[:count] in _LEADS), 0)
        return ";".join([*parts[:leads], *map(self.name, parts[leads:])])

    def _learn(self, folded: str) -> str:
        digest = hmac.new(self._key, folded.encode(), hashlib.sha256).digest()
        mask = PREFIX + base64.b32encode(digest).decode().lower()[:_DIGITS]
        if mask in self._names:
            raise IntegrityError("Two names have the same mask, so the pack was not built: use another engagement.")
        self._masks[folded], self._names[mask] = mask, folded
        return mask
