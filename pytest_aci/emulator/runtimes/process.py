"""The process runtime: containers as processes of this machine, for where there is no Docker.

Not a sandbox. Processes run as the emulator's user (in a user namespace they believe to be root), see the whole file
system and may change it, are not limited in CPU, and in memory only by RLIMIT_DATA, so that too much of it is an error
inside the process and never an OOM kill. What Linux allows without images is there: per group a network namespace, per
container a pid and a mount namespace. Where Linux does not allow even that, stand-ins cooperate by serving on ACI_BIND.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from . import catalogue, folders
from .base import RuntimeUnavailable
from .closing import close_all
from .keeper import IsolationRefused, Keeper
from .process_sandbox import ProcessSandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .base import Credential, GroupPlan, Sandbox
    from .keeper import Isolation

_LOG: Final = logging.getLogger(__name__)
_SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ProcessRuntime:
    """Runs the stand-ins of `catalogue`, and with *allow_host_commands* any explicit command of any image.

    *isolation* is the best one to try: `root` (namespaces by right), `user` (a user namespace), `none`. What was worse
    than hoped for is a sentence in `notices`, and logged once.
    """

    name: Final = "process"

    def __init__(self, *, allow_host_commands: bool = False, isolation: Isolation | None = None) -> None:
        if os.name != "posix":
            raise RuntimeUnavailable("process", f"it needs fork and Unix sockets, which {sys.platform} does not have.")
        self.notices: list[str] = []
        self._allow_host_commands = allow_host_commands
        self._isolations: list[Isolation] = [isolation] if isolation else _isolations_to_try()
        self._sandboxes: set[ProcessSandbox] = set()
        self._home = folders.make()
        self._tools = self._home / "bin"
        self._tools.mkdir()
        for tool in ("python", "python3"):
            (self._tools / tool).symlink_to(Path(sys.executable).resolve())

    async def pull(self, image: str, credentials: Sequence[Credential]) -> str:  # noqa: ARG002 # nothing is fetched
        """Return a made-up digest reference if there is a program for *image*."""
        catalogue.program(image, allow_host_commands=self._allow_host_commands)
        return catalogue.digest(image)

    async def open(self, plan: GroupPlan) -> Sandbox:
        """Make a group's namespaces, address and volumes."""
        keeper, isolation = await self._keeper()
        try:
            folder = Path(tempfile.mkdtemp(dir=self._home, prefix="group-"))
            sandbox = ProcessSandbox(plan, keeper, folder, self, isolated=isolation != "none")
        except BaseException:
            await keeper.close()
            raise
        self._sandboxes.add(sandbox)
        try:
            await sandbox.prepare()
        except BaseException:
            await sandbox.close()
            raise
        return sandbox

    async def reconcile(self, known: Sequence[str]) -> list[str]:  # noqa: ARG002 # as Runtime says
        """Remove nothing: no process outlives its emulator."""
        return []

    async def close(self) -> None:
        """End all groups."""
        await close_all(list(self._sandboxes))
        await asyncio.to_thread(shutil.rmtree, self._home, ignore_errors=True)

    def program(self, image: str) -> catalogue.Program:
        """Return what to run for *image*."""
        return catalogue.program(image, allow_host_commands=self._allow_host_commands)

    def path(self) -> str:
        """Return the PATH of containers: `python` is the emulator's own interpreter."""
        return f"{self._tools}:{_SYSTEM_PATH}"

    def share(self, key: str) -> Path:
        """Return the folder of an Azure file share, which all groups of this runtime see."""
        folder = self._home / "shares" / key.replace("%", "%25").replace("/", "%2F")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def forget(self, sandbox: ProcessSandbox) -> None:
        """Take note that a group is gone."""
        self._sandboxes.discard(sandbox)

    def notice(self, sentence: str) -> None:
        """Say something that the user should know, once."""
        if sentence not in self.notices:
            self.notices.append(sentence)
            _LOG.warning("%s", sentence)

    async def _keeper(self) -> tuple[Keeper, Isolation]:
        while True:
            isolation = self._isolations[0]
            try:
                return await Keeper.start(isolation), isolation
            except IsolationRefused as refused:
                if self._isolations[1:] and self._isolations[0] == isolation:
                    self._isolations.pop(0)
                elif self._isolations[0] == isolation:
                    raise RuntimeUnavailable("process", str(refused)) from None
                if self._isolations[0] == "none":
                    self.notice(
                        "Container groups share this machine's network, because Linux allows no namespaces here "
                        f"({refused.reason}): only stand-ins serve on their group's own address, and volumes are "
                        "found through ACI_VOLUME_<NAME>, not at their mount paths."
                    )


def _isolations_to_try() -> list[Isolation]:
    if sys.platform != "linux":
        return ["none"]
    return ["root", "user", "none"] if os.geteuid() == 0 else ["user", "none"]
