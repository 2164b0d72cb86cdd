from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from azure.core.credentials import TokenCredential

    from pytest_aci.arm.connection import Connection

T = TypeVar("T")

ACI = "/providers/Microsoft.ContainerInstance"
RESOURCES_VERSION, ACI_VERSION = "2022-09-01", "2023-05-01"


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of an allowance a region's container groups use, in its own unit (groups or cores)."""

    name: str
    used: float
    limit: float


class Diagnosis:
    """What Azure says about a subscription that is to be used, as plain values. Every call is one GET."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._subscription = f"/subscriptions/{connection.subscription_id}"

    def regions(self) -> list[str]:
        """Return the names of the regions that offer container groups, as `westeurope`."""

        def parse(found: Any) -> list[str]:
            types = [one for one in found["resourceTypes"] if one["resourceType"].lower() == "containergroups"]
            return sorted(place.replace(" ", "").lower() for one in types for place in one["locations"])

        return self._read(f"{ACI}?api-version={RESOURCES_VERSION}", parse, "look which regions offer container groups")

    def usages(self, region: str) -> list[Usage]:
        """Return the allowances of a region."""
        path = f"{ACI}/locations/{region}/usages?api-version={ACI_VERSION}"

        def parse(found: Any) -> list[Usage]:
            return [Usage(one["name"]["value"], one["currentValue"], one["limit"]) for one in found["value"]]

        return self._read(path, parse, f"look at the quota of {region}")

    def _read(self, path: str, parse: Callable[[Any], T], doing: str) -> T:
        return self._connection.read(f"{self._subscription}{path}", parse, doing=doing)


def source_of(credential: TokenCredential | None, environment: Mapping[str, str]) -> str:
    """Return in words where a credential came from."""
    if credential is None:
        return "none is needed on this machine"
    if environment.get("AZURE_AUTH_LOCATION"):
        return f"the auth file {environment['AZURE_AUTH_LOCATION']}, named by AZURE_AUTH_LOCATION"
    # azure-identity tells nobody else which of its credentials got the token
    winner = getattr(credential, "_successful_credential", None) or credential
    return f"azure-identity's {type(winner).__name__}"
