from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.sources.saved import inventory
from evidence.sources.saved.inventory import InventoryReader, Thing
from evidence.sources.saved.opening import open_saved
from evidence.sources.saved.refusals import Rejected, UnusableFileError

SUBSCRIPTION = "5a1c0000-0000-4000-8000-00000000a001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/RG"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/VM1"
VAULT = f"{GROUP}/providers/Microsoft.RecoveryServices/vaults/V1"
ITEM = f"{VAULT}/backupFabrics/Azure/protectionContainers/c/protectedItems/i"

Open = Callable[..., InventoryReader]


@pytest.fixture
def reader(tmp_path: Path) -> Open:
    def opened(text: str, columns: dict[str, str] | None = None, encoding: str = "utf-8") -> InventoryReader:
        path = tmp_path / "cmdb.csv"
        path.write_bytes(text.encode(encoding))
        folder = tmp_path / "private"
        folder.mkdir(exist_ok=True)
        return InventoryReader(open_saved(path, folder), columns or {})

    return opened


def things(reader: InventoryReader) -> list[Thing]:
    found = list(reader.each())
    assert not [one for one in found if isinstance(one, Rejected)]
    return [one for one in found if isinstance(one, Thing)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_lists_of_all_dialects_say_the_same(reader: Open, delimiter: str, encoding: str, end: str) -> None:
    lines = [["Name", "Azure Resource ID", "TYPE", "Owner", "Environment", "Backup Required"]]
    lines += [["VM 1, old", VM, "Server", "Team A", "prod", "Yes"], ["", VM + "2/", "", "", "", "no"]]
    text = "".join(delimiter.join(f'"{cell}"' for cell in line) + end for line in lines)
    one, two = things(reader(text, encoding=encoding))
    assert (one.thing, one.thing_key, one.resource_type) == (
        "resource",
        VM.lower(),
        "microsoft.compute/virtualmachines",
    )
    assert (one.line, one.told["owner"], one.told["environment"], one.told["name"]) == (
        2,
        "Team A",
        "prod",
        "VM 1, old",
    )
    assert (one.to_be_protected, two.to_be_protected) == (True, False)
    assert two.thing_key == VM.lower() + "2"
    assert one.cells["TYPE"] == "Server"


@pytest.mark.parametrize(
    ("key", "thing", "vault"),
    [
        (f"/subscriptions/{SUBSCRIPTION}", "subscription", None),
        (VAULT, "vault", None),
        (ITEM, "item", VAULT.lower()),
        (
            f"{GROUP}/providers/Microsoft.DataProtection/backupVaults/B/backupInstances/i",
            "item",
            f"{GROUP}/providers/Microsoft.DataProtection/backupVaults/B".lower(),
        ),
        (VM, "resource", None),
    ],
)
def test_what_an_id_names_is_told_by_its_type(reader: Open, key: str, thing: str, vault: str | None) -> None:
    (found,) = things(reader(f"id\n{key}\n"))
    assert (found.thing, found.of_vault_id, found.subscription_id) == (thing, vault, SUBSCRIPTION)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (",x", "no ARM id"),
        ("vm1,x", "is no ARM id"),
        (f"{GROUP},x", "resource group"),
        (f"{VM}/extra,x", "is no ARM id"),
        (f"{GROUP}/providers/,x", "is no ARM id"),
        (f"{VM}\x00,x", "is no ARM id"),
        (f"{VM}", "1 cells, and the header 2"),
        (f"{VM},x,y", "3 cells"),
    ],
)
def test_a_line_without_a_usable_id_is_rejected_with_its_number(reader: Open, cells: str, said: str) -> None:
    good, bad = reader(f"ResourceId,Name\n{VM}9,x\n{cells}\n").each()
    assert isinstance(good, Thing)
    assert isinstance(bad, Rejected)
    assert (bad.position, bad.line) == (2, 3)
    assert said in bad.reason


def test_a_thing_that_is_named_twice_is_said(reader: Open) -> None:
    made = reader(f"ResourceId,Backup\n{VM},yes\n{VM.upper()},yes\n\n{VM},no\n")
    first, last = made.each()
    assert isinstance(first, Thing)
    assert isinstance(last, Rejected)
    assert (last.line, "line 2" in last.reason, made.repeated) == (5, True, 1)


def test_lines_count_across_cells_with_line_breaks(reader: Open) -> None:
    found = list(reader(f'sep=,\r\nResourceId,Name\r\n{VM},"a\r\nb"\r\nbad,x\r\n').each())
    assert [one.line for one in found] == [3, 5]
    assert isinstance(found[0], Thing)
    assert found[0].told["name"] == "a\r\nb"


def test_cells_are_data_whatever_a_spreadsheet_would_do(reader: Open) -> None:
    (one,) = things(reader(f"#TYPE x\r\nResourceId,Name\r\n{VM},\"=cmd|'/c calc'!A1\x00\"\r\n"))
    assert one.told["name"] == "=cmd|'/c calc'!A1\x00"


def test_columns_can_be_named_and_the_best_name_wins(reader: Open) -> None:
    text = f"ID,Resource ID,Mein Schutz,Name\n7,{VM},ja,x\n"
    (one,) = things(reader(text, {"to_be_protected": "mein schutz"}))
    assert (one.thing_key, one.to_be_protected) == (VM.lower(), True)
    assert isinstance(next(reader(text, {"thing_key": "ID"}).each()), Rejected)


def test_a_wish_that_is_no_yes_or_no_stays_unknown_and_is_said(reader: Open) -> None:
    one, two = things(reader(f"ResourceId,Backup\n{VM},perhaps\n{VM}2,\n"))
    assert (one.to_be_protected, two.to_be_protected, two.remarks) == (None, None, ())
    assert "perhaps" in one.remarks[0]


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        ("", {}, "empty"),
        ("Name,Owner\nx,y\n", {}, "thing_key"),
        (f"ResourceId,Name\n{VM},x\n", {"owner": "Boss"}, "Boss"),
        (f"ResourceId,Name\n{VM},x\n", {"colour": "Name"}, "colour"),
        (f"Resource Id,ResourceID\n{VM},{VM}\n", {}, "2 columns"),
        (f'ResourceId,Name\n{VM},"x\n', {}, "no CSV"),
        (f'ResourceId,Name\n{VM},"x"y\n', {}, "no CSV"),
    ],
)
def test_a_list_without_ids_or_out_of_shape_is_refused(
    reader: Open, text: str, columns: dict[str, str], said: str
) -> None:
    with pytest.raises(UnusableFileError) as refused:
        list(reader(text, columns).each())
    assert said in " ".join(refused.value.diagnostics())


def test_more_lines_than_are_read_are_refused(reader: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "MOST_LINES", 2)
    with pytest.raises(UnusableFileError, match="cannot be imported"):
        list(reader("ResourceId\n" + "".join(f"{VM}{number}\n" for number in range(3))).each())
