"""Every `run:` of the workflows and the action, run here against the sandbox as GitHub's runner runs it."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from deploy.conftest import ROOT, Site
from deploy.runner import Played, Runner
from servers import Sandbox

DAILY, WEEKLY = "30 20 * * *", "30 23 * * 0"
BAD = "## 概要\n止まった。\n## 原因\n不明\n## 再発防止\nTODO\n"


@pytest.fixture
def runner(site: Site, wheel: Path, installed: Path, tmp_path: Path) -> Runner:
    site.kb("init", "--github", "--kb-source", str(wheel))
    secrets = {**site.secrets, "ESA_WRITE_TOKEN": site.box.token_for(user="ono", scopes=["read", "write"])}
    env = {**site.env, "PATH": f"{installed}{os.pathsep}{site.env['PATH']}"}
    return Runner(site.root, tmp_path / "runner", tmp_path / "cache", env, secrets)


@pytest.fixture
def weekly(site: Site, runner: Runner) -> Callable[..., Played]:
    """The weekly workflow once, with what must be true of every run of it."""

    def play(event: str = "schedule", schedule: str = DAILY) -> Played:
        played = runner.job(site.root / ".github" / "workflows" / "kb-weekly.yml", event, schedule)
        assert not (site.root / ".kb").exists()
        everything = played.log + played.summary + played.told
        assert [name for name, value in runner.secrets.items() if value and value in everything] == []
        assert [path.name for path in played.saved] in ([], ["state.jsonl.gz"])
        return played

    return play


def hidden_titles(site: Site) -> set[str]:
    """The titles of what not every member can read."""
    site.kb("sync")
    with closing(sqlite3.connect(site.root / ".kb" / "mirror.db")) as db:
        rows = db.execute("SELECT title, visibility FROM documents WHERE title != ''").fetchall()
    open_to_all = " ".join(title for title, visibility in rows if visibility >= 2)
    return {title for title, visibility in rows if visibility < 2 and title not in open_to_all}


def post(box: Sandbox, name: str) -> int:
    fields = {"name": name, "category": "不具合共有/2026", "body_md": BAD}
    return int(box.edit("esa", "create", as_="sato", fields=fields)["number"])


@pytest.mark.long
def test_a_first_run_begins_a_history_and_the_next_tells_what_is_new(
    site: Site, weekly: Callable[..., Played], runner: Runner
) -> None:
    secret_titles = hidden_titles(site)
    assert secret_titles
    first = weekly()
    assert (first.code, first.failed) == (0, ""), first.log
    assert "ここから始めます" in first.log
    assert [path.name for path in first.saved] == ["state.jsonl.gz"]
    post(site.box, "配信が止まった件")
    second = weekly()
    assert (second.code, second.failed) == (0, ""), second.log
    assert "取り込みました" in second.log
    news = re.findall(r"^::error .*?title=INC402.*$", second.log, re.M)
    assert len(news) == 1
    assert "配信が止まった件" in news[0]
    assert "配信が止まった件" in second.summary
    for played in (first, second):
        assert "週の報告を載せる" not in played.ran
        assert [title for title in secret_titles if title in played.log + played.summary] == []


def test_on_monday_the_report_is_published(site: Site, weekly: Callable[..., Played]) -> None:
    site.kb("sync")
    site.kb("lint", "--exit-zero")
    site.kb("report", "--publish", "esa", "--insert", "top", "--yes")
    written = site.box.requests("esa")
    played = weekly("schedule", WEEKLY)
    assert (played.code, played.failed) == (0, ""), played.log
    assert "週の報告を載せる" in played.ran
    assert "同じ内容" in played.log or "週の報告" in played.log
    assert [route for route in written if route.startswith("PATCH")] != []


UNREAD = "を最後まで読み取れませんでした。ここの記事やチケットは、この週報のどの数にも入っていません。"


def figures(summary: str) -> str:
    """A report, but for the line that tells when it was made."""
    return re.sub(r"^\*\*.*\*\*.*$", "", summary, count=1, flags=re.M)


def test_a_source_that_fails_is_named_in_a_report_of_the_rest_and_ends_the_run_in_red(
    site: Site, weekly: Callable[..., Played], runner: Runner, tmp_path: Path
) -> None:
    """Beside it, from the same history, a run that never failed: the next good one must say what that says."""
    site.kb("sync")
    site.kb("report", "--publish", "esa", "--insert", "top", "--yes")
    weekly()
    shutil.copytree(runner.cache, tmp_path / "other")
    post(site.box, "配信が止まった件")
    runner.secrets["REDMINE_API_KEY"] = "0" * 40
    played = weekly("schedule", WEEKLY)
    assert (played.code, played.failed) == (3, "写せないソースがあれば失敗にする"), played.log
    assert played.ran[-3:-1] == ["週の報告を載せる", "写せないソースがあれば失敗にする"]
    assert [path.name for path in played.saved] == ["state.jsonl.gz"]
    (number,) = re.findall(r"esa_post = (\d+)", (site.root / "kb.toml").read_text("utf-8"))
    (published,) = (row["body_md"] for row in site.box.dump("esa") if str(row["number"]) == number)
    for told in (played.summary, published):
        assert re.search(rf"⚠ Redmine（[^）]*）{UNREAD}", told)
        assert "配信が止まった件" in told
        assert re.search(r"^\| (?!0 )[^|]+ \| 0 \| 0 \|", told, re.M)  # new, and none mended or back
    runner.secrets["REDMINE_API_KEY"] = site.box.api_key
    after = weekly()
    assert after.code == 0, after.log
    assert not re.search(r"^::(?:error|warning|notice) .*title=[A-Z]{3}\d", after.log, re.M)  # no finding is new
    runner.cache = tmp_path / "other"
    assert figures(weekly().summary) == figures(after.summary)


def test_where_every_source_fails_there_is_no_report_and_the_summary_says_so(
    site: Site, weekly: Callable[..., Played], runner: Runner
) -> None:
    runner.secrets |= {"REDMINE_API_KEY": "0" * 40, "ESA_ACCESS_TOKEN": "0" * 40}
    played = weekly("schedule", WEEKLY)
    assert (played.code, played.failed) == (3, "写す"), played.log
    assert "::error title=kb sync::終了コード 3" in played.log
    assert played.summary == "kb sync が終了コード 3 で終わったので、今回の週報はありません。履歴は前のままです。\n"
    assert played.saved == []
    assert played.ran == ["kb を入れる", "写す", "写しを消す"]


def test_without_a_key_it_stops_and_says_which_secret_is_missing(
    site: Site, weekly: Callable[..., Played], runner: Runner
) -> None:
    runner.secrets["KB_KEY"] = ""
    played = weekly()
    assert (played.code, played.failed) == (2, "履歴を取り込む")
    assert "KB_KEY がありません" in played.log
    assert played.ran[-1] == "写しを消す"


# -- plans ---------------------------------------------------------------------------------------


@pytest.fixture
def plans(site: Site, runner: Runner) -> Callable[[dict[str, str]], Played]:
    """The plans' workflow on a pull request that brings some files."""

    def play(files: dict[str, str]) -> Played:
        site.git("checkout", "-q", "-b", "change")
        for name, text in files.items():
            (site.root / name).parent.mkdir(parents=True, exist_ok=True)
            (site.root / name).write_text(text, encoding="utf-8")
        site.git("add", "--", *files)
        site.git("commit", "-q", "-m", "a plan")
        site.git("checkout", "-q", "main")
        site.git("merge", "-q", "--no-ff", "-m", "merge", "change")
        return runner.job(site.root / ".github" / "workflows" / "kb-plans.yml", "pull_request")

    return play


