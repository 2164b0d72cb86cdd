"""Runs as the reports tell them, made up: times are seconds after a fixed moment."""

from __future__ import annotations

from pytest_aci.provisioning.chronicle import Size, Story
from pytest_aci.reporting.course import Course, Span

BEGIN = 1_790_000_000.0
NONCE = "0123456789abcdef"


def story(label: str, *, cores: float = 1.0, state: str = "Running", failure: str = "", **moments: float) -> Story:
    """A group of one container with 1.5 GB in West Europe."""
    sizes = (Size("main", f"example.azurecr.io/{label}:1", cores, 1.5),)
    at = {what: BEGIN + seconds for what, seconds in moments.items()}
    deployment = "Succeeded" if state else ""
    return Story(f"{label}-{NONCE}", label, "westeurope", sizes, at, deployment, state, failure)


def span(name: str, start: float, stop: float, *groups: str, outcome: str = "passed", worker: str = "") -> Span:
    """A test that used groups, by their labels."""
    names = tuple(f"{label}-{NONCE}" for label in groups)
    return Span(f"tests/test_shop.py::{name}", BEGIN + start, BEGIN + stop, outcome, worker, names)


def busy(mode: str = "live") -> Course:
    """A run on two workers: three groups that come up while tests run already, and one that fails."""
    return Course(
        mode,
        "azure",
        (
            story("web", requested=0.4, pulling=3, starting=14, ready=22, deleting=71, deleted=84),
            story("database", cores=2, requested=0.5, pulling=4, starting=33, ready=41, deleting=71, deleted=88),
            story(
                "report",
                state="Succeeded",
                requested=0.6,
                pulling=5,
                starting=9,
                ready=17,
                ended=16,
                deleting=71,
                deleted=79,
            ),
            story(
                "broken",
                requested=0.7,
                pulling=6,
                failed=28,
                deleting=29,
                deleted=38,
                state="Waiting",
                failure="The container group 'broken' will not be ready: main is in a crash loop (3 restarts).",
            ),
        ),
        (
            span("test_prices", 0, 6, worker="gw0"),
            span("test_taxes", 6, 11.5, worker="gw0"),
            span("test_front_page", 11.5, 29, "web", worker="gw0"),
            span("test_search", 29, 36, "web", worker="gw0"),
            span("test_orders_are_kept", 36, 58, "web", "database", worker="gw0"),
            span("test_currencies", 0, 9, worker="gw1"),
            span("test_monthly_report", 9, 18, "report", worker="gw1"),
            span("test_broken", 18, 28, "broken", worker="gw1", outcome="failed"),
            span("test_on_windows", 28, 28.2, worker="gw1", outcome="skipped"),
            span("test_backup", 28.2, 70, "database", worker="gw1"),
        ),
    )
