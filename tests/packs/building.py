"""Builds a night's and a quarter's pack of one small store with the real renderer, and prints the hash of each member.

Run by `test_same_bytes` in processes of different surroundings. Invariant: store, clock and keys are the same in each run.
"""

from __future__ import annotations

import copy
import hashlib
import io
import itertools
import json
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from evidence.packs import bag
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.interface import Report
from evidence.packs.period import parse_period, span_period
from evidence.packs.scope import PackScope
from reports.renderer import ReportRenderer
from tests.fakes import certificates
from tests.fakes.bench import NIGHT, Bench, backup, restore
from tests.fakes.packing import sealing

SEALS = frozenset({bag.SIGNATURE, bag.STAMP})
HASHES = frozenset({bag.REPORT, bag.MANIFEST, bag.TAG_MANIFEST, bag.BAG_INFO})
"""What holds the report's signature, or its length or hash."""


class _Watched(ReportRenderer):
    """Tells the hash of each report before it is signed."""

    def __init__(self) -> None:
        super().__init__()
        self.unsigned: list[str] = []

    def pdf(self, report: Report) -> bytes:
        made = super().pdf(report)
        self.unsigned.append(hashlib.sha256(made).hexdigest())
        return made


def same_keys(folder: Path) -> None:
    """Let the tests' certificates have the keys in a folder, made where they are missing: who signs is the same in each run."""
    numbers, make = itertools.count(), vars(certificates)["generate_private_key"]

    def key(exponent: int, bits: int) -> RSAPrivateKey:
        file = folder / f"{next(numbers)}.pem"
        if not file.exists():
            made = make(exponent, bits)
            file.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        found = load_pem_private_key(file.read_bytes(), None)
        assert isinstance(found, RSAPrivateKey)
        return found

    setattr(certificates, "generate_private_key", key)  # noqa: B010  # a name that the module imports, not one that it has


def main() -> None:
    """Print the hashes as JSON."""
    same_keys(Path(sys.argv[1]))
    bench, renderer = Bench(), _Watched()
    vault = bench.vault("größe-データ")
    for number in range(3):
        night = NIGHT + timedelta(days=number)
        for name in ("vm1", "vm-ß", "vm3"):
            backup(vault, night, name, "Failed" if (number, name) == (1, "vm-ß") else "Completed")
        restore(vault, night, NIGHT)
        bench.run(night)
    told: dict[str, str] = {}
    for kind, period in (("night", span_period(NIGHT, NIGHT)), ("audit", parse_period("2026Q4"))):
        order = PackOrder(kind, PackScope("all"), period)
        # Each from the store as the nights left it: an entry of the other pack would hold the hash of its seals.
        own = copy.deepcopy(bench)
        built = build_pack(own.parts, replace(sealing(own), renderer=renderer), order)
        with zipfile.ZipFile(io.BytesIO(own.memory.files[built.path])) as source:
            for name in source.namelist():
                path = name.partition("/")[2]
                if path not in SEALS | HASHES:
                    told[name] = hashlib.sha256(source.read(name)).hexdigest()
        told[f"{kind} report"] = renderer.unsigned[-1]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
