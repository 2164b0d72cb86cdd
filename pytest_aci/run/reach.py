from __future__ import annotations

from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

from pytest_aci.arm.allowance import Allowance
from pytest_aci.errors import AciError, ProtectedSubscription
from pytest_aci.provisioning.clock import ReplayClock, SystemClock
from pytest_aci.provisioning.emulated import EmulatedNetwork
from pytest_aci.provisioning.network import RealNetwork, RecordedNetwork
from pytest_aci.provisioning.persistence import persistently
from pytest_aci.run.part import part
from pytest_aci.run.tapes import answering

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from azure.core.credentials import TokenCredential

    from pytest_aci.arm.connection import Connection
    from pytest_aci.arm.control_plane import ControlPlane
    from pytest_aci.arm.emulated import EmulatedCloud
    from pytest_aci.provisioning.clock import Clock
    from pytest_aci.provisioning.network import Network
    from pytest_aci.recording.deck import Deck
    from pytest_aci.recording.listening import Listener
    from pytest_aci.run.seat import Seat
    from pytest_aci.settings import Settings

T = TypeVar("T")

WORKERS = "PYTEST_XDIST_WORKER_COUNT"


class Reach:
    """What a run can reach, and how: ARM through cassettes or connections, the groups' network, and a clock.

    Each part is made when it is first used.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        environment: Mapping[str, str],
        seat: Seat,
        deck: Deck | None,
        credential: TokenCredential | None,
    ) -> None:
        self.making = RLock()
        self.settings = settings
        self.seat = seat
        self.deck = deck
        self.listener = None if deck else self._listener()
        self._environment = environment
        self.credential = credential
        """What the user signs in with, if that is not what is usually found."""
        self.processes = int(environment.get(WORKERS, "1")) if seat.shares else 1
        """How many processes ask ARM at the same time on behalf of the run."""
        self._before_read = Allowance(processes=self.processes).take if settings.mode.is_live else lambda: None

    @part
    def clock(self) -> Clock:
        """The machine's clock, or one on which waiting takes no time."""
        return SystemClock() if self.settings.mode.is_live else ReplayClock()

    @part
    def emulator(self) -> EmulatedCloud | None:
        """The emulator that this process has started for the run, or None."""
        if not self.settings.mode.is_live or self.settings.endpoint != "emulator" or self.seat.endpoint:
            return None
        from pytest_aci.arm.emulated import EmulatedCloud  # noqa: PLC0415 # most runs have none

        return EmulatedCloud.start(self.settings.runtime)

    @property
    def endpoint(self) -> str:
        """The cloud's name or the URL that the run talks to."""
        if self.seat.endpoint:
            return self.seat.endpoint
        return self.emulator.url if self.emulator else self.settings.endpoint

    @part
    def connection(self) -> Connection:
        """The way to ARM: endpoint, subscription and credential."""
        from pytest_aci.arm.connection import Connection  # noqa: PLC0415 # loads the SDK

        if not self.settings.mode.is_live:
            return Connection.replay(self.deck)
        found = Connection.discover(
            self.endpoint,
            subscription=self.settings.subscription or None,
            environment=self._environment,
            credential=self.credential,
            deck=self.deck or self.listener,
        )
        if self.settings.protects(found.subscription_id):
            raise ProtectedSubscription(subscription=found.subscription_id)
        if self.deck:
            self.deck.facts["recorded_against"] = answering(found.base_url)  # an auth file has endpoints of its own
            constant = Connection.replay(None)
            self.deck.redactor.learn(found.base_url, constant.base_url)
            self.deck.redactor.learn(found.subscription_id, constant.subscription_id)
            if found.tenant_id:
                self.deck.redactor.learn(found.tenant_id, constant.subscription_id)
        return found

    @property
    def place(self) -> tuple[str, str]:
        """Endpoint and subscription, to tell people; what the settings say, where nobody can sign in."""
        try:
            return self.connection.base_url, self.connection.subscription_id
        except AciError:
            return self.settings.endpoint, self.settings.subscription

    @part
    def control_plane(self) -> ControlPlane:
        """ARM, as provisioning and cleaning up see it."""
        from pytest_aci.arm.sdk import SdkControlPlane  # noqa: PLC0415 # loads the SDK

        return SdkControlPlane(self.connection, before_read=self._before_read)

    @part
    def unseen(self) -> ControlPlane:
        """ARM by the same way, without tapes: how often the watcher looks, or what a failure shows, is not replayed."""
        from pytest_aci.arm.sdk import SdkControlPlane  # noqa: PLC0415 # loads the SDK

        if not self.deck:
            return self.control_plane
        return SdkControlPlane(replace(self.connection, deck=None), before_read=self._before_read)

    @part
    def network(self) -> Network:
        """How readiness looks at groups from outside."""
        if not self.settings.mode.is_live:
            return RecordedNetwork()
        if not self.is_loopback:
            return RealNetwork()
        if self.deck is None:
            return EmulatedNetwork(self.connection.base_url)
        redactor = self.deck.redactor
        return EmulatedNetwork(self.connection.base_url, redactor.learn, redactor.address)

    def ask(self, question: Callable[[], T]) -> T:
        """Put a question to ARM, again and again while ARM says that it may be answered later.

        Raises:
            ControlPlaneError: ARM refuses, for good or for longer than a group may take.
        """
        return persistently(question, self.clock, self.clock.monotonic() + self.settings.timeout)

    @property
    def notices(self) -> list[str]:
        """What the emulator that this process had started for the run complained of, once it is stopped."""
        emulator: EmulatedCloud | None = vars(self).get("emulator")
        return emulator.notices if emulator else []

    def load(self) -> None:
        """Import what reaching ARM takes, in the calling thread, before others begin."""
        from pytest_aci.arm.loading import load_sdk  # noqa: PLC0415 # loads the SDK

        load_sdk(signs_in=self.credential is None and self.settings.endpoint != "emulator")

    @property
    def is_loopback(self) -> bool:
        """Whether the resource manager is on this machine."""
        from pytest_aci.arm.clouds import is_loopback  # noqa: PLC0415 # not needed in replay

        return is_loopback(self.connection.base_url)

    @staticmethod
    def _listener() -> Listener:
        from pytest_aci.recording.listening import Listener  # noqa: PLC0415 # only where nothing is recorded

        return Listener()

    def stop(self) -> None:
        """Stop what was started: the emulator and everything in it, and the resolving of its names."""
        if "network" in vars(self):
            self.network.close()
        if vars(self).get("emulator"):
            self.emulator.stop()  # type: ignore[union-attr] # looked at in the line above
