"""Sealing 50,000 job rows, beside the locker of auditree-framework: time to sign, store and verify them, and what they weigh.

Both get the same elements of Azure's job lists, in the shape that the recordings show. Ours is a whole night of the product: pages kept verbatim as
calls, tables made of them, the night sealed in the ledger, a signed checkpoint over it; verification reads the ledger's chain, hashes every file that it names,
reads the rows and checks the checkpoint's signature. Theirs is one JSON evidence, signed by an agent, added to a locker and committed; verification loads it from
the locker, which checks its signature. Keys are RSA-3072 on both sides, nothing is time-stamped, and each half runs in a process of its own.

auditree-framework is installed into a virtual environment of its own, in a temporary folder; it is in no lock of ours. Prints a table, writes JSON with
`--out`, and ends 1 where ours is slower or weighs more than half. Run as `python -m benchmarks.seal`.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from evidence.ledger.folds import named_paths
from evidence.packs.checkpoints.make import make_checkpoint
from evidence.packs.verification import Trust
from evidence.packs.verification.checkpoint import verify_checkpoint
from evidence.records import Capture, CaptureRequest, Discovery, Kind, Vault
from evidence.runs.sealed import SealedRows
from evidence.sources.interface import Source
from evidence.stores.directory import DirectoryStore
from evidence.tables import JOBS, read_parquet
from tests.fakes.bench import NIGHT, Bench, at
from tests.fakes.bodies import FakeItem, FakeJob, FakeVault
from tests.fakes.certificates import trade
from tests.fakes.packs import the_signer

ROWS = 50_000
PAGE = 200
ITEMS = 2_000
FAILED_EVERY = 50
LOCKER = "auditree-framework==2.0.0"
BYTES_RATIO = 0.5
FAILED = {
    "status": "Failed",
    "errorDetails": [
        {
            "errorCode": 400001,
            "errorString": "The virtual machine was not found, so that it could not be backed up.",
            "recommendations": ["Check whether the machine was deleted, and stop its protection if it was."],
        }
    ],
}

THEIRS = """
import json, sys, time
from compliance.agent import ComplianceAgent
from compliance.evidence import RawEvidence
from compliance.locker import Locker

def locker():
    people = {"user": {"name": "agent", "email": "agent@example.com"}, "commit": {"gpgsign": "false"}}
    return Locker(name="locker", local_path=FOLDER, gitconfig=people)

STAGE, FOLDER, ROWS, KEY = sys.argv[1:]
began = time.perf_counter()
if STAGE == "seal":
    agent = ComplianceAgent(name="benchmark", use_agent_dir=False)
    agent.private_key = open(KEY, "rb").read()
    public = open(KEY + ".pub").read()
    with locker() as held:
        keys = RawEvidence("agent_public_keys.json", "auditree", description="keys")
        keys.set_content(json.dumps({"benchmark": public}), sign=False)
        held.add_evidence(keys)
        evidence = RawEvidence("jobs.json", "azure", description="jobs", agent=agent)
        evidence.set_content(open(ROWS).read())
        assert evidence.signature
        held.add_evidence(evidence)
    rows = 0
else:
    held = locker()
    held.init()
    evidence = held.get_evidence("raw/azure/jobs.json", ignore_ttl=True)
    evidence.agent.use_agent_dir = False
    assert evidence.is_signed(held) and evidence.verify_signature(held)
    rows = len(json.loads(evidence.content))
print(json.dumps({"seconds": time.perf_counter() - began, "rows": rows}))
"""


class Remembered:
    """Answers of a made Azure, given a second time without being made; implements `evidence.sources.interface.Source`."""

    def __init__(self, azure: Source) -> None:
        self.description = azure.description
        self._azure = azure
        self._discovery: Discovery | None = None
        self.captures: dict[str, Capture] = {}

    def discover(self, request: CaptureRequest) -> Discovery:
        """The vault."""
        if self._discovery is None:
            self._discovery = self._azure.discover(request)
        return self._discovery

    def capture(self, vault: Vault, request: CaptureRequest) -> Capture:
        """Its answers."""
        if vault.vault_id not in self.captures:
            self.captures[vault.vault_id] = self._azure.capture(vault, request)
        return self.captures[vault.vault_id]


def fleet() -> FakeVault:
    """A vault with all the jobs, their ids as random as Azure's."""
    chance = random.Random(50_000)  # noqa: S311 - made ids must be the same again, not secret
    vault = FakeVault("vault-0001", items=[FakeItem(f"vm-{number:04d}") for number in range(ITEMS)], page_size=PAGE)
    for number in range(ROWS):
        text = chance.randbytes(16).hex()
        job_id = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
        began = at(NIGHT, 20) + timedelta(seconds=chance.randrange(30_000), microseconds=chance.randrange(10**6))
        job = FakeJob(job_id, vault.items[number % ITEMS].name, began)
        job.properties = dict(FAILED) if number % FAILED_EVERY == 0 else {}
        vault.jobs.append(job)
    return vault


def bench(folder: Path) -> Bench:
    """A bench on a folder."""
    return Bench(store=DirectoryStore(folder))


def remembered() -> Remembered:
    """What Azure answers, made before anything is measured: a bench asks the same in the same words each time."""
    one = Bench()
    one.azure.subscriptions[0].vaults.append(fleet())
    one.azure.subscriptions[0].graph.on = False
    source = Remembered(one.azure)
    _asking(one, source).capture()
    return source


