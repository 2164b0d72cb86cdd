"""What can be asked of one container: logs, exec, attach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.emulator import schema
from pytest_aci.emulator.answers import Answer
from pytest_aci.emulator.calls import whole
from pytest_aci.emulator.errors import ArmError
from pytest_aci.emulator.runtimes.logs import LIMIT, select

if TYPE_CHECKING:
    from pytest_aci.emulator.calls import Call
    from pytest_aci.emulator.consoles import Console

DEFAULT_ROWS, DEFAULT_COLUMNS = 24, 80
MAX_SIZE = 10_000


async def logs(call: Call) -> Answer:
    """`{"content": …}`: standard output and error of a container that runs or ran."""
    group = call.group()
    container = call.container(group)
    tail = _tail(call.query.get("tail"))
    timestamps = call.query.get("timestamps", "").lower() == "true"
    lifecycle = call.cloud.host.lifecycle(group)
    view = group.views.get(container) or group.init_views.get(container)
    if lifecycle.sandbox is not None and view is not None and view.current is not None and view.current.started:
        content = await lifecycle.sandbox.logs(container, tail=tail, timestamps=timestamps)
    elif container in group.logs:
        content = select(group.logs[container], tail=tail, timestamps=timestamps)
    else:
        raise ArmError("ContainerLogNotAvailable", container=container, group=group.name)
    return Answer(200, {"content": content[-LIMIT:].decode(errors="replace")}, region=group.location)


async def execute(call: Call) -> Answer:
    """A web socket's address and password; it also succeeds for a container that has ended."""
    group = call.group()
    container = call.container(group)
    asked = call.read(schema.EXEC)
    command = asked.get("command", "")
    size = asked.get("terminalSize", {})
    # A terminal that does not know its size says 0 to whom asks it, and `az container exec` passes that on.
    rows, columns = size.get("rows") or DEFAULT_ROWS, size.get("cols") or DEFAULT_COLUMNS
    if not command:
        raise ArmError("InvalidExecRequest", container=container, rule="the command cannot be empty.")
    if not (0 < rows <= MAX_SIZE and 0 < columns <= MAX_SIZE):
        raise ArmError("InvalidExecRequest", container=container, rule="the terminal size is out of range.")
    console = call.cloud.consoles.open(group, container, command, rows, columns)
    return _answer(call, console, f"&rows={rows}&cols={columns}")


async def attach(call: Call) -> Answer:
    """The same pair of fields, for the container's own output."""
    group = call.group()
    console = call.cloud.consoles.open(group, call.container(group), None, DEFAULT_ROWS, DEFAULT_COLUMNS)
    return _answer(call, console, "")


def _answer(call: Call, console: Console, size: str) -> Answer:
    scheme, _, host = call.base.partition("://")
    kind = "attachstream" if console.command is None else "execstream"
    socket = "wss" if scheme == "https" else "ws"
    address = f"{socket}://{host}/{kind}/sessionId/{console.id}?api-version=1.0{size}"
    return Answer(200, {"webSocketUri": address, "password": console.password}, region=console.group.location)


def _tail(given: str | None) -> int | None:
    if given is None or given == "":
        return None
    tail = whole(given)
    if tail is None:
        raise ArmError("InvalidLogTail", tail=given)
    return tail
