"""A slice of `torture_kit.damaged_files`: each file of a workspace damaged in some ways, one command for each."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch

import pytest
from torture_kit.damaged_files import (
    DAMAGES,
    Damage,
    Stand,
    commands_for,
    empty,
    flip,
    halve,
    make_folder,
    make_link,
    make_pipe,
    play,
    standing,
)
from torture_kit.hostile_dates import STAMPS, DateSet


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("damaged")) as made:
        yield made


def test_no_damaged_file_ends_a_command_unexpectedly(stand: Stand) -> None:
    told = list[str]()
    for number, name in enumerate(stand.files()):
        for turn in range(3):
            damage = DAMAGES[(number + 2 * turn) % len(DAMAGES)]
            commands = commands_for(name)
            command = commands[(7 * number + 11 * turn) % len(commands)]
            told.append(play(stand, name, damage, command)[1])
    assert [each for each in told if each] == []


@pytest.mark.parametrize("number", range(len(STAMPS)))
def test_no_date_of_a_file_ends_a_command_unexpectedly(stand: Stand, number: int) -> None:
    told = list[str]()
    for place, name in enumerate(stand.files()):
        if stand.dates(name):
            commands = commands_for(name)
            told += [play(stand, name, DateSet("", number), commands[(place + 11 * number) % len(commands)])[1]]
    told += [play(stand, ".kb/mirror.db", DateSet("marks.value", number), ("sync",))[1]]
    assert [each for each in told if each] == []


@pytest.mark.parametrize("name", [".kb/cache/judged.db", ".kb/known.db", ".kb/mirror.db", ".kb/state.db"])
def test_a_store_of_noise_is_named_or_made_anew(stand: Stand, name: str) -> None:
    for damage in DAMAGES:
        assert play(stand, name, damage, HANDOVER)[1] == ""


HANDOVER = ("handover", "operator", "--until", "2027-12-25")


@pytest.mark.parametrize(
    ("name", "damage", "command"),
    [
        (".kb/cache/judged.db", flip, "secrets list"),  # what is no UTF-8 in it
        (".kb/mirror.db", make_link, "lint --exit-zero"),
        (".kb/runs/20*.jsonl", make_pipe, "history last"),
        (".kb/runs/20*.jsonl", empty, "undo last --yes"),
        (".kb/snapshots/ec2.json", halve, "diagram check --drift"),
        ("diagrams/system.toml", make_folder, "runbook kr-prd-web-01"),
        ("diagrams/system.toml", empty, "runbook kr-prd-web-01"),
    ],
)
def test_what_once_was_not_named_is(stand: Stand, name: str, damage: Damage, command: str) -> None:
    (found,) = (each for each in stand.files() if fnmatch(each, name))
    assert play(stand, found, damage, tuple(command.split()))[1] == ""
