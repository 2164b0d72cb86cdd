from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from pytest_aci.emulator.runtimes.owner import Owner


def test_text_form() -> None:
    """An owner can be written down and read again; other texts are none."""
    me = Owner.this_process()
    assert Owner.parse(str(me)) == me
    assert Owner.parse("") is Owner.parse("1-2") is Owner.parse("a-b-c") is None


def test_this_process_lives() -> None:
    """The process that asks is not dead; one with its number but another start is."""
    me = Owner.this_process()
    assert not me.is_dead
    assert replace(me, start=me.start + 1).is_dead


@pytest.mark.parametrize("reaped", [True, False])
def test_ended_process_is_dead(reaped: bool) -> None:
    """A process that has ended is dead, also while its parent has not asked for its exit code."""
    code = "from pytest_aci.emulator.runtimes.owner import Owner; print(Owner.this_process(), flush=True)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        owner = Owner.parse(process.stdout.readline().strip())
        assert owner is not None
        assert process.stdout.read() == ""
        if reaped:
            process.wait()
            assert owner.is_dead
        else:
            while not owner.is_dead:
                pass


def test_other_systems_are_not_judged() -> None:
    """Nobody can tell whether a process of another system lives."""
    foreign = replace(Owner.this_process(), system="elsewhere", start=1)
    assert foreign.is_foreign
    assert not foreign.is_dead
