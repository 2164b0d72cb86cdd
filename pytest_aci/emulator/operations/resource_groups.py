"""`Microsoft.Resources/resourceGroups`: create, get, check, update, delete, list."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import re
from typing import TYPE_CHECKING, Any

from pytest_aci.emulator import documents, schema, validation
from pytest_aci.emulator.answers import NOTHING, Answer
from pytest_aci.emulator.calls import refuse_if_deleting
from pytest_aci.emulator.errors import ArmError
from pytest_aci.emulator.records import CONTAINER_GROUP_TYPE, Deletion, ResourceGroup
from pytest_aci.emulator.regions import normalised

if TYPE_CHECKING:
    from pytest_aci.emulator.calls import Call
    from pytest_aci.emulator.cloud import Cloud
    from pytest_aci.emulator.scripts import Script

logger = logging.getLogger(__name__)

RETRY_AFTER = 15
"""Seconds that Azure asks a client to wait between two looks at a deletion."""
TOKEN_NAME_LENGTH = 64
FILTER = re.compile(
    r"\s*tagname\s+eq\s+'(?P<name>(?:[^']|'')*)'(?:\s+and\s+tagvalue\s+eq\s+'(?P<value>(?:[^']|'')*)')?\s*",
    re.IGNORECASE,
)
TYPE_FILTER = re.compile(r"\s*resourceType\s+eq\s+'(?P<type>[^']*)'\s*", re.IGNORECASE)


async def put(call: Call) -> Answer:
    """201 for a new one, 200 for one that exists, whose tags are replaced as a whole."""
    name = call.parameters["resource_group"]
    validation.check_resource_group_name(name)
    asked = call.read(schema.RESOURCE_GROUP)
    existing = call.cloud.store.resource_group(call.subscription, name)
    if existing is not None:
        refuse_if_deleting(existing)
    location = normalised(validation.check_location(asked.get("location"), None))
    validation.check_tags(asked.get("tags"))
    if existing is not None and existing.location != location:
        raise ArmError("InvalidResourceGroupLocation", location=location, existing=existing.location)
    group = existing or ResourceGroup(call.subscription, name, location)
    group.tags = asked.get("tags")
    group.managed_by = asked.get("managedBy")
    call.cloud.store.put_resource_group(group)
    return Answer(201 if existing is None else 200, documents.resource_group(group, call.version))


async def get(call: Call) -> Answer:
    """The group, also while it is being deleted."""
    return Answer(200, documents.resource_group(call.resource_group(), call.version))


async def head(call: Call) -> Answer:
    """204 if it exists; the 404 has the headers of an error's body, and no body."""
    call.resource_group()
    return Answer(204)


async def patch(call: Call) -> Answer:
    """Tags and managedBy, replaced where they are sent."""
    group = call.resource_group()
    refuse_if_deleting(group)
    asked = call.read(schema.RESOURCE_GROUP)
    validation.check_tags(asked.get("tags"))
    group.tags = asked.get("tags", group.tags)
    group.managed_by = asked.get("managedBy", group.managed_by)
    call.cloud.store.put_resource_group(group)
    return Answer(200, documents.resource_group(group, call.version))


async def delete(call: Call) -> Answer:
    """202 with the address of the deletion's result; a second request joins the deletion, unless that is stuck."""
    group = call.resource_group()
    token = deletion_token(group.name, group.location)
    under_way = call.cloud.store.deletion(call.subscription, token)
    if group.provisioning_state != "Deleting" or (under_way is not None and under_way.is_stuck):
        group.provisioning_state = "Deleting"
        call.cloud.store.put_resource_group(group)
        deletion = Deletion(token, group.name)
        call.cloud.store.add_deletion(call.subscription, deletion)
        call.cloud.spawn(_delete(call.cloud, group, deletion, call.script))
    return Answer(202, headers=_location(call, token))


async def result(call: Call) -> Answer:
    """202 while a deletion goes on, an empty 200 when it is done."""
    deletion = call.cloud.store.deletion(call.subscription, call.parameters["token"])
    if deletion is None:
        raise ArmError("OperationNotFound", operation=call.parameters["token"])
    if deletion.error is not None:
        return Answer(409, deletion.error)
    if deletion.done:
        return Answer(200, NOTHING)
    return Answer(202, headers=_location(call, deletion.token))


