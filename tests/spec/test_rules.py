from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    SecretVolume,
    SpecError,
    container,
    group,
    single,
)
from tests.spec.strategies import HELLO, IDENTITY, SUBNET, groups

NAN = float("nan")
DNS_RULE = "5 to 46 lower-case letters, digits and hyphens, a letter first and no hyphen last"
NAME_RULE = "1 to 63 lower-case letters, digits and inner hyphens"
CPU_RULE = "a number of cores from 0.01 to 4 in steps of 0.01"
MEMORY_RULE = "a number of GB from 0.1 to 16 in steps of 0.1"
IMAGE_RULE = "an image such as registry/name:tag"
PORT_RULE = "a port from 1 to 65535"

WRONG = [
    # U02, labels of the public address
    ({"ports": [80], "dns_label": "web1"}, "dns_label", "'web1'", f"{DNS_RULE}.*for example 'web1-test'"),
    ({"ports": [80], "dns_label": "my_app"}, "dns_label", "'my_app'", f"{DNS_RULE}.*for example 'my-app'"),
    ({"ports": [80], "dns_label": "1service"}, "dns_label", "'1service'", f"{DNS_RULE}.*for example 'n1service'"),
    ({"ports": [80], "dns_label": "a" * 64}, "dns_label", "'aaa", f"{DNS_RULE}.*for example '{'a' * 46}'"),
    # U03, what cores and memory may be
    ({"cpu": 0}, "cpu", "0.0", CPU_RULE),
    ({"cpu": -1}, "cpu", "-1.0", CPU_RULE),
    ({"cpu": 0.005}, "cpu", "0.005", CPU_RULE),
    ({"cpu": NAN}, "cpu", "nan", CPU_RULE),
    ({"cpu": "2"}, "cpu", "'2'", CPU_RULE),
    ({"cpu": 5}, "cpu", "5.0", CPU_RULE),
    ({"cpu": True}, "cpu", "True", CPU_RULE),
    ({"memory_gb": 0.05}, "memory_gb", "0.05", MEMORY_RULE),
    ({"memory_gb": 17}, "memory_gb", "17.0", MEMORY_RULE),
    # U05, each port by itself
    ({"ports": [0]}, r"ports\[0\]\.port", "0", PORT_RULE),
    ({"ports": [80, 65536]}, r"ports\[1\]\.port", "65536", PORT_RULE),
    ({"ports": ["80/sctp"]}, r"ports\[0\]\.protocol", "'SCTP'", "one of TCP, UDP"),
    ({"ports": ["http"]}, r"ports\[0\]", "'http'", 'a number such as 80, a string such as "53/udp", or a Port'),
    ({"ports": [8.0]}, r"ports\[0\]", "8.0", "a number such as 80"),
    ({"ports": {80: 8080}}, "ports", r"\{80: 8080\}", "a list such as"),
    # U06, how an image is named
    ({"image": None}, "image", "None", IMAGE_RULE),
    ({"image": ""}, "image", "''", IMAGE_RULE),
    ({"image": "ghcr.io/Azure/App"}, "image", "'ghcr.io/Azure/App'", f"{IMAGE_RULE}.*for example 'ghcr.io/azure/app'"),
    ({"image": "r.io/a@sha256:12"}, "image", "'r.io/a@sha256:12'", IMAGE_RULE),
    # U07, how a container is named
    ({"name": "a" * 64}, "name", "'aaa", NAME_RULE),
    ({"name": "A_b"}, "name", "'A_b'", f"{NAME_RULE}; for example 'a-b'"),
    ({"name": "-web"}, "name", "'-web'", f"{NAME_RULE}; for example 'web'"),
    ({"name": None}, "name", "None", NAME_RULE),
    # U08, names and values in the environment
    ({"env": {"1A": "x"}}, r"env\[0\]\.name", "'1A'", "1 to 63 letters, digits and inner underscores, a letter first"),
    ({"env": {f"A{n}": "x" for n in range(10_000)}}, "env", r"\(tuple of length 10000\)", "at most 1000 variables"),
    ({"env": {"A": "x" * 2**20}}, r"env\[0\]\.value", r"\(str of length 1048576\)", "at most 128 KiB"),
    ({"env": {"A": "x\0"}}, r"env\[0\]\.value", r"\(str of length 2\)", "without a null character"),
    ({"env": {"A": None}}, r"env\[0\]\.value", "None", "a string"),
    ({"env": {"A": True}}, r"env\[0\]\.value", r"\(bool\)", "a string"),
    ({"env": ["A=x"]}, "env", "None", "a mapping of names to strings"),
    # commands
    (
        {"command": "echo FOO"},
        "command",
        "'echo FOO'",
        r'\["echo", "FOO", "BAR"\].*\["/bin/sh", "-c", "echo FOO BAR && tail',
    ),
    ({"command": []}, "command", r"\(\)", "a list of strings"),
    ({"command": ["a", 1]}, "command", r"\('a', 1\)", "a list of strings"),
    # the rest of a container
    ({"gpu": Gpu(0, "V100")}, r"gpu\.count", "0", "1 to 4 processors"),
    ({"gpu": "V100"}, "gpu", "'V100'", "a Gpu"),
    ({"volumes": {"/a:b": EmptyDir("cache")}}, r"mounts\[0\]\.path", "'/a:b'", "a path without a colon"),
    ({"volumes": ["cache"]}, r"mounts\[0\]", "'cache'", "a Mount"),
    ({"liveness": 5}, "liveness", "5", "a Probe"),
    ({"liveness": Probe()}, "liveness", "Probe", "either exec or http_get"),
    ({"readiness": Probe(exec="cat x")}, r"readiness\.exec", "'cat x'", "a list of strings, not one string"),
    ({"readiness": Probe(http_get=HttpGet(0))}, r"readiness\.http_get\.port", "0", PORT_RULE),
    ({"readiness": Probe(http_get=HttpGet(80, "health"))}, r"readiness\.http_get\.path", "'health'", "starts with /"),
    ({"readiness": Probe(exec=["a"], period_seconds=0)}, r"readiness\.period_seconds", "0", "a whole number from 1"),
    # the rest of a group
    ({"location": "west-europe!"}, "location", "'west-europe!'", "a region such as westeurope"),
    ({"os_type": "Linus"}, "os_type", "'Linus'", "one of Linux, Windows; for example 'Linux'"),
    ({"restart_policy": "Nevr"}, "restart_policy", "'Nevr'", "one of Always, OnFailure, Never; for example 'Never'"),
    ({"volumes": {"/a": EmptyDir("tiny")}}, r"volumes\[0\]\.name", "'tiny'", "5 to 63 lower-case letters"),
    ({"volumes": {"/a": SecretVolume("files", {})}}, r"volumes\[0\]\.files", r"\(tuple of length 0\)", "a mapping"),
    (
        {"volumes": {"/a": SecretVolume("files", {"a/b": "x"})}},
        r"volumes\[0\]\.files\[0\]\[0\]",
        "'a/b'",
        "a file name",
    ),
    ({"volumes": {"/a": SecretVolume("files", {"a": 5})}}, r"volumes\[0\]\.files\[0\]\[1\]", r"\(int\)", "text, bytes"),  # type: ignore[dict-item] # the claim
    ({"volumes": {"/a": AzureFile("files", "My_share", "account")}}, r"volumes\[0\]\.share", "'My_share'", "3 to 63"),
    ({"volumes": {"/a": AzureFile("files", "data", "No")}}, r"volumes\[0\]\.account", "'No'", "a storage account"),
    ({"volumes": {"/a": GitRepo("source", None)}}, r"volumes\[0\]\.repository", "None", "the URL of a repository"),  # type: ignore[arg-type] # the claim
    ({"registry_credentials": [("a", "b")]}, r"registry_credentials\[0\]", r"\('a', 'b'\)", "a RegistryCredential"),
    (
        {"registry_credentials": RegistryCredential("https://r.io", "a", "b")},
        r"registry_credentials\[0\]\.server",
        "'https://r.io'",
        "not a URL",
    ),
    (
        {"registry_credentials": RegistryCredential("r.io", "a")},
        r"registry_credentials\[0\]",
        "RegistryCredential",
        "either username and password, or identity",
    ),
    (
        {"registry_credentials": RegistryCredential("r.io", "a", "b", IDENTITY)},
        r"registry_credentials\[0\]",
        "RegistryCredential",
        "either username and password, or identity",
    ),
    ({"identity": Identity()}, "identity", "Identity", "system=True, or ids of identities"),
    ({"identity": "me"}, r"identity\.user_assigned\[0\]", "'me'", "the resource id of a user-assigned identity"),
    ({"subnet_ids": ["default"]}, r"subnet_ids\[0\]", "'default'", "the resource id of a subnet"),
    ({"zone": "a"}, "zone", "'a'", "an availability zone such as 1"),
    ({"priority": "low"}, "priority", "'low'", "one of Regular, Spot"),
    ({"sku": "Premium"}, "sku", "'Premium'", "one of Standard, Dedicated, Confidential"),
    ({"log_analytics": LogAnalytics("", "k")}, r"log_analytics\.workspace_id", "''", "the id of a workspace"),
    ({"tags": {"a/b": "c"}}, r"tags\[0\]\[0\]", "'a/b'", "none of < > %"),
    ({"tags": {"a": "c" * 257}}, r"tags\[0\]\[1\]", "'ccc", "at most 256 characters"),
    ({"tags": {str(n): "" for n in range(47)}}, "tags", r"\(\('0', ''\)", "at most 46 tags"),
]


