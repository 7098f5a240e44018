"""A sitting, key by key: what is shown, what is kept, and what nothing can break."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from scripted import ScriptedPerson

from kb import files
from kb.commands.weekly.triage_card import format_finding_card
from kb.commands.weekly.triage_keys import choose_keys
from kb.commands.weekly.triage_sitting import TriageCounts, TriageSession
from kb.console.sitting import format_keys
from kb.errors import BusyError, InputError, StoreError
from kb.lint.formats.rows import FindingRow, build_row
from kb.lint.triage import build_queue
from kb.lint.waivers.decisions import Decision, DecisionKind, Decisions, render_decision
from kb.lint.waivers.set_aside import DECISIONS_FILE, DecisionFile
from kb.model.document import Kind, Source, Visibility
from kb.model.facts import Confidence
from kb.model.finding import Finding, Severity
from kb.model.page import Entry
from kb.rules.judge import Judgement
from kb.rules.registry import RuleText
from kb.text import lang
from kb.text.display import display_width
from kb.text.lang import t
from kb.text.lines import Span

TODAY = date(2026, 11, 25)
WORDS = RuleText(
    t("題", "title"), t("なぜなら\n困る。", "because\nit hurts."), t("悪", "bad"), t("## 再発防止\n\n良い", "## Good")
)


def waiting(number: int, **given: Any) -> FindingRow:
    entry = Entry(
        doc=f"esa:{number}",
        part="body",
        source=Source.ESA,
        kind=Kind.POST,
        title=f"障害{number}",
        category="不具合共有",
        tags=(),
        wip=False,
        author="ono",
        url=f"https://docs.esa.io/posts/{number}",
        created_at="2026-01-01T00:00:00Z",
        updated_at=f"2026-06-{30 - number:02}T00:00:00Z",
        human_at="",
        human_by="",
        visibility=Visibility.MEMBERS,
    )
    finding = Finding(
        f"esa:{number}", "body", "INC402", "prevention-placeholder", Span(8, 1, 8, 5), Severity.ERROR, Confidence.HIGH,
        t("まだです。", "Not yet."), f"print-{number}", "content", "TODO",
    )  # fmt: skip
    return build_row(Judgement(replace(entry, **given)), finding)


class Desk(ScriptedPerson):
    """A person with a script: `play(*lines)` is one sitting over findings 1 to 3."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / DECISIONS_FILE
        super().__init__()
        self.opened: list[str] = []
        self.found = [waiting(number) for number in (1, 2, 3)]
        self.browses = True

    def play(self, *lines: str) -> TriageCounts:
        read, write = self.answer_with(*lines)

        def browse(url: str) -> bool:
            self.opened.append(url)
            return self.browses

        sitting = TriageSession(
            build_queue(self.found),
            DecisionFile(self.path),
            lambda row: WORDS,
            lambda row: "再発防止: TODO です",
            "大野",
            TODAY,
            read,
            write,
            browse,
        )
        return sitting.run()

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8") if self.path.exists() else ""

    def decided(self, number: int) -> Decision | None:
        return Decisions.parse(self.text, DECISIONS_FILE).on(self.found[number - 1].finding)

    @property
    def cards(self) -> list[str]:
        """The findings that were shown, in order."""
        return [line for line in self.shown.splitlines() if line in ("障害1", "障害2", "障害3")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_each_key_decides_what_it_says(desk: Desk) -> None:
    desk.found.append(waiting(4))
    tally = desk.play("a 機能を廃止するため", "z 2w 更改のあと", "m", "t 123 直す")
    assert desk.decided(1) == Decision(
        "print-1", "esa:1", "body", "INC402", DecisionKind.ACCEPT, "大野", "2026-11-25", "機能を廃止するため"
    )
    assert desk.decided(2) == Decision(
        "print-2",
        "esa:2",
        "body",
        "INC402",
        DecisionKind.SNOOZE,
        "大野",
        "2026-11-25",
        "更改のあと",
        until="2026-12-09",
    )
    asked = desk.decided(3)
    assert asked is not None
    assert asked.what is DecisionKind.ASK
    assert asked.until == "2026-12-09"
    assert "ono さん" in asked.reason
    assert asked.reason in desk.shown
    assert "送ってはいません" in desk.shown
    ticket = desk.decided(4)
    assert ticket is not None
    assert (ticket.what, ticket.ticket, ticket.reason) == (DecisionKind.TICKET, "#123", "直す")
    assert (tally.decided.total(), tally.skipped, tally.left, tally.ended) == (4, 0, 0, False)


def test_what_a_key_lacks_is_asked_for(desk: Desk) -> None:
    desk.play("a", "理由を後から", "ｚ", "１２／３１", "T", "https://redmine.example.jp/issues/4")
    one, two, three = desk.decided(1), desk.decided(2), desk.decided(3)
    assert one is not None
    assert two is not None
    assert three is not None
    assert (one.reason, two.until, three.ticket) == (
        "理由を後から",
        "2026-12-31",
        "https://redmine.example.jp/issues/4",
    )


@pytest.mark.parametrize(
    "lines", [("a", ""), ("z", ""), ("t", ""), ("z 昨日",), ("z 2026-11-25",), ("t https://u:p@example.jp/issues/1",)]
)
def test_an_answer_that_decides_nothing_leaves_the_finding_where_it_is(desk: Desk, lines: tuple[str, ...]) -> None:
    tally = desk.play(*lines, "q")
    assert desk.text == ""
    assert tally.left == 3
    assert desk.cards == ["障害1"]


@pytest.mark.parametrize(
    "line",
    ["a パスワードは Kumo7-Hikari に変更済み", "z 2w パスワード: Kumo7-Hikari", "t 123 パスワード: Kumo7-Hikari"],
)
def test_a_reason_with_a_password_in_it_is_not_kept(desk: Desk, line: str) -> None:
    desk.play(line, "a 値は変更済み", "q")
    assert "パスワードらしい値が入っている" in desk.shown
    assert "Kumo7" not in desk.text
    decided = desk.decided(1)
    assert decided is not None
    assert decided.reason == "値は変更済み"


def same_page(number: int, code: str = "INC402", page: str = "esa:9") -> FindingRow:
    row = waiting(number)
    entry = replace(row.entry, doc=page)
    finding = replace(row.finding, doc=page, code=code)
    return build_row(Judgement(entry), finding)


def test_one_key_decides_on_all_of_a_rule_on_a_page(desk: Desk) -> None:
    desk.found = [same_page(1), same_page(2), same_page(3, "INC401"), same_page(4, page="esa:8")]
    tally = desk.play("r a 廃止のため", "s", "s")
    assert [each is not None for each in map(desk.decided, (1, 2, 3, 4))] == [True, True, False, False]
    assert "✓ 受け入れました（2 件）" in desk.shown
    assert desk.shown.count("r ここの同じ 2 件に") == 1  # one alone needs no such key
    assert (tally.decided.total(), tally.skipped, tally.left) == (2, 2, 2)


def test_what_one_key_decided_is_taken_back_by_one(desk: Desk) -> None:
    desk.found = [same_page(1), same_page(2)]
    desk.found.append(same_page(3, "INC401"))
    tally = desk.play("r z 2w 設計を待つ", "b", "q")
    assert desk.text == ""
    assert (tally.decided.total(), tally.left) == (0, 3)


def test_all_of_a_rule_on_a_page_are_skipped_together(desk: Desk) -> None:
    desk.found = [same_page(1), same_page(2), same_page(3, "INC401")]
    tally = desk.play("r s", "b", "r s", "s")
    assert desk.text == ""
    assert (tally.skipped, tally.left) == (3, 3)
    assert not tally.ended


@pytest.mark.parametrize("line", ["r", "r m", "r q", "r b", "r x 理由"])
def test_the_key_for_all_says_what_goes_with_it(desk: Desk, line: str) -> None:
    tally = desk.play(line, "q")
    assert "例: r a 理由" in desk.shown
    assert (tally.decided.total(), desk.text) == (0, "")


def test_accepting_needs_the_key_and_a_blank(desk: Desk) -> None:
    desk.play("accept", "あ", "", "q")
    assert desk.text == ""
    assert "「accept」というキーはありません" in desk.shown


@pytest.mark.parametrize("key", ["q", "x", "Ｑ", "quit-by-end"])
def test_quitting_leaves_the_rest_for_the_next_sitting(desk: Desk, key: str) -> None:
    tally = desk.play("a 理由", "s", *([key] if key != "quit-by-end" else []))
    assert tally.ended is (key == "quit-by-end")
    assert (tally.decided.total(), tally.skipped, tally.left) == (1, 1, 2)
    tally = desk.play("s", "s")
    assert desk.cards == ["障害2", "障害3"]  # what was decided does not come again; what was skipped does
    assert tally.left == 2


@pytest.mark.parametrize("lines", [("a",), ("z",), ("t",), ("o",), ("?",), ()])
def test_the_input_may_end_at_any_point(desk: Desk, lines: tuple[str, ...]) -> None:
    tally = desk.play(*lines)
    assert tally.ended
    assert desk.text == ""


def test_a_snooze_and_a_question_come_back_when_their_day_is_over(desk: Desk) -> None:
    desk.play("z 1d", "m", "a 理由")
    for number, until in ((1, "2026-11-26"), (2, "2026-12-09"), (3, "")):
        decision = desk.decided(number)
        assert decision is not None
        assert decision.until == until
        assert decision.holds(date.fromisoformat(until or "2036-01-01"))
    assert not desk.decided(1).holds(date(2026, 11, 27))  # type: ignore[union-attr]


def test_back_takes_the_decision_back(desk: Desk) -> None:
    desk.path.write_text("# 手書きのメモ\n", encoding="utf-8")
    tally = desk.play("a 早まった", "s", "b", "b", "z 2w", "q")
    assert desk.cards == ["障害1", "障害2", "障害3", "障害2", "障害1", "障害2"]
    assert desk.text.startswith("# 手書きのメモ\n\n[[decision]]\n")
    assert desk.text.count("[[decision]]") == 1
    assert "早まった" not in desk.text
    assert desk.decided(1).what is DecisionKind.SNOOZE  # type: ignore[union-attr]
    assert (tally.decided, tally.skipped, tally.left) == ({DecisionKind.ACCEPT: 0, DecisionKind.SNOOZE: 1}, 0, 2)


def test_back_on_the_first_says_so(desk: Desk) -> None:
    desk.play("b", "q")
    assert "これが最初です" in desk.shown


def test_taking_everything_back_leaves_the_file_as_it_was(desk: Desk) -> None:
    for before in ("", "# メモ\n", "# メモ", "\n"):
        desk.path.write_text(before, encoding="utf-8")
        desk.play("a 理由", "b", "q")
        assert desk.text.strip() == before.strip()
        assert Decisions.parse(desk.text, DECISIONS_FILE).__len__() == 0


def test_back_over_a_decision_somebody_edited_says_that_it_stays(desk: Desk) -> None:
    desk.before[2] = lambda: desk.path.write_text(desk.text.replace("理由", "もっとよい理由"), encoding="utf-8")
    desk.play("a 理由", "b", "q")
    assert "取り消しは手で" in desk.shown
    assert desk.decided(1).reason == "もっとよい理由"  # type: ignore[union-attr]
    assert desk.cards == ["障害1", "障害2", "障害1"]


def test_what_others_decide_meanwhile_does_not_come_again(desk: Desk) -> None:
    other = Decision("print-2", "esa:2", "body", "INC402", DecisionKind.ACCEPT, "今井", "2026-11-25", "済んだ話")
    desk.before[1] = lambda: DecisionFile(desk.path).add(render_decision(other))
    tally = desk.play("a 理由", "s")
    assert desk.cards == ["障害1", "障害3"]
    assert desk.decided(2) == other
    assert tally.left == 1


def test_a_file_broken_by_hand_meanwhile_is_told_and_kept(desk: Desk) -> None:
    broken = "[[decision]\n<<<<<<< HEAD\n"
    desk.before[1] = lambda: desk.path.write_text(broken, encoding="utf-8")
    desk.before[2] = lambda: desk.path.write_text("", encoding="utf-8")
    desk.play("a 理由", "a 理由", "q")
    assert "競合の印" in desk.shown
    assert desk.text.count("[[decision]]") == 1
    assert desk.decided(1) is not None


def test_a_file_that_stays_broken_is_never_touched(desk: Desk) -> None:
    desk.before[1] = lambda: desk.path.write_text("壊れた =", encoding="utf-8")
    tally = desk.play("a 理由", "z 2w", "m", "q")
    assert desk.text == "壊れた ="
    assert tally.decided.total() == 0
    assert tally.left == 3


def test_open_opens_the_page_and_stays(desk: Desk) -> None:
    desk.play("o", "q")
    assert desk.opened == ["https://docs.esa.io/posts/1"]
    assert desk.cards == ["障害1"]


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "file:///etc/passwd", "-o"])
def test_only_web_addresses_are_opened(desk: Desk, url: str) -> None:
    desk.found = [waiting(1, url=url)]
    desk.play("o", "q")
    assert desk.opened == []
    assert "URL がありません" in desk.shown


