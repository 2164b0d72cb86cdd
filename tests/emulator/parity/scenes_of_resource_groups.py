"""Answers about resource groups."""

# ruff: noqa: D102 # the name of an attribute says which answer it is

# the name of an attribute says which answer it is

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_aci.emulator.faults import Rule
from tests.emulator.running import group_document

from .stage import Stage

if TYPE_CHECKING:
    import httpx


class ResourceGroupScenes(Stage):
    """Answers about resource groups."""

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
        assert self.rg_new.is_success
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
        assert self.rg_patch.is_success
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
