from __future__ import annotations

import base64
import json

import pytest

from pytest_aci.recording.credentials import Names, is_identity, normal, of_authorization
from pytest_aci.recording.exchange import Request, Response

VALUE = "a1B2-c3D4-e5F6-g7H8"
LONGER = VALUE * 2


def request(url: str = "http://h/", headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Request:
    """A request of a test's own."""
    return Request("POST", url, headers, body)


def test_credentials_are_found_in_headers() -> None:
    """Bearer tokens and basic passwords are credentials; words, numbers and short values would match everything."""
    basic = base64.b64encode(b"me:pass-w0rd").decode()
    assert list(of_authorization((("authorization", "Bearer abcdefghijk1"),))) == ["abcdefghijk1"]
    assert list(of_authorization((("Authorization", f"Basic {basic}"),))) == [basic, "pass-w0rd"]
    assert list(of_authorization((("Authorization", "Bearer secretword"), ("X", "y")))) == []


@pytest.mark.parametrize(
    "asked",
    [
        request(headers=(("X-Api-Key", VALUE),)),
        request(headers=(("Ocp-Apim-Subscription-Key", VALUE),)),
        request(headers=(("X-CSRF-Token", VALUE),)),
        request(f"http://me:{VALUE}@h/"),
        request(f"http://h/?token={VALUE}"),
        request(f"http://h/?api-key={VALUE}"),
        request(body=json.dumps({"deep": [{"clientSecret": VALUE}]}).encode()),
        request(body=json.dumps({"client_secret": VALUE}).encode()),
        request(body=json.dumps({"dbPassword": VALUE}).encode()),
        request(body=f'{{"a": 1}}\n{{"password": "{VALUE}"}}\n'.encode()),
        request(body=f"grant_type=password&username=me&password={VALUE}".encode()),
        request(body=json.dumps({"password_confirmation": VALUE}).encode()),
        request(body=f"user=bob&password1={VALUE}&password2={VALUE}".encode()),
        request(body=f"user%5Bname%5D=bob&user%5Bpassword%5D={VALUE}".encode()),
        request(body=f"user[name]=bob&user[password]={VALUE}".encode()),
        request(f"http://h/?user%5Bpassword%5D={VALUE}"),
        request(body=f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n{VALUE}\r\n--b--'.encode()),
    ],
    ids=str,
)
def test_what_a_request_says_under_the_name_of_a_credential_is_one(asked: Request) -> None:
    """In headers, URLs, JSON, forms and their parts, however the name is written."""
    assert list(Names().of_request(asked)) == [VALUE]


def test_what_an_answer_hands_out_is_a_credential() -> None:
    """Tokens of a login, and cookies of a session."""
    answer = Response(
        200,
        "",
        (("Set-Cookie", f"sid={LONGER}; Path=/; HttpOnly"), ("X-Auth-Token", VALUE)),
        json.dumps({"access_token": "token-of-1-login", "expires_in": 3600}).encode(),
    )
    assert list(Names().of_response(answer)) == [VALUE, "token-of-1-login", LONGER]
    assert list(Names().of_request(request(headers=(("Cookie", f"theme=dark; sid={LONGER}"),)))) == [LONGER]


@pytest.mark.parametrize(
    "answer",
    [
        Response(302, "", (("Location", f"https://h.example/x?sv=1&sig={VALUE}%3D"),)),
        Response(200, "", (), json.dumps({"upload": [f"https://h.example/x?sv=1&sig={VALUE}%3D#top"]}).encode()),
        Response(200, "", (), f'<a href="/x?sv=1&sig={VALUE}%3D">'.encode()),
        Response(200, "", (), f"<Url>https://h.example/x?sv=1&amp;sig={VALUE}%3D&amp;sp=r</Url>".encode()),
        Response(200, "", (), f'{{"a":1}}\n{{"url":"/x?sv=1\\u0026sig={VALUE}%3D\\u0026sp=r"}}\n'.encode()),
    ],
    ids=["header", "JSON", "page", "XML", "lines of JSON"],
)
def test_signatures_of_urls_in_answers_are_credentials(answer: Response) -> None:
    """Who gets a signed URL may use it: its signature is known as it stands there, and decoded."""
    assert list(Names().of_response(answer)) == [f"{VALUE}%3D", f"{VALUE}="]


@pytest.mark.parametrize(
    "answer",
    [
        Response(302, "", (("Location", f"http://h/back#access_token={VALUE}&token_type=bearer"),)),
        Response(201, "", (("Location", f"http://me:{VALUE}@h/of/me"),)),
        Response(200, "", (("Link", f'<http://me:{VALUE}@h/2>; rel="next"'),)),
        Response(200, "", (), json.dumps({"next": f"http://h/back?state=1#id_token={VALUE}"}).encode()),
        Response(200, "", (), json.dumps({"clone": f"https://me:{VALUE}@git.example/x"}).encode()),
        Response(200, "", (), f"see http://me:{VALUE}@h/, or call".encode()),
    ],
    ids=str,
)
def test_tokens_in_fragments_and_passwords_of_urls_in_answers_are_credentials(answer: Response) -> None:
    """Where a login ends, a token stands behind the #; where a client is sent on, a password may stand before the @."""
    assert list(Names().of_response(answer)) == [VALUE]


@pytest.mark.parametrize(
    "asked",
    [
        request("http://h/?code=404&key=colour&page=2"),
        request(headers=(("Accept", VALUE), ("Content-Type", VALUE))),
        request(body=b'{"nextToken": "' + VALUE.encode() + b'", "password": "secret", "token": 1234567890}'),
        request(body=b"just words, password=" + VALUE.encode()),
        request(body=b"see http://h:8080?mail=me@example.com, http://h:8080 or http://me:password@h/#top=1"),
        request(body=b"docker-pullable://nginx:1.25-alpine@sha256:0123"),
        request(body=b"{ broken"),
        request(body=b"\xff\xfe"),
    ],
    ids=str,
)
def test_what_is_no_credential_is_left_alone(asked: Request) -> None:
    """Other names, short codes, words and numbers, and bodies that are neither JSON nor a form."""
    assert list(Names().of_request(asked)) == []


def test_long_codes_and_keys_are_credentials() -> None:
    """Azure Functions and OAuth call theirs `code`: a long one is hidden, a short one is not."""
    assert list(Names().of_request(request(f"http://h/?code={LONGER}"))) == [LONGER]
    assert Names().hide("key", LONGER)
    assert not Names().hide("key", "short")


def test_a_name_can_be_kept() -> None:
    """What a user wants to be kept under a name is no credential, however the name is written."""
    names = Names(frozenset({normal("access-token")}))
    body = json.dumps({"accessToken": VALUE}).encode()
    assert list(names.of_response(Response(200, "", (("Access-Token", VALUE),), body))) == []
    assert not names.hide("ACCESS_TOKEN", VALUE)


@pytest.mark.parametrize(
    "url",
    [
        "https://login.microsoftonline.com/tenant/oauth2/v2.0/token",
        "http://169.254.169.254/metadata/identity/oauth2/token?resource=x",
        "http://127.0.0.1:5000/tenant/oauth2/token",
        "http://127.0.0.1:41234/msi/token/?resource=x",
        "https://run-actions-1-azure-eastus.actions.githubusercontent.com/12//idtoken/34?api-version=2.0",
        "https://dev.azure.com/org/project/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken",
    ],
)
def test_identity_is_known_by_its_urls(url: str) -> None:
    """Everything that hands out tokens is recognised, on the clouds' hosts and by its path on others."""
    assert is_identity(url)
    assert not is_identity("http://h/token-shop")
    assert not is_identity("http://h/")
