from __future__ import annotations

from operator import and_, or_
from typing import TYPE_CHECKING

import pytest

from pytest_aci.errors import SpecError
from pytest_aci.provisioning.conditions import http, log, port, running, terminated
from pytest_aci.provisioning.readiness import check_until, seconds_of
from pytest_aci.spec import container as container_spec
from pytest_aci.spec import group as group_spec
from pytest_aci.spec import single
from tests.provisioning.builders import Seen, container, group

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_aci.provisioning.readiness import Condition

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
        check_until(until, single(HELLO, ports=[80]))  # type: ignore[arg-type] # the parameters are conditions


def test_a_port_of_any_container_will_do() -> None:
    """The containers of a group share its address; an alternative may name what is not there."""
    pair = group_spec(container_spec("app", HELLO, ports=[80]), container_spec("proxy", HELLO, ports=[8080]))
    check_until(http(8080) & log("ready", container="proxy"), pair)
    check_until(port(1234) | port(80), pair)
    check_until(None, single(HELLO))


@pytest.mark.parametrize("until", [log("x", container="nope"), port(80) | log("x", container="nope")], ids=str)
def test_waiting_for_the_log_of_a_container_that_is_not_there_is_refused(until: Condition) -> None:
    """Its name is told, and those that there are."""
    with pytest.raises(SpecError, match="there is no container 'nope'; there is main"):
        check_until(until, single(HELLO, ports=[80]))


def test_what_is_no_condition_is_refused() -> None:
    """A function that was not called, and a condition that was."""
    with pytest.raises(SpecError, match=r"until = <function http .*: a condition such as running, port\(80\)"):
        check_until(http, single(HELLO))  # type: ignore[arg-type] # the mistake
    with pytest.raises(SpecError, match=r"until = \(every container running\)\(\): a condition is not called"):
        running()


@pytest.mark.parametrize("other", ["ready", None, True], ids=repr)
@pytest.mark.parametrize("join", [and_, or_])
def test_a_condition_is_joined_with_conditions_only(join: Callable[[object, object], object], other: object) -> None:
    """What is none is told where it stands, and not when the group is looked at."""
    with pytest.raises(SpecError, match=rf"until = {other!r}: a condition such as running"):
        join(running, other)


@pytest.mark.parametrize(("timeout", "seconds"), [(None, None), (3, 3.0), (0.5, 0.5), ("5m", 300.0)])
def test_a_timeout_is_seconds_or_a_duration(timeout: object, seconds: float | None) -> None:
    """A number, or what the option `--aci-timeout` takes."""
    assert seconds_of(timeout) == seconds


@pytest.mark.parametrize("timeout", [-1, 0, True, "soon", "0s", float("nan"), [5]])
def test_a_timeout_that_can_not_be_met_is_refused(timeout: object) -> None:
    """The value and the rule, where it is written."""
    with pytest.raises(SpecError, match=r'timeout = .*: more than 0 seconds, such as 300 or "5m"'):
        seconds_of(timeout)
