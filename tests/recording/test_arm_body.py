from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from pytest_aci.recording.credentials import Names
from pytest_aci.recording.exchange import Interaction, Request, Response
from pytest_aci.recording.format import Header, to_text
from pytest_aci.recording.own_http import Options
from pytest_aci.recording.placeholders import ARM, Numbers
from pytest_aci.recording.proof import objections
from pytest_aci.recording.redact import Redactor
from tests.recording.lives import Life

PATH = "/subscriptions/a1b2c3d4-1111-4222-8333-0123456789ab/resourceGroups/rg/providers/Microsoft.ContainerInstance"
GROUP = f"{ARM}{PATH}/containerGroups/g?api-version=2023-05-01"


def put(document: Any, url: str = GROUP) -> Any:
    """The document of a PUT as a cassette holds it."""
    request = Request("PUT", url, (), json.dumps(document).encode())
    return json.loads(Redactor().request(request, "arm", Numbers("o")).body)


def said(document: Any, url: str = GROUP, redactor: Redactor | None = None) -> Any:
    """The document of an answer as a cassette holds it."""
    response = Response(200, "", (), json.dumps(document).encode())
    return json.loads((redactor or Redactor()).response(Request("GET", url), response, "arm", Numbers("o")).body)


def test_what_no_schema_names_becomes_a_typed_placeholder() -> None:
    """A string that a later version of Azure adds is not known to be harmless; numbers and truth values are."""
    assert put({"properties": {"newToken": "abcdef", "deep": {"list": ["x", 1, True, None]}}, "other": 2.5}) == {
        "properties": {"newToken": "<redacted:str:len=6>", "deep": {"list": ["<redacted:str:len=1>", 1, True, None]}},
        "other": 2.5,
    }


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("properties.containers.0.properties.environmentVariables.0.secureValue", "s3cr3t-value"),
        ("properties.initContainers.0.properties.environmentVariables.0.secureValue", "s3cr3t-value"),
        ("properties.imageRegistryCredentials.0.password", "s3cr3t-value"),
        ("properties.volumes.0.azureFile.storageAccountKey", "s3cr3t-value"),
        ("properties.volumes.0.secret.any", base64.b64encode(b"s3cr3t-value").decode()),
        ("properties.diagnostics.logAnalytics.workspaceKey", "s3cr3t-value"),
    ],
)
def test_secret_fields_are_replaced_and_remembered(place: str, value: str) -> None:
    """What a secret field holds is gone, and is gone from everything that is written later."""
    document: Any = value
    for step in reversed(place.split(".")):
        document = [document] if step.isdigit() else {step: document}
    redactor, numbers = Redactor(), Numbers("o")
    redactor.request(Request("PUT", GROUP, (), json.dumps(document).encode()), "arm", numbers)
    node = put(document)
    for step in place.split("."):
        node = node[int(step)] if step.isdigit() else node[step]
    assert node == "<redacted:secret>"
    assert redactor.vocabulary.replace("log: s3cr3t-value!") == "log: <redacted:secret>!"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "postgres"),
        ("apiKey", "a1b2c3d4e5"),
        ("DATABASE_URL", "postgres://app:hunter2@db/orders"),
        ("SETTING", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln"),
    ],
)
def test_a_plain_variable_that_looks_like_a_secret_is_replaced(name: str, value: str) -> None:
    """By its name or by its form, as the warning about it and the audit recognise it; the same in a map of them."""
    variables = [{"name": name, "value": value}, {"name": "NumWords", "value": "5"}]
    container = {"environmentVariables": variables, "configMap": {"keyValuePairs": {name: value, "name": "5"}}}
    clean = put({"properties": {"containers": [{"properties": container}]}})["properties"]["containers"][0][
        "properties"
    ]
    assert clean["environmentVariables"] == [
        {"name": name, "value": "<redacted:secret>"},
        {"name": "NumWords", "value": "5"},
    ]
    assert clean["configMap"] == {"keyValuePairs": {"name": "5", name: "<redacted:secret>"}}


