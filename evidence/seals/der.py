"""A strict reader of DER (X.690): one way to write each value, every byte accounted for.

Not here: what the values mean. Libraries read ASN.1 leniently, so that a changed byte may not matter to them; what is
read here has definite, shortest lengths, the expected tags in the expected order, and nothing after it.
"""

from __future__ import annotations

from evidence.errors import IntegrityError

INTEGER, BIT_STRING, OCTET_STRING, NULL, OBJECT_ID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31
_LONG_FORM = 0x80


def explicit(number: int) -> int:
    """Tag of a constructed, context-specific value."""
    return 0xA0 | number


class Reader:
    """Reads values one after the other from a span of bytes; each method raises IntegrityError where they differ."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether all is read."""
        return self._at == len(self._data)

    def next_tag(self) -> int | None:
        """Tag of the next value; None at the end."""
        return None if self.at_end else self._data[self._at]

    def raw(self, tag: int) -> bytes:
        """The next value with its tag and length."""
        start, (_, end) = self._at, self._bounds(tag)
        self._at = end
        return self._data[start:end]

    def content(self, tag: int) -> bytes:
        """The content of the next value."""
        begin, end = self._bounds(tag)
        self._at = end
        return self._data[begin:end]

    def inside(self, tag: int) -> Reader:
        """A reader of the next value's content."""
        return Reader(self.content(tag))

    def rest(self) -> list[bytes]:
        """All values that are left, each a sequence, with tags and lengths."""
        values = []
        while not self.at_end:
            values.append(self.raw(SEQUENCE))
        return values

    def expect(self, value: bytes, what: str) -> None:
        """Read exactly these bytes."""
        if self._data[self._at : self._at + len(value)] != value:
            raise IntegrityError(f"{what} is not what it must be.")
        self._at += len(value)

    def end(self) -> None:
        """Nothing may be left."""
        if not self.at_end:
            raise IntegrityError(f"{len(self._data) - self._at} bytes stand where nothing may stand.")

    def _bounds(self, tag: int) -> tuple[int, int]:
        head = self._data[self._at : self._at + 2]
        if len(head) < 2 or head[0] != tag:  # noqa: PLR2004  # tag and first length byte
            raise IntegrityError(f"A value with tag {tag:#04x} is missing at byte {self._at}.")
        begin, length = self._at + 2, head[1]
        if length >= _LONG_FORM:
            count = length - _LONG_FORM
            digits = self._data[begin : begin + count]
            begin, length = begin + count, int.from_bytes(digits, "big")
            if not digits or len(digits) != count or digits[0] == 0 or length < _LONG_FORM:
                raise IntegrityError(f"The length at byte {self._at} is not written in the shortest form.")
        if begin + length > len(self._data):
            raise IntegrityError(f"The value at byte {self._at} is longer than what holds it.")
        return begin, begin + length


def encode(tag: int, *contents: bytes) -> bytes:
    """One value in DER."""
    content = b"".join(contents)
    length = len(content)
    if length < _LONG_FORM:
        return bytes((tag, length)) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(digits))) + digits + content


def only(data: bytes, tag: int) -> Reader:
    """A reader of the one value that fills `data`."""
    reader = Reader(data)
    inner = reader.inside(tag)
    reader.end()
    return inner
