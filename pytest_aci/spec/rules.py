"""What Azure would refuse, said before it is asked: one row a rule.

The limits are the documented ones and those that recorded answers of the service name; a limit of this plugin's own
says so.
"""

from __future__ import annotations

from typing import Any

from pytest_aci.spec import images, values
from pytest_aci.spec.checks import Rule, at_most, is_a, matches, number, one_of, text, whole
from pytest_aci.spec.secret import Secret
from pytest_aci.spec.suggestions import label_like, name_like

MAX_CORES, MAX_MEMORY_GB = 4, 16  # of a whole group, where a region offers no more
LABEL_LENGTH = 46  # Azure allows 63; a hyphen and the run's 16 hexadecimal digits are added
VALUE_BYTES = 128 * 1024  # Linux hands no longer string to a process

COMMAND_FORMS = (
    'a list of strings, not one string: a program and its arguments as in ["echo", "FOO", "BAR"], '
    'or a shell and its script as in ["/bin/sh", "-c", "echo FOO BAR && tail -f /dev/null"]'
)
_PORT_SAYS = "a port from 1 to 65535"
_SWITCH_SAYS = "True or False"
_PASSWORD_SAYS = "a string or a Secret"  # noqa: S105 # words of a message
_MANAGED_IDENTITY = matches(r"(?i)/subscriptions/[^/]+/resourcegroups/[^/]+/providers/Microsoft\.ManagedIdentity/.+")
_SUBNET = matches(r"(?i)/subscriptions/[^/]+/resourcegroups/[^/]+/providers/Microsoft\.Network/.+/subnets/[^/]+")


def is_container(value: Any) -> bool:
    """Whether *value* is a container, seen by its fields: the class itself is built upon these rules."""
    return hasattr(value, "image") and hasattr(value, "memory_gb")


def _is_command(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) > 0 and all(text(VALUE_BYTES)(word) for word in value)


def _is_image(value: Any) -> bool:
    return isinstance(value, str) and images.parse(value) is not None


def _lower_case_image(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) and _is_image(value.lower()) else None


def _asks_one_way(probe: Any) -> bool:
    return (probe.exec is None) != (probe.http_get is None)


def _opens_one_way(credential: Any) -> bool:
    password = (credential.username is not None, credential.password is not None)
    return password == ((True, True) if credential.identity is None else (False, False))


def _probe_rules(probe: str) -> tuple[Rule, ...]:
    counts = ("period_seconds", "failure_threshold", "success_threshold", "timeout_seconds")
    return (
        Rule(probe, is_a(values.Probe), "a Probe(exec=[…]) or a Probe(http_get=HttpGet(port, path))"),
        Rule(probe, _asks_one_way, "either exec or http_get"),
        Rule(f"{probe}.exec", _is_command, COMMAND_FORMS),
        Rule(f"{probe}.http_get", is_a(values.HttpGet), "an HttpGet(port, path)"),
        Rule(f"{probe}.http_get.port", whole(1, 65535), _PORT_SAYS),
        Rule(f"{probe}.http_get.path", matches(r"/\S*"), "a path that starts with /"),
        one_of(f"{probe}.http_get.scheme", "http", "https"),
        Rule(f"{probe}.http_get.headers", is_a(tuple), "a mapping of header names to strings", hidden=True),
        Rule(f"{probe}.http_get.headers[][0]", matches(r"[!-9;-~]+"), "the name of a header"),
        Rule(f"{probe}.http_get.headers[][1]", text(VALUE_BYTES), _PASSWORD_SAYS, hidden=True),
        Rule(f"{probe}.initial_delay_seconds", whole(0, 86400), "whole seconds from 0 to 86400"),
        *(Rule(f"{probe}.{name}", whole(1, 86400), "a whole number from 1 to 86400") for name in counts),
    )


