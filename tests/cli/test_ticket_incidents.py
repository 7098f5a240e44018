"""Tickets as incidents: what their fields and their status say, from lint to the plan that would close them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lint.ticket_kit import BASE, issue, note, put_tickets

from kb.commands.setup import init_tickets
from kb.lint.people.people import Account, People
from kb.plan.file.parse import parse_plan
from kb.reading.pages.category_tree import propose_settings
from kb.reading.tickets.places import TicketPlaces

Call = Callable[..., Any]
NOW = ("--now", "2025-07-01")
NAMES = ("根本原因", "暫定対応", "再発防止")
CAUSE = "集計の処理が送信待ちの表をつかみ、送信が進まなかった。"
FIX = "集計を止め、待っていた 132 件を送り直した。"
OPEN = "- [ ] 送信待ちが 100 件を超えたら通知する（担当: 佐藤 / 期限: 2025-08-31）"
DONE = OPEN.replace("[ ]", "[x]")
TURN = note("佐藤 健", "2025-05-20T00:00:00Z", "リリースしました。", status=("新規", "解決"), done=(0, 100))


@pytest.fixture
def home(workspace: Path) -> Path:
    toml = f'[redmine]\nurl = "{BASE}"\n[incidents]\ntrackers = ["障害"]\n'
    (workspace / "kb.toml").write_text(toml, encoding="utf-8")
    return workspace


def incident(number: int, *history: dict[str, Any], prevention: str, cause: str = CAUSE, **fields: Any) -> Any:
    """A ticket of the tracker 障害 with its three fields filled in."""
    return issue(
        number,
        *history,
        tracker={"id": 1, "name": "障害"},
        subject=f"確認メールが届かない {number}",
        description="2025/04/30 の 09:20 から 10:05 まで、確認メールが届かなかった。",
        custom_fields=[
            {"id": at, "name": name, "value": value}
            for at, (name, value) in enumerate(zip(NAMES, (cause, FIX, prevention), strict=True), 1)
        ],
        **fields,
    )


def test_a_closed_ticket_with_an_open_measure_is_told_once(home: Path, kb: Call) -> None:
    put_tickets(home, incident(1, TURN, prevention=OPEN, status="終了"), incident(2, prevention=OPEN))
    said = kb("lint", "--format", "jsonl", "--select", "INC405,INC406,INC407,INC502", "--exit-zero", *NOW)
    assert [(row["doc"], row["part"], row["code"]) for row in said.rows] == [("redmine:1", "field:再発防止", "INC502")]
    assert said.rows[0]["message"].startswith("チケットは終了していますが、この対策は残っています。")


def test_a_closed_ticket_is_done_in_the_list_of_incidents(home: Path, kb: Call) -> None:
    tickets = (
        incident(1, TURN, prevention=DONE, status="終了"),
        incident(2, TURN, prevention=OPEN, status="終了"),
        incident(3, prevention=DONE),
    )
    put_tickets(home, *tickets)
    listed = json.loads(kb("incidents", "--format", "json", *NOW).out)["incidents"]
    assert {row["doc"]: row["standing"] for row in listed} == {
        "redmine:1": "done", "redmine:2": "open", "redmine:3": "open",
    }  # fmt: skip


def test_an_incident_that_tells_of_something_open_is_not_offered_for_closing(home: Path, kb: Call) -> None:
    put_tickets(
        home,
        incident(1, TURN, prevention=OPEN, status="解決"),
        incident(2, TURN, prevention=DONE, status="解決"),
    )
    found = kb("lint", "--format", "jsonl", "--select", "TKT101", "--exit-zero", *NOW)
    assert [row["doc"] for row in found.rows] == ["redmine:2"]
    said = kb("plan", "close", "-o", "plan.toml", "--without-check", *NOW)
    assert "障害の記録に残っていることがあるもの 1 件" in said.err
    plan = parse_plan((home / "plan.toml").read_text("utf-8"), "plan.toml")
    assert [each.target for each in plan.changes] == ["redmine:2"]


def test_an_edited_field_is_judged_again(home: Path, kb: Call) -> None:
    lint = ("lint", "--format", "jsonl", "--select", "INC402", "--exit-zero", *NOW)
    put_tickets(home, incident(1, prevention="TODO"))
    assert [row["part"] for row in kb(*lint).rows] == ["field:再発防止"]
    put_tickets(home, incident(1, prevention=OPEN))
    assert kb(*lint).rows == []


def test_a_value_in_a_field_is_told_by_the_field_alone_and_shown_nowhere(home: Path, kb: Call) -> None:
    value = "Kogarashi_2026"
    put_tickets(home, incident(1, cause=f"調査中。管理画面のパスワードは {value}", prevention=OPEN))
    said = kb("lint", "--format", "jsonl", "--exit-zero", *NOW)
    assert [row["part"] for row in said.rows if row["code"].startswith("SEC")] == ["field:根本原因"]
    assert "INC202" in {row["code"] for row in said.rows}
    for words in (("lint", "--all", "--exit-zero", *NOW), ("show", "redmine:1", "--findings"), ("incidents", *NOW)):
        shown = kb(*words)
        assert value not in shown.out + shown.err


def test_a_finding_is_shown_below_its_field_and_found_by_its_words(home: Path, kb: Call) -> None:
    put_tickets(home, incident(1, prevention="TODO"))
    shown = kb("show", "redmine:1", "--findings").out.splitlines()
    at = next(number for number, line in enumerate(shown) if line.startswith("── field:再発防止"))
    assert "INC402" in "".join(shown[at:])
    assert "INC402" not in "".join(shown[:at])
    assert "redmine:1" in kb("search", "送信待ちの表").out


def test_commands_on_posts_name_those_on_tickets(home: Path, kb: Call) -> None:
    put_tickets(home, incident(1, prevention=OPEN))
    for words in (
        ("plan", "done", "-o", "plan.toml"),
        ("plan", "ship", "-o", "plan.toml"),
        ("plan", "archive", "-o", "plan.toml", "--in", "運用"),
    ):
        said = kb(*words)
        assert said.code == 2
        assert "kb plan close" in said.err
    said = kb("incidents", "--publish", "esa", "--yes")
    assert said.code == 2
    assert ".md .html" in said.err


def test_nobody_named_a_tracker_yet(home: Path, kb: Call) -> None:
    (home / "kb.toml").write_text(f'[redmine]\nurl = "{BASE}"\n', encoding="utf-8")
    put_tickets(home, issue(1))
    said = kb("incidents", *NOW).err
    assert "障害のチケット 0 件" in said
    assert "trackers" in said


def test_init_asks_for_the_tracker_until_there_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataclasses import replace

    proposal = replace(propose_settings({}), tickets=TicketPlaces(("障害", "作業", "バグ"), ("障害",)))
    monkeypatch.setattr(init_tickets, "can_ask", lambda: True)

    def asked(*typed: str, yes: bool = False) -> tuple[str, ...]:
        answers = iter(typed)
        monkeypatch.setattr(init_tickets, "read_line", lambda question: next(answers))
        places = init_tickets.settle_trackers(proposal, yes).tickets
        assert places is not None
        return places.trackers

    assert asked("") == ("障害",)
    assert asked("-") == ()
    assert asked("事故\x1b[31m", "バグ、障害") == ("バグ", "障害")
    said = capsys.readouterr().err
    assert "というトラッカーはありません" in said
    assert "\x1b" not in said
    assert asked(yes=True) == ("障害",)


def test_a_name_is_known_in_either_order() -> None:
    people = People(redmine=map(Account, ("花子 佐藤", "健 佐藤", "直人 堀")))
    assert [each.name for each in people.find("佐藤 花子")] == ["花子 佐藤"]
    assert [each.name for each in people.find("堀")] == ["直人 堀"]
    assert len(people.find("佐藤")) == 2
