"""Verifies packs, as a stranger would: without network, store or configuration.

`verify_pack` is the way in; `opening`, `files`, `seals`, `report`, `saying` and `tables` are its steps in this order.
"""

from __future__ import annotations

from evidence.packs.verification.checks import About, Check, Finding, Trust, Verification
from evidence.packs.verification.inclusion import Held
from evidence.packs.verification.reperformance import CallsGiven
from evidence.packs.verification.verify import verify_pack

__all__ = ["About", "CallsGiven", "Check", "Finding", "Held", "Trust", "Verification", "verify_pack"]
