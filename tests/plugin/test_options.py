from __future__ import annotations

from pytest_aci.plugin.options import header
from pytest_aci.settings import resolve


def test_the_header_shows_no_subscription_in_full() -> None:
    """The last four characters tell the user's subscriptions apart, and a log of CI may be public."""
    ids = ["11111111-1111-4111-8111-11111111aaaa", "22222222-2222-4222-8222-22222222bbbb"]
    settings = resolve({"subscription": ids[0]}, {"PYTEST_ACI_PROTECTED_SUBSCRIPTIONS": ids[1]}, {})
    assert header(settings) == (
        "mode replay (default), cassettes cassettes (default), subscription …aaaa (command line), "
        "protected_subscriptions …bbbb (environment)"
    )
