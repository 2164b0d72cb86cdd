from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.errors.base import AciError, with_evidence

if TYPE_CHECKING:
    from collections.abc import Sequence


class SettingsError(AciError):
    """An option, an environment variable or an ini value is not valid."""

    def __init__(
        self, *, option: str, value: str, valid: Sequence[str] = (), rule: str = "", nearest: str | None = None
    ) -> None:
        self.option = option
        self.value = value
        self.valid = tuple(valid)
        self.nearest = nearest
        what = f"valid are {', '.join(valid)}" if valid else rule
        hint = f" Did you mean {nearest}?" if nearest else ""
        super().__init__(f"{option}: {value!r} is not valid: {what}.{hint}")


class BorrowedGroupMissing(AciError):
    """The resource group that a run was told to borrow does not exist."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        super().__init__(
            f"The resource group {name!r}, named by --aci-resource-group, does not exist. Nothing was created. "
            "Create it, correct the name, or leave the option out for a resource group of the run's own."
        )


class EmulatorNotStarted(AciError):
    """The emulator that a run needs did not come up, or not within *waited* seconds."""

    def __init__(self, *, said: str, exit_code: int | None, waited: float = 0.0) -> None:
        self.said = said
        self.exit_code = exit_code
        self.waited = waited
        how = f"was not ready after {waited:g} s, and was ended" if waited else f"did not start (exit code {exit_code})"
        what = f"It said: {said}." if said else "It said nothing."
        super().__init__(
            f"The emulator {how}. {what} "
            'It needs the extra: pip install "pytest-aci[emulator]". Try it alone with: pytest-aci emulator'
        )


class UnsafeEndpoint(AciError):
    """A token would travel where it may not: over plain HTTP, or to another host than ARM's."""

    def __init__(self, *, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"{url} is not asked, and no token was sent to it: {reason}.")


class CloudNotFound(AciError):
    """An endpoint did not tell where its tokens come from, so it cannot be used as an Azure cloud."""

    def __init__(self, *, endpoint: str, reason: str) -> None:
        self.endpoint = endpoint
        self.reason = reason
        super().__init__(
            f"{endpoint} does not describe an Azure cloud: {reason}. "
            "Set --aci-endpoint to azure, usgov, china, emulator, or the resource manager's URL."
        )


class WrongCloud(AciError):
    """The auth file belongs to another cloud than the one that was asked for."""

    def __init__(self, *, asked: str, path: str, found: str) -> None:
        self.asked = asked
        self.path = path
        self.found = found
        super().__init__(
            f"--aci-endpoint asks for {asked}, but the auth file {path} belongs to {found}. "
            f"Use a credential of {asked}, or set --aci-endpoint to {found}."
        )


class AuthFileError(AciError):
    """The file named by AZURE_AUTH_LOCATION can not be used. Its values are never shown."""

    def __init__(self, *, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"AZURE_AUTH_LOCATION names {path}, which can not be used: {reason}. Make it anew with "
            "`az ad sp create-for-rbac --sdk-auth`, or unset AZURE_AUTH_LOCATION to use other credentials."
        )


class AuthFileWarning(UserWarning):
    """The auth file works, but holds its secret carelessly."""


class NoCredential(AciError):
    """No credential works. *tried* pairs each source with the reason why it gave none."""

    def __init__(self, *, endpoint: str, tried: Sequence[tuple[str, str]]) -> None:
        self.endpoint = endpoint
        self.tried = tuple(tried)
        super().__init__(
            with_evidence(
                f"No credential for {endpoint}. Sign in with `az login`, or set AZURE_AUTH_LOCATION or "
                "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. Replay, the default mode, needs none, "
                "nor does --aci-endpoint=emulator. Tried:",
                [f"{source}: {reason}" for source, reason in tried],
            )
        )


class ProtectedSubscription(AciError):
    """The credential's subscription is one that no run may touch. Nothing was created."""

    def __init__(self, *, subscription: str) -> None:
        self.subscription = subscription
        super().__init__(
            f"The subscription …{subscription[-4:]} is protected by aci_protected_subscriptions: nothing was created. "
            "Choose another one with --aci-subscription, or sign in with another credential."
        )


class NoSubscription(AciError):
    """It is not clear which subscription to use. *visible* pairs names with masked ids."""

    def __init__(self, *, endpoint: str, visible: Sequence[tuple[str, str]], asked: str | None = None) -> None:
        self.endpoint = endpoint
        self.visible = tuple(visible)
        self.asked = asked
        if asked and sum(name.lower() == asked.lower() for name, _ in visible) > 1:
            happened = f"More than one subscription at {endpoint} is called {asked}, so its id is needed"
        elif asked:
            happened = f"The subscription {asked} can not be seen at {endpoint}"
        elif visible:
            happened = f"More than one subscription can be seen at {endpoint}"
        else:
            happened = f"No subscription can be seen at {endpoint}"
        super().__init__(
            with_evidence(
                f"{happened}. Set --aci-subscription or AZURE_SUBSCRIPTION_ID. Visible:"
                if visible
                else f"{happened}. Give the credential a role in one, such as Contributor.",
                [f"{name} ({masked})" for name, masked in visible],
            )
        )
