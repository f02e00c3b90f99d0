from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.compose import Composition
from tests.cli.conftest import DAYS, Command, Home
from tests.fakes.authority import FakeAuthority
from tests.fakes.bench import RAW
from tests.fakes.certificates import STAMPING, issue, trade
from tests.fakes.clock import FakeClock


def data(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["data"]
    return found


@pytest.fixture
def config(signed_home: Path) -> Path:
    """The same with a target outside."""
    signed_home.write_bytes(RAW + b"checkpoint: {publish: {auditor: {kind: local, path: outside}}}\n")
    return signed_home


@pytest.mark.slow
def test_from_the_night_to_the_auditor(command: Command, home: Home, config: Path, tmp_path: Path) -> None:
    """Made, published, proven, and checked by somebody who has nothing of the store."""
    (made,) = data(command("checkpoint", "make", "-c", config, "-o", "json").stdout)
    assert made["time_stamp"] == "inside"
    assert "nothing to do" in command("checkpoint", "make", "-c", config).stderr
    (sent,) = data(command("checkpoint", "publish", "-c", config, "-o", "json").stdout)
    assert (sent["target"], sent["state"]) == ("auditor", "sent")
    again = data(command("checkpoint", "publish", made["size"], "-c", config, "-o", "json").stdout)
    assert again[0]["state"] == "was there already"
    (listed,) = data(command("checkpoint", "list", "-c", config, "-o", "json").stdout)
    assert listed["published"] == ["auditor"]
    (shown,) = data(command("checkpoint", "show", made["size"], "-c", config, "-o", "json").stdout)
    assert shown["nights"]["missing"] == [str(DAYS[1])]
    whole = command("checkpoint", "verify", "--outside", "-c", config)
    assert whole.exit_code == 0
    assert "the ledger goes on from each" in whole.stderr
    out = tmp_path / "out"
    (proof,) = data(command("checkpoint", "prove", home.packs[0], "--to", out, "-c", config, "-o", "json").stdout)
    assert proof["state"] == "sealed"
    packs = {row["pack"]: row["file"] for row in data(command("pack", "list", "-c", config, "-o", "json").stdout)}
    checkpoint = Path(proof["checkpoint"]) / "checkpoint.json"
    trust = ["--signer-fingerprint", trade().signer.fingerprint]
    words = [*trust, "--checkpoint", checkpoint, "--proof", proof["proof"]]
    checked = command("verify", packs[home.packs[0]], *words, "-o", "json")
    assert checked.exit_code == 0
    assert "inclusion" in {row["check"] for row in data(checked.stdout) if row["state"] == "ok"}
    assert command("verify", packs[home.packs[1]], *words).exit_code == 7
    assert command("verify", packs[home.packs[0]], *words, "--next", packs[home.packs[1]]).exit_code == 2
    # The packs of this store were sealed before any checkpoint, so none of them carries a proof.
    following = ("verify", packs[home.packs[0]], *trust, "--next", packs[home.packs[1]], "-o", "json")
    told = command(*following)
    assert told.exit_code == 7
    assert "next pack" in {row["check"] for row in data(told.stdout) if row["state"] == "failed"}
    assert command("checkpoint", "verify", checkpoint, *trust).exit_code == 0
    assert command("checkpoint", "verify", checkpoint).exit_code == 7


def test_two_checkpoints_and_the_proof_between_them(command: Command, config: Path, tmp_path: Path) -> None:
    (first,) = data(command("checkpoint", "make", "-c", config, "-o", "json").stdout)
    renewed = command("checkpoint", "make", "--renewal", "-c", config, "-o", "json")
    (second,) = data(renewed.stdout)
    assert second["purpose"] == "renewal"
    assert "no list of revoked certificates" in renewed.stderr
    sizes = (first["size"], second["size"])
    (proof,) = data(command("checkpoint", "consistency", *sizes, "--to", tmp_path, "-c", config, "-o", "json").stdout)
    folders = [Path(one["folder"]) for one in (first, second)]
    words = ["--older", folders[0], "--proof", proof["proof"], "--signer-fingerprint", trade().signer.fingerprint]
    assert command("checkpoint", "verify", folders[1], *words).exit_code == 0
    swapped = ["--older", folders[1], "--proof", proof["proof"], "--signer-fingerprint", trade().signer.fingerprint]
    assert command("checkpoint", "verify", folders[0], *swapped).exit_code == 7


def test_missing_and_lost_are_told_apart(command: Command, home: Home, config: Path, tmp_path: Path) -> None:
    command("checkpoint", "make", "-c", config)
    assert command("ledger", "verify", "-c", config).exit_code == 0, "a night that was never sealed is nothing lost"
    missing = command("checkpoint", "prove", DAYS[1], "-c", config)
    assert missing.exit_code == 4
    assert "missing" in missing.output
    assert command("checkpoint", "prove", DAYS[0], "--to", tmp_path, "-c", config).exit_code == 0
    packs = {row["pack"]: row["file"] for row in data(command("pack", "list", "-c", config, "-o", "json").stdout)}
    Path(packs[home.packs[0]]).unlink()
    audited = command("ledger", "verify", "-c", config, "-o", "json")
    assert audited.exit_code == 7
    assert [row["state"] for row in data(audited.stdout)] == ["missing, and not disposed of"]
    lost = command("checkpoint", "prove", home.packs[0], "--to", tmp_path, "-c", config)
    assert lost.exit_code == 7
    assert "nobody disposed of them" in lost.stderr


def test_a_changed_checkpoint_ends_7(command: Command, config: Path) -> None:
    (made,) = data(command("checkpoint", "make", "-c", config, "-o", "json").stdout)
    file = Path(made["folder"]) / "checkpoint.json.p7s"
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-5])
    told = command("checkpoint", "verify", "-c", config, "-o", "json")
    assert told.exit_code == 7
    assert data(told.stdout)[0]["state"] == "FAILED"


