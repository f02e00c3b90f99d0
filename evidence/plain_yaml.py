"""Plain YAML: texts, numbers, lists and objects of one document, each value with the line it stands on.

Not here: which settings there are (`settings`). Invariant: what YAML 1.1 offers beyond that (aliases, merge keys, tags, keys that
are no text, a key twice) is refused with its line, so that a file means what it shows; a refusal never repeats a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from evidence.errors import ConfigurationError

LARGEST_FILE = 1 << 20
"""Bytes; a configuration is a page or two."""
DEEPEST = 20
"""Levels of lists and objects; settings have five."""
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its content, and where in the file each part of it stands."""

    content: object
    root: yaml.Node | None

    def line(self, location: Sequence[int | str]) -> int:
        """Line, from 1, of the value at a path of keys and positions; of its nearest parent where there is none."""
        node, line = self.root, 1
        for part in location:
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if key.value == str(part):
                        node, line = value, key.start_mark.line + 1
                        break
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
        return line


def read_plain_yaml(raw: bytes, name: str) -> Document:
    """The one document in a file's bytes; raises ConfigurationError with the line of what is wrong."""
    if len(raw) > LARGEST_FILE:
        raise ConfigurationError(f"{name} is larger than {LARGEST_FILE >> 20} MiB.", cause="No configuration is.")
    try:
        text = raw.decode("utf-8-sig")
        _check_events(text)
        loader = _Loader(text)
        root = loader.get_single_node()
        _check_keys(root)
        return Document(None if root is None else loader.construct_document(root), root)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _unreadable(name, f"{name}:{line}: is not UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        raise _unreadable(name, f"{name}:{_line_of(error)}: {error.problem or 'is not YAML'}") from error
    except yaml.YAMLError as error:
        # The reader's own error: a character that YAML forbids, with its position.
        raise _unreadable(name, " ".join(str(error).split())) from error


class _Refused(yaml.MarkedYAMLError):
    """Right YAML that is not plain."""

    def __init__(self, problem: str, at: yaml.Node | yaml.Event) -> None:
        super().__init__(problem=problem)
        self.line = at.start_mark.line if at.start_mark else 0


class _Loader(yaml.SafeLoader):
    """Plain values only; a number or a date that there is not is an error with its line."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """The value of a node; raises MarkedYAMLError."""
        try:
            return super().construct_object(node, deep=deep)
        except ValueError as error:
            what = node.tag.rpartition(":")[2]
            raise yaml.constructor.ConstructorError(
                None, None, f"is no {what} that there is", node.start_mark
            ) from error


def _check_events(text: str) -> None:
    """Refuse, before anything is made of it, what is small to write and large to read: aliases of aliases, deep nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise _Refused("an alias (`*name`) is not used here", event)
        if depth > DEEPEST:
            raise _Refused("is nested too deeply", event)


def _check_keys(node: yaml.Node | None) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            _check_key(key, seen)
            _check_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _check_keys(value)


def _check_key(key: yaml.Node, seen: set[str]) -> None:
    problem = None
    if key.tag == _MERGE:
        problem = "a merge key (`<<`) is not used here"
    elif not isinstance(key, yaml.ScalarNode) or key.tag != _TEXT:
        problem = "a key must be text; put it in quotes"
    elif key.value in seen:
        problem = f"key `{key.value}` stands twice"
    if problem:
        raise _Refused(problem, key)
    seen.add(key.value)


def _line_of(error: yaml.MarkedYAMLError) -> int:
    if isinstance(error, _Refused):
        return error.line + 1
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1


def _unreadable(name: str, cause: str) -> ConfigurationError:
    return ConfigurationError(
        f"{name} is not a readable configuration.", cause=cause, next_step="See docs/configuration.md for its form."
    )
