from __future__ import annotations

import json
from typing import Any

from azure.mgmt.containerinstance import models
from hypothesis import given

from pytest_aci.arm.documents import group_document
from pytest_aci.spec import (
    AzureFile,
    EmptyDir,
    GitRepo,
    Gpu,
    GroupSpec,
    HttpGet,
    Identity,
    LogAnalytics,
    Mount,
    Probe,
    RegistryCredential,
    Secret,
    SecretVolume,
    Spec,
    as_spec,
    container,
    group,
    single,
    task,
)
from tests.spec.strategies import HELLO, IDENTITY, SUBNET, groups


def document(spec: Spec, **facts: Any) -> dict[str, Any]:
    """Give the document of *spec* in a run like any other."""
    return group_document(spec, **{"location": "westeurope", "tags": {}, "suffix": "0123456789abcdef", **facts})


def test_a_small_group_is_a_small_document() -> None:
    """What was not asked for is absent: Azure tells an absent key from an empty one."""
    assert document(single(HELLO)) == {
        "location": "westeurope",
        "tags": {},
        "properties": {
            "containers": [
                {
                    "name": "main",
                    "properties": {"image": HELLO, "resources": {"requests": {"cpu": 1.0, "memoryInGB": 1.5}}},
                }
            ],
            "osType": "Linux",
            "restartPolicy": "Always",
        },
    }


