from __future__ import annotations

import pytest

from pytest_aci.settings.values import count, duration, endpoint, lifetime, names, tags


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1.5m", 90), ("2h", 7200), (" 1d ", 86400), ("0s", 0)])
def test_durations(text: str, seconds: float) -> None:
    """A duration is a number of seconds, minutes, hours or days."""
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "90", "0", "soon", "-1s", "2 h", "1h30m", "1e3", "NaN"])
def test_no_durations(text: str) -> None:
    """Anything else is refused, with an example."""
    with pytest.raises(ValueError, match="such as 90s or 2h"):
        duration(text)


@pytest.mark.parametrize("text", ["0s", "59s", "25h", "3650d"])
def test_lifetimes_have_limits(text: str) -> None:
    """What is created may live for a minute to a day, so that a typing error costs little."""
    with pytest.raises(ValueError, match="a lifetime is at least 1m and at most 24h"):
        lifetime(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("azure", "azure"), ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"), ("https://arm.test", "https://arm.test")],
)
def test_endpoints(text: str, value: str) -> None:
    """An endpoint is a cloud's name or a URL."""
    assert endpoint(text) == value


@pytest.mark.parametrize("text", ["azur", "127.0.0.1:8080", "ftp://arm.test", "http://"])
def test_no_endpoints(text: str) -> None:
    """Anything else is refused, with what is valid."""
    with pytest.raises(ValueError, match="valid are azure, usgov, china, emulator, or a URL"):
        endpoint(text)


def test_lists() -> None:
    """Tags and names are separated by commas; spaces around them do not count."""
    assert tags("team = web, cost=4=2") == (("team", "web"), ("cost", "4=2"))
    assert names(" uksouth, eastus,") == names("\nuksouth\neastus") == ("uksouth", "eastus")
    assert not tags("")
    assert not names("")
    with pytest.raises(ValueError, match="key=value"):
        tags("team")


@pytest.mark.parametrize("text", ["-1", "1.5", "x", ""])
def test_counts(text: str) -> None:
    """A count is a whole number that is not negative."""
    assert count("3") == 3
    with pytest.raises(ValueError, match="a whole number"):
        count(text)
