"""How good the evidence of each fact of a drill is: A Azure's own record, B an uploaded file, C a person's statement.

Not here: what a tier demands (`rules`). Invariant: nothing is graded better than the record that bears it out.
"""

from __future__ import annotations

from evidence.drills.values import Execution, Grade, SignOff

UPLOADED = "import-"
"""Begin of the ids of calls that are files which a person saved."""
BY_CORRELATION, BY_ITEM_AND_TIME = "activity_log", "activity_log_item_and_time"
"""Ways in which the Activity Log tells who started a restore: by the job's own correlation id, or as the one request for the item just before it."""
INITIATOR_TOLD = frozenset({BY_CORRELATION, BY_ITEM_AND_TIME})
AZURE_TOLD = frozenset({"resource_graph", "activity_log"})
"""Ways in which a machine knows that a copy is gone."""


def execution_grade(execution: Execution) -> Grade:
    """Of what a restore job tells: A with Azure's call, B from an uploaded file, C where nothing is named."""
    if execution.call_id is None:
        return Grade.C
    return Grade.B if execution.call_id.startswith(UPLOADED) else Grade.A


def point_grade(execution: Execution) -> Grade:
    """Of its recovery point: never better than that of the job which tells it."""
    return max(execution_grade(execution), execution.point_grade or Grade.A)


def initiator_grade(execution: Execution) -> Grade:
    """Of who started it: A where the Activity Log told it, else a statement."""
    return Grade.A if execution.initiator_known_by in INITIATOR_TOLD else Grade.C


def clean_up_grade(known_by: str) -> Grade:
    """Of how it is known that the copy is gone."""
    return Grade.A if known_by in AZURE_TOLD else Grade.C


def sign_off_grade(sign_off: SignOff) -> Grade:
    """Of a decision: B with the signed statement of a sign-in, else a statement."""
    return Grade.C if sign_off.identity_sha256 is None else Grade.B
