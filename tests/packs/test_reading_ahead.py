"""Files read one ahead of what is done with them."""

from __future__ import annotations

import pytest

from evidence.packs.reading_ahead import read_ahead


@pytest.mark.parametrize("number", [0, 1, 2, 9])
def test_results_come_in_order(number: int) -> None:
    names = [str(one) for one in range(number)]
    assert list(read_ahead(names, int)) == list(range(number))


def test_an_error_is_raised_where_its_result_is_due_and_nothing_after_it_is_read() -> None:
    asked: list[str] = []

    def read(name: str) -> int:
        asked.append(name)
        return int(name)

    found = read_ahead(["1", "x", "3", "4"], read)
    assert next(found) == 1
    with pytest.raises(ValueError, match="x"):
        next(found)
    assert asked == ["1", "x"]


def test_no_more_than_one_waits() -> None:
    asked: list[str] = []
    found = read_ahead(["1", "2", "3", "4"], lambda name: asked.append(name) or len(asked))  # type: ignore[func-returns-value]
    next(found)
    found.close()  # type: ignore[attr-defined]  # a generator
    assert len(asked) <= 2
