"""`make demo`: ten nights of a simulated Azure, through Dagster, to signed packs that openssl can check.

Everything it makes lies under demo/ (or demo-blob/). Run again, it sees from the ledger what is done.
"""

from __future__ import annotations

import argparse
import fcntl
import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from tools.findings import findings, unplanned_gaps
from tools.simulated import reach, simulator, told
from tools.whereabouts import Demonstrated, where_to_look

ROOT = Path(__file__).resolve().parent.parent
FIRST = date(2026, 11, 1)
LAST = FIRST + timedelta(days=9)
NIGHTS_SIMULATED = 14
QUARTER = "2026Q4"
NEXT_QUARTER = "2027Q1"
PLANNER = ("--by", "The demonstration", "--object-id", "00000000-0000-4000-8000-0000000000de")
VALID_FROM = date(2026, 10, 1)
PORT = 8791
NAMES = {"local": "demo", "azure_blob": "demo-blob"}
INCOMPLETE = 4
INTERRUPTED = 130
CONFIGURATION = """\
# Made by `make {name}`. The endpoint is a simulator on loopback: nothing here reaches Azure.
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

Row = Mapping[str, object]


def main() -> int:
    """Run the demonstration; 0 where all went as planned."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=["local", "azure_blob"], default="local")
    parser.add_argument("--folder", type=Path, help="where everything is made (default: demo/ or demo-blob/)")
    chosen = parser.parse_args()
    folder = (chosen.folder or ROOT / NAMES[chosen.store]).resolve()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    try:
        done = demonstrate(folder, "local") if chosen.store == "local" else _both_stores(folder)
    except KeyboardInterrupt:
        _say("\nInterrupted; the simulator was ended. Run it again: it continues where it stopped.")
        return INTERRUPTED
    _say("Where to look:")
    for line in where_to_look(done):
        _say(line)
    return 0 if done.as_planned else 1


def _both_stores(home: Path) -> Demonstrated:
    """The same nights into a folder and into a container, and what each holds compared."""
    from tools.compare_stores import compare_stores

    # A clock that stands still between nights: what Azure answers depends on the moment, by the millisecond.
    folder = demonstrate(home / "folder", "local", still=True)
    container = demonstrate(home / "container", "azure_blob", still=True)
    different = compare_stores(folder.home / "store" / "packs", container.home / "packs")
    return replace(container, as_planned=folder.as_planned and container.as_planned and not different)


def demonstrate(home: Path, kind: str, *, still: bool = False) -> Demonstrated:
    """Ten nights, their packs, one audit pack and one of restore drills into the store under `home`."""
    home.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(_alone(home))
        url = stack.enter_context(simulator(home, PORT, FIRST, NIGHTS_SIMULATED, still=still))
        store = stack.enter_context(_store(home, kind))
        fingerprint = _prepare(home, url, store, kind)
        place = "a folder" if kind == "local" else "Azure Blob Storage (Azurite)"
        _say(f"Ten nights of a simulated Azure into {place}, through Dagster:")
        _nights(url)
        audit_id = str(_audit_pack()["pack"])
        drills_id = str(_drills()["pack"])
        packs = _packs(home, kind)
        _verify(home, packs, fingerprint)
        planned = str(told(f"{url}/control/truth")["unreadable_vaults"])
    audit = packs[audit_id]
    as_planned = _as_planned(audit, planned, time.monotonic() - began)
    return Demonstrated(home, audit, packs[drills_id], fingerprint, as_planned)


def _say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SystemExit(f"Another demonstration is at work in {home}.") from error
        yield


@contextmanager
def _store(home: Path, kind: str) -> Iterator[str]:
    """The store as the configuration names it."""
    if kind == "local":
        yield "{kind: local, path: store}"
        return
    from tools.azurite import azurite

    with azurite(home / "azurite") as running:
        os.environ["BACKUP_EVIDENCE_STORE_KEY"] = running.key
        yield f"{{kind: azure_blob, account_url: {running.account_url}, container: evidence, credential: shared_key}}"


def _prepare(home: Path, url: str, store: str, kind: str) -> str:
    """Keys, trust files and configuration; returns the signer's fingerprint."""
    os.environ |= {
        "IDENTITY_ENDPOINT": f"{url}/msi/token",
        "IDENTITY_HEADER": "demo",
        "BACKUP_EVIDENCE_CONFIG": str(home / "evidence.yaml"),
        "DAGSTER_HOME": str(home / "dagster"),
    }
    subscriptions = told(f"{url}/control/subscriptions")["subscriptions"]
    text = CONFIGURATION.format(
        name=NAMES[kind],
        url=url,
        subscriptions=", ".join(_strings(subscriptions)),
        store=store,
        first=FIRST,
    )
    (home / "evidence.yaml").write_text(text)
    (home / "dagster").mkdir(exist_ok=True)
    (home / "dagster" / "dagster.yaml").write_bytes((ROOT / "dagster.yaml").read_bytes())
    if not (home / "trust" / "root.pem").exists():
        begin = min(VALID_FROM, date.today())  # noqa: DTZ011 - openssl checks by this machine's own day
        _command("keys", "init", "--folder", str(home), "--organisation", "Contoso", "--not-before", str(begin))
    _keep_root(home / "trust" / "tsa-root.pem", url)
    printed = _run("openssl", "x509", "-in", str(home / "trust" / "signer.pem"), "-noout", "-fingerprint", "-sha256")
    return printed.strip().rpartition("=")[2]


