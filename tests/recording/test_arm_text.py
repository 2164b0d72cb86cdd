from __future__ import annotations

import base64

import pytest

from pytest_aci.recording.arm_text import Known, arm_url, is_arm, origin
from pytest_aci.recording.placeholders import ARM, Numbers
from pytest_aci.recording.vocabulary import Vocabulary

S = "/subscriptions/a1b2c3d4-1111-4222-8333-0123456789ab"
ZEROS = "/subscriptions/00000000-0000-0000-0000-000000000000"


def known() -> Known:
    """Nothing is known yet."""
    return Known(Vocabulary(), Numbers("o"), frozenset({"http://127.0.0.1:5000"}))


def clean(url: str) -> str:
    """A URL of ARM as a cassette holds it, without the host that goes without saying."""
    return arm_url(url, known())[0].removeprefix(ARM)


def test_any_host_becomes_the_public_one() -> None:
    """Whatever endpoint was asked, the cassette holds ARM's own address and a constant subscription."""
    assert (
        arm_url(f"http://127.0.0.1:5000{S}?api-version=2022-12-01", known())[0]
        == f"{ARM}{ZEROS}?api-version=2022-12-01"
    )


def test_the_query_is_sorted_and_known() -> None:
    """Known keys keep their values, any other one's value becomes a placeholder."""
    url = f"{ARM}{S}/resources?foo=bar&$filter=tagname eq 'a'&api-version=1"
    assert clean(url) == f"{ZEROS}/resources?$filter=tagname%20eq%20'a'&api-version=1&foo=%3Credacted:str:len%3D3%3E"
    assert clean(ARM + clean(url)) == clean(url)


def test_the_signature_of_an_operation_is_cut_off() -> None:
    """Whoever has a signed operation URL may ask: the signature is not kept, and the id is a constant."""
    operations = f"{ARM}{S}/providers/Microsoft.ContainerInstance/locations/westus/operations"
    url = f"{operations}/f1b2c3d4-1111-4222-8333-0123456789ab"
    kept = clean(f"{url}?api-version=2018-06-01&t=1&c=MII&s=sig&h=hash")
    assert kept == (
        f"{ZEROS}/providers/Microsoft.ContainerInstance/locations/westus/operations/"
        f"{Numbers('o').of('x')}?api-version=2018-06-01"
    )


def test_a_job_token_is_a_constant() -> None:
    """The token of a deletion spells out the name of the resource group in base64."""
    token = base64.urlsafe_b64encode(b'{"jobId":"RESOURCEGROUPDELETIONJOB-MY:2DGROUP"}').decode().rstrip("=")
    assert clean(f"{ARM}{S}/operationresults/{token}?api-version=1") == (
        f"{ZEROS}/operationresults/{Numbers('o').of('x')}?api-version=1"
    )


@pytest.mark.parametrize(
    ("url", "belongs"),
    [
        ("https://management.azure.com/x", True),
        ("https://MANAGEMENT.usgovcloudapi.net/x", True),
        ("http://127.0.0.1:5000/x", True),
        ("http://127.0.0.1:5001/x", False),
        ("https://management.azure.com.evil.example/x", False),
    ],
)
def test_what_belongs_to_arm(url: str, belongs: bool) -> None:
    """The clouds' hosts and learned endpoints are ARM, and nothing that merely looks like them."""
    assert is_arm(url, known().endpoints) is belongs


def test_an_origin_has_no_path() -> None:
    """Scheme, host and port, in lower case."""
    assert origin("HTTP://Host:80/Path?q") == "http://host:80"
