"""An emulator process with the Docker runtime, the SDK's client of it, and what it leaves in the engine.

`python -m tests.emulator.in_docker` brings 20 groups of two containers up at once, all on port 80, then as many again
for an emulator that is killed; both times it looks what is left.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

import docker
import requests
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.containerinstance import ContainerInstanceManagementClient, models
from azure.mgmt.resource.resources import ResourceManagementClient

from pytest_aci.emulator.runtimes.docker_engine import OWNER

from .runtimes.images import build_busybox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

PLACE = "in-docker"
SERVE = ("httpd", "-f", "-p", "80", "-h", "/www")
FETCH = ("sh", "-c", "until wget -q -O - http://localhost/ 2>/dev/null; do sleep 0.1; done; sleep 3600")
SECONDS = 60


class InDocker:
    """The emulator, from its ready line to its end."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "pytest_aci.emulator", "--runtime", "docker", "--exit-with-parent"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())
        nobody: Any = object()
        options: Any = {"base_url": self.ready["url"], "authentication_policy": SansIOHTTPPolicy()}
        places = ResourceManagementClient(nobody, self.ready["subscription_id"], **options).resource_groups
        places.create_or_update(PLACE, {"location": "westeurope"})
        self.client = ContainerInstanceManagementClient(nobody, self.ready["subscription_id"], **options)
        self.groups = self.client.container_groups
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.communicate(timeout=SECONDS)

    def create(self, name: str, *containers: models.Container, **properties: Any) -> Any:
        """Create a group and wait for it, as the SDK does."""
        wanted = models.ContainerGroup(
            location="westeurope",
            os_type="Linux",
            containers=list(containers),
            restart_policy=properties.pop("restart_policy", "Never"),
            **properties,
        )
        return self.groups.begin_create_or_update(PLACE, name, wanted).result()

    def until(self, name: str, state: str) -> Any:
        """Look until the group is in a state; its first container's instance view."""
        deadline = time.monotonic() + SECONDS
        while (group := self.groups.get(PLACE, name)).instance_view.state != state:  # type: ignore[attr-defined] # a get fills it
            assert time.monotonic() < deadline, group.as_dict()
            time.sleep(0.02)
        return group.containers[0].instance_view

    def log(self, name: str, container: str = "main") -> str:
        """What a container wrote."""
        return str(self.client.containers.list_logs(PLACE, name, container).content)

    def page(self, ip: str) -> str:
        """The page of a group whose container runs: its server may not listen yet."""
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                return requests.get(f"http://{ip}/", timeout=SECONDS).text
            except requests.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def serve_all(self, image: str, count: int) -> list[str]:
        """Bring groups of a web server and a sidecar up at once, all on port 80; their pages and the sidecars' logs."""

        def served(number: int) -> list[str]:
            name = f"many-{number}"
            made = self.create(name, web(image), container(image, FETCH, name="sidecar"), ip_address=public())
            page = self.page(str(made.ip_address.ip))
            deadline = time.monotonic() + SECONDS
            while not (fetched := self.log(name, "sidecar")) and time.monotonic() < deadline:
                time.sleep(0.05)
            return [page, fetched]

        with ThreadPoolExecutor(count) as pool:
            return [text for both in pool.map(served, range(count)) for text in both]

    def delete_all(self) -> None:
        """Delete all groups at once."""
        names = [str(each.name) for each in self.groups.list_by_resource_group(PLACE)]
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(lambda name: self.groups.begin_delete(PLACE, name).result(), names))

    def left(self, engine: docker.APIClient) -> list[str]:
        """Every container, volume and network of this emulator."""
        wanted = {"label": OWNER}
        found = [*engine.containers(all=True, filters=wanted), *(engine.volumes(filters=wanted)["Volumes"] or [])]
        found += engine.networks(filters=wanted)
        mine = [each for each in found if each["Labels"][OWNER].startswith(f"{self.process.pid}-")]
        return [str(each.get("Id") or each["Name"]) for each in mine]


def container(image: str, command: Sequence[str], name: str = "main", **properties: Any) -> models.Container:
    """A small container."""
    memory = properties.pop("memory", 0.1)
    resources = models.ResourceRequirements(requests=models.ResourceRequests(cpu=0.2, memory_in_gb=memory))
    return models.Container(name=name, image=image, command=list(command), resources=resources, **properties)


def web(image: str) -> models.Container:
    """A web server on port 80."""
    return container(image, SERVE, ports=[models.ContainerPort(port=80)])


def public() -> models.IpAddress:
    """An address with port 80."""
    return models.IpAddress(type="Public", ports=[models.Port(port=80)])


def main() -> None:
    """Run the big one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=20)
    count = parser.parse_args().groups
    engine = docker.APIClient()
    image = build_busybox(engine, "crowd")
    with InDocker() as emulator:
        begun = time.monotonic()
        pages = emulator.serve_all(image, count)
        print(f"{count} groups up in {time.monotonic() - begun:.1f} s, {pages.count(pages[0])} equal pages", flush=True)
        begun = time.monotonic()
        emulator.delete_all()
        print(f"deleted in {time.monotonic() - begun:.1f} s; left: {emulator.left(engine)}", flush=True)
    with InDocker() as killed:
        killed.serve_all(image, count)
        killed.process.send_signal(signal.SIGKILL)
        killed.process.wait()
        print(f"killed; left: {len(killed.left(engine))} containers and volumes", flush=True)
    with InDocker():
        print(f"the next one has started; left: {killed.left(engine)}")
    engine.remove_image(image)


if __name__ == "__main__":
    main()
