"""Names that want to be commands: what each shell reads back is the name, and nothing is run."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evidence.drills.quoting import for_bash, for_comment, for_powershell
from evidence.errors import RefusedError

BASH = shutil.which("bash") or "/bin/bash"
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
HOSTILE = (
    "$(touch /tmp/owned)", "`id`", "'; rm -rf / #", '"; exit', "a\nb", "\x1b[2J", "-rf", "--help", "a\\'b", "\u202egnp", "\u2019; Remove-Item *; \u2018",
    "${HOME}", "!!", "*", "~", "a b", "", "名前", "\U0001f600", "\u200f", "\r\nInvoke-Expression x", "%PATH%", "&& calc", "|| whoami", "#", "\x7f",
)  # fmt: skip


def powershell_reads(expression: str) -> str:
    """What PowerShell makes of an expression of texts in single quotes and characters by number, after about_Quoting_Rules; anything else fails."""
    found, place = "", 0
    body = expression[1:-1] if expression.startswith("(") else expression
    while place < len(body):
        if body[place] == "'":
            place += 1
            while True:
                if body[place] in "'\u2018\u2019\u201a\u201b":
                    if body[place + 1 : place + 2] and body[place + 1] in "'\u2018\u2019\u201a\u201b":
                        found += body[place]
                        place += 2
                        continue
                    place += 1
                    break
                found += body[place]
                place += 1
        elif body.startswith("[char]::ConvertFromUtf32(0x", place):
            end = body.index(")", place)
            found += chr(int(body[place + 27 : end], 16))
            place = end + 1
        else:
            assert body.startswith("[char]0x", place), body[place:]
            found += chr(int(body[place + 8 : place + 12], 16))
            place += 12
        assert body[place : place + 3] in {"", " + "}, body[place:]
        place += 3
    return found


def bash_reads(words: list[str]) -> list[str]:
    script = "printf '%s\\0' " + " ".join(words)
    made = subprocess.run(
        [BASH, "-c", script], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8", "PATH": "/nowhere"}
    )
    assert made.stderr == b""
    return made.stdout.decode().split("\0")[:-1]


def test_bash_reads_hostile_names_as_they_are() -> None:
    assert bash_reads([for_bash(one) for one in HOSTILE]) == list(HOSTILE)


@settings(max_examples=25, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=20))
def test_bash_reads_any_names_as_they_are(names: list[str]) -> None:
    assert bash_reads([for_bash(one) for one in names]) == names


@given(NAMES)
@example("'")
@example("\u2019")
@example("\x00a"[1:] + "\U000e0001")
def test_powershell_reads_any_name_as_it_is(name: str) -> None:
    assert powershell_reads(for_powershell(name)) == name


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_powershell_reads_hostile_names_as_they_are(name: str) -> None:
    assert powershell_reads(for_powershell(name)) == name


@given(NAMES)
def test_what_is_quoted_is_one_printable_line(name: str) -> None:
    for quoted in (for_bash(name), for_powershell(name), for_comment(name)):
        assert quoted.isprintable()


@pytest.mark.parametrize("quote", [for_bash, for_powershell])
def test_a_nul_is_refused(quote: object) -> None:
    with pytest.raises(RefusedError):
        quote("a\0b")  # type: ignore[operator]  # both take a text
