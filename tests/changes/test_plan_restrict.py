"""`kb plan restrict`: tickets that hold a secret are shown to fewer readers until its value is changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sample_rows
from changes.test_real_redmine import call
from servers import RealRedmine, Row, Sandbox

from kb.model.secret import SecretKind
from kb.plan.file.parse import parse_plan
from kb.plan.groups import diff_values
from kb.plan.propose.restrict import OwnerRights, ReadTicket, RoleRights, TicketSpot, propose_restriction

from changes.site import Site, opened  # isort: skip

FIRST, SECOND, THIRD = "Zt7-kupferdach-19", "q8Yw-nebelhorn-44", "Rk5-windfang-83"
RIGHTS = ("view_issues", "edit_issues", "add_issue_notes", "view_private_notes", "view_issue_watchers")
LIMITS = ("set_issues_private", "set_notes_private", "edit_issue_notes")
SATO, SUZUKI = {"id": 11, "name": "佐藤"}, {"id": 12, "name": "鈴木"}


def world(*permissions: str, sees: str = "all") -> Row:
    """A Redmine in which the key's owner has these permissions; 佐藤 and 鈴木 are members who read."""
    return {
        "issue_statuses": [{"id": 1, "name": "新規", "is_closed": False}, {"id": 5, "name": "終了", "is_closed": True}],
        "roles": [
            {"id": 3, "name": "開発者", "permissions": ["view_issues"], "issues_visibility": "default"},
            {"id": 9, "name": "kb", "permissions": [*RIGHTS, *permissions], "issues_visibility": sees},
        ],
        "projects": [{"id": 1, "name": "基盤", "identifier": "infra", "status": 1, "is_public": True}],
        "users": [{"id": 11, "login": "sato", "name": "佐藤"}, {"id": 12, "login": "suzuki", "name": "鈴木"}],
        "memberships": [
            {"id": each["id"], "project": {"id": 1}, "user": each, "roles": [{"id": 3}]} for each in (SATO, SUZUKI)
        ],
    }


def note(number: int, text: str, **fields: Any) -> Row:
    return {
        "id": number, "user": SATO, "notes": text, "created_on": LATER, "private_notes": False,
        "details": [], **fields,
    }  # fmt: skip


LATER = "2026-01-02T00:00:00Z"
"""When notes were written: of a ticket that never moved a sync reads none."""

TICKETS = (
    sample_rows.ticket(1, description=f"管理画面のパスワード: {FIRST}\n", assigned_to=SUZUKI, watchers=[SUZUKI]),
    sample_rows.ticket(
        2,
        updated_on=LATER,
        journals=[note(21, "見ました。"), note(22, f"DB のパスワードは `{SECOND}` です。"), note(23, "了解です。")],
    ),
    sample_rows.ticket(3, description=f"パスワード: {THIRD}\n", is_private=True),
    sample_rows.ticket(4, updated_on=LATER, journals=[note(41, f"パスワード: {THIRD}", private_notes=True)]),
    sample_rows.ticket(5, description="秘密のないチケット"),
)
POST = {"number": 1, "name": "手順", "category": "運用", "body_md": f"DB のパスワード: `{SECOND}` です。\n"}

Open = Callable[..., Site]


@pytest.fixture
def site(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Open]:
    """Opens a workspace in which the key may do so much; no file of it holds a value afterwards."""
    folder = tmp_path / "team"
    folder.mkdir()

    def open_(*permissions: str, sees: str = "all", rows: tuple[Row, ...] = TICKETS) -> Site:
        box = sandbox("--profile", "nolimit", data=[world(*permissions, sees=sees), *rows, POST])
        return opened(box, folder, monkeypatch, capsys, box.redmine)

    yield open_
    files = (each for each in folder.rglob("*") if each.is_file() and not each.name.startswith("mirror.db"))
    held = [each.name for each in files if any(value.encode() in each.read_bytes() for value in (FIRST, SECOND, THIRD))]
    assert held == []


