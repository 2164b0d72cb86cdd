from __future__ import annotations

from pytest_aci.recording.listening import Listener
from tests.recording.lives import Life


def test_what_arm_is_sent_in_fields_of_secrets_is_known() -> None:
    """Passwords, keys and tokens on their way to ARM are heard, and nothing is recorded."""
    life, listener = Life(1), Listener()
    for request, _ in life.exchanges(polls=1):
        listener.tape_for(request)
    assert {life.password, life.storage_key} <= set(listener.secrets)
    assert any(secret.startswith("reg-") for secret in listener.secrets)
    assert any(secret.startswith("eyJ") for secret in listener.secrets)
