"""The emulated Azure as one object: every part built once, closed once."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from . import api
from .audit import Audit
from .calls import OWN
from .consoles import Consoles
from .counters import Counters
from .faults import Faults
from .host import Host
from .identity import Identity
from .images import FaultyRuntime
from .runtimes import folders
from .signatures import Signatures
from .store import Memory, Store

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .configuration import Configuration
    from .runtimes.base import Runtime
    from .store import Journal


class Cloud:
    """All parts of one emulator.

    Attributes:
        token: What opens the emulator's own doors below `/_emulator`.
    """

    def __init__(
        self,
        configuration: Configuration,
        runtime: Runtime,
        journal: Journal | None = None,
        token: str | None = None,
    ) -> None:
        self.configuration = configuration
        self.token = token or secrets.token_urlsafe(24)
        self.store = Store(journal or Memory())
        self.host = Host(FaultyRuntime(runtime), self.store, configuration)
        self.faults = Faults({route.operation for route in api.ROUTES if route.provider != OWN})
        self.audit = Audit(configuration.audited)
        self.counters = Counters()
        self.consoles = Consoles()
        self.identity = Identity(configuration)
        self.signatures = Signatures()
        self.https_url: str | None = None
        self.registered = set(configuration.subscriptions)
        self._jobs: set[asyncio.Task[None]] = set()

    async def open(self) -> list[str]:
        """Remove what an emulator before this one left behind; what was removed."""
        folders_of_others = await asyncio.to_thread(folders.remove_orphans)
        return folders_of_others + await self.host.runtime.reconcile([])

    def spawn(self, job: Coroutine[Any, Any, None]) -> None:
        """Let a job go on after the answer that began it."""
        task = asyncio.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def close(self) -> None:
        """End every job and every container, then write no more."""
        for job in list(self._jobs):
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)
        await self.host.close()
        self.store.close()
