from __future__ import annotations

from collections import deque
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from importlib.metadata import version
from threading import Thread
from typing import TYPE_CHECKING, Any

from pytest_aci.cleanup.debts import DELETION_SECONDS, Debts, undisturbed
from pytest_aci.cleanup.kept import Card, Cards, keep_for, set_expiry, usable
from pytest_aci.cleanup.ledger import Cover, Ledger
from pytest_aci.cleanup.outcome import Outcome
from pytest_aci.cleanup.ownership import Identity, owner_hash
from pytest_aci.cleanup.process import Process
from pytest_aci.cleanup.state import state_folder
from pytest_aci.cleanup.sweeper import Sweeper
from pytest_aci.cleanup.watchdog import Estate, Watchdog
from pytest_aci.errors import AciError, ProtectedSubscription, TwinSpecs, Vanished
from pytest_aci.provisioning.allowance import Allowance
from pytest_aci.provisioning.chronicle import DELETED, DELETING, FAILED, Chronicle
from pytest_aci.provisioning.clock import ReplayClock, SystemClock
from pytest_aci.provisioning.gate import Gate
from pytest_aci.provisioning.handle import Surroundings
from pytest_aci.provisioning.network import RealNetwork, RecordedNetwork
from pytest_aci.provisioning.sharing import Shared
from pytest_aci.provisioning.watcher import Watcher
from pytest_aci.spec import difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from azure.core.credentials import TokenCredential

    from pytest_aci.arm.connection import Connection
    from pytest_aci.arm.control_plane import ControlPlane, GroupState, ResourceGroup
    from pytest_aci.arm.emulated import EmulatedCloud
    from pytest_aci.cleanup.debts import Cleaning
    from pytest_aci.cleanup.ledger import Claim
    from pytest_aci.provisioning.budget import Budget
    from pytest_aci.provisioning.clock import Clock
    from pytest_aci.provisioning.handle import ContainerGroup
    from pytest_aci.provisioning.network import Network
    from pytest_aci.provisioning.provisioner import Provisioner, Wish
    from pytest_aci.recording.deck import Deck
    from pytest_aci.recording.tape import Tape
    from pytest_aci.settings import Settings

RESOURCE_GROUP_TAPE = "resource_group"
RECORDED_VERSIONS = ("azure-mgmt-containerinstance", "azure-mgmt-resource", "pytest-aci")
AZURE_CLOUDS = ("azure", "usgov", "china")
CREATING_THREADS = 64
DEPARTING_SECONDS = 10.0
WORKERS = "PYTEST_XDIST_WORKER_COUNT"


@dataclass(frozen=True, slots=True)
class Seat:
    """Which process of a run this is. *endpoint* is the emulator's URL if the controller has started one.

    Only the *owner* deletes what is shared: the controller under xdist, else the only process.
    """

    identity: Identity
    owner: Process = field(default_factory=Process.current)
    shares: bool = False
    endpoint: str | None = None

    @property
    def owns_deletion(self) -> bool:
        """Whether this process is the owner, and not a worker of it or a child that a test forked."""
        return self.owner.is_current

    @classmethod
    def alone(cls, settings: Settings) -> Seat:
        """Return the seat of a run without xdist."""
        return cls(Identity.new() if settings.mode.is_live else Identity.replay())


@dataclass(frozen=True, slots=True)
class Order:
    """A shared group that somebody will ask for. *owner* names its cassette."""

    wish: Wish
    owner: str

    @property
    def key(self) -> str:
        """What two orders for the same group have in common."""
        return f"{self.wish.stem} {self.wish.spec.key}"


def open_deck(settings: Settings, root: Path, identity: Identity) -> Deck:
    """Open the tapes of a run: what is random in it is a constant in them.

    Raises:
        CassetteUnwritable: Cassettes are to be written, and can not be.
    """
    from pytest_aci.recording.deck import Deck  # noqa: PLC0415 # not loaded by suites without containers
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
        )
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
            "recorded_against": "Azure" if settings.endpoint in AZURE_CLOUDS else "emulator",
            **{package: version(package) for package in RECORDED_VERSIONS},
        },
        difference=difference,
        staging=staging_of(directory, identity.nonce) if settings.mode.is_live else None,
        max_age_days=settings.max_age,
        refuse_aged=settings.on_old == "fail",
        allowed_hosts=settings.allowed_hosts,
    )


