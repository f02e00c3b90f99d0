"""The largest findings of a pack, each one sentence over its figures. Pure.

Not here: the tables that list them. Invariant: the order is fixed by what a finding can hide, not by its number, so that the same
rows always give the same three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evidence.packs.chapters.failures import failure_groups
from evidence.packs.chapters.material import Material
from evidence.packs.columns import groups, plain
from evidence.packs.figures import FAILED
from evidence.packs.figures.counting import OF_JOB, with_error
from evidence.packs.gap_groups import group_gaps
from evidence.packs.select import matching
from evidence.packs.texts import item_name, text

MOST_FINDINGS = 3
Say = Callable[[Material], str]


def findings(of: Material) -> tuple[str, ...]:
    """Up to three sentences; none where no figure gives cause."""
    candidates = (*_CANDIDATES[:1], *_OF_DRILLS) if of.tells_drills else _CANDIDATES
    found = ((say, anchor) for anchor, say in candidates if of.any(anchor))
    return tuple(say(of) for say, _ in list(found)[:MOST_FINDINGS])


def _incomplete(of: Material) -> str:
    worst = group_gaps([gap for gap in of.judged.gaps if gap.essential], of.vaults)[0]
    kinds = f" ({', '.join(worst.kinds)})" if worst.kinds else ""
    return f"{of.cite('F-32')} gaps make the pack INCOMPLETE. The first: {worst.subject}{kinds}, {worst.outcome}, {worst.cause}."


def _cause(of: Material) -> str:
    worst = matching(failure_groups(of.selection.tables["jobs"]), "status", FAILED).slice(0, 1).to_pylist()[0]
    error = text(worst["error"]) if worst["error"] else "No error that Azure named"
    return f"{error}, {text(worst['workload'])} in {of.vault(worst['vault_id'])}: {of.cite('F-45')} failed backup jobs."


def _item(of: Material) -> str:
    jobs = of.selection.tables["jobs"].select(OF_JOB)
    failed = matching(matching(jobs, "operation_kind", "backup"), "status", FAILED)
    worst = groups(with_error(failed), ["vault_id", "item"]).slice(0, 1).to_pylist()[0]
    items = of.selection.tables["protected_items"].select(["item_key", "friendly_name"])
    named = matching(plain(items), "item_key", str(worst["item"])).slice(0, 1).to_pylist()
    name = item_name(worst["item"], named[0]["friendly_name"] if named else None)
    return f"{name} in {of.vault(worst['vault_id'])} failed most often: {of.cite('F-46')} failed backup jobs."


def _told(sentence: str, anchor: str) -> Say:
    return lambda of: sentence.format(of.cite(anchor))


_CANDIDATES: Sequence[tuple[str, Say]] = (
    ("F-32", _incomplete),
    ("F-45", _cause),
    ("F-46", _item),
    ("F-47", _told("{} protected items have no recovery point made in the period.", "F-47")),
    ("F-15", _told("{} resources that could be protected are protected by nothing.", "F-15")),
    ("F-06", _told("{} backup jobs completed with warnings: no copy of them reached the vault.", "F-06")),
    ("F-14", _told("{} vaults, items and jobs are told differently by Resource Graph.", "F-14")),
    ("F-16", _told("{} things differ from the approved list or the inventory.", "F-16")),
    ("F-29", _told("{} restore jobs could not be linked to a recovery point.", "F-29")),
    ("F-48", _told("{} protected items were silent on at least one night.", "F-48")),
    ("F-07", _told("{} backup jobs have no outcome that is known, or were cancelled.", "F-07")),
    ("F-31", _told("{} gaps: something that was to be read was not.", "F-31")),
)
"""By what they can hide, worst first."""
_OF_DRILLS: Sequence[tuple[str, Say]] = (
    ("F-86", _told("{} items were due for a restore drill, and none was planned.", "F-86")),
    ("F-75", _told("{} drills were missed.", "F-75")),
    ("F-82", _told("{} restore jobs cannot be told from recoveries of production: they count for nothing.", "F-82")),
    ("F-78", _told("{} drills were rejected by their reviewer.", "F-78")),
    ("F-84", _told("{} deviations are overdue.", "F-84")),
    ("F-79", _told("{} drills are not at their end: they count for nothing yet.", "F-79")),
    ("F-68", _told("{} accepted drills have no measured recovery time.", "F-68")),
    ("F-76", _told("{} drills were waived.", "F-76")),
    ("F-83", _told("{} deviations are still open.", "F-83")),
    ("F-31", _told("{} gaps: something that was to be read was not.", "F-31")),
)
"""The same of a pack of restore drills."""
