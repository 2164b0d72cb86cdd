"""`Microsoft.ContainerInstance/containerGroups`: create and update, get, list, tag, delete, start, stop, restart."""

from __future__ import annotations

import asyncio
import logging
import uuid
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from pytest_aci.emulator import defaults, documents, schema, validation, versions
from pytest_aci.emulator.answers import CREATED, NO_CONTENT, Answer
from pytest_aci.emulator.calls import not_found, refuse_if_deleting
from pytest_aci.emulator.errors import ArmError
from pytest_aci.emulator.facts import REGISTRY
from pytest_aci.emulator.host import give_up
from pytest_aci.emulator.records import CONTAINER_GROUP_TYPE, ContainerGroup
from pytest_aci.emulator.regions import normalised
from pytest_aci.emulator.runtimes.base import InaccessibleImage, RuntimeUnavailable
from pytest_aci.emulator.scripts import NATURAL

if TYPE_CHECKING:
    from pytest_aci.emulator.calls import Call
    from pytest_aci.emulator.records import Operation
    from pytest_aci.emulator.scripts import Script

logger = logging.getLogger(__name__)

REASON_HEADER = "x-emulator-reason"
"""Why an image can not be had here, beside Azure's own words, which blame the image or its credential."""


async def put(call: Call) -> Answer:
    """201 with the address of the operation; 200 for a group that exists, which is run anew unless only tags differ."""
    name = call.parameters["group"]
    asked = call.read(schema.GROUP)
    resource_group = call.resource_group()
    location = validation.check_location(asked.get("location"), CONTAINER_GROUP_TYPE)
    validation.check_tags(asked.get("tags"))
    validation.check_group(name, asked["properties"])
    group = ContainerGroup(
        uid=str(uuid.uuid4()),
        subscription=call.subscription,
        resource_group=resource_group.name,
        name=name,
        location=location,
        properties=asked["properties"],
        tags=asked.get("tags"),
        zones=asked.get("zones"),
        identity=asked.get("identity"),
    )
    _drop_scope_without_label(group.properties)
    _check_place(call, group)
    try:
        pulls = await call.cloud.host.pull(group)
    except InaccessibleImage as error:
        why = {REASON_HEADER: " ".join(error.reason.split())}
        raise ArmError("InaccessibleImage", headers=why, image=error.image, group=name) from error
    except RuntimeUnavailable as error:
        logger.warning("%s", error)
        raise ArmError("RegistryErrorResponse", registry=REGISTRY) from error
    # Another request may have come and gone meanwhile. From here on there is no await: one of two creates is first.
    try:
        existing = _check_place(call, group)
    except ArmError:
        await give_up(pulls)
        raise
    if existing is None:
        call.cloud.store.put_group(group)
        return _begun(call, CREATED, group, call.cloud.host.create(group, pulls, call.script))
    if _is_unchanged(existing, group):
        existing.tags, existing.zones, existing.identity = group.tags, group.zones, group.identity
        call.cloud.store.changed(existing)
        answer = _begun(call, 200, existing, call.cloud.host.unchanged(existing))
        await give_up(pulls)
        return answer
    predecessor = call.cloud.host.take(existing)
    call.cloud.store.put_group(group)
    return _begun(call, 200, group, call.cloud.host.create(group, pulls, call.script, predecessor))


async def get(call: Call) -> Answer:
    """The group with all its instance views."""
    group = call.group()
    if _is_hidden(call, group):
        raise not_found(group.resource_group, group.name)
    return _answer(call, group)


async def list_by_resource_group(call: Call) -> Answer:
    """The groups of one resource group, without any instance view."""
    return _list(call, call.cloud.store.groups(call.subscription, call.resource_group().name))


async def list_all(call: Call) -> Answer:
    """The groups of the subscription, without any instance view."""
    return _list(call, call.cloud.store.groups(call.subscription))


async def patch(call: Call) -> Answer:
    """Tags, replaced as a whole; everything else in the body is ignored."""
    group = call.group()
    asked = call.read(schema.GROUP_UPDATE)
    validation.check_tags(asked.get("tags"))
    group.tags = asked.get("tags", group.tags)
    call.cloud.store.changed(group)
    return _answer(call, group)


async def delete(call: Call) -> Answer:
    """200 with the group as it was just before; 204 for one that does not exist. Its processes have ended by then."""
    resource_group, name, store = call.resource_group(), call.parameters["group"], call.cloud.store
    await asyncio.sleep(call.script.seconds)
    group = store.group(call.subscription, resource_group.name, name)
    if group is None:
        return Answer(NO_CONTENT, region=resource_group.location)
    if call.script.outcome:
        raise _undeletable(group, call.script)
    answer = _answer(call, group)
    store.remove_group(group)
    try:
        await call.cloud.host.end(group)
    except Exception:
        # It still runs, and the next DELETE must find it, unless its name has been taken meanwhile.
        if store.group(call.subscription, resource_group.name, name) is None:
            store.put_group(group)
        raise
    return answer


async def start(call: Call) -> Answer:
    """204 with the address of the operation."""
    group = _settled(call)
    return _accepted(call, group, call.cloud.host.start(group, call.script))


