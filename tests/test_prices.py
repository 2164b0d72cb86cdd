from __future__ import annotations

import pytest

from pytest_aci.prices import Prices, amount, prices


def test_prices_are_two_numbers_and_perhaps_a_currency() -> None:
    """What one vCPU and one GB cost for an hour, as Azure's page of prices has them."""
    assert prices("0.0405,0.00445,USD") == Prices(0.0405, 0.00445, "USD")
    assert prices(" 1 , .5 ") == Prices(1.0, 0.5)


@pytest.mark.parametrize("text", ["0.04", "0.04,x", "0.04,-1", "1,2,EUR,3", "nan,1", "1e3,1"])
def test_other_texts_are_refused(text: str) -> None:
    """No price is guessed."""
    with pytest.raises(ValueError, match="number"):
        prices(text)


def test_an_amount_is_a_number() -> None:
    """A budget of nothing is one too."""
    assert (amount("0"), amount("2.50")) == (0.0, 2.5)
    with pytest.raises(ValueError, match=r"a number such as 0\.05"):
        amount("five")


def test_a_price_is_made_of_cores_and_memory() -> None:
    """Seconds of both are priced by the hour, and shown to a hundredth of a cent."""
    price = Prices(0.04, 0.004, "EUR").of(3600, 5400)
    assert Prices(0.04, 0.004, "EUR").shown(price) == "0.0460 EUR"
    assert Prices(0.04, 0.004).shown(price) == "0.0460"


def test_prices_are_shown_as_they_were_given() -> None:
    """The header of a run names them in the words of the option."""
    assert str(Prices(0.0405, 0.00445, "USD")) == "0.0405,0.00445,USD"
    assert str(Prices(1.0, 0.5)) == "1,0.5"
