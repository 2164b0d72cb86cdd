"""The state in a file, so that what a killed emulator knew is there for the next one."""

from __future__ import annotations

import base64
import json
import sqlite3
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .records import ContainerGroup, Event, InstanceView, ResourceGroup, State

if TYPE_CHECKING:
    from pathlib import Path

SETTLED = ("Succeeded", "Failed", "Stopped")
"""States of a group in which nothing runs, so that nothing is lost with its emulator."""

APPLICATION, VERSION = int.from_bytes(b"aciE"), 1
"""What SQLite notes of whose a database is, and how it is laid out."""


class StateFileInUseError(OSError):
    """Another emulator owns the state file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"the state file {path} belongs to another emulator that runs; stop it or name another file")


class StateFileError(OSError):
    """What is named as the state file can not be one."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            f"the state file {path} can not be used ({reason}); name another file, or one that does not exist"
        )


class StateFile:
    """A journal in SQLite. One emulator owns the file as long as it runs; the system gives it free when that dies.

    The file holds what clients sent, secrets included, and only its owner can read it.

    Raises:
        StateFileInUseError: Another emulator owns it.
        StateFileError: It is no state file, or one of another version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch(mode=0o600)
        try:
            self._connection = _connect(path)
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise StateFileInUseError(path) from error
            raise StateFileError(path, str(error)) from error
        path.chmod(0o600)  # it may have been there before

    def keep_resource_group(self, group: ResourceGroup) -> None:
        """Write a resource group."""
        self._keep(group.id, "resource group", asdict(group))

    def keep_group(self, group: ContainerGroup) -> None:
        """Write a container group."""
        self._keep(group.id, "container group", asdict(group))

    def forget(self, arm_id: str) -> None:
        """Remove whatever has this ARM id."""
        self._connection.execute("DELETE FROM resources WHERE id = ?", (arm_id.lower(),))

    def load(self) -> tuple[list[ResourceGroup], list[ContainerGroup]]:
        """What was written before. What ran is shown as after a failed host; what was being deleted is gone.

        Raises:
            StateFileError: It can not be understood.
        """
        try:
            return self._load()
        except (sqlite3.Error, TypeError, KeyError, ValueError) as error:
            self.close()
            raise StateFileError(self._path, f"it holds what can not be understood: {error}") from error

    def close(self) -> None:
        """Give the file free."""
        self._connection.close()

    def _load(self) -> tuple[list[ResourceGroup], list[ContainerGroup]]:
        rows = self._connection.execute("SELECT kind, document FROM resources ORDER BY rowid").fetchall()
        documents = [(kind, json.loads(document)) for kind, document in rows]
        found = [ResourceGroup(**each) for kind, each in documents if kind == "resource group"]
        resource_groups = [each for each in found if each.provisioning_state != "Deleting"]
        homes = {(each.subscription, each.name.lower()) for each in resource_groups}
        groups = [_group(each) for kind, each in documents if kind == "container group"]
        kept = [each for each in groups if (each.subscription, each.resource_group.lower()) in homes]
        for lost in [each.id for each in found if each not in resource_groups] + [
            each.id for each in groups if each not in kept
        ]:
            self.forget(lost)
        for each in kept:
            _lose_host(each)
            self.keep_group(each)
        return resource_groups, kept

    def _keep(self, arm_id: str, kind: str, document: dict[str, Any]) -> None:
        text = json.dumps(document, default=_plain)
        self._connection.execute(
            "INSERT INTO resources VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document",
            (arm_id.lower(), kind, text),
        )


def _connect(path: Path) -> sqlite3.Connection:
    # Made before the event loop runs, used by the loop alone: two threads, one after the other.
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        if _is_new(connection, path):
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("CREATE TABLE resources (id TEXT PRIMARY KEY, kind TEXT, document TEXT)")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether a database is empty; one that is not ours, or of another version, is refused as it is."""
    [[application]], [[version]], [[tables]] = (
        connection.execute(question).fetchall()
        for question in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
    )
    if application == version == tables == 0:
        return True
    if application != APPLICATION:
        raise StateFileError(path, "it is a database of something else")
    if version != VERSION:
        raise StateFileError(
            path, f"it is of version {version}, which this emulator, of version {VERSION}, can not read"
        )
    return False


def _lose_host(group: ContainerGroup) -> None:
    """What Azure shows when a group's host failed; a start or a restart brings it back."""
    if group.state in SETTLED or group.provisioning_state == "Failed":
        return
    group.provisioning_state, group.state, group.ip = "Repairing", "Unknown", None
    for container in group.containers:
        view = group.views.setdefault(container["name"], InstanceView())
        view.previous, view.current = view.current, State("Terminated", detail="Infrastructure Error")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return base64.b64encode(value).decode()


def _group(document: dict[str, Any]) -> ContainerGroup:
    document["events"] = [_event(each) for each in document["events"]]
    for name in ("views", "init_views"):
        document[name] = {container: _view(each) for container, each in document[name].items()}
    document["logs"] = {container: base64.b64decode(each) for container, each in document["logs"].items()}
    return ContainerGroup(**document)


def _view(document: dict[str, Any]) -> InstanceView:
    return InstanceView(
        document["restart_count"],
        _state(document["current"]),
        _state(document["previous"]),
        [_event(each) for each in document["events"]],
    )


def _state(document: dict[str, Any] | None) -> State | None:
    if document is None:
        return None
    moments = {name: _moment(document[name]) for name in ("started", "finished")}
    return State(**(document | moments))


def _event(document: dict[str, Any]) -> Event:
    moments = {name: datetime.fromisoformat(document[name]) for name in ("first", "last")}
    return Event(**(document | moments))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