def test_a_plain_variable_can_be_kept() -> None:
    """What a user wants to be kept under a name is kept in variables too."""
    redactor = Redactor(Options(names=Names(frozenset({"dbpassword"}))))
    properties = {"environmentVariables": [{"name": "DB_PASSWORD", "value": "://app:a1b2c3d4e5@db"}]}
    group = {"properties": {"containers": [{"properties": properties}]}}
    assert said(group, redactor=redactor) == group
    assert redactor.fingerprint({"env": {"DB_PASSWORD": "a1b2c3d4e5"}}) == {"env": {"DB_PASSWORD": "a1b2c3d4e5"}}


def test_the_keys_of_encryption_and_the_tenant_in_a_dns_name_are_gone() -> None:
    """The vault and its key become placeholders; the hash of a scoped name is a constant, wherever the name stands."""
    redactor = Redactor()
    encryption = {"vaultBaseUrl": "https://v.vault.azure.net", "keyName": "k", "keyVersion": "1"}
    host = "Label.a1b2c3d4e5f6g7h8.westeurope.azurecontainer.io"
    clean = said({"properties": {"encryptionProperties": encryption, "ipAddress": {"fqdn": host}}}, redactor=redactor)
    assert clean["properties"]["encryptionProperties"] == {
        "vaultBaseUrl": "<redacted:str:len=25>",
        "keyName": "<redacted:str:len=1>",
        "keyVersion": "<redacted:str:len=1>",
    }
    constant = "Label.0000000000000000.westeurope.azurecontainer.io"
    assert clean["properties"]["ipAddress"]["fqdn"] == constant
    asked = redactor.request(Request("GET", f"http://{host.lower()}/"), "http", Numbers("o"))
    assert asked.url == f"http://{constant.lower()}/"
    assert redactor.request(asked, "http", Numbers("o")) == asked
    assert said({"properties": {"ipAddress": {"fqdn": "a.westeurope.azurecontainer.io"}}}) == {
        "properties": {"ipAddress": {"fqdn": "a.westeurope.azurecontainer.io"}}
    }


def test_the_names_of_fields_are_no_secrets() -> None:
    """A secret that is spelled like a field of ARM's leaves the field its name, or nothing could be read in replay."""
    redactor = Redactor(declared=lambda: ["restartPolicy", "azureFile"])
    document = {"properties": {"restartPolicy": "Always", "other": {"azureFile": "restartPolicy"}}}
    clean = said(document, redactor=redactor)
    assert clean["properties"]["restartPolicy"] == "Always"
    assert "restartPolicy" not in json.dumps(clean["properties"]["other"])
    text = to_text(Header("o"), [Interaction(Request("GET", GROUP), Response(200, "", (), json.dumps(clean).encode()))])
    assert objections(text, redactor.named_secrets) == []


def test_an_address_that_groups_share_is_a_constant_of_each() -> None:
    """Where all groups are at 127.0.0.1, each has a documentation address of its own, and the test's servers none."""
    redactor = Redactor()
    groups = [{"name": name, "properties": {"ipAddress": {"ip": "127.0.0.1"}}} for name in ("a", "b")]
    listed = said({"value": groups}, GROUP.replace("/g?", "?"), redactor)["value"]
    addresses = [group["properties"]["ipAddress"]["ip"] for group in listed]
    assert addresses == [redactor.addresses.of("a"), redactor.addresses.of("b")]
    assert redactor.address("b", "127.0.0.1") == addresses[1]
    assert redactor.vocabulary.replace("http://127.0.0.1:5000/") == "http://127.0.0.1:5000/"


def test_a_secret_is_gone_from_its_own_document() -> None:
    """A command that repeats what a secure variable further on holds is written without it."""
    command = {
        "command": ["login", "--password=s3cr3t-value"],
        "environmentVariables": [{"secureValue": "s3cr3t-value"}],
    }
    properties = put({"properties": {"containers": [{"properties": command}]}})["properties"]["containers"][0][
        "properties"
    ]
    assert properties["command"] == ["login", "--password=<redacted:secret>"]


def test_a_secret_of_the_wrong_type_is_replaced_too() -> None:
    """A number where a password belongs is no less secret; null is none."""
    assert put({"properties": {"imageRegistryCredentials": [{"password": 123456}, {"password": None}]}}) == {
        "properties": {"imageRegistryCredentials": [{"password": "<redacted:secret>"}, {"password": None}]}
    }


