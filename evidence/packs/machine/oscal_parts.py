"""Small parts of an OSCAL document: ids that follow from what they name, properties, and the files of a pack as resources.

Not here: what the document says (`oscal`). Invariant: equal input gives equal ids, in any process (RFC 9562, version 5).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from evidence.packs.bag import PAYLOAD, Digest

NAMESPACE = "urn:backup-evidence:oscal"
"""Of our property names, so that none is taken for one of OSCAL's."""
_ROOT = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "p7s": "application/pkcs7-signature",
    "parquet": "application/vnd.apache.parquet",
    "pdf": "application/pdf",
    "tsr": "application/timestamp-reply",
    "txt": "text/plain",
    "yaml": "application/yaml",
    "zip": "application/zip",
}
OTHER = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one document."""

    pack_id: str
    head_sha256: str
    """Head of the ledger when the pack was built; parts packs of one name in different stores."""

    def of(self, *what: str) -> str:
        """The id of a part, by its name."""
        return str(uuid.uuid5(_ROOT, "\n".join((self.head_sha256, self.pack_id, *what))))


def prop(name: str, value: object) -> dict[str, str]:
    """A property of ours."""
    return {"name": name, "ns": NAMESPACE, "value": str(value)}


def media_type(path: str) -> str:
    """Media type of a member, by its ending."""
    return MEDIA_TYPES.get(path.rpartition(".")[2], OTHER)


def href(path: str) -> str:
    """Address of a member from the folder `data/`, in which the document lies."""
    return path.removeprefix(PAYLOAD)


def resources(ids: Ids, files: Mapping[str, Digest]) -> list[dict[str, object]]:
    """Back-matter: every file with its length and hash, by path."""
    return [
        {
            "uuid": ids.of("resource", path),
            "title": path,
            "props": [prop("bytes", files[path].size)],
            "rlinks": [
                {
                    "href": href(path),
                    "media-type": media_type(path),
                    "hashes": [{"algorithm": "SHA-256", "value": files[path].sha256}],
                }
            ],
        }
        for path in sorted(files)
    ]
