"""`pytest-aci emulator`: start an emulator by hand, and keep it until it is told to end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import math
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .configuration import SUBSCRIPTION, TENANT, Configuration, Quota

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .runtimes.base import Runtime

Number = TypeVar("Number", int, float)
DEFAULTS = Configuration()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="pytest-aci emulator",
        description="Serve an emulated Azure (resource groups and container groups) on loopback. When it is ready, one "
        "line of JSON on stdout says where; it ends on SIGINT, SIGTERM or SIGHUP and removes every container first.",
    )
    made.add_argument("--port", type=_port, default=0, help="port of the http address; 0 takes a free one")
    made.add_argument("--https-port", type=_port, default=0, help="port of the https address; 0 takes a free one")
    made.add_argument("--runtime", choices=("auto", "docker", "process"), default="auto", help="what containers are")
    made.add_argument(
        "--allow-host-commands", action="store_true", help="let the process runtime run commands of unknown images"
    )
    made.add_argument("--state", type=Path, metavar="FILE", help="keep the state in this file")
    made.add_argument(
        "--print-env", action="store_true", help="print what a shell must export instead of the JSON line"
    )
    made.add_argument(
        "--transparent", action="store_true", help="run a CONNECT proxy that answers for Azure's public addresses"
    )
    made.add_argument("--subscription-id", default=SUBSCRIPTION, type=_guid, help="the subscription that exists")
    made.add_argument("--tenant-id", default=TENANT, type=_guid, help="the tenant that tokens come from")
    made.add_argument("--token", help="what opens /_emulator; made up if not given")
    made.add_argument(
        "--retry-after-ms",
        type=_number(int, 1),
        default=DEFAULTS.retry_after_ms,
        metavar="MS",
        help="what clients are told to wait between two polls (default: %(default)s)",
    )
    made.add_argument(
        "--faithful", action="store_true", help="send Retry-After as Azure does: SDK clients then sleep 30 s per poll"
    )
    made.add_argument(
        "--start-seconds", type=_number(float, 0), default=0.0, metavar="S", help="how long groups stay Pending"
    )
    made.add_argument(
        "--back-off-seconds",
        type=_number(float, 0),
        default=DEFAULTS.back_off_seconds,
        metavar="S",
        help="the first pause of a crash loop (default: %(default)s; Azure's is 10)",
    )
    made.add_argument("--quota-groups", type=_number(int, 0), default=DEFAULTS.quota.container_groups, metavar="N")
    made.add_argument("--quota-cores", type=_number(float, 0), default=DEFAULTS.quota.standard_cores, metavar="N")
    made.add_argument(
        "--page-size", type=_number(int, 1), default=DEFAULTS.page_size, metavar="N", help="entries of a list's page"
    )
    made.add_argument(
        "--exit-with-parent", action="store_true", help="end when stdin does, which is when the parent process dies"
    )
    made.add_argument("--verbose", action="store_true", help="say on stderr what happens")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 after an ordinary end, 2 if it could not start."""
    arguments = parser().parse_args(argv)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if arguments.verbose else logging.WARNING,
        format="%(asctime)s %(name)s %(message)s",
    )
    logging.getLogger("uvicorn").setLevel(logging.INFO if arguments.verbose else logging.ERROR)
    if sys.platform == "win32":
        reason = "it needs fork, Unix sockets and signals, which Windows does not have; in WSL it has them"
        print(f"pytest-aci emulator: it could not start: {reason}", file=sys.stderr)  # noqa: T201 # as in _serve
        return 2
    return asyncio.run(_serve(arguments))


def configuration_of(arguments: argparse.Namespace) -> Configuration:
    """What the command line asks for."""
    from .proxy import AZURE_HOSTS  # noqa: PLC0415 # see _serve

    return Configuration(
        subscriptions=(arguments.subscription_id,),
        tenant=arguments.tenant_id,
        retry_after_ms=None if arguments.faithful else arguments.retry_after_ms,
        start_seconds=arguments.start_seconds,
        back_off_seconds=arguments.back_off_seconds,
        back_off_limit=max(DEFAULTS.back_off_limit, 30 * arguments.back_off_seconds),
        page_size=arguments.page_size,
        quota=Quota(arguments.quota_groups, arguments.quota_cores),
        allowed_hosts=frozenset(AZURE_HOSTS if arguments.transparent else ()),
        is_transparent=arguments.transparent,
    )


async def _serve(arguments: argparse.Namespace) -> int:
    # Imported only now, so that `--help` does not wait for a web server.
    from .cloud import Cloud  # noqa: PLC0415 # see above
    from .environment import exports  # noqa: PLC0415 # see above
    from .persistence import StateFile  # noqa: PLC0415 # see above
    from .runtimes.base import RuntimeUnavailable  # noqa: PLC0415 # see above
    from .server import Server  # noqa: PLC0415 # see above

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    # A hang-up that `nohup` has switched off stays so.
    hang_up = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
    for each in (signal.SIGINT, signal.SIGTERM, *hang_up):
        loop.add_signal_handler(each, ended.set)
    if arguments.exit_with_parent:
        threading.Thread(target=_await_end_of_stdin, args=(loop, ended), daemon=True).start()
    try:
        journal = StateFile(arguments.state) if arguments.state else None
        cloud = Cloud(configuration_of(arguments), _runtime(arguments), journal, token=arguments.token)
        async with Server(cloud, port=arguments.port, https_port=arguments.https_port) as server:
            ready = server.ready_line()
            print(exports(ready) if arguments.print_env else json.dumps(ready), flush=True)  # noqa: T201 # what callers wait for
            await ended.wait()
    except (OSError, RuntimeUnavailable) as error:
        print(f"pytest-aci emulator: it could not start: {error}", file=sys.stderr)  # noqa: T201 # a command's output
        return 2
    return 0


def _runtime(arguments: argparse.Namespace) -> Runtime:
    # Imported only now: it loads Docker's client, which `--help` can do without.
    from .runtimes import choice  # noqa: PLC0415 # see above

    return choice.build(arguments.runtime, allow_host_commands=arguments.allow_host_commands)


def _await_end_of_stdin(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    with contextlib.suppress(OSError, ValueError):
        while os.read(0, 4096):  # not sys.stdin: its lock would be held when the interpreter ends
            pass
    with contextlib.suppress(RuntimeError):  # the loop may have ended first
        loop.call_soon_threadsafe(ended.set)


def _number(kind: type[Number], least: int) -> Callable[[str], Number]:
    def number(text: str) -> Number:
        value = kind(text)
        if not least <= value < math.inf:
            raise argparse.ArgumentTypeError(f"{text} is too small or too large; it must be at least {least}")
        return value

    return number


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004 # the highest port
        raise argparse.ArgumentTypeError(f"{text} is not a port; ports are 0 to 65535")
    return int(text)


def _guid(text: str) -> str:
    from .calls import GUID  # noqa: PLC0415 # see _serve

    if not GUID.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a guid such as {SUBSCRIPTION}")
    return text.lower()
