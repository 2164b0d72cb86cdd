from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chaos.azure import Azure
    from tests.chaos.victim import Victims

TWO = "def test_good(web): ...\ndef test_bad(job): assert 0\n"


def test_groups_of_failed_tests_are_kept(azure: Azure, victims: Victims) -> None:
    """With --aci-keep=on-failure, the group of a failed test stays, with its resource group; sweeping deletes both."""
    victims.write(TWO)
    victim = victims.start("--aci-keep=on-failure")
    assert victim.ends() == 1
    home, group = azure.left()
    assert home.startswith("pytest-aci-")
    assert group.startswith("job-")
    assert " UTC =" in victim.said.partition("kept until ")[2]
    assert f"pytest-aci sweep --yes --endpoint {azure.url} --subscription " in victim.said
    assert "az container" not in victim.said, "the az CLI does not know the emulator"
    command = victim.said.partition("delete all with: pytest-aci sweep ")[2].split("\n")[0]
    assert victims.sweep(*command.split()).ends() == 0
    assert azure.left() == []


def test_groups_of_tests_that_pass_are_not(azure: Azure, victims: Victims) -> None:
    """With --aci-keep=on-failure, a run without failures leaves nothing."""
    victims.write("def test_good(web, job): ...")
    victim = victims.start("--aci-keep=on-failure")
    assert victim.ends() == 0
    assert azure.left() == []


def test_a_group_that_was_never_ready_is_kept(azure: Azure, victims: Victims) -> None:
    """With --aci-keep=on-failure, a group whose provisioning failed stays, to be looked at."""
    victims.write("def test_it(web): ...")
    azure.fault("provisioning", outcome="Failed", code="ContainerGroupDeploymentFailed", message="no")
    victim = victims.start("--aci-keep=on-failure")
    assert victim.ends() == 1
    assert len(azure.left()) == 2


def test_kept_workers_groups(azure: Azure, victims: Victims) -> None:
    """Under xdist, what a worker keeps is not deleted by the controller."""
    victims.write(TWO)
    victim = victims.start("--aci-keep=on-failure", "-n2")
    assert victim.ends() == 1
    assert [name.partition("-")[0] for name in azure.left()] == ["pytest", "job"]
    assert " UTC =" in victim.said.partition("kept until ")[2]


def test_kept_groups_are_used_again(azure: Azure, victims: Victims) -> None:
    """With --aci-keep=always, the next run uses the same groups, and creates none."""
    victims.write("def test_it(web, job): ...")
    assert victims.start("--aci-keep=always").ends() == 0
    kept, puts = azure.left(), len(azure.requests("PUT", "/containerGroups/"))
    assert len(kept) == 3
    second = victims.start("--aci-keep=always")
    assert second.ends() == 0, second.said
    assert azure.left() == kept
    assert len(azure.requests("PUT", "/containerGroups/")) == puts
    assert "0 groups created, 2 reused, 0 deleted" in second.said
    command = second.said.partition("delete all with: pytest-aci sweep ")[2].split("\n")[0]
    assert victims.sweep(*command.split()).ends() == 0
    assert azure.left() == []


def test_in_ci_nothing_is_used_again(azure: Azure, victims: Victims) -> None:
    """With CI set, kept groups are used again only if that is forced."""
    victims.write("def test_it(web): ...")
    assert victims.start("--aci-keep=always").ends() == 0
    puts = len(azure.requests("PUT", "/containerGroups/"))
    assert victims.start("--aci-keep=always", "--aci-reuse=force", environment={"CI": "1"}).ends() == 0
    assert len(azure.requests("PUT", "/containerGroups/")) == puts
    assert victims.start("--aci-keep=always", environment={"CI": "1"}).ends() == 0
    assert len(azure.requests("PUT", "/containerGroups/")) == puts + 1
