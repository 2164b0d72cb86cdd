from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pytest_aci.arm.clouds import is_emulated
from pytest_aci.cleanup.ownership import Identity, owner_hash
from pytest_aci.spec import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_aci.provisioning.provisioner import Wish
    from pytest_aci.recording.deck import Deck
    from pytest_aci.recording.tape import Tape
    from pytest_aci.settings import Settings

RECORDED_VERSIONS = ("azure-mgmt-containerinstance", "azure-mgmt-resource", "pytest-aci")
RESOURCE_GROUP = "resource_group"


def open_deck(settings: Settings, root: Path, identity: Identity) -> Deck:
    """Open the tapes of a run: what is random in it is a constant in them.

    Raises:
        CassetteUnwritable: Cassettes are to be written, and can not be.
    """
    from pytest_aci.recording.credentials import Names, normal  # noqa: PLC0415 # not loaded by suites without containers
    from pytest_aci.recording.deck import Deck  # noqa: PLC0415 # see above
    from pytest_aci.recording.own_http import Options  # noqa: PLC0415 # see above
    from pytest_aci.recording.promotion import staging_of  # noqa: PLC0415 # see above
    from pytest_aci.recording.redact import Redactor  # noqa: PLC0415 # see above

    directory = root / settings.cassettes
    redactor = Redactor(
        Options(
            keep_headers=frozenset(name.lower() for name in settings.keep_headers),
            redact_headers=frozenset(settings.redacted("header")),
            redact_query=frozenset(settings.redacted("query")),
            redact_json=tuple(settings.redacted("json")),
            names=Names(frozenset(map(normal, settings.redacted("keep")))),
        ),
        declared=Secret.declared,
    )
    if settings.mode.is_live:
        constants = Identity.replay()
        redactor.learn(identity.nonce, constants.nonce)
        redactor.learn(identity.run_id, constants.run_id)
        redactor.learn(owner_hash(identity), owner_hash(constants))
    return Deck(
        directory,
        writing=settings.mode.is_live,
        redactor=redactor,
        facts={
            "recorded_against": answering(settings.endpoint),
            **{package: version(package) for package in RECORDED_VERSIONS},
        },
        staging=staging_of(directory, identity.nonce) if settings.mode.is_live else None,
        max_age_days=settings.max_age,
        refuse_aged=settings.on_old == "fail",
        allowed_hosts=settings.allowed_hosts,
    )


def answering(endpoint: str) -> str:
    """Return what cassettes say has answered at an endpoint, by name or URL."""
    return "emulator" if is_emulated(endpoint) else "Azure"


def declared_secrets(environment: Mapping[str, str]) -> set[str]:
    """Return what is known to be secret without a run: what somebody made a `Secret` of, and what *environment* has."""
    from pytest_aci.recording.proof import environment_secrets  # noqa: PLC0415 # for recordings and reports only

    return {*Secret.declared(), *environment_secrets(environment).values()}


class Tapes:
    """Which tape has what the run itself asks: each thing that it creates has one, from its creation to its deletion.

    Without a *deck* nothing is recorded or replayed, and every block is an ordinary one.
    """

    def __init__(self, deck: Deck | None) -> None:
        self._deck = deck
        self._by_name: dict[str, Tape | None] = {}
        self._secrets: dict[str, None] = {}

    def learn(self, wish: Wish) -> None:
        """Know the secrets of what somebody asks for, before anything is sent, written or reported."""
        for secret in wish.spec.secrets:
            self._secrets[secret.reveal()] = None
            if self._deck:
                self._deck.redactor.secret(secret.reveal())

    @property
    def secrets(self) -> set[str]:
        """What specs and tapes know to be secret; without a deck, that is what specs say."""
        return {*self._secrets, *(self._deck.secrets().values() if self._deck else ())}

    def of_group(self, owner: str | None, wish: Wish) -> Tape | None:
        """Return the tape of a group, or None where the current one is to have it.

        Raises:
            CassetteStale: In replay, it was recorded for another spec.
            CassetteMissing: In replay, there is none.
        """
        return self._deck.tape(owner, _fingerprint(wish)) if self._deck and owner else None

    def own_group(self, wish: Wish) -> None:
        """Note a group that the current tape is to have.

        Raises:
            CassetteStale: In replay, that was recorded for another spec.
            CassetteMissing: In replay, there is none.
        """
        if self._deck:
            self._deck.own_group(_fingerprint(wish))

    def of_resource_group(self) -> Tape | None:
        """Return the tape of the run's resource group."""
        return self._deck.tape(RESOURCE_GROUP) if self._deck else None

    def creating(self, name: str, tape: Tape | None) -> AbstractContextManager[None]:
        """Open a block in which the thing of that name is created; what deletes it goes to the same tape."""
        self._by_name[name] = tape
        return self._using(tape)

    def deleting(self, name: str) -> AbstractContextManager[None]:
        """Open a block in which the thing of that name is deleted."""
        return self._using(self._by_name.get(name))

    def _using(self, tape: Tape | None) -> AbstractContextManager[None]:
        return self._deck.using(tape) if self._deck and tape else nullcontext()


def _fingerprint(wish: Wish) -> dict[str, Any]:
    return {"spec": wish.spec.fingerprint(), "until": str(wish.until)}
