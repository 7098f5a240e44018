"""`kb review` as a person calls it: at a terminal, in a script, before an apply."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from changes.made import closed, moved, titled
from changes.site import Site, change
from lint.conftest import Said, folder, kb  # noqa: F401 -- fixtures

from kb.execute.plan_store import PlanFile
from kb.model.plan import Change, Plan, new_plan
from kb.plan.file.parse import parse_plan
from kb.plan.file.render import render_plan

Kb = Callable[..., Said]
ONE, TWO, DOUBT = "個人 → 手順", "題名に【完了】", "迷い"


def rows() -> list[Change]:
    return [
        *(titled(n, f"障害{n}", f"【完了】障害{n}", group=TWO) for n in (11, 12)),
        *(moved(n, "Users/ono", "手順", group=ONE) for n in range(1, 6)),
        replace(moved(50, "a", "b", group=DOUBT), accept=False),
    ]


@pytest.fixture
def plan(folder: Path) -> Path:  # noqa: F811
    path = folder / "plan.toml"
    path.write_text(render_plan(new_plan("docs", "2026-11-26T00:00:00Z", "1.0", rows())), encoding="utf-8")
    return path


def read(path: Path) -> Plan:
    return parse_plan(path.read_text("utf-8"), "plan.toml")


def sent(path: Path) -> list[int]:
    return [each.number for each in read(path).accepted]


# -- without a terminal ----------------------------------------------------------------------------


def test_without_a_terminal_the_groups_are_listed_with_their_numbers(kb: Kb, plan: Path) -> None:  # noqa: F811
    before = plan.read_text("utf-8")
    said = kb("review", "plan.toml")
    assert said.code == 0
    assert [line.split() for line in said.out.splitlines()] == [
        ["1", "未定", "2/2", TWO],
        ["2", "未定", "5/5", *ONE.split()],
        ["3", "未定", "0/1", DOUBT],
    ]
    assert "残り 3 グループ。続きは: kb review plan.toml" in said.err
    assert plan.read_text("utf-8") == before


def test_all_are_accepted_but_what_kb_was_not_sure_of(kb: Kb, plan: Path) -> None:  # noqa: F811
    said = kb("review", "plan.toml", "--accept", "all")
    assert said.code == 0
    assert "2 グループ、7 件を送ることにしました" in said.err
    assert "グループ 3 は accept = false だけなので、決めずに残しました" in said.err
    assert sent(plan) == [11, 12, 1, 2, 3, 4, 5]
    assert len(read(plan).reviewed) == 2
    said = kb("review", "plan.toml", "--accept", DOUBT)
    assert 50 in sent(plan)
    assert "次は: kb apply plan.toml" in said.err


@pytest.mark.parametrize("words", [["--accept", ONE], ["--accept", "2"], ["--accept", "2", "--reject", "1"]])
def test_groups_are_named_by_words_or_number(kb: Kb, plan: Path, words: list[str]) -> None:  # noqa: F811
    assert kb("review", "plan.toml", *words).code == 0
    assert sent(plan) == [*([] if "--reject" in words else [11, 12]), 1, 2, 3, 4, 5]
    assert len(read(plan).reviewed) == len(words) // 2


def test_accepting_the_rest_leaves_what_was_rejected(kb: Kb, plan: Path) -> None:  # noqa: F811
    kb("review", "plan.toml", "--reject", TWO)
    kb("review", "plan.toml", "--accept", "all")
    assert sent(plan) == [1, 2, 3, 4, 5]
    kb("review", "plan.toml", "--accept", TWO)
    assert sent(plan) == [11, 12, 1, 2, 3, 4, 5]


def test_one_flag_may_take_one_group_and_the_other_all_the_rest(kb: Kb, plan: Path) -> None:  # noqa: F811
    kb("review", "plan.toml", "--accept", "all", "--reject", "2")
    assert sent(plan) == [11, 12]
    kb("review", "plan.toml", "--reject", "all")
    assert sent(plan) == [11, 12]
    assert len(read(plan).reviewed) == 3


def test_a_change_that_was_turned_off_by_hand_stays_off(kb: Kb, plan: Path) -> None:  # noqa: F811
    text = plan.read_text("utf-8")
    plan.write_text(
        text.replace("accept = true", "accept = false", 2).replace("accept = false", "accept = true", 1), "utf-8"
    )
    off = next(each.number for each in read(plan).changes if not each.accept)
    said = kb("review", "plan.toml", "--accept", "all")
    assert off not in sent(plan)
    assert "1 件は accept = false のまま" in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--accept", "個人 → 手続き"], "2: 個人 → 手順"),
        (["--accept", "4"], "1 から 3 の番号"),
        (["--reject", "0"], "1 から 3 の番号"),
        (["--accept", ONE, "--reject", "2"], "どちらか一方"),
        (["--accept", "all", "--reject", "all"], "どちらか一方"),
    ],
)
def test_a_group_there_is_not_changes_nothing(kb: Kb, plan: Path, words: list[str], told: str) -> None:  # noqa: F811
    before = plan.read_text("utf-8")
    said = kb("review", "plan.toml", *words)
    assert said.code == 2
    assert told in said.err
    assert plan.read_text("utf-8") == before


@pytest.mark.parametrize("text", [None, "", "[[change]]\n", "format = 1\nteam = 3\n"])
def test_what_is_no_plan_is_told(kb: Kb, folder: Path, text: str | None) -> None:  # noqa: F811
    if text is not None:
        (folder / "plan.toml").write_text(text, encoding="utf-8")
    said = kb("review", "plan.toml")
    assert said.code == 2
    assert "plan.toml" in said.err


def test_without_a_mirror_the_consequences_are_said_to_be_unknown(kb: Kb, plan: Path) -> None:  # noqa: F811
    assert "影響は分かりません" in kb("review", "plan.toml", "--accept", "all").err


# -- with a mirror ---------------------------------------------------------------------------------


def test_the_end_tells_what_will_happen_and_the_next_command(site: Callable[..., Site]) -> None:
    here = site(5)
    here.plan([change(number, category="手順") for number in (1, 2, 3)])
    out = here.kb("review", "plan.toml", "--accept", "all")
    for part in (
        "変更: 記事 3 件",
        "リクエスト: esa 5",
        "時間: 約 2 秒",
        "通知: ありません",
        "最後の更新者",
        "戻らないもの",
    ):
        assert part in out
    assert here.said.endswith("次は: kb apply plan.toml\n")
    assert here.counted().get("total", 0) == 0  # nobody was asked


def test_the_foreseen_number_of_requests_is_what_apply_sends(site: Callable[..., Site]) -> None:
    here = site(5)
    here.plan([change(number, category="手順", title=f"新 {number}") for number in (1, 2, 3)])
    out = here.kb("review", "plan.toml", "--accept", "all")
    foreseen = int(re.findall(r"esa (\d+)", out)[0])
    assert here.apply("--yes")["requests"] == foreseen == here.counted()["total"]


def test_a_whole_category_is_foreseen_as_the_few_requests_it_takes(site: Callable[..., Site]) -> None:
    here = site(15)
    here.plan([change(number, category="手順/2025") for number in range(1, 16)])
    out = here.kb("review", "plan.toml", "--accept", "all")
    foreseen = int(re.findall(r"esa (\d+)", out)[0])
    assert here.apply("--yes", "--allow", "15")["requests"] == foreseen == 6


def test_over_a_limit_the_next_command_states_the_number(site: Callable[..., Site]) -> None:
    here = site(40)
    here.plan([change(number, title=f"新 {number}") for number in range(1, 26)])
    out = here.kb("review", "plan.toml", "--accept", "all")
    assert "! 「不具合共有」の記事 40 件のうち 25 件（62 %）" in out
    assert "次は: kb apply plan.toml --allow 25" in here.said
    assert here.apply("--yes", "--allow", "25")["done"] == 25


def test_what_apply_would_refuse_is_told_and_has_to_be_mended_first(site: Callable[..., Site]) -> None:
    here = site(5)
    made = here.plan([change(1, title="記事 2")])
    PlanFile(here.folder / "plan.toml").decide(name for name, _ in made.groups())  # as a person may, all the same
    out = here.kb("review", "plan.toml")
    assert "! esa:1 の新しい名前「不具合共有/2025/記事 2」は、esa:2 が使っています。" in out
    assert "直してから" in here.said
    here.kb("apply", "plan.toml", code=5)


def test_a_plan_that_was_sent_says_so_and_foretells_nothing(site: Callable[..., Site]) -> None:
    here = site(5)
    here.plan([change(1, title="題名 1"), replace(change(2, title="題名 2"), accept=False, group="迷い")])
    run = here.apply()["run"]
    out = here.kb("review", "plan.toml")
    assert "- 変更" not in out
    assert here.said.splitlines() == [
        f"この変更案は {run} で送りました（済み 1 件）。",
        "送らなかった 1 グループを決めるには: kb review plan.toml",
        f"元に戻すには: kb undo {run}",
    ]
    out = here.kb("review", "plan.toml", "--accept", "迷い")
    assert "- 変更: 記事 1 件。" in out
    assert f"この変更案は {run} で途中まで送りました（済み 1 件、残り 1 件）。" in here.said
    back = here.undo(run)["run"]
    assert "- 変更" not in here.kb("review", "plan.toml")
    assert here.said.splitlines() == [
        f"この変更案は {run} で送り、{back} で元に戻しています。",
        "もう一度送るには: kb plan refresh plan.toml",
    ]


def test_a_plan_of_another_team_is_not_led_to_apply(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, title="題名")])
    (here.folder / "kb.toml").write_text('[esa]\nteam = "ops"\n', encoding="utf-8")
    here.kb("review", "plan.toml", "--accept", "all")
    assert "! この変更案はチーム「docs」のものです" in here.said
    assert "kb apply" not in here.said


def test_flags_of_apply_are_weighed_and_passed_on(site: Callable[..., Site]) -> None:
    here = site(5)
    here.plan([change(number, title=f"新 {number}") for number in range(1, 6)])
    out = here.kb("review", "plan.toml", "--accept", "all", "--per-day", "2", "--without-note")
    assert "1 日 2 件ずつで 3 日" in out
    assert "次は: kb apply plan.toml --per-day 2 --without-note" in here.said


def test_the_announcement_stands_alone_on_stdout(site: Callable[..., Site]) -> None:
    here = site(5)
    here.plan([change(number, category="手順") for number in (1, 2)])
    out = here.kb("review", "plan.toml", "--announce", "--when", "金曜 10 時", "--ask", "大野")
    assert out.startswith("## esa を整理します\n")
    assert "金曜 10 時" in out
    assert "`不具合共有/2025` → `手順`（2 件）" in out
    assert here.said == ""


def test_mails_are_counted_from_the_mirrored_tickets(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([replace(closed(1), along=())], redmine="https://redmine.example.jp")
    out = here.kb("review", "plan.toml", "--accept", "all")
    assert "Redmine のメール: 分かっている担当者とウォッチャーには届きません" in out
    assert "ウォッチャーの分からないチケットが 1 件あります" in out


# -- at a terminal ---------------------------------------------------------------------------------


def at_a_terminal(where: Path, *lines: str, speech: str = "ja", interrupt: bool = False) -> tuple[int, str]:
    """Type lines into `kb review` at a terminal of 80 columns, each when the prompt stands there; code and screen."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "LINES": "24", "TERM": "vt100", "NO_COLOR": "1"}
    environment.pop("KB_CONFIG", None)
    command = [sys.executable, "-m", "kb", "--lang", speech, "review", "plan.toml"]
    with subprocess.Popen(command, cwd=where, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
                          start_new_session=True) as process:  # fmt: skip
        os.close(theirs)
        screen = ""
        for line in (*lines, None):
            screen += _until_prompt(ours)
            if line is not None:
                os.write(ours, f"{line}\n".encode())
        if interrupt:
            process.send_signal(2)
            screen += _until_prompt(ours)
        code = process.wait(30)
    os.close(ours)
    return code, screen.replace("\r\n", "\n")


def _until_prompt(terminal: int) -> str:
    """What comes until a prompt waits, or the program ends."""
    found = b""
    end = time.monotonic() + 30
    while time.monotonic() < end and not found.endswith(b"> "):
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            found += piece
    return found.decode("utf-8", "replace")


def test_at_a_terminal_a_person_decides_group_by_group(plan: Path) -> None:
    code, screen = at_a_terminal(plan.parent, "y", "n 2", "y", "n")
    assert code == 0
    assert sent(plan) == [11, 12, 1, 3, 4, 5]
    assert len(read(plan).reviewed) == 3
    assert "1/3 題名を変える 2 件" in screen
    assert "次は: kb apply plan.toml" in screen
    assert "\x1b" not in screen  # no tricks with the cursor: it works over any line


def test_ctrl_c_loses_nothing_and_the_next_sitting_goes_on(plan: Path) -> None:
    code, screen = at_a_terminal(plan.parent, "y", interrupt=True)
    assert code == 130
    assert "決めたことは残っています" in screen
    assert len(read(plan).reviewed) == 1
    code, screen = at_a_terminal(plan.parent, "q", speech="en")
    assert code == 0
    assert "2/3 moved 5" in screen
    assert "2 groups left. To go on: kb review plan.toml" in screen
