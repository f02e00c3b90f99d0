"""The shipped roles hold what is needed and nothing that writes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evidence.records import KINDS_OF, SECOND_KINDS, SUBSCRIPTION_KINDS, Kind
from evidence.sources.azure.probes import PROBES
from evidence.sources.azure.resource_graph import RESOURCE_TYPES
from evidence.sources.privileges import excesses
from evidence.sources.rights import ABOVE_VAULTS, QUESTIONS_BY_POST, VAULT_ACTIONS, all_actions
from tests.paths import ROOT

READER, WRITER = ROOT / "deploy" / "role-definition.json", ROOT / "deploy" / "storage-role-definition.json"
PROTECTOR = ROOT / "deploy" / "protection-role-definition.json"
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


def role(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_every_kind_that_is_read_has_its_right_in_the_table() -> None:
    for kind, kinds in KINDS_OF.items():
        assert VAULT_ACTIONS[kind].keys() == set(kinds)
    assert ABOVE_VAULTS.keys() == {*SUBSCRIPTION_KINDS, *SECOND_KINDS, Kind.SUBSCRIPTIONS}
    assert {action.lower() for action in ABOVE_VAULTS[Kind.GRAPH_RESOURCES]} == {
        f"{one}/read" for one in RESOURCE_TYPES
    }


def test_the_role_holds_exactly_what_is_needed() -> None:
    assert role(READER)["Actions"] == all_actions()


def test_each_right_of_a_vault_is_probed_by_doctor() -> None:
    for kind, actions in VAULT_ACTIONS.items():
        assert set(PROBES[kind]) == {action for needed in actions.values() for action in needed}


@pytest.mark.parametrize("path", [READER, WRITER])
def test_no_role_can_delete_or_act_and_none_has_a_wildcard(path: Path) -> None:
    told = role(path)
    named = [*told["Actions"], *told["DataActions"]]
    assert not [action for action in named if "*" in action or action.lower().endswith("/delete")]
    assert not excesses([{"actions": told["Actions"], "dataActions": told["DataActions"]}])
    assert told["NotActions"] == told["NotDataActions"] == [], "what is not given need not be taken"
    assert all(set(scope.rpartition("/")[2]) <= {"0", "-"} for scope in told["AssignableScopes"])


def test_the_reader_only_reads() -> None:
    told = role(READER)
    assert told["DataActions"] == []
    others = {action for action in told["Actions"] if not action.endswith("/read")}
    assert others == QUESTIONS_BY_POST


def test_the_writer_reads_adds_and_writes_blobs() -> None:
    assert role(WRITER)["DataActions"] == [f"{_BLOBS}/add/action", f"{_BLOBS}/read", f"{_BLOBS}/write"]


def test_the_protector_sets_immutability_and_can_delete_nothing() -> None:
    """What it may do beyond writing is that one action, which doctor names as an excess of whoever captures."""
    told = role(PROTECTOR)
    named = [*told["Actions"], *told["DataActions"]]
    assert not [action for action in named if "*" in action or action.lower().endswith("/delete")]
    assert all(action.endswith("/read") for action in told["Actions"])
    (excess,) = excesses([{"actions": told["Actions"], "dataActions": told["DataActions"]}])
    assert excess.pattern == f"{_BLOBS}/immutableStorage/runAsSuperUser/action"


def test_actions_are_spelled_as_actions() -> None:
    form = re.compile(r"Microsoft(?:\.[A-Za-z]+)+(?:/[A-Za-z]+)+/(?:read|action)")
    assert not [action for action in all_actions() if not form.fullmatch(action)]
