"""`make demo`: ten nights of a simulated Azure, through Dagster, to signed packs that openssl can check.

Everything it makes lies under demo/ (or demo-blob/). Run again, it sees from the ledger what is done.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
COMMAND = str(BIN / "backup-evidence")
FIRST = date(2026, 11, 1)
LAST = FIRST + timedelta(days=9)
PORT = 8791
INCOMPLETE = 4
CONFIGURATION = """\
# Made by `make demo`. The endpoint is a simulator on loopback: nothing here reaches Azure.
organisation: Contoso
azure:
  endpoint: {url}
  credential: managed_identity
  subscriptions: [{subscriptions}]
store: {store}
signing: {{kind: file, key: keys/signer.key, certificate: trust/signer.pem}}
timestamp: {{url: {url}/tsa}}
first_night: {first}
clock: simulator
"""


def main() -> int:
    """Run the demonstration; 0 where all went as planned."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--store", choices=["local", "azure_blob"], default="local")
    chosen = arguments.parse_args()
    home = ROOT / ("demo" if chosen.store == "local" else "demo-blob")
    home.mkdir(exist_ok=True)
    began = time.monotonic()
    try:
        with _simulator(home) as url, _store(home, chosen.store) as (store, environment):
            os.environ.update(environment)
            fingerprint = _prepare(home, url, store)
            _nights(home)
            pack = _audit_pack(home)
            _verify(home, fingerprint)
            if chosen.store == "azure_blob":
                _compare_with_folder(home)
    except KeyboardInterrupt:
        _say("\nInterrupted; the simulator was ended. Run it again: it continues where it stopped.")
        return 130
    _summary(home, pack, fingerprint, time.monotonic() - began)
    return 0


def _say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def _simulator(home: Path) -> Iterator[str]:
    """A simulator for the time of the demonstration, ended by its process id."""
    ready = home / "simulator.url"
    ready.unlink(missing_ok=True)
    words = [sys.executable, "-m", "simulator", "--seed", "1", "--port", str(_port(home)), "--first-night", str(FIRST)]
    with (home / "simulator.log").open("wb") as log:
        process = subprocess.Popen([*words, "--nights", "14", "--ready-file", str(ready)], cwd=ROOT, stdout=log, stderr=log)
    try:
        yield _wait_for(process, ready, home / "simulator.log")
    finally:
        process.terminate()
        process.wait(timeout=20)
        ready.unlink(missing_ok=True)


def _wait_for(process: subprocess.Popen[bytes], ready: Path, log: Path) -> str:
    for _ in range(600):
        if ready.exists() and ready.read_text().strip():
            return ready.read_text().strip()
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit(f"The simulator did not start; see {log}.")


def _port(home: Path) -> int:
    """The port of an earlier run, so that its configuration holds; else the usual one, or a free one."""
    configuration = home / "evidence.yaml"
    wanted = PORT
    if configuration.exists():
        line = next(one for one in configuration.read_text().splitlines() if "endpoint:" in one)
        wanted = int(line.rsplit(":", 1)[1])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
        return wanted


@contextmanager
def _store(home: Path, kind: str) -> Iterator[tuple[str, dict[str, str]]]:
    if kind == "local":
        yield "{kind: local, path: store}", {}
        return
    sys.path.insert(0, str(ROOT))
    from tools.azurite import azurite

    with azurite(home / "azurite") as running:
        store = f"{{kind: azure_blob, account_url: {running.account_url}, container: evidence, credential: shared_key}}"
        yield store, {"BACKUP_EVIDENCE_STORE_KEY": running.key}


