"""What changed in one vault between two looks.

Not here: each comparison (`policies`, `items`, `security`, `resources`). Invariant: each kind is compared with the last look that read it whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from evidence.assess.drift.values import Changes, Drift, Elsewhere, VaultLook
from evidence.assess.sides import Difference


def drift_of_vault(
    before: VaultLook, after: VaultLook, changes: Changes, night: date, elsewhere: Elsewhere = Elsewhere()
) -> Drift:
    """Changes between two looks at one vault. `before` may be put together of several earlier nights: of each kind its last whole look."""
    raise NotImplementedError


def vanished_vaults(
    before: Mapping[str, str], after: Collection[str] | None, changes: Changes, night: date, observed_at: datetime
) -> Drift:
    """Vaults (names by id) of a subscription's earlier list that its list no longer names; `after` None: it was not read whole."""
    raise NotImplementedError


def unprotected_resources(
    now: Iterable[Difference], known: Collection[str], night: date, observed_at: datetime
) -> Drift:
    """Findings of `unprotected` differences of tonight that are not in `known` (those of the first night, or approved)."""
    raise NotImplementedError
