from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chaos.azure import Azure
    from tests.chaos.victim import Victims

EIGHT = """
for n in range(8):
    globals()[f'g{n}'] = container_group(single(f'mcr.microsoft.com/g:{n}'))

@pytest.mark.parametrize('again', range(5))
@pytest.mark.parametrize('n', range(8))
def test_it(request, n, again):
    assert request.getfixturevalue(f'g{n}').state == 'Running'
"""


def test_one_group_for_each_spec(azure: Azure, victims: Victims) -> None:
    """With four workers and eight specs in forty tests, eight container groups and one resource group are created."""
    before = len(azure.requests("PUT"))
    victims.write(EIGHT)
    victim = victims.start("-n4")
    assert victim.ends() == 0, victim.said
    assert "40 passed" in victim.said
    created = azure.requests("PUT")[before:]
    assert len([one for one in created if one.is_group]) == 8
    assert len([one for one in created if not one.is_group]) == 1
    assert azure.left() == []


def test_the_controller_deletes(azure: Azure, victims: Victims) -> None:
    """Under xdist, no shared group is deleted while a worker could still ask for it."""
    victims.write(EIGHT)
    victim = victims.start("-n2")
    assert victim.ends() == 0, victim.said
    asked = azure.requests()
    first_deletion = next(index for index, one in enumerate(asked) if one.method == "DELETE")
    assert not [one for one in asked[first_deletion:] if one.method == "PUT"]
