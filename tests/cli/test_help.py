from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from cli.main import app


def commands(group: typer.Typer, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command by its words, with what its function says of it."""
    for one in group.registered_commands:
        name = one.name or getattr(one.callback, "__name__", "")
        yield (*words, str(name)), getattr(one.callback, "__doc__", "") or ""
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from commands(inner.typer_instance, (*words, str(inner.name)))


@pytest.mark.parametrize(
    ("words", "told"), list(commands(app)), ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)
def test_examples_are_printed_as_they_are_to_be_typed(words: tuple[str, ...], told: str) -> None:
    shown = CliRunner().invoke(app, [*words, "--help"]).output
    examples = [line.strip() for line in told.splitlines() if line.strip().startswith("backup-evidence ")]
    assert examples or "Example: backup-evidence" in told, "a command without an example"
    for line in examples:
        assert line in [one.strip() for one in shown.splitlines()]
