from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.errors import SpecError
from pytest_aci.provisioning.conditions import (
    exit_code,
    healthy,
    http,
    log,
    port,
    running,
    terminated,
)
from pytest_aci.provisioning.prognosis import describe, unanswered
from tests.provisioning.builders import Seen, container, event, group

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_aci.provisioning.readiness import Condition

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ENDED = container("Terminated", exit_code=0)
KILLED = container("Terminated", exit_code=137)
FAILED = container("Terminated", exit_code=3)


@pytest.mark.parametrize(
    ("condition", "view"),
    [
        (running, Seen(group())),
        (running, Seen(group(ports=(), ip=None))),
        (terminated, Seen(group(ENDED), "Never")),
        (terminated, Seen(group(FAILED), "Never")),
        (terminated, Seen(group(ENDED), "OnFailure")),
        (exit_code(3), Seen(group(FAILED), "Never")),
        (port(80), Seen(group())),
        (http(80, "health", status=204), Seen(group())),
        (log("r.ady"), Seen(group(), text="it is\nready\n")),
        (log("ready"), Seen(group(ENDED), "Never", text="ready")),
        (log("^ready$"), Seen(group(), text="starting\r\nready\r\nserving\r\n")),
        (healthy, Seen(group())),
        (running & port(80), Seen(group())),
        (terminated | running, Seen(group(), "Never")),
    ],
    ids=str,
)
def test_met(condition: Condition, view: Seen) -> None:
    """A condition is met when what it names is the case."""
    assert condition.check(view).met


@pytest.mark.parametrize(
    ("condition", "view", "seen"),
    [
        (running, Seen(group(container("Waiting"))), "Running (main Waiting)"),
        (running, Seen(group(container(None))), "Running (main not started)"),
        (running, Seen(group(ip=None)), "running, without an IP address yet"),
        (terminated, Seen(group(), "Never"), "Running (main Running)"),
        (terminated, Seen(group(FAILED), "OnFailure"), "Running (main Terminated with exit code 3)"),
        (port(80), Seen(group(ip=None)), "no IP address yet"),
        (port(80), Seen(group(), problem="port 80: refused"), "port 80: refused"),
        (http(80), Seen(group(), problem="HTTP 503"), "HTTP 503"),
        (log("ready"), Seen(group(), text="not yet"), "Running (main Running), no such line in the log"),
        (log(r"not\syet"), Seen(group(), text="not\nyet\n"), "Running (main Running), no such line in the log"),
        (running & port(80), Seen(group(), problem="refused"), "refused"),
        (
            port(80) | log("x"),
            Seen(group(), problem="refused"),
            "refused; Running (main Running), no such line in the log",
        ),
    ],
    ids=str,
)
def test_not_yet(condition: Condition, view: Seen, seen: str) -> None:
    """A condition that is not met says what it saw, and goes on hoping."""
    verdict = condition.check(view)
    assert not verdict.met
    assert verdict.never is None
    assert verdict.seen == seen


@pytest.mark.parametrize(
    ("condition", "view", "never"),
    [
        (terminated, Seen(group()), "its restart policy is Always"),
        (exit_code(0), Seen(group(FAILED), "Never"), "main exited with 3"),
        (running, Seen(group(ENDED), "Never"), "every container has ended"),
        (running, Seen(group(ENDED), "Never"), "; what is awaited needs a program that does not end by itself"),
        (
            log("x"),
            Seen(group(ENDED, KILLED), "Never"),
            "; 137 means that it was killed, most often for want of memory",
        ),
        (log("x"), Seen(group(FAILED), "Never"), "and is not started again; what it wrote last may tell why"),
        (port(80), Seen(group(ENDED), "Never", problem="refused"), "every container has ended"),
        (log("x"), Seen(group(ENDED), "OnFailure"), "and is not started again"),
        (
            running,
            Seen(group(container("Waiting", restart_count=3, previous=container("Terminated", exit_code=137)))),
            "main is in a crash loop (3 restarts, last exit code 137)",
        ),
        (
            running,
            Seen(group(container("Waiting", events=(event("Failed to pull image x", count=3),)))),
            "the image of main can not be pulled (Failed to pull image x)",
        ),
        (port(81), Seen(group(), problem="no"), "the group does not open port 81: it opens 80"),
        (terminated | exit_code(0), Seen(group(FAILED), "Always"), "its restart policy is Always"),
    ],
    ids=str,
)
def test_never(condition: Condition, view: Seen, never: str) -> None:
    """A condition that can not be met any more says why, so that nobody waits for it."""
    verdict = condition.check(view)
    assert not verdict.met
    assert never in (verdict.never or "")


