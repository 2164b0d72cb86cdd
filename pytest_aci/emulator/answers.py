"""An answer before it goes on the wire, and the headers that every ARM answer carries."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .identity import OBJECT_ID
from .regions import normalised
from .timestamps import compact, http_date, whole_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .counters import Counters

CREATED, ACCEPTED, NO_CONTENT = 201, 202, 204

NOTHING: Any = object()
"""The body of an answer that has none; `None` would be JSON's null."""

_WRITTEN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with.

    *region* is set when the resource provider answered from there, and `None` when ARM's front door did.
    *request_id* is the id that the provider gave the request: the operation's, where it began one.
    """

    status: int
    body: Any = NOTHING
    headers: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    request_id: str | None = None
    length: int | None = None

    def content(self) -> bytes:
        """The body's bytes: compact JSON, UTF-8, non-ASCII letters as they are; or what is bytes already."""
        if self.body is NOTHING:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return _WRITTEN(self.body).encode()


@dataclass(frozen=True, slots=True)
class Stamp:
    """The part of an answer's headers that is the request's: who asked what, when, and what it cost."""

    method: str
    moment: datetime
    correlation: str
    request: str
    front_door: str
    tenant: str
    subscription: str | None = None
    changes_group: bool = False

    def headers(self, answer: Answer, counters: Counters) -> list[tuple[str, str]]:
        """The common headers in the order in which Azure sends them, then the answer's own, which take their place."""
        second = self.moment.replace(microsecond=0)
        headers = [("Cache-Control", "no-cache"), ("Pragma", "no-cache")]
        if answer.body is not NOTHING or answer.length is not None:
            headers.append(("Content-Type", "application/json; charset=utf-8"))
        headers.append(("Expires", "-1"))
        if answer.status not in (CREATED, ACCEPTED, NO_CONTENT):
            headers.append(("Vary", "Accept-Encoding"))
        headers += [
            *counters.spend(self.method, self.subscription, changes_group=self.changes_group and self._counts(answer)),
            ("x-ms-request-id", self._request_id(answer)),
            ("x-ms-correlation-request-id", self.correlation),
            (
                "x-ms-routing-request-id",
                f"{self.front_door.upper()}:{compact(second)}:{self.correlation}",
            ),
        ]
        if answer.region is not None:
            caller = f"tenantId={self.tenant},objectId={OBJECT_ID}"
            where = f"{normalised(answer.region)}/{uuid.UUID(int=uuid.UUID(self.correlation).int ^ 1)}"
            headers.append(("x-ms-operation-identifier", f"{caller}/{where}"))
        headers += [
            ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
            ("X-Content-Type-Options", "nosniff"),
            ("x-cache", "CONFIG_NOCACHE"),
            ("x-msedge-ref", self._edge(second)),
        ]
        date = ("Date", http_date(second))
        if not answer.headers:
            return [*headers, date]
        own = {name.lower() for name in answer.headers}
        common = [each for each in headers if each[0].lower() not in own]
        return [*common, *answer.headers.items(), *([] if "date" in own else [date])]

    def _counts(self, answer: Answer) -> bool:
        # Of the writes only a create is counted against the container group limits, of the deletes every one.
        return self.method == "DELETE" or answer.status == CREATED

    def _request_id(self, answer: Answer) -> str:
        if answer.region is None:
            return self.correlation
        return f"{normalised(answer.region)}:{answer.request_id or self.request}"

    def _edge(self, second: datetime) -> str:
        first = self.correlation.replace("-", "").upper()
        return f"Ref A: {first} Ref B: AMS231032608025 Ref C: {whole_seconds(second)}"


def error_answer(
    status: int, body: Mapping[str, Any], cause: str, headers: Mapping[str, str], region: str | None
) -> Answer:
    """An error's answer: with `x-ms-failure-cause` if there is one."""
    own = {"x-ms-failure-cause": cause, **headers} if cause else dict(headers)
    return Answer(status, dict(body), headers=own, region=region)
