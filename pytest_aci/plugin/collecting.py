from __future__ import annotations

import os
import sys
from typing import Any

import pytest

SPECS = "pytest_aci.spec"
"""What is loaded as soon as a suite declares a group, or a secret."""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a parameter that holds a secret after its argument: ids are in reports, and in the names of cassettes."""
    if not isinstance(val, str) or not _may_hold_secret(val):
        return None
    from pytest_aci.run import declared_secrets  # noqa: PLC0415 # not loaded by suites without secrets
    from pytest_aci.secret_signs import SHORTEST  # noqa: PLC0415 # see above

    known = (secret for secret in declared_secrets(os.environ) if len(secret) >= SHORTEST)
    return argname if any(secret in val for secret in known) else None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """Hide known secrets in what a module says that can not be collected."""
    report = yield
    if report.longrepr and SPECS in sys.modules:
        from pytest_aci.plugin.secrecy import hide, secrets_of  # noqa: PLC0415 # few modules fail

        hide(report, secrets_of(collector.config))
    return report


def _may_hold_secret(text: str) -> bool:
    """Whether it is worth looking closer; every parametrized text of every suite is asked for."""
    if SPECS in sys.modules:
        return True
    from pytest_aci.secret_signs import SHORTEST_TELLING  # noqa: PLC0415 # not loaded by suites without parameters

    return any(value in text for value in os.environ.values() if len(value) >= SHORTEST_TELLING)
