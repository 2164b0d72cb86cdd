from __future__ import annotations

from pathlib import Path

from pytest_aci.settings import OPTIONS, Option

ROOT = Path(__file__).parent.parent
START = "<!-- options: made from pytest_aci.settings.OPTIONS, held by tests/test_docs.py -->"


def row(option: Option) -> str:
    """Return the line of README's table for one option."""
    values = option.metavar or "{" + ",".join(option.choices) + "}"
    default = f"`{option.default}`" if option.default else ""
    cells = [f"`{option.flag}`", f"`{values}`".replace("|", "\\|"), f"`{option.ini}`", default, option.sentence]
    return "| " + " | ".join(cells) + " |"


def table() -> str:
    """Return README's table of options."""
    head = ["| option | values | ini | default | |", "|---|---|---|---|---|"]
    return "\n".join([*head, *map(row, OPTIONS)])


def test_readme_lists_the_options_as_they_are() -> None:
    """README's table of options is the one that OPTIONS makes."""
    assert f"{START}\n\n{table()}\n" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_commands_stand_alone() -> None:
    """The commands under "Run it" and "Test it" are one line each, alone in their block."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for heading in ("Run it", "Test it"):
        block = text.split(f"## {heading}\n\n```bash\n")[1].split("\n```")[0]
        assert "\n" not in block
        assert ".venv/bin/pytest" in block


if __name__ == "__main__":
    path = ROOT / "README.md"
    before, _, after = path.read_text(encoding="utf-8").partition(START)
    rest = after.partition("\n## ")[2]
    path.write_text(f"{before}{START}\n\n{table()}\n\n## {rest}", encoding="utf-8")
