"""An external pack: every decompressed byte of every member is searched for every name that is known."""

from __future__ import annotations

import copy
import functools
import io
import json
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.folds import named_paths, orphans
from evidence.packs.audience.engagements import audience_of
from evidence.packs.build import BuiltPack, PackOrder, build_pack
from evidence.packs.interface import Renderer
from evidence.packs.period import Period, parse_period, span_period
from evidence.packs.scope import PackScope
from evidence.packs.verification import Trust, verify_pack
from evidence.tables import ALL
from reports.renderer import ReportRenderer
from tests.fakes.bench import NIGHT, Bench, at, backup, restore
from tests.fakes.bodies import SUBSCRIPTION, FakeItem, FakeJob
from tests.fakes.packing import FakeRenderer, sealing
from tests.fakes.packs import the_signer
from tests.packs.audience.laid_open import holding

NAMES = {
    SUBSCRIPTION,
    "rsv-payroll-weu",
    "rg-main",
    "vm-payroll-01",
    "größe-データ",
    "Ledger DB",
    "sql1",
    "joe@contoso.example",
    "secret-target",
    "unheard-of-host",
}
"""What the store knows, and what only messages tell."""
QUARTER, ONE = parse_period("2026Q4"), span_period(NIGHT, NIGHT)


@functools.cache
def _made() -> Bench:
    bench = Bench()
    vault = bench.vault("rsv-payroll-weu")
    vault.items.append(FakeItem("Ledger DB", database=True))
    for night in (NIGHT, NIGHT + timedelta(days=1)):
        backup(vault, night, "vm-payroll-01")
        backup(vault, night, "größe-データ")
        message = {
            "errorCode": 400,
            "errorTitle": "UserErrorVmOffline",
            "errorString": "'joe@contoso.example' on unheard-of-host: größe-データ, vm-payroll-01 and Ledger DB are off.",
            "recommendations": ['Start "vm-payroll-01".'],
        }
        failed = FakeJob(f"ledger-job-{night}", "Ledger DB", at(night), status="Failed")
        failed.properties = {
            "errorDetails": [message],
            "extendedInfo": {"propertyBag": {"Target Server": "secret-target"}},
        }
        vault.jobs.append(failed)
        restore(vault, night, NIGHT, "vm-payroll-01")
        bench.run(night)
    return bench


@pytest.fixture
def bench() -> Bench:
    return copy.deepcopy(_made())


def built(
    bench: Bench,
    period: Period = QUARTER,
    *,
    audience: str = "external",
    renderer: Renderer | None = None,
    reason: str | None = None,
) -> BuiltPack:
    kind = "night" if period == ONE else "audit"
    tools = replace(sealing(bench), renderer=renderer or FakeRenderer())
    return build_pack(bench.parts, tools, PackOrder(kind, PackScope("all"), period, reason, audience))


def archive(bench: Bench, pack: BuiltPack) -> bytes:
    return bench.memory.files[pack.path]


def rows(bench: Bench, pack: BuiltPack, table: str) -> pa.Table:
    with zipfile.ZipFile(io.BytesIO(archive(bench, pack))) as source:
        name = next(one for one in source.namelist() if one.endswith(f"/{table}.parquet"))
        return pq.read_table(io.BytesIO(source.read(name)))


def test_the_internal_pack_holds_them_all_so_the_search_finds_what_is_there(bench: Bench) -> None:
    found = {name for _, name in holding(archive(bench, built(bench, audience="internal")), NAMES)}
    assert found == {name.lower() for name in NAMES} - {"secret-target"} | ({"secret-target"} & found)


@pytest.mark.parametrize("period", [QUARTER, ONE])
def test_no_known_name_stands_in_any_byte_of_an_external_pack(bench: Bench, period: Period) -> None:
    pack = archive(bench, built(bench, period))
    assert holding(pack, NAMES | _names(bench)) == set()


@pytest.mark.slow
def test_nor_in_the_report_as_it_is_printed(bench: Bench) -> None:
    pack = archive(bench, built(bench, renderer=ReportRenderer()))
    assert holding(pack, NAMES | _names(bench)) == set()


