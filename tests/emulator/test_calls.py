"""Lists in pages, while what is listed comes and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aci.emulator.configuration import Configuration

from .running import Client, Running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of an emulator that gives two entries at a time."""
    with Running(Configuration(page_size=2)) as running:
        yield running.client()


def names(client: Client, path: str) -> Iterator[str]:
    """The names in a list, of which a page is asked for once it is needed."""
    page = client.ask("GET", path).json()
    while True:
        for each in page["value"]:
            yield each["name"]
        if "nextLink" not in page:
            return
        page = client.http.get(page["nextLink"]).json()


def test_list_whose_entries_are_deleted_on_the_way(client: Client) -> None:
    """Whoever deletes what a page shows before asking for the next one meets every entry."""
    client.make_rg("rg")
    made = [f"g{number}" for number in range(5)]
    for name in made:
        client.make_group("rg", name)
    seen = []
    for name in names(client, client.cg("rg", "").rstrip("/")):
        seen.append(name)
        client.ask("DELETE", client.cg("rg", name))
    assert seen == made


def test_list_that_grows_on_the_way(client: Client) -> None:
    """A new entry on a page that was shown already makes none appear twice, also of resource groups."""
    for name in ("d", "B", "f"):
        client.make_rg(name)
    seen = []
    for name in names(client, client.rg("").rstrip("/")):
        seen.append(name)
        client.make_rg("a")
        client.make_rg("e")
    assert seen == ["B", "d", "e", "f"]


@pytest.mark.parametrize("token", ["", "MQ", "x", "é", "4oKs!"])
def test_token_of_no_list(client: Client, token: str) -> None:
    """A token that no list has given is refused."""
    answer = client.ask("GET", client.rg("").rstrip("/"), params={"$skiptoken": token})
    assert answer.status_code == 400
    assert answer.json()["error"] == {"code": "InvalidSkipToken", "message": f"The $skiptoken '{token}' is invalid."}
