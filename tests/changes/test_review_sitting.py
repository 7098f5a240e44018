"""A sitting over a plan, key by key: what is shown, what is kept at once, and where the next one begins."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from changes.made import change, closed, moved, titled
from scripted import ScriptedPerson

from kb.commands.change.review.sitting import ReviewCounts, ReviewSession
from kb.execute.plan_store import PlanFile, is_decided
from kb.model.facts import Confidence
from kb.model.plan import Change, Plan, Verb, new_plan
from kb.plan.collide.board import Collision, CollisionKind
from kb.plan.file.parse import parse_plan
from kb.plan.file.render import render_plan
from kb.text import lang
from kb.text.display import display_width
from kb.text.lang import t

ONE, TWO, THREE = "個人 → 手順", "題名に【完了】", "解決 → 終了"


def changes() -> list[Change]:
    return [
        *(titled(n, f"障害{n}", f"【完了】障害{n}", group=TWO) for n in (11, 12)),
        *(moved(n, "Users/ono", "手順", group=ONE) for n in range(1, 13)),
        replace(closed(7, group=THREE), note="作業の完了を確認しました。", title="ディスク交換"),
    ]


class Desk(ScriptedPerson):
    """A person with a script, before a plan of three groups: `play(*lines)` is one sitting."""

    def __init__(self, folder: Path, rows: list[Change]) -> None:
        self.path = folder / "plan.toml"
        super().__init__()
        self.put(rows)
        self.troubles: list[Collision] = []

    def put(self, rows: list[Change]) -> None:
        self.path.write_text(render_plan(new_plan("docs", "2026-11-26T00:00:00Z", "1.0", rows)), encoding="utf-8")

    def play(self, *lines: str) -> ReviewCounts:
        read, write = self.answer_with(*lines)
        return ReviewSession(PlanFile(self.path), read, write, lambda plan: self.troubles).run()

    @property
    def plan(self) -> Plan:
        return parse_plan(self.path.read_text("utf-8"), "plan.toml")

    @property
    def decided(self) -> list[str]:
        return [name for name, _ in self.plan.groups() if is_decided(self.plan, name)]

    @property
    def sent(self) -> list[int]:
        return [each.number for each in self.plan.accepted]

    @property
    def cards(self) -> list[str]:
        """The groups that were shown, in order."""
        return [line for line in self.shown.splitlines() if line in (ONE, TWO, THREE)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, changes())


ORDER = [TWO, ONE, THREE]
"""The plan's order: verbs as they stand in Verb, esa before Redmine."""


def test_each_key_decides_what_it_says_and_the_file_has_it_at_once(desk: Desk) -> None:
    seen: list[list[str]] = []
    desk.before = {2: lambda: seen.append(desk.decided), 3: lambda: seen.append(desk.decided)}
    tally = desk.play("y", "n", "y")
    assert seen == [[TWO], [TWO, ONE]]
    assert desk.sent == [11, 12, 7]
    assert desk.cards == ORDER
    assert (tally.decided, tally.skipped, tally.lines, tally.ended) == (3, 0, 3, False)


@pytest.mark.parametrize("key", ["q", "x", "ｑ", "Ｑ", "end"])
def test_the_next_sitting_begins_at_the_first_group_left(desk: Desk, key: str) -> None:
    tally = desk.play("y", *([key] if key != "end" else []))
    assert tally.ended is (key == "end")
    assert desk.decided == [TWO]
    desk.play("q")
    assert desk.cards == [ONE]
    desk.play("s", "y")
    assert desk.decided == [TWO, THREE]
    desk.play("y")
    assert desk.cards == [ONE]
    assert desk.play().lines == 0


def test_what_a_person_wrote_into_the_file_by_hand_is_kept(desk: Desk) -> None:
    text = desk.path.read_text("utf-8")
    at = text.index('target = "esa:5"')
    start = text.rindex("accept = true", 0, at)
    desk.path.write_text(text[:start] + "accept = false # 大野: 残す" + text[start + 13 :], encoding="utf-8")
    desk.play("y", "y", "y")
    assert "accept = false # 大野: 残す" in desk.path.read_text("utf-8")
    assert desk.sent == [11, 12, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 7]
    assert "11 件を送ります（1 件は送らないまま）" in desk.shown