def test_without_a_browser_the_address_is_shown(desk: Desk) -> None:
    desk.browses = False
    desk.play("o", "q")
    assert "ブラウザーを起動できません: https://docs.esa.io/posts/1" in desk.shown


def test_help_names_every_key(desk: Desk) -> None:
    desk.play("？", "q")
    for word in ("このままでよい", "その日まで", "送りはしない", "取り消す", "kb explain INC402"):
        assert word in desk.shown


def test_help_and_a_wrong_key_name_only_keys_that_are_of_use(desk: Desk) -> None:
    desk.play("？", "h", "q")
    assert "同じ障害" not in desk.shown
    assert "前の障害" not in desk.shown
    assert "まとめて" not in desk.shown
    assert "「h」というキーはありません" in desk.shown


@pytest.mark.parametrize("speech", ["ja", "en"])
def test_a_card_fits_eighty_columns_and_steers_nothing(speech: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lang.set_language(speech)
    hostile = "長い題名\x1b[31m\u202e" * 30 + "\nx" * 5
    made = waiting(1, title=hostile, category=hostile, url="https://docs.esa.io/" + "a" * 50)
    made = build_row(Judgement(made.entry), replace(made.finding, quote=hostile, part="comment:\x1b3"))
    lines = [*format_finding_card(made, WORDS, hostile + "TODO" + hostile, 1, 400), *format_keys(choose_keys())]
    assert max(map(display_width, lines)) <= 80
    assert not [line for line in lines if "\x1b" in line or "\u202e" in line or "\n" in line]


def test_the_keys_fit_on_one_line_in_both_languages() -> None:
    for speech in ("ja", "en"):
        lang.set_language(speech)  # type: ignore[arg-type]
        assert [display_width(line) <= 80 for line in format_keys(choose_keys())] == [True]


def test_a_card_says_where_what_why_and_what_is_good() -> None:
    text = "\n".join(format_finding_card(waiting(1), WORDS, "再発防止: TODO です", 2, 400))
    for part in (
        "2/400 エラー INC402",
        "障害1",
        "esa:1:8",
        "不具合共有",
        "「TODO」",
        "まだです。",
        "なぜなら困る。",
        "## 再発防止",
    ):
        assert part in text


def test_two_findings_of_one_fingerprint_are_decided_at_once(desk: Desk) -> None:
    again = waiting(1)
    desk.found = [again, build_row(Judgement(again.entry), replace(again.finding, span=Span(9, 1, 9, 5))), waiting(2)]
    desk.play("a 理由", "q")
    assert desk.cards == ["障害1", "障害2"]


# -- the file -------------------------------------------------------------------------------------


def decision(number: int) -> str:
    return render_decision(
        Decision(f"print-{number}", "esa:1", "body", "INC402", DecisionKind.ACCEPT, "x", "2026-11-25", "理由")
    )


def test_the_file_keeps_comments_and_mode(tmp_path: Path) -> None:
    path = tmp_path / DECISIONS_FILE
    path.write_bytes("# メモ\r\nformat = 1".encode())
    path.chmod(0o664)
    DecisionFile(path).add(decision(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o664
    assert path.read_bytes().startswith("# メモ\r\nformat = 1\n\n[[decision]]\n".encode())
    assert [path.name for path in tmp_path.iterdir()] == [DECISIONS_FILE]


def test_many_people_at_once_lose_nothing(tmp_path: Path) -> None:
    def write(start: int) -> None:
        for number in range(start, start + 10):
            DecisionFile(tmp_path / DECISIONS_FILE).add(decision(number))

    people = [threading.Thread(target=write, args=(start,)) for start in range(0, 60, 10)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert len(Decisions.parse((tmp_path / DECISIONS_FILE).read_text("utf-8"), DECISIONS_FILE)) == 60


def test_another_kb_that_holds_the_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LOCK_WAIT_S", 0.05)
    with files.lock_folder(tmp_path), pytest.raises(BusyError):
        DecisionFile(tmp_path / DECISIONS_FILE).add(decision(1))
    DecisionFile(tmp_path / DECISIONS_FILE).add(decision(1))


def test_a_network_folder_without_locks_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", without)
    DecisionFile(tmp_path / DECISIONS_FILE).add(decision(1))
    assert len(DecisionFile(tmp_path / DECISIONS_FILE).decisions()) == 1


def test_an_interrupt_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / DECISIONS_FILE).write_text("# メモ\n", encoding="utf-8")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        DecisionFile(tmp_path / DECISIONS_FILE).add(decision(1))
    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [(DECISIONS_FILE, "# メモ\n")]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_disk_that_takes_nothing_is_told_and_the_finding_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)  # root may write anywhere: the refusal is played
    tally = desk.play("a 理由", "q")
    assert desk.cards == ["障害1"]
    assert tally.decided.total() == 0
    assert DECISIONS_FILE in desk.shown
    assert list(desk.path.parent.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    DecisionFile(tmp_path / DECISIONS_FILE).writable()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StoreError, match="決めたことを残せません"):
        DecisionFile(tmp_path / DECISIONS_FILE).writable()


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / DECISIONS_FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        DecisionFile(tmp_path / DECISIONS_FILE).decisions()
