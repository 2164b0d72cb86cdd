from __future__ import annotations

import pytest

from pytest_aci.arm.failures import refusal
from pytest_aci.errors import ControlPlaneError
from pytest_aci.provisioning.registration import check_registration
from tests.arm.fake_control_plane import FakeControlPlane


def test_a_registered_provider_is_no_news() -> None:
    """One look, and nothing is said or changed."""
    azure = FakeControlPlane()
    check_registration(azure)
    assert azure.verbs() == ["provider_state"]


def test_an_unregistered_provider_is_told_with_the_command(  # reliability: mode 36
) -> None:
    """The error says what is missing and how to get it, and nothing is registered behind anybody's back."""
    azure = FakeControlPlane()
    azure.registered = False
    with pytest.raises(ControlPlaneError) as caught:
        check_registration(azure)
    assert "not registered to use namespace 'Microsoft.ContainerInstance'" in str(caught.value)
    assert "az provider register -n Microsoft.ContainerInstance --wait" in str(caught.value)
    assert azure.verbs() == ["provider_state"]


def test_who_must_not_look_goes_on() -> None:
    """A service principal without rights on the subscription may still create groups in its resource group."""
    azure = FakeControlPlane()
    azure.fail("provider_state", refusal(doing="look", code="AuthorizationFailed", message="no", status=403))
    check_registration(azure)
