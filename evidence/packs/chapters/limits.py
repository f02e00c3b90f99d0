"""The chapter on what this pack does not tell. Pure."""

from __future__ import annotations

from evidence.packs.chapters.material import Material
from evidence.packs.interface import Section


def limits_chapter(of: Material) -> Section:
    """The chapter; pure."""
    late = [str(run.night) for run in of.selection.runs if run.late]
    again = [f"{run.night}: {run.reason}" for run in of.selection.runs if run.again]
    sentences = [
        "Scheduled log backups of SQL databases are not among Azure's jobs; they show as ranges among the recovery points.",
        "A restore job of a Recovery Services vault carries no recovery point id, only a time as text; hence the grades of link.",
        "VM recovery points mostly come without an expiry time, those of file shares always.",
        "Resource Graph keeps jobs for 14 days, the Activity Log events for 90; both show only what the identity may read.",
        "Which runs the policies called for, and which of them never came, is not judged in this pack.",
        "Backup vaults (Microsoft.DataProtection) are not read in this version.",
    ]
    if late:
        sentences.append(
            f"Captured after the following night had ended, so items, policies and settings of then were not observed: {', '.join(late)}."
        )
    if again:
        sentences.append(f"Captured once more: {'; '.join(again)}.")
    return Section("S-7", "Limits", tuple(sentences))
