"""What a test, or somebody beside it, can do to the process: the rows P14 to P16, P21 to P24 and P32 to P34.

Each has the invariant: nothing is left in the emulated Azure, the decoys are untouched, and no secret was written.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.chaos.azure import Azure
    from tests.chaos.victim import Victims


LAST = "@pytest.fixture(scope='session')\ndef last():\n    yield\n    raise {}\n\ndef test_it(last, web, job): ...\n"


@pytest.mark.parametrize(
    ("tests", "code"),
    [
        ("def test_bad(web): assert 0\ndef test_more(job): ...", 1),
        ("def test_it(web, job): pytest.exit('enough', returncode=7)", 7),
        ("@pytest.fixture\ndef bad(web): sys.exit(3)\n\ndef test_it(bad, job): ...", 1),
        (LAST.format("SystemExit(3)"), 1),
        (LAST.format("KeyboardInterrupt"), 2),
    ],
    ids=["failure", "pytest.exit", "exit in set-up", "exit in teardown", "interrupt in teardown"],
)
def test_an_early_end(tests: str, code: int, azure: Azure, victims: Victims) -> None:
    """P24: whether fixtures are torn down as they should be or not, everything is deleted, and the exit code stays."""
    victim = victims.finish(tests, "-x")
    assert victim.process.returncode == code, victim.said
    assert azure.left() == []


def test_os_exit_in_a_test(azure: Azure, victims: Victims) -> None:
    """P14: a test that ends the interpreter on the spot ends up with the watchdog."""
    victim = victims.finish("def test_it(web): os._exit(0)")
    assert victim.process.returncode == 0
    assert azure.wait(lambda: azure.left() == [])


def test_a_segmentation_fault(azure: Azure, victims: Victims) -> None:
    """P15: a crash in C ends up with the watchdog."""
    victim = victims.finish("def test_it(web): os.kill(os.getpid(), signal.SIGSEGV)")
    assert victim.process.returncode == -signal.SIGSEGV
    assert azure.wait(lambda: azure.left() == [])


@pytest.mark.parametrize("method", ["thread", "signal"])
def test_a_timeout_of_pytest_timeout(method: str, azure: Azure, victims: Victims) -> None:
    """P16: a test that is ended by pytest-timeout leaves nothing, whichever way it is ended."""
    victim = victims.finish(
        "@pytest.mark.timeout(1)\ndef test_it(web): rest(5)", "-p", "pytest_timeout", f"--timeout-method={method}"
    )
    assert victim.process.returncode == 1
    assert azure.wait(lambda: azure.left() == [])


def test_a_fork_in_a_test(azure: Azure, victims: Victims) -> None:
    """P21: a forked child that leaves by sys.exit runs all of pytest's teardown, and deletes nothing."""
    victim = victims.finish(
        "def test_fork(web, aci):\n"
        "    child = os.fork()\n    if child == 0: sys.exit(0)\n"
        "    assert os.waitpid(child, 0)\n    assert web.refresh().state == 'Running'\n"
    )
    assert victim.process.returncode == 0, victim.said
    assert azure.left() == []


def test_a_forked_child_that_is_terminated(azure: Azure, victims: Victims) -> None:
    """P21: SIGTERM ends a forked child as if there were no plugin."""
    victim = victims.finish(
        "def test_fork(web):\n"
        "    child = os.fork()\n    if child == 0:\n        mark('child')\n        rest()\n"
        "    while not Path(os.environ['VICTIM_FOLDER'], 'child').exists(): time.sleep(0.01)\n"
        "    os.kill(child, signal.SIGTERM)\n    assert os.waitpid(child, 0)[1] == signal.SIGTERM\n"
        "    assert web.refresh().state == 'Running'\n"
    )
    assert victim.process.returncode == 0, victim.said
    assert azure.left() == []


def test_a_spawned_process(azure: Azure, victims: Victims) -> None:
    """P22: a process that multiprocessing spawns starts no watchdog and sets no handler."""
    victim = victims.finish(
        "import multiprocessing\n"
        "def look(queue):\n"
        "    import pytest_aci\n"
        "    queue.put(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)\n"
        "def test_spawn(web):\n"
        "    context = multiprocessing.get_context('spawn')\n    queue = context.Queue()\n"
        "    child = context.Process(target=look, args=(queue,))\n    child.start()\n"
        "    assert queue.get(timeout=30)\n    child.join()\n"
        "    assert web.refresh().state == 'Running'\n"
    )
    assert victim.process.returncode == 0, victim.said
    assert azure.left() == []


