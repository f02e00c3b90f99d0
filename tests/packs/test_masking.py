from __future__ import annotations

import json

import pyarrow as pa
import pytest

from evidence.packs.masking import MASKED, mask, mask_text

KEY = {"keyDetails": {"keyBackupData": "c2VjcmV0"}, "bekDetails": {"secretData": "c2VjcmV0"}}


def test_key_material_of_an_encrypted_machine_is_not_packed() -> None:
    text = json.dumps({"recoveryPointType": "AppConsistent", "keyAndSecret": KEY})
    assert "c2VjcmV0" not in mask_text(text)
    assert json.loads(mask_text(text)) == {"recoveryPointType": "AppConsistent", "keyAndSecret": MASKED}


@pytest.mark.parametrize("field", ["Config Blob Uri", "Template Blob Uri", "config blob uri "])
def test_addresses_of_blobs_are_not_packed_wherever_they_stand(field: str) -> None:
    text = json.dumps(
        {
            "extendedInfo": {
                "propertyBag": {field: "https://account.example/vhds/config.json", "Job Type": "Recover disks"}
            }
        }
    )
    masked = json.loads(mask_text(text))
    assert masked["extendedInfo"]["propertyBag"] == {field: MASKED, "Job Type": "Recover disks"}


@pytest.mark.parametrize("text", ['{"a":1.0,"b":[1,2]}', '{"keyAndSecret":null}', '{"note":"keyAndSecretary"}'])
def test_what_holds_nothing_to_hide_keeps_its_values(text: str) -> None:
    assert json.loads(mask_text(text)) == json.loads(text)


def test_a_text_without_such_fields_stays_the_very_same() -> None:
    assert mask_text('{"b" : 1.50,"a":"\\u00e9"}') == '{"b" : 1.50,"a":"\\u00e9"}'


def test_both_columns_are_masked_and_others_are_left() -> None:
    secret = json.dumps({"keyAndSecret": KEY})
    rows = mask(pa.table({"name": ["a"], "properties": [secret], "envelope": [None]}, schema=_SCHEMA))
    assert rows.to_pylist() == [{"name": "a", "properties": mask_text(secret), "envelope": None}]


_SCHEMA = pa.schema([("name", pa.string()), ("properties", pa.string()), ("envelope", pa.string())])


def test_what_is_nested_too_deeply_to_be_looked_through_is_masked_whole() -> None:
    text = '{"a":' * 990 + '{"keyAndSecret": "c2VjcmV0"}' + "}" * 990
    assert mask_text(text) == json.dumps(MASKED)


def test_a_field_in_one_row_of_many_is_found() -> None:
    texts = ['{"a":1}', None, '{"KEYANDSECRET":"c2VjcmV0"}', '{"b":2}']
    parts = [
        pa.table({"properties": pa.array(texts[:1], pa.string())}),
        pa.table({"properties": pa.array(texts[1:], pa.string())}),
    ]
    assert mask(pa.concat_tables(parts))["properties"].to_pylist() == [
        '{"a":1}',
        None,
        json.dumps({"KEYANDSECRET": MASKED}, separators=(",", ":")),
        '{"b":2}',
    ]


@pytest.mark.parametrize("field", ["keyAndSecret", "KEYANDSECRET", "\u212aeyAndSecret", "Config BLOB uri"])
def test_fields_are_found_in_columns_however_they_are_written(field: str) -> None:
    rows = pa.table({"properties": [json.dumps({"a": number}) for number in range(50)] + [f'{{"{field}":"c2VjcmV0"}}']})
    texts = mask(rows)["properties"].to_pylist()
    assert texts[:50] == rows["properties"].to_pylist()[:50]
    assert json.loads(str(texts[50])) == {field: MASKED}
