"""By what an exception is the same one, night after night.

Not here: episodes (`advance`). Invariant: two problems share a key only where tenant, vault, item, class and error family are all the same.
"""

from __future__ import annotations

import hashlib

from evidence.assess.findings import Finding


def exception_key(tenant_id: str, finding: Finding) -> str:
    """SHA-256 in lower-case hex over tenant, vault, item, class and error family (notifications 5.1)."""
    return key_of(tenant_id, finding.vault_id, finding.item_key, finding.class_, finding.error_family)


def key_of(tenant_id: str, vault_id: str, item_key: str | None, class_: str, error_family: str | None) -> str:
    """The same of its parts; ids are compared without case, as ARM does, and error families as they are."""
    parts = (tenant_id.lower(), vault_id.lower(), item_key and item_key.lower(), str(class_), error_family)
    return hashlib.sha256(b"".join(_netstring(part) for part in parts)).hexdigest()


def _netstring(part: str | None) -> bytes:
    """Length before content, so that no part can run over into the next one; what is not told is no empty text."""
    if part is None:
        return b"-,"
    data = part.encode()
    return b"%d:%b," % (len(data), data)
