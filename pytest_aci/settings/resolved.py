from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_aci.settings.mode import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_aci.prices import Prices


@dataclass(frozen=True, slots=True)
class Settings:
    """What one run was asked to do, decided once. Durations are in seconds.

    *sources* says for each name where its value came from: `command line`, `environment`, `ini` or `default`.
    """

    mode: Mode = Mode.REPLAY
    endpoint: str = "azure"
    location: str = "westeurope"
    fallback_locations: tuple[str, ...] = ()
    on_capacity: str = "fail"
    subscription: str = ""
    protected_subscriptions: tuple[str, ...] = ()
    on_no_credential: str = "fail"
    resource_group: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    cassettes: str = "cassettes"
    max_age: int | None = None
    on_old: str = "warn"
    on_unplayed: str = "ignore"
    redact: tuple[tuple[str, str], ...] = ()
    keep_headers: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    timeout: float = 600.0
    lifetime: float = 7200.0
    teardown: str = "wait"
    keep: str = "never"
    reuse: str = "auto"
    delete_early: str = "yes"
    order: str = "as-is"
    watchdog: str = "on"
    log_lines: int = 20
    timeline: str = ""
    prices: Prices | None = None
    budget: float | None = None
    runtime: str = "auto"
    single_image: str = ""
    sidecar_image: str = ""
    task_image: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def borrows(self) -> bool:
        """Whether the resource group belongs to somebody else."""
        return bool(self.resource_group)

    def redacted(self, place: str) -> list[str]:
        """What is to be hidden in a header, a query or a JSON body, or kept (*place*); all but paths in lower case."""
        found = [name for where, name in self.redact if where == place]
        return found if place == "json" else [name.lower() for name in found]

    def protects(self, subscription: str) -> bool:
        """Whether no run may touch a subscription."""
        return subscription.lower() in {one.lower() for one in self.protected_subscriptions}

    @property
    def keeps(self) -> str:
        """Which groups outlive the run: none of a recorded one, which deletes all on tape, or of its own emulator."""
        return self.keep if self.mode is Mode.LIVE and not self.starts_emulator else "never"

    @property
    def starts_emulator(self) -> bool:
        """Whether an emulator is started for the run, and ends with it."""
        return self.mode.is_live and self.endpoint == "emulator"

    def reuses(self, environment: Mapping[str, str]) -> bool:
        """Whether groups that an earlier run has kept are used again: in CI, where nobody looks, only if forced."""
        if self.keeps != "always" or self.reuse == "never":
            return False
        return self.reuse == "force" or not environment.get("CI")

    @property
    def images(self) -> dict[str, str]:
        """The images of the presets, by kind."""
        return {"single": self.single_image, "sidecar": self.sidecar_image, "task": self.task_image}