def test_a_group_that_is_all_off_can_be_turned_on(desk: Desk) -> None:
    desk.put([replace(each, accept=False) for each in changes()])
    desk.play("y", "q")
    assert desk.sent == [11, 12]


def test_hand_edits_meanwhile_are_seen_and_kept(desk: Desk) -> None:
    def edit() -> None:
        text = desk.path.read_text("utf-8").replace('after = {category = "手順"}', 'after = {category = "運用"}', 1)
        desk.path.write_text(text, encoding="utf-8")

    desk.before[2] = edit
    desk.play("y", "d", "y", "q")
    assert "{+運用+}" in desk.shown
    assert desk.plan.changes[2].after == {"category": "運用"}
    assert desk.decided == [TWO, ONE]


def test_a_file_that_is_broken_meanwhile_is_told_and_left_alone(desk: Desk) -> None:
    good = desk.path.read_text("utf-8")
    desk.before[1] = lambda: desk.path.write_text("[[change]\n", encoding="utf-8")
    desk.before[2] = lambda: desk.path.write_text(good, encoding="utf-8")
    desk.play("y", "n", "q")
    assert "plan.toml 1 行目: TOML として読めません" in desk.shown
    assert desk.cards == [TWO, ONE]
    assert desk.decided == [TWO]
    assert desk.sent == [*range(1, 13), 7]


def test_another_plan_under_the_same_name_is_not_decided_on(desk: Desk) -> None:
    desk.before[1] = lambda: desk.put([moved(99, "a", "b")])
    desk.play("y", "q")
    assert "別の変更案に置き換わっています" in desk.shown
    assert desk.decided == []


def test_single_changes_are_turned_off_and_on_by_their_numbers(desk: Desk) -> None:
    desk.play("y", "n 3 7-9", "y 8", "y", "q")
    assert desk.sent == [11, 12, 1, 2, 4, 5, 6, 8, 10, 11, 12, 7]
    assert "12 件のうち 8 件を送ります" in desk.shown
    assert desk.decided == [TWO, ONE]


@pytest.mark.parametrize("line", ["n 3", "n3", "ｎ　３", "N 3", "n 3-3", "n 3,", "n 3、3"])
def test_numbers_are_read_however_they_are_typed(desk: Desk, line: str) -> None:
    desk.play("s", line.rstrip(","), "q")
    assert 3 not in desk.sent[2:-1]


@pytest.mark.parametrize("line", ["n 0", "n 13", "n 2-99", "n 5-3", "y abc", "d 99", "l 1 2", "l x", "e 99", "n 3--4"])
def test_numbers_there_are_not_change_nothing(desk: Desk, line: str) -> None:
    before = desk.path.read_text("utf-8")
    desk.play("s", line, "q")
    assert desk.path.read_text("utf-8") == before
    assert "1 から 12 の番号" in desk.shown


def test_looking_inside_goes_one_by_one(desk: Desk) -> None:
    tally = desk.play("s", "l 9", "n", "", "b", "y", "n", "y", "q")
    assert "9/12 esa:9" in desk.shown
    assert [number for number in range(1, 13) if number not in desk.sent[2:-1]] == [9, 11]
    assert desk.decided == [ONE]
    assert tally.decided == 1


def test_inside_the_rest_may_stay_as_it_is(desk: Desk) -> None:
    desk.play("s", "l", "n", "r", "q")
    assert desk.sent[2:-1] == list(range(2, 13))
    assert desk.decided == [ONE]


def test_leaving_a_group_half_way_keeps_what_was_decided_and_leaves_it_open(desk: Desk) -> None:
    desk.play("s", "l", "n", "q", "q")
    assert desk.sent[2:-1] == list(range(2, 13))
    assert desk.decided == []
    assert desk.cards == [TWO, ONE, ONE]


def test_inside_a_number_leads_there(desk: Desk) -> None:
    desk.play("s", "l", "12", "n", "q")
    assert 12 not in desk.sent[2:-1]


def test_all_the_rest_is_confirmed_and_leaves_out_what_kb_was_not_sure_of(desk: Desk) -> None:
    rows = changes()
    rows += [replace(moved(50, "a", "b", group="迷い"), accept=False, confidence=Confidence.LOW)]
    desk.put(rows)
    tally = desk.play("a", "n", "a", "y")
    assert "残りの 3 グループ（15 件）を送ります" in desk.shown
    assert "1 グループは残します" in desk.shown
    assert desk.decided == ORDER
    assert 50 not in desk.sent
    assert (tally.decided, tally.skipped, tally.lines) == (3, 1, 4)