@pytest.fixture(scope="module")
def plan(deploy_box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of a plan of the team's."""
    root = tmp_path_factory.mktemp("plan")
    (root / "kb.toml").write_text('[esa]\nteam = "adteam"\n[incidents]\nplaces = ["不具合共有/**"]\n', encoding="utf-8")
    env = {**os.environ, "ESA_API_BASE_URL": deploy_box.esa, "ESA_ACCESS_TOKEN": deploy_box.token}
    deploy_box.reset(data=True)
    for words in (("sync",), ("plan", "done", "-o", "made.toml")):
        subprocess.run([sys.executable, "-m", "kb", *words], cwd=root, env=env, check=True, capture_output=True)
    return (root / "made.toml").read_text("utf-8")


def test_a_plan_in_a_pull_request_is_read_and_counted(plans: Callable[..., Played], plan: str) -> None:
    plan = plan.replace("\naccept = true", "\naccept = false", 1)
    played = plans({"plans/done.toml": plan, "other.toml": 'format = 1\nteam = "x"\n'})
    assert (played.code, played.failed) == (0, ""), played.log
    assert re.search(
        r"^::notice file=plans/done\.toml,title=kb review::変更案 [0-9a-f]{16}（チーム adteam", played.log, re.M
    )
    many, sent = plan.count("\n[[change]]"), plan.count("\naccept = true")
    assert 0 < sent < many
    told = rf"^    plans/done\.toml: 変更案 .*\n      変更 {many} 件: 送る {sent}、送らない {many - sent}。"
    assert re.search(told, played.summary, re.M)
    assert "other.toml" not in played.log + played.summary


@pytest.mark.parametrize(
    ("edit", "code", "said"),
    [
        (lambda text: text.replace("[[change]]", "[[change]", 1), 2, "plan.toml"),
        (lambda text: text[: text.rindex("[[change]]")], 2, "途中で切れて"),
        (
            lambda text: text.replace('after = {title = "', 'after = {title = "password: Xk29-hunter2-qqA ', 1),
            2,
            "秘密",
        ),
    ],
)
def test_a_plan_that_cannot_be_applied_fails_with_an_annotation(
    plans: Callable[..., Played], plan: str, edit: Callable[[str], str], code: int, said: str
) -> None:
    assert edit(plan) != plan
    played = plans({"plan.toml": edit(plan)})
    assert played.code == code
    assert re.search(rf"^::error file=plan\.toml,title=kb review::.*{said}", played.log, re.M)
    assert "hunter2" not in played.log + played.summary


def test_a_plan_of_another_team_is_refused(plans: Callable[..., Played], plan: str, site: Site) -> None:
    text = (site.root / "kb.toml").read_text("utf-8").replace("adteam", "others")
    assert plans({"plan.toml": plan, "kb.toml": text}).code == 5


def test_names_of_files_are_only_names(plans: Callable[..., Played], plan: str, site: Site) -> None:
    names = [
        "$(touch pwned).toml",
        "`touch pwned`.toml",
        "a b'\".toml",
        "-rf.toml",
        "x\n::error::y.toml",
        "表.toml",
        "```.toml",
    ]
    played = plans({f"{name}": plan for name in names})
    assert played.code == 0, played.log
    assert not (site.root / "pwned").exists()
    assert played.log.count("::notice file=") == len(names)
    assert not re.search(r"^::error", played.log, re.M)
    assert not re.search(r"^(?!## |    ).", played.summary, re.M)


def test_a_link_to_another_file_is_left(plans: Callable[..., Played], plan: str, site: Site, tmp_path: Path) -> None:
    outside = tmp_path / "outside.toml"
    outside.write_text(plan, encoding="utf-8")
    os.symlink(outside, site.root / "link.toml")
    site.git("add", "link.toml")
    played = plans({"plain.toml": plan})
    assert "link.toml" not in played.log


# -- the action ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("lint --format jsonl 'notes/a b.md'", 1, '"INC402"'),
        ("lint --exit-zero notes", 0, "INC402"),
        ("lint '; touch pwned' \"$(touch pwned)\"", 2, "touch pwned"),
        ("explain INC999", 2, "INC999"),
    ],
)
def test_the_action_installs_kb_and_runs_one_command(
    site: Site, runner: Runner, wheel: Path, command: str, code: int, said: str
) -> None:
    (site.root / "notes").mkdir()
    (site.root / "notes" / "a b.md").write_text(f"# 障害\n\n{BAD}", encoding="utf-8")
    told = yaml.safe_load((ROOT / ".github" / "actions" / "kb" / "action.yml").read_text("utf-8"))
    given = {name: str(each.get("default", "")) for name, each in told["inputs"].items()}
    given |= {"command": command, "source": str(wheel)}
    played = runner.steps(told["runs"]["steps"], {}, {f"inputs.{name}": value for name, value in given.items()})
    assert played.code == code, played.log
    assert said in played.log
    assert played.told == f"exit-code={code}\n"
    assert not (site.root / "pwned").exists()
    assert all(step["shell"] == "bash" for step in told["runs"]["steps"] if "run" in step)


def test_installing_is_real(site: Site, runner: Runner, wheel: Path) -> None:
    runner.env = site.env
    steps = yaml.safe_load((site.root / ".github" / "workflows" / "kb-plans.yml").read_text("utf-8"))
    (install,) = (step for step in steps["jobs"]["plans"]["steps"] if step.get("name") == "kb を入れる")
    look = {"name": "look", "run": "command -v kb; cd /; kb --version"}
    played = runner.steps([install, look], {}, {})
    assert played.code == 0, played.log
    assert re.search(r"/runner/kb-venv/bin/kb\nkb \d", played.log)


def test_without_a_source_the_action_installs_the_commit_it_came_from() -> None:
    action = ROOT / ".github" / "actions" / "kb"
    assert "$GITHUB_ACTION_PATH/../../.." in (action / "action.yml").read_text("utf-8")
    assert (action / "../../.." / "pyproject.toml").resolve() == ROOT / "pyproject.toml"
