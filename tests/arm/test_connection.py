from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from pytest_aci.arm import connection as connection_module
from pytest_aci.arm.connection import NOBODY, Connection
from pytest_aci.errors import ControlPlaneError, NoCredential, NoSubscription, NoTape, UnsafeEndpoint, WrongCloud
from tests.arm.scripted_arm import Answer, ScriptedArm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST = {"subscriptionId": "11111111-aaaa", "displayName": "One", "tenantId": "t1", "state": "Enabled"}
SECOND = {"subscriptionId": "22222222-bbbb", "displayName": "Two", "tenantId": "t2", "state": "Enabled"}


class Key:
    """A credential whose token is known."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """Give the token, which tells what it is for."""
        return AccessToken(f"token-for-{scopes[0]}", 4_000_000_000)


@pytest.fixture
def arm() -> Iterator[ScriptedArm]:
    """A server that lists two subscriptions."""
    with ScriptedArm() as server:
        server.say("GET", "/subscriptions", Answer(200, {"value": [FIRST, SECOND]}))
        yield server


def test_loopback_needs_nothing_and_takes_the_first_subscription(arm: ScriptedArm) -> None:
    """A loopback endpoint is used without credential, whatever the environment says, with its first subscription."""
    environment = {"AZURE_SUBSCRIPTION_ID": "other", "AZURE_AUTH_LOCATION": "/nowhere"}
    connection = Connection.discover(arm.url, environment=environment)
    assert (connection.base_url, connection.subscription_id, connection.tenant_id) == (arm.url, "11111111-aaaa", "t1")
    assert connection.credential is None
    assert "Authorization" not in arm.asked[0].headers


@pytest.mark.parametrize("wanted", ["22222222-BBBB", "two"])
def test_subscription_is_chosen_by_id_or_name(arm: ScriptedArm, wanted: str) -> None:
    """The subscription asked for is found by id or name."""
    connection = Connection.discover(arm.url, environment={}, subscription=wanted)
    assert (connection.subscription_id, connection.tenant_id) == ("22222222-bbbb", "t2")


def test_unknown_subscription_lists_the_visible_ones(arm: ScriptedArm) -> None:
    """A subscription that cannot be seen is an error that lists what can, ids masked."""
    with pytest.raises(NoSubscription) as caught:
        Connection.discover(arm.url, environment={}, subscription="33333333-cccc")
    happened, *visible = str(caught.value).splitlines()
    assert happened == (
        f"The subscription 33333333-cccc can not be seen at {arm.url}. "
        "Set --aci-subscription or AZURE_SUBSCRIPTION_ID. Visible:"
    )
    assert visible == ["  One (…aaaa)", "  Two (…bbbb)"]


def test_no_subscription_at_all_is_an_error(arm: ScriptedArm) -> None:
    """A credential that sees nothing is told to get a role."""
    with ScriptedArm() as empty:
        empty.say("GET", "/subscriptions", Answer(200, {"value": []}))
        with pytest.raises(NoSubscription, match=r"No subscription can be seen .* such as Contributor"):
            Connection.discover(empty.url, environment={})


@pytest.mark.parametrize(
    "body", [{"hello": 1}, None, "[]", "null", '"x"', {"value": [1]}, {"value": None}, {"value": [{}]}]
)
def test_another_server_is_not_arm(body: Any) -> None:
    """Whatever a server says that is no list of subscriptions, it is told that this is no Azure."""
    with ScriptedArm() as server:
        server.say("GET", "/subscriptions", Answer(200, body, {"Content-Type": "application/json"}))
        with pytest.raises(ControlPlaneError, match="list the subscriptions: not-arm") as caught:
            Connection.discover(server.url, environment={})
    assert "What to do: Check --aci-endpoint" in str(caught.value)


def test_a_name_that_two_subscriptions_have(arm: ScriptedArm) -> None:
    """It chooses none of them; an id does, also one that is another one's name."""
    twin = {**FIRST, "subscriptionId": "33333333-cccc"}
    odd = {**SECOND, "displayName": "33333333-cccc"}
    with ScriptedArm() as server:
        server.say("GET", "/subscriptions", Answer(200, {"value": [FIRST, odd, twin]}))
        with pytest.raises(NoSubscription) as caught:
            Connection.discover(server.url, environment={}, subscription="one")
        assert Connection.discover(server.url, environment={}, subscription="33333333-cccc").tenant_id == "t1"
    assert str(caught.value).splitlines()[0] == (
        f"More than one subscription at {server.url} is called one, so its id is needed. "
        "Set --aci-subscription or AZURE_SUBSCRIPTION_ID. Visible:"
    )


