from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.drills.rules import APPLICATION, FILES, INTEGRITY
from evidence.errors import IntegrityError
from evidence.packs.audience.columns import HIDDEN, of_text, showing, unclassified
from evidence.packs.audience.names import WORDS, Masker
from evidence.packs.audience.texts import TextMasker
from evidence.tables import ALL, JOBS, Column
from evidence.tables.columns import TEXT

KEY = bytes(range(32))
VAULT = "/subscriptions/11aa/resourceGroups/rg-pay/providers/Microsoft.RecoveryServices/vaults"
names = st.text(st.characters(codec="utf-8", exclude_characters="/;?#"), min_size=5, max_size=20).filter(
    lambda text: text == text.strip() and not text.lower().startswith("microsoft.")
)
"""Long enough not to stand in a mask by chance."""


def test_somebody_said_of_every_column_how_it_is_shown() -> None:
    assert list(unclassified()) == []


def test_a_column_that_nobody_classified_is_hidden() -> None:
    assert showing(JOBS, Column("brand_new", TEXT, "", "Something new.")) is HIDDEN


def test_what_azure_sent_whole_is_hidden_everywhere() -> None:
    for table in ALL.values():
        for column in table.columns:
            if column.name in {"properties", "envelope", "tags", "request_body"} and of_text(column):
                assert showing(table, column) is HIDDEN, table.name


def test_a_mask_is_hmac_of_the_name_in_lower_case() -> None:
    digest = hmac.new(KEY, b"vm-pay", hashlib.sha256).digest()
    assert Masker(KEY).name(" VM-Pay ") == f"m-{b32encode(digest).decode().lower()[:16]}"
    assert Masker(KEY[::-1]).name("VM-Pay") != Masker(KEY).name("VM-Pay")


def test_a_name_has_one_mask_wherever_it_stands() -> None:
    masker = Masker(KEY)
    item = f"{VAULT}/V1/backupFabrics/Azure/protectionContainers/iaasvmcontainer;iaasvmcontainerv2;RG-pay;VM-Pay/protectedItems/vm;iaasvmcontainerv2;rg-pay;vm-pay"
    mask, group = masker.name("vm-pay"), masker.name("rg-pay")
    assert masker.path(item) == (
        f"/subscriptions/{masker.name('11aa')}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{masker.name('v1')}"
        f"/backupFabrics/Azure/protectionContainers/iaasvmcontainer;iaasvmcontainerv2;{group};{mask}/protectedItems/vm;iaasvmcontainerv2;{group};{mask}"
    )
    assert masker.met == {name: masker.name(name) for name in ("vm-pay", "rg-pay", "11aa", "v1")}


@pytest.mark.parametrize("name", ["vaults", "azure", "providers", "windows", "subscriptions"])
def test_a_vault_that_is_called_like_a_type_is_masked(name: str) -> None:
    masker = Masker(KEY)
    shown = masker.path(f"{VAULT}/{name}/backupJobs/{name}")
    assert shown.endswith(f"/vaults/{masker.name(name)}/backupJobs/{masker.name(name)}")


def test_a_machine_that_is_called_like_a_type_of_container_is_masked() -> None:
    masker = Masker(KEY)
    assert (
        masker.path("VM;iaasvmcontainerv2;storage;vm")
        == f"VM;iaasvmcontainerv2;{masker.name('storage')};{masker.name('vm')}"
    )
    assert masker.path("storage") == masker.name("storage")


def test_a_provider_that_is_no_provider_is_masked() -> None:
    assert "contoso" not in Masker(KEY).path("/subscriptions/1/providers/Contoso.Secret/vaults/v1").lower()


def test_an_address_keeps_its_host_and_loses_what_it_asks_for() -> None:
    masker = Masker(KEY)
    shown = masker.address(
        f"https://management.azure.com{VAULT}/V1/backupJobs?$filter=x eq 'Vm-Pay'&$skipToken=dm0tcGF5"
    )
    assert shown.startswith("https://management.azure.com/subscriptions/m-")
    assert shown.endswith("/backupJobs")
    assert masker.address("file:jobs of vm-pay.json") == masker.name("file:jobs of vm-pay.json")


def test_a_mask_is_not_masked_again() -> None:
    masker = Masker(KEY)
    assert masker.name(masker.name("vm-pay")) == masker.name("vm-pay")
    assert masker.path(masker.path(f"{VAULT}/V1")) == masker.path(f"{VAULT}/V1")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(IntegrityError, match="32 bytes"):
        Masker(b"short")


@given(st.lists(names, min_size=4, max_size=4))
def test_no_name_of_a_path_is_left_in_it(parts: list[str]) -> None:
    subscription, group, vault, item = parts
    path = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}/backupJobs/{item}"
    shown = Masker(KEY).path(path)
    for place, part in zip((2, 4, 8, 10), parts, strict=True):
        assert shown.split("/")[place] == Masker(KEY).name(part)


@given(
    st.lists(names, min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(["on", "Backup", "failed,", "(", "'", ":"]), max_size=6),
    st.randoms(),
)
def test_no_known_name_is_left_in_a_text(known: list[str], words: list[str], chance: object) -> None:
    texts = TextMasker(Masker(KEY), known, ["Backup"])
    pieces = [*known, *words]
    chance.shuffle(pieces)  # type: ignore[attr-defined]  # a Random of hypothesis's
    shown = texts.text(" ".join(pieces)).lower()
    for name in known:
        assert name.lower() not in shown


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("The client 'joe@contoso.com' with object id 3f-9a may not", "joe"),
        ("no authorization over /subscriptions/11aa/resourceGroups/x", "11aa"),
        ("agent on PayrollServer01 is not responding", "payrollserver01"),
        (r"cannot open \\fileserver\share\d.txt", "fileserver"),
        ("address 10.0.0.4:443 refused", "10.0.0.4"),
        ("cannot find “Payroll Server” there", "payroll"),
        ("see https://kv.vault.azure.net/keys/k1", "kv.vault"),
        ("name_with_marks", "name_with_marks"),
    ],
)
def test_what_looks_like_a_name_is_masked_though_nobody_knows_it(text: str, left: str) -> None:
    assert left not in TextMasker(Masker(KEY), (), ()).text(text).lower()


@pytest.mark.parametrize(
    "text",
    [
        "first page ended early; 12 of 30 rows",
        "operation eq 'Backup' and startTime eq '2026-11-18 06:00:00 AM'",
        "PT5M22.3S after 2026-11-18T22:00:00Z, 3.5% more",
        "HTTP 403: 0x80070005",
        "",
    ],
)
def test_ordinary_words_numbers_and_times_stay(text: str) -> None:
    assert TextMasker(Masker(KEY), (), ["Backup"]).text(text) == text


def test_names_of_several_words_and_names_inside_words_are_found() -> None:
    texts = TextMasker(Masker(KEY), ["Payroll DB", "データ", "vmpay", "db"], ())
    shown = texts.text("Payroll db of xデータy and vmpay-disk, feedback of DB").lower()
    assert not [name for name in ("payroll", "データ", "vmpay") if name in shown]
    assert "feedback" in shown
    assert not shown.endswith("db")


def test_kinds_of_checks_are_words_and_no_names() -> None:
    """Else an external pack masks the word wherever it stands."""
    assert {*INTEGRITY, *APPLICATION, *FILES} <= WORDS
