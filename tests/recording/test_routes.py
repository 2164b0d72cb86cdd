from __future__ import annotations

import pytest

from pytest_aci.recording.routes import ANY, ROUTES, route_of

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
