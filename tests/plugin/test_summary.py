from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_aci.cleanup.ledger import Claim
from pytest_aci.cleanup.outcome import Leftover
from pytest_aci.plugin.summary import leftover_lines
from tests.plugin import recorded_suite
from tests.plugin.shown_suite import LIVE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugin.shown_suite import Shown


def summary(shown: Shown) -> list[str]:
    """The lines of the summary."""
    return shown.said.partition("= Azure Container Instances =")[2].splitlines()


def row(shown: Shown, fixture: str) -> list[str]:
    """The cells of a group's row in the summary."""
    line = next(line for line in summary(shown) if line.startswith(f"{fixture} "))
    return re.split(r" {2,}", line.strip())


def test_a_row_tells_how_a_group_fared(shown: Shown) -> None:
    """Fixture, name, containers, state, seconds to ready, seconds used, and how many tests it served."""
    fixture, name, containers, state, ready, used, tests = row(shown, "web")
    assert (fixture, name, containers, state, tests) == ("web", "web", "main", "Running", "4")
    assert ready.endswith(" s")
    assert used.endswith(" s")


def test_groups_of_markers_and_of_tests_have_rows(shown: Shown) -> None:
    """Under the name by which the test asked for them; those that failed say so."""
    assert row(shown, "aci_single")[3] == "refused"
    assert row(shown, "aci.up")[3] == "failed"
    assert row(shown, "never")[3] == "never ready (Running)"


def test_the_totals_come_last(shown: Shown) -> None:
    """What was created and deleted, what Azure would count, and the estimate by the user's own prices."""
    first = next(number for number, line in enumerate(summary(shown)) if "groups created" in line)
    created, counted, estimated = summary(shown)[first : first + 3]
    assert re.fullmatch(
        r"4 groups created in westeurope, 1 refused, 4 deleted; run \d{8}T\d{6}Z-[0-9a-f]{8}, "
        r"names end in -[0-9a-f]{16}",
        created,
    )
    assert re.fullmatch(r"[\d.]+ vCPU-seconds, [\d.]+ GB-seconds; in \d+% of that time no test used them", counted)
    assert re.fullmatch(r"about 0\.\d{4} EUR by the prices that were given, if this had been Azure", estimated)


def test_the_controller_sums_up_what_its_workers_did(distributed: Shown) -> None:
    """Each group has one row, however many workers used it, with the tests of all of them."""
    rows = [line for line in summary(distributed) if line.startswith("web ")]
    assert len(rows) == 1
    assert row(distributed, "web")[-1] == "4"
    assert "4 groups created in westeurope, 1 refused, 4 deleted" in distributed.said


def test_what_is_left_is_told_with_the_command_that_deletes_it() -> None:
    """Two lines for each thing, one where the az CLI can not go."""
    claim = Claim("container_group", "web-0123456789abcdef", "tests", "2026-01-02T12:00:00Z")
    left = (Leftover(claim, "it is locked"),)
    assert leftover_lines(left, az=False) == ["container group web-0123456789abcdef: it is locked"]
    assert leftover_lines(left, az=True) == [
        "container group web-0123456789abcdef: it is locked",
        "  delete it with: az container delete --yes --resource-group tests --name web-0123456789abcdef",
    ]


INTERRUPTED = """
import time

from pytest_aci import container_group, single

web = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80]))


def test_it(web):
    time.sleep(1)
    raise KeyboardInterrupt
"""


def test_what_an_interrupted_test_used_is_counted(tmp_path: Path) -> None:
    """It sends no report, and has used its group all the same."""
    recorded_suite.write(tmp_path, {"test_it.py": INTERRUPTED, "pytest.ini": "[pytest]\n"})
    said = recorded_suite.pytest_in(tmp_path, *LIVE).stdout
    (row,) = [line for line in said.splitlines() if line.startswith("web  ")]
    assert float(re.split(r"  +", row)[5].removesuffix(" s")) >= 1