@pytest.mark.parametrize(("options", "field", "value", "rule"), WRONG)
def test_what_azure_would_refuse_is_refused_here(options: dict[str, Any], field: str, value: Any, rule: str) -> None:
    """Each complaint names field, value and rule, before any request (U02, U03, U05 to U08)."""
    options = {"image": HELLO} | options
    with pytest.raises(SpecError) as caught:
        single(options.pop("image"), **options)
    (complaint,) = caught.value.complaints
    assert re.fullmatch(field, complaint.field)
    assert re.match(value, complaint.value)
    assert re.search(rule, complaint.rule)
    assert str(complaint) in str(caught.value)
    assert "One thing is wrong, so nothing was asked of Azure" in str(caught.value)


def test_all_complaints_come_at_once() -> None:
    """Somebody with four mistakes does not run the tests four times."""
    with pytest.raises(SpecError, match="5 things are wrong") as caught:
        single("Nginx", cpu=0, ports=["x"], dns_label="?", restart="Never")  # type: ignore[call-arg] # the claim
    fields = {complaint.field for complaint in caught.value.complaints}
    assert fields == {"image", "cpu", "ports[0]", "dns_label", "restart"}


@pytest.mark.parametrize("count", [0, 61])
def test_a_group_has_1_to_60_containers(count: int) -> None:
    """A group of none and one of too many are refused (U04)."""
    with pytest.raises(SpecError, match="1 to 60 containers"):
        group(*(container(f"c{n}", HELLO, cpu=0.05, memory_gb=0.1) for n in range(count)))


