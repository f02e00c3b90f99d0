"""Secrets by their names: from the environment, a file or a key vault, and never in an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from evidence.errors import DeliveryError, SignInError, TargetUnavailableError
from evidence.notify.secret_names import KeyVault, Secrets
from tests.fakes.receivers.server import Fault, Receiver, Reply, Request, served

TOKEN, VALUE = "a-token-of-the-test", "the value of the secret"


@dataclass
class Vault(Receiver):
    known: dict[str, str] = field(default_factory=lambda: {"teams-dba": VALUE})

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}" or request.query.get("api-version") != "7.4":
            return Reply(401)
        value = self.known.get(request.path.removeprefix("/secrets/"))
        return Reply(404, {"error": {"code": "SecretNotFound"}}) if value is None else Reply(200, {"value": value})


def secrets(folder: Path, vault: KeyVault | None = None) -> Secrets:
    return Secrets(lambda path: folder / path, vault)


def test_from_the_environment_and_from_a_file_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", VALUE)
    (tmp_path / "hook.secret").write_text(f"{VALUE}\n")
    assert secrets(tmp_path).read("env:HOOK") == VALUE
    assert secrets(tmp_path).read("file:hook.secret") == VALUE


@pytest.mark.parametrize("name", ["env:NOT_SET_ANYWHERE", "file:none", "kv:teams-dba", "file:empty"])
def test_what_is_not_there_is_an_error_that_names_it(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n")
    with pytest.raises(DeliveryError, match=name):
        secrets(tmp_path).read(name)


def test_from_a_key_vault_once_a_run(tmp_path: Path) -> None:
    with served(Vault()) as vault:
        found = secrets(tmp_path, KeyVault(vault.url, lambda: TOKEN))
        assert [found.read("kv:teams-dba") for _ in range(3)] == [VALUE] * 3
        assert len(vault.requests) == 1
        assert VALUE not in repr(found)
        assert TOKEN not in repr(found)


@pytest.mark.parametrize(
    ("fault", "later"), [(Fault(403), False), (Fault(429), True), (Fault(503), True), (Fault(), True)]
)
def test_a_vault_that_gives_nothing_is_told_by_whether_it_may(fault: Fault, later: bool, tmp_path: Path) -> None:
    with served(Vault()) as vault:
        vault.faults.append(fault)
        with pytest.raises(DeliveryError) as caught:
            secrets(tmp_path, KeyVault(vault.url, lambda: TOKEN)).read("kv:teams-dba")
    assert isinstance(caught.value, TargetUnavailableError) is later
    assert TOKEN not in "\n".join(caught.value.diagnostics())


def test_a_secret_that_the_vault_does_not_have_is_final(tmp_path: Path) -> None:
    with served(Vault()) as vault, pytest.raises(DeliveryError, match="did not give the secret none") as caught:
        secrets(tmp_path, KeyVault(vault.url, lambda: TOKEN)).read("kv:none")
    assert not isinstance(caught.value, TargetUnavailableError)


def test_an_identity_without_a_token_is_an_error_of_ours(tmp_path: Path) -> None:
    def no_token() -> str:
        raise SignInError("The credential `cli` gives no token.")

    with served(Vault()) as vault, pytest.raises(SignInError):
        secrets(tmp_path, KeyVault(vault.url, no_token)).read("kv:teams-dba")
