"""docs/walkthrough-changes.sh as a newcomer runs it: from findings to 【完了】, and back to where it began."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kb.changes.plan import Key
from kb.changes.plan_file import plan_in
from kb.commands.demo_steps import environment
from kb.mirror import heads
from kb.mirror.store import Mirror
from kb.sandbox.team import build

SCRIPT = Path(__file__).parents[2] / "docs" / "walkthrough-changes.sh"


@dataclass(frozen=True, slots=True)
class Walk:
    """What the script printed, command by command, and the folder it left."""

    code: int
    steps: tuple[tuple[str, str], ...]
    folder: Path
    everything: str

    def said(self, start: str) -> list[str]:
        """What each command that starts so printed."""
        return [output for command, output in self.steps if command.startswith(start)]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    place = tmp_path_factory.mktemp("walk")
    (place / "bin").mkdir()
    (place / "bin" / "kb").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kb "$@"\n')
    (place / "bin" / "kb").chmod(0o755)
    # Whoever tries it may have real keys about: none may be used.
    env = environment() | {"ESA_WRITE_TOKEN": "mine", "REDMINE_WRITE_KEY": "mine", "ESA_ACCESS_TOKEN": "mine"}
    env |= {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    argv = ["bash", "-c", 'exec bash "$0" "$1" 2>&1', str(SCRIPT), str(place / "team")]
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, text=True, timeout=240, check=False)
    pieces = re.split(r"^\$ (.+)\n", done.stdout, flags=re.M)
    steps = tuple(zip(pieces[1::2], pieces[2::2], strict=True))
    return Walk(done.returncode, steps, place / "team", done.stdout)


def findings(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def count(output: str, pattern: str) -> int:
    found = re.search(pattern, output)
    assert found, output
    return int(found[1])


def test_the_script_runs_to_its_end(walk: Walk) -> None:
    assert walk.code == 0, walk.everything
    verbs = [" ".join(command.split()[:2]) for command, _ in walk.steps]
    for verb in ("kb init", "kb sync", "kb plan", "kb review", "kb apply", "kb history", "kb undo", "cmp before.jsonl"):
        assert verb in verbs


def test_what_was_accepted_is_what_is_sent(walk: Walk) -> None:
    plan = plan_in((walk.folder / "done.toml").read_text("utf-8"), "done.toml")
    accepted = len({change.target for change in plan.accepted})
    assert 0 < accepted < len(plan.changes)  # what goes the other way waits for a person
    rehearsed, applied = walk.said("kb apply done.toml")
    undone = walk.said("kb undo")[-1]
    assert [count(rehearsed, r"送る (\d+)"), count(applied, r"済み (\d+)"), count(undone, r"済み (\d+)")] == [
        accepted
    ] * 3
    assert count(rehearsed, r"・(\d+) リクエスト") < accepted <= count(applied, r"・(\d+) リクエスト")
    assert count(applied, r"リクエスト: esa (\d+)") == count(applied, r"・(\d+) リクエスト")  # as foretold


def test_findings_go_down_and_come_back(walk: Walk) -> None:
    before, between, after = (count(each, r"指摘 (\d+) 件") for each in walk.said("kb lint"))
    assert between < before == after
    assert findings(walk.folder, "before.jsonl") == findings(walk.folder, "after.jsonl")
    assert len(findings(walk.folder, "before.jsonl")) >= before


def test_the_history_names_both_runs_and_what_the_first_one_did(walk: Walk) -> None:
    plan = plan_in((walk.folder / "done.toml").read_text("utf-8"), "done.toml")
    shown = "".join(walk.said("kb history"))
    for change in plan.accepted:
        assert change.target in shown
        assert str(change.after.get(Key.TITLE, "")) in shown
    assert len(list((walk.folder / ".kb" / "runs").glob("*.jsonl"))) == 2


def test_everything_read_again_stands_as_the_team_was_made(walk: Walk) -> None:
    made = build(datetime.now(UTC))
    with Mirror.open(walk.folder / ".kb" / "mirror.db", readonly=True) as mirror:
        assert [(each.number, each.title, each.category, each.tags, each.wip) for each in heads.posts(mirror)] == [
            (each["number"], each["name"], each["category"] or "", tuple(each["tags"]), each["wip"])
            for each in made.posts
        ]
        tickets = [mirror.ticket(each["id"]) for each in made.tickets]
    stand = [(each.raw["status"]["name"], _assignee(each.raw)) for each in tickets if each]
    assert stand == [(each["status"]["name"], _assignee(each)) for each in made.tickets]


def _assignee(row: Mapping[str, Any]) -> str:
    return str((row.get("assigned_to") or {}).get("name", ""))


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kb.toml").write_text("mine")
    done = subprocess.run(["bash", str(SCRIPT), str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert [path.name for path in tmp_path.iterdir()] == ["kb.toml"]
