"""A request that ends in an ARM error body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .wordings import PROVIDER, WORDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class ArmError(Exception):
    """A request that ends in an ARM error body.

    Attributes:
        code: A key of `WORDINGS`, or any code that a fault rule asks for.
        status: The HTTP status.
        message: The sentence, with its facts filled in.
        cause: The value of `x-ms-failure-cause`, empty for none.
    """

    def __init__(
        self,
        code: str,
        /,
        *,
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        **facts: object,
    ) -> None:
        wording = WORDINGS[code]
        self.code = code
        self.status = wording.status
        self.message = wording.message.format(**facts)
        self.cause = wording.cause
        self.details = tuple(details)
        self.headers = dict(headers or {})
        super().__init__(f"{code}: {self.message}")

    @classmethod
    def custom(cls, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> ArmError:
        """An error that no row of the table has, such as one that a fault rule spells out."""
        error = cls.__new__(cls)
        Exception.__init__(error, f"{code}: {message}")
        error.code, error.status, error.message = code, status, message
        error.cause = WORDINGS[code].cause if code in WORDINGS else PROVIDER
        error.details, error.headers = (), dict(headers or {})
        return error

    def body(self) -> dict[str, Any]:
        """The JSON body: `{"error": {"code": …, "message": …}}`, with `details` only if there are some."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            error["details"] = [dict(detail) for detail in self.details]
        return {"error": error}
