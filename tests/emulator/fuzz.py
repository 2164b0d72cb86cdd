"""Seeded malformed requests, and what the emulator must not do with them (row E15).

`python -m tests.emulator.fuzz` sends 100,000 of them over four connections at once and prints how they were answered.
It fails at an answer of 500 or more, at a traceback, and if an answer takes longer than it may.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import json
import random
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from .running import container, group_document
from .serving import Serving

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTIONS = 4
LONGEST = 10.0
"""Seconds after which a request counts as hanging; the machine may be busy with other things."""

METHODS = ("GET", "PUT", "PUT", "PUT", "PUT", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW")
STEPS = (
    "subscriptions", "resourcegroups", "rg", "providers", "Microsoft.ContainerInstance", "containerGroups", "web",
    "containers", "main", "exec", "logs", "start", "locations", "westeurope", "operations", "usages", "%2e%2e", "%00",
    "ü", "a" * 300, "", "oauth2", "token", "metadata", "endpoints", "operationresults", "eyJ", "_emulator", "faults",
)  # fmt: skip
BELOW_GROUP = (
    "",
    "",
    "",
    "",
    "",
    "",
    "/start",
    "/stop",
    "/restart",
    "/containers/main/logs",
    "/containers/main/exec",
    "/containers/x",
)
VALUES: tuple[object, ...] = (
    None, True, 0, -1, 1.5, 10**18, 1e300, "", "x", "\ud800", "\x00", [], {}, [[]], {"a": {}}, "Linux",
)  # fmt: skip
PROVIDER = "Microsoft.ContainerInstance"
STRAYS = ("x", "-1", "%", "'", "9" * 5000, "\u0663", "true", "0")
HEADERS = (
    ("Host", "evil.example"), ("Content-Type", "text/plain"), ("Accept-Encoding", "br;q=x"), ("Authorization", ""),
    ("x-ms-client-request-id", "\xff" * 50), ("If-Match", "*"), ("X-Http-Method-Override", "DELETE"),
    ("Range", "bytes=0-1"), ("Cookie", "=" * 1000), ("x-emulator-token", "wrong"),
)  # fmt: skip


def fuzz(emulator: Serving, seed: int, count: int) -> collections.Counter[int]:
    """Send *count* malformed requests, the same ones for the same seed; how often each status was answered.

    Raises:
        AssertionError: An answer is one that no malformed request may have. It names the request.
    """
    chance, url = random.Random(seed), emulator.url
    answers: collections.Counter[int] = collections.Counter()
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=LONGEST)
    place = f"/subscriptions/{emulator.subscription}/resourcegroups/rg"
    connection.request("PUT", f"{place}?api-version=2025-04-01", json.dumps({"location": "westeurope"}))
    connection.getresponse().read()
    for number in range(count):
        if chance.random() < 0.02:
            answers[_answer_to_bytes(url, _broken_bytes(chance, url))] += 1
            continue
        method, path, headers, body = _malformed(chance, emulator)
        begun = time.monotonic()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, TimeoutError) as error:
            raise AssertionError(f"request {number} of seed {seed}, {method} {path}: {error!r}") from error
        answers[answer.status] += 1
        fine = answer.status < 500 and b"Traceback" not in content and time.monotonic() - begun < LONGEST
        assert fine, f"request {number} of seed {seed}, {method} {path} {body!r}: {answer.status} {content!r}"
    connection.close()
    return answers


def _malformed(chance: random.Random, emulator: Serving) -> tuple[str, str, dict[str, str], bytes]:
    """A request that is wrong in a few places."""
    groups = f"/subscriptions/{emulator.subscription}/resourcegroups/rg/providers/{PROVIDER}/containerGroups"
    path = "/" + "/".join(chance.choices(STEPS, k=chance.randrange(1, 10)))
    if chance.random() < 0.6:
        path = f"{groups}/web{chance.choice(BELOW_GROUP)}"
    elif chance.random() < 0.2:
        path = chance.choice([groups, f"/subscriptions/{emulator.subscription}/resourcegroups", "/_emulator/requests"])
    query = {"api-version": chance.choice(["2023-05-01", "2023-05-01", "2021-04-01", "", "x", "2018-10-01"])}
    if chance.random() < 0.2:
        query[chance.choice(["$filter", "$skiptoken", "tail", "$top", "s", "since"])] = chance.choice(STRAYS)
    document: object = group_document(container(ports=[{"port": 80}]), ipAddress={"ports": [{"port": 80}]})
    for _ in range(chance.randrange(1, 4)):
        document = _spoiled(chance, document)
    body = json.dumps(document).encode()
    if chance.random() < 0.05:
        depth = chance.choice([60, 70, 500, 700, 900, 5000])
        body = b'{"properties": ' + b'{"a": [' * (depth // 2) + b"0" + b"]}" * (depth // 2) + b"}"
    if chance.random() < 0.2:
        cut = chance.randrange(len(body))
        body = body[:cut] + chance.randbytes(3) + body[cut:]
    headers = dict(chance.choices(HEADERS, k=chance.choice([0, 0, 0, 1, 2])))
    headers.setdefault("x-emulator-token", emulator.token)
    return chance.choice(METHODS), quote(path, safe="/%") + "?" + urlencode(query), headers, body


def _spoiled(chance: random.Random, value: object) -> object:
    """*value* with one place changed to something else."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        return value | {key: _spoiled(chance, value[key])}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        return [*value[:place], _spoiled(chance, value[place]), *value[place + 1 :]]
    return chance.choice(VALUES)


def _broken_bytes(chance: random.Random, url: str) -> bytes:
    """What is hardly HTTP: a good request with a few bytes cut out or put in, and no more to come."""
    good = f"PUT /x?api-version=1 HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    place = chance.randrange(len(good))
    return good[:place] + chance.randbytes(chance.randrange(4)) + good[place + chance.randrange(4) :]


def _answer_to_bytes(url: str, data: bytes) -> int:
    """The status of the answer on a connection of its own; 0 if it was closed without one."""
    parts = urlsplit(url)
    received = b""
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=LONGEST) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        try:
            while piece := connection.recv(65536):
                received += piece
        except ConnectionResetError:
            pass
    assert b"Traceback" not in received, received
    status = int(received.split()[1]) if received else 0
    assert status < 500, (data, received)
    return status


def _shares(count: int, seed: int) -> Iterator[tuple[int, int]]:
    """Each connection's seed and number of requests."""
    for number in range(CONNECTIONS):
        yield seed * CONNECTIONS + number, count // CONNECTIONS


def main() -> None:
    """Run the fuzz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with Serving() as emulator, ThreadPoolExecutor(CONNECTIONS) as pool:
        begun, before = time.monotonic(), emulator.resident()
        shares = list(_shares(arguments.requests, arguments.seed))
        jobs = [pool.submit(fuzz, emulator, *share) for share in shares]
        answers = sum((job.result() for job in jobs), collections.Counter())
        took, after = time.monotonic() - begun, emulator.resident()
    print(f"{answers.total()} requests in {took:.0f} s, memory {before:.0f} MB before and {after:.0f} MB after")
    print(*(f"{status or 'closed'}: {count}" for status, count in sorted(answers.items())), sep="\n")


if __name__ == "__main__":
    main()
