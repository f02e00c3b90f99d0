"""Tries every attack of tests/attacks on both packs, and writes what each judge found into docs/threat-model.md.

A test of the long suite compares the two. Run: PYTHONPATH=. .venv/bin/python -m tools.attack_table
"""

from __future__ import annotations

from pathlib import Path

from tests.attacks.table import placed, table

TARGET = Path(__file__).resolve().parent.parent / "docs" / "threat-model.md"


def main() -> None:
    """Write the table where the document has its place."""
    TARGET.write_text(placed(TARGET.read_text(), table()))


if __name__ == "__main__":
    main()
