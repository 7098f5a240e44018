"""A slice of `torture_kit.damaged_files`: each file of a workspace damaged in some ways, one command for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from torture_kit.damaged_files import COMMANDS, DAMAGES, Stand, standing, try_damage


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("damaged")) as made:
        yield made


def test_no_damaged_file_ends_a_command_unexpectedly(stand: Stand) -> None:
    told: list[str] = []
    for number, name in enumerate(stand.files()):
        for turn in range(3):
            damage = DAMAGES[(number + 2 * turn) % len(DAMAGES)]
            command = COMMANDS[(7 * number + 11 * turn) % len(COMMANDS)]
            told += try_damage(stand, name, damage, [command], number)
    assert told == []


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (name, command)
        for name in (".kb/cache/judged.db", ".kb/known.db", ".kb/mirror.db", ".kb/state.db")
        for command in ("handover operator --until 2027-12-25",)
    ],
)
def test_a_store_of_noise_is_named_or_made_anew(stand: Stand, name: str, command: str) -> None:
    for number, damage in enumerate(DAMAGES):
        assert [*try_damage(stand, name, damage, [command.split()], number)] == []
