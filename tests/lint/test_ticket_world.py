"""How tickets stand in the mirror, and that what depends on them is joined again and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lint.ticket_kit import BASE, WORLD, children, issue, note, put_tickets, relation

from kb.lint.engine import survey, work
from kb.lint.engine.world_builder import WorldBuilder
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.plan.sections.block import render_block
from kb.reading.tickets.state import NoteMeaning, TicketState
from kb.settings.kb_toml import EsaSettings, RedmineSettings, Settings
from kb.sources.redmine import rows

SETTINGS = Settings(esa=EsaSettings("docs"), redmine=RedmineSettings(BASE))
TODAY = date(2025, 7, 1)
LINT = ("lint", "--format", "jsonl", "--select", "TKT,PST", "--now", "2025-07-01")
CLOSED = note("佐藤 健", "2025-05-20T00:00:00Z", status=("新規", "終了"))

Call = Callable[..., Any]


def state(root: Path, number: int) -> TicketState | None:
    with Mirror.open(root / ".kb" / "mirror.db", readonly=True) as mirror:
        return WorldBuilder(SETTINGS, TODAY, mirror).state(number)


def known(root: Path, number: int) -> TicketState:
    found = state(root, number)
    assert found is not None
    return found


# -- how one stands --------------------------------------------------------------------------------


def test_a_ticket_names_who_brought_it_where_it_stands(tmp_path: Path) -> None:
    moved = note("佐藤 健", "2025-05-20T16:00:00Z", "リリースしました。", status=("進行中", "解決"), done=(0, 100))
    put_tickets(
        tmp_path, issue(45, moved, note("岸 礼", "2025-05-22T00:00:00Z", "ありがとうございます！"), status="解決")
    )
    found = known(tmp_path, 45)
    assert (found.status, found.was, found.was_closed) == ("解決", "進行中", False)
    assert (found.turned.by, found.turned.on) == ("佐藤 健", "2025-05-21")
    assert (found.says, found.said.by, found.said.on) == (NoteMeaning.FINISHED, "佐藤 健", "2025-05-21")
    assert found.rated == found.turned
    assert (found.quiet.by, found.quiet.on) == ("岸 礼", "2025-05-22")
    assert (found.created.by, found.created.on) == ("大野 慎", "2025-03-01")


def test_what_kb_did_is_neither_word_nor_deed_of_a_person(tmp_path: Path) -> None:
    by_kb = note("運用", "2025-06-20T00:00:00Z", "完了しました。\n\nkb 20250620-1", status=("進行中", "解決"))
    put_tickets(tmp_path, issue(45, note("岸 礼", "2025-04-01T00:00:00Z", "確認します。"), by_kb, status="解決"))
    found = known(tmp_path, 45)
    assert found.turned.by_kb
    assert (found.says, found.quiet.on) == (NoteMeaning.NOTHING, "2025-04-01")


def described(old: str, new: str, text: str = "") -> dict[str, Any]:
    """An entry of the account kb writes with, that changed the description."""
    entry = note("大野 慎", "2026-11-23T00:00:00Z", text)
    detail = {"property": "attr", "name": "description", "old_value": old, "new_value": new}
    return {**entry, "details": [detail]}


FIRST, SECOND = (
    render_block("report", each, {"week": "2026-W47"}).replace("\n", "\r\n") for each in ("* 3 件", "* 4 件")
)
HEAD = "h2. 手順\r\n\r\n一\r\n"


@pytest.mark.parametrize(
    ("entry", "people"),
    [
        (described(HEAD, f"{HEAD}\r\n{FIRST}\r\n"), False),
        (described(f"{HEAD}{FIRST}\r\n二", f"{HEAD}{SECOND}\r\n二"), False),
        (described(f"{HEAD}\r\n{FIRST}\r\n", HEAD), False),  # an undo
        (described(HEAD, f"{HEAD}二\r\n{FIRST}"), True),
        (described(f"{HEAD}{FIRST}", f"{HEAD}二\r\n{FIRST}"), True),
        (described(f"{HEAD}{FIRST}", HEAD + FIRST.replace("3 件", "9 件")), True),
        (described(HEAD, HEAD + FIRST.replace("report end", "report")), True),
        (described(HEAD, f"{HEAD}{FIRST}", "週報を載せました"), True),
        ({**(both := described(HEAD, HEAD + FIRST)), "details": [*both["details"], {"name": "due_date"}]}, True),
        (described(HEAD, "h2. 手順\r\n二"), True),
    ],
)
def test_a_section_that_kb_wrote_makes_no_ticket_fresh_and_nobody_its_owner(
    tmp_path: Path, entry: dict[str, Any], people: bool
) -> None:
    ticket = issue(1, note("佐藤 健", "2026-03-01T00:00:00Z", "完了しました"), entry)
    put_tickets(tmp_path, ticket)
    row = next(rows.ticket_rows(ticket, WORLD, notes=True))
    last = ("大野 慎", "2026-11-23") if people else ("佐藤 健", "2026-03-01")
    quiet = known(tmp_path, 1).quiet
    assert (quiet.by, quiet.on) == last
    assert (row.edited_by, row.edited_at[:10]) == last


@pytest.mark.parametrize(
    ("way", "was", "by_kb"),
    [
        (["解決 終了", "終了 解決"], "進行中", False),  # closed by kb and taken back: as if nothing had been
        (["解決 終了", "終了 解決", "解決 終了", "終了 解決"], "進行中", False),
        (["解決 進行中", "進行中 終了", "終了 進行中", "進行中 解決"], "進行中", False),
        (["解決 新規", "新規 終了", "終了 新規"], "解決", True),
    ],
)
def test_what_kb_did_and_took_back_counts_for_nothing(tmp_path: Path, way: list[str], was: str, by_kb: bool) -> None:
    solved = note("佐藤 健", "2025-05-20T16:00:00Z", "リリースしました。", status=("進行中", "解決"))
    steps = [each.split() for each in way]
    own = [
        note("運用", f"2025-06-2{day}T00:00:00Z", f"kb 2025062{day}-1", status=(old, new))
        for day, (old, new) in enumerate(steps)
    ]
    put_tickets(tmp_path, issue(45, solved, *own, status=steps[-1][1]))
    found = known(tmp_path, 45)
    assert (found.was, found.turned.by_kb, found.was_closed) == (was, by_kb, False)


def test_who_reopened_what_kb_closed_is_heard(tmp_path: Path) -> None:
    solved = note("佐藤 健", "2025-05-20T16:00:00Z", "リリースしました。", status=("進行中", "解決"))
    closed = note("運用", "2025-06-20T00:00:00Z", "kb 20250620-1", status=("解決", "終了"))
    reopened = note("岸 礼", "2025-06-21T00:00:00Z", "", status=("終了", "解決"))
    put_tickets(tmp_path, issue(45, solved, closed, reopened, status="解決"))
    found = known(tmp_path, 45)
    assert (found.turned.by, found.was_closed, found.quiet.by) == ("岸 礼", True, "岸 礼")


def test_a_private_note_objects_and_proves_nothing(tmp_path: Path) -> None:
    told = note("佐藤 健", "2025-05-01T00:00:00Z", "対応中です。")
    put_tickets(tmp_path, issue(45, told, note("岸 礼", "2025-05-02T00:00:00Z", "完了しました。", private=True)))
    assert known(tmp_path, 45).says is NoteMeaning.STILL
    told = note("佐藤 健", "2025-05-01T00:00:00Z", "完了しました。")
    put_tickets(tmp_path, issue(46, told, note("岸 礼", "2025-05-02T00:00:00Z", "まだ再現します。", private=True)))
    assert known(tmp_path, 46).says is NoteMeaning.STILL


def test_children_of_children_and_blockers_are_known_by_their_state(tmp_path: Path) -> None:
    tree = [{**children(46)[0], "children": children(47)}, *children(48)]
    blocked = [relation("blocks", 49, 45), relation("blocks", 45, 50), relation("relates", 45, 51)]
    by_kb = note("運用", "2025-06-20T00:00:00Z", "kb 20250620-1", status=("新規", "終了"))
    put_tickets(
        tmp_path,
        issue(45, children=tree, relations=blocked),
        issue(46, CLOSED, status="終了"),
        issue(47, by_kb, status="終了"),
        issue(49),
    )
    found = known(tmp_path, 45)
    assert [(each.key, each.closed, each.by_kb) for each in found.children] == [
        ("redmine:46", True, False),
        ("redmine:47", True, True),
        ("redmine:48", False, False),  # one the mirror does not have may be open
    ]
    assert found.open_blockers == ("redmine:49",)
    assert state(tmp_path, 46) is None  # closed: nothing asks


# -- what is joined again ----------------------------------------------------------------------------


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on no page may be read."""

    def read(*_: Any) -> None:
        raise AssertionError("a page was read again")

    def begin() -> None:
        monkeypatch.setattr(work, "read_document", read)
        work.build_judge.cache_clear()

    return begin


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The documents that are joined, in order."""
    seen: list[object] = []
    really = survey.judge_joins

    def spy(judgement: Any, *more: Any) -> Any:
        seen.append(judgement.entry.doc)
        return really(judgement, *more)

    monkeypatch.setattr(survey, "judge_joins", spy)
    return seen


@pytest.fixture
def home(workspace: Path) -> Path:
    """A workspace with an esa and a Redmine."""
    (workspace / "kb.toml").write_text(f'[esa]\nteam = "docs"\n[redmine]\nurl = "{BASE}"\n', encoding="utf-8")
    return workspace


def test_a_child_that_is_closed_joins_its_parent_again_and_nothing_else(
    kb: Call, home: Path, unread: Callable[[], None], joined: list[object]
) -> None:
    put_tickets(home, issue(45, children=children(46)), issue(46), issue(47))
    assert ("redmine:45", "TKT101") not in kb(*LINT).codes
    put_tickets(home, issue(46, CLOSED, status="終了"))
    joined.clear()
    assert kb(*LINT, "--new-only").codes == [("redmine:45", "TKT101")]
    assert sorted(set(map(str, joined))) == ["redmine:45", "redmine:46"]
    joined.clear()
    unread()
    assert kb(*LINT, "--new-only").codes == []
    assert joined == []


def test_an_edited_note_joins_its_ticket_again(kb: Call, home: Path, joined: list[object]) -> None:
    done = note("佐藤 健", "2025-05-20T00:00:00Z", "まだ再現します。")
    put_tickets(home, issue(45, done), issue(46))
    assert ("redmine:45", "TKT101") not in kb(*LINT).codes
    put_tickets(home, issue(45, {**done, "notes": "完了しました。"}))  # and its updated_on stays
    joined.clear()
    assert kb(*LINT, "--new-only").codes == [("redmine:45", "TKT101")]
    assert "redmine:46" not in joined
    put_tickets(home, issue(45))  # the note was emptied
    assert ("redmine:45", "TKT101") not in kb(*LINT).codes


def test_a_post_that_is_deleted_is_told_on_those_that_link_to_it(
    kb: Call, home: Path, posts: Any, unread: Callable[[], None], joined: list[object]
) -> None:
    posts.put(
        (1, "流し直し", "https://docs.esa.io/posts/2 と https://docs.esa.io/posts/9"),
        (2, "手順", "本文"),
        (3, "別", ""),
    )
    assert kb(*LINT).codes == []  # 9 was never mirrored: nobody knows
    posts.bury(2)
    joined.clear()
    unread()
    assert kb(*LINT, "--new-only").codes == [("esa:1", "PST105")]
    assert joined == ["esa:1"]


def test_a_category_that_runs_empty_is_told_on_those_that_link_to_it(kb: Call, home: Path, posts: Any) -> None:
    link = "https://docs.esa.io/#path=%2F%E6%97%A7%E9%81%8B%E7%94%A8"
    posts.put((1, "案内", f"{link} を見る"), category="案内")
    posts.put((2, "手順", "本文"), category="旧運用/手順")
    assert kb(*LINT).codes == []
    posts.put((2, "手順", "本文"), category="運用/手順")
    said = kb(*LINT, "--new-only")
    assert said.codes == [("esa:1", "PST105")]
    assert said.rows[0]["evidence"] == "旧運用"
    posts.put((3, "戻り", "本文"), category="旧運用")
    assert kb(*LINT).codes == []


def test_a_mirror_that_is_not_whole_calls_no_category_empty(kb: Call, home: Path, posts: Any) -> None:
    posts.put((1, "案内", "https://docs.esa.io/#path=%2F%E6%97%A7 を見る"), category="案内")
    with Mirror.open(home / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.mark("esa.full", '{"after": 1}')
    assert kb(*LINT).codes == []


# -- what kb did makes nothing fresh --------------------------------------------------------------------


def moved(root: Path, number: int, at: str, by: str, *, by_kb: bool, category: str) -> None:
    """A post as it stands after an edit."""
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.put(
            [
                SourceRow(
                    Source.ESA, Kind.POST, str(number), f"esa:{number}", f"引き継ぎ {number}", "本文", {},
                    category=category, wip=True, author="watanabe", created_at="2025-01-01T00:00:00Z",
                    updated_at=at, edited_by=by, by_kb=by_kb,
                )
            ]
        )  # fmt: skip
        writer.things(Source.ESA, "member", {"sato": {"screen_name": "sato"}})
        writer.things(Source.ESA, "former-member", {"watanabe": {"screen_name": "watanabe"}})


def test_a_mass_move_by_kb_changes_no_age_and_no_owner(kb: Call, home: Path) -> None:
    for number in range(1, 6):
        who = "watanabe" if number < 5 else "ono"  # of the first four PST103 speaks, and so of their age nothing else
        moved(home, number, f"2025-03-0{number}T00:00:00Z", who, by_kb=False, category="旧運用")
    before = [(row["doc"], row["code"], row["message"]) for row in kb(*LINT).rows]
    assert {code for _, code, _ in before} == {"PST101", "PST103"}
    for number in range(1, 6):
        moved(home, number, "2025-06-30T00:00:00Z", "sato", by_kb=True, category="運用")
    assert [(row["doc"], row["code"], row["message"]) for row in kb(*LINT).rows] == before


def test_a_note_by_kb_changes_no_age_of_a_ticket(kb: Call, home: Path) -> None:
    old = note("佐藤 健", "2025-01-20T00:00:00Z", "確認します。")
    by_kb = note("運用", "2025-06-30T00:00:00Z", "担当者の変更\n\nkb 20250630-1")
    put_tickets(home, issue(45, old, status="進行中"))
    before = [(row["code"], row["message"]) for row in kb(*LINT).rows]
    assert [code for code, _ in before] == ["TKT102"]
    put_tickets(home, issue(45, old, by_kb, status="進行中"))
    assert [(row["code"], row["message"]) for row in kb(*LINT).rows] == before


def test_a_private_ticket_stays_out_of_what_is_passed_on(kb: Call, home: Path) -> None:
    put_tickets(home, issue(45, is_private=True, status="解決", subject="人事の件"))
    shown = kb("lint", "--format", "markdown", "--select", "TKT", "--now", "2025-07-01", "--exit-zero")
    assert "人事の件" not in shown.out
    assert "TKT101" in kb("lint", "--format", "jsonl", "--select", "TKT", "--now", "2025-07-01").out


def test_an_incident_page_in_a_personal_folder_is_told_by_what_it_is(kb: Call, home: Path, posts: Any) -> None:
    parts = (
        "影響\n注文 6 件",
        "原因\n順序の誤り。",
        "対応\n直した版を出した。",
        "再発防止\n- [ ] 一意制約を付ける（大野、7/31）",
    )
    body = "\n\n".join(f"## {part}" for part in parts)
    posts.put((1, "注文が二重になる", body), (2, "昼", "昼の献立。"), category="Users/ono/障害")
    assert [code for code in kb(*LINT).codes if code[1] == "PST102"] == [("esa:1", "PST102")]
