"""The emulator's own doors below `/_emulator`: faults, the audit log, what lives and where. A header opens most."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from pytest_aci.emulator.answers import Answer
from pytest_aci.emulator.calls import whole
from pytest_aci.emulator.content import read_json
from pytest_aci.emulator.door import TOKEN_HEADER
from pytest_aci.emulator.errors import ArmError
from pytest_aci.emulator.faults import Rule, RuleError

if TYPE_CHECKING:
    from pytest_aci.emulator.calls import Call
    from pytest_aci.emulator.host import Host
    from pytest_aci.emulator.records import ContainerGroup

TOKENLESS = ("Emulator_Addresses",)
"""What everybody on this machine may ask, as the answer is in every list."""


def check_token(call: Call) -> None:
    """Refuse whoever does not show the token that the ready line gave, unless the door is open to everybody."""
    if call.operation in TOKENLESS:
        return
    given = call.headers.get(TOKEN_HEADER, "")
    if not secrets.compare_digest(given.encode(), call.cloud.token.encode()):
        message = f"The emulator's own doors need the token of its ready line in the header '{TOKEN_HEADER}'."
        raise ArmError.custom(401, "EmulatorTokenRequired", message)


async def list_faults(call: Call) -> Answer:
    """The rules in force, with how often each was seen and fired."""
    return Answer(200, {"value": call.cloud.faults.documents()})


async def add_fault(call: Call) -> Answer:
    """Put a rule in force; its id."""
    try:
        added = call.cloud.faults.add(Rule.read(read_json(call.body)))
    except RuleError as error:
        raise ArmError.custom(400, "InvalidFaultRule", str(error)) from error
    return Answer(201, {"id": added})


async def clear_faults(call: Call) -> Answer:
    """Take every rule out of force."""
    call.cloud.faults.clear()
    return Answer(204)


async def remove_fault(call: Call) -> Answer:
    """Take one rule out of force."""
    if not call.cloud.faults.remove(call.parameters["fault"]):
        raise ArmError.custom(404, "FaultRuleNotFound", f"No fault rule has the id '{call.parameters['fault']}'.")
    return Answer(204)


async def requests(call: Call) -> Answer:
    """The audit log; `?since=N` leaves out the entries up to number N."""
    since = whole(call.query.get("since", ""))
    return Answer(200, {"value": call.cloud.audit.documents(since or 0)})


async def clear_requests(call: Call) -> Answer:
    """Forget the audit log."""
    call.cloud.audit.clear()
    return Answer(204)


async def addresses(call: Call) -> Answer:
    """Where groups are reached from this machine."""
    host = call.cloud.host
    found = [
        {"id": each.id, "fqdn": each.fqdn, "ip": each.ip, "ports": _host_ports(host, each)}
        for each in call.cloud.store.groups()
    ]
    return Answer(200, {"value": found})


async def groups(call: Call) -> Answer:
    """Everything that exists, and how many places and containers live: for "nothing is left"."""
    store, host = call.cloud.store, call.cloud.host
    resource_groups = [
        {"id": each.id, "name": each.name, "provisioningState": each.provisioning_state}
        for subscription in call.configuration.subscriptions
        for each in store.resource_groups(subscription)
    ]
    container_groups: list[dict[str, Any]] = [
        {
            "id": each.id,
            "name": each.name,
            "provisioningState": each.provisioning_state,
            "state": each.state,
            "ip": each.ip,
            "hostPorts": _host_ports(host, each),
            "running": sorted(host.lifecycle(each).containers.running),
        }
        for each in store.groups()
    ]
    return Answer(
        200,
        {"resourceGroups": resource_groups, "containerGroups": container_groups, "live": host.counts()},
    )


def _host_ports(host: Host, group: ContainerGroup) -> dict[str, int]:
    return {str(port): bound for port, bound in host.host_ports(group).items()}
