"""Section D: error bodies with their codes and wording; sections C and G where a request breaks their rules."""

# ruff: noqa: E501, ISC004 # one fact is one row, however long

# one fact is one row, however long

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.emulator.configuration import Configuration, Quota
from pytest_aci.emulator.runtimes.base import RuntimeUnavailable
from tests.emulator.running import Running, container, group_document

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.running import Client

    from .scenes import Scenes


def group(*containers: dict[str, Any], name: str = "g", **properties: Any) -> Callable[[Client], httpx.Response]:
    """PUT a container group."""
    return lambda client: client.make_group("errors", name, group_document(*containers, **properties))


def without(path: list[str]) -> Callable[[Client], httpx.Response]:
    """PUT a container group that lacks one property."""

    def ask(client: Client) -> httpx.Response:
        document: Any = group_document()
        target = document
        for step in path[:-1]:
            target = target[int(step) if step.isdigit() else step]
        del target[path[-1]]
        return client.make_group("errors", "g", document)

    return ask


def content(text: bytes) -> Callable[[Client], httpx.Response]:
    """PUT a container group with these bytes."""
    parameters = {"api-version": "2023-05-01"}
    return lambda client: client.http.put(client.cg("errors", "g"), content=text, params=parameters)


def version(text: str, path: str = "cg") -> Callable[[Client], httpx.Response]:
    """GET with an api-version."""
    return lambda client: client.ask(
        "GET", client.rg("errors") if path == "rg" else client.cg("errors", "g"), version=text
    )


def asked(method: str, path: Callable[[Client], str], body: Any = None) -> Callable[[Client], httpx.Response]:
    """Any other request."""
    return lambda client: client.ask(method, path(client), body)


def of_nobody(what: str) -> Callable[[Client], str]:
    """The path of something in a container of a missing group."""
    return lambda client: client.cg("errors", "nobody", f"/containers/a/{what}")


def address(*ports: int, **more: Any) -> dict[str, Any]:
    """An `ipAddress`."""
    return {"type": "Public", "ports": [{"port": port, "protocol": "TCP"} for port in ports]} | more


def port(*ports: int) -> dict[str, Any]:
    """A container with ports."""
    return container(ports=[{"port": each} for each in ports])


def limited(**limits: Any) -> Callable[[Client], httpx.Response]:
    """PUT a container group whose container has limits."""
    return group(container(resources={"requests": {"cpu": 1, "memoryInGB": 1.5}, "limits": limits}))


def requests(cpu: float, memory: float) -> dict[str, Any]:
    """A container with these resource requests."""
    return container(resources={"requests": {"cpu": cpu, "memoryInGB": memory}})


def env(*names: str) -> dict[str, Any]:
    """A container with these environment variables."""
    return container(environmentVariables=[{"name": name, "value": ""} for name in names])


def init(**properties: Any) -> dict[str, Any]:
    """Properties with one init container."""
    return {"initContainers": [{"name": "first", "properties": {"image": "i"} | properties}]}


LABEL_RULE = (
    "The DNS name label '{}' in container group 'g' is invalid. It can contain only lowercase letters, numbers and "
    "hyphens. The first character must be a letter. The last character must be a letter or number. The value must be "
    "between 5 and 63 characters long."
)
UPDATE_RULE = (
    "The updates on container group 'bare' are invalid. If you are going to update the os type, restart policy, network "
    "profile, CPU, memory or GPU resources for a container group, you must delete it first and then create a new one."
)