@pytest.mark.parametrize(
    ("condition", "problem", "hint"),
    [
        (port(80), "port 80: refused", "ACI has no port mapping: the container itself has to listen on 80"),
        (http(80), "no HTTP answer: refused", "ACI has no port mapping: the container itself has to listen on 80"),
        (http(80), "HTTP 404", "what listens on 80 has another path for this, or answers with another status"),
        (log("x") | http(80), "HTTP 404", "what listens on 80 has another path for this"),
        (
            http(443, scheme="https"),
            "no HTTP answer: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: IP address mismatch",
            "the certificate is for another name, or its authority is not trusted here",
        ),
        (
            http(443, scheme="https"),
            "no HTTP answer: [SSL: WRONG_VERSION_NUMBER] wrong version number",
            "what listens on 443 speaks no TLS, or none that this machine can speak",
        ),
        (
            http(443),
            "no HTTP answer: [Errno 104] Connection reset by peer",
            f'{unanswered(443, "refused")}; and what speaks TLS is asked with http(..., scheme="https")',
        ),
        (log("x"), "", ""),
    ],
    ids=str,
)
def test_a_hint_fits_what_was_seen(condition: Condition, problem: str, hint: str) -> None:
    """Nobody is told of ports where something answered; without a usual cause nothing is guessed."""
    told = condition.check(Seen(group(ports=(80, 443)), problem=problem)).hint
    assert told.startswith(hint)
    assert bool(told) == bool(hint)


def test_without_an_address_nothing_is_guessed() -> None:
    """The address is Azure's to give, and no mistake in the image."""
    assert http(80).check(Seen(group(ip=None))).hint == ""


def test_a_failed_probe_counts_until_the_next_start() -> None:
    """A container is unhealthy when a probe failed since it was last started."""
    failed = event("Liveness probe failed: no", last=NOON)
    early, late = (event("Started", "Started", last=NOON + timedelta(seconds=s)) for s in (-5, 5))
    assert healthy.check(Seen(group(container(events=(early, failed))))).seen == "main: Liveness probe failed: no"
    assert healthy.check(Seen(group(container(events=(failed, late))))).met


def test_a_log_line_of_one_container() -> None:
    """With a container named, only that one's log is read."""
    view = Seen(group(container(), container(name="sidecar")), text="ready")
    assert log("ready", container="sidecar").check(view).met
    assert view.asked == ["sidecar"]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (running, "every container running"),
        (terminated, "every container terminated"),
        (exit_code(), "exit code 0"),
        (port(80) & healthy, "port 80 open and every container healthy"),
        (http(443, "/x", scheme="https") | log("a"), "(https 200 on port 443/x or log line matching 'a')"),
    ],
)
def test_conditions_read_as_phrases(condition: Condition, words: str) -> None:
    """A condition's text completes "Awaited: "."""
    assert str(condition) == words


def test_describe() -> None:
    """A group is described by its state and those of its containers, with exit code or detail."""
    waiting = container("Waiting", "init", detail="ErrImagePull")
    assert describe(group(ENDED, waiting)) == (
        "Running (main Terminated with exit code 0, init Waiting (ErrImagePull))"
    )


@pytest.mark.parametrize(
    ("make", "words", "complaint"),
    [
        (port, {"number": "80"}, "port = '80': a port from 1 to 65535, as a number"),
        (port, {"number": 0}, "port = 0: a port from 1 to 65535, as a number"),
        (http, {"port": "/", "path": 80}, "http.port = '/': a port from 1 to 65535, as a number"),
        (http, {"port": 80, "path": 404}, 'http.path = 404: a path such as "/health"'),
        (
            http,
            {"port": 80, "status": [200, 404]},
            "http.status = [200, 404]: one status from 100 to 599; join several with |",
        ),
        (http, {"port": 80, "scheme": "tcp"}, "http.scheme = 'tcp': http or https"),
        (http, {"port": 80, "verify": None}, "http.verify = None: True, False, or the path of certificates"),
        (
            log,
            {"pattern": "("},
            "log = '(': a regular expression: missing ), unterminated subpattern at position 0; re.escape",
        ),
        (log, {"pattern": b"x"}, "log = b'x': a regular expression, as a string"),
        (log, {"pattern": "x", "container": 3}, "log.container = 3: the name of a container"),
        (exit_code, {"code": "0"}, "exit_code = '0': a whole number"),
    ],
)
def test_an_argument_that_can_not_be_is_refused_where_it_stands(
    make: Callable[..., object], words: dict[str, Any], complaint: str
) -> None:
    """The argument, its value and the rule, when the condition is made."""
    with pytest.raises(SpecError, match=re.escape(complaint)):
        make(**words)
