"""Families of errors: what the errors of different nights, items and workloads have in common.

Not here: which families recur (`evidence.assess.trends`). Invariants: equal errors give equal families on every night; ids, times, paths and
numbers of one occurrence are no part of a family; a code that is not known is a family of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_FAMILIES = (
    ("network", ("nonetwork", "networkconnect", "couldnotconnect", "connectivity")),
    ("consistency", ("vss", "snapshotfailedinvss", "fsfreeze", "appconsisten", "applicationconsisten")),
    ("guest-agent", ("guestagent", "vmagent", "extension")),
    ("permission", ("permission", "unauthorized", "accessdenied", "forbidden", "requiresrole", "identitynotenabled")),
    ("source-gone", ("vmnotfound", "sourcenotfound", "resourcenotfound", "doesnotexist", "databasenotfound")),
    ("database-not-running", ("dbnotrunning", "notonline", "dboffline", "databaseoffline")),
    ("cancelled-by-user", ("jobsuccessfullycancelled",)),
    ("timed-out", ("timedout", "timeout")),
)
"""Families by what the stable name holds, the first that fits (analytics 6.11: network, consistency, guest agent)."""
_TITLES = {
    "400136": "source-gone",
    "400158": "cancelled-by-user",
    "400160": "provisioning-failed",
}
"""Families of numbers that Azure sent without a title, by the recorded text beside them."""
LOG_GAP_FAMILY = "log-gap"
"""Of logs that leave a stretch uncovered: no job tells it."""

_OCCURRENCE = (
    (re.compile(r"/subscriptions/[^\s'\"]+"), "<id>"),
    (re.compile(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?z?"), "<time>"),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4}(?: \d{1,2}:\d\d(?::\d\d)?(?: ?[ap]m)?)?"), "<time>"),
    (re.compile(r"https?://\S+|\b[a-z]:\\[^\s'\"]*|(?<![\w<])/[\w.-]+(?:/[\w.-]+)+"), "<path>"),
    (re.compile(r"'[^']*'|\"[^\"]*\"|\[[^\]]*\]"), "<name>"),
    (re.compile(r"\b0x[0-9a-f]+\b|\d+(?:\.\d+)*"), "<n>"),
)
"""What belongs to one occurrence, in a text in lower case."""


def error_family(codes: Sequence[str], titles: Sequence[str], messages: Sequence[str] = ()) -> str | None:
    """The family of a job's errors, by the first one; None where the job told none.

    Titles are Azure's stable names; where there is none the code decides, and where there is none either the text without what belongs to
    one occurrence.
    """
    title = next((one for one in titles if one and one.strip()), None)
    if title is not None:
        return _family(title.strip())
    code = next((one for one in codes if one and one.strip()), None)
    if code is not None:
        return _TITLES.get(code.strip()) or _family(code.strip())
    message = next((one for one in messages if one and one.strip()), None)
    return None if message is None else normalised(message)


@lru_cache(maxsize=4096)
def _family(name: str) -> str:
    """A family by a stable name; a name with spaces is a text."""
    folded = name.casefold()
    if " " in name:
        return normalised(name)
    return next((family for family, signs in _FAMILIES if any(sign in folded for sign in signs)), name)


@lru_cache(maxsize=4096)
def normalised(text: str) -> str:
    """A text without ids, times, paths, quoted names and numbers, in lower case and one line."""
    line = " ".join(text.casefold().split())
    for pattern, sign in _OCCURRENCE:
        line = pattern.sub(sign, line)
    return line
