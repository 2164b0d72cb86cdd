from __future__ import annotations

import pytest

from pytest_aci.secret_signs import is_name, looks_secret


@pytest.mark.parametrize(
    "value",
    [
        "DefaultEndpointsProtocol=https;AccountKey=abc",
        "Server=x;Password=y",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x",
        "-----BEGIN RSA PRIVATE KEY-----",
        "postgres://app:hunter2@db/orders",
    ],
)
def test_a_secret_is_known_by_its_value(value: str) -> None:
    """Connection strings, tokens, private keys and URLs with a password are seen whatever their name is (U09)."""
    assert looks_secret("HARMLESS", value)


@pytest.mark.parametrize("name", ["PASSWORD_FILE", "TOKEN_URL", "MONKEY", "NumWords", "KEYBOARD", "SECRETARY"])
def test_harmless_variables_are_left_alone(name: str) -> None:
    """A path to a password, an address of tokens or a monkey is no secret."""
    assert not looks_secret(name, "x")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "DB_PASSWORD",
            "clientSecret",
            "client secret",
            "client-secret",
            "ApiKey",
            "Ocp-Apim-Subscription-Key",
            "token",
        ),
        *(
            "X-Amz-Signature",
            "sig",
            "STORAGE_CONNECTION_STRING",
            "DB_PASS",
            "AZURE_DEVOPS_EXT_PAT",
            "DOCKER_AUTH_CONFIG",
        ),
        *("password1", "new_password2", "DB_PASSWORD_2", "passphrase1", "token-3", "password[0]", "password[]"),
        *("user[password]", "user[0][password]", "user[password_confirmation]", "users[token][2]"),
        *("password_confirmation", "passwordConfirm", "password-repeat", "passwordAgain", "passwordConfirmation1"),
    ],
)
def test_the_name_of_a_secret_is_known_however_it_is_written(name: str) -> None:
    """In any case, with any separator, with words before it, and as forms number it, repeat it or nest it."""
    assert is_name(name)
    assert is_name(name.upper())


@pytest.mark.parametrize(
    "name",
    [
        *("nextToken", "next_page_token", "continuation-token", "PATH", "AUTHOR", "SSH_AUTH_SOCK", "COMPAT"),
        *("bypass", "pass", "config", "design", "tokens", "key"),
        *("page[token]", "nextToken2", "oauth2", "design2", "password_reset", "token_count", "user[name]", "confirm"),
    ],
)
def test_names_that_only_sound_like_one_are_none(name: str) -> None:
    """Tokens by which answers are paged go into the next request; parts of words are no words."""
    assert not is_name(name)
