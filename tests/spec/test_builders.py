from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_aci.spec import EmptyDir, EnvVar, Mount, Secret, SpecError, as_spec, container, group, sidecar, single, task
from pytest_aci.spec.builders import CONTAINER_OPTIONS, GROUP_OPTIONS, SINGLE_OPTIONS
from tests.spec.strategies import HELLO, anything

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_aci.spec import Spec


def test_single_is_a_group_of_one_container_called_main() -> None:
    """The shortest wish: an image, and the defaults of cores, memory and restart policy."""
    spec = single(HELLO)
    (only,) = spec.containers
    assert (only.name, only.image, only.cpu, only.memory_gb, only.command) == ("main", HELLO, 1.0, 1.5, None)
    assert (spec.kind, spec.restart_policy, spec.os_type, spec.location) == ("single", "Always", "Linux", None)


def test_a_task_ends_and_is_not_started_again() -> None:
    """A task has the policy Never unless told otherwise, and its command may stand beside its image."""
    assert task(HELLO, ["echo", "FOO"]).restart_policy == "Never"
    assert task(HELLO, ["echo", "FOO"]).containers[0].command == ("echo", "FOO")
    assert task(HELLO, restart_policy="OnFailure").restart_policy == "OnFailure"


def test_a_sidecar_of_images_is_called_sidecar() -> None:
    """Images alone become containers by the names under which a handle finds them; containers keep theirs."""
    assert sidecar(HELLO, HELLO).container_names == ("main", "sidecar")
    assert sidecar(container("web", HELLO), container("probe", HELLO)).container_names == ("web", "probe")


def test_a_group_takes_any_containers_and_options() -> None:
    """Containers in their order, with the options of the group."""
    spec = group(container("a", HELLO), container("b", HELLO), restart_policy="OnFailure", tags={"team": "x"})
    assert spec.container_names == ("a", "b")
    assert (spec.kind, spec.restart_policy, spec.tags) == ("group", "OnFailure", (("team", "x"),))


def test_secure_variables_become_secrets() -> None:
    """Both kinds of variables are kept together by name, the secure ones hidden."""
    spec = single(HELLO, env={"B": "plain"}, secure_env={"A": "hidden", "C": Secret("too")})
    assert spec.containers[0].env == (EnvVar("A", Secret("hidden")), EnvVar("B", "plain"), EnvVar("C", Secret("too")))
    assert "hidden" not in repr(spec)


def test_a_volume_comes_with_the_container_that_mounts_it() -> None:
    """A volume written at a path is declared by that; containers that mount an equal one share it."""
    cache = EmptyDir("cache")
    spec = group(
        container("a", HELLO, volumes={"/a": cache}),
        container("b", HELLO, volumes=[Mount("cache", "/b", read_only=True)]),
    )
    assert spec.volumes == (cache,)
    assert [member.mounts for member in spec.containers] == [
        (Mount("cache", "/a"),),
        (Mount("cache", "/b", read_only=True),),
    ]


def test_an_init_container_brings_its_volumes_too() -> None:
    """What prepares a volume and what uses it are written the same way."""
    cache = EmptyDir("cache")
    spec = single(HELLO, volumes={"/a": cache}, init_containers=[container("fill", HELLO, volumes={"/b": cache})])
    assert spec.volumes == (cache,)
    assert spec.init_containers[0].mounts == (Mount("cache", "/b"),)
    assert spec.container_names == ("main",)


def test_a_group_lists_its_ports() -> None:
    """The ports of all containers, in their order."""
    spec = sidecar(container("a", HELLO, ports=[80]), container("b", HELLO, ports=["53/udp"]))
    assert [(port.port, port.protocol) for port in spec.ports] == [(80, "TCP"), (53, "UDP")]


@pytest.mark.parametrize(
    ("build", "word", "nearest"),
    [
        (lambda: single(HELLO, prots=[80]), "prots", "ports"),  # type: ignore[call-arg] # the claim
        (lambda: task(HELLO, enviroment={}), "enviroment", "env"),  # type: ignore[call-arg] # the claim
        (lambda: container("a", HELLO, memory=1), "memory", "memory_gb"),  # type: ignore[call-arg] # the claim
        (lambda: group(container("a", HELLO), dnslabel="x"), "dnslabel", "dns_label"),  # type: ignore[call-arg] # the claim
        (lambda: sidecar(HELLO, HELLO, restart="Never"), "restart", "restart_policy"),  # type: ignore[call-arg] # the claim
    ],
)
def test_an_unknown_keyword_leads_to_the_nearest(build: Callable[[], object], word: str, nearest: str) -> None:
    """A misspelt option is refused with the one that was meant."""
    with pytest.raises(SpecError, match=rf"{word} = .*: no such keyword; did you mean {nearest}\?"):
        build()


def test_a_keyword_that_resembles_none_is_answered_with_all() -> None:
    """Where no option is near, all are listed."""
    with pytest.raises(SpecError, match=r"zzzzz = .*: no such keyword; known are .*command.*volumes"):
        container("a", HELLO, zzzzz=1)  # type: ignore[call-arg] # the claim


def test_the_value_of_an_unknown_keyword_stays_unsaid() -> None:
    """A misspelt secure_env does not print what is inside."""
    with pytest.raises(SpecError) as caught:
        single(HELLO, secureenv={"A": "hunter2"})  # type: ignore[call-arg] # the claim
    assert "hunter2" not in str(caught.value)


def test_every_option_may_be_none() -> None:
    """None means "not given" for every option, so that a caller can pass on what it has."""
    assert single(HELLO, **dict.fromkeys(SINGLE_OPTIONS)) == single(HELLO)  # type: ignore[arg-type] # the claim
    assert group(container("a", HELLO, **dict.fromkeys(CONTAINER_OPTIONS)), **dict.fromkeys(GROUP_OPTIONS)) == group(  # type: ignore[arg-type] # the claim
        container("a", HELLO)
    )


def test_a_spec_can_be_sent_to_another_process() -> None:
    """Workers of a distributed run get equal specs."""
    spec = single(HELLO, ports=[80], secure_env={"A": "x"}, volumes={"/x": EmptyDir("cache")})
    assert pickle.loads(pickle.dumps(spec)) == spec


def answer(build: Callable[[], Spec]) -> object:
    """Give the key of the spec that was built, or what is wrong with it."""
    try:
        spec = build()
    except SpecError as error:
        return error.complaints
    return spec.key


def some_of(words: frozenset[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Give a few options, each with whatever comes."""
    return st.dictionaries(st.sampled_from(sorted(words)), anything, max_size=4)


@pytest.mark.filterwarnings("ignore::pytest_aci.errors.SpecWarning")
@given(some_of(SINGLE_OPTIONS), anything)
def test_single_builds_or_says_why(options: dict[str, Any], wrong: Any) -> None:
    """Whatever is given, the answer is a spec or a `SpecError`, never an accident."""
    assert answer(lambda: single(HELLO, **options))
    assert answer(lambda: single(wrong))
    assert answer(lambda: single(HELLO, name=wrong))


@pytest.mark.filterwarnings("ignore::pytest_aci.errors.SpecWarning")
@given(some_of(GROUP_OPTIONS), anything)
def test_group_builds_or_says_why(options: dict[str, Any], wrong: Any) -> None:
    """Whatever is given, the answer is a spec or a `SpecError`, never an accident."""
    assert answer(lambda: group(container("a", HELLO), **options))
    assert answer(lambda: group(wrong))
    assert answer(lambda: sidecar(HELLO, wrong))
    assert answer(lambda: as_spec(wrong))
