from __future__ import annotations

import re
from dataclasses import dataclass

# The grammar of an image reference, as registries and Docker read it: [host[:port]/]path[:tag][@sha256:digest]
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:(?P<host>localhost(?::\d+)?|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?|[A-Za-z0-9-]+:\d+)/)?"
    rf"(?P<path>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
FAULT = "fault/"
"""Images of that name stand for what a container does in the emulator, and are pulled from nowhere."""

DOCKER_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image's name taken apart; *host* is None where Docker Hub is meant without saying so."""

    host: str | None
    path: str
    tag: str | None
    digest: str | None

    @property
    def on_docker_hub(self) -> bool:
        """Whether the image comes from Docker Hub, which limits anonymous pulls."""
        return (self.host is None and not self.path.startswith(FAULT)) or self.host in DOCKER_HUB


def parse(image: str) -> ImageReference | None:
    """*image* taken apart; None if it is no valid reference."""
    match = _REFERENCE.fullmatch(image)
    return ImageReference(**match.groupdict()) if match else None


def slug(image: str) -> str:
    """The image's last word in the letters that a group's name may have: `mcr.…/aci-hello:1` becomes `aci-hello`."""
    reference = parse(image)
    word = reference.path if reference else image
    return re.sub(r"[^a-z0-9]+", "-", word.rpartition("/")[2].lower()).strip("-")
