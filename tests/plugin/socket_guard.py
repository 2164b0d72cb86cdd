"""A pytest plugin that refuses every connection over IP, for runs that must not need one."""

from __future__ import annotations

import socket
from typing import Any


def pytest_configure() -> None:
    """Refuse connections from now on."""

    def refused(connect: Any) -> Any:
        def refuse(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                raise AssertionError(f"a socket was opened to {address}")
            return connect(self, address)

        return refuse

    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, refused(getattr(socket.socket, name)))