def _prepare(home: Path, url: str, store: str) -> str:
    """Keys, trust files and configuration; returns the signer's fingerprint."""
    os.environ |= {
        "IDENTITY_ENDPOINT": f"{url}/msi/token",
        "IDENTITY_HEADER": "demo",
        "BACKUP_EVIDENCE_CONFIG": str(home / "evidence.yaml"),
        "DAGSTER_HOME": str(home / "dagster"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    with urllib.request.urlopen(f"{url}/control/subscriptions") as answer:
        subscriptions = ", ".join(json.load(answer)["subscriptions"])
    text = CONFIGURATION.format(url=url, subscriptions=subscriptions, store=store, first=FIRST)
    (home / "evidence.yaml").write_text(text)
    (home / "dagster").mkdir(exist_ok=True)
    (home / "dagster" / "dagster.yaml").write_bytes((ROOT / "dagster.yaml").read_bytes())
    if not (home / "keys").exists():
        _run([COMMAND, "keys", "init", "--folder", str(home), "--organisation", "Contoso", "--not-before", "2026-10-01"])
    _keep_root(home / "trust" / "tsa-root.pem", url)
    printed = _run(["openssl", "x509", "-in", str(home / "trust" / "signer.pem"), "-noout", "-fingerprint", "-sha256"])
    return printed.strip().rpartition("=")[2]


def _keep_root(path: Path, url: str) -> None:
    """Each simulator is an authority of its own: the roots of earlier ones stay, for their stamps must still be checked."""
    with urllib.request.urlopen(f"{url}/tsa/root.pem") as answer:
        root = answer.read().decode()
    known = path.read_text() if path.exists() else ""
    if root not in known:
        path.write_text(known + root)


def _nights(home: Path) -> None:
    _say(f"Ten nights, {FIRST} to {LAST}: capture, tables, seal, links, packs …")
    _command(["run", "--from", str(FIRST), "--to", str(LAST)], home)


def _audit_pack(home: Path) -> dict[str, object]:
    _say("One audit pack over all ten …")
    found = _command(["pack", "build", "--kind", "audit", "--from", str(FIRST), "--to", str(LAST)], home)
    return dict(found[0])


def _command(words: Sequence[str], home: Path) -> list[dict[str, object]]:
    """One of the product's commands; 4 is what the planned unreadable vault makes it end with."""
    done = subprocess.run([COMMAND, *words, "-o", "json"], stdout=subprocess.PIPE, text=True, cwd=home, check=False)
    if done.returncode not in {0, INCOMPLETE}:
        raise SystemExit(f"`backup-evidence {' '.join(words)}` ended {done.returncode}.")
    return list(json.loads(done.stdout)["data"])


def _packs(home: Path) -> list[Path]:
    """Every standing pack as a file; those of a container are fetched first."""
    listed = [row for row in _command(["pack", "list"], home) if not row["superseded_by"]]
    files = [Path(str(row["file"])) for row in listed]
    if all(file.is_absolute() for file in files):
        return files
    target = home / "packs"
    target.mkdir(exist_ok=True)
    for row in listed:
        _command(["pack", "fetch", str(row["pack"]), "--to", str(target)], home)
    return [target / file.name for file in files]


def _verify(home: Path, fingerprint: str) -> None:
    packs = _packs(home)
    trust = home / "trust"
    _say(f"Verifying {len(packs)} packs with `backup-evidence verify`, openssl, sha256sum and pdfsig …")
    for pack in packs:
        _run(
            [COMMAND, "verify", str(pack), "--signer-fingerprint", fingerprint, "--trust", str(trust / "root.pem")]
            + ["--tsa-trust", str(trust / "tsa-root.pem"), "-o", "json"]
        )
        _run(["bash", str(ROOT / "tools" / "verify-by-hand.sh"), str(pack), str(trust), fingerprint])


def _run(words: Sequence[str]) -> str:
    done = subprocess.run(list(words), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words[:3])} … ended {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _compare_with_folder(home: Path) -> None:
    from tools.compare_stores import compare

    folder = ROOT / "demo" / "store"
    if folder.exists():
        _say(compare(home / "packs", folder))
    else:
        _say("Run `make demo` too, and the packs of both stores are compared.")


def _summary(home: Path, pack: dict[str, object], fingerprint: str, seconds: float) -> None:
    counts = _command_free_counts(Path(str(pack["file"])), home)
    where = home.relative_to(ROOT)
    _say()
    _say(f"Done in {seconds:.0f} s. {counts}")
    _say(f"The audit pack is {pack['completeness']}, as planned: one vault answers 403, which is recorded, shown on page 1 and")
    _say("ends `backup-evidence run` with 4. The demonstration expects that, and ends 0.")
    _say()
    _say(f"  audit pack     {_relative(str(pack['file']))}")
    _say(f"  configuration  {where}/evidence.yaml")
    _say(f"  trust          {where}/trust/root.pem, tsa-root.pem; signer's fingerprint {fingerprint}")
    _say(f"  every pack     BACKUP_EVIDENCE_CONFIG={where}/evidence.yaml .venv/bin/backup-evidence pack list")
    _say("  Dagster UI     " + ui_line(home))


def ui_line(home: Path) -> str:
    """The line that opens Dagster's pages on this store, read-only, on loopback."""
    return (
        f"DAGSTER_HOME={home / 'dagster'} BACKUP_EVIDENCE_CONFIG={home / 'evidence.yaml'} "
        ".venv/bin/dagster-webserver -w workspace.yaml -h 127.0.0.1 -p 3000 --read-only"
    )


def _relative(path: str) -> str:
    return str(Path(path).relative_to(ROOT)) if path.startswith(str(ROOT)) else path


def _command_free_counts(pack: Path, home: Path) -> str:
    """What the audit pack counts, read from its own statement."""
    file = pack if pack.is_absolute() else home / "packs" / pack.name
    said = json.loads(_run(["unzip", "-p", str(file), f"{file.stem}/statement.json"]))
    counts, complete = said["counts"], said["completeness"]
    return (
        f"Found: {counts['jobs']} jobs, {counts['protected_items']} items, {counts['recovery_points']} recovery points, "
        f"{counts['restore_jobs']} restores; {complete['vaults_read']} of {complete['vaults_expected']} vaults read on all "
        f"{complete['nights_expected']} nights."
    )


if __name__ == "__main__":
    sys.exit(main())
