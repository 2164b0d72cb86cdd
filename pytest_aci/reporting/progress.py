from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.provisioning.chronicle import FAILED, PULLING, READY, REQUESTED, STARTING
from pytest_aci.reporting.figures import seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_aci.provisioning.chronicle import Story

BEGINNING_OF_LINE, CLEAR, UP, RIGHT = "\r", "\x1b[2K", "\x1b[1A", "\x1b[{}C"

PATIENCE = 2.0
"""Seconds of waiting before anything is said about it."""


def phase_of(story: Story) -> str:
    """Return in a word how far a group has come."""
    for phase in (READY, FAILED, STARTING, PULLING):
        if phase in story.moments:
            return phase
    return story.deployment.lower() or REQUESTED


class LiveLine:
    """A line on a terminal that tells what is waited for, below the line at which pytest stands.

    Each method returns what is to be written; *column* is where pytest stands, *width* that of the terminal.
    """

    def __init__(self, *, column: int, width: int) -> None:
        self._column = column
        self._width = width
        self._is_shown = False

    def tick(self, stories: Sequence[Story], now: float) -> str:
        """Draw the line anew."""
        awaited = [story for story in stories if story.is_awaited]
        if not awaited:
            return ""
        parts = [f"{_name(one)} {phase_of(one)} {_waited(one, now)}" for one in awaited]
        text = f"aci: {', '.join(parts)}"
        if len(text) >= self._width:
            text = text[: self._width - 2] + "…"
        below = "" if self._is_shown else "\n"
        self._is_shown = True
        return f"{below}{BEGINNING_OF_LINE}{CLEAR}{text}"

    def close(self) -> str:
        """Take the line away, and go back to where pytest stands."""
        if not self._is_shown:
            return ""
        self._is_shown = False
        return f"{BEGINNING_OF_LINE}{CLEAR}{UP}{RIGHT.format(self._column) if self._column else ''}"


class LogLines:
    """Lines for a log that nobody can draw over: one whenever a group that takes its time has come further.

    *told* are the phases that earlier lines of the log have told, by group.
    """

    def __init__(self, told: dict[str, str], *, column: int = 0) -> None:
        self._column = column
        self._told = told

    def tick(self, stories: Sequence[Story], now: float) -> str:
        """Return the lines about what has changed."""
        lines = []
        for story in stories:
            phase, known = phase_of(story), self._told.get(story.name)
            if phase == known or (known is None and not _takes_its_time(story, now)):
                continue
            self._told[story.name] = phase
            lines.append(f"aci: {_name(story)}: {phase} after {_waited(story, now)}\n")
        if lines and self._column:
            lines.insert(0, "\n")
            self._column = 0
        return "".join(lines)

    def close(self) -> str:
        """Lines in a log stay."""
        return ""


def _takes_its_time(story: Story, now: float) -> bool:
    begun = story.at(REQUESTED)
    return story.is_awaited and begun is not None and now - begun >= PATIENCE


def _name(story: Story) -> str:
    return story.label or story.name


def _waited(story: Story, now: float) -> str:
    begun = story.at(REQUESTED)
    end = story.at(READY, FAILED) or now
    return seconds(max(0.0, end - begun)) if begun is not None else seconds(None)