def test_only_containers_make_a_group() -> None:
    """Something else in place of a container is named with what is wanted."""
    with pytest.raises(SpecError, match=r"containers\[0\] = 'nginx': a container\(name, image\)"):
        group("nginx")  # type: ignore[arg-type] # the claim


def test_a_container_is_checked_where_it_is_written() -> None:
    """A wrong container is refused by its own line already, not by the group it is meant for."""
    with pytest.raises(SpecError, match=NAME_RULE):
        container("A_b", HELLO)


@given(st.text(max_size=70))
def test_a_container_name_is_right_or_refused(name: str) -> None:
    """Names are as Azure documents them: 1 to 63 lower-case letters, digits and inner hyphens."""
    allowed = "abcdefghijklmnopqrstuvwxyz0123456789-"
    right = 1 <= len(name) <= 63 and not set(name) - set(allowed) and name.strip("-") == name
    try:
        assert container(name, HELLO).name == name
    except SpecError:
        assert not right
    else:
        assert right


@given(st.from_regex(r"[a-z0-9-]{1,65}", fullmatch=True))
def test_a_label_is_right_or_refused(label: str) -> None:
    """DNS labels start with a letter, end with a letter or digit, and leave room for the run's ending."""
    right = 5 <= len(label) <= 46 and label[0].isalpha() and label[-1] != "-"
    try:
        single(HELLO, ports=[80], dns_label=label)
    except SpecError:
        assert not right
    else:
        assert right


@given(groups())
def test_every_valid_group_is_accepted(spec: GroupSpec) -> None:
    """What keeps to the rules is built, keeps its promises of form, and is equal to itself built again."""
    assert spec.container_names
    assert len(spec.stem) <= 46
    assert {spec: 1}[spec] == 1


@pytest.mark.parametrize(
    "options",
    [
        {"cpu": 4, "memory_gb": 16},
        {"gpu": Gpu(1, "V100")},
        {"subnet_ids": SUBNET, "ports": [80]},
        {"identity": [IDENTITY], "registry_credentials": RegistryCredential("r.io", identity=IDENTITY)},
        {"volumes": [Mount(EmptyDir("cache"), "/cache", read_only=True)]},
        {"env": {"A": ""}, "zone": 1, "tags": {"cost centre": "a/b"}},
    ],
)
def test_what_is_unusual_and_right_is_accepted(options: dict[str, Any]) -> None:
    """The limits themselves, and every option, are no mistakes."""
    assert single(HELLO, **options).container_names == ("main",)
