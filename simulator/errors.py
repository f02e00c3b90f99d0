"""What the simulator refuses, and how ARM words a refusal.

No request handling here. An error that a caller of ARM would see is a body (`arm_error`), never an exception.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from simulator.interface import ArmResponse

JSON = "application/json; charset=utf-8"


class SimulatorError(Exception):
    """Something the simulator was asked for and cannot do."""


class ClockError(SimulatorError):
    """The clock was asked to go back."""


class FaultError(SimulatorError):
    """A fault rule that cannot be understood."""


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> ArmResponse:
    """One JSON answer in the compact form that Azure sends."""
    return ArmResponse(status, orjson.dumps(body), {"content-type": JSON, **(headers or {})})


def arm_error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> ArmResponse:
    """An error in ARM's envelope, `{"error": {"code", "message"}}`."""
    return json_response({"error": {"code": code, "message": message}}, status, headers)
