"""The bag itself: which files are there, and whether each is the one that was listed.

Not here: who signed the list. Invariant: a pack passes only if its files are those of its two manifests, the signature and
the stamp, no more and no fewer.
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.errors import IntegrityError
from evidence.packs import bag
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import Opened

_SEALS = frozenset({bag.SIGNATURE, bag.STAMP})


def check_files(pack: Opened, checks: Checklist) -> None:
    """Check the set of files, then every hash."""
    tags = checks.examine("list of tag files", bag.TAG_MANIFEST, lambda: _tags(pack))
    payload = checks.examine("list of data files", bag.MANIFEST, lambda: _payload(pack))
    if tags is None or payload is None:
        return
    _check_set(pack, {*tags, *payload}, checks)
    _check_hashes(pack, "hashes of tag files", tags, checks)
    _check_hashes(pack, "hashes of data files", payload, checks)
    checks.examine("bag", bag.BAG_INFO, lambda: _bag_info(pack, payload))


def _tags(pack: Opened) -> tuple[str, Mapping[str, str]]:
    found = bag.read_manifest(pack.read(bag.TAG_MANIFEST))
    if set(found) != bag.SIGNED_TAGS:
        raise IntegrityError(f"It must list exactly {', '.join(sorted(bag.SIGNED_TAGS))}.")
    return f"{len(found)} files listed", found


def _payload(pack: Opened) -> tuple[str, Mapping[str, str]]:
    found = bag.read_manifest(pack.read(bag.MANIFEST))
    astray = [path for path in found if not path.startswith(bag.PAYLOAD)]
    if astray:
        raise IntegrityError(f"{astray[0]} does not lie under data/.")
    return f"{len(found)} files listed", found


def _check_set(pack: Opened, listed: set[str], checks: Checklist) -> None:
    must = listed | {bag.TAG_MANIFEST, bag.SIGNATURE}
    missing, added = must - set(pack.members), set(pack.members) - must - _SEALS
    for path in sorted(missing):
        checks.failed("set of files", path, "It is missing.")
    for path in sorted(added):
        checks.failed("set of files", path, "It is on no list: somebody added it.")
    if not missing and not added:
        checks.ok("set of files", None, f"{len(pack.members)} files, none missing, none added")


def _check_hashes(pack: Opened, name: str, listed: Mapping[str, str], checks: Checklist) -> None:
    right = 0
    for path, sha256 in sorted(listed.items()):
        if path not in pack.members:
            continue
        if pack.digest(path).sha256 == sha256:
            right += 1
        else:
            checks.failed(name, path, "It was changed: its SHA-256 is not the one on the list.")
    if right == len(listed):
        checks.ok(name, None, f"{right} of {len(listed)} files unchanged")


def _bag_info(pack: Opened, payload: Mapping[str, str]) -> tuple[str, None]:
    declared = pack.read(bag.DECLARATION)
    if declared != bag.DECLARED:
        raise IntegrityError(f"{bag.DECLARATION} does not declare BagIt 1.0 in UTF-8.")
    told = dict(line.split(": ", 1) for line in pack.read(bag.BAG_INFO).decode().splitlines())
    size = sum(pack.members[path].stat().st_size for path in payload if path in pack.members)
    if told.get("Payload-Oxum") != f"{size}.{len(payload)}":
        raise IntegrityError(f"Payload-Oxum is not {size}.{len(payload)}.")
    if told.get("External-Identifier") != pack.name:
        raise IntegrityError(
            f"External-Identifier is {told.get('External-Identifier')}, but the folder is {pack.name}."
        )
    return f"{size} bytes of data in {len(payload)} files", None
