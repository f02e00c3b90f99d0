from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.sources.privileges import excesses
from evidence.sources.rights import all_actions, named_action

CONTRIBUTOR = {
    "actions": ["*"],
    "notActions": ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write", "Microsoft.Authorization/elevateAccess/Action"],
}  # fmt: skip
BACKUP_READER = {
    "actions": [
        "Microsoft.RecoveryServices/Vaults/backupJobs/read",
        "Microsoft.RecoveryServices/Vaults/monitoringConfigurations/*",
        "Microsoft.RecoveryServices/Vaults/monitoringAlerts/write",
        "Microsoft.RecoveryServices/locations/backupCrrJobs/action",
        "Microsoft.Authorization/*/read",
    ]
}


def patterns(*permissions: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {one.pattern: one.covers for one in excesses(permissions)}


def test_backup_reader_is_found_to_write_what_it_may_write() -> None:
    assert patterns(BACKUP_READER) == {
        "Microsoft.RecoveryServices/Vaults/monitoringConfigurations/*": (
            "Microsoft.RecoveryServices action",
            "Microsoft.RecoveryServices delete",
            "Microsoft.RecoveryServices write",
        ),
        "Microsoft.RecoveryServices/Vaults/monitoringAlerts/write": ("Microsoft.RecoveryServices write",),
    }


def test_what_exceptions_take_away_is_not_named() -> None:
    covers = patterns(CONTRIBUTOR)["*"]
    assert "Microsoft.Authorization write" not in covers
    assert "Microsoft.Authorization delete" not in covers
    assert {"Microsoft.Authorization action", "Microsoft.RecoveryServices delete", "Microsoft.Storage write"} <= set(
        covers
    )


@pytest.mark.parametrize(
    "pattern",
    [
        "*/write",
        "*",
        "Microsoft.*/vaults/delete",
        "microsoft.recoveryservices/*",
        "Microsoft.DataProtection/backupVaults/backupInstances/stopProtection/action",
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Storage/storageAccounts/listKeys/action",
        "Microsoft.RecoveryServices/vaults/*te",
    ],
)
def test_patterns_that_may_do_more_than_read(pattern: str) -> None:
    assert patterns({"actions": [pattern]}).keys() == {pattern}


@pytest.mark.parametrize(
    "pattern",
    ["*/read", "Microsoft.RecoveryServices/Vaults/*/read", "Microsoft.Compute/virtualMachines/write", "Microsoft.RecoveryServicesX/*", "READ/READ"],
)  # fmt: skip
def test_patterns_that_only_read_or_lie_elsewhere(pattern: str) -> None:
    assert patterns({"actions": [pattern]}) == {}


@pytest.mark.parametrize(
    ("given_", "denied", "found"),
    [
        (["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete"], [], True),
        (["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"], [], True),
        (["*"], ["Microsoft.Storage/*"], False),
        (["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"], [], False),
        (["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/immutableStorage/runAsSuperUser/action"], [], True),
    ],
)  # fmt: skip
def test_data_actions_that_could_remove_evidence(given_: list[str], denied: list[str], found: bool) -> None:
    assert bool(excesses([{"dataActions": given_, "notDataActions": denied}])) is found


def test_permissions_of_several_roles_are_taken_together() -> None:
    one, other = {"actions": ["Microsoft.RecoveryServices/*/read"]}, {"actions": ["*/delete"]}
    assert patterns(one, other).keys() == {"*/delete"}


def test_an_exception_of_one_role_takes_nothing_from_another() -> None:
    assert patterns({"actions": ["*"], "notActions": ["*"]}, {"actions": ["*/write"]}).keys() == {"*/write"}


@given(st.sampled_from(all_actions()))
def test_nothing_that_is_needed_is_too_much(action: str) -> None:
    assert excesses([{"actions": [action]}]) == ()


@given(st.sampled_from(all_actions()), st.sampled_from(["write", "delete", "start/action"]))
def test_its_writing_twin_always_is_where_it_is_watched(action: str, verb: str) -> None:
    twin = f"{action.rpartition('/')[0]}/{verb}"
    watched = action.split("/", maxsplit=1)[0] in {
        "Microsoft.RecoveryServices",
        "Microsoft.DataProtection",
        "Microsoft.Authorization",
        "Microsoft.Storage",
    }
    assert bool(excesses([{"actions": [twin]}])) is watched


@given(
    st.dictionaries(
        st.sampled_from(["actions", "notActions", "dataActions"]),
        st.lists(st.text(alphabet="*/aM.", max_size=8) | st.none()),
    )
)
def test_odd_permissions_raise_nothing(permission: dict[str, object]) -> None:
    excesses([permission])


def test_the_action_that_a_refusal_names_is_found() -> None:
    told = "HTTP 403 AuthorizationFailed: The client 'x' does not have authorization to perform action 'A/b/read' over scope"
    assert named_action(told) == "A/b/read"
    assert named_action("HTTP 403") is named_action(None) is None
