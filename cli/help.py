"""Help texts whose examples stand line by line, as they are to be typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import typer

_Function = TypeVar("_Function", bound=Callable[..., Any])
_EXAMPLES = re.compile(r"^( *)(?=Examples?:)", re.MULTILINE)


class Commands(typer.Typer):
    """A group of commands; a paragraph that begins with `Example` is printed as it is written."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[_Function], _Function]:
        """Add a command, as `typer.Typer.command` does."""
        add = super().command(name, **options)

        def register(function: _Function) -> _Function:
            # A line of `\b` alone keeps the paragraph after it from being filled.
            function.__doc__ = _EXAMPLES.sub("\\1\b\n\\1", function.__doc__ or "")
            return add(function)

        return register
