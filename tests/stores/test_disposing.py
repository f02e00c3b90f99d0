"""Deleting: what a store refuses stays, what soft delete keeps is told, and what a store cannot tell is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.errors import ConfigurationError, ObjectMissingError, RefusedError, StoreError
from evidence.runs.retention.holds import flag
from evidence.stores.azure_blob_keeping import KeepingAzureBlobStore
from evidence.stores.directory import DirectoryStore
from evidence.stores.directory_keeping import KeepingDirectoryStore
from evidence.stores.disposing import removal_of
from evidence.stores.interface import EvidenceStore
from evidence.stores.keeping import Mode
from tests.fakes.memory_store import MemoryStore
from tests.fakes.worm.service import worm_service
from tests.fakes.worm.state import Policy
from tests.stores.test_azure_keeping import World

UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=400)
"""The service's answers bear the date of this machine."""


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    with worm_service(made.container) as service:
        made.service = service
        yield made


def test_every_store_deletes_one_object_and_no_other(store: EvidenceStore) -> None:
    for path in ("calls/a", "calls/ab"):
        store.create(path, path.encode())
    removal = removal_of(store)
    assert removal.remains(["calls/a"]).left == {"calls/a": "still there"}
    removal.remove("calls/a")
    assert [one.path for one in store.list("")] == ["calls/ab"]
    found = removal.remains(["calls/a"])
    assert found.left == {}
    assert found.untold
    with pytest.raises(ObjectMissingError):
        removal.remove("calls/a")
    store.create("calls/a", b"another")


def test_what_is_immutable_is_refused_and_stays(world: World) -> None:
    store: KeepingAzureBlobStore = world.store
    store.create("calls/a", b"evidence")
    store.protect("calls/a", UNTIL, Mode.LOCKED)
    with pytest.raises(RefusedError) as refused:
        removal_of(store).remove("calls/a")
    assert refused.value.exit_code == 8
    assert "409" in refused.value.cause
    assert f"immutability policy until {UNTIL:%Y-%m-%d}" in refused.value.cause
    assert store.read("calls/a") == b"evidence"


def test_a_legal_hold_is_refused_and_one_that_was_cleared_is_not(world: World) -> None:
    store: KeepingAzureBlobStore = world.store
    store.create("calls/a", b"evidence")
    found = world.container.find("calls/a", None)
    found.legal_hold = True
    with pytest.raises(RefusedError, match="The store keeps calls/a") as refused:
        removal_of(store).remove("calls/a")
    assert "a legal hold" in refused.value.cause
    assert store.read("calls/a") == b"evidence"
    found.legal_hold = False
    found.until = datetime(2020, 1, 1, tzinfo=UTC)
    removal_of(store).remove("calls/a")
    assert store.stat("calls/a") is None


def test_what_only_the_service_knows_to_keep_is_its_409(world: World) -> None:
    """A policy of the container is not told by the blob."""
    world.container.version_level = False
    world.container.policy = Policy(400, locked=True)
    store = world.store
    store.create("calls/a", b"evidence")
    with pytest.raises(RefusedError, match="refused to delete") as refused:
        removal_of(store).remove("calls/a")
    assert refused.value.cause.startswith("409 ")
    assert store.read("calls/a") == b"evidence"


def test_versions_go_with_their_object(world: World) -> None:
    """Where versions are kept, deleting a name leaves what was under it; nothing of it may be left."""
    store = world.store
    store.create("calls/a", b"evidence")
    removal_of(store).remove("calls/a")
    assert world.container.versions == [] or all(one.deleted_at for one in world.container.versions)


def test_what_soft_delete_keeps_is_told_until_it_lapses(world: World) -> None:
    store = world.store
    world.container.soft_delete_days = 7
    store.create("calls/a", b"evidence")
    removal = removal_of(store)
    removal.remove("calls/a")
    assert "soft-deleted" in removal.remains(["calls/a"]).left["calls/a"]
    world.moment += timedelta(days=8)
    assert removal.remains(["calls/a"]).left == {}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store")
    store.create("calls/a", b"evidence")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b").write_bytes(b"somebody else's")
    (tmp_path / "store" / "calls" / "out").symlink_to(outside)
    with pytest.raises(Exception, match="not a plain file"):
        removal_of(store).remove("calls/out/b")
    assert (outside / "b").exists()


def test_a_store_that_nobody_knows_how_to_delete_from_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="Nothing is deleted"):
        removal_of(MemoryStore())


def test_a_hold_of_the_ledger_is_set_and_cleared_in_the_store(world: World) -> None:
    store = world.store
    store.create("calls/a", b"evidence")
    assert flag(store, ["calls/a", "calls/none"], on=True).done == 1
    assert world.container.find("calls/a", None).legal_hold
    with pytest.raises(RefusedError):
        removal_of(store).remove("calls/a")
    found = flag(store, ["calls/a", "calls/none"], on=False)
    assert (found.done, list(found.failed)) == (1, ["calls/none"])
    removal_of(store).remove("calls/a")


def test_a_folder_knows_no_holds(tmp_path: Path) -> None:
    store = KeepingDirectoryStore(tmp_path / "store")
    store.create("calls/a", b"evidence")
    assert flag(store, ["calls/a"], on=True).unknown == 1
    removal_of(store).remove("calls/a")
    assert store.stat("calls/a") is None


def test_a_removal_that_stopped_before_the_versions_is_finished(world: World) -> None:
    """The name is gone, and its content stands as an older version: nothing but another look would ever delete it."""
    store: KeepingAzureBlobStore = world.store
    store.create("calls/a", b"evidence")
    removal = removal_of(store)
    world.service.refuse["versionid="] = (503, "ServerBusy")
    with pytest.raises(StoreError):
        removal.remove("calls/a")
    assert store.stat("calls/a") is None
    assert removal.remains(["calls/a"]).left == {"calls/a": "an older version"}
    world.service.refuse.clear()
    removal.finish("calls/a")
    removal.finish("calls/a")
    assert removal.remains(["calls/a"]).left == {}


def test_finishing_touches_nothing_that_stands(world: World) -> None:
    store: KeepingAzureBlobStore = world.store
    store.create("calls/a", b"evidence")
    removal_of(store).finish("calls/a")
    assert store.read("calls/a") == b"evidence"