# fmt: off - a table is read by rows
CONTAINER_RULES = (
    Rule(
        "name",
        matches(r"(?=.{1,63}$)[a-z0-9]+(-+[a-z0-9]+)*"),
        "1 to 63 lower-case letters, digits and inner hyphens",
        name_like,
    ),
    Rule(
        "image",
        _is_image,
        "an image such as registry/name:tag or registry/name@sha256:(64 hexadecimal digits), the name in lower case",
        _lower_case_image,
    ),
    Rule("command", _is_command, COMMAND_FORMS),
    Rule("env", is_a(tuple), "a mapping of names to strings", hidden=True),
    Rule("env", at_most(1000), "at most 1000 variables (a limit of pytest-aci)", hidden=True),
    Rule(
        "env[].name",
        matches(r"[A-Za-z](\w{0,61}[A-Za-z0-9])?"),
        "1 to 63 letters, digits and inner underscores, a letter first",
    ),
    Rule("env[].value", text(VALUE_BYTES), "a string of at most 128 KiB without a null character", hidden=True),
    Rule("ports", is_a(tuple), 'a list such as [80, "53/udp"]'),
    Rule("ports[]", is_a(values.Port), 'a number such as 80, a string such as "53/udp", or a Port'),
    Rule("ports[].port", whole(1, 65535), _PORT_SAYS),
    one_of("ports[].protocol", "TCP", "UDP"),
    Rule("cpu", number(0.01, MAX_CORES, 0.01), f"a number of cores from 0.01 to {MAX_CORES} in steps of 0.01"),
    Rule("memory_gb", number(0.1, MAX_MEMORY_GB, 0.1), f"a number of GB from 0.1 to {MAX_MEMORY_GB} in steps of 0.1"),
    Rule("gpu", is_a(values.Gpu), 'a Gpu(count, "V100")'),
    Rule("gpu.count", whole(1, 4), "1 to 4 processors"),
    one_of("gpu.sku", "K80", "P100", "V100"),
    Rule("mounts", is_a(tuple), "a mapping of paths to volumes, or a list of Mount"),
    Rule("mounts[]", is_a(values.Mount), "a Mount(volume, path)"),
    Rule("mounts[].path", matches(r"[^:\0]+"), "a path without a colon"),
    Rule("mounts[].read_only", is_a(bool), _SWITCH_SAYS),
    *_probe_rules("liveness"),
    *_probe_rules("readiness"),
)

