from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import pytest

from pytest_aci.provisioning.sheet import Sheet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("is_shared", [False, True], ids=["alone", "shared"])
def test_changes_of_threads_do_not_get_lost(tmp_path: Path, is_shared: bool) -> None:
    """Each one sees what the others have written before it, also where every one opens the file for itself."""
    file = tmp_path / "new" / "sheet.json" if is_shared else None
    sheet = Sheet[list[int]](file, [])

    def write(number: int) -> None:
        mine = Sheet[list[int]](file, []) if is_shared else sheet
        with mine.changing() as seen:
            seen.append(number)

    threads = [Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sheet.changing() as seen:
        assert sorted(seen) == list(range(16))


def test_what_is_refused_is_not_written(tmp_path: Path) -> None:
    """If the block raises, the next reader finds what was there before it, and nobody waits for ever."""
    file = tmp_path / "sheet.json"
    with Sheet[list[int]](file, []).changing() as seen:
        seen.append(1)

    def refuse() -> None:
        with Sheet[list[int]](file, []).changing() as seen:
            seen.append(2)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        refuse()
    with Sheet[list[int]](file, []).changing() as seen:
        assert seen == [1]
