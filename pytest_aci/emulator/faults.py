"""Faults on request: one rule engine that says which requests go wrong, and how.

A rule matches by operation, method, path and group (shell patterns, without regard to case), skips the first *after*
matches or takes only the *nth*, fires at most *times* times, and flips a seeded coin if *probability* is below 1. The
same rules in the same order with the same requests always give the same faults.
"""

from __future__ import annotations

import random
import re
import uuid
from dataclasses import asdict, dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from .errors import ArmError
from .scripts import NATURAL, Script
from .wordings import WORDINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PROVISIONING = "ContainerGroups_CreateOrUpdate ContainerGroups_Start ContainerGroups_Restart"
CREATE = "ContainerGroups_CreateOrUpdate"
DELETION = "ResourceGroups_Delete ContainerGroups_Delete"
READS = "ContainerGroups_Get ContainerGroups_List ContainerGroups_ListByResourceGroup"

# Every kind of fault: which operations it is about unless the rule says so, and what it stands for.
KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "answer": ("*", {}),
    "error": ("*", {}),
    "delay": ("*", {}),
    "drop": ("*", {}),
    "hidden": (READS, {}),
    "throttled": ("*", {"code": "SubscriptionRequestsThrottled", "headers": {"Retry-After": "1"}}),
    "capacity": (CREATE, {"code": "ServiceUnavailable"}),
    "quota": (CREATE, {"code": "ContainerGroupQuotaReached"}),
    "dns-label-taken": (CREATE, {"code": "DnsNameLabelNotAvailable"}),
    "inaccessible-image": (CREATE, {"code": "InaccessibleImage"}),
    "registry-error": (CREATE, {"code": "RegistryErrorResponse"}),
    "locked": (DELETION, {"code": "ScopeLocked"}),
    "forbidden": ("*", {"code": "AuthorizationFailed"}),
    "token-expired": ("*", {"code": "ExpiredAuthenticationToken"}),
    "short-token": ("Tokens_*", {}),
    "provisioning": (PROVISIONING, {}),
    "deletion": (DELETION, {}),
}
STATUSES = range(200, 600)
BODYLESS = (204, 304)
OUTCOMES = ("", "stuck", "Failed", "Canceled")

# What can be sent: a token, and visible characters with blanks between them.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_FRAMING = ("content-length", "transfer-encoding")
_HEADER_VALUE = re.compile(r"([^\0\s]+([ \t]+[^\0\s]+)*)?")


class RuleError(ValueError):
    """A fault rule that can not be understood; the sentence says what is wrong and what is right."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault. See `KINDS` for the kinds and docs/emulator.md for what each field does to which kind.

    *seconds* is the length of a delay, the extra time of a transition or deletion, or the life of a token.
    *when* is `before` or `after` the request took effect, for `drop`.
    """

    kind: str
    operation: str = ""
    method: str = "*"
    path: str = "*"
    group: str = "*"
    nth: int | None = None
    after: int = 0
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    code: str = ""
    message: str = ""
    seconds: float = 0.0
    when: str = "before"
    outcome: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise RuleError(f"There is no fault of kind {self.kind!r}. The kinds are: {', '.join(KINDS)}.")
        if self.when not in ("before", "after"):
            raise RuleError(f"'when' is {self.when!r}; it must be 'before' or 'after' the request takes effect.")
        if self.outcome not in OUTCOMES:
            raise RuleError(f"'outcome' is {self.outcome!r}; it must be one of 'stuck', 'Failed', 'Canceled'.")
        if self.status not in STATUSES and (self.kind == "answer" or self.status is not None):
            raise RuleError(f"'status' is {self.status!r}; an answer needs one between 200 and 599.")
        if self.status in BODYLESS and self.body is not None:
            raise RuleError(f"'status' is {self.status!r}, which can have no 'body'.")
        _check_numbers(self)
        _check_headers(self.headers)
        if self.kind == "error" and self.code not in WORDINGS and (self.status is None or not self.message):
            raise RuleError(f"{self.code!r} is no known error code; another one needs a 'status' and a 'message'.")

    @classmethod
    def read(cls, document: Any) -> Rule:
        """A rule from its JSON form.

        Raises:
            RuleError: The document is not an object, or has a field or a value that no rule has.
        """
        if not isinstance(document, dict) or "kind" not in document:
            raise RuleError(f"A fault rule is a JSON object with at least a 'kind', one of: {', '.join(KINDS)}.")
        unknown = sorted(set(document) - {each.name for each in fields(cls)})
        if unknown:
            names = ", ".join(each.name for each in fields(cls))
            raise RuleError(f"A fault rule has no field {unknown[0]!r}. The fields are: {names}.")
        for name, kinds in _TYPES.items():
            if name in document and not isinstance(document[name], kinds):
                raise RuleError(f"{name!r} is {document[name]!r}, which is of the wrong type.")
        return cls(**document)

    def content(self) -> Any:
        """The body of an answer: JSON, or the bytes of a text that the headers say is something else."""
        kinds = [value for name, value in self.headers.items() if name.lower() == "content-type"]
        is_other = bool(kinds) and "json" not in kinds[0].lower()
        return self.body.encode() if is_other and isinstance(self.body, str) else self.body

    def matches(self, operation: str, method: str, path: str, group: str) -> bool:
        """Whether the rule is about this request."""
        names = self.operation or KINDS[self.kind][0]
        # A list is of many groups: a rule that hides some of them is about every list.
        is_list = self.kind == "hidden" and "List" in operation
        return (
            any(_like(operation, name) for name in names.split())
            and _like(method, self.method)
            and _like(path, self.path)
            and (is_list or _like(group, self.group))
        )


