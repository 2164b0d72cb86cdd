from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_aci.cleanup.ownership import Identity
from pytest_aci.cleanup.process import Process

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aci.settings import Settings


@dataclass(frozen=True, slots=True)
class Seat:
    """Which process of a run this is. *endpoint* is the emulator's URL if the controller has started one.

    *worker* tells the processes of a run apart, and is empty if there is one. *state* is the folder of what is
    remembered from run to run, the same for all of them; without one, the environment says where it is.

    Only the *owner* deletes what is shared: the controller under xdist, else the only process.
    """

    identity: Identity
    owner: Process = field(default_factory=Process.current)
    shares: bool = False
    endpoint: str | None = None
    worker: str = ""
    state: Path | None = None

    @property
    def owns_deletion(self) -> bool:
        """Whether this process is the owner, and not a worker of it or a child that a test forked."""
        return self.owner.is_current

    @classmethod
    def alone(cls, settings: Settings, state: Path | None = None) -> Seat:
        """Return the seat of a run without xdist."""
        return cls(Identity.new() if settings.mode.is_live else Identity.replay(), state=state)
