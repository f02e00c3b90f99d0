"""One translation for all that libraries raise on a stranger's bytes.

Invariant: whoever reads a seal sees IntegrityError, whatever the bytes are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from evidence.errors import EvidenceError, IntegrityError


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn what a library raises into IntegrityError; errors of ours pass."""
    try:
        yield
    except EvidenceError:
        raise
    except Exception as error:
        # Parsers of ASN.1, X.509 and PDF raise a dozen kinds on bytes made to hurt them; none of them is a fault of ours.
        raise IntegrityError(
            f"{what} cannot be read.", cause=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        ) from error
