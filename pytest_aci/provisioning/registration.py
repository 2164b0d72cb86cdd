from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.arm.failures import refusal
from pytest_aci.errors import ControlPlaneError

if TYPE_CHECKING:
    from pytest_aci.arm.control_plane import ControlPlane

REGISTERED = "Registered"


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
