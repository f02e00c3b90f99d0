"""Recordings that are not whole are refused: a smaller world would look like a real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.recorded import RecordingsError, recorded_world

SOURCE = {"repo": "r", "path": "p", "commit": "c", "interaction": 1}
ONE, OTHER = "00000000-0000-0000-0000-000000000000", "11111111-1111-1111-1111-111111111111"


def _row(subscription: str = ONE, vault: str = "v") -> dict[str, object]:
    path = f"/subscriptions/{subscription}/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/{vault}"
    request = {"method": "GET", "url": f"https://management.azure.com{path}?api-version=2021-06-01"}
    return {
        "file": "body.json",
        "category": "vault",
        "source": SOURCE,
        "request": request,
        "response": {"status": 200},
        "sha1": "0",
    }


def _write(folder: Path, manifest: str, *, body: bool = True) -> None:
    (folder / "manifest.json").write_text(manifest)
    if body:
        (folder / "body.json").write_text("{}")


def test_a_whole_folder_is_a_world(tmp_path: Path) -> None:
    _write(tmp_path, json.dumps([_row(), _row(vault="w")]))
    assert len(recorded_world(tmp_path).subscriptions()) == 2


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingsError, match=r"nowhere.manifest\.json cannot be read \(No such file"):
        recorded_world(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("manifest", "cause"), [("{", "not JSON"), ('[{"file": "x"}]', "another form"), ("3", "another form")]
)
def test_a_manifest_of_another_form_is_refused(tmp_path: Path, manifest: str, cause: str) -> None:
    _write(tmp_path, manifest)
    with pytest.raises(RecordingsError, match=cause):
        recorded_world(tmp_path)


def test_a_missing_body_is_named(tmp_path: Path) -> None:
    _write(tmp_path, json.dumps([_row()]), body=False)
    with pytest.raises(RecordingsError, match=r"1 recorded bodies are missing, body\.json first"):
        recorded_world(tmp_path)


def test_one_vault_in_two_subscriptions_is_refused(tmp_path: Path) -> None:
    _write(tmp_path, json.dumps([_row(), _row(OTHER)]))
    with pytest.raises(RecordingsError, match="several subscriptions"):
        recorded_world(tmp_path)
