from __future__ import annotations

from pytest_aci import container, container_group, http, log, sidecar, single, task

HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"
SIDECAR = "mcr.microsoft.com/azuredocs/aci-tutorial-sidecar"
WORDCOUNT = "mcr.microsoft.com/azuredocs/aci-wordcount"

# The variable's name is the fixture's, and begins the name of the group in Azure and of its cassette.
hello = container_group(single(HELLO, ports=[80], dns_label="aci-hello"), until=http(80))

pair = container_group(
    sidecar(container("app", HELLO, ports=[80]), container("sidecar", SIDECAR)),
    until=http(80) & log("200 OK", container="sidecar"),
)

words = container_group(
    task(
        WORDCOUNT,
        ["python", "wordcount.py", "http://shakespeare.mit.edu/romeo_juliet/full.html"],
        env={"NumWords": "5", "MinLength": "8"},
    )
)

echo = container_group(task(WORDCOUNT, ["/bin/sh", "-c", "echo FOO BAR && exit 3"]))
