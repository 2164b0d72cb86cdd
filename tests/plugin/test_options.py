from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aci.plugin.options import header
from pytest_aci.settings import OPTIONS, resolve

if TYPE_CHECKING:
    from pytest_aci.settings.options import Option

GIVEN = {
    "mode": ("live", "live"),
    "endpoint": ("usgov", "usgov"),
    "fallback_locations": ("eastus, westus", "eastus westus"),
    "tags": ("team=web,cost=7", "team=web cost=7"),
    "max_age": ("90d", "90 days"),
    "redact": ("header:X-Key,json:$.a", "header=X-Key json=$.a"),
    "timeout": ("5m", "300 s"),
    "lifetime": ("90m", "5400 s"),
    "log_lines": ("5", "5"),
    "prices": ("0.0405, 0.00445, USD", "0.0405,0.00445,USD"),
    "budget": ("0.5", "0.5"),
    "subscription": ("11111111-1111-4111-8111-11111111aaaa", "…aaaa"),
    "protected_subscriptions": ("22222222-2222-4222-8222-22222222bbbb", "…bbbb"),
}
"""What is given, and how the header shows it."""


def test_the_header_shows_no_subscription_in_full() -> None:
    """The last four characters tell the user's subscriptions apart, and a log of CI may be public."""
    ids = ["11111111-1111-4111-8111-11111111aaaa", "22222222-2222-4222-8222-22222222bbbb"]
    settings = resolve({"subscription": ids[0]}, {"PYTEST_ACI_PROTECTED_SUBSCRIPTIONS": ids[1]}, {})
    assert header(settings) == (
        "mode replay (default), cassettes cassettes (default), subscription …aaaa (command line), "
        "protected_subscriptions …bbbb (environment)"
    )


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_the_header_shows_what_is_given(option: Option) -> None:
    """Every option that is given stands in the header, with the units of its number and where it was given."""
    text, shown = GIVEN.get(option.name, (option.choices[-1],) * 2 if option.choices else ("x", "x"))
    settings = resolve({option.name: text}, {}, {"prices": "1,1"})
    assert f"{option.name} {shown} (command line" in header(settings)
