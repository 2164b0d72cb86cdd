"""Looking inside a running container, and giving it files."""

from __future__ import annotations

from pytest_aci import ContainerGroup, EmptyDir, SecretVolume, container, container_group, group, http, log, single

HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"
COUNT = "wc -l < /shared/names"
SHELL = "mcr.microsoft.com/azuredocs/aci-wordcount"  # any image that has a shell

web = container_group(single(HELLO, ports=[80]), until=http(80))

pair = container_group(
    group(
        container(
            "writer",
            SHELL,
            command=[
                "/bin/sh",
                "-c",
                "cp /etc/app/names.txt /shared/new && mv /shared/new /shared/names; tail -f /dev/null",
            ],
            volumes={"/etc/app": SecretVolume("names", {"names.txt": "Ada\nGrace\n"}), "/shared": EmptyDir("shared")},
        ),
        container(
            "reader",
            SHELL,
            command=[
                "/bin/sh",
                "-c",
                f"while [ ! -e /shared/names ]; do sleep 1; done; {COUNT}; exec tail -f /dev/null",
            ],
            volumes={"/shared": "shared"},
        ),
    ),
    until=log(r"\d", container="reader"),
)


def test_a_program_inside(web: ContainerGroup) -> None:
    """ACI runs one program, without arguments, and gives back what its terminal showed, but no exit code."""
    assert web.exec("whoami").output.strip() == "root"


def test_files_and_a_shared_folder(pair: ContainerGroup) -> None:
    """A secret volume carries files in, an emptyDir is shared by the group's containers, logs bring results out."""
    assert pair["reader"].logs().split()[-1] == "2"
