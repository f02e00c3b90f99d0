"""Several vaults at the same time: captures do not mix, and one sign-in serves all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from azure.core.credentials import AccessToken

from evidence.records import Capture, Kind, Vault
from evidence.sources.azure import AzureOptions, azure_source
from tests.sources.conftest import Bench
from tests.sources.loopback import Reply, body
from tests.sources.world import SUBSCRIPTION, VAULT, TickingClock, request

THREADS = 8


def test_captures_of_several_threads_keep_apart(bench: Bench) -> None:
    asked: list[str] = []

    class Credential:
        def get_token(self, *scopes: str, **_options: object) -> AccessToken:
            asked.extend(scopes)
            return AccessToken("token", 2**62)

    source = azure_source(
        AzureOptions((SUBSCRIPTION,), endpoint=bench.server.base_url),
        TickingClock(),
        sleep=bench.slept.append,
        make_credential=Credential,
    )
    vaults = [_named(f"rsv-{number}") for number in range(THREADS * 2)]
    for vault in vaults:
        for ending in ("", "/backupJobs", "/backupProtectedItems"):
            bench.server.tell(f"/vaults/{vault.name}{ending}", *_marked(vault))
    with ThreadPoolExecutor(THREADS) as pool:
        captures = list(pool.map(lambda vault: source.capture(vault, request()), vaults))
    assert len(asked) == 1
    for vault, capture in zip(vaults, captures, strict=True):
        _check(vault, capture)
    told = sum(len(capture.calls) for capture in captures)
    assert len(bench.server.asked) == told


def _named(name: str) -> Vault:
    return replace(VAULT, vault_id=f"{VAULT.vault_id.rpartition('/')[0]}/{name}", name=name)


def _marked(vault: Vault) -> list[Reply]:
    return [body({"value": [], "properties": {"mark": vault.name}})]


def _check(vault: Vault, capture: Capture) -> None:
    assert capture.vault == vault
    assert [call.call_id[-5:] for call in capture.calls] == [f"{n:05d}" for n in range(1, len(capture.calls) + 1)]
    assert all(f"/vaults/{vault.name}" in call.url for call in capture.calls)
    marked = [call for call in capture.calls if b"mark" in call.last.body]
    assert {call.kind for call in marked} == {Kind.VAULT, Kind.PROTECTED_ITEMS, Kind.JOBS}
    assert all(f'"mark":"{vault.name}"'.encode() in call.last.body for call in marked)
