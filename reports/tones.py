"""The sign and the word of each tone: colour is never the only way to tell."""

from __future__ import annotations

TONES = {
    "plain": ("", ""),
    "good": ("", "in order"),
    "warning": ("~", "attention"),
    "bad": ("!", "exception"),
    "unknown": ("?", "not known"),
}
"""Sign and word of each tone of a figure."""

COMPLETENESS_TONES = {"COMPLETE": "good", "COMPLETE WITH GAPS": "warning", "INCOMPLETE": "bad"}
