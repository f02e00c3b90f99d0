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

It is called twice for the same rows, and must say the same of them both times:

- with whole batches, in the order and the columns of the file, which become Parquet and CSV. They come in pieces of any length, so what
  is said of a row may rest on that row alone;
- with the slim table that figures, chapters and statement are made of: without the columns of `SLIM_LACKS`, and texts that repeat come as
  `dictionary<int32, string>`; what is replaced may come back as either, and is encoded again.

Rows arrive with their own names; ids that tables are joined by (`item_key`, `vault_id`, `job_id`, `call_id` …) must be replaced alike in all
tables. What else a `Selection` holds (`vaults`, `runs`, `presence`, `ranges`, `restated`, `scope`) does not pass here: whoever masks rows masks it in
`build._selection`, so that both say the same names.
"""


def whole(_table: Table, rows: pa.Table) -> pa.Table:
    """All of it, as the internal audience sees it."""
    return rows


def disclosed(table: Table, rows: pa.Table, disclose: Disclose) -> pa.Table:
    """Rows as they stand in the pack: without key material, and as the audience may see them."""
    return disclose(table, mask(rows))