def test_endpoint_that_is_not_there_is_explained() -> None:
    """An endpoint that cannot be reached is a control plane error, not the SDK's."""
    with ScriptedArm() as gone:
        url = gone.url
    with pytest.raises(ControlPlaneError, match="Could not list the subscriptions: unreachable"):
        Connection.discover(url, environment={})


def test_plain_http_elsewhere_is_refused() -> None:
    """No plain HTTP beyond this machine, with or without a credential."""
    with pytest.raises(UnsafeEndpoint):
        Connection.discover("http://arm.example", environment={}, credential=Key())


def test_given_credential_signs_loopback_requests(arm: ScriptedArm) -> None:
    """A credential that is given is used, also over plain HTTP on this machine, in both clients."""
    connection = Connection.discover(arm.url, environment={}, credential=Key())
    with connection.container_client() as client, pytest.raises(Exception, match="nothing scripted"):
        client.container_groups.get("rg", "web")
    expected = f"Bearer token-for-{arm.url}/.default"
    assert [asked.headers["Authorization"] for asked in arm.asked] == [expected, expected]


def test_public_azure_without_credential_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The public cloud needs a credential; what was tried is listed before anything is asked."""
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    with pytest.raises(NoCredential, match=r"No credential for https://management\.azure\.com"):
        Connection.discover("azure", environment={})


def auth_file(folder: Path, resource_manager: str) -> Path:
    """An auth file for a cloud, and for the second of its subscriptions."""
    path = folder / "auth.json"
    keys = ("clientId", "clientSecret", "tenantId", "activeDirectoryEndpointUrl")
    facts = {"subscriptionId": SECOND["subscriptionId"], "resourceManagerEndpointUrl": f"{resource_manager}/"}
    path.write_text(json.dumps(dict.fromkeys(keys, "x") | facts))
    path.chmod(0o600)
    return path


def test_auth_file_chooses_the_subscription_on_loopback_too(
    arm: ScriptedArm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An auth file that points to this machine is heeded whole; only the environment's subscription is Azure's."""
    monkeypatch.setattr(connection_module, "find_credential", lambda *_, **__: Key())
    environment = {"AZURE_AUTH_LOCATION": str(auth_file(tmp_path, arm.url)), "AZURE_SUBSCRIPTION_ID": "other"}
    connection = Connection.discover("azure", environment=environment)
    assert (connection.base_url, connection.subscription_id) == (arm.url, SECOND["subscriptionId"])


def test_auth_file_of_another_cloud_is_an_error(tmp_path: Path) -> None:
    """A file of one cloud does not serve another one: both are named."""
    path = auth_file(tmp_path, "https://management.azure.com")
    with pytest.raises(WrongCloud, match=r"management\.usgovcloudapi\.net, but the auth file .*management\.azure\.com"):
        Connection.discover("usgov", environment={"AZURE_AUTH_LOCATION": str(path)})


def test_replay_is_nobody_at_public_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay has the constants of every cassette, no credential, and no way to a socket."""
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a socket was opened"))
    connection = Connection.replay(None)
    assert (connection.base_url, connection.subscription_id) == ("https://management.azure.com", NOBODY)
    assert connection.credential is None
    with pytest.raises(NoTape):
        connection.container_client().container_groups.get("rg", "web")
    with pytest.raises(NoTape):
        connection.resource_client().resource_groups.get("rg")


def test_clients_take_the_users_own_options(arm: ScriptedArm) -> None:
    """What a user gives a client is passed on to it."""
    connection = Connection(arm.url, NOBODY)
    client = connection.container_client(api_version="2024-05-01-preview", polling_interval=1)
    with pytest.raises(Exception, match="nothing scripted"):
        client.container_groups.get("rg", "web")
    assert "api-version=2024-05-01-preview" in arm.asked[0].path


def test_repr_shows_no_credential(arm: ScriptedArm) -> None:
    """A connection can be printed without showing what signs its requests."""
    assert "Key" not in repr(Connection(arm.url, NOBODY, credential=Key()))


def test_a_token_that_can_not_be_had_is_explained() -> None:
    """Whoever needs a token for another process is told why there is none, as for any other request."""

    class Expired:
        def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
            raise ClientAuthenticationError("AADSTS700082: The refresh token has expired.")

    assert Connection("https://arm.test", NOBODY).token() is None
    with pytest.raises(ControlPlaneError, match=r"Could not get a token for the watchdog: .*\n.*AADSTS700082"):
        Connection("https://arm.test", NOBODY, credential=Expired()).token()