def ticket(here: Site, number: int) -> Row:
    return next(row for row in here.sandbox.dump("redmine") if row.get("id") == number and "subject" in row)


def readers(here: Site) -> dict[str, bool]:
    """What is private of tickets 1 and 2, of the second's notes too."""
    found = {str(number): bool(ticket(here, number)["is_private"]) for number in (1, 2)}
    return found | {str(each["id"]): bool(each["private_notes"]) for each in ticket(here, 2)["journals"]}


OPEN = {"1": False, "2": False, "21": False, "22": False, "23": False}
LIMITED = OPEN | {"1": True, "22": True}


def test_a_ticket_becomes_private_and_of_another_the_note_alone(site: Open) -> None:
    here = site(*LIMITS)
    here.kb("plan", "restrict", "-o", "plan.toml")
    assert "変更 2 件（2 グループ）" in here.said
    assert "もうプライベートなもの 2 件" in here.said
    assert "esa の 1 か所は、読める人を限れません" in here.said
    assert "そのあとも読める人: チケットは作成者、担当者" in here.said
    assert here.said.splitlines()[-1] == "次は: kb review plan.toml"
    shown = here.kb("review", "plan.toml")
    plan = parse_plan(Path("plan.toml").read_text(encoding="utf-8"), "plan.toml")
    assert [diff for each in plan.changes for _, diff in diff_values(each)] == [
        "[-公開-] → {+プライベート+}",
        "#22 [-公開-] → {+プライベート+}",
    ]
    assert "チケットの説明がもう一度載ります" in shown
    assert "注記だけを変えるチケット 1 件では、メールは出ません" in shown
    here.kb("review", "plan.toml", "--accept", "all")
    here.kb("apply", "plan.toml", "--rehearse", "--json")
    assert readers(here) == OPEN
    before = here.counted("redmine")["total"]
    done = here.apply()
    assert (done["done"], done["failed"], done["overwritten"]) == (2, 0, [])
    assert readers(here) == LIMITED
    assert done["requests"] == here.counted("redmine")["total"] - before == 7  # foretold below
    assert here.sandbox.notifications("redmine") == {"mails": 1, "people": 1}  # 鈴木 has it
    assert "1 通、1 人へ" in shown
    assert here.undo("last")["done"] == 2
    assert readers(here) == OPEN
    assert ticket(here, 2)["updated_on"] == LATER


def test_the_requests_foretold_are_those_that_are_sent(site: Open) -> None:
    here = site(*LIMITS)
    here.kb("plan", "restrict", "-o", "plan.toml")
    foretold = here.kb("review", "plan.toml")
    assert "リクエスト: Redmine 7。" in foretold
    done = here.apply("--yes")
    assert done["requests"] == 7


def test_the_mirror_knows_at_once_who_reads(site: Open) -> None:
    here = site(*LIMITS)
    here.kb("plan", "restrict", "-o", "plan.toml")
    here.apply("--yes")
    listed = json.loads(here.kb("secrets", "list", "--format", "json").splitlines()[0])
    shown = {place["doc"]: place["exposure"] for each in listed["values"] for place in each["places"]}
    assert (shown["redmine:1"], shown["redmine:2"]) == ("private", "private")
    here.kb("plan", "restrict", "-o", "plan.toml", "--force")
    assert "変更するものはありません" in here.said
    here.kb("sync")
    here.kb("plan", "restrict", "-o", "plan.toml", "--force")
    assert "変更するものはありません" in here.said


def test_a_value_that_was_changed_is_left_alone(site: Open) -> None:
    here = site(*LIMITS)
    listed = json.loads(here.kb("secrets", "list", "--format", "json").splitlines()[0])
    name = next(
        each["value_id"] for each in listed["values"] if any(one["doc"] == "redmine:1" for one in each["places"])
    )
    here.kb("secrets", "rotated", name, "--on", "2026-01-10", "--by", "ono")
    here.kb("plan", "restrict", "-o", "plan.toml")
    assert "変更 1 件" in here.said
    assert "値を変更済みのもの 1 件" in here.said
    here.kb("plan", "restrict", name, "-o", "named.toml")
    assert "変更するものはありません" in here.said


