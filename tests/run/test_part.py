from __future__ import annotations

from threading import Barrier, RLock, Thread

from pytest_aci.run.part import part


class House:
    """Has two parts, one made of the other, and counts how often each is made."""

    def __init__(self) -> None:
        self.making = RLock()
        self.made: list[str] = []
        self.door = Barrier(8)

    @part
    def wall(self) -> list[str]:
        """What a roof stands on."""
        self.made.append("wall")
        return ["wall"]

    @part
    def roof(self) -> list[str]:
        """What stands on a wall."""
        self.made.append("roof")
        return [*self.wall, "roof"]


def test_a_part_is_made_once_however_many_threads_ask() -> None:
    """Eight threads that ask at the same moment get the same object, made once."""
    house = House()
    got: list[list[str]] = []

    def ask() -> None:
        house.door.wait(30)
        got.append(house.roof)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert house.made == ["roof", "wall"]
    assert len(got) == 8
    assert {id(one) for one in got} == {id(house.roof)}


def test_what_was_made_is_seen_without_making_it() -> None:
    """Whether a part exists can be asked without making it: it stands among the whole's own attributes."""
    house = House()
    assert "wall" not in vars(house)
    assert house.wall is vars(house)["wall"]


def test_the_class_shows_the_part_itself() -> None:
    """Documentation tools find the sentence that says what a part is."""
    assert House.roof.__doc__ == "What stands on a wall."
