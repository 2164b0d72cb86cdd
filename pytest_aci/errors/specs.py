from __future__ import annotations

from dataclasses import dataclass

from pytest_aci.errors.base import AciError


@dataclass(frozen=True, slots=True)
class Complaint:
    """One wrong thing that a test asks for: where, what stands there (never a secret), and the rule that it breaks."""

    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field} = {self.value}: {self.rule}"


class SpecError(AciError):
    """What a test asks for can not exist in Azure: every complaint about it at once, before any request."""

    def __init__(self, *complaints: Complaint) -> None:
        self.complaints = complaints
        listed = "".join(f"\n  {complaint}" for complaint in complaints)
        things = "One thing is" if len(complaints) == 1 else f"{len(complaints)} things are"
        super().__init__(f"{things} wrong, so nothing was asked of Azure:{listed}")


class SpecWarning(UserWarning):
    """What a test asks for is allowed, and known to go wrong."""


class TwinSpecs(AciError):
    """Two shared groups of one name differ, most likely only in a secret, which can not be part of a name."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        super().__init__(
            f"Two tests ask for a shared group {name!r} whose specs differ only in what names do not show, such as a "
            "secret. Give one of them fresh=True, or declare both with container_group under two names."
        )
