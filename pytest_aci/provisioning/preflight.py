from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.arm.failures import refusal
from pytest_aci.errors import ControlPlaneError, MayNotDelete

if TYPE_CHECKING:
    from pytest_aci.arm.control_plane import ControlPlane

REGISTERED = "Registered"
GROUPS = "Microsoft.ContainerInstance/containerGroups"
RESOURCE_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"


def check_registration(control_plane: ControlPlane) -> None:
    """Make sure that the subscription may use container instances at all, before anything is created in it.

    Nothing is registered: that would change the whole subscription. Who must not look finds out at the first PUT.

    Raises:
        ControlPlaneError: The resource provider is not registered; it names the command that registers it.
    """
    try:
        state = control_plane.provider_state()
    except ControlPlaneError:
        return
    if state != REGISTERED:
        raise refusal(
            doing="use container instances",
            code="MissingSubscriptionRegistration",
            message="The subscription is not registered to use namespace 'Microsoft.ContainerInstance' "
            f"(its registration state is {state}).",
        )


def check_deletion(control_plane: ControlPlane, borrowed: str | None = None) -> None:
    """Make sure that who may create may delete as well; in a *borrowed* resource group, its container groups.

    Who must not look, or may not create either, finds out at the first PUT.

    Raises:
        MayNotDelete: The credential may create and not delete.
    """
    try:
        grants = control_plane.grants(borrowed)
    except ControlPlaneError:
        return

    def may(action: str) -> bool:
        return any(grant.allows(action) for grant in grants)

    kinds = [GROUPS] if borrowed else [GROUPS, RESOURCE_GROUPS]
    missing = [f"{kind}/delete" for kind in kinds if may(f"{kind}/write") and not may(f"{kind}/delete")]
    if missing:
        raise MayNotDelete(missing=missing, borrowed=borrowed)
