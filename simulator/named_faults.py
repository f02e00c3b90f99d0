"""The faults that Azure's callers meet, by name, each as the parts of a rule.

Facts only: statuses, codes, texts and envelopes as recorded, or as Azure's documentation words them. What a rule is about
(`path`), how often it holds (`skip`, `times`) and addresses of other hosts are the rule's own. See `faults`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

Parts = Mapping[str, object]


def _error(status: int, code: str, message: str, **headers: str) -> Parts:
    return {"status": status, "body": json.dumps({"error": {"code": code, "message": message}}), "headers": headers}


_LIMIT = (
    "Number of requests for action 'Microsoft.RecoveryServices/vaults/backupJobs/read' exceeded the limit of '150' for "
    "time interval '01:00:00'."
)
_OLD_ENVELOPE = {
    "ErrorCode": "CloudInternalError",
    "Message": {"Language": "en-US", "Value": "Microsoft Azure Backup encountered an internal error."},
}

_OWNER = {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}

NAMED: Mapping[str, Parts] = {
    "over-privileged": {"status": 200, "body": json.dumps({"value": [_OWNER]})},
    "401": _error(401, "InvalidAuthenticationToken", "The access token is invalid."),
    "403": _error(403, "AuthorizationFailed", "The client does not have authorization to perform the action."),
    "404-vault-gone": _error(404, "ResourceNotFound", "The Resource was not found under its resource group."),
    "409-not-registered": _error(
        409,
        "MissingSubscriptionRegistration",
        "The subscription is not registered to use namespace 'Microsoft.RecoveryServices'.",
    ),
    "429-retry-after": _error(
        429, "ResourceRequestsThrottled", _LIMIT, **{"retry-after": "324", "x-ms-failure-cause": "gateway"}
    ),
    "429-text": _error(429, "ResourceRequestsThrottled", f"{_LIMIT} Please try again after '324' seconds."),
    "429-bare": _error(429, "TooManyRequests", "Too many requests."),
    "500": _error(500, "RestApiInternalError", "An internal error occurred."),
    "500-page-2": {**_error(500, "RestApiInternalError", "An internal error occurred."), "later_page": True},
    "503": _error(503, "ServerTimeout", "The request timed out. Diagnostic information follows."),
    "504": _error(504, "GatewayTimeout", "The gateway did not receive a response within the specified time period."),
    "reset": {"reset": True},
    "stalled": {"stall_s": 600},
    "cut-short": {"cut_body": 5},
    "invalid-json": {"status": 200, "body": "<html><body>The service is being updated.</body></html>"},
    "200-error-envelope": {
        **_error(200, "CloudInternalError", "Microsoft Azure Backup encountered an internal error.")
    },
    "200-old-error-envelope": {"status": 200, "body": json.dumps(_OLD_ENVELOPE)},
    "next-link-loop": {"next_link": "again"},
    "duplicate-rows": {"repeat_rows": 2},
    "filter-ignored": {"drop_filter": True},
    "api-version-refused": _error(
        400,
        "NoRegisteredProviderFound",
        "No registered resource provider found for location 'westeurope' and API version '2023-04-01' for type 'vaults'.",
    ),
    "api-version-invalid": _error(400, "InvalidApiVersionParameter", "The api-version '2023-04-01' is invalid."),
    "unknown-values": {"set_fields": {"properties.status": "Suspended", "properties.operation": "Teleport"}},
    "unknown-object-type": {"set_fields": {"properties.objectType": "QuantumRecoveryPoint"}},
    "unknown-resource-type": {"set_fields": {"type": "Microsoft.RecoveryServices/vaults/backupStreams"}},
    "token-expired": {"end_tokens": True, "times": 1},
    "sign-in-refused": {
        "status": 400,
        "body": json.dumps({"statusCode": 400, "message": "No identity is assigned to this machine."}),
    },
    "clock-ahead": {"date_skew_s": 900},
    "clock-behind": {"date_skew_s": -900},
}
"""`next_link` to another host is no name: the host is the rule's own, `{"path": …, "next_link": "http://…"}`."""