async def restart(call: Call) -> Answer:
    """204 with the address of the operation; a stopped group can only be started."""
    group = _settled(call)
    if group.state == "Stopped":
        raise ArmError("ContainerGroupStopped", name=group.name, group=group.resource_group)
    return _accepted(call, group, call.cloud.host.restart(group, call.script))


async def stop(call: Call) -> Answer:
    """204 when every container has ended."""
    group = _settled(call)
    await call.cloud.host.stop(group)
    return Answer(NO_CONTENT, region=group.location)


async def outbound_dependencies(call: Call) -> Answer:
    """A bare list, and an empty one."""
    return Answer(200, [], region=call.group().location)


async def delete_subnet_link(call: Call) -> Answer:
    """204: nothing links a subnet of the emulator to anything."""
    return Answer(NO_CONTENT, region=call.configuration.region)


async def operation_status(call: Call) -> Answer:
    """Always 200: how an operation is doing stands in the body."""
    operation = call.cloud.store.operation(call.parameters["operation"])
    if operation is None or operation.group.subscription != call.subscription:
        raise ArmError("OperationNotFound", operation=call.parameters["operation"])
    if not call.cloud.signatures.holds(call.path, call.query):
        raise ArmError("InvalidSignature")
    headers = {} if operation.ended else call.poll_headers()
    return Answer(200, documents.operation(operation), headers, region=operation.region)


def _undeletable(group: ContainerGroup, script: Script) -> ArmError:
    """A deletion that a fault rule lets go wrong; it has no operation that could be stuck or fail later."""
    natural = ArmError("ContainerGroupTransitioning", group=group.name)
    code = natural.code if script.code == NATURAL.code else script.code
    return ArmError.custom(natural.status, code, script.message or natural.message)


def _begun(call: Call, status: int, group: ContainerGroup, operation: Operation) -> Answer:
    extent = documents.JUST_CREATED if status == CREATED else documents.FULL
    body = documents.container_group(group, call.version, call.configuration.tenant, extent)
    return Answer(status, body, _operation_headers(call, operation), group.location, operation.id)


def _accepted(call: Call, group: ContainerGroup, operation: Operation) -> Answer:
    return Answer(
        NO_CONTENT, headers=_operation_headers(call, operation), region=group.location, request_id=operation.id
    )


def _operation_headers(call: Call, operation: Operation) -> dict[str, str]:
    path = (
        f"/subscriptions/{call.subscription}/providers/Microsoft.ContainerInstance"
        f"/locations/{normalised(operation.region)}/operations/{operation.id}"
    )
    signed = call.cloud.signatures.query(path, call.moment)
    address = f"{call.base}{path}?api-version={versions.OPERATIONS}{signed}"
    return {"Azure-AsyncOperation": address} | call.poll_headers()


def _answer(call: Call, group: ContainerGroup) -> Answer:
    body = documents.container_group(group, call.version, call.configuration.tenant)
    return Answer(200, body, region=group.location)


def _list(call: Call, groups: list[ContainerGroup]) -> Answer:
    return call.page(
        [
            documents.container_group(each, call.version, call.configuration.tenant, documents.WITHOUT_VIEWS)
            for each in groups
            if not _is_hidden(call, each)
        ]
    )


def _is_hidden(call: Call, group: ContainerGroup) -> bool:
    return any(fnmatchcase(group.name, pattern.lower()) for pattern in call.hidden)


def _settled(call: Call) -> ContainerGroup:
    group = call.group()
    refuse_if_deleting(call.resource_group())
    if call.cloud.host.lifecycle(group).in_transition:
        raise ArmError("ContainerGroupTransitioning", group=group.name)
    return group


def _check_place(call: Call, group: ContainerGroup) -> ContainerGroup | None:
    """Refuse a group for which there is no room in its place; the one that is there already."""
    refuse_if_deleting(call.resource_group())
    _check_label(call, group)
    existing = call.cloud.store.group(group.subscription, group.resource_group, group.name)
    if existing is None:
        _check_quota(call, group)
    else:
        validation.check_update(existing, group.properties, group.location)
    return existing


def _is_unchanged(existing: ContainerGroup, group: ContainerGroup) -> bool:
    """Whether what runs can go on. A GET's body that is put again changes nothing."""
    is_same = defaults.without(existing.properties) == defaults.without(group.properties)
    return is_same and existing.provisioning_state not in ("Failed", "Repairing")


def _check_label(call: Call, group: ContainerGroup) -> None:
    if group.dns_label is None:
        return
    owner = call.cloud.store.dns_label_owner(group.dns_label, group.location)
    if owner is not None and owner.id.lower() != group.id.lower():
        raise ArmError("DnsNameLabelNotAvailable", label=group.dns_label, group=group.name)


def _check_quota(call: Call, group: ContainerGroup) -> None:
    others = [
        each
        for each in call.cloud.store.groups(call.subscription)
        if normalised(each.location) == normalised(group.location) and each.id.lower() != group.id.lower()
    ]
    validation.check_quota(group, others, call.configuration.quota)


def _drop_scope_without_label(properties: dict[str, Any]) -> None:
    address = properties.get("ipAddress", {})
    if "dnsNameLabel" not in address:
        address.pop("autoGeneratedDomainNameLabelScope", None)
