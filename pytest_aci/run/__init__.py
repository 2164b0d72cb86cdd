from __future__ import annotations

from pytest_aci.run.run import Order, Run
from pytest_aci.run.seat import Seat
from pytest_aci.run.tapes import open_deck

__all__ = ["Order", "Run", "Seat", "open_deck"]