def test_back_takes_the_decision_back(desk: Desk) -> None:
    text = desk.path.read_text("utf-8")
    tally = desk.play("n", "s", "b", "b", "q")
    assert desk.cards == [TWO, ONE, THREE, ONE, TWO]
    assert desk.path.read_text("utf-8") == text
    assert (tally.decided, tally.skipped) == (0, 0)


def test_back_on_the_first_says_so(desk: Desk) -> None:
    desk.play("b", "q")
    assert "これが最初です" in desk.shown


def test_one_change_gets_another_value(desk: Desk) -> None:
    desk.play("s", "e 3", "運用/手順/", "y", "q")
    edited = desk.plan.changes[4]
    assert (edited.number, edited.after, edited.edited) == (3, {"category": "運用/手順"}, True)
    assert "直した案 1" in desk.shown


def test_a_value_all_of_a_group_share_is_changed_at_once(desk: Desk) -> None:
    desk.play("e all", "e 1", "完了 障害11", "s", "e", "all", "運用", "q")
    assert "全件に共通の値がありません" in desk.shown
    assert {str(each.after["category"]) for each in desk.plan.changes[2:14]} == {"運用"}
    assert [each.after["title"] for each in desk.plan.changes[:2]] == ["完了 障害11", "【完了】障害12"]


def test_a_refused_change_that_is_edited_is_wanted_again(desk: Desk) -> None:
    desk.play("n 1", "e 1", "新しい題名", "q")
    assert desk.plan.changes[0].accept


def test_a_note_can_be_reworded_is_no_book_and_holds_no_secret(desk: Desk) -> None:
    spoken = "パスワードは Kumo7-Hikari に変更済み"
    desk.play("s", "s", "e", "", spoken, "あ" * 20_001, "担当の方の完了報告にもとづき終了にします。", "q")
    assert desk.plan.changes[-1].note == "担当の方の完了報告にもとづき終了にします。"
    assert "秘密の値" in desk.shown
    assert "注記が長すぎます" in desk.shown
    assert desk.plan.changes[-1].after == {"status": "終了"}


@pytest.mark.parametrize("typed", ["a//b", "パスワード: Kumo7-Hikari", "あ" * 1001])
def test_a_value_that_cannot_be_sent_is_asked_for_again(desk: Desk, typed: str) -> None:
    before = desk.path.read_text("utf-8")
    desk.play("s", "e 1", typed, "", "q")
    assert "その値にはできません" in desk.shown
    assert desk.path.read_text("utf-8") == before


def test_tags_and_wip_are_typed_as_people_write_them(tmp_path: Path) -> None:
    rows = [change("esa:1", Verb.SHIP, wip=(True, False), tags=(("a",), ("a", "b")))]
    desk = Desk(tmp_path, rows)
    desk.play("e", "#完了 ＃手順、夜間", "x", "y", "q")
    assert desk.plan.changes[0].after == {"tags": ("完了", "手順", "夜間"), "wip": True}
    desk.play("e", "-", "n", "q")
    assert desk.plan.changes[0].after == {"tags": (), "wip": False}


def test_differences_come_ten_at_a_time(desk: Desk) -> None:
    desk.play("s", "d", "d", "d 5", "q")
    assert "続きは d 11（全 12 件）" in desk.shown
    assert desk.shown.count("12. esa:12") == 2


def test_the_input_may_end_anywhere(desk: Desk) -> None:
    before = desk.path.read_text("utf-8")
    for lines in ((), ("l",), ("e",), ("e 1",), ("a",), ("?",), ("d",), ("l", "e")):
        assert desk.play(*lines).ended
    assert desk.path.read_text("utf-8") == before


def test_an_unknown_key_is_told_with_those_there_are(desk: Desk) -> None:
    desk.play("z", "", "q")
    assert "「z」というキーはありません" in desk.shown
    assert desk.cards == [TWO]


