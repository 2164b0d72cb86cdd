from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from pytest_aci.emulator.runtimes import addresses

RESERVE = """
import random, sys
from pytest_aci.emulator.runtimes import addresses
numbers = iter([int(word) for word in sys.argv[1].split(".")[1:]] + [99, 98, 97])
random.SystemRandom.randrange = lambda self, *bounds: next(numbers)
print(addresses.reserve().ip)
"""

needs_range = pytest.mark.skipif(not addresses._answers("127.99.0.1"), reason="only 127.0.0.1 is there")


@needs_range
def test_addresses_differ() -> None:
    """Every reservation is another loopback address."""
    reserved = [addresses.reserve() for _ in range(50)]
    assert len({address.ip for address in reserved}) == 50
    assert all(address.ip.startswith("127.") for address in reserved)
    for address in reserved:
        address.release()


@needs_range
def test_other_processes_are_respected() -> None:
    """An address that another process has reserved is not given again until it is released."""
    mine = addresses.reserve()
    asked = [sys.executable, "-c", RESERVE, mine.ip]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "127.99.98.97\n"
    mine.release()
    mine.release()
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == f"{mine.ip}\n"


def test_listen_takes_another_port() -> None:
    """A port that is taken is replaced by a free one; an address that is not there is an error."""
    with addresses.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with addresses.listen("127.0.0.1", port) as other:
            assert other.getsockname()[1] != port
    with pytest.raises(OSError, match="Cannot assign requested address"):
        addresses.listen("192.0.2.1", 0)


def test_listeners_are_tcp_in_name() -> None:
    """Listening sockets say that they are TCP, without which asyncio would leave Nagle's algorithm on."""
    with addresses.listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_bindable_keeps_numbers_together() -> None:
    """TCP and UDP of one port number get one number, also where it is not their own."""
    found = addresses.bindable("127.0.0.1", ((80, "TCP"), (80, "UDP"), (443, "TCP")))
    assert set(found) == {80, 443}
    assert 80 not in found.values()
    assert len(set(found.values())) == 2
