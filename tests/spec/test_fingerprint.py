from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_aci.difference import difference
from pytest_aci.spec import RegistryCredential, Secret, SecretVolume, container, group, single
from pytest_aci.spec.fingerprint import stem
from tests.spec.strategies import HELLO, plain_json

SENTINEL = "s3ntinel-value-that-must-not-show"


def test_a_fingerprint_is_plain_json_of_what_was_asked_for() -> None:
    """A cassette remembers the words of the spec, without what was left to default."""
    spec = single(HELLO, ports=[80], env={"B": "2", "A": "1"}, secure_env={"C": "3"})
    assert json.loads(json.dumps(spec.fingerprint())) == {
        "kind": "single",
        "containers": [
            {"name": "main", "image": HELLO, "ports": [{"port": 80}], "env": {"A": "1", "B": "2", "C": "<secret>"}}
        ],
    }


def test_equal_wishes_have_equal_keys_however_they_are_written() -> None:
    """The order of variables, a whole number of cores and the spelling of a region make no difference."""
    one = single(HELLO, env={"A": "1", "B": "2"}, cpu=1, restart_policy="OnFailure", ports=[80], location="West Europe")
    other = single(
        HELLO, env={"B": "2", "A": "1"}, cpu=1.0, restart_policy="OnFailure", ports=["80"], location="westeurope"
    )
    assert one == other
    assert hash(one) == hash(other)
    assert one.key == other.key
    assert one.fingerprint() == other.fingerprint()


@pytest.mark.parametrize(
    "options",
    [
        {"env": {"A": "2"}},
        {"ports": [81]},
        {"ports": ["80/udp"]},
        {"cpu": 2},
        {"command": ["a"]},
        {"dns_label": "hello"},
        {"name": "web"},
    ],
)
def test_different_wishes_have_different_keys_and_stems(options: dict[str, Any]) -> None:
    """Whatever differs in the container group shows in both (U01: two groups of one name can not meet by accident)."""
    usual: dict[str, Any] = {"env": {"A": "1"}, "ports": [80]}
    assert single(HELLO, **usual).key != single(HELLO, **usual | options).key
    assert single(HELLO, **usual).stem != single(HELLO, **usual | options).stem


def test_a_secret_changes_the_key_and_neither_the_fingerprint_nor_the_stem() -> None:
    """Groups with other passwords are not shared, and a cassette plays on a machine where the password is another."""
    one, other = (single(HELLO, secure_env={"A": value}) for value in ("x", "y"))
    assert one.key != other.key
    assert one.fingerprint() == other.fingerprint()
    assert one.stem == other.stem


def test_a_secure_and_a_plain_variable_of_one_value_have_different_keys() -> None:
    """Azure treats the two differently, so groups that differ in that are not shared."""
    assert single(HELLO, env={"A": "x"}).key != single(HELLO, secure_env={"A": "x"}).key


def test_a_key_is_64_hexadecimal_digits() -> None:
    """Keys have one form."""
    assert re.fullmatch(r"[0-9a-f]{64}", single(HELLO).key)


@given(st.sampled_from(["single", "sidecar", "task", "group", "model"]), st.text(max_size=300), plain_json)
def test_a_stem_is_a_valid_start_of_a_group_name(kind: str, image: str, masked: Any) -> None:
    """Whatever the image, the group's name of stem, hyphen and 16 digits is one that Azure accepts."""
    name = f"{stem(kind, image, masked)}-0123456789abcdef"
    assert re.fullmatch(r"(?!-)(?!.*--)[a-z0-9-]{1,63}(?<!-)", name)


def test_a_stem_says_kind_and_image() -> None:
    """A person who reads the list of groups in the portal knows which is which."""
    assert re.fullmatch(r"single-aci-helloworld-[0-9a-f]{6}", single(f"{HELLO}:latest").stem)


def test_every_secret_of_a_spec_is_listed() -> None:
    """Those who must keep secrets out of files learn of each one, a secret file's in both of its forms."""
    spec = group(
        container("a", HELLO, secure_env={"A": "env-value"}, volumes={"/s": SecretVolume("files", {"f": "file-text"})}),
        registry_credentials=[RegistryCredential("r.example.com", "me", "registry-password")],
    )
    values = {secret.reveal() for secret in spec.secrets}
    assert values == {"env-value", "ZmlsZS10ZXh0", "file-text", "registry-password"}


def test_binary_files_are_listed_in_their_encoded_form() -> None:
    """A secret file that is no text still appears, as ARM carries it."""
    spec = single(HELLO, volumes={"/s": SecretVolume("files", {"f": b"\xff\xfe"})})
    assert spec.secrets == (Secret("//4="),)


def test_no_secret_shows_in_fingerprint_or_repr() -> None:
    """Masked means masked, wherever in the spec the secret stands."""
    spec = single(
        HELLO,
        secure_env={"A": SENTINEL},
        volumes={"/s": SecretVolume("files", {"f": SENTINEL})},
        registry_credentials=RegistryCredential("r.example.com", "me", SENTINEL),
    )
    assert SENTINEL not in json.dumps(spec.fingerprint()) + repr(spec) + str(spec)
    assert "czNudGluZWw" not in json.dumps(spec.fingerprint()) + repr(spec)


def test_a_difference_names_the_field_and_both_values() -> None:
    """A changed spec says what changed, instead of "no match"."""
    old = single(HELLO, ports=[80], env={"A": "1", "B": "2"}).fingerprint()
    new = single(f"{HELLO}:2", ports=[80, 81], env={"A": "1", "C": "3"}, cpu=2).fingerprint()
    assert difference(old, new) == [
        f"containers[0].image: {HELLO} → {HELLO}:2",
        "containers[0].env.B: 2 → (absent)",
        "containers[0].env.C: (absent) → 3",
        'containers[0].ports[1]: (absent) → {"port": 81}',
        "containers[0].cpu: (absent) → 2.0",
    ]
