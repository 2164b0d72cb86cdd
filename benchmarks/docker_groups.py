"""Container groups of one and two containers, from the SDK's call until they answer and back to nothing, in Docker.

Against the same containers by hand: `docker run` until the port answers, `docker rm --force` until it returns.
"""

from __future__ import annotations

import subprocess
import time
import urllib.request
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

import docker
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.containerinstance import ContainerInstanceManagementClient, models
from azure.mgmt.resource.resources import ResourceManagementClient

from benchmarks.emulator import emulator
from benchmarks.measure import Series, asked, interleaved, ratio, table
from tests.emulator.runtimes.images import REPOSITORY, build_busybox, busybox

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = 1.6
IMAGE = f"{REPOSITORY}:benchmark"
SERVE = ["/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/www"]
SLEEP = ["/bin/busybox", "sleep", "3600"]
PLACE = "measured"


def answers(address: str) -> None:
    """Wait until a port answers."""
    while True:
        try:
            with urllib.request.urlopen(f"http://{address}/index.html", timeout=5) as answer:
                answer.read()
                return
        except OSError:
            time.sleep(0.005)


class Timed:
    """What one contestant took to create and to delete, in the order of the rounds."""

    def __init__(self, name: str, create: Callable[[], None], delete: Callable[[], None]) -> None:
        self.deleted = Series(name)
        self._create = create
        self._delete = delete

    def __call__(self) -> float:
        """Create and delete once; seconds until the port answered."""
        begun = time.perf_counter()
        self._create()
        created = time.perf_counter()
        self._delete()
        self.deleted.values.append(time.perf_counter() - created)
        return created - begun


def by_hand(count: int) -> Timed:
    """The first container publishes a port; a second one joins its network."""
    name = f"measured-{uuid.uuid4().hex[:8]}"

    def create() -> None:
        subprocess.run(
            ["docker", "run", "--detach", "--name", f"{name}-0", "--publish", "127.99.0.1:80:80", IMAGE, *SERVE],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        for number in range(1, count):
            other = ["--name", f"{name}-{number}", "--network", f"container:{name}-0", IMAGE, *SLEEP]
            subprocess.run(["docker", "run", "--detach", *other], check=True, stdout=subprocess.DEVNULL)
        answers("127.99.0.1")

    def delete() -> None:
        names = [f"{name}-{number}" for number in range(count)]
        subprocess.run(["docker", "rm", "--force", *names], check=True, stdout=subprocess.DEVNULL)

    return Timed(f"docker run, {count}", create, delete)


def by_sdk(client: ContainerInstanceManagementClient, count: int) -> Timed:
    """One container group."""
    name = f"group-{count}"
    resources = models.ResourceRequirements(requests=models.ResourceRequests(cpu=0.5, memory_in_gb=0.1))
    containers = [
        models.Container(
            name=f"c-{number}",
            image=IMAGE,
            command=SLEEP if number else SERVE,
            resources=resources,
            ports=[] if number else [models.ContainerPort(port=80)],
        )
        for number in range(count)
    ]
    address = models.IpAddress(type="Public", ports=[models.Port(port=80)])
    wanted = models.ContainerGroup(location="westeurope", os_type="Linux", containers=containers, ip_address=address)

    def create() -> None:
        made: Any = client.container_groups.begin_create_or_update(PLACE, name, wanted).result()
        answers(made.ip_address.ip)

    def delete() -> None:
        client.container_groups.begin_delete(PLACE, name).result()

    return Timed(f"SDK and emulator, {count}", create, delete)


def report(rounds: int) -> None:
    """Print what creation and deletion took, and how many times as long as by hand."""
    try:
        engine = docker.APIClient()
        engine.ping()
    except docker.errors.DockerException as error:
        print(f"Docker is not measured: {error}\n")
        return
    if busybox() is None:
        print("Docker is not measured: there is no busybox without libraries to make an image of\n")
        return
    build_busybox(engine, "benchmark")
    with emulator("--runtime", "docker") as ready:
        options: Any = {"base_url": ready["url"], "authentication_policy": SansIOHTTPPolicy()}
        subscription: str = ready["subscription_id"]
        nobody: Any = object()
        groups = ResourceManagementClient(nobody, subscription, **options).resource_groups
        groups.create_or_update(PLACE, {"location": "westeurope"})
        client = ContainerInstanceManagementClient(nobody, subscription, **options)
        timed = {f"{way} {count}": make(count) for count in (1, 2) for way, make in _ways(client).items()}
        for each in timed.values():
            each()  # warm
            each.deleted.values.clear()
        created = interleaved(timed, rounds)
    engine.remove_image(IMAGE, force=True)
    rows: list[list[object]] = [["", "seconds by hand", "seconds by the SDK", "times", "target"]]
    for count in (1, 2):
        hand, sdk = f"hand {count}", f"sdk {count}"
        for what, one, other in (
            ("create", created[hand], created[sdk]),
            ("delete", timed[hand].deleted, timed[sdk].deleted),
        ):
            cells = [f"{each.median:.2f} {each.noise}" for each in (one, other)]
            rows.append([f"{what} {count}", *cells, f"{ratio(other, one):.2f}", TARGET])
    table(*rows)


def _ways(client: ContainerInstanceManagementClient) -> dict[str, Callable[[int], Timed]]:
    return {"hand": by_hand, "sdk": partial(by_sdk, client)}


if __name__ == "__main__":
    report(asked(__doc__, 9)[0])