@dataclass(slots=True)
class Effects:
    """What all rules together do to one request."""

    delay: float = 0.0
    drop: str = ""
    rule: Rule | None = None
    script: Script = NATURAL
    hidden: tuple[str, ...] = ()
    token_seconds: float | None = None


class _Armed:
    """A rule in force, with its memory."""

    def __init__(self, rule: Rule) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.rule = rule
        self.seen = 0
        self.fired = 0
        self._coin = random.Random(rule.seed)  # noqa: S311 # repeatable faults want a seed, not secrecy

    def fires(self) -> bool:
        rule = self.rule
        self.seen += 1
        if self.seen <= rule.after or (rule.nth is not None and self.seen != rule.nth):
            return False
        if rule.times is not None and self.fired >= rule.times:
            return False
        if rule.probability < 1.0 and self._coin.random() >= rule.probability:
            return False
        self.fired += 1
        return True

    def document(self) -> dict[str, Any]:
        return {"id": self.id, "seen": self.seen, "fired": self.fired, "rule": asdict(self.rule)}


class Faults:
    """The rules in force, in the order in which they were added.

    *operations* are the names of all operations that there are; any name will do if there are none.
    """

    def __init__(self, operations: Collection[str] = ()) -> None:
        self._operations = operations
        self._armed: dict[str, _Armed] = {}

    def add(self, rule: Rule) -> str:
        """Put a rule in force; its id.

        Raises:
            RuleError: It is about an operation that there is not.
        """
        for wanted in rule.operation.split() if self._operations else ():
            if not any(_like(each, wanted) for each in self._operations):
                names = ", ".join(sorted(self._operations))
                raise RuleError(f"There is no operation {wanted!r}. The operations are: {names}.")
        armed = _Armed(rule)
        self._armed[armed.id] = armed
        return armed.id

    def remove(self, rule: str) -> bool:
        """Take the rule with this id out of force; whether it was in force."""
        return self._armed.pop(rule, None) is not None

    def clear(self) -> None:
        """Take every rule out of force."""
        self._armed.clear()

    def documents(self) -> list[dict[str, Any]]:
        """All rules with how often each was seen and fired."""
        return [each.document() for each in self._armed.values()]

    def consult(self, operation: str, method: str, path: str, group: str) -> Effects:
        """What happens to this request. Every rule that matches counts it, also behind one that ends it."""
        effects = Effects()
        for armed in list(self._armed.values()):
            if armed.rule.matches(operation, method, path, group) and armed.fires():
                _apply(armed.rule, effects)
        return effects


def refusal(rule: Rule, facts: Mapping[str, object]) -> ArmError:
    """The error that a rule asks for, in Azure's wording with the request's facts."""
    code = rule.code or str(KINDS[rule.kind][1].get("code", ""))
    headers = {**KINDS[rule.kind][1].get("headers", {}), **rule.headers}
    if code not in WORDINGS:
        return ArmError.custom(rule.status or 400, code, rule.message, headers)
    wording = WORDINGS[code]
    message = rule.message or wording.message.format_map(_Lenient(facts))
    if rule.kind == "token-expired":
        headers.setdefault("WWW-Authenticate", str(facts.get("challenge", "Bearer")))
    return ArmError.custom(rule.status or wording.status, code, message, headers)


def _apply(rule: Rule, effects: Effects) -> None:
    match rule.kind:
        case "delay":
            effects.delay += rule.seconds
        case "drop":
            effects.drop = effects.drop or rule.when
        case "hidden":
            effects.hidden += (rule.group,)
        case "short-token":
            effects.token_seconds = rule.seconds
        case "provisioning" | "deletion":
            script = Script(rule.seconds, rule.outcome, rule.code or "Failed", rule.message)
            effects.script = replace(script, seconds=script.seconds + effects.script.seconds)
        case _:
            effects.rule = effects.rule or rule


class _Lenient(dict[str, object]):
    """Facts for a sentence; one that the request does not give stays visible as its name."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def _like(value: str, pattern: str) -> bool:
    return fnmatchcase(value.lower(), pattern.lower())


def _check_numbers(rule: Rule) -> None:
    for name, least in _LEAST.items():
        value = getattr(rule, name)
        # Written so that it also holds for what is no number.
        if value is not None and not value >= least:
            raise RuleError(f"{name!r} is {value!r}; it must be {least} or more.")
    if not 0 <= rule.probability <= 1:
        raise RuleError(f"'probability' is {rule.probability!r}; it must be between 0 and 1.")


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _is_header(name, value):
            raise RuleError(f"The header {name!r} is {value!r}; it must be one line of text, and named as headers are.")
        if name.lower() in _FRAMING:
            raise RuleError(f"The header {name!r} can not be had: the emulator makes it of the body it really sends.")


def _is_header(name: str, value: object) -> bool:
    sent = _HEADER_NAME.fullmatch(name) and isinstance(value, str) and _HEADER_VALUE.fullmatch(value)
    return bool(sent)


_LEAST: Mapping[str, int] = {"nth": 1, "times": 1, "after": 0, "seconds": 0}
_NUMBER = (int, float)
_TYPES: Mapping[str, Any] = {
    **dict.fromkeys(("kind", "operation", "method", "path", "group", "code", "message", "when", "outcome"), str),
    **dict.fromkeys(("after", "seed"), int),
    **dict.fromkeys(("nth", "times", "status"), (int, type(None))),
    **dict.fromkeys(("seconds", "probability"), _NUMBER),
    "headers": dict,
}