async def list_all(call: Call) -> Answer:
    """All groups of the subscription, or those with a tag."""
    groups = call.cloud.store.resource_groups(call.subscription)
    name, value = _tag_filter(call.query.get("$filter"))
    if name is not None:
        groups = [each for each in groups if _has_tag(each.tags, name, value)]
    return call.page([documents.resource_group(each, call.version) for each in groups])


async def list_resources(call: Call) -> Answer:
    """What is in one resource group, or in all of them: here that is container groups."""
    resource_group = call.resource_group().name if "resource_group" in call.parameters else None
    groups = call.cloud.store.groups(call.subscription, resource_group)
    filtered = call.query.get("$filter")
    of_type = TYPE_FILTER.fullmatch(filtered) if filtered else None
    if of_type:
        groups = groups if of_type["type"].lower() == CONTAINER_GROUP_TYPE.lower() else []
    else:
        name, value = _tag_filter(filtered)
        groups = [each for each in groups if name is None or _has_tag(each.tags, name, value)]
    return call.page([documents.generic_resource(each) for each in groups])


def deletion_token(name: str, region: str) -> str:
    """The job's name in base64url, without padding; it gives the resource group's name away, as Azure's does."""
    escaped = "".join(each if each.isalnum() and each.isascii() else f":{ord(each):02X}" for each in name.upper())
    if len(escaped) > TOKEN_NAME_LENGTH:
        # A long name is cut and told apart by a hash.
        digest = hashlib.sha256(name.upper().encode()).hexdigest()[:16].upper()
        escaped = f"{escaped[: TOKEN_NAME_LENGTH - 17]}|{digest}"
    job = {"jobId": f"RESOURCEGROUPDELETIONJOB-{escaped}-{region.upper()}", "jobLocation": region}
    return base64.urlsafe_b64encode(json.dumps(job, separators=(",", ":")).encode()).rstrip(b"=").decode()


async def _delete(cloud: Cloud, group: ResourceGroup, deletion: Deletion, script: Script) -> None:
    """End every group for real before the result says that it is done."""
    await asyncio.sleep(cloud.configuration.delete_seconds + script.seconds)
    if script.outcome == "stuck":
        deletion.is_stuck = True
        return
    if script.outcome:
        code = script.code if script.code != "Failed" else "ResourceGroupDeletionTimeout"
        message = script.message or f"Deletion of resource group '{group.name}' did not finish within the allowed time."
        _fail(cloud, group, deletion, code, message)
        return
    members = cloud.store.groups(group.subscription, group.name)
    outcomes = await asyncio.gather(*(cloud.host.end(each) for each in members), return_exceptions=True)
    left = []
    for each, outcome in zip(members, outcomes, strict=True):
        if isinstance(outcome, BaseException):
            logger.error("The container group %s could not be ended", each.name, exc_info=outcome)
            left.append(each.name)
        else:
            cloud.store.remove_group(each)
    if left:
        message = f"Deletion of resource group '{group.name}' failed as these resources could not be deleted: "
        _fail(cloud, group, deletion, "ResourceGroupDeletionBlocked", message + ", ".join(left))
        return
    cloud.store.remove_resource_group(group)
    deletion.done = True


def _fail(cloud: Cloud, group: ResourceGroup, deletion: Deletion, code: str, message: str) -> None:
    """The group is as it was before, and the deletion's result says why."""
    group.provisioning_state = "Succeeded"
    cloud.store.put_resource_group(group)
    deletion.error = {"Error": {"Code": code, "Message": message}}


def _location(call: Call, token: str) -> dict[str, str]:
    address = f"{call.base}/subscriptions/{call.subscription}/operationresults/{token}?api-version={call.version}"
    return {"Location": address} | call.poll_headers(seconds=RETRY_AFTER)


def _tag_filter(given: str | None) -> tuple[str | None, str | None]:
    if not given:
        return None, None
    match = FILTER.fullmatch(given)
    if match is None:
        raise ArmError("InvalidFilterInQueryString", filter=given)
    value = match["value"]
    return match["name"].replace("''", "'"), None if value is None else value.replace("''", "'")


def _has_tag(tags: dict[str, Any] | None, name: str, value: str | None) -> bool:
    """Tag names do not regard case, tag values do."""
    found = {key.lower(): each for key, each in (tags or {}).items()}
    return name.lower() in found and value in (None, found[name.lower()])
