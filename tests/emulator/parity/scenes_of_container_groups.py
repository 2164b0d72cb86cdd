"""Answers about container groups."""

# ruff: noqa: D102 # the name of an attribute says which answer it is

# the name of an attribute says which answer it is

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.emulator.running import container, group_document

from .stage import Stage

if TYPE_CHECKING:
    import httpx


HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"


def _rich() -> dict[str, Any]:
    """A group with everything that an answer could show, hide or reorder."""
    web = container(
        "web",
        HELLO,
        command=["/bin/serve", "--all"],
        ports=[{"port": 80}, {"protocol": "UDP", "port": 53}],
        environmentVariables=[
            {"name": "PLAIN", "value": "seen"},
            {"secureValue": "hidden-value", "name": "SECURE"},
            {"name": "EMPTY", "value": ""},
        ],
        volumeMounts=[
            {"mountPath": "mnt/mydir", "name": "share-one"},
            {"name": "secret-one", "mountPath": "/secret", "readOnly": True},
        ],
        livenessProbe={"periodSeconds": 60, "exec": {"command": ["true"]}},
        configMap={"keyValuePairs": {"key": "value"}},
    )
    return group_document(
        web,
        container("side", "busybox:1.36", command=[]),
        location="West Europe",
        tags={"purpose": "parity"},
        zones=["1"],
        identity={"type": "SystemAssigned"},
        initContainers=[{"name": "first", "properties": {"image": "busybox:1.36", "command": ["exit", "0"]}}],
        imageRegistryCredentials=[{"server": "reg.example", "username": "me", "password": "hidden-password"}],
        restartPolicy="never",
        ipAddress={
            "type": "Public",
            "dnsNameLabel": "parity-rich",
            "ports": [{"protocol": "TCP", "port": 80}, {"protocol": "UDP", "port": 53}],
        },
        volumes=[
            {
                "name": "share-one",
                "azureFile": {"storageAccountKey": "hidden-key", "storageAccountName": "acc", "shareName": "data"},
            },
            {"name": "secret-one", "secret": {"file": "aGlkZGVuLWNvbnRlbnQ="}},
            {"name": "empty-one", "emptyDir": {}},
            {
                "name": "git-one",
                "gitRepo": {"revision": "main", "directory": "d", "repository": "https://git.example/r"},
            },
        ],
        diagnostics={"logAnalytics": {"workspaceKey": "hidden-workspace", "workspaceId": "w-id"}},
        priority="Regular",
        unknownProperty={"x": 1},
        osType="linux",
    )


class ContainerGroupScenes(Stage):
    """Answers about container groups."""

    @cached_property
    def rich_new(self) -> httpx.Response:
        return self.client.make_group("plain", "rich", _rich())

    @cached_property
    def rich_operation(self) -> dict[str, Any]:
        return self.client.poll(self.rich_new)

    @cached_property
    def rich(self) -> httpx.Response:
        assert self.rich_operation["status"] == "Succeeded"
        return self.client.ask("GET", self.client.cg("plain", "rich"))

    def _rich_in(self, version: str) -> httpx.Response:
        assert self.rich_operation["status"] == "Succeeded"
        return self.client.ask("GET", self.client.cg("plain", "rich"), version=version)

    @cached_property
    def rich_2018(self) -> httpx.Response:
        return self._rich_in("2018-10-01")

    @cached_property
    def rich_2018_06(self) -> httpx.Response:
        return self._rich_in("2018-06-01")

    @cached_property
    def rich_2021(self) -> httpx.Response:
        return self._rich_in("2021-09-01")

    @cached_property
    def rich_2024(self) -> httpx.Response:
        return self._rich_in("2024-05-01-preview")

    @cached_property
    def bare_new(self) -> httpx.Response:
        return self.client.make_group("plain", "bare")

    @cached_property
    def bare(self) -> httpx.Response:
        self.client.poll(self.bare_new)
        return self.client.ask("GET", self.client.cg("plain", "bare"))

    @cached_property
    def bare_operation_running(self) -> httpx.Response:
        """The status of an operation whose group can not get a place yet."""
        self.running.call(self.running.runtime.gate.clear)
        try:
            answer = self.client.make_group("plain", "held")
            return self.client.http.get(answer.headers["Azure-AsyncOperation"])
        finally:
            self.running.call(self.running.runtime.gate.set)

    @cached_property
    def bare_operation_ended(self) -> httpx.Response:
        self.client.poll(self.bare_new)
        return self.client.http.get(self.bare_new.headers["Azure-AsyncOperation"])

    @cached_property
    def operation_other_version(self) -> httpx.Response:
        address = self.bare_new.headers["Azure-AsyncOperation"].replace("2018-06-01", "2023-05-01")
        return self.client.http.get(address)

    @cached_property
    def operation_unknown(self) -> httpx.Response:
        return self.client.ask("GET", self.client.location("/operations/00000000-0000-4000-8000-000000000000"))

    @cached_property
    def same_again(self) -> httpx.Response:
        assert self.bare.is_success
        return self.client.make_group("plain", "bare")

    @cached_property
    def changed_again(self) -> httpx.Response:
        self.client.poll(self.client.make_group("plain", "changing"))
        return self.client.make_group("plain", "changing", group_document(container(command=["new"])))

    @cached_property
    def group_missing(self) -> httpx.Response:
        return self.client.ask("GET", self.client.cg("plain", "nowhere"))

    @cached_property
    def group_missing_rg(self) -> httpx.Response:
        return self.client.ask("GET", self.client.cg("nowhere", "nothing"))

    @cached_property
    def put_missing_rg(self) -> httpx.Response:
        return self.client.make_group("nowhere", "nothing")

    @cached_property
    def patched(self) -> httpx.Response:
        self.client.poll(self.client.make_group("plain", "patched", group_document(tags={"tag1": "1"})))
        body = {"location": "westeurope", "tags": {"tag2": "2"}}
        return self.client.ask("PATCH", self.client.cg("plain", "patched"), body)

    @cached_property
    def before_delete(self) -> httpx.Response:
        self.client.poll(self.client.make_group("plain", "deleted"))
        return self.client.ask("GET", self.client.cg("plain", "deleted"))

    @cached_property
    def deleted(self) -> httpx.Response:
        assert self.before_delete.is_success
        return self.client.ask("DELETE", self.client.cg("plain", "deleted"))

    @cached_property
    def deleted_again(self) -> httpx.Response:
        assert self.deleted.is_success
        return self.client.ask("DELETE", self.client.cg("plain", "deleted"))

    @cached_property
    def list_after_delete(self) -> httpx.Response:
        assert self.deleted.is_success
        return self.client.ask("GET", self.client.cg("plain", "").rstrip("/"))

    @cached_property
    def list_empty(self) -> httpx.Response:
        return self.client.ask("GET", self.client.cg("lists", "").rstrip("/"))

    @cached_property
    def list_by_rg(self) -> httpx.Response:
        assert self.rich.is_success
        return self.client.ask("GET", self.client.cg("plain", "").rstrip("/"))

    @cached_property
    def list_by_subscription(self) -> httpx.Response:
        assert self.rich.is_success
        path = f"/subscriptions/{self.client.subscription}/providers/Microsoft.ContainerInstance/containerGroups"
        return self.client.ask("GET", path)

    @cached_property
    def rich_listed(self) -> dict[str, Any]:
        rows = [each for each in self.list_by_rg.json()["value"] if each["name"] == "rich"]
        return dict(rows[0])
