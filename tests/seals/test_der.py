from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import IntegrityError
from evidence.seals.der import OCTET_STRING, SEQUENCE, Reader, encode, only
from evidence.seals.messages import DATA, read_message
from evidence.seals.reading import reading
from evidence.seals.stamps import read_response


@given(st.binary(max_size=70_000))
def test_what_is_written_reads_back(content: bytes) -> None:
    assert only(encode(SEQUENCE, encode(OCTET_STRING, content)), SEQUENCE).content(OCTET_STRING) == content


@pytest.mark.parametrize(
    "data",
    [
        "3080 0000",  # indefinite length
        "308101 00",  # long form for a short length
        "30820001 00",  # a leading zero
        "3081",  # a length that is cut off
        "3003 0400",  # a value that is cut off
        "3000 00",  # something behind
        "3100",  # another tag
        "30",
        "",
    ],
)
def test_another_way_to_write_it_is_refused(data: str) -> None:
    with pytest.raises(IntegrityError):
        only(bytes.fromhex(data), SEQUENCE)


def test_what_is_left_over_is_refused() -> None:
    reader = Reader(encode(OCTET_STRING, b"a"))
    with pytest.raises(IntegrityError):
        reader.end()
    assert reader.content(OCTET_STRING) == b"a"
    reader.end()


@given(st.binary(max_size=300))
def test_bytes_of_chance_are_no_message(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        read_message(data, DATA, stamp_allowed=True)
    with pytest.raises(IntegrityError):
        read_response(data)


def test_errors_of_libraries_become_ours() -> None:
    with pytest.raises(IntegrityError, match="The thing cannot be read"), reading("The thing"):
        raise RecursionError("too deep")
    with pytest.raises(IntegrityError, match="our own"), reading("The thing"):
        raise IntegrityError("our own")