# place and claim, the request, status, code, the message or a part of it
ROWS: list[tuple[str, Callable[[Client], httpx.Response], int, str, str]] = [
    ("D ResourceGroupNotFound", asked("GET", lambda c: c.rg("nowhere")), 404, "ResourceGroupNotFound",
     "Resource group 'nowhere' could not be found."),
    ("D ResourceGroupNotFound on a group", asked("GET", lambda c: c.cg("nowhere", "g")), 404, "ResourceGroupNotFound",
     "Resource group 'nowhere' could not be found."),
    ("D ResourceGroupNotFound on a PUT", lambda c: c.make_group("nowhere", "g"), 404, "ResourceGroupNotFound",
     "Resource group 'nowhere' could not be found."),
    ("D ResourceGroupNotFound on a DELETE", asked("DELETE", lambda c: c.rg("nowhere")), 404, "ResourceGroupNotFound",
     "Resource group 'nowhere' could not be found."),
    ("D ResourceNotFound", asked("GET", lambda c: c.cg("errors", "nobody")), 404, "ResourceNotFound",
     "The Resource 'Microsoft.ContainerInstance/containerGroups/nobody' under resource group 'errors' was not found. "
     "For more details please go to https://aka.ms/ARMResourceNotFoundFix"),
    *((f"D ParentResourceNotFound: {what}", asked(how, of_nobody(what)),
       404, "ParentResourceNotFound",
       "Can not perform requested operation on nested resource. Parent resource 'nobody' not found.")
      for how, what in (("GET", "logs"), ("POST", "exec"), ("POST", "attach"))),
    ("D a container group without a location", without(["location"]), 400, "LocationRequired",
     "The location property is required for this definition."),
    ("D ResourceNotFound on start", asked("POST", lambda c: c.cg("errors", "nobody", "/start")), 404,
     "ResourceNotFound", "was not found."),
    ("D SubscriptionNotFound", asked("GET", lambda _: "/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups"),
     404, "SubscriptionNotFound", "The subscription '00000000-0000-0000-0000-000000000001' could not be found."),
    ("D InvalidSubscriptionId", asked("GET", lambda _: "/subscriptions/mine/resourcegroups"), 400,
     "InvalidSubscriptionId", "The provided subscription identifier 'mine' is malformed or invalid."),
    ("D NoRegisteredProviderFound", version("2016-01-01"), 400, "NoRegisteredProviderFound",
     "and API version '2016-01-01' for type 'containerGroups'. The supported api-versions are '2017-08-01-preview, "),
    ("D NoRegisteredProviderFound names the location",
     lambda c: c.make_group("errors", "g", version="2016-01-01"), 400, "NoRegisteredProviderFound",
     "No registered resource provider found for location 'westeurope' and API version '2016-01-01'"),
    ("D LocationNotAvailableForResourceType", group(location="atlantis"), 400, "LocationNotAvailableForResourceType",
     "The provided location 'atlantis' is not available for resource type 'Microsoft.ContainerInstance/containerGroups'."
     " List of available regions "),
    ("D a resource group in no region", lambda c: c.make_rg("new", "atlantis"), 400,
     "LocationNotAvailableForResourceGroup", "The provided location 'atlantis' is not available for resource group."),
    ("D a resource group without a location", asked("PUT", lambda c: c.rg("new"), {}), 400, "LocationRequired",
     "The location property is required for this definition."),
    ("D NetworkProfileNotFound", group(networkProfile={"id": "/np"}), 400, "NetworkProfileNotFound",
     "Network profile '/np' is not found for container group 'g'."),
    ("D MissingIpAddressPorts", group(ipAddress=address()), 400, "MissingIpAddressPorts",
     "The ports in the 'ipAddress' of container group 'g' cannot be empty."),
    ("D UnreferencedIpAddressPorts", group(ipAddress=address(80, 443)), 400, "UnreferencedIpAddressPorts",
     "Following ports '443,80' in the 'ipAddress' are not used by any container in container group 'g'."),
    ("D InvalidOsType", group(osType="BeOS"), 400, "InvalidOsType",
     "The 'osType' for container group '<null>' is invalid. The value must be one of 'Windows,Linux'."),
    ("D InvalidOsType when it is missing", without(["properties", "osType"]), 400, "InvalidOsType", "'<null>'"),
    ("D ResourceRequestsNotSpecified", group(container(resources={})), 400, "ResourceRequestsNotSpecified",
     "The resource requests are not specified in container 'main' of contain group 'g'. Both memory and CPU requests are "
     "required since API version '2017-07-01-preview'."),
    ("D ResourceRequestsNotSpecified without memory", group(container(resources={"requests": {"cpu": 1}})), 400,
     "ResourceRequestsNotSpecified", "of contain group 'g'"),
    ("D InvalidRequestContent without properties", content(b'{"location": "westeurope"}'), 400, "InvalidRequestContent",
     "The request content was invalid and could not be deserialized: 'Required property 'properties' not found in JSON. "
     "Path '', line 1, position 0.'."),
    ("D InvalidRequestContent on no JSON", content(b"nonsense"), 400, "InvalidRequestContent",
     "Unexpected character encountered while parsing value: n. Path '', line 1, position 1."),
    ("D InvalidRequestContent on an empty body", content(b""), 400, "InvalidRequestContent", "Unexpected end"),
    ("D InvalidRequestContent says the path", content(b'{"properties": {"containers": [{}, {"name": oops}]}}'), 400,
     "InvalidRequestContent", "Path 'properties.containers[1].name', line 1, position 45."),
    ("D InvalidRequestContent on trailing bytes", content(b"{} {}"), 400, "InvalidRequestContent",
     "Additional text encountered after finished reading JSON content: {."),
    ("D InvalidRequestContent on a wrong type", group(containers="no list"), 400, "InvalidRequestContent",
     "Path 'properties.containers'"),
    ("D InvalidRequestContent on a wrong charset", content('{"a": "ä"}'.encode("latin-1")), 400,
     "InvalidRequestContent", "Unable to translate bytes"),
    ("D InvalidRequestContent on a list", content(b"[]"), 400, "InvalidRequestContent", "to type 'Object'"),
    ("D InvalidRequestContent on NaN", content(b'{"a": NaN}'), 400, "InvalidRequestContent", "NaN"),
    ("D DNS label too short", group(port(80), ipAddress=address(80, dnsNameLabel="abcd")), 400, "InvalidDnsNameLabel",
     LABEL_RULE.format("abcd")),
    ("D DNS label with a digit first", group(port(80), ipAddress=address(80, dnsNameLabel="1abcd")), 400,
     "InvalidDnsNameLabel", LABEL_RULE.format("1abcd")),
    ("D DNS label with capitals", group(port(80), ipAddress=address(80, dnsNameLabel="Abcde")), 400,
     "InvalidDnsNameLabel", LABEL_RULE.format("Abcde")),
    ("D DNS label that ends in a hyphen", group(port(80), ipAddress=address(80, dnsNameLabel="abcde-")), 400,
     "InvalidDnsNameLabel", LABEL_RULE.format("abcde-")),
    ("D InaccessibleImage", group(container(image="missing")), 400, "InaccessibleImage",
     "The image 'missing' in container group 'g' is not accessible. Please check the image and registry credential."),
    ("D InvalidResourceGroupLocation", lambda c: c.make_rg("errors", "eastus"), 409, "InvalidResourceGroupLocation",
     "Invalid resource group location 'eastus'. The Resource group already exists in location 'westeurope'."),
    ("D InvalidLogTail", lambda c: c.ask("GET", c.cg("plain", "bare", "/containers/main/logs"), params={"tail": "-1"}),
     400, "InvalidLogTail", "'-1'"),
    ("C no api-version", version(""), 400, "MissingApiVersionParameter",
     "The api-version query parameter (?api-version=) is required for all requests."),
    ("C an api-version that is none", version("latest"), 400, "InvalidApiVersionParameter",
     "The api-version 'latest' is invalid. The supported versions are '2025-09-01,"),
    ("C an api-version with a path in it", version("../../etc"), 400, "InvalidApiVersionParameter", "'../../etc'"),
    ("C an unknown api-version of resource groups", version("2016-01-01", "rg"), 400, "InvalidApiVersionParameter",
     "The api-version '2016-01-01' is invalid. The supported versions are '2025-04-01,"),
    ("G group name with capitals", group(name="Web"), 400, "InvalidContainerGroupName", "'Web'"),
    ("G group name with two hyphens", group(name="a--b"), 400, "InvalidContainerGroupName", "'a--b'"),
    ("G group name that begins with a hyphen", group(name="-a"), 400, "InvalidContainerGroupName", "'-a'"),
    ("G group name that ends in a hyphen", group(name="a-"), 400, "InvalidContainerGroupName", "'a-'"),
    ("G group name of 64", group(name="a" * 64), 400, "InvalidContainerGroupName", "between 1 and 63"),
    ("G container name with an underscore", group(container("a_b")), 400, "InvalidContainerName", "'a_b'"),
    ("G container name of 64", group(container("a" * 64)), 400, "InvalidContainerName", "between 1 and 63"),
    ("G container name twice", group(container("a"), container("a")), 400, "DuplicateContainerName", "'a'"),
    ("G init container with a container's name", group(container("first"), **init()), 400, "DuplicateContainerName",
     "'first'"),
    ("G env name with a hyphen", group(env("A-B")), 400, "InvalidContainerEnvironmentVariable", "'A-B'"),
    ("G env name with an underscore first", group(env("_A")), 400, "InvalidContainerEnvironmentVariable", "'_A'"),
    ("G env name of 64", group(env("A" * 64)), 400, "InvalidContainerEnvironmentVariable", "between 1 and 63"),
    ("G env with value and secureValue",
     group(container(environmentVariables=[{"name": "A", "value": "1", "secureValue": "2"}])), 400,
     "InvalidContainerEnvironmentVariable", "Only one of 'value' and 'secureValue'"),
    ("G volume name of 4", group(volumes=[{"name": "four", "emptyDir": {}}]), 400, "InvalidVolumeName", "'four'"),
    ("G volume name with two hyphens", group(volumes=[{"name": "vol--ume", "emptyDir": {}}]), 400,
     "InvalidVolumeName", "'vol--ume'"),
    ("G volume of no kind", group(volumes=[{"name": "volume"}]), 400, "InvalidVolume", "Exactly one of"),
    ("G volume of two kinds", group(volumes=[{"name": "volume", "emptyDir": {}, "secret": {}}]), 400, "InvalidVolume",
     "Exactly one of"),
    ("G volume twice", group(volumes=[{"name": "volume", "emptyDir": {}}] * 2), 400, "InvalidVolume", "more than once"),
    *((f"G secret file {name!r}", group(volumes=[{"name": "volume", "secret": {name: "YQ=="}}]), 400, "InvalidVolume",
       "The volume 'volume' in container group 'g' is invalid: The names of a secret must be names of files.")
      for name in ("a/b", "..", "", "a\0", "a" * 256)),
    ("G mount path twice", group(
        container(volumeMounts=[{"name": "volume", "mountPath": "a/b"}, {"name": "volume", "mountPath": "/a/b"}]),
        volumes=[{"name": "volume", "emptyDir": {}}]), 400, "InvalidVolumeMount", "It is mounted more than once."),
    ("G probe header without a name",
     group(container(livenessProbe={"httpGet": {"port": 80, "httpHeaders": [{"value": "x"}]}})), 400,
     "InvalidRequestContent", "Required property 'name' not found in JSON."),
    ("G secret that is not base64", group(volumes=[{"name": "volume", "secret": {"a": "%"}}]), 400, "InvalidVolume",
     "must be base64"),
    ("G mount of an unknown volume", group(container(volumeMounts=[{"name": "nothing", "mountPath": "/m"}])), 400,
     "VolumeNotFound", "The volume 'nothing' mounted in container 'main' is not defined in container group 'g'."),
    ("G mount path with a colon", group(container(volumeMounts=[{"name": "volume", "mountPath": "/a:b"}]),
     volumes=[{"name": "volume", "emptyDir": {}}]), 400, "InvalidVolumeMount", "'/a:b'"),
    ("G port 0", group(port(0)), 400, "InvalidContainerPort", "'0'"),
    ("G port 65536", group(port(65536)), 400, "InvalidContainerPort", "'65536'"),
    ("G port twice across containers",
     group(container("a", ports=[{"port": 80}]), container("b", ports=[{"port": 80}])), 400,
     "DuplicateContainerPorts", "'80/TCP'"),
    ("G six ports on one address", group(port(*range(1, 7)), ipAddress=address(*range(1, 7))), 400,
     "InvalidIpAddressPorts", "at most 5"),
    ("G a port of the address twice", group(port(80), ipAddress=address(80, 80)), 400, "InvalidIpAddressPorts",
     "more than once"),
    ("G no mapping: UDP is not TCP", group(container(ports=[{"port": 53, "protocol": "UDP"}]), ipAddress=address(53)),
     400, "UnreferencedIpAddressPorts", "'53'"),
    ("G protocol", group(container(ports=[{"port": 80, "protocol": "SCTP"}])), 400, "InvalidValue", "'TCP,UDP'"),
    ("G restartPolicy", group(restartPolicy="Sometimes"), 400, "InvalidValue", "'Always,OnFailure,Never'"),
    ("G sku", group(sku="Gold"), 400, "InvalidValue", "'Standard,Dedicated,Confidential'"),
    ("G priority", group(priority="High"), 400, "InvalidValue", "'Regular,Spot'"),
    ("G ip type", group(port(80), ipAddress=address(80, type="Shared")), 400, "InvalidValue", "'Public,Private'"),
    ("G a private address without a subnet", group(port(80), ipAddress=address(80, type="Private")), 400,
     "InvalidIpAddressTypeForNetworkProfile", "deployed to a subnet"),
    ("G a public address in a subnet", group(port(80), ipAddress=address(80), subnetIds=[{"id": "/s"}]), 400,
     "InvalidIpAddressTypeForNetworkProfile", "must be 'Private'"),
    ("G cpu 0", group(requests(0, 1)), 400, "InvalidResourceRequests", "at least 0.01"),
    ("G cpu 0.005", group(requests(0.005, 1)), 400, "InvalidResourceRequests", "at least 0.01"),
    ("G cpu 0.015", group(requests(0.015, 1)), 400, "InvalidResourceRequests", "multiple of 0.01"),
    ("G cpu 5", group(requests(5, 1)), 400, "InvalidResourceRequests", "at most 4"),
    ("G cpu of a group", group(requests(3, 1), requests(1.01, 1) | {"name": "b"}), 400, "InvalidResourceRequests",
     "The resource request '1.01' for 'cpu' in container 'b' of container group 'g' is invalid: All containers of a "
     "group together can have at most 4."),
    ("G memory of a group", group(requests(1, 12), requests(1, 12) | {"name": "b"}), 400, "InvalidResourceRequests",
     "together can have at most 16"),
    ("G cpu limit below the request", limited(cpu=0.5), 400, "InvalidResourceRequests", "It must be at least 1."),
    ("G negative cpu limit", limited(cpu=-4), 400, "InvalidResourceRequests", "It must be at least 1."),
    ("G memory limit", limited(memoryInGB=99999), 400, "InvalidResourceRequests", "at most 16"),
    ("G no gpu", limited(gpu={"sku": "K80", "count": -7}), 400, "InvalidResourceRequests", "It must be at least 1."),
    ("G unknown gpu", limited(gpu={"sku": "H100", "count": 1}), 400, "InvalidResourceRequests",
     "The resource request 'H100' for 'gpu sku' in container 'main' of container group 'g' is invalid: It must be one of "
     "K80, P100, V100."),
    ("G memory 0.05", group(requests(1, 0.05)), 400, "InvalidResourceRequests", "at least 0.1"),
    ("G memory 1.55", group(requests(1, 1.55)), 400, "InvalidResourceRequests", "multiple of 0.1"),
    ("G memory 17", group(requests(1, 17)), 400, "InvalidResourceRequests", "at most 16"),
    ("G no container", group(containers=[]), 400, "MissingContainers", "cannot be empty"),
    ("G 61 containers", group(*(container(f"c{n}") for n in range(61))), 400, "TooManyContainers", "'61'"),
    ("G 21 volumes", group(volumes=[{"name": f"volume-{n}", "emptyDir": {}} for n in range(21)]), 400,
     "TooManyVolumes", "'21'"),
    ("G no image", group(container(image="")), 400, "MissingImage", "'main'"),
    ("G init container with ports", group(**init(ports=[{"port": 80}])), 400, "InvalidInitContainer",
     "'ports' is not supported for init containers."),
    ("G init container with resources", group(**init(resources={"requests": {"cpu": 1, "memoryInGB": 1}})), 400,
     "InvalidInitContainer", "'resources' is not supported"),
    ("G init container with a probe", group(**init(livenessProbe={"exec": {"command": ["a"]}})), 400,
     "InvalidInitContainer", "'livenessProbe' is not supported"),
    ("G probe of no kind", group(container(livenessProbe={"periodSeconds": 5})), 400, "InvalidProbe", "Exactly one of"),
    ("G probe without a command", group(container(readinessProbe={"exec": {"command": []}})), 400, "InvalidProbe",
     "cannot be empty"),
    ("G registry without a password", group(imageRegistryCredentials=[{"server": "s", "username": "u"}]), 400,
     "InvalidImageRegistryCredentials", "'s' cannot be empty"),
    ("G resource group name with a dot at the end", lambda c: c.make_rg("name."), 400, "InvalidResourceGroupName",
     "'name.'"),
    ("G resource group name of 91", lambda c: c.make_rg("n" * 91), 400, "InvalidResourceGroupName", "1 to 90"),
    ("G resource group name with a blank", lambda c: c.make_rg("my%20group"), 400, "InvalidResourceGroupName",
     "'my group'"),
    ("G 51 tags", lambda c: c.make_rg("tags", tags={f"t{n}": "" for n in range(51)}), 400, "InvalidTagCount", "'51'"),
    ("G tag name of 513", lambda c: c.make_rg("tags", tags={"t" * 513: ""}), 400, "InvalidTagNameLength", "'512'"),
    ("G tag value of 257", lambda c: c.make_rg("tags", tags={"t": "v" * 257}), 400, "InvalidTagValueLength", "'256'"),
    ("E04 a wrong method", asked("POST", lambda c: c.rg("errors")), 405, "MethodNotAllowed",
     "The requested resource does not support http method 'POST'."),
    ("A a namespace that does not exist", asked("GET", lambda c: c.rg("errors", "/providers/Microsoft.Nothing/things/x")),
     404, "InvalidResourceNamespace", "The resource namespace 'Microsoft.Nothing' is invalid."),
    ("A a type that does not exist",
     asked("GET", lambda c: c.rg("errors", "/providers/Microsoft.ContainerInstance/things/x")), 404,
     "InvalidResourceType", "The resource type 'things' could not be found in the namespace"),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "status", "code", "message"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_refusal(scenes: Scenes, ask: Callable[[Client], httpx.Response], status: int, code: str, message: str) -> None:
    """The emulator refuses as the fact sheet says at this place: status, code, wording, shape."""
    assert scenes.bare.status_code == 200
    answer = ask(scenes.client)
    assert list(answer.json()) == ["error"]
    error = answer.json()["error"]
    assert list(error) == ["code", "message"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert message in error["message"]


UPDATES = {
    "osType": {"osType": "Windows"},
    "restartPolicy": {"restartPolicy": "Never"},
    "cpu": {"containers": [requests(2, 1.5)]},
    "memory": {"containers": [requests(1, 2)]},
    "location": {"location": "eastus"},
    "dns label": {"ipAddress": {"ports": [{"port": 80}], "dnsNameLabel": "another"},
                  "containers": [container(ports=[{"port": 80}])]},
    "diagnostics": {"diagnostics": {"logAnalytics": {"workspaceId": "w", "workspaceKey": "k"}}},
}  # fmt: skip


@pytest.mark.parametrize("change", UPDATES.values(), ids=[f"G immutable on PUT: {each}" for each in UPDATES])
def test_immutable(scenes: Scenes, change: dict[str, Any]) -> None:
    """G: what a PUT must not change is refused, and the group is left alone."""
    before = scenes.bare.json()
    answer = scenes.client.make_group("plain", "bare", group_document(**change))
    assert answer.status_code == 400
    assert answer.json()["error"] == {"code": "InvalidContainerGroupUpdate", "message": UPDATE_RULE}
    assert scenes.client.get_group("plain", "bare") == before


def test_log_of_a_container_that_never_ran(scenes: Scenes) -> None:
    """D ContainerLogNotAvailable."""
    answer = scenes.logs_too_early
    assert answer.status_code == 404
    assert answer.json()["error"] == {
        "code": "ContainerLogNotAvailable",
        "message": "Log of container 'main' in container group 'early' is not available yet. Please check container "
        "'InstanceView' for more information or retry later.",
    }


def test_group_in_a_dying_resource_group(scenes: Scenes) -> None:
    """D ResourceGroupBeingDeleted."""
    for answer in (scenes.deletion_put, scenes.deletion_put_group):
        assert answer.json()["error"] == {
            "code": "ResourceGroupBeingDeleted",
            "message": "The resource group 'doomed' is in deprovisioning state and cannot perform this operation.",
        }


def test_label_that_another_group_has(scenes: Scenes) -> None:
    """D DnsNameLabelNotAvailable."""
    assert scenes.rich.status_code == 200
    document = group_document(port(80), ipAddress=address(80, dnsNameLabel="parity-rich"))
    error = scenes.client.make_group("plain", "second", document).json()["error"]
    assert error["code"] == "DnsNameLabelNotAvailable"
    assert error["message"] == (
        "The DNS name label 'parity-rich' in container group 'second' not available. Try using a different label."
    )


def test_unregistered_provider() -> None:
    """D MissingSubscriptionRegistration, with details; registering cures it."""
    with Running() as running:
        client = running.client()
        client.make_rg("rg")
        provider = f"/subscriptions/{client.subscription}/providers/Microsoft.ContainerInstance"
        client.ask("POST", provider + "/unregister", version="2025-04-01")
        answer = client.make_group("rg", "g")
        assert answer.status_code == 409
        error = answer.json()["error"]
        assert error["code"] == "MissingSubscriptionRegistration"
        assert error["message"] == (
            "The subscription is not registered to use namespace 'Microsoft.ContainerInstance'. See "
            "https://aka.ms/rps-not-found for how to register subscriptions."
        )
        assert error["details"][0]["target"] == "Microsoft.ContainerInstance"
        client.ask("POST", provider + "/register", version="2025-04-01")
        assert client.make_group("rg", "g").status_code == 201


def test_registry_error() -> None:
    """D RegistryErrorResponse: a runtime that images can not be asked of at the moment is a conflict, not a 500."""

    async def broken(image: str, credentials: object) -> str:
        raise RuntimeUnavailable("docker", "the engine does not answer any more.")

    with Running() as running:
        client = running.client()
        client.make_rg("rg")
        running.runtime.pull = broken  # type: ignore[method-assign] # the fake is always there
        answer = client.make_group("rg", "a")
        assert answer.status_code == 409
        assert answer.json()["error"] == {
            "code": "RegistryErrorResponse",
            "message": "An error response is received from the docker registry 'index.docker.io'. Please retry later.",
        }


def test_quota() -> None:
    """D ContainerGroupQuotaReached: wording and numbers."""
    with Running(Configuration(quota=Quota(10, 2))) as running:
        client = running.client()
        client.make_rg("rg")
        client.make_group("rg", "a", group_document(requests(2, 1)))
        answer = client.make_group("rg", "b")
        assert answer.status_code == 403
        assert answer.json()["error"] == {
            "code": "ContainerGroupQuotaReached",
            "message": "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota "
            "'StandardCores' exceeded in region 'westeurope'. Limit: '2', Usage: '2' Requested: '1'.",
        }


def test_allow_header(scenes: Scenes) -> None:
    """E04: a wrong method is answered with the right ones."""
    answer = scenes.client.ask("POST", scenes.client.rg("errors"))
    assert answer.headers["Allow"] == "PUT, GET, HEAD, PATCH, DELETE"


def test_an_image_that_is_not_here_has_a_reason(scenes: Scenes) -> None:
    """D InaccessibleImage: beside Azure's words, which blame image and credential, a header of our own says why."""
    answer = group(container(image="missing"))(scenes.client)
    assert answer.headers["x-emulator-reason"]