def _asking(one: Bench, source: Remembered) -> Bench:
    one.azure = source  # type: ignore[assignment]  # any source serves
    return one


def rows_of(found: Remembered) -> bytes:
    """The elements of all job lists as one JSON list."""
    bodies = [call.last.body for one in found.captures.values() for call in one.calls if call.kind is Kind.JOBS]
    return orjson.dumps([element for body in bodies if body for element in orjson.loads(body)["value"]])


def seal_ours(folder: Path) -> dict[str, float]:
    """A night of the product, from answers to a signed checkpoint."""
    one = bench(folder)
    source, signer = remembered(), the_signer()
    began = time.perf_counter()
    _asking(one, source).seal()
    made = make_checkpoint(one.parts, signer, None)
    seconds = time.perf_counter() - began
    told = f"{made.checkpoint.entry.objects[0].path} {trade().signer.fingerprint}"
    (folder.parent / "ours.txt").write_text(told)
    (folder.parent / "rows.json").write_bytes(rows_of(source))
    return {"seconds": seconds, "rows": 0}


def verify_ours(folder: Path) -> dict[str, float]:
    """Chain, hashes, rows and signature."""
    path, fingerprint = (folder.parent / "ours.txt").read_text().split()
    began = time.perf_counter()
    entries = bench(folder).parts.ledger.entries()
    sealed, rows = SealedRows(DirectoryStore(folder), named_paths(entries)), 0
    for named in sealed.named:
        data = sealed.content(named)
        if named.startswith(f"tables/{JOBS.name}/"):
            rows += read_parquet(JOBS, data).num_rows
    result = verify_checkpoint(folder / path, Trust(signer_fingerprint=fingerprint))
    if not result.ok:
        raise SystemExit(f"the checkpoint does not verify: {result.checks}")
    return {"seconds": time.perf_counter() - began, "rows": rows}


def weigh(folder: Path) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def run(words: Sequence[str]) -> dict[str, float]:
    """A process that tells its figures on the last line."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr or done.stdout)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def installed(folder: Path) -> Path:
    """A Python that has their framework and nothing of ours."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", LOCKER], check=True)
    return python


def key_file(folder: Path) -> Path:
    """An RSA-3072 key for their agent, its public half beside it."""
    key = rsa.generate_private_key(65537, 3072)
    file = folder / "agent.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    file.with_name("agent.pem.pub").write_bytes(public)
    return file


def measure(home: Path) -> dict[str, dict[str, float]]:
    """Both, the same rows."""
    ours, theirs, rows = home / "ours", home / "theirs", home / "rows.json"
    own = [sys.executable, "-m", "benchmarks.seal", "--folder", str(ours), "--stage"]
    sealed, verified = run([*own, "seal"]), run([*own, "verify"])
    python, key = installed(home / "venv"), key_file(home)
    script = home / "theirs.py"
    script.write_text(THEIRS)
    other = [[str(python), str(script), name, str(theirs), str(rows), str(key)] for name in ("seal", "verify")]
    their_seal, their_verify = (run(words) for words in other)
    if {verified["rows"], their_verify["rows"]} != {ROWS}:
        raise SystemExit(f"{verified['rows']:.0f} and {their_verify['rows']:.0f} rows were verified, not {ROWS}")
    return {
        "ours": {"seal_s": sealed["seconds"], "verify_s": verified["seconds"], "bytes": weigh(ours)},
        "locker": {
            "seal_s": their_seal["seconds"],
            "verify_s": their_verify["seconds"],
            "bytes": weigh(theirs),
            "bytes_of_git_alone": weigh(theirs / ".git"),
        },
        "rows": {"bytes": rows.stat().st_size},
    }


def main() -> None:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--stage", choices=("seal", "verify"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage:
        print(json.dumps((seal_ours if given.stage == "seal" else verify_ours)(given.folder)))
        return
    with tempfile.TemporaryDirectory(prefix="backup-evidence-benchmark-") as folder:
        found = measure(Path(folder))
    print(f"{'way':8} {'sign and store s':>17} {'verify s':>9} {'MB':>7}")
    for name in ("ours", "locker"):
        one = found[name]
        print(f"{name:8} {one['seal_s']:17.2f} {one['verify_s']:9.2f} {one['bytes'] / 1e6:7.1f}")
    print(
        f"the rows as JSON: {found['rows']['bytes'] / 1e6:.1f} MB; their .git alone: {found['locker']['bytes_of_git_alone'] / 1e6:.1f} MB"
    )
    misses = _misses(found["ours"], found["locker"])
    for miss in misses:
        print(f"MISSED: {miss}")
    if given.out:
        given.out.write_text(json.dumps({"machine": platform.machine(), **found, "missed": misses}, indent=2) + "\n")
    sys.exit(1 if misses else 0)


def _misses(ours: Mapping[str, float], theirs: Mapping[str, float]) -> list[str]:
    spent = [one["seal_s"] + one["verify_s"] for one in (ours, theirs)]
    misses = [f"{spent[0]:.2f} s, and theirs {spent[1]:.2f} s"] if spent[0] >= spent[1] else []
    ratio = ours["bytes"] / theirs["bytes"]
    return [*misses, *([f"{ratio:.0%} of their bytes"] if ratio > BYTES_RATIO else [])]


if __name__ == "__main__":
    main()
