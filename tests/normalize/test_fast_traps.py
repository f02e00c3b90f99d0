"""Bodies made to be cut in the wrong places: whatever a template and its holes seem to say, rows are those of the reference."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from evidence.normalize.fast import cutting, tabulate_capture
from evidence.normalize.fast.items import ItemColumns
from evidence.normalize.fast.jobs import JobColumns
from evidence.normalize.fast.pages import between_brackets
from evidence.normalize.fast.points import PointColumns
from evidence.normalize.fast.templates import Path, Template, read_template
from evidence.records import Call, Kind
from tests.normalize.both_ways import compare_calls
from tests.normalize.shapes import CONTEXT, call, capture, vm_item, vm_job, vm_point
from tests.normalize.test_fast import Slow, page, usual, with_items


def body(*jobs: dict[str, object]) -> bytes:
    return json.dumps({"value": jobs}, separators=(",", ":"), ensure_ascii=False).encode()


def forged() -> bytes:
    """Two jobs with a space between them; the first holds a list in which another one seems to begin."""
    seeming = {**vm_job("x"), "id": vm_job("b")["id"], "name": "b"}
    one = vm_job("a", seen=[{"a": 1}, seeming])
    first, second = (json.dumps(job, separators=(",", ":")) for job in (one, vm_job("b", status="Failed")))
    return f'{{"value":[{first}, {second}]}}'.encode()


def changed(old: str, new: str, job: str = "a") -> bytes:
    found = body(vm_job(job), vm_job("b")).decode()
    assert old in found
    return found.replace(old, new, 1).encode()


BODIES: dict[str, Callable[[], bytes]] = {
    "an element that seems to begin within another": forged,
    "a space before the first id": lambda: changed('{"id":', '{ "id":'),
    "a text that looks like the next element": lambda: body(vm_job('a"}},{"id":"'), vm_job("b")),
    "an escape in an id": lambda: changed('"id":"/', '"id":"\\/'),
    "an escape in a name": lambda: changed('"name":"a"', '"name":"\\u0061"'),
    "an escape in a time": lambda: changed('"startTime":"2', '"startTime":"\\u0032'),
    "a name that ends with a backslash": lambda: body(vm_job("a", entityFriendlyName="x\\"), vm_job("b")),
    "a name of backslashes and quotes": lambda: body(vm_job("a", entityFriendlyName='\\\\"\\"'), vm_job("b")),
    "a key with an escape": lambda: changed('"startTime":', '"start\\u0054ime":'),
    "a control character in a text": lambda: changed('"activityId":"', '"activityId":"\x01'),
    "a line break in a text": lambda: changed('"activityId":"', '"activityId":"\n'),
    "a byte that is no UTF-8 in a text": lambda: body(vm_job("a", activityId="@")).replace(b"@", b"\xff"),
    "half a character in a text": lambda: body(vm_job("a", activityId="@")).replace(b"@", b"\xed\xa0\x80"),
    "a character of several bytes in a text": lambda: body(vm_job("ü\u200f名", activityId="\U0001f600"), vm_job("b")),
    "half of a pair of escapes": lambda: changed('"activityId":"', '"activityId":"\\ud83d'),
    "marks as the templates' own": lambda: body(vm_job("a", activityId="\x7f0\x7f", status="\x7f1\x7f")),
    "a time told twice": lambda: changed('"startTime":', '"startTime":"2026-11-20T20:00:00Z","startTime":'),
    "an id told twice": lambda: changed('"name":"a"', '"name":"a","id":"/x"'),
    "properties told twice": lambda: changed('"properties":', '"properties":{},"properties":'),
    "something after the properties": lambda: changed('}},{"id"', '},"eTag":"x"},{"id"'),
    "a number that is written otherwise": lambda: body(vm_job("a", n=1)).replace(b'"n":1', b'"n":1e3'),
    "minus nothing": lambda: body(vm_job("a", n=1)).replace(b'"n":1', b'"n":-0'),
    "a whole number with a fraction": lambda: body(vm_job("a", n=1)).replace(b'"n":1', b'"n":1.00'),
    "a number with many digits": lambda: body(vm_job("a", n=1)).replace(b'"n":1', b'"n":' + b"9" * 40),
    "no JSON, but quotes in pairs": lambda: changed('"status":"', '"status" "'),
    "one quote too many": lambda: changed('"status":"', '"status":""'),
    "one quote too few": lambda: changed('"status":"', '"status":'),
    "a word never seen": lambda: body(vm_job("a", status="Exploded"), vm_job("b")),
    "a key never seen": lambda: body(vm_job("b"), vm_job("a", news="x"), vm_job("c", news="y")),
    "a key spelled otherwise": lambda: body(vm_job("b"), vm_job("a", EntityFriendlyName="x", entityFriendlyName=None)),
    "a name under a key spelled otherwise": lambda: changed('"entityFriendlyName":', '"EntityFriendlyName ":'),
    "a time under a key spelled otherwise": lambda: changed('"startTime":', '"StartTime":'),
    "a flag spelled otherwise": lambda: body(vm_job("a", **{"ISUserTriggered ": True})),
    "a next link like a list's end": lambda: body(vm_job("a")).replace(b"]}", b'],"nextLink":"https://x/?a=}]"}'),
    "a next link before the list": lambda: body(vm_job("a")).replace(b'{"value"', b'{"nextLink":null,"value"'),
    "a next link told twice": lambda: body(vm_job("a")).replace(b'{"value"', b'{"value":[],"value"'),
    "a list told twice, once with an escape": lambda: body(vm_job("a")).replace(b"]}", b'],"\\u0076alue":[]}'),
    "something after the list": lambda: body(vm_job("a")) + b"}]",
    "a comma too many": lambda: body(vm_job("a")).replace(b"]}", b",]}"),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_made_to_be_cut_wrongly_is_read_as_the_reference_reads_it(what: str) -> None:
    odd, usual_page = call(Kind.JOBS, BODIES[what](), "p2"), usual("jobs")
    compare_calls(*with_items(page("jobs", usual_page), odd, page("jobs", usual_page, "p3")))
    compare_calls(*with_items(odd))


def test_a_word_within_an_object_under_a_key_spelled_otherwise_is_not_taken_for_a_hole() -> None:
    """What stands in a hole is not learned, so nothing learned may depend on it."""
    points = [
        vm_point(vm_item(), str(at), "2026-11-20T22:00:00Z", recoveryPointProperties={" ruleName": rule})
        for at, rule in enumerate(("Daily", "Weekly"))
    ]
    rows = compare_calls(*with_items(page("points", points)))
    assert rows["recovery_points"]["rule_name"].to_pylist() == ["Daily", "Weekly"]


def test_a_wrong_page_leaves_those_beside_it_to_the_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)
    wrong = [
        call(Kind.JOBS, BODIES[what](), f"w{at}") for at, what in enumerate(("an id told twice", "one quote too many"))
    ]
    pages: list[Call] = [page("jobs", usual("jobs"), f"p{at}") for at in range(4)]
    compare_calls(*with_items(*pages[:2], *wrong, *pages[2:]))
    assert [element.sent["name"] for element in slow.elements] == ["a", "b"]


def test_what_comes_once_is_read_by_the_reference_and_learned_when_it_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read_template.cache_clear()
    slow, jobs = Slow(monkeypatch), [vm_job("a", seen=1), vm_job("b", seen=2), vm_job("c", seen=2)]
    for _ in range(2):
        tabulate_capture(capture(with_items(page("jobs", jobs))), CONTEXT, take=lambda _, __: None)
    assert [element.sent["name"] for element in slow.elements if "seen" in element.properties] == ["a"]


def test_pages_of_elements_that_are_hardly_alike_are_the_references(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.normalize.fast.queues.MOST_TEMPLATES", 2)
    slow, jobs = Slow(monkeypatch), [vm_job(name, seen=name) for name in "ab"] + [vm_job(name, n=name) for name in "cd"]
    compare_calls(*with_items(page("jobs", jobs), page("jobs", [vm_job("e", status=word) for word in "xyz"], "p2")))
    assert {element.sent["name"] for element in slow.elements} >= set("abcde")


def test_texts_that_differ_share_a_template_and_words_that_differ_do_not() -> None:
    jobs = [vm_job("a"), vm_job("b", entityFriendlyName="other"), vm_job("c", status="Failed")]
    found = cutting.cut([_inside(body(*jobs))])
    assert found is not None
    assert found.codes.tolist() == [0, 0, 1]


@pytest.mark.parametrize("paths", [JobColumns.paths, ItemColumns.paths, PointColumns.paths])
def test_no_hole_that_fills_a_column_is_mistaken_for_a_word(paths: tuple[Path, ...]) -> None:
    """Keys are told apart by a number that several may share; those that matter must not share it with a word's."""
    told = {str(path[1]): "x" for path in paths if len(path) == 2}
    template = _template({**vm_job("a"), "properties": {**told, "recoveryPointProperties": {"expiryTime": "x"}}})
    assert set(paths) <= set(template.holes)
    assert not any(path[-1] in cutting.told_keys() for path in template.holes)


def _template(job: dict[str, object]) -> Template:
    found = cutting.cut([_inside(body(job))])
    assert found is not None
    template = read_template(found.templates[0], found.places[0])
    assert template is not None
    return template


def _inside(told: bytes) -> memoryview:
    found = between_brackets(told)
    assert found is not None
    return found