def test_what_is_the_matter_with_a_group_is_shown_on_it(desk: Desk) -> None:
    concerned = desk.plan.changes[2].id
    desk.troubles = [
        Collision(CollisionKind.TAKEN, (concerned,), t("名前が重なります。", "taken."), t("直します。", "mend."))
    ]
    desk.play("s", "q")
    card_one, card_two = desk.shown.split(ONE, 1)
    assert "! 名前が重なります。" not in card_one
    assert "! 名前が重なります。" in card_two
    assert "→ 直します。" in card_two


def test_of_much_that_is_the_matter_the_worst_is_shown_and_the_rest_counted(desk: Desk) -> None:
    concerned, way = (desk.plan.changes[0].id,), t("直します。", "mend.")
    desk.troubles = [Collision(CollisionKind.ARCHIVED, concerned, t("保管の記事です。", "archived."))]
    desk.troubles += [
        Collision(CollisionKind.TAKEN, concerned, t(f"重なり {n}。", f"taken {n}."), way) for n in range(5)
    ]
    desk.play("q")
    assert [line for line in desk.shown.splitlines() if line.startswith(("!", "*", "  →"))] == [
        "! 重なり 0。", "  → 直します。", "! 重なり 1。", "! 重なり 2。",
    ]  # fmt: skip
    assert "  … ほか 3 件" in desk.shown


def test_a_decided_group_comes_again_as_long_as_something_of_it_cannot_be_sent(desk: Desk) -> None:
    concerned = (desk.plan.changes[2].id,)
    desk.troubles = [Collision(CollisionKind.PERSONAL, concerned, t("個人フォルダーです。", "personal."))]
    desk.play("y", "y", "y")
    assert "* 個人フォルダーです。" in desk.shown
    assert desk.play().lines == 0
    desk.troubles.append(Collision(CollisionKind.TAKEN, concerned, t("名前が重なります。", "taken.")))
    desk.play("n 1", "y")
    assert desk.cards == [ONE]
    assert 1 not in desk.sent


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC])
def test_a_disk_that_takes_nothing_is_told_and_the_group_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    tally = desk.play("y", "q")
    assert tally.decided == 0
    assert "plan.toml" in desk.shown
    assert desk.cards == [TWO]


def test_an_interrupt_while_writing_leaves_the_old_file_or_the_new_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = desk.path.read_text("utf-8")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        desk.play("y")
    assert desk.path.read_text("utf-8") == before
    assert [path.name for path in desk.path.parent.iterdir()] == ["plan.toml"]


def test_no_decision_is_written_through_a_link(desk: Desk) -> None:
    real = desk.path.with_name("real.toml")
    desk.path.rename(real)
    desk.path.symlink_to(real)
    before = real.read_bytes()
    desk.play("y", "q")
    assert "リンクなので、書き込みません" in desk.shown
    assert desk.path.is_symlink()
    assert real.read_bytes() == before


@pytest.mark.parametrize("speech", ["ja", "en"])
@pytest.mark.parametrize("columns", ["80", "60"])
def test_everything_fits_the_width_and_steers_nothing(
    tmp_path: Path, speech: lang.Lang, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lang.set_language(speech)
    hostile, deep = "長い分類\u202e名" * 12, "手順/" * 9 + "a"
    rows = [
        replace(
            change("esa:1", Verb.DONE, title=("障害" * 40, "【完了】" + "障害" * 40), category=(hostile, deep)),
            group=hostile, title="題\x1b[31m名" * 30, reason="理由" * 60, warning="注意" * 60,
        ),
        *(moved(number, "a", "b" * 70, group="二") for number in range(2, 15)),
        replace(closed(3), note="注記\n" * 80, title="課題" * 60),
    ]  # fmt: skip
    desk = Desk(tmp_path, rows)
    desk.play("?", "d", "l", "q", "z", "s", "d", "d 11", "n 3", "s", "l", "y")
    wide = [
        line
        for line in desk.shown.splitlines()
        if display_width(line) > int(columns) and not line.startswith(("> ", "  分"))
    ]
    assert wide == []
    for sign in ("\x1b", "\u202e"):
        assert sign not in desk.shown


def test_a_secret_in_a_title_is_not_shown(tmp_path: Path) -> None:
    rows = [replace(moved(1, "a", "b"), title="DB パスワード: Kumo7-Hikari", group="パスワード: Kumo7-Hikari の組")]
    desk = Desk(tmp_path, rows)
    desk.play("d", "l", "q", "q")
    assert "Kumo7" not in desk.shown
