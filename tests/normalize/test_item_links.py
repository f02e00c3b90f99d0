from __future__ import annotations

from evidence.records import Call, Kind, Outcome
from tests.normalize.shapes import (
    ITEMS,
    Json,
    answer,
    call,
    files_item,
    files_restore,
    items_coverage,
    job,
    normalized,
    sql_item,
    sql_job,
    vm_item,
    vm_job,
)


def key(item: Json) -> str:
    return str(item["id"]).lower()


def items(*elements: Json) -> Call:
    return call(Kind.PROTECTED_ITEMS, answer(*elements), "items")


def jobs(*elements: Json) -> Call:
    return call(Kind.JOBS, answer(*elements), "jobs")


def link(one_job: Json, *of: Json) -> tuple[object, object, object]:
    row = normalized(items(*of), jobs(one_job)).jobs[0]
    return row["item_link"], row["item_key"], row["item_candidates"]


def test_a_vm_is_found_by_its_container_though_another_group_has_its_name() -> None:
    here, there = vm_item("vm1", "rg-prod"), vm_item("vm1", "rg-test")
    assert link(vm_job(), here, there) == ("name", key(here), None)


def test_containers_compare_without_case_and_leading_marks() -> None:
    item = vm_item("VM1", "RG-Prod")
    for container in (";iaasvmcontainerv2;rg-prod;vm1", "IaasVMContainer;iaasvmcontainerv2;RG-PROD;VM1"):
        assert link(vm_job(containerName=container), item) == ("name", key(item), None)


def test_a_container_that_no_item_has_links_nothing_though_the_name_fits() -> None:
    gone = vm_job(containerName="iaasvmcontainerv2;rg-old;vm1")
    assert link(gone, vm_item("vm1", "rg-prod")) == ("unlinked", None, None)


def test_old_vm_jobs_without_container_are_found_by_name_alone() -> None:
    one, other = vm_item("vm1", "rg-prod"), vm_item("vm1", "rg-test")
    old = vm_job(containerName=None)
    assert link(old, one) == ("name", key(one), None)
    assert link(old, one, other) == ("ambiguous", None, tuple(sorted((key(one), key(other)))))


def test_two_instances_with_one_database_name_are_never_told_apart() -> None:
    one, other = sql_item(instance="INST1"), sql_item(instance="INST2")
    assert link(sql_job(), one, other) == ("ambiguous", None, tuple(sorted((key(one), key(other)))))


def test_the_server_and_where_told_the_instance_decide() -> None:
    here, there, second = sql_item(), sql_item(server="sql2"), sql_item(instance="INST2")
    assert link(sql_job(entity="sales [sql2]"), here, there) == ("name", key(there), None)
    assert link(sql_job(entity="INST2/sales [sql1]"), here, second) == ("name", key(second), None)
    assert link(sql_job(entity="sales [sql9]"), here, there) == ("unlinked", None, None)


def test_hana_names_differ_in_case() -> None:
    item = sql_item("systemdb", "hxehost", "HXE", workloadType="SAPHanaDatabase")
    told = sql_job(entity="SYSTEMDB [hxehost]", workloadType="SAPHanaDatabase")
    assert link(told, item) == ("name", key(item), None)


def test_a_bare_database_name_fits_every_server() -> None:
    one, other = sql_item(server="sql1"), sql_item(server="sql2")
    assert link(sql_job(entity="sales"), one) == ("name", key(one), None)
    assert link(sql_job(entity="sales"), one, other)[0] == "ambiguous"


def test_another_workload_of_the_name_is_not_meant() -> None:
    hana = sql_item("sales", "sql1", "HXE", workloadType="SAPHanaDatabase")
    assert link(sql_job(), hana) == ("unlinked", None, None)


def test_a_database_name_may_hold_slashes_and_brackets() -> None:
    item = sql_item("a/b [c]")
    assert link(sql_job(entity="a/b [c] [sql1]"), item) == ("name", key(item), None)


def test_the_container_in_the_bag_tells_servers_of_one_name_apart() -> None:
    here = sql_item()
    there = sql_item() | {"id": f"{ITEMS}/VMAppContainer;compute;rg-test;sql1/protectedItems/SQLDataBase;inst1;sales"}
    there["properties"] = sql_item(containerName="VMAppContainer;compute;rg-test;sql1")["properties"]
    told = sql_job(extendedInfo={"propertyBag": {"ContainerUniqueName": "Compute;rg-test;sql1"}})
    assert link(told, here, there) == ("name", key(there), None)


def test_shares_are_found_by_share_and_account() -> None:
    here, there = files_item(), files_item(account="files009")
    assert link(files_restore("j", None), here, there) == ("name", key(here), None)


def test_names_in_every_script_are_compared_whole() -> None:
    item = sql_item("продажи\u200f;ÄÖ")
    assert link(sql_job(entity="ПРОДАЖИ\u200f;äö [sql1]"), item) == ("name", key(item), None)


def test_an_agents_job_names_its_server() -> None:
    properties = {"friendlyName": "C:\\", "computerName": "web1.contoso.test", "backupManagementType": "MAB"}
    one = sql_item() | {"id": f"{ITEMS}/Windows;web1/protectedItems/FileFolder;1", "properties": properties}
    told = job("m", {"backupManagementType": "MAB", "entityFriendlyName": "C:\\", "mabServerName": "WEB1.contoso.test"})
    assert link(told, one) == ("name", key(one), None)


def test_items_of_earlier_nights_count_so_a_deleted_one_is_found() -> None:
    gone = sql_item(instance="INST1")
    known = normalized(items(gone)).protected_items
    row = normalized(items(), jobs(sql_job()), known=known).jobs[0]
    assert (row["item_link"], row["item_key"]) == ("name", key(gone))


def test_a_deleted_twin_keeps_the_other_from_being_named() -> None:
    gone, left = sql_item(instance="INST1"), sql_item(instance="INST2")
    known = normalized(items(gone)).protected_items
    assert normalized(items(left), jobs(sql_job()), known=known).jobs[0]["item_link"] == "ambiguous"


def test_known_items_of_other_vaults_are_passed_over() -> None:
    known = [{**row, "vault_id": "/subscriptions/other"} for row in normalized(items(sql_item())).protected_items]
    assert normalized(jobs(sql_job()), known=known).jobs[0]["item_link"] == "unlinked"


def test_an_item_list_cut_short_proves_no_database_to_be_the_only_one() -> None:
    database, machine = sql_item(), vm_item()
    for outcome in (Outcome.PARTIAL, Outcome.NOT_REACHED):
        cut = [items_coverage(outcome)]
        rows = normalized(items(database, machine), jobs(sql_job(), vm_job()), coverage=cut).jobs
        assert (rows[0]["item_link"], rows[0]["item_candidates"]) == ("ambiguous", (key(database),))
        assert rows[1]["item_link"] == "name"
