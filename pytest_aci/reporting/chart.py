from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from pytest_aci.provisioning.chronicle import READY
from pytest_aci.reporting.figures import count, seconds
from pytest_aci.reporting.phases import bars, lanes, ticks
from pytest_aci.reporting.summary import state_of, stem_of

if TYPE_CHECKING:
    from pytest_aci.provisioning.chronicle import Story
    from pytest_aci.reporting.course import Course, Span

# Pixels of the drawing; the page scales it to its own width.
WIDTH, LABELS, MARGIN = 1200, 250, 24
AXIS, ROW, BAR, GAP = 34, 36, 18, 28
NAME_FITS = 7.0


@dataclass
class Drawing:
    """An SVG that grows downwards. Times are seconds since the epoch, from *start* to *end*."""

    start: float
    end: float
    parts: list[str] = field(default_factory=list)
    y: float = AXIS

    def x(self, at: float) -> float:
        """Return where a moment is, from left to right."""
        share = (at - self.start) / max(self.end - self.start, 1e-9)
        return LABELS + share * (WIDTH - LABELS - MARGIN)

    def bar(self, kind: str, start: float, stop: float, hint: str, *, inset: float = 0) -> None:
        """Draw a bar in the current row that tells *hint* when somebody points at it; never too narrow to be seen."""
        top, height = self.y + (ROW - BAR) / 2 + inset, BAR - 2 * inset
        left, width = self.x(start), max(self.x(stop) - self.x(start) - 0.7, 1.3)
        self.parts.append(
            f'<rect class="{kind}" x="{left:.2f}" y="{top:.1f}" width="{width:.2f}" height="{height:.1f}" rx="2">'
            f"<title>{escape(hint)}</title></rect>"
        )

    def text(self, kind: str, left: float, top: float, words: str) -> None:
        """Write words; *top* is their base line."""
        self.parts.append(f'<text class="{kind}" x="{left:.1f}" y="{top:.1f}">{escape(words)}</text>')

    def heading(self, words: str) -> None:
        """Begin a part of the drawing."""
        self.y += GAP
        self.text("part", 0, self.y, words)
        self.y += 12

    def finished(self) -> str:
        """Return the SVG, with the time axis behind everything that was drawn."""
        span = self.end - self.start
        behind = []
        for tick in ticks(span):
            left = self.x(self.start + tick)
            behind.append(f'<line class="grid" x1="{left:.1f}" x2="{left:.1f}" y1="{AXIS - 8}" y2="{self.y:.0f}"/>')
            behind.append(f'<text class="tick" x="{left:.1f}" y="{AXIS - 14}">{escape(_clock(tick))}</text>')
        return (
            f'<svg viewBox="0 0 {WIDTH} {self.y + 12:.0f}" role="img" aria-label="Groups and tests over time">'
            f"{''.join(behind)}{''.join(self.parts)}</svg>"
        )


def chart(course: Course) -> str:
    """Return the course of a run as SVG: a row for each group, and the tests below, a row for each worker."""
    moments = [at for story in course.stories for at in story.moments.values()]
    drawing = Drawing(min([*moments, *(test.start for test in course.tests)]), course.end)
    if course.stories:
        drawing.heading("Container groups")
    for story in course.stories:
        _group(drawing, course, story)
    if course.tests:
        drawing.heading("Tests")
    for worker in sorted({test.worker for test in course.tests}):
        _worker(drawing, worker, [test for test in course.tests if test.worker == worker])
    return drawing.finished()


def _group(drawing: Drawing, course: Course, story: Story) -> None:
    name = story.label or story.name
    tests = course.tests_of(story)
    drawing.text("name", 0, drawing.y + 15, _short(name, 30))
    drawing.text("note", 0, drawing.y + 29, f"{_short(stem_of(story), 24)} · {state_of(story)}")
    for bar in bars(story, course.end):
        drawing.bar(bar.phase, bar.start, bar.stop, f"{name}: {bar.phase} for {seconds(bar.seconds)}")
    for test in tests:
        ready = min(max(story.at(READY) or test.stop, test.start), test.stop)
        for kind, word, start, stop in (("awaited", "awaited", test.start, ready), ("used", "used", ready, test.stop)):
            if stop > start:
                hint = f"{name} {word} by {test.test} for {seconds(stop - start)}"
                drawing.bar(kind, start, stop, hint, inset=5)
    drawing.y += ROW


def _worker(drawing: Drawing, worker: str, tests: list[Span]) -> None:
    rows = lanes([(test.start, test.stop) for test in tests])
    drawing.text("name", 0, drawing.y + 15, worker or "one process")
    drawing.text("note", 0, drawing.y + 29, count(len(tests), "test"))
    begin = drawing.y
    for test, row in zip(tests, rows, strict=True):
        drawing.y = begin + row * ROW
        hint = f"{test.test}: {test.outcome} after {seconds(test.stop - test.start)}"
        drawing.bar(f"test {test.outcome}", test.start, test.stop, hint)
        short = test.test.rpartition("::")[2]
        if (drawing.x(test.stop) - drawing.x(test.start)) > len(short) * NAME_FITS:
            drawing.text("inside", drawing.x(test.start) + 5, drawing.y + (ROW + BAR) / 2 - 5, short)
    drawing.y = begin + ROW * (max(rows) + 1)


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def _clock(tick: float) -> str:
    if tick and tick < 1:
        return f"{tick:g} s"
    return f"{tick:g} s" if tick < 60 else f"{int(tick) // 60}:{int(tick) % 60:02} min"  # noqa: PLR2004 # a minute
