"""The one door through which rows come into a pack: what every batch of every packed table passes before anything is made of it.

Not here: which rows are chosen (`select`), what an external reader may see. Invariant: nothing is written, printed, counted or hashed
that did not pass here; key material is left out for every audience (`masking`), whatever else an audience is not shown.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from evidence.packs.masking import mask
from evidence.tables import Table

Disclose = Callable[[Table, pa.Table], pa.Table]
"""Gives the rows of a table as one audience may see them: the same number, in the same order, in the same columns and types.

It is called with batches of any length, so what is said of a row may rest on that row alone. Where rows are written, they come in all columns of their file; where
they are only looked at (to learn names), without those of `rows.VERBATIM`. Texts that repeat come as `dictionary<int32, string>`; what is replaced may come back as
either. Parquet, CSV and the slim tables that figures, chapters and statement are made of all hold what came back.

Rows arrive with their own names; ids that tables are joined by (`item_key`, `vault_id`, `job_id`, `call_id` …) must be replaced alike in all
tables. What else a `Selection` holds (`vaults`, `runs`, `presence`, `ranges`, `restated`, `scope`) does not pass here: `audience.external` masks it
(`External.selection`), so that both say the same names.
"""


def whole(_table: Table, rows: pa.Table) -> pa.Table:
    """All of it, as the internal audience sees it."""
    return rows


def disclosed(table: Table, rows: pa.Table, disclose: Disclose) -> pa.Table:
    """Rows as they stand in the pack: without key material, and as the audience may see them."""
    return disclose(table, mask(rows))
