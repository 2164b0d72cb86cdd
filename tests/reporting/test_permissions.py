from __future__ import annotations

import json

import pytest

from pytest_aci.arm.control_plane import Grant
from pytest_aci.provisioning.preflight import RESOURCE_GROUPS
from pytest_aci.reporting.permissions import ALWAYS, action_of, actions_of, missing, role, to_text

SUBSCRIPTION = "/subscriptions/5ca1ab1e-0000-4000-8000-000000000aca"
GROUP = f"{SUBSCRIPTION}/resourceGroups/x/providers/Microsoft.ContainerInstance/containerGroups/web"
ACI = "Microsoft.ContainerInstance"


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("GET", GROUP, f"{ACI}/containerGroups/read"),
        ("PUT", GROUP, f"{ACI}/containerGroups/write"),
        ("PATCH", GROUP, f"{ACI}/containerGroups/write"),
        ("DELETE", GROUP, f"{ACI}/containerGroups/delete"),
        ("POST", f"{GROUP}/restart", f"{ACI}/containerGroups/restart/action"),
        ("GET", f"{GROUP}/containers/main/logs", f"{ACI}/containerGroups/containers/logs/read"),
        ("POST", f"{GROUP}/containers/main/exec", f"{ACI}/containerGroups/containers/exec/action"),
        ("GET", GROUP.rpartition("/")[0], f"{ACI}/containerGroups/read"),
        ("GET", f"{SUBSCRIPTION}/providers/{ACI}/locations/uksouth/usages", f"{ACI}/locations/usages/read"),
        ("POST", f"{SUBSCRIPTION}/providers/{ACI}/register", f"{ACI}/register/action"),
        ("GET", f"{SUBSCRIPTION}/providers/{ACI}", "Microsoft.Resources/subscriptions/providers/read"),
        ("PUT", f"{SUBSCRIPTION}/resourcegroups/x", "Microsoft.Resources/subscriptions/resourceGroups/write"),
        ("HEAD", f"{SUBSCRIPTION}/resourceGroups/x", "Microsoft.Resources/subscriptions/resourceGroups/read"),
        ("GET", f"{SUBSCRIPTION}/resourceGroups/x/resources", f"{RESOURCE_GROUPS}/resources/read"),
        ("GET", f"{SUBSCRIPTION}/operationresults/abc", "Microsoft.Resources/subscriptions/operationresults/read"),
        ("GET", "/subscriptions", "Microsoft.Resources/subscriptions/read"),
        ("GET", "/metadata/endpoints", None),
        ("TRANSCRIPT", f"{GROUP}/containers/main/exec", None),
    ],
)  # fmt: skip
def test_a_request_needs_one_action(method: str, path: str, action: str | None) -> None:
    """As the operations are called in Azure's role definitions; what is no request to ARM needs none."""
    assert action_of(method, f"https://management.azure.com{path}?api-version=2023-05-01") == action


def test_references_need_actions_of_other_providers() -> None:
    """Azure checks whether one may join the subnet and assign the identity that a group names when it is put."""
    body = json.dumps({"properties": {"subnetIds": []}, "identity": {"userAssignedIdentities": {}}}).encode()
    assert actions_of([("PUT", f"https://management.azure.com{GROUP}", body)]) == [
        f"{ACI}/containerGroups/write",
        "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
    ]
    assert actions_of([("POST", f"https://management.azure.com{GROUP}/stop", body)]) == [
        f"{ACI}/containerGroups/stop/action"
    ]


def test_a_role_has_the_shape_that_az_reads() -> None:
    """Sorted, each action once, for one subscription."""
    document = json.loads(to_text(role(["b/read", "a/read", "a/read"], name="tests", subscription="123")))
    assert document["Actions"] == ["a/read", "b/read"]
    assert document["AssignableScopes"] == ["/subscriptions/123"]
    assert (document["Name"], document["IsCustom"], document["DataActions"]) == ("tests", True, [])


def test_a_grant_allows_by_patterns_and_takes_back_by_patterns() -> None:
    """Contributor may do everything but give rights away; a reader may not delete."""
    contributor = Grant(("*",), ("Microsoft.Authorization/*/write",))
    assert missing([*ALWAYS, "Microsoft.Authorization/roleAssignments/write"], [contributor]) == [
        "Microsoft.Authorization/roleAssignments/write"
    ]
    assert missing([f"{ACI}/containerGroups/delete", f"{ACI}/containerGroups/read"], [Grant(("*/read",))]) == [
        f"{ACI}/containerGroups/delete"
    ]
    no_delete, only_delete = Grant(("*",), ("*/delete",)), Grant((f"{ACI}/*/DELETE",))
    assert missing([f"{ACI}/containerGroups/delete"], [no_delete, only_delete]) == []
