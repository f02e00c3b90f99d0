"""Files broken in any way: never anything but a record, a rejection or one clear error."""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import EvidenceError
from evidence.sources.saved.ids import vault_in
from evidence.sources.saved.inventory import InventoryReader
from evidence.sources.saved.kinds import KINDS
from evidence.sources.saved.opening import open_saved
from evidence.sources.saved.reading import Read, Reader
from tests.fakes.bodies import FakeVault
from tests.fakes.saved import az, flattened, item, job, point, powershell, powershell_job
from tests.strategies import json_values

VAULT = FakeVault("v1")
WHOLE = [
    az([job(VAULT, 1), job(VAULT, 2)]),
    az([item(VAULT), item(VAULT, "vm2")]),
    az([point(VAULT)]),
    az([flattened(job(VAULT))]),
    powershell([powershell_job(job(VAULT))]),
    powershell(powershell_job(job(VAULT)), "utf-8"),
    b'"Resource Id";Name;Backup\r\n/subscriptions/s/resourceGroups/g/providers/a.b/c/d;x;yes\r\n',
]
names = st.sampled_from(
    [
        "id",
        "Id",
        "name",
        "Name",
        "type",
        "properties",
        "Properties",
        "value",
        "error",
        "StartTime",
        "status",
        "Status",
        "operation",
        "JobId",
        "Duration",
        "Ticks",
    ]
)


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.integers(0, 4)):
            case 0:
                del data[at:]
            case 1:
                data[at : at + 1] = draw(st.binary(max_size=3))
            case 2:
                data[at:at] = draw(
                    st.sampled_from([b"{", b"}", b"[", b"]", b'"', b",", b"\\", b"\x00", b"null", b"\x1b[3", b"=cmd()"])
                )
            case 3:
                data[at : at + draw(st.integers(1, 60))] = b""
            case _:
                data += data[at:]
    return bytes(data)


def read(data: bytes, kind: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "saved").write_bytes(data)
        (folder / "p").mkdir()
        try:
            file = open_saved(folder / "saved", folder / "p")
            if kind == "inventory":
                list(InventoryReader(file, {}).each())
                return
            for one in Reader(file, KINDS[kind], vault_in(VAULT.arm_id)).each():
                if isinstance(one, Read):
                    assert isinstance(orjson.loads(one.element.body)["properties"], dict)
        except EvidenceError as error:
            assert error.cause  # noqa: PT017 - either is well
            assert error.next_step  # noqa: PT017


@settings(max_examples=300)
@given(broken(), st.sampled_from([*KINDS, "inventory"]))
def test_a_broken_file_gives_records_rejections_or_one_error(data: bytes, kind: str) -> None:
    read(data, kind)


@given(json_values(names), st.sampled_from(sorted(KINDS)), st.sampled_from(["utf-8", "utf-16"]))
def test_any_json_is_read_or_rejected(value: object, kind: str, encoding: str) -> None:
    try:
        text = orjson.dumps(value)
    except TypeError:
        return  # an integer that orjson does not write
    read(text.decode().encode(encoding), kind)


@given(st.binary(max_size=200), st.sampled_from([*KINDS, "inventory"]))
def test_any_bytes_are_refused_at_most(data: bytes, kind: str) -> None:
    read(data, kind)
