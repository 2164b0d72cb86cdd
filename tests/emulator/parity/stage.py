"""The emulator that all scenes play in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.emulator.running import Client, Running


class Stage:
    """One emulator with three resource groups: one to live in, one that stays empty, one for what is refused."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.client: Client = running.client()
        self.client.make_rg("plain", tags={"kind": "home"})
        self.client.make_rg("lists", location="North Europe")
        self.client.make_rg("errors")