def _names(bench: Bench) -> set[str]:
    """Every name and id of the jobs and points that Azure told, long enough not to stand somewhere by chance."""
    vaults = bench.azure.subscriptions[0].vaults
    jobs = {job.job_id for vault in vaults for job in vault.jobs}
    points = {point.point_id for vault in vaults for item in vault.items for point in item.points}
    return {name for name in jobs | points if len(name) > 3}


def test_it_verifies_and_counts_what_the_internal_one_counts(bench: Bench, tmp_path: object) -> None:
    internal, external = built(bench, audience="internal"), built(bench)
    # A pack that is due for review since then is the internal one itself.
    assert {**internal.counts, "reviews": 0} == {**external.counts, "reviews": 0}
    assert internal.completeness == external.completeness
    assert external.pack.pack_id == "all-audit-external-2026Q4-r0001"
    file = tmp_path / f"{external.pack.pack_id}.zip"  # type: ignore[operator]  # a path
    file.write_bytes(archive(bench, external))
    assert verify_pack(file, Trust(the_signer().identity.fingerprint_sha256)).exit_code == 0


@pytest.mark.slow
def test_rows_are_joined_by_masks_as_they_were_by_names(bench: Bench) -> None:
    internal, external = built(bench, audience="internal"), built(bench)
    for pack in (internal, external):
        items = set(rows(bench, pack, "protected_items")["item_key"].to_pylist())
        linked = [key for key in rows(bench, pack, "jobs")["item_key"].to_pylist() if key]
        assert linked
        assert set(linked) <= items
    states = [Counter(rows(bench, pack, "jobs")["status"].to_pylist()) for pack in (internal, external)]
    assert states[0] == states[1]


def test_what_azure_sent_whole_is_left_out(bench: Bench) -> None:
    pack = built(bench)
    for table in ("jobs", "protected_items", "vaults", "policies", "recovery_points"):
        found = rows(bench, pack, table)
        assert found["properties"].null_count == found["envelope"].null_count == found.num_rows
        assert found.schema.names == list(ALL[table].names())


@pytest.mark.slow
def test_one_engagement_masks_alike_for_ever_and_another_otherwise(bench: Bench) -> None:
    first, second, other = built(bench), built(bench, ONE), built(bench, audience="external-other")
    vaults = [set(rows(bench, pack, "vaults")["vault_id"].to_pylist()) for pack in (first, second, other)]
    assert vaults[0] == vaults[1]
    assert not vaults[0] & vaults[2]
    assert other.pack.pack_id == "all-audit-external-other-2026Q4-r0001"


@pytest.mark.slow
def test_key_and_map_stay_in_the_store_and_the_ledger_names_them(bench: Bench) -> None:
    first, again = built(bench), built(bench, reason="once more")
    files = [one.path for one in first.pack.entry.objects]
    (key,) = [path for path in files if path.endswith(".key")]
    assert key.startswith("engagements/external/")
    assert not [one.path for one in again.pack.entry.objects if one.path.endswith(".key")]
    (path,) = [path for path in files if path.startswith("engagements/") and path.endswith(".json")]
    told = json.loads(bench.memory.files[path])["names"]
    assert "vm-payroll-01" in told.values()
    mask = next(mask for mask, name in told.items() if name == "rsv-payroll-weu")
    assert mask in str(rows(bench, first, "vaults")["vault_id"].to_pylist())
    assert bench.memory.files[key] not in archive(bench, first)
    named = named_paths(bench.parts.ledger.entries())
    assert {one.path for one in orphans(bench.store.list(""), named)} == set()


@pytest.mark.slow
def test_a_key_that_was_exchanged_in_the_store_is_refused(bench: Bench) -> None:
    first = built(bench)
    key = next(one.path for one in first.pack.entry.objects if one.path.endswith(".key"))
    bench.memory.files[key] = b"k" * 32
    with pytest.raises(IntegrityError, match="not the key"):
        built(bench, ONE)


@pytest.mark.parametrize(
    ("audience", "engagement"), [("public", None), ("internal", "kpmg"), ("external", "A b"), ("external", "../x")]
)
def test_audiences_that_are_none_are_refused(audience: str, engagement: str | None) -> None:
    with pytest.raises(ConfigurationError):
        audience_of(audience, engagement)
    assert audience_of("external", "audit-2026") == "external-audit-2026"
