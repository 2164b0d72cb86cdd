from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.recording.routes import ANY, ROUTES, Field, route_of
from pytest_aci.spec.model import SECRET_PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.ContainerInstance/containerGroups/g"


@pytest.mark.parametrize(
    ("path", "route"),
    [
        (GROUP, "containergroups/*"),
        (GROUP.lower(), "containergroups/*"),
        (f"{GROUP}/", "containergroups/*"),
        (f"{GROUP}/containers/c/logs", "/logs"),
        (f"{GROUP}/containers/c/exec", "/exec"),
        ("/subscriptions/S/resourcegroups/RG", "resourcegroups/*"),
        ("/subscriptions/S/resourceGroups", "resourcegroups"),
        ("/subscriptions/S/providers/Microsoft.ContainerInstance/locations/westus/operations/1", "operations/*"),
        ("/subscriptions/S/operationresults/eyJ", "operationresults/*"),
    ],
)
def test_a_path_belongs_to_its_route(path: str, route: str) -> None:
    """ARM does not mind the case of a path, nor a slash at its end."""
    assert route_of(path).path.endswith(route)


@pytest.mark.parametrize("path", ["/", "/subscriptions/S/resourcegroups/RG/providers/Other/things/x", f"{GROUP}/new"])
def test_an_unknown_path_keeps_the_envelope_only(path: str) -> None:
    """What is not in the table is held to what all resources of ARM have in common."""
    assert route_of(path) is ANY


def test_only_operations_are_polled() -> None:
    """The two kinds of operation URL are the only statuses."""
    assert [route.path.split("/")[-2] for route in ROUTES if route.is_status] == ["operations", "operationresults"]


def secret_places(schema: Any, way: tuple[str, ...] = ()) -> Iterator[str]:
    """Where a schema has secrets, as `SECRET_PLACES` writes it."""
    if isinstance(schema, dict):
        for name, inner in schema.items():
            yield from secret_places(inner, (*way, name))
    elif isinstance(schema, list):
        yield from secret_places(schema[0], (*way, "[]"))
    elif schema in {Field.SECRET, Field.ENCODED_SECRET}:
        yield ".".join(way)


def test_what_a_cassette_hides_of_a_group_is_hidden_in_specs_too() -> None:
    """A model of the SDK's has no fields that are secrets by their type: specs find them by their places."""
    found = set(secret_places(route_of(GROUP).body))
    assert "properties.imageRegistryCredentials.[].password" in found
    assert found - set(SECRET_PLACES) == set()
