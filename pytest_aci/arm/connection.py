from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from pytest_aci.arm.clouds import find_cloud, is_loopback
from pytest_aci.arm.credentials import auth_file, find_credential
from pytest_aci.arm.policies import (
    ArmAnswers,
    AsyncArmAnswers,
    AsyncLoopbackAuthentication,
    BoundedRetry,
    LoopbackAuthentication,
    NoAuthentication,
)
from pytest_aci.arm.states import subscription as described
from pytest_aci.arm.transport import NoTapes, TapeTransport, pinned_transport
from pytest_aci.errors import NoSubscription, WrongCloud
from pytest_aci.recording.placeholders import ARM, ZERO_GUID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from azure.core.credentials import TokenCredential
    from azure.core.pipeline.transport import HttpTransport
    from azure.mgmt.containerinstance import ContainerInstanceManagementClient
    from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient as AsyncContainerClient
    from azure.mgmt.resource.resources import ResourceManagementClient

    from pytest_aci.arm.clouds import Cloud
    from pytest_aci.arm.control_plane import Subscription
    from pytest_aci.arm.credentials import AuthFile
    from pytest_aci.arm.transport import Tapes

T = TypeVar("T")

NOBODY = ZERO_GUID
"""The subscription and the tenant of every cassette."""
SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"


@dataclass(frozen=True, slots=True)
class Connection:
    """The way to a resource manager: where it is, who asks, and which tapes listen.

    *verify* is a path to a CA bundle, or whether to check certificates; *scope* is what a token is asked for.
    A *replay* never opens a socket.
    """

    base_url: str
    subscription_id: str
    tenant_id: str | None = None
    credential: TokenCredential | None = field(default=None, repr=False)
    scope: str = f"{ARM}/.default"
    verify: bool | str = True
    deck: Tapes | None = field(default=None, repr=False)
    is_replay: bool = False

    @classmethod
    def replay(cls, deck: Tapes | None) -> Connection:
        """The way to cassettes only: public Azure's address, and nobody's subscription."""
        return cls(ARM, NOBODY, NOBODY, deck=deck, is_replay=True)

    @classmethod
    def discover(
        cls,
        endpoint: str,
        *,
        environment: Mapping[str, str],
        subscription: str | None = None,
        credential: TokenCredential | None = None,
        deck: Tapes | None = None,
        verify: bool | str = True,
    ) -> Connection:
        """Find out what *endpoint* (a cloud's name or a URL) does not say: credential, subscription and tenant.

        A loopback endpoint needs no credential. The subscription is the one given, the auth file's,
        `AZURE_SUBSCRIPTION_ID`, or the only one that is visible; on loopback the variable does not count, and the
        first one is taken of several.

        Raises:
            AuthFileError: `AZURE_AUTH_LOCATION` names a file that cannot be used.
            NoCredential: No credential works; lists every source tried.
            NoSubscription: None or several are visible, and none was chosen.
            WrongCloud: The auth file belongs to another cloud.
            ControlPlaneError: The endpoint could not be asked.
        """
        file = None if credential or is_loopback(endpoint) else auth_file(environment)
        cloud = _cloud_of(endpoint, file, verify)
        if file or (credential is None and not cloud.is_loopback):
            credential = find_credential(cloud, file=file, environment=environment, verify=verify)
        found = cls(cloud.resource_manager, NOBODY, credential=credential, scope=cloud.scope, verify=verify)
        chosen = subscription or _preset(file, cloud, environment)
        seen = found.subscriptions()
        used = _choose(seen, chosen, cloud)
        return replace(found, subscription_id=used.id, tenant_id=used.tenant_id, deck=deck)

    @property
    def host(self) -> str:
        """Host and port of the resource manager."""
        return urlsplit(self.base_url).netloc

    def container_client(self, **options: Any) -> ContainerInstanceManagementClient:
        """The SDK's client for container groups; *options* as it takes them."""
        from azure.mgmt.containerinstance import ContainerInstanceManagementClient  # noqa: PLC0415 # costs 120 ms

        return ContainerInstanceManagementClient(**self._options(options))

    def resource_client(self, **options: Any) -> ResourceManagementClient:
        """The SDK's client for resource groups; *options* as it takes them."""
        from azure.mgmt.resource.resources import ResourceManagementClient  # noqa: PLC0415 # costs 140 ms

        return ResourceManagementClient(**self._options(options))

    def async_container_client(self, **options: Any) -> AsyncContainerClient:
        """The SDK's asynchronous client for container groups; *options* as it takes them."""
        from azure.mgmt.containerinstance.aio import (  # noqa: PLC0415 # most suites need no asyncio
            ContainerInstanceManagementClient as AsyncContainerClient,
        )

        from pytest_aci.arm.aio import async_transport  # noqa: PLC0415 # see above

        own = {"transport": async_transport(self), "redirect_policy": AsyncArmAnswers()}
        return AsyncContainerClient(**self._options({**own, **options}, AsyncLoopbackAuthentication))

    def subscriptions(self) -> list[Subscription]:
        """The subscriptions that the credential can see."""
        return self.read(
            SUBSCRIPTIONS,
            lambda found: [described(one) for one in found["value"]],
            doing="list the subscriptions",
        )

    def token(self) -> tuple[str, int] | None:
        """A bearer token with its expiry (seconds since the epoch), for another process; None where nobody signs in.

        Raises:
            ControlPlaneError: The credential gives none.
        """
        from pytest_aci.arm.explain import EXPLAINED, explain  # noqa: PLC0415 # loads the SDK

        if self.credential is None:
            return None
        try:
            token = self.credential.get_token(self.scope)
        except EXPLAINED as problem:
            raise explain(problem, doing="get a token for the watchdog", host=self.host) from None
        return token.token, token.expires_on

    def read(self, path: str, parse: Callable[[Any], T], *, doing: str) -> T:
        """What *parse* finds in the JSON that a GET of *path* gives: for what the SDK's clients do not ask.

        Raises:
            ControlPlaneError: It was refused, or has not what is looked for; the sentence says that one could not do
                what *doing* says.
        """
        from azure.core.rest import HttpRequest  # noqa: PLC0415 # loads the SDK

        from pytest_aci.arm.explain import EXPLAINED, documents, explain  # noqa: PLC0415 # loads the SDK

        with self.resource_client(retry_policy=BoundedRetry()) as client:
            try:
                answer = client.send_request(HttpRequest("GET", f"{self.base_url}{path}"))
                answer.raise_for_status()
                with documents():
                    return parse(answer.json())
            except EXPLAINED as problem:
                raise explain(problem, doing=doing, host=self.host, reading=True) from None

    def transport(self) -> HttpTransport[Any, Any]:
        """A new way to the network for one client: through the tapes, if there are any."""
        if self.is_replay:
            return TapeTransport(self.deck or NoTapes(), None)
        real: HttpTransport[Any, Any] = pinned_transport(verify=self.verify)
        return TapeTransport(self.deck, real) if self.deck is not None else real

    def _options(self, options: dict[str, Any], signing: Callable[..., Any] = LoopbackAuthentication) -> dict[str, Any]:
        """The options of a client; azure-core appends to some of the lists, so each client gets its own."""
        settings: dict[str, Any] = {
            "credential": self.credential or _Nobody(),
            "subscription_id": self.subscription_id,
            "base_url": self.base_url,
            "credential_scopes": [self.scope],
            "redirect_policy": ArmAnswers(),
            **options,
        }
        settings.setdefault("transport", None)
        settings["transport"] = settings["transport"] or self.transport()
        authentication = self._authentication(signing)
        if authentication is not None:
            settings.setdefault("authentication_policy", authentication)
        return settings

    def _authentication(self, signing: Callable[..., Any]) -> Any:
        """The policy that adds a token, made by *signing* where azure-core would not, or None for the SDK's own."""
        if self.credential is None:
            return NoAuthentication()
        if urlsplit(self.base_url).scheme == "http" and is_loopback(self.base_url):
            return signing(self.credential, self.scope)
        return None


