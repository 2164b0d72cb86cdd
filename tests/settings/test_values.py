from __future__ import annotations

import pytest

from pytest_aci.settings.values import count, duration, endpoint, lifetime, money, names, redactions, tags


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
    for wrong in ("team", "=web", "team=web, =42"):
        with pytest.raises(ValueError, match="key=value"):
            tags(wrong)


@pytest.mark.parametrize("text", ["-1", "1.5", "x", ""])
def test_counts(text: str) -> None:
    """A count is a whole number that is not negative."""
    assert count("3") == 3
    with pytest.raises(ValueError, match="a whole number"):
        count(text)


def test_redactions() -> None:
    """Each entry says where and what; spaces around neither count."""
    assert redactions("query: who, json: $.customer.email,\nheader:X-Key , keep:id") == (
        ("query", "who"),
        ("json", "$.customer.email"),
        ("header", "X-Key"),
        ("keep", "id"),
    )


@pytest.mark.parametrize("text", ["who", "query:", "query: ", "body:x", ":x"])
def test_no_redactions(text: str) -> None:
    """An entry that says not where or not what would hide nothing, and is refused."""
    with pytest.raises(ValueError, match="each entry is header:NAME, query:KEY, json:PATH or keep:NAME"):
        redactions(text)


@pytest.mark.parametrize(
    "path", ["$", "$.a.b", "a[0].b", "$.items[*].key", "$..key", "$.*.b", "$[*]", "$..[0]", "$.a b"]
)
def test_json_paths(path: str) -> None:
    """Names, indices and stars, at their place or at any depth."""
    assert redactions(f"json:{path}") == (("json", path),)


@pytest.mark.parametrize(
    "path", ["$['customer']['email']", "$.list[].b", "$.a.", "$...a", "$.a[-1]", "$.a[?(@.b)]", "$.'a'", '$["a"]']
)
def test_no_json_paths(path: str) -> None:
    """A path that can not be followed would hide nothing, and is refused with an example of one that can."""
    with pytest.raises(ValueError, match=r"is written like \$\.items\[\*\]\.key, or \$\.\.key for any depth"):
        redactions(f"json:{path}")


def test_money_is_read_where_there_is_any() -> None:
    """Without a text there is none; with one, it is a price or an amount."""
    assert money("prices", "") is None
    assert money("amount", "2.50") == 2.5
    assert str(money("prices", "1, 2, EUR")) == "1,2,EUR"
