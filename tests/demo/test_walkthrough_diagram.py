"""docs/walkthrough-diagram.sh as a newcomer runs it: from a list of servers to a published diagram, and back."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from demo.walk import Walk, run_walkthrough

SCRIPT = Path(__file__).parents[2] / "docs" / "walkthrough-diagram.sh"


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    keys = {"ESA_WRITE_TOKEN": "never-used", "ESA_ACCESS_TOKEN": "never-used", "GIT_CONFIG_GLOBAL": "/dev/null"}
    return run_walkthrough(SCRIPT, tmp_path_factory.mktemp("walk"), keys)


def test_the_script_runs_to_its_end_through_every_verb(walk: Walk) -> None:
    assert walk.code == 0, walk.everything
    verbs = [" ".join(command.split()[:3]) for command, _ in walk.steps]
    for verb in (
        "init --from",
        "diff HEAD",
        "build",
        "check --fail-on",
        "publish --insert",
        "publish",
        "publish --yes",
        "collect ec2",
        "check --drift",
        "adopt",
        "build --drift",
    ):
        assert any(f"kb diagram {verb}".startswith(each) for each in verbs), verb
    assert "never-used" not in walk.everything


def test_files_are_sent_once_and_nothing_where_nothing_changed(walk: Walk) -> None:
    dry, first, same, second = walk.said("kb diagram publish")
    assert "PATCH http://127.0.0.1:" in dry
    for each in (first, second):
        assert "アップロード 3 個" in each
        assert "済み 1 件" in each
    assert "同じ内容です。何も送っていません" in same
    assert "リクエスト" not in same
    journals = sorted((walk.folder / ".kb" / "runs").glob("*.jsonl"))
    sent = [json.loads(line) for path in journals for line in path.read_text("utf-8").splitlines()]
    urls = [each["url"] for each in sent if "url" in each]
    assert len(urls) == len(set(urls)) == 6
    assert len(journals) == 6  # two of files, two of edits, two undoings


def test_what_changes_is_shown_before_it_is_drawn_anew(walk: Walk) -> None:
    first, second = walk.said("kb diagram diff")
    assert "＋ つながり adsv-prd-web → adsv-prd-db（入札）" in first
    assert "＋ ノード report（レポート）" in second
    assert (walk.folder / "diff.png").read_bytes().startswith(b"\x89PNG")
    assert "＋ レポート" in (walk.folder / "diff.svg").read_text("utf-8")


def test_the_table_somebody_made_by_hand_stands_as_it_did(walk: Walk) -> None:
    before, after = walk.said("kb show esa:1226")
    after = re.sub(r"^ノード: .*\n", "", after, flags=re.M)  # of a model, which was not there before
    assert before.split("\n# ")[0].split() == after.split("\n図は ")[0].split()
    assert "誰も知らない" in after
    assert all("esa に残ります" in each for each in walk.said("kb undo"))


def test_what_runs_is_held_against_it_and_changes_nothing_that_is_published(walk: Walk) -> None:
    found, question = walk.said("kb diagram check --drift")
    assert re.findall(r"警告 (SYS2\d+)", found) == ["SYS201", "SYS201", "SYS211"]
    assert "report-ftp-old（i-0f9）" in found
    assert 'match = { ec2_name = ["report-ftp-old"] }' in walk.said("kb diagram adopt")[0]
    assert "何のためのものですか" in question
    assert (walk.folder / ".kb" / "pictures" / "all.svg").is_file()
    assert "◇1" not in (walk.folder / "diagrams" / "pictures" / "all.svg").read_text("utf-8")


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kb.toml").write_text("mine")
    done = subprocess.run(["bash", str(SCRIPT), str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert [path.name for path in tmp_path.iterdir()] == ["kb.toml"]
