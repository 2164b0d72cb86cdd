from __future__ import annotations

from collections import Counter, deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import RLock, Thread
from typing import TYPE_CHECKING

from pytest_aci.cleanup.debts import DELETION_SECONDS
from pytest_aci.cleanup.kept import Card, keep_for
from pytest_aci.cleanup.process import Process
from pytest_aci.errors import AciError, NoRoom, NotReady, ProvisioningFailed, TwinSpecs
from pytest_aci.provisioning.chronicle import DELETED, DELETING, FAILED, Chronicle
from pytest_aci.provisioning.clock import SystemClock
from pytest_aci.provisioning.sharing import Shared
from pytest_aci.recording.hiding import hidden
from pytest_aci.run.books import Books
from pytest_aci.run.departures import Departures
from pytest_aci.run.part import part
from pytest_aci.run.reach import Reach
from pytest_aci.run.reuse import Reuse
from pytest_aci.run.tapes import Tapes, declared_secrets
from pytest_aci.run.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from azure.core.credentials import TokenCredential

    from pytest_aci.arm.control_plane import ResourceGroup
    from pytest_aci.cleanup.kept import Kept
    from pytest_aci.cleanup.outcome import Outcome
    from pytest_aci.provisioning.handle import ContainerGroup
    from pytest_aci.provisioning.provisioner import Wish
    from pytest_aci.recording.deck import Deck
    from pytest_aci.run.seat import Seat
    from pytest_aci.settings import Settings

CREATING_THREADS = 64


