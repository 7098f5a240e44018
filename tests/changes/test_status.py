"""`kb` alone, where there are plans: what waits for a decision, what is to be sent, what was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from changes.site import Site, change

LINT = "次は: kb lint"


def lines(here: Site) -> list[str]:
    """What is said of changes, and the next command."""
    return [line for line in here.kb().splitlines() if re.match("変更案|最後に送った|次は|.* を元に戻す途中", line)]


def test_a_plan_is_followed_from_its_making_until_it_was_taken_back(site: Callable[..., Site]) -> None:
    here = site(3)
    assert lines(here) == [LINT]
    here.plan([change(1, title="題名 1"), change(2, title="題名 2")], decided=False)
    assert lines(here) == ["変更案 plan.toml: 未定 1 グループ → kb review plan.toml", "次は: kb review plan.toml"]
    here.kb("review", "plan.toml", "--accept", "all")
    assert lines(here) == ["変更案 plan.toml: 送る変更 2 件 → kb apply plan.toml", "次は: kb apply plan.toml"]
    run = here.apply()["run"]
    assert lines(here) == [f"最後に送ったもの: {run} plan.toml、済み 2 件 → kb history last", LINT]
    back = here.undo(run)["run"]
    assert lines(here) == [f"最後に送ったもの: {back} {run} を元に戻す、済み 2 件 → kb history last", LINT]


def test_a_plan_that_was_sent_in_part_goes_on(site: Callable[..., Site]) -> None:
    here = site(100)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)], "titles.toml")
    here.kb("apply", "titles.toml", "--json", code=1)
    said = lines(here)
    assert said[0] == "変更案 titles.toml: 途中まで送りました（済み 3 件、残り 19 件） → kb apply titles.toml"
    assert said[-1] == "次は: kb apply titles.toml"


def test_going_on_takes_the_flags_of_the_last_call(site: Callable[..., Site]) -> None:
    here = site(25)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)])
    here.kb("apply", "plan.toml", "--allow", "22", "--without-note", "--json", code=1)
    assert lines(here)[-1] == "次は: kb apply plan.toml --allow 22 --without-note"
    here.kb("apply", "plan.toml", "--allow", "22", "--per-day", "5", "--json", code=1)
    assert lines(here)[-1] == "次は: kb apply plan.toml --allow 22 --per-day 5"
    run = here.kb("history").split()[0]
    path = here.folder / ".kb" / "runs" / f"{run}.jsonl"
    text = path.read_text(encoding="utf-8")
    for odd in ('"22; rm x"', "-1", "true", "[]"):
        path.write_text(re.sub('("allow": ?)22', rf"\g<1>{odd}", text), encoding="utf-8")
        assert lines(here)[-1] == "次は: kb apply plan.toml --per-day 5"


def test_an_undo_that_paused_goes_on_and_is_not_taken_back_by_another_undo_last(site: Callable[..., Site]) -> None:
    here = site(100)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)])
    run = here.apply("--yes")["run"]
    here.kb("undo", "last", code=1)
    assert lines(here)[0] == f"{run} を元に戻す途中（済み 3 件） → kb undo {run}"
    assert lines(here)[-1] == f"次は: kb undo {run}"
    here.kb("undo", "last")
    assert f"{run} を元に戻す途中なので、続きから戻します。" in here.said
    assert {here.post(number)["name"] for number in (1, 22)} == {"記事 1", "記事 22"}


def test_what_somebody_else_changed_is_brought_up_to_date(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, title="題名 1"), change(2, title="題名 2")])
    here.sandbox.edit(system="esa", action="update", number=2, fields={"title": "ほかの人の題名"})
    here.apply(code=4)
    said = lines(here)
    assert said[0] == "変更案 plan.toml: 済み 1 件、残り 1 件は送れませんでした → kb plan refresh plan.toml"
    assert said[-1] == "次は: kb plan refresh plan.toml"


def test_what_is_no_plan_of_this_team_is_not_told_of(site: Callable[..., Site]) -> None:
    here = site(1)
    here.plan([change(1, title="題名")])
    text = (here.folder / "plan.toml").read_text("utf-8")
    (here.folder / "cut.toml").write_text(text[: len(text) // 2], "utf-8")
    (here.folder / "odd.toml").write_text(text.replace('group = "まとめて"', 'group = ["まとめて"]'), "utf-8")
    (here.folder / "deep.toml").write_text("\ndigest = " + "[" * 5000, "utf-8")
    (here.folder / "other.toml").write_text(text.replace('team = "docs"', 'team = "ops"'), "utf-8")
    (here.folder / "notes.toml").write_text('a = "b"\n', "utf-8")
    (here.folder / "gone.toml").symlink_to("nowhere.toml")
    (here.folder / "plan.toml").unlink()
    assert lines(here) == [LINT]


def test_the_handover_names_every_run_that_can_be_taken_back(site: Callable[..., Site]) -> None:
    here = site(4)
    names = []
    for number in (1, 2, 3):
        here.plan([change(number, title=f"題名 {number}")], f"plan{number}.toml")
        here.kb("apply", f"plan{number}.toml")
        names.append(here.kb("history").split()[0])
    here.undo(names[1])
    told = here.kb("doctor", "--handover")
    assert re.findall(r"→ kb undo (\S+)", told) == [names[2], names[0]]
    runs = json.loads(here.kb("doctor", "--handover", "--json"))["runs"]
    assert (runs["undoable"]["name"], [each["name"] for each in runs["undoable_before"]]) == (names[2], [names[0]])


def test_plans_that_are_not_listed_are_counted(site: Callable[..., Site]) -> None:
    here = site(5)
    for number in range(1, 6):
        here.plan([change(number, title=f"題名 {number}")], f"plan-{number}.toml", decided=False)
    said = here.kb().splitlines()
    assert sum(line.startswith("変更案 plan-") for line in said) == 3
    assert "途中の変更案がほかに 2 件あります。" in said
