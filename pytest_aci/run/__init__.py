from __future__ import annotations

from pytest_aci.run.run import Order, Run
from pytest_aci.run.seat import Seat
from pytest_aci.run.tapes import declared_secrets, open_deck

__all__ = ["Order", "Run", "Seat", "declared_secrets", "open_deck"]