GROUP_RULES = (
    Rule("containers", lambda value: 1 <= len(value) <= 60, "1 to 60 containers"),  # noqa: PLR2004 # the rule itself
    Rule("containers[]", is_container, "a container(name, image)"),
    Rule("init_containers", is_a(tuple), "a list of container(name, image)"),
    Rule("init_containers[]", is_container, "a container(name, image)"),
    Rule("location", matches(r"[a-z0-9]+"), "a region such as westeurope"),
    Rule(
        "dns_label",
        matches(rf"[a-z][a-z0-9-]{{3,{LABEL_LENGTH - 2}}}[a-z0-9]"),
        f"5 to {LABEL_LENGTH} lower-case letters, digits and hyphens, a letter first and no hyphen last "
        "(of Azure's 63 characters 17 are for the run's own ending)",
        lambda value: label_like(value, LABEL_LENGTH),
    ),
    one_of("dns_scope", "Unsecure", "TenantReuse", "SubscriptionReuse", "ResourceGroupReuse", "Noreuse"),
    one_of("os_type", "Linux", "Windows"),
    one_of("restart_policy", "Always", "OnFailure", "Never"),
    Rule("volumes", is_a(tuple), "a list of volumes"),
    Rule("volumes", at_most(20), "at most 20 volumes"),
    Rule(
        "volumes[]",
        is_a(values.EmptyDir, values.SecretVolume, values.AzureFile, values.GitRepo),
        "an EmptyDir, a SecretVolume, an AzureFile or a GitRepo",
    ),
    Rule(
        "volumes[].name",
        matches(r"(?=.{5,63}$)[a-z0-9]+(-[a-z0-9]+)*"),
        "5 to 63 lower-case letters, digits and single inner hyphens",
    ),
    Rule(
        "volumes[].files",
        lambda value: isinstance(value, tuple) and len(value) > 0,
        "a mapping of file names to contents",
        hidden=True,
    ),
    Rule("volumes[].files[][0]", matches(r"[\w.-]{1,253}"), "a file name of letters, digits, '.', '_' and '-'"),
    Rule("volumes[].files[][1]", is_a(Secret), "text, bytes or a Secret", hidden=True),
    Rule(
        "volumes[].share",
        matches(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*"),
        "the name of a file share: 3 to 63 lower-case letters, digits and single '-'",
    ),
    Rule("volumes[].account", matches(r"[a-z0-9]{3,24}"), "the name of a storage account"),
    Rule("volumes[].read_only", is_a(bool), _SWITCH_SAYS),
    Rule("volumes[].account_key", is_a(Secret), _PASSWORD_SAYS, hidden=True),
    Rule("volumes[].repository", text(4096), "the URL of a repository", hidden=True),
    Rule("volumes[].directory", text(4096), "a directory of the volume"),
    Rule("volumes[].revision", text(4096), "a commit, branch or tag"),
    Rule("registry_credentials", is_a(tuple), "a list of RegistryCredential"),
    Rule("registry_credentials[]", is_a(values.RegistryCredential), "a RegistryCredential(server, username, password)"),
    Rule("registry_credentials[]", _opens_one_way, "either username and password, or identity"),
    Rule("registry_credentials[].server", matches(r"[\w.-]+(:\d+)?"), "a host such as registry.example.com, not a URL"),
    Rule("registry_credentials[].username", text(4096), "a string"),
    Rule("registry_credentials[].password", is_a(Secret), _PASSWORD_SAYS, hidden=True),
    Rule("registry_credentials[].identity", _MANAGED_IDENTITY, "the resource id of a user-assigned identity"),
    Rule("identity", is_a(values.Identity), 'an Identity, "SystemAssigned", or a list of resource ids of identities'),
    Rule("identity", lambda value: bool(value.system or value.user_assigned), "system=True, or ids of identities"),
    Rule("identity.system", is_a(bool), _SWITCH_SAYS),
    Rule("identity.user_assigned", is_a(tuple), "a list of resource ids of identities"),
    Rule("identity.user_assigned[]", _MANAGED_IDENTITY, "the resource id of a user-assigned identity"),
    Rule("subnet_ids", is_a(tuple), "a list of resource ids of subnets"),
    Rule("subnet_ids[]", _SUBNET, "the resource id of a subnet"),
    Rule("zone", matches(r"[1-9]"), "an availability zone such as 1"),
    one_of("priority", "Regular", "Spot"),
    one_of("sku", "Standard", "Dedicated", "Confidential"),
    Rule("log_analytics", is_a(values.LogAnalytics), "a LogAnalytics(workspace_id, workspace_key)"),
    Rule("log_analytics.workspace_id", matches(r"\S+"), "the id of a workspace"),
    Rule("log_analytics.workspace_key", is_a(Secret), _PASSWORD_SAYS, hidden=True),
    Rule("log_analytics.metadata", is_a(tuple), "a mapping of names to strings"),
    Rule("log_analytics.metadata[][]", text(4096), "a string"),
    Rule("log_analytics.workspace_resource_id", matches(r"/\S+"), "a resource id"),
    one_of("log_analytics.log_type", "ContainerInsights", "ContainerInstanceLogs"),
    Rule("tags", is_a(tuple), "a mapping of names to strings"),
    Rule("tags", at_most(46), "at most 46 tags (of Azure's 50, 4 are pytest-aci's)"),
    Rule("tags[][0]", matches(r"[^<>%&\\?/\0]{1,512}"), r"1 to 512 characters, none of < > % & \ ? /"),
    Rule("tags[][1]", matches(r"(?s).{0,256}"), "a string of at most 256 characters"),
)
# fmt: on
