"""docs/walkthrough-changes.sh as a newcomer runs it: from findings to 【完了】, and back to where it began."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from demo.walk import Walk, run_walkthrough

from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.plan import ChangeKey
from kb.plan.file.parse import parse_plan
from kb.sandbox.team import build
from kb.settings.plan_tables import PlanSettings

SCRIPT = Path(__file__).parents[2] / "docs" / "walkthrough-changes.sh"


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    keys = {"ESA_WRITE_TOKEN": "mine", "REDMINE_WRITE_KEY": "mine", "ESA_ACCESS_TOKEN": "mine"}
    return run_walkthrough(SCRIPT, tmp_path_factory.mktemp("walk"), keys)


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


def accepted(walk: Walk, name: str) -> int:
    plan = parse_plan((walk.folder / name).read_text("utf-8"), name)
    return len({change.target for change in plan.accepted})


def test_what_was_accepted_is_what_is_sent_and_taken_back(walk: Walk) -> None:
    done, closed = accepted(walk, "done.toml"), accepted(walk, "close.toml")
    rehearsed, applied = walk.said("kb apply done.toml")
    (closing,) = walk.said("kb apply close.toml")
    back = walk.said("kb undo")  # the newest first
    assert count(rehearsed, r"送る (\d+)") == done > 0
    assert [count(each, r"済み (\d+)") for each in (applied, closing, *back)] == [done, closed, closed, done]
    assert count(rehearsed, r"・(\d+) リクエスト") < done <= count(applied, r"・(\d+) リクエスト")
    for each in (applied, closing):  # as foretold
        assert count(each, r"リクエスト: \w+ (\d+)") == count(each, r"・(\d+) リクエスト")


def test_what_goes_the_other_way_waits_for_a_person(walk: Walk) -> None:
    plan = parse_plan((walk.folder / "done.toml").read_text("utf-8"), "done.toml")
    waiting = [change for change in plan.changes if not change.accept]
    assert waiting
    for change in waiting:  # a mark that would be taken off
        assert str(change.before[ChangeKey.TITLE]) == f"【完了】{change.after[ChangeKey.TITLE]}"


def test_more_tickets_than_the_limit_are_closed_by_stating_their_number(walk: Walk) -> None:
    number = accepted(walk, "close.toml")
    assert number > PlanSettings().most_closed
    (reviewed,) = walk.said("kb review close.toml")
    assert f"--allow {number}" in reviewed
    assert [command for command, _ in walk.steps if "--allow" in command] == [
        f"kb apply close.toml --allow {number} --yes"
    ]


def test_findings_go_down_and_come_back(walk: Walk) -> None:
    before, kept, between, after = (count(each, r"指摘 (\d+) 件") for each in walk.said("kb lint"))
    assert between < before == kept == after
    assert findings(walk.folder, "before.jsonl") == findings(walk.folder, "after.jsonl")
    assert len(findings(walk.folder, "before.jsonl")) >= before


def test_the_history_names_both_runs_the_newest_first(walk: Walk) -> None:
    (shown,) = walk.said("kb history")
    names = re.findall(r"^(\d{8}-\d+) .* (\w+\.toml)$", shown, re.M)
    assert [name for _, name in names] == ["close.toml", "done.toml"]
    assert len(list((walk.folder / ".kb" / "runs").glob("*.jsonl"))) == 2 * len(names)


def test_everything_read_again_stands_as_the_team_was_made(walk: Walk) -> None:
    made = build(datetime.now(UTC))
    with Mirror.open(walk.folder / ".kb" / "mirror.db", readonly=True) as mirror:
        assert [
            (each.number, each.title, each.category, each.tags, each.wip) for each in queries.post_heads(mirror)
        ] == [
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