def test_two_runs_at_once(azure: Azure, victims: Victims) -> None:
    """P23: two runs in one repository have groups of their own, and one that ends does not touch the other's."""
    victims.write(
        "def test_it(web):\n"
        "    me = os.environ['ME']\n    mark(me)\n"
        "    while not Path(os.environ['VICTIM_FOLDER'], 'go' + me).exists(): time.sleep(0.01)\n"
        "    assert web.refresh().state == 'Running'\n"
    )
    first, second = (victims.start(environment={"ME": me}) for me in ("one", "two"))
    first.reached("one")
    second.reached("two")
    (first.folder / "goone").touch()
    assert first.ends() == 0, first.said
    (first.folder / "gotwo").touch()
    assert second.ends() == 0, second.said
    assert azure.left() == []


@pytest.mark.parametrize("hook", ["pytest_sessionfinish", "pytest_unconfigure"])
@pytest.mark.parametrize("interrupted", [False, True])
def test_another_plugin_that_fails(hook: str, interrupted: bool, azure: Azure, victims: Victims) -> None:
    """P24: a hook of another plugin that raises at the end keeps nothing from being deleted."""
    body = "raise KeyboardInterrupt" if interrupted else "pass"
    conftest = f"def {hook}():\n    raise RuntimeError('mine')\n"
    victim = victims.finish(f"def test_it(web, job): {body}", conftest=conftest)
    assert "RuntimeError: mine" in victim.said
    assert victim.process.returncode != 0
    assert azure.left() == []


def test_a_recursion_error(azure: Azure, victims: Victims) -> None:
    """P32: a test that exhausts the stack fails alone."""
    victim = victims.finish("def again(): again()\ndef test_it(web): again()")
    assert victim.process.returncode == 1
    assert azure.left() == []


def test_no_files_and_no_threads_at_the_end(azure: Azure, victims: Victims) -> None:
    """P32: a run that can start no more threads, and open few files more, deletes all by itself nevertheless."""
    victim = victims.finish(
        "import resource\n"
        "@pytest.fixture(scope='session', autouse=True)\n"
        "def starve():\n"
        "    yield\n"
        '    def refuse(*_): raise RuntimeError("can\'t start new thread")\n'
        "    threading.Thread.start = refuse\n"
        "    open_now = max(map(int, os.listdir('/proc/self/fd')))\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (open_now + 3, open_now + 3))\n"
        "def test_it(web, job): ...\n",
        "--aci-watchdog=off",
        "--aci-delete-early=no",
    )
    assert victim.process.returncode == 0, victim.said
    assert azure.left() == []


@pytest.mark.parametrize("option", ["--collect-only", "--setup-plan", "--help", "--fixtures", "--markers"])
def test_what_runs_no_test_asks_nothing(option: str, azure: Azure, victims: Victims) -> None:
    """P33: whatever only shows something sends no request and writes nothing."""
    before = len(azure.requests())
    victims.write("def test_it(web): ...")
    victim = victims.start(option)
    assert victim.ends() == 0, victim.said
    assert len(azure.requests()) == before
    assert not (victim.state / "pytest-aci").exists()


def test_setup_only_creates_and_deletes(azure: Azure, victims: Victims) -> None:
    """P33: --setup-only runs fixtures, so it creates and deletes."""
    victims.write("def test_it(web): ...")
    victim = victims.start("--setup-only")
    assert victim.ends() == 0, victim.said
    assert azure.requests("PUT", "/containerGroups/web-33")
    assert azure.left() == []


def test_a_disabled_plugin(azure: Azure, victims: Victims) -> None:
    """P34: with -p no:aci there are no fixtures and no requests."""
    before = len(azure.requests())
    (victims.folder / "test_victim.py").write_text("def test_it(aci_single): ...")
    victim = victims.run([sys.executable, "-m", "pytest", "-q", "-p", "no:aci", "-p", "no:cacheprovider"])
    assert victim.ends() == 1
    assert "fixture 'aci_single' not found" in victim.said
    assert len(azure.requests()) == before
