from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evidence.assess.exceptions.keys import key_of

PARTS = st.tuples(
    *(st.text(st.sampled_from("a|:,1-\n"), max_size=4) for _ in range(2)),
    *(st.none() | st.text(st.sampled_from("a|:,1-"), max_size=4) for _ in range(3)),
)


@given(PARTS, PARTS)
def test_unlike_problems_never_share_a_key(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    def key(parts: tuple[str, ...]) -> str:
        return key_of(parts[0], parts[1], parts[2], parts[3] or "", parts[4])

    alike = (*one[:3], one[3] or "", one[4]) == (*other[:3], other[3] or "", other[4])
    assert (key(one) == key(other)) is alike


def test_parts_cannot_run_over_into_each_other() -> None:
    assert key_of("t", "v|i", "c", "f", "x") != key_of("t", "v", "i|c", "f", "x")
    assert key_of("t", "v", None, "f", None) != key_of("t", "v", "", "f", "")
    assert key_of("t", "v", "1:a,", "f", None) != key_of("t", "v", "a", "1:f", None)


def test_ids_are_compared_without_case_and_families_are_not() -> None:
    assert key_of("T", "/V", "/I", "failed", "Agent") == key_of("t", "/v", "/i", "failed", "Agent")
    assert key_of("t", "/v", "/i", "failed", "Agent") != key_of("t", "/v", "/i", "failed", "agent")


def test_a_key_is_the_same_in_every_version() -> None:
    assert (
        key_of("t", "/v", None, "failed", "agent") == "aca57a6f120cc5687bee3808d00bdec6d2bc7cacb5dad3d019d70ff634cde172"
    )
