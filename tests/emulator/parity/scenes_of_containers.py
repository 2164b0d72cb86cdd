"""Answers about containers, locations and the provider."""

# ruff: noqa: D102 # the name of an attribute says which answer it is

# the name of an attribute says which answer it is

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tests.emulator.running import container, group_document

from .scenes_of_container_groups import ContainerGroupScenes
from .scenes_of_lives import LifeScenes

if TYPE_CHECKING:
    import httpx


class ContainerScenes(ContainerGroupScenes, LifeScenes):
    """Answers about containers, locations and the provider."""

    @cached_property
    def logs(self) -> httpx.Response:
        assert self.rich.is_success
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
        assert self.bare.is_success
        return self.client.ask("GET", self.client.cg("plain", "bare", "/containers/nobody/logs"))

    @cached_property
    def exec(self) -> httpx.Response:
        assert self.bare.is_success
        body = {"command": "/bin/sh", "terminalSize": {"rows": 24, "cols": 80}}
        return self.client.ask("POST", self.client.cg("plain", "bare", "/containers/main/exec"), body)

    @cached_property
    def exec_of_ended(self) -> httpx.Response:
        assert self.task_two
        body = {"command": "/bin/sh", "terminalSize": {"rows": 24, "cols": 80}}
        return self.client.ask("POST", self.client.cg("plain", "task-two", "/containers/main/exec"), body)

    @cached_property
    def exec_of_nothing(self) -> httpx.Response:
        assert self.bare.is_success
        return self.client.ask("POST", self.client.cg("plain", "bare", "/containers/main/exec"), {"command": ""})

    @cached_property
    def attach(self) -> httpx.Response:
        assert self.bare.is_success
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
        assert self.bare.is_success
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