class _Nobody:
    """Stands where a client insists on a credential."""

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        """Nobody signs in."""
        raise NotImplementedError


def _cloud_of(endpoint: str, file: AuthFile | None, verify: bool | str) -> Cloud:
    """The cloud of *endpoint*, or the auth file's where the endpoint is only the default."""
    cloud = find_cloud(endpoint, verify=verify)
    if file is None:
        return cloud
    asked, found = urlsplit(cloud.resource_manager).netloc, urlsplit(file.resource_manager).netloc
    if asked == found:
        return replace(cloud, authority=file.authority)
    if endpoint != "azure":
        raise WrongCloud(asked=cloud.resource_manager, path=str(file.path), found=file.resource_manager)
    return replace(find_cloud(file.resource_manager, verify=verify), authority=file.authority)


def _preset(file: AuthFile | None, cloud: Cloud, environment: Mapping[str, str]) -> str | None:
    if file:
        return file.subscription_id
    return None if cloud.is_loopback else environment.get("AZURE_SUBSCRIPTION_ID") or None


def _choose(seen: list[Subscription], chosen: str | None, cloud: Cloud) -> Subscription:
    visible = [(one.name, f"…{one.id[-4:]}") for one in seen]
    if chosen is not None:
        by_id = [one for one in seen if one.id.lower() == chosen.lower()]
        found = by_id or [one for one in seen if one.name.lower() == chosen.lower()]
        if len(found) != 1:
            raise NoSubscription(endpoint=cloud.resource_manager, visible=visible, asked=chosen)
        return found[0]
    if not seen or (len(seen) > 1 and not cloud.is_loopback):
        raise NoSubscription(endpoint=cloud.resource_manager, visible=visible)
    return seen[0]