class Run:
    """The wiring of one test run: which parts the mode needs, each built when it is first used, closed once.

    Nothing is contacted, written or started before something asks for a group or a client.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        environment: Mapping[str, str],
        seat: Seat,
        deck: Deck | None = None,
        credential: TokenCredential | None = None,
    ) -> None:
        self.settings = settings
        self.seat = seat
        self.deck = deck
        self._environment = environment
        self._credential = credential
        self._tapes: dict[str, Tape | None] = {}
        self._keys: dict[str, str] = {}
        self._closed = False
        self._process = Process.current()
        self.gate = Gate()
        self.chronicle = Chronicle(SystemClock().now)
        self.cleaning: Cleaning = undisturbed
        self.kept: list[GroupState] = []
        self._resource_groups: Shared[ResourceGroup] = Shared(
            self._shared_folder, describe=lambda made: {"name": made.name}
        )
        self._released: list[ContainerGroup] = []
        self._departures: dict[str, Thread] = {}
        self._gone_early: list[Outcome] = []
        self._groups: Shared[ContainerGroup] = Shared(self._shared_folder, describe=self._facts)

    @property
    def folder(self) -> Path:
        """Where the processes of this run keep their ledgers."""
        return state_folder(self._environment) / "runs" / self.seat.identity.run_id

    @property
    def _shared_folder(self) -> Path | None:
        return self.folder / "shared" if self.seat.shares and self.settings.mode.is_live else None

    @cached_property
    def clock(self) -> Clock:
        """The machine's clock, or one on which waiting takes no time."""
        return SystemClock() if self.settings.mode.is_live else ReplayClock()

    @cached_property
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

    @cached_property
    def connection(self) -> Connection:
        """The way to ARM: endpoint, subscription and credential."""
        from pytest_aci.arm.connection import Connection  # noqa: PLC0415 # loads the SDK

        if not self.settings.mode.is_live:
            return Connection.replay(self.deck)
        found = Connection.discover(
            self.endpoint,
            subscription=self.settings.subscription or None,
            environment=self._environment,
            credential=self._credential,
            deck=self.deck,
        )
        if self.settings.protects(found.subscription_id):
            raise ProtectedSubscription(subscription=found.subscription_id)
        if self.deck:
            constant = Connection.replay(None)
            self.deck.redactor.learn(found.base_url, constant.base_url)
            self.deck.redactor.learn(found.subscription_id, constant.subscription_id)
            if found.tenant_id:
                self.deck.redactor.learn(found.tenant_id, constant.subscription_id)
        return found

    @cached_property
    def control_plane(self) -> ControlPlane:
        """ARM, as provisioning and cleaning up see it."""
        from pytest_aci.arm.sdk import SdkControlPlane  # noqa: PLC0415 # loads the SDK

        return SdkControlPlane(self.connection)

    @cached_property
    def debts(self) -> Debts:
        """What has to be deleted, by whom, and how."""
        folder, watchdog = None, None
        if self.settings.mode.is_live:
            folder = self.folder
            # An emulator that was started for the run ends with it, and takes everything along.
            if self.settings.watchdog == "on" and self.settings.endpoint != "emulator":
                watchdog = Watchdog(self.seat.owner, self._estate, lifetime=self.settings.lifetime)
        ledger = Ledger(folder, cover=self._cover, witness=watchdog.witness if watchdog else lambda _: None)
        sweeper = self._sweeper(ledger)
        # What a group answers while its resource group is being deleted too is a race, and has no place in a cassette.
        in_waves = self.deck is not None
        wait = self.settings.teardown == "wait"
        return Debts(ledger, sweeper, folder, watchdog, wait=wait, in_waves=in_waves, cleaning=self.cleaning)

    @property
    def outcome(self) -> Outcome:
        """What was deleted so far, and what could not be."""
        return self.debts.outcome if "debts" in vars(self) else Outcome()

    @cached_property
    def surroundings(self) -> Surroundings:
        """What every handle of this run looks through."""
        watcher, allowance = None, None
        if self.settings.mode.is_live:
            processes = int(self._environment.get(WORKERS, "1")) if self.seat.shares else 1
            allowance = Allowance(self.clock, processes=processes)
            saw = self.chronicle.saw_deployments
            watcher = Watcher(self._unseen, self.clock, saw=saw, allowance=allowance, watchers=processes)
        return Surroundings(
            self.control_plane,
            self._network(),
            self.clock,
            self.settings.timeout,
            watcher,
            self.chronicle,
            self.settings.log_lines,
            allowance,
        )

    @cached_property
    def provisioner(self) -> Provisioner:
        """What turns wishes into groups."""
        from pytest_aci.provisioning.provisioner import Provisioner, Terms  # noqa: PLC0415 # loads the SDK

        terms = Terms(
            self.settings.location,
            self.settings.lifetime,
            self.settings.tags,
            self.settings.fallback_locations,
            keeps_failed=self.settings.keeps != "never",
        )
        return Provisioner(
            self.surroundings, self.debts.ledger, self.seat.identity, terms, self.gate, budget=self.budget
        )

    @cached_property
    def budget(self) -> Budget | None:
        """What the run may cost, if the user has said so. Replay costs nothing."""
        limit, prices = self.settings.budget, self.settings.prices
        if limit is None or prices is None or not self.settings.mode.is_live:
            return None
        from pytest_aci.provisioning.budget import Budget  # noqa: PLC0415 # most runs have none

        file = self._shared_folder / "budget.json" if self._shared_folder else None
        return Budget(limit, prices, self.settings.lifetime, file)

    def resource_group(self) -> ResourceGroup:
        """The resource group of the run, created or borrowed when it is first asked for."""
        return self._resource_groups.get("resource group", self._make_resource_group, self._attach_resource_group)

    def shared(self, order: Order) -> ContainerGroup:
        """A group that everybody who orders the same shares until the end of the run."""
        if self._keys.setdefault(order.wish.stem, order.wish.spec.key) != order.wish.spec.key:
            raise TwinSpecs(name=order.wish.stem)
        self._open(order.owner, order.wish)  # in replay, a changed spec is told before anything else
        if order.key in self._departures:  # somebody asks all the same: what leaves has to be gone first
            self._departures.pop(order.key).join()
        return self._groups.get(
            order.key,
            lambda: self._reuse(order.wish) or self._create(order.wish, self.resource_group(), order.owner),
            lambda facts: self._attach(facts, order.wish),
        )

    def order(self, orders: Sequence[Order]) -> None:
        """Let threads create shared groups ahead of those who will ask for them."""
        queue = deque(orders)

        def work() -> None:
            while queue:
                with suppress(Exception):  # whoever asks for the group is told what went wrong
                    self.shared(queue.popleft())

        threads = [
            Thread(target=work, name=f"aci-ahead-{number}", daemon=True)
            for number in range(min(len(orders), CREATING_THREADS))
        ]
        for thread in threads:
            thread.start()
        if self.deck:  # recorded tests must not see a group today that tomorrow is still being created
            for thread in threads:
                thread.join()

    def release(self, order: Order) -> bool:
        """Delete a shared group that nobody needs any more, while the run goes on; whether it goes.

        Whoever asks for it all the same gets a new one. What can not be deleted now is tried again at the end.
        """
        group = self._groups.find(order.key)
        if group is None or self._closed or self.settings.keeps == "always":
            return False
        claims = [claim for claim in self.debts.owed if claim.name == group.name]
        if not claims:
            return False
        self._groups.forget(order.key)
        self._released.append(group)

        def delete() -> None:
            wait = self.settings.teardown == "wait"
            paid = self._sweeper(self.debts.ledger).pay(claims, seconds=DELETION_SECONDS, wait=wait)
            self._gone_early.append(Outcome(paid.gone))

        thread = Thread(target=delete, name=f"aci-delete-{group.name}", daemon=True)
        self._departures[order.key] = thread
        thread.start()
        return True

    @contextmanager
    def own(self, wish: Wish, owner: str | None = None) -> Iterator[ContainerGroup]:
        """A group for one asker, deleted when the block ends. Without an *owner* the current tape has it."""
        group = self._create(wish, self.resource_group(), owner)
        try:
            yield group
        finally:
            if self.settings.keeps == "always":
                self.debts.keep([group.name])
            self.debts.pay([claim for claim in self.debts.owed if claim.name == group.name])

    @property
    def groups(self) -> list[ContainerGroup]:
        """The shared groups that this process has provisioned, attached to, or replayed."""
        return [*self._released, *self._groups.made()]

    def name_of(self, wish: Wish) -> str:
        """The name that a group of this run gets, unless another region has to take it."""
        return self.seat.identity.group(wish.stem)

    def look_again(self, name: str) -> None:
        """Have the last state and the last log lines of a group in the chronicle. In replay nothing is asked."""
        story = self.chronicle.story(name)
        if not self.settings.mode.is_live or story is None or story.at(FAILED, DELETING, DELETED) is not None:
            return
        places = [one.resource_group for one in self._groups.made() if one.name == name]
        places += [one.name for one in self._resource_groups.made()]
        if not places:
            return
        with suppress(AciError):  # a test has failed already, and that must not be hidden
            state = self._unseen.get_group(places[0], name)
            if state is None:
                return
            self.chronicle.saw(state)
            for one in state.containers if self.settings.log_lines else ():
                text = self._unseen.logs(places[0], name, one.name, tail=self.settings.log_lines)
                self.chronicle.read(name, one.name, text)

    def send_deletions(self) -> None:
        """Ask at once for the deletion of everything, for a run that has been interrupted: `close` waits for it."""
        if self._owes():
            self.gate.close(0)
            self.debts.send()

    def close(self) -> Outcome:
        """Delete what is still claimed, and stop what was started. Safe to call twice."""
        if self._closed or not self._process.is_current:
            return self.outcome
        self._closed = True
        self.gate.close()
        try:
            if self._owes():
                for thread in self._departures.values():
                    thread.join(DEPARTING_SECONDS)
                self.debts.outcome = sum(self._gone_early, self.debts.outcome)
                if self.settings.keeps == "always":
                    self.debts.keep()
                self.debts.pay()
                self.kept = keep_for(self.control_plane, self.debts.kept, self.seat.identity.run_id, self.clock.now())
        finally:
            if "emulator" in vars(self) and self.emulator:
                self.emulator.stop()
        return self.outcome

    def _owes(self) -> bool:
        """Whether it is for this process to delete, because its owner is dead if for no other reason."""
        if not self._process.is_current or not (self.seat.owns_deletion or not self.seat.owner.is_alive):
            return False
        return "debts" in vars(self) or (self.settings.mode.is_live and self.folder.exists())

    def _sweeper(self, ledger: Ledger) -> Sweeper:
        return Sweeper(
            self.control_plane,
            lambda claim: self._deleted(ledger, claim),
            run_id=self.seat.identity.run_id,
            monotonic=self.clock.monotonic,
            sleep=self.clock.sleep,
            using=self._deleting,
            relist=self.deck is None,
        )

    def _cover(self) -> Cover:
        endpoint = "" if self.settings.endpoint == "emulator" else self.connection.base_url
        return Cover(self.seat.owner, endpoint, self.connection.subscription_id)

    def _estate(self) -> Estate:
        connection = self.connection
        token = connection.credential.get_token(connection.scope) if connection.credential else None
        return Estate(
            folder=str(self.folder),
            run_id=self.seat.identity.run_id,
            endpoint=self.endpoint,
            subscription=connection.subscription_id,
            environment=dict(self._environment),
            token=(token.token, token.expires_on) if token else None,
        )

    def _create(self, wish: Wish, resource_group: ResourceGroup, owner: str | None) -> ContainerGroup:
        if self.deck:
            for secret in wish.spec.secrets:
                self.deck.redactor.secret(secret.reveal())
        tape = self._open(owner, wish)
        self._tapes[self.seat.identity.group(wish.stem)] = tape
        with self._using(tape):
            group = self.provisioner.up(wish, resource_group)
        if self.settings.keeps == "always":
            self._cards.put(self._wanted(wish), Card(group.name, group.resource_group, self.seat.identity.run_id))
        return group

    def _reuse(self, wish: Wish) -> ContainerGroup | None:
        """A group that an earlier run has kept for the same wish, if it may be used again and still is what it was."""
        if not self.settings.reuses(self._environment):
            return None
        card = self._cards.find(self._wanted(wish))
        state = usable(self.control_plane, card) if card else None
        if card is None or state is None:
            return None
        until = self.clock.now() + timedelta(seconds=self.settings.lifetime)
        set_expiry(self.control_plane, card.resource_group, card.run_id, until)
        return self.provisioner.handle(state, wish, card.resource_group).wait(wish.until, timeout=wish.timeout)

    @property
    def _cards(self) -> Cards:
        return Cards(state_folder(self._environment) / "kept")

    def _wanted(self, wish: Wish) -> str:
        return f"{self.connection.base_url} {self.connection.subscription_id} {wish.stem} {wish.spec.key} {wish.until}"

    def _attach(self, facts: Mapping[str, Any], wish: Wish) -> ContainerGroup:
        state = self.control_plane.get_group(facts["resource_group"], facts["name"])
        if state is None:
            raise Vanished(group=facts["name"], resource_group=facts["resource_group"])
        self.chronicle.attached(state.name, wish.label, facts.get("moments", {}))
        self.chronicle.saw(state)
        return self.provisioner.handle(state, wish, facts["resource_group"])

    def _make_resource_group(self) -> ResourceGroup:
        if self.settings.mode.is_live:
            from pytest_aci.arm.clouds import is_loopback  # noqa: PLC0415 # not needed in replay
            from pytest_aci.provisioning.registration import check_registration  # noqa: PLC0415 # see above

            if not is_loopback(self.connection.base_url):
                check_registration(self._unseen)
        tape = self.deck.tape(RESOURCE_GROUP_TAPE) if self.deck else None
        self._tapes[self.seat.identity.resource_group] = tape
        with self._using(tape):
            if self.settings.borrows:
                return self.provisioner.borrow_resource_group(self.settings.resource_group)
            return self.provisioner.create_resource_group()

    def _attach_resource_group(self, facts: Mapping[str, Any]) -> ResourceGroup:
        return self.provisioner.borrow_resource_group(facts["name"])

    def _open(self, owner: str | None, wish: Wish) -> Tape | None:
        if self.deck is None or owner is None:
            return None
        return self.deck.tape(owner, {"spec": wish.spec.fingerprint(), "until": str(wish.until)})

    def _using(self, tape: Tape | None) -> AbstractContextManager[None]:
        return self.deck.using(tape) if self.deck and tape else nullcontext()

    def _facts(self, made: ContainerGroup) -> dict[str, Any]:
        story = self.chronicle.story(made.name)
        moments = dict(story.moments) if story else {}
        return {"name": made.name, "resource_group": made.resource_group, "moments": moments}

    @cached_property
    def _unseen(self) -> ControlPlane:
        """ARM by the same way, without tapes: how often the watcher looks, or what a failure shows, is not replayed."""
        from pytest_aci.arm.sdk import SdkControlPlane  # noqa: PLC0415 # loads the SDK

        return SdkControlPlane(replace(self.connection, deck=None)) if self.deck else self.control_plane

    def _deleting(self, claim: Claim) -> AbstractContextManager[None]:
        """Open the tape on which a deletion belongs."""
        self.chronicle.mark(claim.name, DELETING)
        return self._using(self._tapes.get(claim.name))

    def _deleted(self, ledger: Ledger, claim: Claim) -> None:
        """Settle a claim whose thing is gone."""
        self.chronicle.mark(claim.name, DELETED)
        story = self.chronicle.story(claim.name)
        if self.budget and story and (lived := story.seconds_lived) is not None:
            self.budget.settle(claim.name, story.sizes, lived)
        ledger.settle(claim)

    def _network(self) -> Network:
        if not self.settings.mode.is_live:
            return RecordedNetwork()
        from pytest_aci.arm.pools import pinned_pools  # noqa: PLC0415 # loads urllib3

        return RealNetwork(pinned_pools())
