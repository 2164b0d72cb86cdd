"""The regions that the emulated Azure has, and how their names are normalised."""

from __future__ import annotations

REGIONS: tuple[str, ...] = (
    "Australia East", "Australia Southeast", "Brazil South", "Canada Central", "Canada East", "Central India",
    "Central US", "East Asia", "East US", "East US 2", "France Central", "Germany West Central", "Italy North",
    "Japan East", "Japan West", "Korea Central", "North Central US", "North Europe", "Norway East", "Poland Central",
    "Qatar Central", "South Africa North", "South Central US", "South India", "Southeast Asia", "Spain Central",
    "Sweden Central", "Switzerland North", "UAE North", "UK South", "UK West", "West Central US", "West Europe",
    "West India", "West US", "West US 2", "West US 3",
)  # fmt: skip
"""Display names, as `az account list-locations` shows them."""


def normalised(location: str) -> str:
    """`West Central US` becomes `westcentralus`."""
    return location.replace(" ", "").lower()


DISPLAY_NAMES = {normalised(region): region for region in REGIONS}


def known(location: str) -> bool:
    """Whether the region exists, however it is spelled."""
    return normalised(location) in DISPLAY_NAMES
