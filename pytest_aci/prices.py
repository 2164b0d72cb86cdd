from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"\d+(\.\d+)?|\.\d+")
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Prices:
    """What the user says that one vCPU and one GB of memory cost for an hour."""

    vcpu_hour: float
    gb_hour: float
    currency: str = ""

    def __str__(self) -> str:
        """Return them as they are written in `--aci-prices`."""
        return f"{self.vcpu_hour:g},{self.gb_hour:g},{self.currency}".rstrip(",")

    def of(self, vcpu_seconds: float, gb_seconds: float) -> float:
        """Return the price of some seconds of cores and of GB."""
        return (vcpu_seconds * self.vcpu_hour + gb_seconds * self.gb_hour) / HOUR

    def shown(self, price: float) -> str:
        """Return a price as people read it."""
        return f"{price:.4f} {self.currency}".rstrip()


def prices(text: str) -> Prices:
    """Return the prices of `0.0405,0.00445,USD`.

    Raises:
        ValueError: There are no two numbers.
    """
    numbers, currency = [part.strip() for part in text.split(",")], ""
    if len(numbers) == 3:  # noqa: PLR2004 # with a currency
        currency = numbers.pop()
    if len(numbers) != 2:  # noqa: PLR2004 # of a vCPU and of a GB
        message = "prices are two numbers and a currency, such as 0.0405,0.00445,USD"
        raise ValueError(message)
    vcpu_hour, gb_hour = (amount(number) for number in numbers)
    return Prices(vcpu_hour, gb_hour, currency)


def amount(text: str) -> float:
    """Return an amount of money.

    Raises:
        ValueError: The text is no number, or a negative one.
    """
    if not _NUMBER.fullmatch(text.strip()):
        message = "a number such as 0.05 is needed"
        raise ValueError(message)
    return float(text)
