from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest_aci

if TYPE_CHECKING:
    import pytest

PACKAGE = Path(pytest_aci.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOT = Path(__file__).parent.parent
EXEMPTED = ("pytest_aci", "tests", "examples", "benchmarks", "docs")

# Every floor of the house, from the ground: a module may import from lower floors and from its own folder.
FLOORS = (
    ("errors", "emulator"),
    ("prices", "secret_signs", "difference", "frames"),
    ("settings",),
    ("spec", "recording"),
    ("arm",),
    ("cleanup",),
    ("provisioning",),
    ("reporting", "run"),
    ("plugin", "__main__"),
)
LEVELS = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}

# Who may import a library that belongs behind one door.
DOORS = {"azure": "arm", "msrestazure": "arm", "vcr": "recording", "pytest": "plugin", "_pytest": "plugin"}

HEAVY = ("azure", "vcr", "msrestazure", "uvicorn", "docker", "pytest_aci.emulator")


def room_of(module: Path) -> str:
    """The top folder or file of the package to which a module belongs; empty for the package's own face."""
    first = module.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imports_of(module: Path) -> list[str]:
    """The dotted names of everything that a module imports when it runs, inside of functions too."""
    names: list[str] = []
    pending: list[ast.AST] = [ast.parse(module.read_text(encoding="utf-8"))]
    package = [PACKAGE.name, *module.relative_to(PACKAGE).parent.parts]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            names += [f"{origin}.{alias.name}" for alias in node.names]
        pending += ast.iter_child_nodes(node)
    return names


def rooms_used(module: Path) -> set[str]:
    """The rooms of this package whose modules a module imports."""
    ours = [name.split(".") for name in imports_of(module) if name.split(".")[0] == PACKAGE.name]
    return {parts[1] for parts in ours if len(parts) > 1 and parts[1] in LEVELS}


def importable() -> list[str]:
    """The dotted names of all modules, without what runs as a program of its own."""
    places = [module.relative_to(PACKAGE.parent).with_suffix("").parts for module in MODULES]
    programs = {"standins", "warden", "__main__"}
    return [".".join(parts).removesuffix(".__init__") for parts in places if not programs & set(parts)]


def test_every_room_has_a_floor() -> None:
    """The table of floors names every folder and file of the package, and nothing else."""
    assert {room_of(module) for module in MODULES} - {""} == set(LEVELS)


def test_the_page_has_the_same_floors() -> None:
    """ARCHITECTURE.md's table is the one that is held here: from the ground, the rooms of each floor."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (`.*?) \|", page, re.MULTILINE)
    rooms = {int(floor): set(re.findall(r"`(\w+)(?:/|\.py)`", names)) for floor, names in rows}
    assert rooms == {floor: set(names) for floor, names in enumerate(FLOORS, 1)}


def test_imports_run_downwards() -> None:
    """A module imports only from lower floors and from its own folder; the emulator imports nothing of ours."""
    wrong = {
        (str(module.relative_to(PACKAGE)), used)
        for module in MODULES
        if (room := room_of(module))
        for used in rooms_used(module) - {room}
        if LEVELS[used] >= LEVELS[room] or room == "emulator"
    }
    assert not wrong


def test_libraries_stay_behind_their_doors() -> None:
    """Only arm imports the Azure SDK, only recording imports vcrpy, and only plugin imports pytest."""
    wrong = {
        (str(module.relative_to(PACKAGE)), name)
        for module in MODULES
        for name in imports_of(module)
        if room_of(module) != DOORS.get(name.split(".")[0], room_of(module))
    }
    assert not wrong


def test_starting_pytest_loads_no_heavy_library(pytester: pytest.Pytester) -> None:
    """A run of a suite without containers loads neither Azure's SDK nor vcrpy nor the emulator."""
    pytester.makepyfile(
        f"""
        import sys

        def test_it():
            loaded = [name for name in sys.modules for heavy in {HEAVY!r} if (name + ".").startswith(heavy + ".")]
            assert loaded == []
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_public_names_are_sorted_and_there() -> None:
    """`__all__` is sorted, and every name in it exists."""
    assert list(pytest_aci.__all__) == sorted(pytest_aci.__all__)
    assert all(hasattr(pytest_aci, name) for name in pytest_aci.__all__)


def test_public_names_are_complete() -> None:
    """Whatever the package's face imports for its users is in `__all__`."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert imported - {"annotations", "TYPE_CHECKING"} <= set(pytest_aci.__all__)


def test_every_module_defers_its_annotations() -> None:
    """Annotations are never evaluated, so that types can be imported for type checkers only."""
    texts = {module: module.read_text(encoding="utf-8") for module in MODULES if "standins" not in module.parts}
    # the stand-ins are small programs that start often, and each for itself
    assert not [module for module, text in texts.items() if text and "from __future__ import annotations" not in text]


def test_every_module_can_be_imported_first() -> None:
    """Whichever module of the package is imported first, there is no cycle to fall into."""
    program = """
        import sys
        from importlib import import_module

        for name in sys.argv[1:]:
            for known in [one for one in sys.modules if one.split(".")[0] == "pytest_aci"]:
                del sys.modules[known]
            import_module(name)
    """
    command = [sys.executable, "-c", dedent(program), *importable()]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_every_exemption_has_its_reason() -> None:
    """What the linter or mypy is told to overlook says why, on its own line."""
    exemption = re.compile(r"#\s*(?:ruff: )?(?:noqa\b[^#]*|type: ignore\b[^#]*)(.*)$")
    files = [path for place in EXEMPTED for path in (ROOT / place).rglob("*.py")]
    lines = ((path, line) for path in files for line in path.read_text(encoding="utf-8").splitlines())
    assert [f"{path}: {line}" for path, line in lines if (it := exemption.search(line)) and len(it[1]) < 5] == []
