"""The image of the container that owns a group's network: one program of a few instructions, which sleeps.

Nothing is pulled or compiled. The other containers of a group join the network of a container that never restarts, as
a restarted one would come back with a new network and leave the others without.
"""

from __future__ import annotations

import io
import struct
import tarfile
from typing import Final

REPOSITORY: Final = "pytest-aci-emulator/pause"
PROGRAM: Final = "/pause"
VOLUMES: Final = "/volumes"
"""Where the pause container mounts the group's volumes, so that they can be filled before anything runs."""

_BASE: Final = 0x40_0000
_ELF_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM_HEADER: Final = struct.Struct("<IIQQQQQQ")
_HEADERS: Final = _ELF_HEADER.size + _PROGRAM_HEADER.size

# The ELF machine number, and the machine code of a loop around the system call that waits for a signal.
_MACHINES: Final = {
    "x86_64": (
        62,
        bytes.fromhex("b822000000")  # mov eax, 34    pause()
        + bytes.fromhex("0f05")  #      syscall
        + bytes.fromhex("ebf7"),  #     jmp -9
    ),
    "aarch64": (
        183,
        # ppoll(NULL, 0, NULL, NULL), as arm64 has no pause: mov x0..x3, 0; mov x8, 73; svc 0; b -24
        struct.pack("<7I", 0xD2800000, 0xD2800001, 0xD2800002, 0xD2800003, 0xD2800928, 0xD4000001, 0x17FFFFFA),
    ),
}
_MACHINES_BY_ENGINE: Final = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}


def supports(architecture: str) -> bool:
    """Tell if there is a program for what an engine calls its *architecture*."""
    return architecture in _MACHINES_BY_ENGINE


def executable(architecture: str) -> bytes:
    """Return a static ELF executable that sleeps until it is killed."""
    machine, code = _MACHINES[_MACHINES_BY_ENGINE[architecture]]
    size = _HEADERS + len(code)
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")  # 64 bits, little endian
    header = _ELF_HEADER.pack(
        identity,
        2,
        machine,
        1,
        _BASE + _HEADERS,
        _ELF_HEADER.size,
        0,
        0,
        _ELF_HEADER.size,
        _PROGRAM_HEADER.size,
        1,
        0,
        0,
        0,
    )
    # One segment, readable and executable: the whole file.
    segment = _PROGRAM_HEADER.pack(1, 5, 0, _BASE, _BASE, size, size, 0x1_0000)
    return header + segment + code


def archive(architecture: str) -> bytes:
    """Return the image's file system as a tar archive."""
    content = executable(architecture)
    entry = tarfile.TarInfo(PROGRAM.lstrip("/"))
    entry.size = len(content)
    entry.mode = 0o755
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        tar.addfile(entry, io.BytesIO(content))
    return target.getvalue()