def test_everything_that_can_be_asked_for_reaches_arm() -> None:
    """Each option has its place in the document, in the words of the wire."""
    web = container(
        "web",
        HELLO,
        command=["serve"],
        env={"PLAIN": "1"},
        secure_env={"SAFE": "2"},
        ports=[80, "53/udp"],
        cpu=0.5,
        memory_gb=1,
        gpu=Gpu(1, "V100"),
        volumes=[Mount(EmptyDir("cache"), "/cache"), Mount("share", "/share", read_only=True)],
        liveness=Probe(exec=["cat", "/ok"], initial_delay_seconds=1, period_seconds=2, failure_threshold=3),
        readiness=Probe(
            http_get=HttpGet(80, "/ok", "https", {"Authorization": Secret("x")}), success_threshold=1, timeout_seconds=4
        ),
    )
    spec = group(
        web,
        container("second", HELLO),
        init_containers=[container("prepare", HELLO, command=["fill"], volumes={"/cache": "cache"})],
        location="North Europe",
        dns_label="hello",
        dns_scope="TenantReuse",
        restart_policy="OnFailure",
        volumes=[
            AzureFile("share", "files", "account", "key", read_only=True),
            SecretVolume("secret", {"f": "text"}),
            GitRepo("source", "https://example.com/r", ".", "main"),
        ],
        registry_credentials=[
            RegistryCredential("r.io", "me", "password"),
            RegistryCredential("s.io", identity=IDENTITY),
        ],
        identity=Identity(system=True, user_assigned=[IDENTITY]),
        zone="1",
        priority="Spot",
        sku="Standard",
        log_analytics=LogAnalytics("workspace", "key", "ContainerInsights", {"a": "b"}, "/id"),
        tags={"team": "x"},
    )
    requests = {"cpu": 0.5, "memoryInGB": 1.0, "gpu": {"count": 1, "sku": "V100"}}
    assert document(spec) == {
        "location": "northeurope",
        "tags": {"team": "x"},
        "zones": ["1"],
        "identity": {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
        "properties": {
            "containers": [
                {
                    "name": "web",
                    "properties": {
                        "image": HELLO,
                        "command": ["serve"],
                        "environmentVariables": [{"name": "PLAIN", "value": "1"}, {"name": "SAFE", "secureValue": "2"}],
                        "ports": [{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}],
                        "resources": {"requests": requests},
                        "volumeMounts": [
                            {"name": "cache", "mountPath": "/cache"},
                            {"name": "share", "mountPath": "/share", "readOnly": True},
                        ],
                        "livenessProbe": {
                            "exec": {"command": ["cat", "/ok"]},
                            "initialDelaySeconds": 1,
                            "periodSeconds": 2,
                            "failureThreshold": 3,
                        },
                        "readinessProbe": {
                            "httpGet": {
                                "port": 80,
                                "path": "/ok",
                                "scheme": "https",
                                "httpHeaders": [{"name": "Authorization", "value": "x"}],
                            },
                            "successThreshold": 1,
                            "timeoutSeconds": 4,
                        },
                    },
                },
                {
                    "name": "second",
                    "properties": {"image": HELLO, "resources": {"requests": {"cpu": 1.0, "memoryInGB": 1.5}}},
                },
            ],
            "initContainers": [
                {
                    "name": "prepare",
                    "properties": {
                        "image": HELLO,
                        "command": ["fill"],
                        "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
                    },
                }
            ],
            "osType": "Linux",
            "restartPolicy": "OnFailure",
            "ipAddress": {
                "type": "Public",
                "ports": [{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}],
                "dnsNameLabel": "hello-0123456789abcdef",
                "autoGeneratedDomainNameLabelScope": "TenantReuse",
            },
            "volumes": [
                {
                    "name": "share",
                    "azureFile": {
                        "shareName": "files",
                        "storageAccountName": "account",
                        "storageAccountKey": "key",
                        "readOnly": True,
                    },
                },
                {"name": "secret", "secret": {"f": "dGV4dA=="}},
                {
                    "name": "source",
                    "gitRepo": {"repository": "https://example.com/r", "directory": ".", "revision": "main"},
                },
                {"name": "cache", "emptyDir": {}},
            ],
            "imageRegistryCredentials": [
                {"server": "r.io", "username": "me", "password": "password"},
                {"server": "s.io", "identity": IDENTITY},
            ],
            "diagnostics": {
                "logAnalytics": {
                    "workspaceId": "workspace",
                    "workspaceKey": "key",
                    "logType": "ContainerInsights",
                    "metadata": {"a": "b"},
                    "workspaceResourceId": "/id",
                }
            },
            "priority": "Spot",
            "sku": "Standard",
        },
    }


def test_a_group_in_a_subnet_has_a_private_address() -> None:
    """Inside a virtual network there is no public address and no name."""
    properties = document(single(HELLO, ports=[80], subnet_ids=SUBNET))["properties"]
    assert properties["ipAddress"] == {"type": "Private", "ports": [{"port": 80, "protocol": "TCP"}]}
    assert properties["subnetIds"] == [{"id": SUBNET}]


def test_a_group_without_ports_has_no_address() -> None:
    """Azure refuses an address with an empty list of ports."""
    assert "ipAddress" not in document(task(HELLO))["properties"]
    assert "ipAddress" not in document(single(HELLO, subnet_ids=SUBNET))["properties"]


def test_the_longest_label_leaves_room_for_the_suffix() -> None:
    """A label as long as is allowed makes a name as long as Azure allows."""
    properties = document(single(HELLO, ports=[80], dns_label="a" * 46))["properties"]
    assert len(properties["ipAddress"]["dnsNameLabel"]) == 63


def test_our_tags_win_and_the_users_stay() -> None:
    """Tags that prove whose a group is can not be overwritten by a spec."""
    spec = single(HELLO, tags={"team": "x", "DeleteAfter": "never"})
    assert document(spec, tags={"DeleteAfter": "2026-01-01T00:00:00Z"})["tags"] == {
        "team": "x",
        "DeleteAfter": "2026-01-01T00:00:00Z",
    }


def test_a_spec_that_names_its_place_goes_there() -> None:
    """The run's location is for those that name none."""
    assert document(single(HELLO, location="North Europe"))["location"] == "northeurope"
    assert document(single(HELLO))["location"] == "westeurope"


def test_a_model_gets_place_and_tags_and_is_otherwise_left_alone() -> None:
    """Nothing of a model is changed: its DNS label stays as its writer chose it."""
    model = models.ContainerGroup.deserialize(document(single(HELLO, ports=[80], dns_label="hello"), tags={"a": "b"}))
    model.location = None
    assert model.ip_address
    model.ip_address.dns_name_label = "mine"
    sent = document(as_spec(model), tags={"c": "d"})
    assert sent["properties"] == model.serialize()["properties"]
    assert sent["properties"]["ipAddress"]["dnsNameLabel"] == "mine"
    assert (sent["location"], sent["tags"]) == ("westeurope", {"a": "b", "c": "d"})


@given(groups())
def test_a_document_survives_the_sdk(spec: GroupSpec) -> None:
    """The SDK's own model of the document is sent as the document says: nothing is lost, renamed or added."""
    sent = document(spec, tags={"a": "b"})
    model = models.ContainerGroup.deserialize(sent)
    assert json.dumps(model.serialize(), sort_keys=True) == json.dumps(sent, sort_keys=True)


@given(groups())
def test_a_document_is_made_anew_each_time(spec: GroupSpec) -> None:
    """Equal specs make equal documents, and none shares a list with another."""
    first, second = document(spec), document(spec)
    assert first == second
    first["properties"]["containers"].clear()
    assert second["properties"]["containers"]
