"""Nothing is sent that nobody accepted: what `kb plan` proposed is asked for, a flag states it, or nothing leaves."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from changes.site import Site, change
from changes.test_apply_redmine import WORLD, close, ticket
from servers import Row

from kb.model.plan import Change, Plan
from kb.plan.file.parse import parse_plan
from kb.plan.file.render import render_plan


class Keyboard(io.StringIO):
    """Standard input that is a terminal on which these lines are typed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sit down at a terminal, and type these lines; none is the end of the input."""

    def sit(*lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", Keyboard("".join(f"{line}\n" for line in lines)))

    return sit


def titles(count: int, group: str = "まとめて", first: int = 1) -> list[Change]:
    return [
        replace(change(number, title=f"題名 {number}"), group=group, reason="理由")
        for number in range(first, first + count)
    ]


def fresh(here: Site, changes: list[Change], **given: Any) -> Plan:
    """A plan as `kb plan` writes it."""
    return here.plan(changes, decided=False, **given)


def edit(here: Site, *pairs: tuple[str, str]) -> None:
    path = here.folder / "plan.toml"
    text = path.read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")


def unsent(here: Site) -> bool:
    return here.counted().get("total", 0) == 0 and not (here.folder / ".kb" / "runs").exists()


# -- a fresh plan ----------------------------------------------------------------------------------


def test_a_fresh_plan_sends_nothing_without_a_terminal_and_names_both_commands(site: Callable[..., Site]) -> None:
    here = site(3)
    fresh(here, titles(2))
    here.kb("apply", "plan.toml", "--without-note", code=5)
    assert "まだ決めていない変更が 2 件" in here.said
    assert "kb review plan.toml" in here.said
    assert "kb apply plan.toml --without-note --yes" in here.said
    assert "戻らないもの" in here.said  # what --yes would do is told before
    assert unsent(here)


def test_the_flag_states_the_consent(site: Callable[..., Site]) -> None:
    here = site(3)
    fresh(here, titles(2))
    assert here.apply("--yes")["done"] == 2


def test_what_was_accepted_in_review_is_sent_without_a_question(
    site: Callable[..., Site], typed: Callable[..., None]
) -> None:
    here = site(3)
    fresh(here, titles(2))
    here.kb("review", "plan.toml", "--accept", "all")
    typed()
    here.kb("apply", "plan.toml")
    assert "[y/N]" not in here.said


@pytest.mark.parametrize("answer", ["y", "Y", "yes", "はい", "ｙ"])
def test_a_terminal_shows_the_consequences_and_asks(
    site: Callable[..., Site], typed: Callable[..., None], answer: str
) -> None:
    here = site(3)
    fresh(here, titles(2))
    typed(answer)
    assert "済み 2 件" in here.kb("apply", "plan.toml")
    assert here.said.index("戻らないもの") < here.said.index("まだ決めていない 2 件を送りますか [y/N]: ")


@pytest.mark.parametrize("lines", [["n"], [""], ["2"], []])
def test_no_and_the_end_of_the_input_send_nothing(
    site: Callable[..., Site], typed: Callable[..., None], lines: list[str]
) -> None:
    here = site(3)
    fresh(here, titles(2))
    typed(*lines)
    here.kb("apply", "plan.toml", code=1)
    assert "何も送っていません。" in here.said
    assert bool(lines) or "\n何も送っていません。" in here.said  # nobody pressed Enter
    assert "kb review plan.toml" in here.said
    assert unsent(here)


def test_a_rehearsal_asks_nothing(site: Callable[..., Site], typed: Callable[..., None]) -> None:
    here = site(3)
    fresh(here, titles(2))
    typed()
    assert "送る 2 件" in here.kb("apply", "plan.toml", "--rehearse")
    assert "[y/N]" not in here.said


def test_json_answers_a_no_with_one_object(site: Callable[..., Site], typed: Callable[..., None]) -> None:
    here = site(3)
    fresh(here, titles(2))
    typed("n")
    assert json.loads(here.kb("apply", "plan.toml", "--json", code=1))["done"] == 0
    assert "送りますか" in here.said  # asked beside the object, not in it
    assert unsent(here)


# -- what decides ----------------------------------------------------------------------------------


def test_deciding_one_group_leaves_the_others_to_be_asked_for(site: Callable[..., Site]) -> None:
    here = site(5)
    fresh(here, [*titles(2, "一"), *titles(2, "二", first=3)])
    here.kb("review", "plan.toml", "--accept", "一")
    here.kb("apply", "plan.toml", code=5)
    assert "まだ決めていない変更が 2 件" in here.said
    here.kb("review", "plan.toml", "--reject", "二")
    assert here.apply()["done"] == 2


def test_the_edit_of_one_change_decides_that_one_alone(site: Callable[..., Site]) -> None:
    here = site(5)
    fresh(here, titles(3))
    edit(here, ('after = {title = "題名 1"}', 'after = {title = "もっとよい題名"}'))
    here.kb("apply", "plan.toml", code=5)
    assert "まだ決めていない変更が 2 件" in here.said
    edit(
        here,
        ("\naccept = true", "\naccept = \0"),
        ("\naccept = true", "\naccept = false"),
        ("\naccept = true", "\naccept = false"),
    )
    edit(here, ("accept = \0", "accept = true"))
    assert here.apply()["done"] == 1
    assert here.post(1)["name"] == "もっとよい題名"


def test_turning_one_change_down_by_hand_decides_no_other(site: Callable[..., Site]) -> None:
    here = site(5)
    fresh(here, titles(3))
    edit(here, ("\naccept = true", "\naccept = false"))
    here.kb("apply", "plan.toml", code=5)
    assert "まだ決めていない変更が 2 件" in here.said
    assert unsent(here)


def test_what_kb_was_not_sure_of_is_decided_by_turning_it_on(site: Callable[..., Site]) -> None:
    here = site(5)
    fresh(here, [replace(change(1, title="題名 1"), accept=False), *titles(1, "ほか", first=2)])
    edit(here, ("\naccept = false", "\naccept = true"))
    here.kb("review", "plan.toml", "--reject", "ほか")
    assert here.apply()["done"] == 1


def test_a_change_without_the_line_is_not_sent(site: Callable[..., Site]) -> None:
    here = site(5)
    here.plan(titles(2))
    edit(here, ("\naccept = true\n", "\n"))
    assert here.apply()["done"] == 1
    assert here.post(1)["name"] == "記事 1"
    edit(here, ("format = 1\n", "# よく見ること\nformat = 1\n"))
    here.kb("review", "plan.toml", "--reject", "1")
    text = (here.folder / "plan.toml").read_text("utf-8")
    assert text.count("\naccept = false") == 1
    here.kb("review", "plan.toml", "--accept", "1")
    text = (here.folder / "plan.toml").read_text("utf-8")
    assert text.count("\naccept = true") == 2  # the line is put back
    assert "# よく見ること" in text


def test_a_plan_of_an_earlier_kb_is_undecided(site: Callable[..., Site]) -> None:
    here = site(5)
    fresh(here, titles(2))
    path = here.folder / "plan.toml"
    path.write_text(re.sub(r"^proposed = .*\n", "", path.read_text("utf-8"), flags=re.M), "utf-8")
    here.kb("apply", "plan.toml", code=5)
    assert unsent(here)


def test_a_refreshed_plan_asks_as_before_and_keeps_what_was_decided(site: Callable[..., Site]) -> None:
    here = site(5)
    fresh(here, titles(2))
    here.sandbox.edit("esa", "update", number=1, fields={"body_md": "ほかの人の本文"})
    here.kb("sync")
    here.kb("plan", "refresh", "plan.toml")
    here.sandbox.reset(counters=True)
    here.kb("apply", "plan.toml", code=5)
    here.kb("review", "plan.toml", "--accept", "all")
    here.sandbox.edit("esa", "update", number=2, fields={"title": "ほかの人の題名"})
    here.kb("sync")
    here.kb("plan", "refresh", "plan.toml")  # the second is to be decided again, and the first is not
    plan = parse_plan((here.folder / "plan.toml").read_text("utf-8"), "plan.toml")
    assert [each.accept for each in plan.changes] == [True, False]
    assert plan.undecided == ()
    assert here.apply()["done"] == 1


def test_the_file_says_what_was_proposed(tmp_path: Path) -> None:
    doubtful = replace(change(1, title="題名 1"), accept=False)
    from kb.model.plan import new_plan

    plan = new_plan("docs", "2026-01-01T00:00:00Z", "0.1", [doubtful, *titles(1, first=2)])
    text = render_plan(plan)
    assert text.count("proposed = false") == 1
    again = parse_plan(text, "plan.toml")
    assert [each.proposed for each in again.changes] == [False, True]
    turned = parse_plan(text.replace("\naccept = false", "\naccept = true"), "plan.toml")
    assert [each.number for each in turned.undecided] == [2]


# -- going on with a run ---------------------------------------------------------------------------


def test_going_on_asks_for_nothing_that_was_consented_to(site: Callable[..., Site], typed: Callable[..., None]) -> None:
    here = site(60)
    fresh(here, titles(25))
    typed("y", "n")  # yes to the plan, no after the first three
    here.kb("apply", "plan.toml", "--allow", "25", code=1)
    assert "済み 3 件" in here.kb("history")
    typed("y")
    here.kb("apply", "plan.toml", "--allow", "25")
    assert "決めていない" not in here.said


def test_what_was_turned_on_since_is_asked_for(site: Callable[..., Site]) -> None:
    here = site(5)
    fresh(here, titles(3))
    edit(here, ("\naccept = true", "\naccept = false"))
    assert here.apply("--yes", "--per-day", "1", code=1)["done"] == 1
    edit(here, ("\naccept = false", "\naccept = true"))
    here.kb("apply", "plan.toml", code=5)
    assert "まだ決めていない変更が 1 件" in here.said
    assert here.apply("--yes")["done"] == 2


def test_an_applied_plan_applied_again_asks_nothing(site: Callable[..., Site]) -> None:
    here = site(5)
    fresh(here, titles(2))
    here.apply("--yes")
    assert here.apply()["done"] == 0
    assert here.apply("--per-day", "0")["done"] == 0  # nothing is left that it could keep from leaving


# -- mails -----------------------------------------------------------------------------------------


def tickets(count: int) -> list[Row]:
    return [WORLD, *(ticket(number) for number in range(1, count + 1))]


@pytest.fixture
def mailed(site: Callable[..., Site]) -> Callable[..., Site]:
    """Tickets of 佐藤, and a fresh plan that closes them."""

    def open_(count: int) -> Site:
        here = site(data=tickets(count), redmine=True)
        fresh(here, [close(number) for number in range(1, count + 1)], redmine=here.sandbox.redmine)
        return here

    return open_


def test_six_mails_to_one_person_want_their_number(mailed: Callable[..., Site], typed: Callable[..., None]) -> None:
    here = mailed(6)
    typed("y")
    here.kb("apply", "plan.toml", code=1)
    assert "6 通" in here.said
    typed("６")
    assert "済み 6 件" in here.kb("apply", "plan.toml")


def test_five_mails_to_one_person_are_a_yes(mailed: Callable[..., Site], typed: Callable[..., None]) -> None:
    here = mailed(5)
    typed("y")
    assert "済み 5 件" in here.kb("apply", "plan.toml")


def test_without_a_terminal_the_number_goes_with_the_flag(mailed: Callable[..., Site]) -> None:
    here = mailed(6)
    here.kb("apply", "plan.toml", code=5)
    assert "kb apply plan.toml --yes --mails 6" in here.said
    here.kb("apply", "plan.toml", "--yes", code=5)
    assert "kb apply plan.toml --yes --mails 6" in here.said
    here.kb("apply", "plan.toml", "--yes", "--mails", "5", code=5)
    assert here.apply("--yes", "--mails", "6")["done"] == 6


def test_a_decided_plan_sends_its_mails_without_that_question(mailed: Callable[..., Site]) -> None:
    here = mailed(6)
    here.kb("review", "plan.toml", "--accept", "all")
    assert here.apply()["done"] == 6


def test_the_number_of_mails_goes_with_yes(mailed: Callable[..., Site]) -> None:
    here = mailed(1)
    here.kb("apply", "plan.toml", "--mails", "6", code=2)
    assert "--yes" in here.said


# -- nothing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["--per-day", "--allow"])
@pytest.mark.parametrize("decided", [True, False])
def test_nothing_allowed_is_nothing_sent(site: Callable[..., Site], flag: str, decided: bool) -> None:
    here = site(3)
    here.plan(titles(2), decided=decided)
    here.kb("apply", "plan.toml", flag, "0", "--yes", code=5)
    assert f"{flag} 0" in here.said
    assert unsent(here)
    here.kb("apply", "plan.toml", "--rehearse", flag, "0")
    assert f"{flag} 0" in here.said


@pytest.mark.parametrize("flag", ["--per-day", "--allow"])
def test_nothing_allowed_takes_nothing_back(site: Callable[..., Site], flag: str) -> None:
    here = site(3)
    here.plan(titles(2))
    run = here.apply()["run"]
    here.sandbox.reset(counters=True)
    here.kb("undo", run, "--yes", flag, "0", code=5)
    assert here.counted().get("total", 0) == 0
