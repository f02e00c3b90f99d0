from __future__ import annotations

import subprocess
from datetime import time
from pathlib import Path

import pytest

from evidence import version
from evidence.clocks import SystemClock
from evidence.compose import Composition, find_configuration
from evidence.errors import ConfigurationError, EvidenceError, RefusedError, SealError
from evidence.packs.controls.reading import shipped_control_map
from evidence.seals.development import create_development_keys
from evidence.version import code_version
from tests.fakes.bench import NIGHT as FIRST
from tests.fakes.bench import RAW, at
from tests.fakes.packing import FakeRenderer

LOOPBACK = RAW.replace(b"azure:\n", b"azure:\n  endpoint: http://127.0.0.1:9\n")


def composition(folder: Path, raw: bytes = RAW) -> Composition:
    (folder / "evidence.yaml").write_bytes(raw)
    return Composition(find_configuration(folder / "evidence.yaml"))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    create_development_keys(folder, "Contoso", at(FIRST), at(FIRST.replace(year=2036)))
    return folder


def with_keys(folder: Path, keys: Path, raw: bytes) -> Composition:
    return composition(
        folder, raw + f"signing: {{key: {keys}/keys/signer.key, certificate: {keys}/trust/signer.pem}}\n".encode()
    )


def test_the_calendar_is_that_of_the_settings(tmp_path: Path) -> None:
    found = composition(tmp_path, RAW + b'time_zone: Europe/Berlin\nnight_starts_at: "18:30"\n').calendar
    assert (found.time_zone, found.starts_at) == ("Europe/Berlin", time(18, 30))


def test_a_folder_store_lies_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    one = composition(tmp_path, RAW + b"store: {path: kept}\n")
    one.store.create("a/b", b"x")
    assert (tmp_path / "kept" / "a" / "b").read_bytes() == b"x"
    assert str(one.place("a/b")) == str(tmp_path / "kept" / "a" / "b")


def test_the_parts_name_configuration_code_and_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "somebody")
    parts = composition(tmp_path).parts
    assert parts.actor == "backup-evidence/somebody"
    assert parts.code_version == code_version()
    assert len(parts.configuration_sha256) == 64
    assert isinstance(parts.clock, SystemClock)


def test_a_user_without_name_is_named_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("no such uid")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert composition(tmp_path).parts.actor.startswith("backup-evidence/uid-")


def test_scopes_come_by_name_and_others_are_refused(tmp_path: Path) -> None:
    one = composition(tmp_path, RAW + b"scopes: {eu: {regions: [westeurope]}, all: {}}\n")
    assert [scope.name for scope in one.scopes()] == ["all", "eu"]
    assert one.scope("eu").regions == ("westeurope",)
    with pytest.raises(ConfigurationError) as caught:
        one.scope("us")
    assert "all, eu" in caught.value.next_step


@pytest.mark.parametrize(
    ("raw", "part", "said"),
    [
        (RAW, "signer", "cannot be read"),
        (RAW + b"signing: {passphrase_file: absent}\n", "signer", "cannot be read"),
        (
            LOOPBACK + b"store: {kind: azure_blob, account_url: 'http://127.0.0.1:9/x', credential: shared_key}\n",
            "store",
            "BACKUP_EVIDENCE_STORE_KEY",
        ),
    ],
)
def test_what_is_configured_and_cannot_be_had_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw: bytes, part: str, said: str
) -> None:
    monkeypatch.delenv("BACKUP_EVIDENCE_STORE_KEY", raising=False)
    with pytest.raises(EvidenceError, match=said):
        getattr(composition(tmp_path, raw), part)


def test_a_development_key_signs_on_loopback_or_where_it_is_allowed(tmp_path: Path, keys: Path) -> None:
    assert with_keys(tmp_path, keys, LOOPBACK).signer.identity.development
    with pytest.raises(RefusedError, match="DEVELOPMENT"):
        _ = with_keys(tmp_path, keys, RAW).signer
    allowed = (
        RAW
        + (
            f"signing: {{key: {keys}/keys/signer.key, certificate: {keys}/trust/signer.pem, development: true}}\n"
        ).encode()
    )
    assert composition(tmp_path, allowed).signer.identity.development


def test_the_simulators_clock_needs_a_development_key(tmp_path: Path, keys: Path) -> None:
    with pytest.raises(SealError):
        _ = composition(tmp_path, LOOPBACK + b"clock: simulator\n").clock
    assert not isinstance(with_keys(tmp_path, keys, LOOPBACK + b"clock: simulator\n").clock, SystemClock)


def test_without_an_authority_there_is_none(tmp_path: Path) -> None:
    assert composition(tmp_path).authority is None
    found = composition(tmp_path, RAW + b"timestamp: {url: 'http://tsa.example'}\n").authority
    assert found is not None
    assert found.url == "http://tsa.example"


def test_the_code_version_is_that_of_our_checkout_whatever_git_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (version._ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    subprocess.run(["git", "init", "-q", str(tmp_path / "other")], check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    assert version._git("rev-parse", "--show-toplevel") == str(version._ROOT)


def test_without_git_the_release_names_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    code_version.cache_clear()
    assert "+" not in code_version()
    code_version.cache_clear()


def test_an_approved_list_is_read_beside_the_configuration_and_a_wrong_one_stops(tmp_path: Path) -> None:
    raw = RAW + b"population: approved.yaml\n"
    with pytest.raises(ConfigurationError, match="cannot be read"):
        _ = composition(tmp_path, raw).parts
    (tmp_path / "approved.yaml").write_text("approved_by: x\napproved_on: 2026-11-01\nsubscriptions: [a]\n")
    approved = composition(tmp_path, raw).parts.approved
    assert approved is not None
    assert list(approved.subscriptions) == ["/subscriptions/a"]
    assert composition(tmp_path).parts.approved is None


def test_a_control_map_is_read_beside_the_configuration_and_a_wrong_one_stops(tmp_path: Path, keys: Path) -> None:
    raw = LOOPBACK + b"controls: controls.yaml\n"
    with pytest.raises(ConfigurationError, match=r"control map .* cannot be read"):
        with_keys(tmp_path, keys, raw).sealing(FakeRenderer())
    shipped = shipped_control_map()
    assert with_keys(tmp_path, keys, LOOPBACK).sealing(FakeRenderer()).controls is shipped
    (tmp_path / "controls.yaml").write_bytes(shipped.raw.replace(b"version: 3\n", b"version: 4\n"))
    assert with_keys(tmp_path, keys, raw).sealing(FakeRenderer()).controls.version == 4
    (tmp_path / "controls.yaml").write_bytes(shipped.raw.replace(b"version: 3\n", b"version: two\n"))
    with pytest.raises(ConfigurationError) as caught:
        with_keys(tmp_path, keys, raw).sealing(FakeRenderer())
    assert "controls.yaml:3: version" in caught.value.cause
