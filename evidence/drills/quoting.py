"""Text quoted for shells, so that no name of a machine, database or group can become a command.

Not here: which commands there are (`runbook_az`, `runbook_powershell`). Invariants: what a shell reads back is the text to the letter; a quoted text is one line of printable
characters, so that it cannot steer the terminal of whoever reads it. Sources: POSIX.1-2017, Shell Command Language, 2.2.2; PowerShell, about_Quoting_Rules.
"""

from __future__ import annotations

from evidence.errors import RefusedError

_BMP = 0xFFFF
_SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"
"""PowerShell takes each of these for the end of a text in single quotes, unless it is doubled."""


def for_bash(text: str) -> str:
    """One word of bash; raises RefusedError for a text with a NUL, which no argument can hold."""
    _refuse_nul(text)
    if text.isprintable():
        return "'" + text.replace("'", "'\\''") + "'"
    # ANSI-C quoting: characters that nobody can see stand as their numbers.
    return "$'" + "".join(_ansi(one) for one in text) + "'"


def for_powershell(text: str) -> str:
    """One expression of PowerShell; raises RefusedError for a text with a NUL."""
    _refuse_nul(text)
    parts: list[str] = []
    plain = ""
    for one in text:
        if one.isprintable():
            plain += one * 2 if one in _SINGLE_QUOTES else one
            continue
        parts += [f"'{plain}'"] if plain else []
        parts.append(_number(one))
        plain = ""
    parts += [f"'{plain}'"] if plain or not parts else []
    # An empty text at the head keeps the sum one of texts, not of characters.
    return parts[0] if len(parts) == 1 and parts[0].startswith("'") else "('' + " + " + ".join(parts) + ")"


def for_comment(text: str) -> str:
    """One line for a person, in a comment of either shell."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text).replace("#>", "# >")


def _ansi(one: str) -> str:
    if one in "\\'":
        return "\\" + one
    if one.isprintable():
        return one
    return f"\\u{ord(one):04x}" if ord(one) <= _BMP else f"\\U{ord(one):08x}"


def _number(one: str) -> str:
    if ord(one) <= _BMP:
        return f"[char]0x{ord(one):04X}"
    return f"[char]::ConvertFromUtf32(0x{ord(one):X})"


def _refuse_nul(text: str) -> None:
    if "\0" in text:
        raise RefusedError("A name holds a NUL, so that no command can be printed for it.")
