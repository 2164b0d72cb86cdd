"""What the facts are read from: answers of one emulator, each asked for once, in the order in which facts need them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.emulator.running import container, group_document

if TYPE_CHECKING:
    import httpx

    from tests.emulator.running import Client, Running

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
            {"name": "git-one", "gitRepo": {"revision": "main", "directory": "d", "repository": "https://git.example/r"}},
        ],
        diagnostics={"logAnalytics": {"workspaceKey": "hidden-workspace", "workspaceId": "w-id"}},
        priority="Regular",
        unknownProperty={"x": 1},
        osType="linux",
    )


class Scenes:
    """Every attribute is one answer, or one document read from the emulator."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.client: Client = running.client()
        self.client.make_rg("plain", tags={"kind": "home"})
        self.client.make_rg("lists", location="North Europe")
        self.client.make_rg("errors")

    # resource groups

    @cached_property
    def rg_new(self) -> httpx.Response:
        return self.client.make_rg("fresh", "West Central US", {"tag1": "a", "tag2": "b"})

    @cached_property
    def rg_without_tags(self) -> httpx.Response:
        return self.client.make_rg("untagged")

    @cached_property
    def rg_empty_tags(self) -> httpx.Response:
        return self.client.make_rg("emptytags", tags={})

    @cached_property
    def rg_managed(self) -> httpx.Response:
        body = {"location": "westeurope", "managedBy": "/subscriptions/x", "tags": {"a": "b"}}
        return self.client.ask("PUT", self.client.rg("managed"), body)

    @cached_property
    def rg_again(self) -> httpx.Response:
        assert self.rg_new
        return self.client.make_rg("fresh", "westcentralus", {"tag3": "c"})

    @cached_property
    def rg_elsewhere(self) -> httpx.Response:
        return self.client.make_rg("plain", "eastus")

    @cached_property
    def rg_get(self) -> httpx.Response:
        return self.client.ask("GET", self.client.rg("plain"))

    @cached_property
    def rg_get_old(self) -> httpx.Response:
        return self.client.ask("GET", self.client.rg("plain"), version="2018-05-01")

    @cached_property
    def rg_get_mixed_case(self) -> httpx.Response:
        return self.client.ask("GET", self.client.rg("PLAIN").replace("resourcegroups", "resourceGroups"))

    @cached_property
    def rg_missing(self) -> httpx.Response:
        return self.client.ask("GET", self.client.rg("nowhere"))

    @cached_property
    def rg_head(self) -> httpx.Response:
        return self.client.ask("HEAD", self.client.rg("plain"))

    @cached_property
    def rg_head_missing(self) -> httpx.Response:
        return self.client.ask("HEAD", self.client.rg("nowhere"))

    @cached_property
    def rg_patch(self) -> httpx.Response:
        self.client.make_rg("patched", tags={"old": "1"})
        return self.client.ask("PATCH", self.client.rg("patched"), {"tags": {"new": "2"}})

    @cached_property
    def rg_patch_nothing(self) -> httpx.Response:
        assert self.rg_patch
        return self.client.ask("PATCH", self.client.rg("patched"), {})

    @cached_property
    def rg_list(self) -> httpx.Response:
        return self.client.ask("GET", self.client.rg("").rstrip("/"))

    def _tagged(self, condition: str) -> httpx.Response:
        self.client.make_rg("tagged-one", tags={"color": "red"})
        self.client.make_rg("tagged-two", tags={"color": "blue"})
        return self.client.ask("GET", self.client.rg("").rstrip("/"), params={"$filter": condition})

    @cached_property
    def rg_list_by_tag(self) -> httpx.Response:
        return self._tagged("tagname eq 'color' and tagvalue eq 'red'")

    @cached_property
    def rg_list_by_tag_name(self) -> httpx.Response:
        return self._tagged("tagName eq 'color'")

    @cached_property
    def rg_list_bad_filter(self) -> httpx.Response:
        return self._tagged("color is red")

    @cached_property
    def rg_resources(self) -> httpx.Response:
        self.client.make_rg("full")
        self.client.poll(self.client.make_group("full", "inside", group_document(tags={"a": "b"})))
        return self.client.ask("GET", self.client.rg("full", "/resources"))

    @cached_property
    def deletion(self) -> dict[str, httpx.Response]:
        """A resource group with one running group, deleted while the deletion is held back."""
        client = self.client
        client.make_rg("doomed")
        client.poll(client.make_group("doomed", "inside"))
        self.running.run(self._add_fault("deletion", seconds=0.4, group="doomed"))
        answers = {"asked": client.ask("DELETE", client.rg("doomed"))}
        answers["again"] = client.ask("DELETE", client.rg("doomed"))
        answers["running"] = client.http.get(answers["asked"].headers["Location"])
        answers["get"] = client.ask("GET", client.rg("doomed"))
        answers["put_group"] = client.make_group("doomed", "late")
        answers["put"] = client.make_rg("doomed")
        answers["done"] = client.wait_deleted(answers["asked"])
        answers["gone"] = client.ask("GET", client.rg("doomed"))
        answers["group_gone"] = client.ask("GET", client.cg("doomed", "inside"))
        return answers

    async def _add_fault(self, kind: str, **fields: Any) -> str:
        from pytest_aci.emulator.faults import Rule

        return self.running.cloud.faults.add(Rule(kind, **fields))

    @cached_property
    def deletion_asked(self) -> httpx.Response:
        return self.deletion["asked"]

    @cached_property
    def deletion_again(self) -> httpx.Response:
        return self.deletion["again"]

    @cached_property
    def deletion_running(self) -> httpx.Response:
        return self.deletion["running"]

    @cached_property
    def deletion_get(self) -> httpx.Response:
        return self.deletion["get"]

    @cached_property
    def deletion_put(self) -> httpx.Response:
        return self.deletion["put"]

    @cached_property
    def deletion_put_group(self) -> httpx.Response:
        return self.deletion["put_group"]

    @cached_property
    def deletion_done(self) -> httpx.Response:
        return self.deletion["done"]

    @cached_property
    def deletion_gone(self) -> httpx.Response:
        return self.deletion["gone"]

    @cached_property
    def deletion_group_gone(self) -> httpx.Response:
        return self.deletion["group_gone"]

    # container groups

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
        assert self.bare
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
        assert self.before_delete
        return self.client.ask("DELETE", self.client.cg("plain", "deleted"))

    @cached_property
    def deleted_again(self) -> httpx.Response:
        assert self.deleted
        return self.client.ask("DELETE", self.client.cg("plain", "deleted"))

    @cached_property
    def list_after_delete(self) -> httpx.Response:
        assert self.deleted
        return self.client.ask("GET", self.client.cg("plain", "").rstrip("/"))

    @cached_property
    def list_empty(self) -> httpx.Response:
        return self.client.ask("GET", self.client.cg("lists", "").rstrip("/"))

    @cached_property
    def list_by_rg(self) -> httpx.Response:
        assert self.rich
        return self.client.ask("GET", self.client.cg("plain", "").rstrip("/"))

    @cached_property
    def list_by_subscription(self) -> httpx.Response:
        assert self.rich
        path = f"/subscriptions/{self.client.subscription}/providers/Microsoft.ContainerInstance/containerGroups"
        return self.client.ask("GET", path)

    @cached_property
    def rich_listed(self) -> dict[str, Any]:
        rows = [each for each in self.list_by_rg.json()["value"] if each["name"] == "rich"]
        return dict(rows[0])

    # stop, start, restart: one story

    @cached_property
    def story(self) -> dict[str, Any]:
        client = self.client
        document = group_document(
            container(ports=[{"port": 80}]),
            initContainers=[{"name": "first", "properties": {"image": "busybox", "command": ["exit", "0"]}}],
            ipAddress={"ports": [{"port": 80, "protocol": "TCP"}], "type": "Public", "dnsNameLabel": "the-story"},
        )
        path = client.cg("plain", "story")
        client.poll(client.make_group("plain", "story", document))
        told: dict[str, Any] = {"running": client.get_group("plain", "story")}
        told["stop"] = client.ask("POST", path + "/stop")
        told["stopped"] = client.get_group("plain", "story")
        told["stopped_logs"] = client.ask("GET", path + "/containers/main/logs")
        told["restart_stopped"] = client.ask("POST", path + "/restart")
        self.running.call(self.running.runtime.gate.clear)
        told["start"] = client.ask("POST", path + "/start")
        told["start_status"] = client.http.get(told["start"].headers["Azure-AsyncOperation"]).json()
        told["starting"] = client.get_group("plain", "story")
        told["stop_in_transition"] = client.ask("POST", path + "/stop")
        self.running.call(self.running.runtime.gate.set)
        told["start_operation"] = client.poll(told["start"])
        told["started"] = client.get_group("plain", "story")
        told["restart"] = client.ask("POST", path + "/restart")
        told["restart_operation"] = client.poll(told["restart"])
        told["restarted"] = client.get_group("plain", "story")
        told["start_running"] = client.ask("POST", path + "/start")
        told["start_running_operation"] = client.poll(told["start_running"])
        return told

    def __getattr__(self, name: str) -> Any:
        """`story_NAME` is one chapter of the story."""
        if name.startswith("story_"):
            return self.story[name.removeprefix("story_")]
        raise AttributeError(name)

    # tasks and loops

    def _task(self, name: str, *containers: dict[str, Any], policy: str | None) -> dict[str, Any]:
        properties = {} if policy is None else {"restartPolicy": policy}
        answer = self.client.make_group("plain", name, group_document(*containers, **properties))
        operation = self.client.poll(answer)
        assert operation["status"] == "Succeeded"
        return operation

    @cached_property
    def task_zero(self) -> dict[str, Any]:
        self._task("task-zero", container(command=["exit", "0"]), policy="Never")
        return self.client.until("plain", "task-zero", _ended)

    @cached_property
    def task_two_operation(self) -> dict[str, Any]:
        return self._task("task-two", container(command=["exit", "2"]), policy="Never")

    @cached_property
    def task_two(self) -> dict[str, Any]:
        assert self.task_two_operation
        return self.client.until("plain", "task-two", _ended)

    @cached_property
    def task_zero_on_failure(self) -> dict[str, Any]:
        self._task("task-onfail", container(command=["exit", "0"]), policy="OnFailure")
        return self.client.until("plain", "task-onfail", _ended)

    @cached_property
    def half_ended(self) -> dict[str, Any]:
        self._task("half", container("bad", command=["exit", "1"]), container("good"), policy="Never")
        holds = lambda group: _view(group, 0).get("currentState", {}).get("state") == "Terminated"  # noqa: E731
        return self.client.until("plain", "half", holds)

    @cached_property
    def crash_loop(self) -> dict[str, Any]:
        self._task("loop", container(command=["exit", "1"]), policy=None)
        loops = lambda group: (  # noqa: E731
            _view(group, 0).get("restartCount", 0) >= 2 and _view(group, 0)["currentState"]["state"] == "Waiting"
        )
        return self.client.until("plain", "loop", loops)

    @cached_property
    def loop_of_zero(self) -> dict[str, Any]:
        self._task("loop-zero", container(command=["exit", "0"]), policy="Always")
        return self.client.until("plain", "loop-zero", lambda group: _view(group, 0).get("restartCount", 0) >= 1)

    @cached_property
    def loop_on_failure(self) -> dict[str, Any]:
        self._task("loop-onfail", container(command=["exit", "3"]), policy="OnFailure")
        return self.client.until("plain", "loop-onfail", lambda group: _view(group, 0).get("restartCount", 0) >= 1)

    @cached_property
    def unstartable(self) -> dict[str, Any]:
        answer = self.client.make_group("plain", "unstartable", group_document(container(command=["missing"])))
        return {"operation": self.client.poll(answer), "group": self.client.get_group("plain", "unstartable")}

    @cached_property
    def host_failure(self) -> dict[str, Any]:
        from pytest_aci.emulator.persistence import _lose_host

        document = group_document(
            container(ports=[{"port": 80}]), ipAddress={"ports": [{"port": 80}], "type": "Public"}
        )
        self.client.poll(self.client.make_group("plain", "lost", document))
        group = self.running.cloud.store.group(self.client.subscription, "plain", "lost")
        assert group is not None
        self.running.call(lambda: _lose_host(group))
        return self.client.get_group("plain", "lost")

    # containers and locations

    @cached_property
    def logs(self) -> httpx.Response:
        assert self.rich
        return self.client.ask("GET", self.client.cg("plain", "rich", "/containers/web/logs"))

    def _logs(self, **params: str) -> httpx.Response:
        document = group_document(container(command=["one\ntwo\nthree"]))
        self.client.poll(self.client.make_group("plain", "writer", document))
        return self.client.ask("GET", self.client.cg("plain", "writer", "/containers/main/logs"), params=params)

    @cached_property
    def logs_tail(self) -> httpx.Response:
        return self._logs(tail="2")

    @cached_property
    def logs_timestamps(self) -> httpx.Response:
        return self._logs(timestamps="true", tail="1")

    @cached_property
    def logs_bad_tail(self) -> httpx.Response:
        return self._logs(tail="many")

    @cached_property
    def logs_of_ended(self) -> httpx.Response:
        assert self.task_two
        return self.client.ask("GET", self.client.cg("plain", "task-two", "/containers/main/logs"))

    @cached_property
    def logs_too_early(self) -> httpx.Response:
        self.running.call(self.running.runtime.gate.clear)
        try:
            self.client.make_group("plain", "early")
            return self.client.ask("GET", self.client.cg("plain", "early", "/containers/main/logs"))
        finally:
            self.running.call(self.running.runtime.gate.set)

    @cached_property
    def logs_of_nobody(self) -> httpx.Response:
        assert self.bare
        return self.client.ask("GET", self.client.cg("plain", "bare", "/containers/nobody/logs"))

    @cached_property
    def exec(self) -> httpx.Response:
        assert self.bare
        body = {"command": "/bin/sh", "terminalSize": {"rows": 24, "cols": 80}}
        return self.client.ask("POST", self.client.cg("plain", "bare", "/containers/main/exec"), body)

    @cached_property
    def exec_of_ended(self) -> httpx.Response:
        assert self.task_two
        body = {"command": "/bin/sh", "terminalSize": {"rows": 24, "cols": 80}}
        return self.client.ask("POST", self.client.cg("plain", "task-two", "/containers/main/exec"), body)

    @cached_property
    def exec_of_nothing(self) -> httpx.Response:
        assert self.bare
        return self.client.ask("POST", self.client.cg("plain", "bare", "/containers/main/exec"), {"command": ""})

    @cached_property
    def attach(self) -> httpx.Response:
        assert self.bare
        return self.client.ask("POST", self.client.cg("plain", "bare", "/containers/main/attach"))

    @cached_property
    def usages(self) -> httpx.Response:
        return self.client.ask("GET", self.client.location("/usages", "West%20Central%20US"))

    @cached_property
    def capabilities(self) -> httpx.Response:
        return self.client.ask("GET", self.client.location("/capabilities", "westcentralus"))

    @cached_property
    def cached_images(self) -> httpx.Response:
        return self.client.ask("GET", self.client.location("/cachedImages"))

    @cached_property
    def operations(self) -> httpx.Response:
        return self.client.ask("GET", "/providers/Microsoft.ContainerInstance/operations")

    @cached_property
    def outbound(self) -> httpx.Response:
        assert self.bare
        return self.client.ask("GET", self.client.cg("plain", "bare", "/outboundNetworkDependenciesEndpoints"))

    @cached_property
    def provider(self) -> httpx.Response:
        path = f"/subscriptions/{self.client.subscription}/providers/Microsoft.ContainerInstance"
        return self.client.ask("GET", path, version="2025-04-01")

    @cached_property
    def register(self) -> httpx.Response:
        path = f"/subscriptions/{self.client.subscription}/providers/Microsoft.ContainerInstance/register"
        return self.client.ask("POST", path, version="2025-04-01")

    @cached_property
    def subscriptions(self) -> httpx.Response:
        return self.client.ask("GET", "/subscriptions", version="2022-12-01")

    @cached_property
    def tenants(self) -> httpx.Response:
        return self.client.ask("GET", "/tenants", version="2022-12-01")

    @cached_property
    def locations(self) -> httpx.Response:
        path = f"/subscriptions/{self.client.subscription}/locations"
        return self.client.ask("GET", path, version="2022-12-01")


def _ended(group: dict[str, Any]) -> bool:
    return bool(_view(group, 0).get("currentState", {}).get("state") == "Terminated")


def _view(group: dict[str, Any], index: int) -> dict[str, Any]:
    return dict(group["properties"]["containers"][index]["properties"].get("instanceView", {}))
