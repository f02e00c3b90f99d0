"""What Azure Blob's refusals mean, as errors of ours.

Not here: the SDK. Invariant: a message holds the status and Azure's error code, never what the service or the SDK wrote
beside them: that may quote addresses with signatures.
"""

from __future__ import annotations

from evidence.errors import EvidenceError, ObjectMissingError, SignInError, StoreError

_SIGN_IN = frozenset({401, 403})
_NOT_FOUND = 404
_BUSY = frozenset({408, 429, 500, 502, 503, 504})


def refusal(action: str, store: str, status: int | None, code: str | None) -> EvidenceError:
    """The error for an answer of Azure Blob; `action` names what was tried, such as `read 'ledger/…'`.

    Only BlobNotFound means that an object is missing: any other 404 says nothing about the object.
    """
    cause = " ".join(str(part) for part in (status, code) if part)
    if status in _SIGN_IN:
        return SignInError(
            f"Azure Blob refused to {action} in {store}.",
            cause=cause,
            next_step="Check the credential, its rights on the container (Storage Blob Data Contributor) and the network rules.",
        )
    if status == _NOT_FOUND and code == "BlobNotFound":
        return ObjectMissingError(
            f"Could not {action}: it is not in {store}.",
            cause=cause,
            next_step="Check that this is the right store; if it is, restore the object from a copy.",
        )
    if status == _NOT_FOUND:
        next_step = "Create the container, or correct account_url and container in the configuration."
    elif status in _BUSY:
        next_step = "Azure Blob is throttling or unavailable: run again later; what was written stays."
    else:
        next_step = "Look the error code up in Azure's documentation of Blob Storage, then run again."
    return StoreError(f"Could not {action} in {store}.", cause=cause, next_step=next_step)


def no_answer(action: str, store: str, what: str) -> StoreError:
    """The error where no whole answer came; `what` names the kind of failure only."""
    return StoreError(
        f"Could not {action} in {store}.",
        cause=f"No whole answer came ({what}).",
        next_step="Check network, name and address of the account, then run again; what was written stays.",
    )
