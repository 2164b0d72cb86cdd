"""Stand-in for aci-helloworld: a hello page on port 80.

A plain socket instead of http.server, whose imports alone would double the time to the first answer. ACI_BIND and
ACI_PORT_80 say where to serve when the group has no network namespace of its own.
"""

import os
import socket
import sys
import threading

PAGE = b"""<html>
<head>
  <title>Welcome to Azure Container Instances!</title>
  <style>body { font-family: sans-serif; text-align: center; margin-top: 20vh }</style>
</head>
<body>
  <h1>Welcome to Azure Container Instances!</h1>
  <p>This page is served by the emulator's stand-in for the aci-helloworld image.</p>
</body>
</html>
"""

ANSWER = b"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
HEAD_LIMIT = 65536


def answer(request: bytes) -> bytes:
    """Return the whole answer to a request, of which the first line is enough."""
    method, _, rest = request.partition(b"\r\n")[0].partition(b" ")
    path = rest.split(b" ")[0].partition(b"?")[0]
    if method not in (b"GET", b"HEAD"):
        status, body = b"405 Method Not Allowed", b"Only GET and HEAD are answered here.\n"
    elif path in (b"/", b"/index.html"):
        status, body = b"200 OK", PAGE
    else:
        status, body = b"404 Not Found", b"Cannot GET " + path + b"\n"
    return ANSWER % (status, len(body)) + (b"" if method == b"HEAD" else body)


def serve(connection: socket.socket) -> None:
    """Answer one request and close."""
    with connection:
        connection.settimeout(30)
        request = b""
        try:
            while b"\r\n\r\n" not in request and len(request) < HEAD_LIMIT:
                data = connection.recv(4096)
                if not data:
                    break
                request += data
            if request:
                connection.sendall(answer(request))
        except OSError:
            return  # the client left


def main() -> None:
    """Serve until the container is stopped."""
    place = (os.environ.get("ACI_BIND", "0.0.0.0"), int(os.environ.get("ACI_PORT_80", "80")))  # noqa: S104 # a container
    listener = socket.create_server(place, backlog=128)
    sys.stdout.write("listening on port 80\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
