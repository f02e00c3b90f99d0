"""Writes to a real Azurite behind a proxy that loses answers: none is lost, doubled, mixed or hides another's."""

from __future__ import annotations

from pathlib import Path

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient, LinearRetry

from evidence.errors import ObjectExistsError, SignInError, StoreError
from evidence.stores.azure_blob import API_VERSION, BLOCK
from evidence.stores.interface import EvidenceStore
from tests.fakes.azurite import Azurite
from tests.stores.places import Place
from tests.stores.proxy import PASS, Proxy, Treatment, proxy_before

BIG = b"0123456789abcdef" * (BLOCK // 16) + b"and a piece"


@pytest.fixture
def big_file(tmp_path: Path) -> Path:
    """Two blocks, the second a short one."""
    path = tmp_path / "big"
    path.write_bytes(BIG)
    return path


def test_a_write_whose_answer_was_lost_counts_as_done(proxied: EvidenceStore, proxy: Proxy) -> None:
    proxy.lose("PUT", "/ledger")
    made = proxied.create("ledger/1", b"entry")
    assert len(proxy.lost) == 1
    assert proxied.read("ledger/1") == b"entry"
    assert proxied.stat("ledger/1") == made


def test_without_its_own_id_that_write_would_be_refused(container: Place, proxy: Proxy) -> None:
    """The trap itself: the SDK asks again after a lost answer and meets its own object."""
    proxy.lose("PUT", "/ledger")
    service = BlobServiceClient(
        container.behind(proxy.port).address,
        AzureNamedKeyCredential(container.account, container.key),
        api_version=API_VERSION,
        retry_policy=LinearRetry(backoff=0, random_jitter_range=0),
    )
    with pytest.raises(ResourceExistsError):
        service.get_blob_client(container.container, "ledger/1").upload_blob(b"entry", overwrite=False)


def test_big_objects_survive_lost_answers_to_blocks_and_commit(
    proxied: EvidenceStore, proxy: Proxy, big_file: Path
) -> None:
    def rule(method: str, path: str) -> Treatment:
        """Lose the answer to each write once; the blocks and the commit differ in their query."""
        return Treatment(lose_answer="comp=block" in path and f"{method} {path}" not in proxy.lost)

    proxy.rule = rule
    made = proxied.create_from("packs/big.zip", big_file)
    assert len(proxy.lost) == 3
    assert made.bytes == len(BIG)
    assert proxied.read("packs/big.zip") == BIG


def test_a_lost_answer_hides_no_other_writer(proxied: EvidenceStore, direct: EvidenceStore, proxy: Proxy) -> None:
    direct.create("ledger/1", b"theirs")
    proxy.lose("PUT", "/ledger")
    with pytest.raises(ObjectExistsError):
        proxied.create("ledger/1", b"ours")
    assert direct.read("ledger/1") == b"theirs"


def test_a_write_is_done_even_where_every_answer_to_it_is_lost(proxied: EvidenceStore, proxy: Proxy) -> None:
    proxy.lose("PUT", "/ledger", times=1000)
    assert proxied.create("ledger/1", b"entry").bytes == 5
    assert len(proxy.lost) > 1


def test_where_nothing_can_be_read_back_the_write_is_not_said_to_be_done(
    proxied: EvidenceStore, direct: EvidenceStore, proxy: Proxy
) -> None:
    proxy.rule = lambda method, _path: Treatment(lose_answer=method in {"PUT", "HEAD"})
    with pytest.raises(StoreError, match="Could not write 'a'"):
        proxied.create("a", b"1")
    assert direct.read("a") == b"1"


def test_blocks_without_a_commit_are_no_object(
    proxied: EvidenceStore, direct: EvidenceStore, proxy: Proxy, big_file: Path
) -> None:
    proxy.rule = lambda _method, path: Treatment(refuse=(403, "Stopped")) if "comp=blocklist" in path else PASS
    with pytest.raises(SignInError):
        proxied.create_from("big", big_file)
    assert direct.stat("big") is None
    assert list(direct.list("")) == []
    proxy.rule = lambda _method, _path: PASS
    assert proxied.create_from("big", big_file).bytes == len(BIG)


def test_blocks_are_never_committed_over_another_object(
    proxied: EvidenceStore, direct: EvidenceStore, proxy: Proxy, big_file: Path
) -> None:
    """Another writer takes the name while our blocks go up."""

    theirs = big_file.with_name("theirs")
    theirs.write_bytes(b"theirs" + BIG)

    def rule(_method: str, path: str) -> Treatment:
        if "comp=blocklist" in path and direct.stat("big") is None:
            direct.create_from("big", theirs)
        return PASS

    proxy.rule = rule
    with pytest.raises(ObjectExistsError):
        proxied.create_from("big", big_file)
    assert direct.read("big") == theirs.read_bytes()


def test_a_name_taken_before_the_first_block_stays_taken(
    proxied: EvidenceStore, direct: EvidenceStore, proxy: Proxy, big_file: Path
) -> None:
    def rule(_method: str, path: str) -> Treatment:
        if "comp=block" in path and direct.stat("big") is None:
            direct.create("big", b"theirs")
        return PASS

    proxy.rule = rule
    with pytest.raises(ObjectExistsError):
        proxied.create_from("big", big_file)
    assert direct.read("big") == b"theirs"


def test_blocks_of_two_writers_are_never_mixed(
    azurite: Azurite, container: Place, proxied: EvidenceStore, proxy: Proxy, big_file: Path
) -> None:
    """Another writer stages its blocks after ours and stops before its commit."""
    theirs = big_file.with_name("theirs")
    theirs.write_bytes(BIG[::-1])
    with proxy_before(azurite.port) as stopping:
        stopping.rule = lambda _method, path: Treatment(refuse=(403, "Stopped")) if "blocklist" in path else PASS
        other = container.behind(stopping.port).open()

        def rule(_method: str, path: str) -> Treatment:
            if "comp=blocklist" in path:
                with pytest.raises(SignInError):
                    other.create_from("big", theirs)
            return PASS

        proxy.rule = rule
        proxied.create_from("big", big_file)
    assert proxied.read("big") == BIG


def test_no_block_is_sent_for_a_name_that_is_taken(proxied: EvidenceStore, proxy: Proxy, big_file: Path) -> None:
    proxied.create("big", b"")
    asked: list[str] = []

    def rule(method: str, _path: str) -> Treatment:
        asked.append(method)
        return PASS

    proxy.rule = rule
    with pytest.raises(ObjectExistsError):
        proxied.create_from("big", big_file)
    assert asked == ["HEAD"]


@pytest.mark.parametrize("header", [{"x-ms-meta-sha256": "0" * 64}, {"x-ms-meta-sha256": ""}], ids=["other", "none"])
def test_what_reads_back_otherwise_was_not_written(
    proxied: EvidenceStore, proxy: Proxy, header: dict[str, str]
) -> None:
    proxy.rule = lambda method, _path: Treatment(headers=header) if method == "HEAD" else PASS
    with pytest.raises(StoreError, match="reads otherwise than it was just written"):
        proxied.create("a", b"1")
