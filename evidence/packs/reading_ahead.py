"""Files read one ahead of what is done with them: reading and deciding take a core each.

Invariants: results come in the order of the names; no more than one is waiting; an error of a read is raised where its result is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")


def read_ahead(names: Sequence[str], read: Callable[[str], _T]) -> Iterator[_T]:
    """What `read` gives for each name, in order."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as reader:
        waiting = reader.submit(read, names[0]) if names else None
        for place in range(1, len(names) + 1):
            if waiting is None:
                return
            found = waiting.result()
            waiting = reader.submit(read, names[place]) if place < len(names) else None
            yield found