def test_an_answer_to_exec_gives_nothing_away() -> None:
    """Socket and password of an exec become constants."""
    url = GROUP.replace("/g?", "/g/containers/c/exec?")
    answer = said(
        {"webSocketUri": "wss://real.westus.atlas.cloudapp.azure.com:19390/x?rows=24", "password": "pw[[EOM]]"}, url
    )
    assert answer["password"] == "<redacted:secret>"
    assert answer["webSocketUri"].startswith("wss://exec.example/00000000-0000-0001-")
    assert said(answer, url) == answer


def test_prose_is_cleaned_of_identities_times_and_mail_addresses() -> None:
    """An error message keeps its words and loses guids, times, addresses of people and container ids."""
    message = (
        "The client 'jane.doe@contoso.com' with object id 'f1b2c3d4-1111-4222-8333-0123456789ab' over scope "
        f"'{PATH}' at '2031-05-05T01:02:03.4Z' killed {'ab' * 32} of nginx@sha256:{'cd' * 32}"
    )
    clean = said({"error": {"code": "AuthorizationFailed", "message": message}})["error"]
    assert clean["code"] == "AuthorizationFailed"
    assert clean["message"].startswith("The client 'somebody@example.com' with object id '00000000-0000-0001-")
    assert "'/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups" in clean["message"]
    assert "2020-01-01T00:00:00Z" in clean["message"]
    assert clean["message"].endswith(f"killed {'0' * 64} of nginx@sha256:{'cd' * 32}")


def test_identities_are_the_same_everywhere() -> None:
    """A principal that an answer names is replaced in later prose, without dashes as well."""
    redactor = Redactor()
    principal = "f1b2c3d4-1111-4222-8333-0123456789ab"
    identity = said({"identity": {"principalId": principal, "tenantId": principal[::-1]}}, redactor=redactor)[
        "identity"
    ]
    assert identity == {
        "principalId": "00000000-0000-0000-0000-000000000001",
        "tenantId": "00000000-0000-0000-0000-000000000000",
    }
    text = f"Principal {principal.replace('-', '')} not found"
    assert said({"error": {"message": text}}, redactor=redactor)["error"]["message"] == (
        "Principal 00000000000000000000000000000001 not found"
    )


def test_user_info_in_a_repository_is_cut_off() -> None:
    """A token in the URL of a gitRepo volume is removed, and known from then on."""
    redactor = Redactor()
    repository = {"properties": {"volumes": [{"gitRepo": {"repository": "https://me:tok3n-tok3n@git.example/x.git"}}]}}
    assert said(repository, redactor=redactor)["properties"]["volumes"][0]["gitRepo"] == {
        "repository": "https://git.example/x.git"
    }
    assert "tok3n-tok3n" in redactor.vocabulary.secrets


def test_redacting_twice_is_redacting_once() -> None:
    """Whatever a cassette holds is what a replayed request becomes."""
    for request, response in Life(3).exchanges():
        redactor, numbers = Life(3).redactor(), Numbers("o")
        once = redactor.request(request, "arm", numbers), redactor.response(request, response, "arm", numbers)
        again = Redactor(), Numbers("o")
        assert again[0].request(once[0], "arm", again[1]) == once[0]
        assert again[0].response(once[0], once[1], "arm", again[1]) == once[1]


def test_a_page_instead_of_json_is_prose() -> None:
    """A gateway that answers HTML is cleaned like any other message."""
    response = Response(502, "", (), b"<html>at 2031-05-05T01:02:03Z</html>")
    body = Redactor().response(Request("GET", GROUP), response, "arm", Numbers("o")).body
    assert body == b"<html>at 2020-01-01T00:00:00Z</html>"


def test_the_address_of_every_listed_group_is_learned() -> None:
    """A list shows several groups; each one's address becomes the constant of its name."""
    redactor = Redactor()
    listed = {
        "value": [
            {"name": name, "properties": {"ipAddress": {"ip": ip}}}
            for name, ip in (("a", "127.0.0.5"), ("b", "127.0.0.6"))
        ]
    }
    answer = said(listed, f"{ARM}{PATH}/containerGroups", redactor)
    assert [group["properties"]["ipAddress"]["ip"] for group in answer["value"]] == [
        redactor.addresses.of("a"),
        redactor.addresses.of("b"),
    ]
