"""Container groups over time: a story of stop, start and restart, tasks, loops, failures."""

# ruff: noqa: D102 # the name of an attribute says which answer it is

# the name of an attribute says which answer it is

from __future__ import annotations

from functools import cached_property
from typing import Any

from pytest_aci.emulator.persistence import _lose_host
from tests.emulator.running import container, group_document

from .stage import Stage


class LifeScenes(Stage):
    """Container groups over time: a story of stop, start and restart, tasks, loops, failures."""

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
        return self.client.until("plain", "half", _ended)

    @cached_property
    def crash_loop(self) -> dict[str, Any]:
        self._task("loop", container(command=["exit", "1"]), policy=None)
        return self.client.until("plain", "loop", _waits_again)

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
        document = group_document(
            container(ports=[{"port": 80}]), ipAddress={"ports": [{"port": 80}], "type": "Public"}
        )
        self.client.poll(self.client.make_group("plain", "lost", document))
        group = self.running.cloud.store.group(self.client.subscription, "plain", "lost")
        assert group is not None
        self.running.call(lambda: _lose_host(group))
        return self.client.get_group("plain", "lost")


def _ended(group: dict[str, Any]) -> bool:
    return bool(_view(group, 0).get("currentState", {}).get("state") == "Terminated")


def _view(group: dict[str, Any], index: int) -> dict[str, Any]:
    return dict(group["properties"]["containers"][index]["properties"].get("instanceView", {}))


def _waits_again(group: dict[str, Any]) -> bool:
    view = _view(group, 0)
    return bool(view.get("restartCount", 0) >= 2 and view["currentState"]["state"] == "Waiting")
