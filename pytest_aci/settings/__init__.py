"""What a run was asked to do: options, their values, and one decision for all."""

from __future__ import annotations

from pytest_aci.settings.mode import Mode
from pytest_aci.settings.options import BY_NAME, OPTIONS, Option
from pytest_aci.settings.resolution import parse, resolve
from pytest_aci.settings.resolved import Settings
from pytest_aci.settings.values import (
    CLOUDS,
    MAX_LIFETIME,
    MIN_LIFETIME,
    age,
    count,
    duration,
    endpoint,
    lifetime,
    tags,
)

__all__ = [
    "BY_NAME",
    "CLOUDS",
    "MAX_LIFETIME",
    "MIN_LIFETIME",
    "OPTIONS",
    "Mode",
    "Option",
    "Settings",
    "age",
    "count",
    "duration",
    "endpoint",
    "lifetime",
    "parse",
    "resolve",
    "tags",
]