def test_wrong_calls_end_2(command: Command, home: Home, config: Path, tmp_path: Path) -> None:
    for words in (
        ("make", "--crl", "x"),
        ("make", "--renewal", "--crl", tmp_path / "none.crl"),
        ("publish",),
        ("show", 99),
        ("prove", "no-such-pack"),
        ("consistency", 1, 2),
        ("verify", tmp_path / "none"),
        ("verify", "--signer-fingerprint", "00"),
    ):
        told = command("checkpoint", *words, "-c", config)
        assert told.exit_code == 2, words
        assert told.stderr.strip()
    pack = home.packs[0]
    assert command("verify", pack, "--proof", tmp_path / "x").exit_code == 2
    config.write_bytes(RAW + b"checkpoint: {publish: {mine: {kind: local, path: evidence-store}}}\n")
    command("checkpoint", "make", "-c", config)
    told = command("checkpoint", "publish", "-c", config)
    assert told.exit_code == 2
    assert "is the store itself" in told.stderr
    config.write_bytes(RAW + b"checkpoint: {publish: {Store!: {kind: local, path: x}}}\n")
    assert "checkpoint.publish" in command("checkpoint", "list", "-c", config).stderr


@pytest.mark.slow
def test_status_and_doctor_tell_what_left_and_how_long_certificates_live(
    command: Command, config: Path, in_time: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = in_time.moment + timedelta(days=40, hours=1)
    unit = issue("Unit", trade().stamp_issuing, purposes=STAMPING, bits=2048, serial=63, not_after=ends)
    monkeypatch.setattr(Composition, "authority", FakeAuthority(in_time.now, stamper=unit))
    settings = config.read_bytes()
    config.write_bytes(settings.replace(b"{publish", b"{renew_within_days: 7, publish"))
    command("checkpoint", "make", "-c", config)
    told = command("status", "-c", config, "-o", "json")
    meta = json.loads(told.stdout)["meta"]
    size = meta["checkpoints"]["newest"]
    assert meta["checkpoints"]["time_stamped"] is True
    (target,) = meta["checkpoints"]["targets"]
    assert (target["target"], target["newest_sent"], target["not_sent"]) == ("auditor", None, [size])
    assert f"checkpoint {size} NOT SENT to auditor" in told.stderr
    first = min(meta["certificates"], key=lambda row: str(row["not_after"]))
    assert (first["days_left"], first["stage"]) == (40, "not due yet")
    assert "renews it yet" not in told.stderr
    doctor = {row["check"]: row for row in data(command("doctor", "-q", "-c", config, "-o", "json").stdout)}
    assert doctor["certificates"]["state"] == "ok"
    assert "in 40 days; to be renewed from" in doctor["certificates"]["detail"]
    assert "days left" in doctor["key"]["detail"]
    command("checkpoint", "publish", "-c", config)
    config.write_bytes(settings)
    told = command("status", "-c", config)
    assert "NOT SENT" not in told.stderr
    assert "in 40 days, and nothing renews it yet" in told.stderr
    doctor = {row["check"]: row for row in data(command("doctor", "-q", "-c", config, "-o", "json").stdout)}
    assert doctor["certificates"]["state"] == "due"
    assert "checkpoint make --renewal" in doctor["certificates"]["detail"]


def test_what_was_not_sent_ends_6_and_is_told_with_its_reason(command: Command, config: Path, tmp_path: Path) -> None:
    config.write_bytes(
        RAW + b"checkpoint: {publish: {post: {kind: mail, host: 127.0.0.1, port: 9, from: a@example.com,"
        b" to: b@example.com, tls: none}}}\n"
    )
    command("checkpoint", "make", "-c", config)
    told = command("checkpoint", "publish", "-c", config, "-o", "json")
    assert told.exit_code == 6
    (row,) = data(told.stdout)
    assert (row["state"], row["target"]) == ("NOT SENT", "post")
    assert "could not be reached" in told.stderr
    status = command("status", "-c", config)
    assert "NOT SENT to post" in status.stderr
    assert "could not be reached" in status.stderr
    assert "nobody can look there" in command("checkpoint", "verify", "--outside", "-c", config).stderr