def _keep_root(path: Path, url: str) -> None:
    """Each simulator is an authority of its own: the roots of earlier ones stay, for their stamps must still be checked."""
    with urllib.request.urlopen(f"{url}/tsa/root.pem") as answer:
        root = answer.read().decode()
    path.write_text((path.read_text() if path.exists() else "") + root)


def _nights(url: str) -> None:
    """Each night by `backup-evidence run`; a new simulator's clock first catches up with the ledger."""
    entries = _command("ledger", "list")
    if entries:
        reach(url, datetime.fromisoformat(str(entries[-1]["at"])))
    nights = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    sealed = {entry["subject"] for entry in entries if entry["kind"] == "night-sealed"}
    done = [night for night in nights if f"night/{night}" in sealed]
    if done:
        _say(f"  {len(done)} of {len(nights)} are in the ledger already; what is sealed is left alone.")
    for night in nights:
        began = time.monotonic()
        for row in _command("run", "--night", str(night)):
            if row["state"] != "sealed":
                took = f"{time.monotonic() - began:4.1f} s"
                _say(f"  {night}  {row['jobs']:>4} jobs  {row['completeness']}  {took}  {row['pack']}")


def _audit_pack() -> Row:
    before = {row["pack"] for row in _command("pack", "list", "--kind", "audit")}
    (row,) = _command("pack", "build", "--kind", "audit", "--from", str(FIRST), "--to", str(LAST))
    _say("One audit pack over all ten:")
    _say(f"  {row['pack']}{' is in the ledger already.' if row['pack'] in before else ''}")
    return row


def _drills() -> Row:
    """Next quarter's drills as a draft that waits for a person, and a pack of what is known of this quarter's restores."""
    if not any(row["quarter"] == NEXT_QUARTER for row in _command("drills", "plans")):
        drafted = _command("drills", "plan", "--quarter", NEXT_QUARTER, *PLANNER)
        _say(f"Restore drills: {len(drafted)} drafted for {NEXT_QUARTER}, by a seed that the ledger committed to.")
    standing = [row for row in _command("pack", "list", "--kind", "restore-drills") if not row["superseded_by"]]
    row = standing[0] if standing else _command("pack", "build", "--kind", "restore-drills", "--period", QUARTER)[0]
    _say(f"What is known of restores of {QUARTER}, which has not ended:")
    _say(f"  {row['pack']}{' is in the ledger already.' if standing else ''}")
    return row


def _packs(home: Path, kind: str) -> dict[str, Path]:
    """Every standing pack by its id, as a file; those of a container are fetched."""
    listed = [row for row in _command("pack", "list") if not row["superseded_by"]]
    if kind == "local":
        return {str(row["pack"]): Path(str(row["file"])) for row in listed}
    fetched = (_command("pack", "fetch", str(row["pack"]), "--to", str(home / "packs")) for row in listed)
    return {str(row["pack"]): Path(str(row["file"])) for rows in fetched for row in rows}


def _verify(home: Path, packs: Mapping[str, Path], fingerprint: str) -> None:
    """Our own verification in this process; meanwhile openssl, sha256sum and pdfsig in others."""
    trust = home / "trust"
    by_hand = str(ROOT / "tools" / "verify-by-hand.sh")
    ours = ["--signer-fingerprint", fingerprint, "--trust", str(trust / "root.pem")]
    ours += ["--tsa-trust", str(trust / "tsa-root.pem")]
    _say(f"Verifying {len(packs)} packs:")
    with ThreadPoolExecutor(max_workers=1) as pool:
        others = [pool.submit(_run, "bash", by_hand, str(pack), str(trust), fingerprint) for pack in packs.values()]
        try:
            checks = sum(len(_command("verify", str(pack), *ours, allowed=(0,))) for pack in packs.values())
            _say(f"  backup-evidence verify        {len(packs)} authentic; {checks} checks, none failed")
            for other in others:
                other.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    _say(
        f"  openssl, sha256sum, pdfsig    {len(packs)} agree: signature, time stamp, every file, total document signed"
    )


def _strings(value: object) -> Sequence[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _command(*words: str, allowed: Sequence[int] = (0, INCOMPLETE)) -> list[Row]:
    """Rows of a `backup-evidence` command, run in this process: a start would cost two seconds each time.

    4 is allowed, for the planned unreadable vault makes every pack INCOMPLETE.
    """
    from cli.main import app

    printed, said = io.StringIO(), io.StringIO()
    with redirect_stdout(printed), redirect_stderr(said):
        code = app([*words, "-o", "json"], standalone_mode=False) or 0
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    if code not in allowed:
        raise SystemExit(f"`backup-evidence {' '.join(words)}` ended {code}:\n{said.getvalue()}{printed.getvalue()}")
    return list(json.loads(printed.getvalue())["data"])


def _run(*words: str) -> str:
    # A session of its own: on Ctrl-C this process says so, and nothing else.
    done = subprocess.run(words, capture_output=True, text=True, check=False, start_new_session=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} ended {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _as_planned(audit: Path, planned: str, seconds: float) -> bool:
    """Say what was found; whether nothing is missing but what was planned to be."""
    _say(f"Done in {seconds:.0f} s. Found:")
    for line in findings(audit):
        _say(f"  {line}")
    missing = unplanned_gaps(audit, planned)
    if missing:
        _say("NOT AS PLANNED: this is missing too:")
        for line in missing:
            _say(f"  {line}")
        return False
    _say("  INCOMPLETE as planned: one vault answers 403 every night. That stands on page 1, and `backup-evidence run`")
    _say("  ended 4 for it; the demonstration ends 0, for nothing else is missing.")
    return True


if __name__ == "__main__":
    sys.exit(main())
