"""From a spec to the body of the PUT that creates its container group, in the words of api-version 2023-05-01."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_aci.spec import AzureFile, EmptyDir, GitRepo, ModelSpec, Secret, SecretVolume

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_aci.spec import (
        ContainerSpec,
        EnvVar,
        GroupSpec,
        HttpGet,
        Identity,
        LogAnalytics,
        Port,
        Probe,
        RegistryCredential,
        Spec,
        Volume,
    )

Document = dict[str, Any]


def group_document(spec: Spec, *, location: str, tags: Mapping[str, str], suffix: str) -> Document:
    """The body of the PUT that creates *spec*, secrets in the clear: for the request and for nothing else.

    *location* is where a spec goes that names no place itself; *tags* win over the spec's own of the same name. The
    DNS label of a `GroupSpec` becomes `<label>-<suffix>`; the one in a model stays as its writer chose it.
    """
    body = spec.body() if isinstance(spec, ModelSpec) else _body(spec, suffix)
    body["location"] = body.get("location") or location
    body["tags"] = {**(body.get("tags") or {}), **tags}
    return body


def _body(spec: GroupSpec, suffix: str) -> Document:
    properties = _given(
        containers=[_container(container) for container in spec.containers],
        initContainers=[_init_container(container) for container in spec.init_containers],
        osType=spec.os_type,
        restartPolicy=spec.restart_policy,
        ipAddress=_address(spec, suffix),
        volumes=[_volume(volume) for volume in spec.volumes],
        imageRegistryCredentials=[_credential(credential) for credential in spec.registry_credentials],
        subnetIds=[{"id": subnet} for subnet in spec.subnet_ids],
        diagnostics=_diagnostics(spec.log_analytics) if spec.log_analytics else None,
        priority=spec.priority,
        sku=spec.sku,
    )
    return _given(
        location=spec.location,
        identity=_identity(spec.identity) if spec.identity else None,
        zones=[spec.zone] if spec.zone else None,
        tags=dict(spec.tags),
        properties=properties,
    )


def _given(**members: Any) -> Document:
    """*members* without those that are None or empty: Azure tells an absent key from an empty one."""
    return {name: value for name, value in members.items() if value is not None and value not in ([], {})}


def _container(container: ContainerSpec) -> Document:
    requests = _given(
        cpu=container.cpu,
        memoryInGB=container.memory_gb,
        gpu=_given(count=container.gpu.count, sku=container.gpu.sku) if container.gpu else None,
    )
    properties = _init_container(container)["properties"] | _given(
        ports=[_port(port) for port in container.ports],
        resources={"requests": requests},
        livenessProbe=_probe(container.liveness) if container.liveness else None,
        readinessProbe=_probe(container.readiness) if container.readiness else None,
    )
    return {"name": container.name, "properties": properties}


def _init_container(container: ContainerSpec) -> Document:
    """What an init container has, and every other container has too."""
    properties = _given(
        image=container.image,
        command=list(container.command) if container.command else None,
        environmentVariables=[_variable(variable) for variable in container.env],
        volumeMounts=[
            {"name": mount.volume, "mountPath": mount.path} | ({"readOnly": True} if mount.read_only else {})
            for mount in container.mounts
        ],
    )
    return {"name": container.name, "properties": properties}


def _variable(variable: EnvVar) -> Document:
    if isinstance(variable.value, Secret):
        return {"name": variable.name, "secureValue": variable.value.reveal()}
    return {"name": variable.name, "value": variable.value}


def _port(port: Port) -> Document:
    return {"port": port.port, "protocol": port.protocol}


def _probe(probe: Probe) -> Document:
    return _given(
        exec={"command": list(probe.exec)} if probe.exec else None,
        httpGet=_http_get(probe.http_get) if probe.http_get else None,
        initialDelaySeconds=probe.initial_delay_seconds,
        periodSeconds=probe.period_seconds,
        failureThreshold=probe.failure_threshold,
        successThreshold=probe.success_threshold,
        timeoutSeconds=probe.timeout_seconds,
    )


def _http_get(get: HttpGet) -> Document:
    headers = [{"name": name, "value": _plain(value)} for name, value in dict(get.headers).items()]
    return _given(port=get.port, path=get.path, scheme=get.scheme, httpHeaders=headers)


def _address(spec: GroupSpec, suffix: str) -> Document | None:
    """The group's address; none without ports, and a private one without a name inside a subnet."""
    if not spec.ports:
        return None
    ports = [_port(port) for port in spec.ports]
    if spec.subnet_ids:
        return {"type": "Private", "ports": ports}
    if not spec.dns_label:
        return {"type": "Public", "ports": ports}
    return {
        "type": "Public",
        "ports": ports,
        "dnsNameLabel": f"{spec.dns_label}-{suffix}",
        "autoGeneratedDomainNameLabelScope": spec.dns_scope,
    }


def _volume(volume: Volume) -> Document:
    match volume:
        case EmptyDir():
            content: Document = {}
        case SecretVolume():
            content = {name: _plain(encoded) for name, encoded in dict(volume.files).items()}
        case AzureFile():
            content = _given(
                shareName=volume.share,
                readOnly=volume.read_only,
                storageAccountName=volume.account,
                storageAccountKey=_plain(volume.account_key),
            )
        case GitRepo():
            content = _given(repository=_plain(volume.repository), directory=volume.directory, revision=volume.revision)
    return {"name": volume.name, volume.kind: content}


def _credential(credential: RegistryCredential) -> Document:
    return _given(
        server=credential.server,
        username=credential.username,
        password=_plain(credential.password),
        identity=credential.identity,
    )


def _identity(identity: Identity) -> Document:
    kinds = (["SystemAssigned"] if identity.system else []) + (["UserAssigned"] if identity.user_assigned else [])
    return _given(
        type=", ".join(kinds), userAssignedIdentities={identifier: {} for identifier in identity.user_assigned}
    )


def _diagnostics(workspace: LogAnalytics) -> Document:
    return {
        "logAnalytics": _given(
            workspaceId=workspace.workspace_id,
            workspaceKey=_plain(workspace.workspace_key),
            logType=workspace.log_type,
            metadata=dict(workspace.metadata),
            workspaceResourceId=workspace.workspace_resource_id,
        )
    }


def _plain(value: object) -> object:
    """What a secret hides, for the one place that must say it; anything else as it is."""
    return value.reveal() if isinstance(value, Secret) else value
