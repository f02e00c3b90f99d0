"""How each text column of a pack is shown to an external reader.

Not here: the masking itself (`names`, `texts`). Invariant: a text column that is not listed is hidden, never shown; a test names every column.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import pyarrow as pa

from evidence.tables import ALL, Column, Table


class Showing(Enum):
    """What becomes of a value."""

    KEPT = "as it is: a word of Azure's or ours, a hash, an id that this program gave"
    NAME = "a name or id: one mask for the whole"
    PATH = "an ARM id: its types stay, its names are masked; whatever is no path is a name"
    WORD = "kept where it is a word that Azure uses everywhere, else a name"
    TEXT = "free text: known names, quoted words and whatever looks like an id are masked"
    ADDRESS = "a URL: masked as a path, with what it asks for"
    CALL = "a capture's or call's id: run and number stay, what was asked is masked"
    HIDDEN = "left out"


KEPT, NAME, PATH, WORD, TEXT, ADDRESS, CALL, HIDDEN = Showing

_EVERYWHERE = {
    "tenant_id": NAME,
    "vault_id": PATH,
    "run_id": KEPT,
    "capture_id": CALL,
    "call_id": CALL,
    "assessment_id": KEPT,
    "evidence_grade": KEPT,
    "properties": HIDDEN,
    "envelope": HIDDEN,
    "tags": HIDDEN,
    "management_type": KEPT,
    "workload": KEPT,
    "operation": KEPT,
    "operation_kind": KEPT,
    "status": KEPT,
    "kind": KEPT,
    "outcome": KEPT,
    "region": KEPT,
    "reason": TEXT,
    "name": NAME,
    "friendly_name": NAME,
    "container_name": PATH,
    "item_key": PATH,
    "item_link": KEPT,
    "item_candidates": PATH,
    "policy_id": PATH,
    "source_resource_id": PATH,
    "resource_id": PATH,
    "job_id": NAME,
    "first_job_id": NAME,
    "last_job_id": NAME,
    "later_job_id": NAME,
    "closed_by_job_id": NAME,
    "recovery_point_id": NAME,
    "closed_by_recovery_point_id": NAME,
    "correlation_id": NAME,
    "health": KEPT,
    "sha256": KEPT,
    "pack_id": KEPT,
    "tagmanifest_sha256": KEPT,
    "thing": KEPT,
    "thing_key": PATH,
    "of_vault_id": PATH,
    "state": KEPT,
}
"""Columns that mean the same in every table."""

_OF_TABLES = {
    "calls": {
        "subject": PATH,
        "url": ADDRESS,
        "api_version": KEPT,
        "filter": TEXT,
        "request_body": HIDDEN,
        "next_link": ADDRESS,
        "request_id": NAME,
        "principal_id": NAME,
    },
    "coverage": {"first_call_id": CALL, "last_call_id": CALL},
    "vaults": {
        "source_kind": KEPT,
        "subscription_id": NAME,
        "resource_group": NAME,
        "sku": KEPT,
        "redundancy": KEPT,
        "cross_region_restore": KEPT,
        "soft_delete": KEPT,
        "enhanced_security": KEPT,
        "immutability": KEPT,
        "multi_user_authorization": KEPT,
        "resource_guard_id": PATH,
        "guarded_operations": PATH,
        "encryption": KEPT,
        "encryption_key": NAME,
        "infrastructure_encryption": KEPT,
        "public_network_access": KEPT,
        "private_endpoints": KEPT,
    },
    "policies": {"content_sha256": KEPT, "schedule": TEXT, "retention": TEXT, "time_zone": KEPT},
    "containers": {
        "container_id": PATH,
        "container_type": KEPT,
        "registration_status": KEPT,
        "agent_version": KEPT,
    },
    "protected_items": {
        "item_id": PATH,
        "server_name": NAME,
        "instance_name": NAME,
        "protection_state": KEPT,
        "last_backup_status": KEPT,
    },
    "jobs": {
        "entity_friendly_name": NAME,
        "tasks": TEXT,
        "error_codes": KEPT,
        "error_titles": TEXT,
        "error_messages": TEXT,
        "recommendations": TEXT,
        "activity_id": NAME,
    },
    "recovery_points": {"point_type": KEPT, "consistency": KEPT, "tiers": KEPT, "rule_name": WORD},
    "restore_jobs": {
        "restore_type": KEPT,
        "location_type": KEPT,
        "target": PATH,
        "recovery_point_at_text": TEXT,
        "recovery_point_id_sent": NAME,
    },
    "activity": {"event_id": NAME, "caller": NAME, "caller_oid": NAME},
    "inventory": {"source": KEPT, "of_resource_id": PATH, "resource_type": KEPT},
    "restore_links": {"link": KEPT, "candidates": NAME},
    "reconciliation": {
        "compared_with": KEPT,
        "difference": KEPT,
        "field": KEPT,
        "azure_says": TEXT,
        "second_says": TEXT,
    },
    "slots": {
        "item_name": NAME,
        "part": KEPT,
        "policy_sha256": KEPT,
        "job_ids": NAME,
        "error_family": TEXT,
        "error_codes": KEPT,
    },
    "exceptions": {
        # A hash of names that can be guessed would tell who guessed right.
        "exception_key": NAME,
        "parent_key": NAME,
        "class": KEPT,
        "severity": KEPT,
        "subject": NAME,
        "error_family": TEXT,
        "bucket": KEPT,
        "owner": NAME,
        "owner_rule": NAME,
        "decided_by": NAME,
        "approver": NAME,
        "job_ids": NAME,
        "error_codes": KEPT,
        "summary": TEXT,
        "recommendation": TEXT,
        "actor": NAME,
        "closed_because": HIDDEN,
        "told": HIDDEN,
    },
    "attainment": {"standing": KEPT, "target_source": NAME},
    "exceptions_week": {
        "exception_key": NAME,
        "class": KEPT,
        "severity": KEPT,
        "subject": NAME,
        "owner": NAME,
        "decided_by": NAME,
        "approver": NAME,
        "decision_grade": KEPT,
        "bucket": KEPT,
        "moved": KEPT,
        "previous_state": KEPT,
        "previous_bucket": KEPT,
        "closed_because": HIDDEN,
        "summary": TEXT,
    },
    "exception_events": {"exception_key": NAME, "event": KEPT, "told": HIDDEN},
    "canaries": {"detector": KEPT, "planted": KEPT},
    "not_compared": {"what": TEXT},
    "figures": {
        "anchor": KEPT,
        "name": KEPT,
        "value": KEPT,
        "unit": KEPT,
        "definition": KEPT,
        "note": KEPT,
        "file": KEPT,
        "filter": KEPT,
    },
    "presence": {"seen": KEPT},
    "restated": {"item": NAME, "state_then": KEPT, "state_now": KEPT, "earlier_pack": KEPT},
    "oddities": {"what": KEPT, "sentence": TEXT, "calls": CALL},
    "aging": {
        "bucket": KEPT,
        "subject": WORD,
        "error": TEXT,
        "moved": KEPT,
        "previous_bucket": KEPT,
        "previous_pack": KEPT,
    },
    "reviews": {"reviewer": NAME, "account": NAME, "remarks": HIDDEN},
    "deliveries": {"receiver": NAME, "purpose": HIDDEN, "asked_by": NAME},
    "access": {
        "place": KEPT,
        "holder": WORD,
        "means": KEPT,
        "finding": KEPT,
        "right": KEPT,
        "detail": HIDDEN,
    },
    "configuration_changes": {
        "adopted_by": NAME,
        "setting": KEPT,
        "change": KEPT,
        "before": HIDDEN,
        "after": HIDDEN,
        "configuration_sha256": KEPT,
        "previous_sha256": KEPT,
        "code_version": KEPT,
    },
    # Ids of drills and plans are chosen by people, and a check or a reason may name anything.
    "drills": {
        "drill_id": NAME,
        "quarter": KEPT,
        "counted": KEPT,
        "plan_id": NAME,
        "application": NAME,
        "drill_type": WORD,
        "reason": HIDDEN,
        "stratum": KEPT,
        "needs": KEPT,
        "tester": NAME,
        "tester_oid": NAME,
        "retest_of": NAME,
        "superseded_by": NAME,
        "point_grade": KEPT,
        "job_grade": KEPT,
        "timing_by": NAME,
        "rto_reached": KEPT,
        "rpo_exempt_because": HIDDEN,
        "rpo_reached": KEPT,
        "first_decision": KEPT,
        "decision": KEPT,
        "clean_up": WORD,
        "clean_up_grade": KEPT,
        "waiver_reason": HIDDEN,
        "waived_by": NAME,
        "remark": HIDDEN,
        "record_sha256": KEPT,
        "record_is": KEPT,
        "record": HIDDEN,
    },
    "drill_executions": {
        "drill_id": NAME,
        "location_type": KEPT,
        "target_subscription": NAME,
        "target_group": NAME,
        "target_name": NAME,
        "target_network": PATH,
        "target_tag": NAME,
        "link": KEPT,
        "point_grade": KEPT,
        "point_consistency": KEPT,
        "point_tier": KEPT,
        "initiator": NAME,
        "initiator_oid": NAME,
        "initiator_grade": KEPT,
        "activity_event_id": NAME,
    },
    "validations": {
        "drill_id": NAME,
        "check_id": NAME,
        "kind": WORD,
        "expected": HIDDEN,
        "actual": HIDDEN,
        "tolerance": HIDDEN,
        "result": KEPT,
        "checked_by": NAME,
        "checked_by_oid": NAME,
        "artefacts": KEPT,
    },
    "deviations": {
        "drill_id": NAME,
        "deviation_id": NAME,
        "kind": WORD,
        "severity": WORD,
        "cause": HIDDEN,
        "owner": NAME,
        "action": HIDDEN,
        "ticket": NAME,
        "retest": NAME,
        "closed_by": NAME,
    },
    "signoffs": {
        "drill_id": NAME,
        "plan_id": NAME,
        "role": KEPT,
        "decision": KEPT,
        "person": NAME,
        "object_id": NAME,
        "record_sha256": KEPT,
        "comment": HIDDEN,
        "answers": HIDDEN,
        "issuer": NAME,
        "username": NAME,
        "amr": KEPT,
        "account": NAME,
        "configuration_sha256": KEPT,
        "statement_sha256": KEPT,
        "statement": HIDDEN,
        "signer": KEPT,
        "signer_fingerprint_sha256": KEPT,
    },
    "drill_restores": {
        "location_type": KEPT,
        "target_subscription": NAME,
        "target_group": NAME,
        "target_name": NAME,
        "link": KEPT,
        "initiator": NAME,
        "verdict": KEPT,
        "reasons": HIDDEN,
        "known_by": TEXT,
        "decided_by": NAME,
        "drill_id": NAME,
    },
    "drill_items": {
        "application": NAME,
        "due_because": TEXT,
        "absent_because": TEXT,
        "standing": KEPT,
        "last_accepted_drill": NAME,
    },
    "drill_plans": {
        "plan_id": NAME,
        "quarter": KEPT,
        "scope": KEPT,
        "drafted_by": NAME,
        "approved_by": NAME,
        "plan_sha256": KEPT,
        "population_sha256": KEPT,
        "population": HIDDEN,
        "incomplete": TEXT,
        "configuration_sha256": KEPT,
        "seed_sha256": KEPT,
        "seed": KEPT,
    },
    "drill_samples": {"plan_id": NAME, "stratum": KEPT},
}


def showing(table: Table, column: Column) -> Showing:
    """How a text column is shown; one that nobody classified is hidden."""
    own = _OF_TABLES.get(table.name, {})
    return own.get(column.name) or _EVERYWHERE.get(column.name, HIDDEN)


def of_text(column: Column) -> bool:
    """Whether a column holds texts or lists of texts."""
    return pa.types.is_string(column.type) or pa.types.is_list(column.type)


def unclassified() -> Iterator[tuple[str, str]]:
    """Text columns that are hidden because nobody said how they are shown."""
    for table in ALL.values():
        for column in table.columns:
            if of_text(column) and column.name not in {**_EVERYWHERE, **_OF_TABLES.get(table.name, {})}:
                yield table.name, column.name
