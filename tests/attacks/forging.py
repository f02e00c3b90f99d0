"""What an attacker does with a pack that is not theirs: edit, list anew, sign anew."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping

from pyhanko.pdf_utils.generic import NameObject, NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from evidence.packs import bag


def edited(members: Mapping[str, bytes], path: str, old: bytes, new: bytes) -> dict[str, bytes]:
    """The pack with some bytes of a file replaced; the bytes must be there."""
    assert old in members[path]
    return {**members, path: members[path].replace(old, new, 1)}


def relisted(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The pack with manifests that fit its files again, Payload-Oxum included; the signature stays."""
    payload = {path: data for path, data in members.items() if path.startswith(bag.PAYLOAD)}
    oxum = f"Payload-Oxum: {sum(map(len, payload.values()))}.{len(payload)}"
    info = members[bag.BAG_INFO].decode().splitlines()
    lines = [oxum if line.startswith("Payload-Oxum") else line for line in info]
    found = {
        **members,
        bag.BAG_INFO: ("\n".join(lines) + "\n").encode(),
        bag.MANIFEST: bag.manifest({path: _sha256(data) for path, data in payload.items()}),
    }
    found[bag.TAG_MANIFEST] = bag.manifest({path: _sha256(found[path]) for path in bag.SIGNED_TAGS})
    return found


def appended(pdf: bytes) -> bytes:
    """The report with one more revision that turns its page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"].raw_get(0)
    page.get_object()[NameObject("/Rotate")] = NumberObject(180)  # type: ignore[no-untyped-call]  # of the library
    writer.mark_update(page)
    output = io.BytesIO()
    writer.write(output)  # type: ignore[no-untyped-call]
    return output.getvalue()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
