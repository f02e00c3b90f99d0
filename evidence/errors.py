"""Every error that the product raises on purpose, by whose fault it is.

Not here: errors of libraries, which are translated at the border that calls them. Each error says what happened, why,
and what to do next, so that the command only has to print it.
"""

from __future__ import annotations

from collections.abc import Sequence


class EvidenceError(Exception):
    """Root of all errors of the product; `exit_code` is what the command ends with (DESIGN section 8)."""

    exit_code = 1

    def __init__(self, message: str, *, cause: str = "", next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.next_step = next_step

    def diagnostics(self) -> Sequence[str]:
        """Lines for a person: what happened, why, and what to do."""
        lines = [self.message]
        if self.cause:
            lines.append(f"cause: {self.cause}")
        if self.next_step:
            lines.append(f"next: {self.next_step}")
        return lines


class ConfigurationError(EvidenceError):
    """The configuration or the call is wrong: missing, malformed or contradictory."""

    exit_code = 2


class SourceError(EvidenceError):
    """Azure, or a saved file, could not be read."""

    exit_code = 4


class SignInError(SourceError):
    """The source refused who we are or what we may do."""

    exit_code = 5


class UnavailableError(SourceError):
    """The source throttled us or was not there."""

    exit_code = 6


class StoreError(EvidenceError):
    """The store could not keep or give back evidence."""

    exit_code = 6


class ObjectExistsError(StoreError):
    """A create-only write found something at its path."""


class ObjectMissingError(StoreError):
    """A path that should hold an object holds none."""

    exit_code = 7


class DeliveryError(EvidenceError):
    """A target outside did not take what was sent to it."""

    exit_code = 6


class TargetUnavailableError(DeliveryError):
    """The target was not there or had no time: the next try may succeed."""


class SealError(EvidenceError):
    """Something could not be signed: the key or its certificate is missing, malformed or mismatched."""

    exit_code = 2


class TimestampError(SealError):
    """The time-stamp authority gave no valid token."""

    exit_code = 6


class IntegrityError(EvidenceError):
    """Something sealed does not hold: a hash, a chain, a signature or a format is not what it must be."""

    exit_code = 7


class RefusedError(EvidenceError):
    """A rule forbids it: expired key, development key in production, guard, hold."""

    exit_code = 8


class DisposedError(RefusedError):
    """What was asked for was disposed of, by approval: it is not lost, and it does not come back."""
