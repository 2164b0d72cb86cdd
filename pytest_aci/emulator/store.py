"""The state of the emulated Azure: resource groups, container groups, operations, deletions. No HTTP in here.

Everything happens on one event loop, so that a method without an `await` is a transaction.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol, TypeVar

from .regions import normalised

if TYPE_CHECKING:
    from .records import ContainerGroup, Deletion, Operation, ResourceGroup

REMEMBERED = 2_000
"""Operations that can be asked about, and as many deletions."""
K = TypeVar("K")
V = TypeVar("V")


class Journal(Protocol):
    """Where the state is kept besides memory."""

    def keep_resource_group(self, group: ResourceGroup) -> None:
        """Write a resource group."""

    def keep_group(self, group: ContainerGroup) -> None:
        """Write a container group."""

    def forget(self, arm_id: str) -> None:
        """Remove whatever has this ARM id."""

    def load(self) -> tuple[list[ResourceGroup], list[ContainerGroup]]:
        """What was written before."""

    def close(self) -> None:
        """Write no more."""


class Memory:
    """A journal that keeps nothing."""

    def keep_resource_group(self, group: ResourceGroup) -> None:
        """Nothing."""

    def keep_group(self, group: ContainerGroup) -> None:
        """Nothing."""

    def forget(self, arm_id: str) -> None:
        """Nothing."""

    def load(self) -> tuple[list[ResourceGroup], list[ContainerGroup]]:
        """Nothing."""
        return [], []

    def close(self) -> None:
        """Nothing."""


class Store:
    """Finds resources by their names, which are compared without regard to case."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        resource_groups, groups = journal.load()
        self._resource_groups = {_key(each.subscription, each.name): each for each in resource_groups}
        self._groups = {_key(each.subscription, each.resource_group, each.name): each for each in groups}
        self._operations: OrderedDict[str, Operation] = OrderedDict()
        self._deletions: OrderedDict[tuple[str, ...], Deletion] = OrderedDict()

    def resource_group(self, subscription: str, name: str) -> ResourceGroup | None:
        """The resource group of that name."""
        return self._resource_groups.get(_key(subscription, name))

    def resource_groups(self, subscription: str) -> list[ResourceGroup]:
        """All resource groups of a subscription in the order of their creation."""
        return [each for each in self._resource_groups.values() if each.subscription == subscription.lower()]

    def put_resource_group(self, group: ResourceGroup) -> None:
        """Add a resource group or write its change."""
        self._resource_groups[_key(group.subscription, group.name)] = group
        self._journal.keep_resource_group(group)

    def remove_resource_group(self, group: ResourceGroup) -> None:
        """Forget a resource group."""
        self._resource_groups.pop(_key(group.subscription, group.name), None)
        self._journal.forget(group.id)

    def group(self, subscription: str, resource_group: str, name: str) -> ContainerGroup | None:
        """The container group of that name."""
        return self._groups.get(_key(subscription, resource_group, name))

    def groups(self, subscription: str | None = None, resource_group: str | None = None) -> list[ContainerGroup]:
        """The container groups of a resource group, of a subscription, or all."""
        return [
            each
            for each in self._groups.values()
            if (subscription is None or each.subscription == subscription.lower())
            and (resource_group is None or each.resource_group.lower() == resource_group.lower())
        ]

    def put_group(self, group: ContainerGroup) -> None:
        """Add a container group or write its change."""
        self._groups[_key(group.subscription, group.resource_group, group.name)] = group
        self._journal.keep_group(group)

    def changed(self, group: ContainerGroup) -> None:
        """Write the change of a container group, unless it is gone."""
        if self.group(group.subscription, group.resource_group, group.name) is group:
            self._journal.keep_group(group)

    def remove_group(self, group: ContainerGroup) -> None:
        """Forget a container group, but no later one of its name."""
        if self.group(group.subscription, group.resource_group, group.name) is group:
            del self._groups[_key(group.subscription, group.resource_group, group.name)]
            self._journal.forget(group.id)

    def dns_label_owner(self, label: str, location: str) -> ContainerGroup | None:
        """The group that has this DNS name label in a region: a name in DNS is one subscription's alone."""
        return next(
            (
                each
                for each in self._groups.values()
                if each.dns_label == label and normalised(each.location) == normalised(location)
            ),
            None,
        )

    def add_operation(self, operation: Operation) -> None:
        """Remember an operation; the oldest ones are forgotten."""
        _remember(self._operations, operation.id, operation)

    def operation(self, name: str) -> Operation | None:
        """The operation of that name, which is its id."""
        return self._operations.get(name.lower())

    def add_deletion(self, subscription: str, deletion: Deletion) -> None:
        """Remember the job that deletes a resource group; one of the same name, and the oldest ones, are forgotten."""
        _remember(self._deletions, (subscription.lower(), deletion.token), deletion)

    def deletion(self, subscription: str, token: str) -> Deletion | None:
        """The job with this token."""
        return self._deletions.get((subscription.lower(), token))

    def close(self) -> None:
        """Write no more."""
        self._journal.close()


def _remember(memory: OrderedDict[K, V], key: K, value: V) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)


def _key(*names: str) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)