@dataclass(frozen=True, slots=True)
class Order:
    """A shared group that somebody will ask for. *owner* names its cassette."""

    wish: Wish
    owner: str

    @property
    def key(self) -> str:
        """What two orders for the same group have in common."""
        return f"{self.wish.stem} {self.wish.spec.key}"


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
        self.making = RLock()
        self.settings = settings
        self.seat = seat
        self.deck = deck
        self.reach = Reach(settings, environment=environment, seat=seat, deck=deck, credential=credential)
        self._environment = environment
        self._tapes = Tapes(deck)
        self._keys: dict[str, str] = {}
        self._attempts: Counter[str] = Counter()
        self._closed = False
        self._process = Process.current()
        self.chronicle = Chronicle(SystemClock().now)
        self.books = Books(self.reach, self._tapes, self.chronicle, environment)
        self.workshop = Workshop(self.reach, self._tapes, self.books, self.chronicle)
        self.kept: list[Kept] = []
        self._resource_groups: Shared[ResourceGroup] = Shared(
            self.books.shared_folder, describe=lambda made: {"name": made.name}
        )
        self._released: list[ContainerGroup] = []
        self._departures = Departures()
        self._groups: Shared[ContainerGroup] = Shared(
            self.books.shared_folder, describe=self.workshop.facts, hide=lambda text: hidden(text, self.secrets)
        )

    @part
    def _reuse(self) -> Reuse:
        return Reuse(self.reach, self.workshop.provisioner, self.books, self.chronicle, self._environment)

    def resource_group(self) -> ResourceGroup:
        """The resource group of the run, created or borrowed when it is first asked for."""
        make, attach = self.workshop.make_resource_group, self.workshop.attach_resource_group
        return self._resource_groups.get("resource group", make, attach)

    def shared(self, order: Order) -> ContainerGroup:
        """A group that everybody who orders the same shares until the end of the run."""
        return self._when_there_is_room(lambda: self._shared(order), order.key)

    def _shared(self, order: Order, *, ahead: bool = False) -> ContainerGroup:
        self._tapes.learn(order.wish)
        if self._keys.setdefault(order.wish.stem, order.wish.spec.key) != order.wish.spec.key:
            raise TwinSpecs(name=order.wish.stem)
        self._tapes.of_group(order.owner, order.wish)  # in replay, a changed spec is told before anything else
        self._departures.await_one(order.key)  # if somebody asks all the same, what leaves has to be gone first

        def make() -> ContainerGroup:
            try:
                return self._kept_for(order.wish) or self._make(order.wish, order.owner)
            except NoRoom:
                if ahead and not self.seat.shares:  # whoever needs it may find what others have left
                    self._groups.forget(order.key)
                raise

        return self._groups.get(order.key, make, lambda facts: self.workshop.attach(facts, order.wish))

    def _kept_for(self, wish: Wish) -> ContainerGroup | None:
        """A group that an earlier run has kept; whoever wants none has no need of a place for such."""
        return self._reuse.find(wish) if self.settings.keeps == "always" else None

    def _when_there_is_room(self, ask: Callable[[], ContainerGroup], key: str = "") -> ContainerGroup:
        """Ask again for a group that no region had room for, as long as groups of this run have gone meanwhile."""
        while True:
            try:
                return ask()
            except NoRoom:
                if not self._departures.make_room():
                    raise
                self._groups.forget(key)

    def order(self, orders: Sequence[Order]) -> None:
        """Let threads create shared groups ahead of those who will ask for them."""
        if self.settings.mode.is_live:
            self.reach.load()
        queue = deque(orders)

        def work() -> None:
            while queue:
                with suppress(Exception):  # whoever asks for the group is told what went wrong
                    self._shared(queue.popleft(), ahead=True)

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
        claims = [claim for claim in self.books.debts.owed if claim.name == group.name]
        if not claims:
            return False
        self._groups.forget(order.key)
        self._released.append(group)
        wait = self.settings.teardown == "wait"
        sweeper = self.books.sweeper(self.books.debts.ledger)
        self._departures.begin(order.key, lambda: sweeper.pay(claims, seconds=DELETION_SECONDS, wait=wait))
        return True

    @contextmanager
    def own(self, wish: Wish, owner: str | None = None) -> Iterator[ContainerGroup]:
        """A group for one asker, deleted when the block ends. Without an *owner* the current tape has it."""
        self._tapes.learn(wish)
        if owner is None:
            self._tapes.own_group(wish)
        try:
            group = self._when_there_is_room(lambda: self._make(wish, owner))
        except (NoRoom, NotReady, ProvisioningFailed):  # a test may expect that, and its tape ends with it
            if self.settings.keeps != "on-failure":  # else it is for the test's outcome to decide
                self._part_from(wish)
            raise
        try:
            yield group
        finally:
            self._part_from(wish)

    def _part_from(self, wish: Wish) -> None:
        """Keep or delete what was claimed for a wish, in whichever regions."""
        names = self.workshop.names_of(wish)
        if self.settings.keeps == "always":
            self.books.debts.keep(names)
        self.books.debts.pay([claim for claim in self.books.debts.owed if claim.name in names])

    def attempt(self, stem: str) -> int:
        """Count how often this was called for that name before: a test or a module may be tried again."""
        self._attempts[stem] += 1
        return self._attempts[stem] - 1

    @property
    def groups(self) -> list[ContainerGroup]:
        """The shared groups that this process has provisioned, attached to, or replayed."""
        return [*self._released, *self._groups.made()]

    @property
    def secrets(self) -> set[str]:
        """What no report may show: what specs, tapes and users call secret, and what looks so in the environment."""
        heard = self.reach.listener.secrets if self.reach.listener else ()
        return self._tapes.secrets | declared_secrets(self._environment) | set(heard)

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
            state = self.reach.unseen.get_group(places[0], name)
            if state is None:
                return
            self.chronicle.saw(state)
            for one in state.containers if self.settings.log_lines else ():
                text = self.reach.unseen.logs(places[0], name, one.name, tail=self.settings.log_lines)
                self.chronicle.read(name, one.name, text)

    def send_deletions(self) -> None:
        """Ask at once for the deletion of everything, for a run that has been interrupted: `close` waits for it."""
        if self.books.are_ours_to_pay:
            self.workshop.gate.close(0)
            if self.settings.keeps == "always":
                self.books.debts.keep()
            self.books.debts.send()

    def close(self) -> Outcome:
        """Delete what is still claimed, and stop what was started. Safe to call twice, or again if it was cut short."""
        if self._closed or not self._process.is_current:
            return self.books.outcome
        with self.books.cleaning() as is_hurried:
            if not self.deck:  # what is recorded is deleted in waves
                self.send_deletions()
            self.workshop.gate.close(hurried=is_hurried)
            if self.books.are_ours_to_pay:
                self._pay(is_hurried)
            self._keep()
            self._closed = True
        self.reach.stop()
        return self.books.outcome

    def _pay(self, is_hurried: Callable[[], bool]) -> None:
        debts = self.books.debts
        debts.outcome += self._departures.await_all(is_hurried)
        if self.settings.keeps == "always":
            debts.keep()
        debts.pay()

    def _keep(self) -> None:
        """Let what is kept outlive the run by an hour; in a worker, what it has used of what earlier runs have kept."""
        run_id = self.seat.identity.run_id
        claims = self.books.debts.kept if self.books.are_ours_to_pay else ()
        cards = [Card(one.name, one.resource_group, run_id) for one in claims]
        cards += self._reuse.found if "_reuse" in vars(self) else []
        if cards:
            self.kept = keep_for(self.reach.control_plane, cards)

    def _make(self, wish: Wish, owner: str | None) -> ContainerGroup:
        group = self.workshop.make(wish, self.resource_group(), owner)
        if self.settings.keeps == "always":
            self._reuse.offer(group, wish)
        return group
