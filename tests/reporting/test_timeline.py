from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from pytest_aci.prices import Prices
from pytest_aci.reporting.course import Course
from pytest_aci.reporting.timeline import page
from tests.reporting.browser import browse, evaluate
from tests.reporting.courses import busy, span, story

if TYPE_CHECKING:
    from pathlib import Path

PRICES = Prices(0.0405, 0.00445, "USD")
VOID = {"meta", "rect", "line", "br"}


class Outline(HTMLParser):
    """Checks that elements are closed in order, and gathers what a reader reads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what is open."""
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing is open after it."""

    def handle_endtag(self, tag: str) -> None:
        """It has to be what was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Gather it."""
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def test_the_page_needs_nothing_else() -> None:
    """One file: no script, no image, no font and no style sheet from elsewhere, so it can be a CI artefact."""
    text = page(busy(), PRICES)
    assert not re.search(r"(?i)<(script|link|img|iframe)|@import|url\(|https?://", text)


def test_the_page_is_well_formed() -> None:
    """Every element is closed, in order."""
    assert Outline(page(busy(), PRICES)).open == []


def test_the_page_tells_the_figures_and_the_failure() -> None:
    """What the bars show stands in words, too."""
    words = Outline(page(busy(), PRICES)).words
    for figure in ("1 min 28 s", "40 s", "32 s", "292, 312", "68%", "0.0037 USD"):
        assert figure in words
    assert "The container group 'broken' will not be ready: main is in a crash loop (3 restarts)." in words
    assert "tests/test_shop.py::test_backup" in words


def test_each_bar_explains_itself() -> None:
    """Somebody who points at a bar reads what it is and how long it took."""
    hints = re.findall(r"<title>(.*?)</title></rect>", page(busy()))
    assert "database: pulling for 29 s" in hints
    assert "web awaited by tests/test_shop.py::test_front_page for 10 s" in hints
    assert "web used by tests/test_shop.py::test_orders_are_kept for 22 s" in hints
    assert "tests/test_shop.py::test_broken: failed after 10 s" in hints


def test_what_people_named_is_text_and_never_markup() -> None:
    """A fixture, a failure or a test's parameters may hold anything."""
    evil = '<script>alert("1")</script>&'
    course = Course(
        "live",
        "azure",
        (story("web", requested=0, ready=1, failure=evil, state=evil),),
        (span(f"test_it[{evil}]", 0, 2, "web"),),
    )
    text = page(course)
    assert "<script" not in text
    assert evil in "".join(Outline(text).words)


def test_a_run_in_which_nothing_was_used_has_a_page_too() -> None:
    """It says so."""
    assert "Nothing was used in this run." in page(Course("live", "azure"))


def test_a_replay_has_no_costs() -> None:
    """Neither cores nor prices, whatever was asked for."""
    words = Outline(page(busy("replay"), PRICES)).words
    assert "vCPU-seconds" not in words
    assert any(word.startswith("replay, from cassettes") for word in words)


def test_only_the_slowest_tests_are_listed() -> None:
    """A table of a thousand tests helps nobody; the bars show them all."""
    course = Course("live", "azure", (), tuple(span(f"test_{number}", number, number + 1) for number in range(40)))
    text = page(course)
    assert "The slowest of 40 tests" in text
    assert text.count("<tr>") == 11
    assert text.count('class="test passed"') == 40


LAYOUT = """() => {
  const box = one => { const b = one.getBoundingClientRect(); return [b.left, b.right, b.top, b.bottom] };
  const svg = document.querySelector('svg'), frame = box(svg);
  const texts = [...svg.querySelectorAll('text')];
  const outside = texts.filter(t => box(t)[0] < frame[0] - 1 || box(t)[1] > frame[1] + 1).map(t => t.textContent);
  const labels = texts.filter(t => ['name', 'note'].includes(t.getAttribute('class')));
  const first = Math.min(...[...svg.querySelectorAll('.grid')].map(one => box(one)[0]));
  const covering = labels.filter(t => box(t)[1] > first).map(t => t.textContent);
  const thin = [...svg.querySelectorAll('rect')].filter(r => box(r)[1] - box(r)[0] < 0.3).length;
  return {wide: document.documentElement.scrollWidth > innerWidth, outside, covering, thin};
}"""


@pytest.mark.parametrize("width", [1320, 600])
def test_a_browser_lays_it_out_without_accidents(tmp_path: Path, width: int) -> None:
    """Nothing is cut off, no label covers a bar, no bar vanishes, and the page never scrolls sideways as a whole."""
    file = tmp_path / "timeline.html"
    file.write_text(page(busy(), PRICES), encoding="utf-8")
    assert evaluate(file, LAYOUT, width=width) == {"wide": False, "outside": [], "covering": [], "thin": 0}


def test_a_browser_draws_it_and_complains_of_nothing(tmp_path: Path) -> None:
    """The picture is not empty, and the console is."""
    file, picture = tmp_path / "timeline.html", tmp_path / "timeline.png"
    file.write_text(page(busy(), PRICES), encoding="utf-8")
    said = browse(file, f"--screenshot={picture}").stderr
    assert "CONSOLE" not in said
    assert picture.stat().st_size > 50_000
