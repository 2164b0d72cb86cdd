from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from pytest_aci.provisioning.chronicle import DELETING, PULLING, READY, REQUESTED, STARTING
from pytest_aci.reporting.chart import chart
from pytest_aci.reporting.figures import count, rounded, seconds
from pytest_aci.reporting.phases import PHASES, bars
from pytest_aci.reporting.summary import state_of

if TYPE_CHECKING:
    from pytest_aci.prices import Prices
    from pytest_aci.provisioning.chronicle import Size, Story
    from pytest_aci.reporting.course import Course

# Colours that people who confuse red and green can tell apart, in light and in dark.
STYLE = """
:root { color-scheme: light dark; --ink: #1c2126; --soft: #5c6670; --page: #ffffff; --card: #f4f6f8; --line: #d9dee3;
  --requested: #b9c2cb; --pulling: #5b8def; --starting: #f0b429; --ready: #a9dcc3; --used: #15795a;
  --awaited: #1c2126; --ended: #d5e3dc; --failed: #d1495b; --deleting: #9c7bb8; --passed: #2f7fb8;
  --skipped: #9aa5b1; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebee; --soft: #9aa5b1; --page: #15191d; --card: #1f252b;
  --line: #333b43; --requested: #59636d; --ready: #2c5f4b; --awaited: #ffffff; --ended: #33443c; --used: #5fd0a5;
  --skipped: #6b7682; } }
body { margin: 0 auto; max-width: 1280px; padding: 28px 32px 48px; background: var(--page); color: var(--ink);
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 22px; margin: 0; } h2 { font-size: 16px; margin: 32px 0 8px; } p { color: var(--soft);
  margin: 4px 0 20px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 10px; margin: 0 0 20px; }
.card { background: var(--card); border-radius: 8px; padding: 10px 12px; }
.card b { display: block; font-size: 19px; font-weight: 600; white-space: nowrap; }
.card span { color: var(--soft); font-size: 13px; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; font-size: 13px; color: var(--soft); margin: 0 0 4px; }
.legend i { display: inline-block; width: 14px; height: 10px; border-radius: 2px; margin-right: 6px; }
.scroll { overflow-x: auto; } svg { display: block; width: 100%; min-width: 760px; height: auto; }
svg text { fill: var(--ink); font-size: 13px; } svg .part { font-size: 14px; font-weight: 600; }
svg .name { font-weight: 600; } svg .note, svg .tick { fill: var(--soft); font-size: 11.5px; }
svg .tick { text-anchor: middle; } svg .inside { fill: #fff; font-size: 11.5px; pointer-events: none; }
svg .grid { stroke: var(--line); } svg rect:hover { opacity: .75; }
.requested { fill: var(--requested); } .pulling { fill: var(--pulling); } .starting { fill: var(--starting); }
.ready { fill: var(--ready); } .used { fill: var(--used); } .awaited { fill: var(--awaited);
  } .ended { fill: var(--ended); } .failed { fill: var(--failed); }
.deleting { fill: var(--deleting); } .passed { fill: var(--passed); } .skipped, .rerun { fill: var(--skipped); }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); }
th, .whole { white-space: nowrap; } th, td { padding: 6px 12px 6px 0;
  border-bottom: 1px solid var(--line); }
.number { text-align: right; } code { font: 12.5px ui-monospace, Menlo, Consolas, monospace; }
.failure { color: var(--failed); }
"""
LEGEND = (*PHASES[:3], "awaited", *PHASES[3:4], "used", *PHASES[4:])
LEGEND_WORDS = {"used": "used by a test", "awaited": "a test waits for it", "ready": "ready, and not in use"}
LENGTHS = (REQUESTED, PULLING, STARTING, READY, DELETING)
SLOWEST = 10


def page(course: Course, prices: Prices | None = None) -> str:
    """Return the course of a run as one HTML file that needs nothing else; empty parts are left out."""
    if not course.stories and not course.tests:
        return _document("<h1>Azure Container Instances</h1><p>Nothing was used in this run.</p>")
    legend = "".join(
        f'<span><i style="background: var(--{one})"></i>{LEGEND_WORDS.get(one, one)}</span>' for one in LEGEND
    )
    return _document(
        f"<h1>Azure Container Instances</h1>{_lead(course)}{_cards(course, prices)}"
        f'<div class="legend">{legend}</div><div class="scroll">{chart(course)}</div>'
        f"{_groups(course)}{_tests(course)}"
    )


