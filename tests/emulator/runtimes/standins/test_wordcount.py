from __future__ import annotations

from collections import Counter

import pytest

from pytest_aci.emulator.runtimes.standins import wordcount


def test_words() -> None:
    """Words are runs of letters and digits with inner apostrophes; tags are none, upper case matters."""
    assert wordcount.count("<b class='x'>It's</b> it's 2 two, TWO\n--- _two_") == Counter(
        {"It's": 1, "it's": 1, "2": 1, "two": 2, "TWO": 1}
    )


def test_ranking() -> None:
    """The most frequent words come first, equals by the alphabet, and short ones are left out."""
    counts = Counter({"aa": 1, "b": 9, "cc": 3, "dd": 3})
    assert wordcount.rank(counts, 2, 2) == [("cc", 3), ("dd", 3)]
    assert wordcount.rank(counts, 9, 0) == [("b", 9), ("cc", 3), ("dd", 3), ("aa", 1)]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ([], "[('HAMLET', 386), ('HORATIO', 129), ('CLAUDIUS', 120)]\n"),
        (
            ["http://shakespeare.mit.edu/romeo_juliet/full.html"],
            "[('ROMEO', 177), ('JULIET', 134), ('CAPULET', 119)]\n",
        ),
    ],
)
def test_offline_texts(
    arguments: list[str], shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The texts of the documentation are counted without any network."""
    monkeypatch.setattr("sys.argv", ["wordcount.py", *arguments])
    monkeypatch.setattr(wordcount, "fetch", lambda _: pytest.fail("the network was asked"))
    monkeypatch.setenv("NumWords", "3")
    monkeypatch.setenv("MinLength", "5")
    assert wordcount.main() == 0
    assert capsys.readouterr().out == shown


def test_ten_words_by_default(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without variables ten words of any length are shown, one per line."""
    monkeypatch.setattr("sys.argv", ["wordcount.py"])
    monkeypatch.delenv("NumWords", raising=False)
    monkeypatch.delenv("MinLength", raising=False)
    assert wordcount.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert (len(lines), lines[0], lines[-1]) == (10, "[('the', 990),", " ('HAMLET', 386)]")


def test_fetched_text(page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Any other URL is fetched."""
    monkeypatch.setattr("sys.argv", ["wordcount.py", page])
    assert wordcount.main() == 0
    assert capsys.readouterr().out == "[('gamma', 3), ('beta', 2), ('alpha', 1), (\"it's\", 1)]\n"


@pytest.mark.parametrize(
    ("url", "reason"), [("file:///etc/passwd", "unknown url type"), ("http://127.0.0.1:1/", "refused")]
)
def test_unfetchable(
    url: str, reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text that can not be had is an error of the task, with the URL and the reason."""
    monkeypatch.setattr("sys.argv", ["wordcount.py", url])
    assert wordcount.main() == 1
    complaint = capsys.readouterr().err
    assert complaint.startswith(f"{url} could not be fetched: ")
    assert reason in complaint
