"""Free text to text that names nothing: known names, quoted words, ids and whatever looks like one are masked.

Not here: columns of names. Invariant: what is not known to be an ordinary word, a number or a time is masked; a message may lose sense, never a name be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from evidence.packs.audience.names import Masker

_SHORTEST_INSIDE = 4
"""Characters of a name that is also looked for inside other words; of one beyond ASCII two are enough."""
_SHORTEST_INSIDE_OTHERS = 2
_QUOTED = re.compile(r"'([^'\r\n]{1,200})'|\"([^\"\r\n]{1,200})\"|‘([^’\r\n]{1,200})’|“([^”\r\n]{1,200})”")
_WORD = re.compile(r"[^\s'\"‘’“”,;()\[\]{}<>|=]+")
_ENDS = ".:!?…"
_MARKS = re.compile(r"[0-9_@\\/.#$%&+~:-]")
"""What makes an id of a word: a digit, or a mark inside."""
_PLAIN = re.compile(
    r"[+-]?[0-9][0-9.,]*%?"  # a number
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(t[0-9:.]+(z|[+-][0-9]{2}:?[0-9]{2})?)?"  # a date, or a moment
    r"|[0-9]{1,2}:[0-9]{2}(:[0-9.]+)?z?"  # a time of day
    r"|-?p(t?[0-9.]+[ymwdhs])+(t([0-9.]+[hms])+)?"  # a duration (ISO 8601)
    r"|0x[0-9a-f]+",  # a code
    re.ASCII,
)
_ORDINARY = frozenset(
    {"and/or", "api-version", "on-demand", "re-read", "read-only", "time-out", "time-stamped", "e.g", "i.e"}
)


class TextMasker:
    """Masks the texts of one pack, by the names that its tables hold."""

    def __init__(self, masker: Masker, names: Iterable[str], vocabulary: Iterable[str]) -> None:
        self._masker = masker
        self._names = {name.strip().lower() for name in names} - {""}
        self._inside = {name for name in self._names if len(name) >= _shortest(name)}
        self._lengths = sorted({len(name) for name in self._inside}, reverse=True)
        self._vocabulary = _ORDINARY | {word.strip().lower() for word in vocabulary}
        self._phrases = _alternatives(name for name in self._names if not _is_one_word(name))
        self._known: dict[str, str] = {}

    def text(self, value: str) -> str:
        """The text with everything masked that may name something."""
        found = self._known.get(value)
        if found is None:
            found = self._known[value] = self._masked(value)
        return found

    def _masked(self, value: str) -> str:
        text = value if self._phrases is None else self._phrases.sub(lambda found: self._masker.name(found[0]), value)
        return _WORD.sub(lambda found: self._word(found[0]), _QUOTED.sub(self._quoted, text))

    def _quoted(self, found: re.Match[str]) -> str:
        inner = next(one for one in found.groups() if one is not None)
        words = inner.strip().lower()
        if words in self._vocabulary or _PLAIN.fullmatch(words) or self._is_moment(words):
            return found[0]
        return f"{found[0][0]}{self._masker.name(inner)}{found[0][-1]}"

    def _is_moment(self, words: str) -> bool:
        """Dates as filters spell them: `2026-11-18 06:00:00 AM`."""
        return all(_PLAIN.fullmatch(word) or word in {"am", "pm"} for word in words.split())

    def _word(self, word: str) -> str:
        bare = word.rstrip(_ENDS)
        folded = bare.lower()
        if not folded or not self._tells(folded):
            return word
        return self._masker.name(bare) + word[len(bare) :]

    def _tells(self, word: str) -> bool:
        if word in self._names:
            return True
        if word in self._vocabulary:
            return False
        if _MARKS.search(word) and not _PLAIN.fullmatch(word) and not word.startswith("m-"):
            return True
        return self._holds_a_name(word)

    def _holds_a_name(self, word: str) -> bool:
        return any(
            word[at : at + length] in self._inside
            for length in self._lengths
            if length <= len(word)
            for at in range(len(word) - length + 1)
        )


def _shortest(name: str) -> int:
    return _SHORTEST_INSIDE if name.isascii() else _SHORTEST_INSIDE_OTHERS


def _is_one_word(name: str) -> bool:
    """Whether a text is split so that the name is found as a word."""
    return _WORD.fullmatch(name) is not None and name[-1] not in _ENDS


def _alternatives(phrases: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for all names of several words, the longest first."""
    found = sorted(phrases, key=lambda one: (-len(one), one))
    return re.compile("|".join(map(re.escape, found)), re.IGNORECASE) if found else None
