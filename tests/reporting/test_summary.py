from __future__ import annotations

from dataclasses import replace

from pytest_aci.prices import Prices
from pytest_aci.reporting.course import Course
from pytest_aci.reporting.summary import groups, totals
from tests.reporting.courses import busy, span, story

PRICES = Prices(0.0405, 0.00445, "USD")


def lines(course: Course, prices: Prices | None = None) -> list[str]:
    """All that is told of a run."""
    return [*groups(course), *totals(course, prices)]


def test_the_summary_of_a_live_run() -> None:
    """A row for each group, then what they came to; the estimate comes from the user's prices alone."""
    assert lines(busy(), PRICES) == [
        "fixture   group     containers  state                  ready in  used for  tests",
        "web       web       main        Running                    22 s      36 s      3",
        "database  database  main        Running                    40 s      29 s      2",
        "report    report    main        Succeeded                  16 s     1.0 s      1",
        "broken    broken    main        never ready (Waiting)         -     0.0 s      1",
        "4 groups created in westeurope, 4 deleted; names end in -0123456789abcdef",
        "292 vCPU-seconds, 312 GB-seconds; in 68% of that time no test used them",
        "about 0.0037 USD by the prices that were given",
    ]


def test_what_an_earlier_run_has_created_is_told_as_reused() -> None:
    """Nothing was created for it, and nobody waited."""
    told = lines(Course("live", "azure", (story("web"),), ()))
    assert told[1].split()[4:] == ["reused", "0.0", "s", "0"]
    assert told[2] == "0 groups created, 1 reused, 0 deleted; names end in -0123456789abcdef"


def test_the_run_is_named_for_those_who_sweep_after_it() -> None:
    """`sweep --run-id` wants its id."""
    assert (
        "; run 20260102T120000Z-01234567, names end in" in lines(replace(busy(), run_id="20260102T120000Z-01234567"))[5]
    )


def test_almost_all_is_not_all() -> None:
    """A run whose tests took next to no time did use its groups."""
    course = Course(
        "live", "azure", (story("web", requested=0, ready=0, deleted=100),), (span("test_it", 5, 5.1, "web"),)
    )
    assert "in more than 99% of that time no test used them" in lines(course)[-1]


def test_what_was_not_needed_any_more_is_given_up() -> None:
    """A run that stops early deletes what it has just asked for."""
    course = Course("live", "azure", (story("web", state="", requested=1, deleting=5, deleted=6),))
    assert " given up " in lines(course)[1]


def test_without_prices_nothing_is_estimated() -> None:
    """No price is assumed."""
    assert not [line for line in lines(busy()) if "about" in line]


def test_an_emulator_costs_nothing() -> None:
    """The estimate says what it stands for."""
    course = replace(busy(), endpoint="emulator")
    assert lines(course, PRICES)[-1] == "about 0.0037 USD by the prices that were given, if this had been Azure"


def test_a_replay_has_neither_waits_nor_costs() -> None:
    """How long a replay took says nothing about Azure."""
    told = lines(busy("replay"), PRICES)
    assert told[1] == "web       web       main        Running                replayed      36 s      3"
    assert told[5:] == ["4 groups replayed from cassettes: nothing was created, and nothing has to be paid"]


def test_recording_is_said() -> None:
    """What was created was recorded as well."""
    assert "4 groups recorded in westeurope, 4 deleted" in lines(busy("record"))[5]
