"""What the facts are read from: answers of one emulator, each asked for once, when a fact first needs it."""

from __future__ import annotations

from .scenes_of_containers import ContainerScenes
from .scenes_of_resource_groups import ResourceGroupScenes


class Scenes(ResourceGroupScenes, ContainerScenes):
    """Every attribute is one answer, or one document read from the emulator."""
