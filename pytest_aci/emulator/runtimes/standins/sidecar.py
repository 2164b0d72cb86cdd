"""Stand-in for aci-tutorial-sidecar: asks http://localhost:80 every three seconds and prints the head of the answer.

ACI_BIND and ACI_PORT_80 say where the group serves when it has no network namespace of its own. Until the application
answers for the first time the sidecar asks often and says nothing, so that its log does not depend on who starts first.
"""

import os
import socket
import sys
import time

PERIOD = 3.0
FIRST_PERIOD = 0.05
SILENT = 30.0
CHANGING = (b"date:", b"connection:")


def look(place: tuple[str, int]) -> str:
    """Return the status line and the constant headers of the answer to HEAD /.

    Raises:
        OSError: Nobody answered.
    """
    answer = b""
    with socket.create_connection(place, timeout=5) as connection:
        connection.sendall(
            b"HEAD / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: aci-tutorial-sidecar\r\nConnection: close\r\n\r\n"
        )
        while b"\r\n\r\n" not in answer:
            data = connection.recv(4096)
            if not data:
                break
            answer += data
    if not answer:
        raise ConnectionResetError("Empty reply from server")
    lines = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return "\n".join(line.decode("latin-1") for line in lines if not line.lower().startswith(CHANGING))


def main() -> None:
    """Look until the container is stopped."""
    place = (os.environ.get("ACI_BIND", "localhost"), int(os.environ.get("ACI_PORT_80", "80")))
    silent_until = time.monotonic() + SILENT
    seen = False
    while True:
        try:
            sys.stdout.write(look(place) + "\n\n")
            seen = True
        except OSError as reason:
            if seen or time.monotonic() > silent_until:
                sys.stdout.write(f"Failed to connect to localhost port 80: {reason.strerror or reason}\n")
                seen = True
        sys.stdout.flush()
        time.sleep(PERIOD if seen else FIRST_PERIOD)


if __name__ == "__main__":
    main()