def test_a_key_without_the_right_plans_nothing_and_never_claims_to_have_hidden_anything(site: Open) -> None:
    here = site()
    here.kb("plan", "restrict", "-o", "plan.toml")
    assert "このキーの持ち主には、プライベートにする権限がないもの 2 件" in here.said
    here.kb("plan", "restrict", "-o", "plan.toml", "--without-check", "--force")
    assert "変更 2 件" in here.said
    done = here.apply("--yes", code=4)
    assert (done["done"], done["failed"]) == (0, 2)
    assert readers(here) == OPEN
    said = json.dumps(here.journal(done["run"]), ensure_ascii=False)
    assert "変わっていません" in said
    assert "権限がありません（403）" in said


def test_a_key_that_may_edit_notes_and_not_hide_them_is_found_out_by_reading_back(site: Open) -> None:
    here = site("edit_issue_notes", "set_issues_private")
    here.kb("plan", "restrict", "-o", "plan.toml", "--without-check")
    done = here.apply("--yes", code=4)
    assert (done["done"], done["failed"], readers(here)) == (1, 1, OPEN | {"1": True})
    failed = next(each for each in here.journal(done["run"]) if each["what"] == "failed")
    assert failed["why"]["ja"].endswith("（ワークフローか権限の設定です）")  # and no note remains: none was sent


def test_a_note_that_the_key_may_not_limit_makes_the_ticket_private(site: Open) -> None:
    here = site("set_issues_private")
    here.kb("plan", "restrict", "-o", "plan.toml")
    assert "変更 2 件（1 グループ）" in here.said
    here.apply("--yes")
    assert {name: readers(here)[name] for name in OPEN} == OPEN | {"1": True, "2": True}


def test_no_ticket_is_put_out_of_the_keys_own_sight(site: Open) -> None:
    here = site("set_issues_private", sees="default")
    here.kb("plan", "restrict", "-o", "plan.toml")
    assert "このキーから見えなくなり元に戻せないもの 2 件" in here.said
    here.kb("plan", "restrict", "-o", "plan.toml", "--without-check", "--force")
    done = here.apply("--yes", code=4)
    assert done["done"] == 0
    assert "このキーでは読めなくなったので、確かめられません" in json.dumps(
        here.journal(done["run"]), ensure_ascii=False
    )


@pytest.mark.parametrize("kind", ["reset", "reset-after"])
def test_a_connection_that_breaks_is_settled_by_looking(site: Open, kind: str) -> None:
    here = site(*LIMITS)
    here.kb("plan", "restrict", "-o", "plan.toml")
    for path in ("/journals/22.json$", "/issues/1.json$"):
        here.sandbox.fault(system="redmine", kind=kind, times=1, path=path, method="PUT")
    assert here.apply("--yes")["done"] == 2
    assert readers(here) == LIMITED
    assert here.undo("last")["done"] == 2
    assert readers(here) == OPEN


def test_notes_are_limited_all_or_none(site: Open) -> None:
    rows = (
        sample_rows.ticket(2, updated_on=LATER, journals=[note(n, f"パスワード: {FIRST}") for n in (21, 22, 23)]),
        TICKETS[0],
    )
    here = site(*LIMITS, rows=rows)
    here.kb("plan", "restrict", "-o", "plan.toml")
    here.sandbox.fault(system="redmine", kind="403", times=1, path="/journals/22.json$", method="PUT")
    done = here.apply("--yes", code=4)
    assert (done["done"], done["failed"], readers(here)) == (1, 1, OPEN | {"1": True})
    assert here.apply("--yes")["done"] in (0, 1)


SPOT = TicketSpot("body", SecretKind.PASSWORD)
ROLE = RoleRights(frozenset({*RIGHTS, *LIMITS}), sees_all=False)


def proposed(ticket: ReadTicket, spots: list[TicketSpot], rights: OwnerRights | None) -> dict[str, Any] | str:
    found = propose_restriction(ticket, spots, rights)
    return dict(found.after) if hasattr(found, "after") else str(found)


