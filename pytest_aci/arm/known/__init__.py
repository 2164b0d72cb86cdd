"""What is known about the ways in which Azure refuses: one row each, the more particular ones first.

A row is chosen by the innermost code and the message, never by the HTTP status: a lack of capacity arrives as 409,
a taken DNS label has been seen as 500, and a failed deployment is a 200.
"""

from __future__ import annotations

from pytest_aci.arm.known.circumstances import CIRCUMSTANCES
from pytest_aci.arm.known.creation import CREATION
from pytest_aci.arm.known.row import KnownFailure

__all__ = ["KNOWN_FAILURES", "KnownFailure"]

KNOWN_FAILURES = (*CREATION, *CIRCUMSTANCES)
