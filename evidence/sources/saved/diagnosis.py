"""What a saved file is that is no JSON, told to whoever saved it with the way to a better one.

Not here: files that can be read. Invariant: what is shown of the file is one short line, and credentials in it are masked by whoever
prints it; nothing is tried out on the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

SAMPLE = 4096
"""Characters of the beginning that are looked at."""
_LONGEST_SHOWN = 160
_AGAIN = "Save the answer again with `-o json`, errors not mixed in (`az … -o json > FILE`)."
_AZ_ERROR = re.compile(
    r"^\s*(?:ERROR:|az(?:\.cmd|\.exe)?\s*:|az: |usage: az|\(\w+\) |Traceback \(most recent|The command failed)",
    re.IGNORECASE,
)
_POWERSHELL_ERROR = re.compile(r"^\s*(?:[\w-]+\s*: .*\n?\s*At line:|Get-Az\w+\s*:)", re.IGNORECASE)
_RULE = re.compile(r"^-{3,}(?:\s+-{3,})*\s*$", re.MULTILINE)
_YAML = re.compile(r"^(?:---\s*\n)?(?:- )?[A-Za-z_][\w ]*:(?: .*)?$", re.MULTILINE)
_ALIGNED = re.compile(r"^\s*\w+\s+: ", re.MULTILINE)
_MAGIC = (
    ("PK\x03\x04", "a ZIP, perhaps an Excel workbook"),
    ("%PDF", "a PDF"),
    ("\x1f\x8b", "a gzip archive"),
    ("PAR1", "a Parquet file"),
    ("\x89PNG", "a picture"),
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a file seems to be, and what helps."""

    cause: str
    next_step: str


EMPTY = Diagnosis("It is empty: the command that should have filled it printed nothing.", _AGAIN)


def diagnose(head: str, *, after_json: bool) -> Diagnosis | None:
    """What the beginning of a text says; None where JSON began and broke off later."""
    text = head[:SAMPLE].strip()
    if not text:
        return EMPTY
    if after_json:
        return None
    magic = next((what for mark, what in _MAGIC if head.startswith(mark)), None)
    if magic is not None:
        return Diagnosis(f"It is {magic}, not JSON.", _AGAIN)
    cause, next_step = next(((cause, step) for fits, cause, step in _FORMS if fits(text)), _UNKNOWN)
    return Diagnosis(cause.replace("{first}", _first_line(text)), next_step)


def _delimited(text: str) -> bool:
    """Whether the first two lines have the same number of the same delimiter, two columns at least."""
    lines = [line for line in text.splitlines() if line.strip()][:2]
    return (
        any(lines[0].count(mark) > 0 and lines[0].count(mark) == lines[-1].count(mark) for mark in ",;\t")
        and len(lines) > 1
    )


def _first_line(text: str) -> str:
    line = text.splitlines()[0].strip()
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]} … ({len(line):,} characters)"


_FORMS: tuple[tuple[Callable[[str], object], str, str], ...] = (
    (
        lambda text: _AZ_ERROR.match(text) or _POWERSHELL_ERROR.match(text),
        "It holds what the command said instead of an answer: {first}",
        "Run the command again when this is solved, and save what it prints then.",
    ),
    (
        lambda text: text.startswith("<"),
        "It is XML or HTML, not JSON.",
        "In PowerShell use `| ConvertTo-Json -Depth 20`, not Export-Clixml; with az use `-o json`.",
    ),
    (_RULE.search, "It is a table as `-o table` prints it, which leaves most out.", _AGAIN),
    (
        _delimited,
        "It is CSV or another delimited text, not JSON; its first line: {first}",
        f"{_AGAIN} Only `import inventory` reads CSV.",
    ),
    (
        _ALIGNED.match,
        "It is a list as PowerShell shows it on the screen.",
        "Save the objects with `| ConvertTo-Json -Depth 20`.",
    ),
    (_YAML.match, "It is YAML, not JSON.", _AGAIN),
)
"""What a text may be, tried in this order."""
_UNKNOWN = ("It is no JSON; its first line: {first}", _AGAIN)
