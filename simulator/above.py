"""What stands above subscriptions in ARM: Resource Graph, and the management groups.

Paths alone are judged here; what they answer is a world's business.
"""

from __future__ import annotations

import re

_GRAPH = re.compile(r"/providers/Microsoft\.ResourceGraph/resources", re.IGNORECASE)
_DESCENDANTS = re.compile(
    r"/providers/Microsoft\.Management/managementGroups/(?P<group>[^/]+)/descendants/?", re.IGNORECASE
)


def is_graph(path: str) -> bool:
    """Whether a path is Resource Graph's, which takes its queries by POST."""
    return _GRAPH.fullmatch(path) is not None


def group_of(path: str) -> str | None:
    """The management group whose descendants a path asks for; None for other paths."""
    found = _DESCENDANTS.fullmatch(path)
    return found["group"] if found else None


def action_above(path: str) -> str | None:
    """The action that such a path needs, as role definitions write it; None for other paths."""
    if is_graph(path):
        return "Microsoft.ResourceGraph/resources/read"
    return None if group_of(path) is None else "Microsoft.Management/managementGroups/descendants/read"
