"""The files of a pack that are for machines: the control map used, the OSCAL assessment results and the descriptor.

Not here: what each says (`controls`, `oscal`, `descriptor`). Invariant: they come last, so that OSCAL names every file but the report and
the descriptor, and the descriptor every file but the report and itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from evidence.nights import Window
from evidence.packs.bag import Digest, digest
from evidence.packs.completeness import CompletenessResult
from evidence.packs.controls.judged import Claimed
from evidence.packs.controls.reading import PATH
from evidence.packs.machine.descriptor import DESCRIPTOR, datapackage, references
from evidence.packs.machine.oscal import OSCAL, Assessed, assessment_results
from evidence.packs.select import Selection
from evidence.packs.statement import Place
from evidence.tables import ALL


def machine_files(
    place: Place,
    organisation: str,
    created: datetime,
    window: Window,
    selection: Selection,
    judged: CompletenessResult,
    claimed: Claimed,
    digests: Mapping[str, Digest],
) -> dict[str, bytes]:
    """The control map, the OSCAL file and the descriptor by their paths; `digests` of all other data files but the report."""
    rows = {name: table.num_rows for name, table in selection.tables.items()}
    about = Assessed(
        place=place,
        organisation=organisation,
        created=created,
        start=window.start,
        end=window.end,
        collected=max((run.captured_at for run in selection.runs), default=created),
        judged=judged,
        rows=rows,
        claims=claimed.claims,
        controls=claimed.controls,
    )
    named = {**digests, PATH: digest(claimed.controls.raw)}
    oscal = assessment_results(about, named)
    named[OSCAL] = digest(oscal)
    counts = {ALL[name]: number for name, number in rows.items()}
    held = references(selection.tables)
    return {
        PATH: claimed.controls.raw,
        OSCAL: oscal,
        DESCRIPTOR: datapackage(place.pack_id, created, counts, named, held),
    }