def _document(body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>pytest-aci timeline</title><style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def _lead(course: Course) -> str:
    when = datetime.fromtimestamp(_start(course), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    where = f" against {course.endpoint}" if course.is_live else ", from cassettes"
    return f"<p>{escape(course.mode)}{escape(where)}, {when}. Point at a bar to read what it is.</p>"


def _cards(course: Course, prices: Prices | None) -> str:
    longest = max((story.seconds_to_ready or 0.0 for story in course.stories), default=0.0)
    cards = [
        (seconds(course.end - _start(course)), "in all"),
        (str(len(course.stories)), "container groups"),
        (str(len(course.tests)), "tests"),
        (seconds(longest), "until the slowest was ready"),
        (seconds(course.waited), "in which tests waited"),
    ]
    if course.is_live and course.vcpu_seconds:
        cards += [(f"{rounded(course.vcpu_seconds)}, {rounded(course.gb_seconds)}", "vCPU-seconds, GB-seconds")]
        cards += [(course.idle_share, "of that time unused")] if course.idle_share else []
        if prices:
            cards.append((prices.shown(prices.of(course.vcpu_seconds, course.gb_seconds)), "at the prices given"))
    shown = "".join(f'<div class="card"><b>{escape(one)}</b><span>{escape(what)}</span></div>' for one, what in cards)
    return f'<div class="cards">{shown}</div>'


def _groups(course: Course) -> str:
    if not course.stories:
        return ""
    head = ["fixture", "group", "containers", "state", *LENGTHS, "used for", "tests"]
    return _table("Groups", head, [_group(course, story) for story in course.stories], numbers_from=4)


def _group(course: Course, story: Story) -> list[str]:
    lengths = {bar.phase: bar.seconds for bar in bars(story, course.end)}
    failure = f'<br><span class="failure">{escape(story.failure)}</span>' if story.failure else ""
    return [
        escape(story.label or "-"),
        f"<code>{escape(story.name)}</code>{failure}",
        ", ".join(_container(size) for size in story.sizes),
        escape(state_of(story)),
        *(seconds(lengths.get(phase)) for phase in LENGTHS),
        seconds(course.used(story)),
        str(len(course.tests_of(story))),
    ]


def _container(size: Size) -> str:
    return f'<span class="whole">{escape(size.name)} ({size.cores:g} vCPU, {size.gb:g} GB)</span>'


def _tests(course: Course) -> str:
    slowest = sorted(course.tests, key=lambda test: test.start - test.stop)[:SLOWEST]
    labels = {story.name: story.label or story.name for story in course.stories}
    rows = [
        [
            f"<code>{escape(test.test)}</code>",
            escape(test.outcome),
            escape(", ".join(labels.get(name, name) for name in test.groups) or "-"),
            seconds(test.stop - test.start),
        ]
        for test in slowest
    ]
    heading = "Tests" if len(slowest) == len(course.tests) else f"The slowest of {count(len(course.tests), 'test')}"
    return _table(heading, ["test", "outcome", "groups", "took"], rows, numbers_from=3) if rows else ""


def _table(heading: str, head: list[str], rows: list[list[str]], numbers_from: int) -> str:
    def line(cells: list[str], tag: str) -> str:
        numbers = (' class="number"' if column >= numbers_from else "" for column in range(len(cells)))
        return "".join(f"<{tag}{number}>{cell}</{tag}>" for number, cell in zip(numbers, cells, strict=True))

    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    head_line = line([escape(cell) for cell in head], "th")
    return (
        f'<h2>{escape(heading)}</h2><div class="scroll"><table><thead><tr>{head_line}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _start(course: Course) -> float:
    starts = [*(at for one in course.stories for at in one.moments.values()), *(one.start for one in course.tests)]
    return min(starts)
