from __future__ import annotations

import pytest

from pytest_aci.errors import SpecError
from pytest_aci.provisioning.conditions import http, log, port, running, terminated
from pytest_aci.provisioning.readiness import check_ports
from pytest_aci.spec import container as container_spec
from pytest_aci.spec import group as group_spec
from pytest_aci.spec import single
from tests.provisioning.builders import Seen, container, group

HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"


def test_any_of_is_hopeless_only_if_all_are() -> None:
    """As long as one of two conditions can come true, waiting goes on."""
    assert (terminated | port(80)).check(Seen(group(), problem="refused")).never is None


def test_all_of_stops_at_the_first_that_is_not_met() -> None:
    """Later conditions are not asked before earlier ones are met."""
    view = Seen(group(container("Waiting")))
    (running & port(80)).check(view)
    assert view.asked == []


@pytest.mark.parametrize("until", [http(8080), port(8080), http(80) & port(8080)], ids=str)
def test_waiting_for_an_unopened_port_is_refused_before_anything_is_created(until: object) -> None:
    """The mistake is told where it was made, and costs neither time nor money."""
    with pytest.raises(SpecError, match="does not open port 8080: it opens 80"):
        check_ports(until, single(HELLO, ports=[80]))  # type: ignore[arg-type] # the parameters are conditions


def test_a_port_of_any_container_will_do() -> None:
    """The containers of a group share its address; an alternative may name what is not there."""
    pair = group_spec(container_spec("app", HELLO, ports=[80]), container_spec("proxy", HELLO, ports=[8080]))
    check_ports(http(8080) & log("ready"), pair)
    check_ports(port(1234) | port(80), pair)
    check_ports(None, single(HELLO))
