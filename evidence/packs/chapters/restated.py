"""The chapter on jobs of earlier nights that this night saw in another state than their own pack tells. Pure."""

from __future__ import annotations

from evidence.packs.chapters.material import Material
from evidence.packs.interface import ReportColumn, Section
from evidence.packs.texts import moment, text
from evidence.packs.unended import GONE


def restated_chapter(of: Material) -> Section:
    """The chapter; pure."""
    columns = (
        ReportColumn("Night", 10),
        ReportColumn("Item", 20),
        ReportColumn("Vault", 20, below=True),
        ReportColumn("State then", 16),
        ReportColumn("State now", 16, below=True),
        ReportColumn("Seen (UTC)", 14),
        ReportColumn("Earlier pack", 32, mono=True),
        ReportColumn("Job id", 32, mono=True, below=True),
    )
    rows = [
        (
            str(one.night),
            one.item,
            of.vault(one.vault_id),
            text(one.before),
            "gone (404)" if one.now == GONE else text(one.now),
            moment(one.observed_at),
            one.pack_id,
            one.job_id,
        )
        for one in of.selection.restated or ()
    ]
    sentences = (
        f"{of.cite('F-30')} jobs of earlier nights were seen in another state than the pack of their night tells.",
    )
    table = of.table(
        "T-11",
        "Jobs of earlier nights whose state changed",
        "What the pack of their night says, and what was seen since; that pack stays as it was sealed.",
        columns,
        rows,
        total=len(rows),
        file="data/restated.csv" if "data/restated.csv" in of.files else None,
        empty="None: no job that an earlier night's pack tells was seen in another state.",
    )
    return Section("S-9", "Restated", sentences if rows else (), (), (table,))