def test_who_wrote_or_has_a_ticket_may_hide_it_without_seeing_all() -> None:
    rights = OwnerRights(7, roles={1: (ROLE,)})
    for ticket in (ReadTicket(1, "件名", "", 1, author=7), ReadTicket(1, "件名", "", 1, author=8, assignee=7)):
        assert proposed(ticket, [SPOT], rights) == {"private": True}
    assert "見えなくなり" in proposed(ReadTicket(1, "件名", "", 1, author=8), [SPOT], rights)
    assert "権限がない" in proposed(ReadTicket(1, "件名", "", 2, author=7), [SPOT], rights)  # no member there


def test_what_the_history_keeps_of_a_field_is_hidden_with_the_ticket() -> None:
    ticket = ReadTicket(1, "件名", "", 1, author=7, notes={12: 8})
    old = TicketSpot("journal:12:old", SecretKind.PASSWORD)
    kept = TicketSpot("journal:12", SecretKind.PASSWORD)
    assert proposed(ticket, [old], None) == {"private": True}
    assert proposed(ticket, [kept, old], None) == {"private": True}
    assert proposed(ticket, [kept], None) == {"notes": ("12 private",)}


def test_a_secret_in_the_title_is_no_reason_to_leave_a_ticket_open() -> None:
    made = propose_restriction(ReadTicket(1, f"パスワード: {FIRST}", "", 1, author=7), [SPOT], None)
    assert hasattr(made, "title")
    assert FIRST not in made.title


@pytest.mark.redmine
def test_the_real_one_hides_tells_whom_and_takes_it_back(
    closing_redmine: RealRedmine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def kb(*words: str, code: int = 0) -> str:
        return call(capsys, *words, code=code)

    def shown(login: str, name: str) -> Row | None:
        with closing_redmine.client(login) as client:
            answer = client.get(f"/issues/{closing_redmine.ids['issues'][name]}.json?include=journals")
        return dict(answer.json()["issue"]) if answer.status_code == 200 else None

    with closing_redmine.client("sato") as client:
        number = closing_redmine.ids["issues"]["ntp"]
        client.put(f"/issues/{number}.json", json={"issue": {"notes": f"root のパスワードは `{FIRST}` です。"}})
    (tmp_path / "kb.toml").write_text(f'[redmine]\nurl = "{closing_redmine.url}"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDMINE_API_KEY", closing_redmine.api_keys["bot"])
    kb("sync")
    kb("plan", "restrict", "-o", "bots.toml")
    assert not Path("bots.toml").exists()  # bot may not
    kb("plan", "restrict", "-o", "plan.toml", "--without-check")
    figures = json.loads(kb("apply", "plan.toml", "--yes", "--json", code=4))
    assert (figures["done"], figures["failed"]) == (0, 3)
    assert shown("bot", "secret_in_description") is not None
    monkeypatch.setenv("REDMINE_API_KEY", closing_redmine.api_keys["tanaka"])
    kb("sync", "--full")
    kb("plan", "restrict", "-o", "plan.toml", "--force")
    mails = len(closing_redmine.mails())
    figures = json.loads(kb("apply", "plan.toml", "--yes", "--json"))
    assert figures["done"] == 3
    assert shown("bot", "secret_in_description") is None
    assert shown("sato", "secret_in_description") is not None  # who has it
    seen = shown("bot", "ntp")
    assert seen is not None
    assert FIRST not in json.dumps(seen, ensure_ascii=False)
    told = [to.partition("@")[0] for each in closing_redmine.mails()[mails:] for to in each]
    assert set(told) <= {"sato", "suzuki", "tanaka"}  # who still reads them: no bot, no viewer
    assert json.loads(kb("undo", figures["run"], "--yes", "--json"))["done"] == 3
    assert FIRST in json.dumps(shown("bot", "ntp"), ensure_ascii=False)
    assert shown("bot", "secret_in_description") is not None
