"""Journals that are empty, cut or damaged: what is told of them, and what is taken back all the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from changes.site import Site, change

EMPTY, TORN_HEAD, TORN = "", '{"what":"run","at":"2026', '{"what":"done","at":"2026'
DAY = "20991231"
"""Later than any run of these tests: a journal of that day is the newest."""


def runs(here: Site) -> Path:
    return here.folder / ".kb" / "runs"


def applied(here: Site, count: int) -> str:
    """The name of a run that gave the first few posts other titles."""
    here.plan([change(number, title=f"題名 {number}") for number in range(1, count + 1)])
    return str(here.apply("--yes")["run"])


def names(here: Site, count: int) -> list[str]:
    return [here.post(number)["name"] for number in range(1, count + 1)]


def damage(here: Site, run: str, *places: tuple[str, str]) -> None:
    """Overwrite the middle of lines: the first of a kind that holds a text."""
    path = runs(here) / f"{run}.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    for what, holds in places:
        at = next(n for n, line in enumerate(lines) if f'"what":"{what}"' in line and holds in line)
        lines[at] = lines[at][:20] + "\0\0\0" + lines[at][40:]
    path.write_text("".join(lines), "utf-8")


def spoiled(here: Site, text: str, day: str = DAY) -> str:
    """The name of a further journal that holds this text."""
    name = f"{day}-1"
    (runs(here) / f"{name}.jsonl").write_text(text, "utf-8")
    return name


def told(here: Site, name: str) -> list[str]:
    """The lines on stderr that name a journal."""
    return [line for line in here.said.splitlines() if f"{name}.jsonl" in line]


@pytest.mark.parametrize("text", [EMPTY, TORN_HEAD])
@pytest.mark.parametrize("day", [DAY, "20000101"])
def test_an_empty_or_torn_journal_of_another_run_is_told_and_changes_nothing(
    site: Callable[..., Site], text: str, day: str
) -> None:
    here = site(3)
    run = applied(here, 2)
    name = spoiled(here, text, day)
    for words in (("history",), (), ("apply", "plan.toml", "--yes"), ("undo", "last", "--rehearse")):
        here.kb(*words)
        assert len(told(here, name)) == 1, words
        assert "rm .kb/runs/" in told(here, name)[0]
    here.kb("history", "last")
    assert here.undo("last")["done"] == 2
    assert len(told(here, name)) == 1
    assert names(here, 2) == ["記事 1", "記事 2"]
    assert here.undo("last")["done"] == 0
    assert here.undo(run)["done"] == 0
    handover = json.loads(here.kb("doctor", "--handover", "--json"))["runs"]
    assert [name in each for each in handover["faults"]] == [True]
    assert f"! .kb/runs/{name}.jsonl" in here.kb("doctor", "--handover")


def test_what_else_reads_journals_copes_with_them(site: Callable[..., Site]) -> None:
    here = site(3)
    applied(here, 2)
    name = spoiled(here, EMPTY)
    here.kb("plan", "done", "-o", "done.toml")
    assert len(told(here, name)) == 1
    here.kb("review", "plan.toml", "--accept", "all")
    assert here.kb("history", name) == ""
    assert len(told(here, name)) == 1
    assert "何もありません" in here.kb("undo", name) or "元に戻すものがありません" in here.kb("undo", name)


def test_a_cut_run_of_another_plan_is_told_with_what_to_do(site: Callable[..., Site]) -> None:
    here = site(5)
    first = applied(here, 1)
    path = runs(here) / f"{first}.jsonl"
    path.write_text(path.read_text("utf-8") + TORN, "utf-8")
    here.plan([change(2, title="題名 2")], "other.toml")
    here.kb("apply", "other.toml", "--yes")
    assert told(here, first) == [line for line in here.said.splitlines() if f"kb history {first}" in line] != []
    here.undo("last")
    assert len(told(here, first)) == 1
    assert names(here, 2) == ["題名 1", "記事 2"]
    here.undo(first)
    assert told(here, first) == []  # a crash is no damage: it is gone on with
    assert names(here, 2) == ["記事 1", "記事 2"]
    assert here.kb("history", first)


def test_a_journal_that_only_lacks_its_end_is_ordinary_recovery(site: Callable[..., Site]) -> None:
    here = site(4)
    run = applied(here, 3)
    path = runs(here) / f"{run}.jsonl"
    text = path.read_text("utf-8")
    path.write_text(text[: text.rindex('{"what":"done"') + 30], "utf-8")
    figures = here.undo("last")
    assert (figures["done"], names(here, 3)) == (3, ["記事 1", "記事 2", "記事 3"])
    assert told(here, run) == []
    assert here.undo("last")["done"] == 0
    assert told(here, run) == []


def halve(here: Site, run: str) -> None:
    """Cut a journal within the record of the fourth target: the third is the last that is known to be done."""
    path = runs(here) / f"{run}.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if '"what":"intend"' in line and '"esa:4"' in line)
    path.write_text("".join(lines[:at]) + lines[at][:30], "utf-8")


def test_a_journal_cut_in_half_is_filled_from_the_receipt_and_told(site: Callable[..., Site]) -> None:
    here = site(8)
    run = applied(here, 6)
    halve(here, run)
    figures = here.undo("last", code=4)
    assert (figures["done"], names(here, 6)) == (6, [f"記事 {number}" for number in range(1, 7)])
    assert f"{run} の記録は途中で切れていて、控えにある変更のうち 3 件が抜けています" in here.said.replace("\n", "")
    assert here.undo("last")["done"] == 0


def test_a_journal_cut_in_half_is_told_without_its_plan_too(site: Callable[..., Site]) -> None:
    here = site(8)
    run = applied(here, 6)
    halve(here, run)
    (here.folder / "plan.toml").unlink()
    assert here.undo("last", code=4)["done"] == 3
    assert "esa:4、esa:5、esa:6" in here.said


def test_a_journal_that_was_emptied_is_not_passed_over_where_a_receipt_knows_more(site: Callable[..., Site]) -> None:
    here = site(4)
    run = applied(here, 3)
    (runs(here) / f"{run}.jsonl").write_text("", "utf-8")
    assert here.undo("last", code=4)["done"] == 3
    assert names(here, 3) == ["記事 1", "記事 2", "記事 3"]


def test_a_run_that_is_sent_on_after_its_journal_was_cut_keeps_its_receipt(site: Callable[..., Site]) -> None:
    here = site(8)
    run = applied(here, 6)
    halve(here, run)
    assert here.apply("--yes")["done"] == 0
    assert (here.folder / "plan.receipt.toml").read_text("utf-8").count("[[sent]]") == 6
    assert here.undo("last", code=4)["done"] == 6
    assert names(here, 6) == [f"記事 {number}" for number in range(1, 7)]


@pytest.mark.parametrize("lines", [("intend",), ("done",), ("intend", "done"), ("read",), ("read", "intend", "done")])
def test_all_is_given_back_from_the_receipt_and_the_plan(site: Callable[..., Site], lines: tuple[str, ...]) -> None:
    here = site(5)
    run = applied(here, 3)
    damage(here, run, *((what, "" if what == "read" else '"esa:2"') for what in lines))
    here.undo("last")
    assert len(told(here, run)) == 1
    assert "行目が壊れています" in told(here, run)[0]
    assert "すべて元に戻って" in here.said
    assert names(here, 3) == ["記事 1", "記事 2", "記事 3"]
    here.kb("history")
    assert len(told(here, run)) == 1


@pytest.mark.parametrize("gone", ["plan.receipt.toml", "plan.toml"])
def test_what_nobody_knows_any_more_is_told_with_4(site: Callable[..., Site], gone: str) -> None:
    here = site(5)
    run = applied(here, 3)
    damage(here, run, ("intend", '"esa:2"'), ("done", '"esa:2"'))
    (here.folder / gone).unlink()
    figures = here.undo("last", code=4)
    assert figures["done"] == 2
    assert len(told(here, run)) == 1
    assert names(here, 3) == ["記事 1", "題名 2", "記事 3"]
    said = here.said.splitlines()
    assert any(("esa:2 の元の値" if gone == "plan.toml" else "ほかにも送ったかどうか") in line for line in said)
    assert here.undo(run, code=4)["done"] == 0
    assert here.undo("last")["done"] == 0


def test_a_done_whose_intent_is_lost_without_a_trace_is_damage_too(site: Callable[..., Site]) -> None:
    here = site(5)
    run = applied(here, 3)
    path = runs(here) / f"{run}.jsonl"
    kept = [
        line for line in path.read_text("utf-8").splitlines(keepends=True) if not re.search('intend.*"esa:2"', line)
    ]
    path.write_text("".join(kept), "utf-8")
    (here.folder / "plan.toml").unlink()
    assert here.undo("last", code=4)["done"] == 2
    assert "esa:2 の元の値" in here.said
    assert len(told(here, run)) == 1


def test_a_value_that_somebody_changed_since_is_not_given_back_from_the_plan(site: Callable[..., Site]) -> None:
    here = site(5)
    run = applied(here, 3)
    damage(here, run, ("intend", '"esa:2"'), ("done", '"esa:2"'))
    here.sandbox.edit(system="esa", action="update", number=2, fields={"title": "ほかの人の題名"})
    figures = here.undo("last", code=4)
    assert (figures["done"], figures["stale"]) == (2, 1)
    assert "すべて元に戻って" not in here.said
    assert names(here, 3) == ["記事 1", "ほかの人の題名", "記事 3"]


@pytest.mark.parametrize("name", ["plan.toml", "plan.receipt.toml"])
@pytest.mark.parametrize("text", ["", 'run = 5\n[[sent]]\ntarget = "x"\n', "\0"])
def test_a_receipt_or_a_plan_that_is_none_is_as_good_as_lost(site: Callable[..., Site], name: str, text: str) -> None:
    here = site(5)
    run = applied(here, 3)
    damage(here, run, ("intend", '"esa:2"'), ("done", '"esa:2"'))
    (here.folder / name).write_text(text, "utf-8")
    assert here.undo(run, code=4)["done"] == 2
    assert names(here, 3) == ["記事 1", "題名 2", "記事 3"]


def test_a_receipt_of_an_earlier_call_vouches_for_nothing(site: Callable[..., Site]) -> None:
    here = site(100)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)])
    here.apply("--yes", "--per-day", "3", code=1)
    receipt = (here.folder / "plan.receipt.toml").read_text("utf-8")
    run = here.apply("--yes")["run"]
    (here.folder / "plan.receipt.toml").write_text(receipt, "utf-8")
    damage(here, run, ("intend", '"esa:20"'), ("done", '"esa:20"'))
    assert here.undo("last", code=4)["done"] == 21


def test_a_run_without_its_first_line_is_undone_with_its_receipt_and_else_refused(site: Callable[..., Site]) -> None:
    here = site(5)
    run = applied(here, 3)
    damage(here, run, ("run", ""))
    plan = (here.folder / "plan.toml").rename(here.folder / "away")
    here.kb("undo", "last", "--yes", code=4)
    assert "1 行目が壊れていて" in here.said
    assert names(here, 1) == ["題名 1"]
    here.kb("history")
    here.kb("history", run)
    here.kb("doctor", "--handover")
    plan.rename(here.folder / "plan.toml")
    assert here.undo("last")["done"] == 3
    assert names(here, 3) == ["記事 1", "記事 2", "記事 3"]
    assert here.undo("last")["done"] == 0


def test_a_newest_journal_of_which_nothing_can_be_read_is_not_passed_over(site: Callable[..., Site]) -> None:
    here = site(5)
    run = applied(here, 3)
    name = spoiled(here, "\0\0\0\n" * 5)
    here.kb("undo", "last", "--yes", code=4)
    assert len(told(here, name)) == 1
    assert names(here, 1) == ["題名 1"]
    here.kb("history")
    assert len(told(here, name)) == 1
    assert here.undo(run)["done"] == 3


def test_a_journal_of_a_newer_kb_is_told_and_not_passed_over(site: Callable[..., Site]) -> None:
    here = site(5)
    run = applied(here, 3)
    spoiled(here, '{"what":"run","format":9}\n')
    assert run in here.kb("history")
    assert "新しい kb の記録" in here.said
    here.kb("undo", "last", "--yes", code=2)
    assert "新しい kb の記録" in here.said
    here.kb()
    here.kb("apply", "plan.toml", "--yes")
    assert here.undo(run)["done"] == 3


@pytest.mark.parametrize("lines", [("run",), ("intend", "done"), ("run", "intend", "done")])
def test_a_plan_whose_journal_is_damaged_is_not_sent_again(site: Callable[..., Site], lines: tuple[str, ...]) -> None:
    here = site(5)
    run = applied(here, 3)
    damage(here, run, *((what, "" if what == "run" else '"esa:2"') for what in lines))
    here.sandbox.edit(system="esa", action="update", number=2, fields={"title": "記事 2"})
    here.kb("apply", "plan.toml", "--yes")
    assert names(here, 3) == ["題名 1", "記事 2", "題名 3"]


def test_english_and_a_name_that_a_shell_would_read(
    site: Callable[..., Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(3)
    run = applied(here, 1)
    name = spoiled(here, EMPTY)
    (tmp_path / "a b").mkdir()
    monkeypatch.chdir(tmp_path / "a b")
    here.kb("--lang", "en", "history")
    assert told(here, name) == [
        f"../.kb/runs/{name}.jsonl is empty. Without a receipt of {name} (*.receipt.toml) that run stopped before it "
        f"sent anything, so it may go: rm ../.kb/runs/{name}.jsonl"
    ]
    monkeypatch.chdir(here.folder)
    damage(here, run, ("read", ""))
    here.kb("--lang", "en", "undo", run, "--yes")
    assert any("is damaged at line 2" in line for line in told(here, run))
