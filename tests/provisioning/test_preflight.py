from __future__ import annotations

import pytest

from pytest_aci.arm.control_plane import Grant
from pytest_aci.arm.failures import refusal
from pytest_aci.errors import ControlPlaneError, MayNotDelete
from pytest_aci.provisioning.preflight import check_deletion, check_registration
from tests.arm.fake_control_plane import FakeControlPlane


def test_a_registered_provider_is_no_news() -> None:
    """One look, and nothing is said or changed."""
    azure = FakeControlPlane()
    check_registration(azure)
    assert azure.verbs() == ["provider_state"]


def test_an_unregistered_provider_is_told_with_the_command() -> None:
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


CREATES = Grant(("*/write", "*/read"))


def test_who_may_do_everything_may_delete() -> None:
    """One look, and nothing is said or changed."""
    azure = FakeControlPlane()
    check_deletion(azure)
    assert azure.verbs() == ["grants"]


def test_who_can_create_but_not_delete_creates_nothing() -> None:
    """The error names the actions that are missing, and where to get a role with them."""
    azure = FakeControlPlane()
    azure.granted = [CREATES]
    with pytest.raises(MayNotDelete, match=r"the credential can create but not delete in the subscription") as caught:
        check_deletion(azure)
    assert caught.value.missing == (
        "Microsoft.ContainerInstance/containerGroups/delete",
        "Microsoft.Resources/subscriptions/resourceGroups/delete",
    )
    assert "`pytest-aci permissions` prints" in str(caught.value)


def test_in_a_borrowed_group_only_what_is_in_it_has_to_be_deleted() -> None:
    """The rights in the borrowed group count, and nobody needs one to delete the group itself."""
    azure = FakeControlPlane()
    azure.granted = [CREATES, Grant(("Microsoft.ContainerInstance/*",))]
    check_deletion(azure, "theirs")
    assert azure.verbs("theirs") == ["grants"]
    azure.granted = [CREATES]
    with pytest.raises(MayNotDelete, match=r"not delete in resource group 'theirs'; it lacks Microsoft\.ContainerInst"):
        check_deletion(azure, "theirs")


def test_whose_rights_can_not_be_seen_goes_on() -> None:
    """Without a right to look, or with none at all, the first PUT tells."""
    azure = FakeControlPlane()
    azure.fail("grants", refusal(doing="look", code="AuthorizationFailed", message="no", status=403))
    check_deletion(azure)
    azure.granted = []
    check_deletion(azure)
