"""Following Redmine: tickets, notes with old and new values, wikis, and who may read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from mirror.sync_kit import good, sync_counted
from sample_rows import SATO, ticket
from servers import Sandbox, run_sandbox

from kb.console.progress import Meter
from kb.errors import HeldError, UsageError
from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.model.document import Kind, Markup, Source, Visibility
from kb.settings.kb_toml import RedmineSettings, Settings, SyncSettings
from kb.settings.workspace import Workspace
from kb.sources.redmine.protocol import TicketAnswer
from kb.sources.redmine.source import RedmineSource
from kb.sources.sync import SyncOptions, SyncOutcome, sync_source

Sync = Callable[..., SyncOutcome]
TICKETS = 40
IDLE = 7
WIKIS = 2


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    rows = [
        ticket(
            n,
            project={"id": 1 + n % 2, "name": "基盤" if n % 2 == 0 else "決済"},
            status={"id": 1, "name": "新規"} if n != 40 else {"id": 5, "name": "終了", "is_closed": True},
            updated_on="2026-01-02T00:00:00Z" if n <= 10 else "2026-01-01T00:00:00Z",
            journals=[{"id": n, "user": SATO, "notes": f"注記 {n}", "created_on": "2026-01-02T00:00:00Z"}][: n <= 10],
        )
        for n in range(1, TICKETS + 1)
    ]
    with run_sandbox("--profile", "nolimit", data=rows) as sandbox:
        yield sandbox


@pytest.fixture
def sync(box: Sandbox, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sync:
    """Syncs Redmine; keywords are settings of `[sync]` and `[redmine]`, or `full`, `limit`, `project`."""
    box.use(monkeypatch)

    def run(
        *, full: bool = False, limit: int = 0, project: str = "", markup: str = "auto", url: str = "", **settings: int
    ) -> SyncOutcome:
        redmine = RedmineSettings(url or box.redmine, markup=markup)
        workspace = Workspace(tmp_path, Settings(redmine=redmine, sync=SyncSettings(**{"audit": 0, **settings})))
        source, options = RedmineSource(redmine), SyncOptions(full, limit, project)
        if url:
            return sync_source(source, workspace, mirror, options, Meter("Redmine"))
        return sync_counted(box, source, workspace, mirror, options)

    return run


def find(mirror: Mirror, key: object, kind: Kind = Kind.TICKET) -> StoredDocument:
    stored = mirror.find(Source.REDMINE, kind, str(key))
    assert stored is not None
    return stored


def test_the_first_sync_shows_only_tickets_that_can_have_notes(sync: Sync, mirror: Mirror) -> None:
    figures = good(sync())
    # user, four tables, one list, ten tickets with notes, two wikis
    assert (figures["added"], figures["requests"]) == (TICKETS, 5 + 1 + 10 + WIKIS)
    note = find(mirror, 3, Kind.NOTE)
    assert (note.document.doc, note.document.part, note.document.body) == ("redmine:3", "journal:3", "注記 3")
    idle = good(sync())
    assert (idle["added"], idle["changed"], idle["deleted"], idle["requests"]) == (0, 0, 0, IDLE + WIKIS)


def test_an_edit_comes_with_its_old_and_new_values(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    box.edit("redmine", "update", id=20, fields={"subject": "新しい件名", "notes": "変えました"})
    figures = good(sync())
    assert (figures["changed"], figures["requests"]) == (1, IDLE + WIKIS + 1)
    (note,) = [each for each in mirror.documents(doc="redmine:20") if each.document.kind is Kind.NOTE]
    assert note.document.body == "変えました"
    (detail,) = mirror.raw(note.id)["details"]
    assert (detail["name"], detail["old_value"], detail["new_value"]) == ("subject", "件名 20", "新しい件名")
    assert find(mirror, 20).document.human_by
    assert good(sync())["requests"] == IDLE + WIKIS


def test_a_second_note_in_the_same_second_is_not_lost(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    for word in ("一つ目", "二つ目"):
        box.edit("redmine", "note", id=20, fields={"notes": word})
        good(sync())
    assert [s.document.body for s in mirror.documents(doc="redmine:20")] == ["説明 20", "一つ目", "二つ目"]


def test_a_note_between_list_and_show_and_one_in_the_same_second_after_it(
    sync: Sync, box: Sandbox, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kb.sources.redmine.client import Redmine

    sync()
    show = Redmine.issues

    def noted_while_shown(redmine: Redmine, ids: Iterable[int]) -> Iterator[TicketAnswer]:
        box.clock(now="2027-03-01T00:00:00.2+00:00", frozen=True)
        box.edit("redmine", "note", id=20, fields={"notes": "一つ目"})
        yield from show(redmine, ids)
        box.edit("redmine", "note", id=20, fields={"notes": "二つ目"})

    box.clock(now="2027-02-28T23:59:57+00:00")
    box.edit("redmine", "update", id=20, fields={"subject": "新しい件名"})
    with monkeypatch.context() as patch:
        patch.setattr(Redmine, "issues", noted_while_shown)
        good(sync())
    box.clock(now="2027-03-01T00:10:00+00:00")
    assert good(sync())["changed"] == 1
    bodies = [s.document.body for s in mirror.documents(doc="redmine:20")]
    assert bodies[-2:] == ["一つ目", "二つ目"]
    assert good(sync())["requests"] == IDLE + WIKIS


def test_a_deleted_ticket_is_a_tombstone_with_its_notes(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    box.edit("redmine", "delete", id=3)
    figures = good(sync())
    assert (figures["deleted"], figures["changed"]) == (1, 0)
    assert (find(mirror, 3).state, find(mirror, 3, Kind.NOTE).state) == ("gone", "gone")
    assert good(sync())["requests"] == IDLE + WIKIS


def test_edited_and_emptied_notes_are_found_within_one_turn_of_the_audit(
    sync: Sync, box: Sandbox, mirror: Mirror
) -> None:
    sync()
    box.edit("redmine", "edit_note", id=3, fields={"notes": "書き直し"})
    box.edit("redmine", "empty_note", id=4)
    box.edit("redmine", "attach", id=30, fields={"filename": "a.png"}, quiet=True)
    assert good(sync())["changed"] == 0
    audited = changed = 0
    for _ in range(TICKETS // 15 + 1):
        figures = good(sync(audit=15))
        assert figures["audit_requests"] <= 15 + 1
        audited += figures["audit_requests"]
        changed += figures["changed"]
    assert changed == 3
    assert audited >= TICKETS
    assert find(mirror, 3, Kind.NOTE).document.body == "書き直し"
    assert find(mirror, 4, Kind.NOTE).state == "gone"
    assert [each.document.title for each in mirror.documents(kinds=[Kind.ATTACHMENT])] == ["a.png"]
    assert mirror.raw(find(mirror, 30).id)["attachments"][0]["filename"] == "a.png"


def test_who_may_read_a_ticket_or_note(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.edit("redmine", "project", fields={"project": "基盤", "is_public": True})
    box.edit("redmine", "private", id=2, fields={"is_private": True})
    box.edit("redmine", "project", fields={"project": "決済", "is_public": False})
    sync()
    assert find(mirror, 4).document.visibility is Visibility.MEMBERS
    assert find(mirror, 2).document.visibility is Visibility.PRIVATE
    assert find(mirror, 5).document.visibility is Visibility.PRIVATE
    box.edit("redmine", "project", fields={"project": "基盤", "is_public": False})
    box.edit("redmine", "project", fields={"project": "決済", "is_public": True})
    sync()
    assert find(mirror, 4).document.visibility is Visibility.PRIVATE
    assert find(mirror, 2).document.visibility is Visibility.PRIVATE
    assert find(mirror, 5).document.visibility is Visibility.MEMBERS
    assert find(mirror, 5, Kind.NOTE).document.visibility is Visibility.MEMBERS


def test_a_closed_ticket_is_no_open_task(sync: Sync, mirror: Mirror) -> None:
    sync()
    assert find(mirror, 40).document.open_tasks == 0
    assert find(mirror, 21).document.open_tasks == 1
    assert find(mirror, 21).document.meta["tracker"] == "障害"


def test_wiki_pages_come_change_move_and_go(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    place = find_project(box)
    for title in ("手順", "当番"):
        box.edit("redmine", "wiki_create", fields={"project": place, "title": title, "text": f"h1. {title}"})
    assert good(sync())["added"] == TICKETS + 2
    page = find(mirror, f"{place}/手順", Kind.WIKI)
    assert (page.document.doc, page.document.markup) == (f"redmine:wiki:{place}/手順", Markup.TEXTILE)
    box.edit("redmine", "wiki_update", fields={"project": place, "title": "手順", "text": "直した"})
    figures = good(sync())
    assert (figures["changed"], figures["requests"]) == (1, IDLE + WIKIS + 1)
    box.edit("redmine", "wiki_delete", fields={"project": place, "title": "当番"})
    box.edit("redmine", "wiki_rename", fields={"project": place, "title": "手順", "to": "新手順"})
    figures = good(sync())
    assert (figures["added"], figures["deleted"]) == (1, 2)
    assert find(mirror, f"{place}/新手順", Kind.WIKI).document.body == "直した"
    assert find(mirror, f"{place}/手順", Kind.WIKI).state == "gone"


def find_project(box: Sandbox) -> str:
    with box.redmine_client() as client:
        return str(client.get("/projects.json").json()["projects"][0]["identifier"])


def test_one_project_is_followed_on_its_own(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    place = find_project(box)
    figures = good(sync(project=place))
    assert figures["added"] == TICKETS // 2
    assert {s.document.category for s in mirror.documents()} == {place}
    assert good(sync())["added"] == TICKETS // 2
    box.edit("redmine", "update", id=20, fields={"subject": "x"})
    box.edit("redmine", "update", id=21, fields={"subject": "y"})
    assert good(sync(project=place))["changed"] == 1
    assert good(sync())["changed"] == 1
    outcome = sync(project="nowhere")
    assert isinstance(outcome.error, UsageError)


def test_a_limit_stops_and_the_next_sync_goes_on(sync: Sync, mirror: Mirror) -> None:
    outcome = sync(limit=10)
    assert good(outcome)["added"] == TICKETS  # one page of the list holds them all
    assert outcome.notes
    assert good(sync())["added"] == 0


def test_tickets_this_key_may_not_see_any_more(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    place = find_project(box)
    with box.redmine_client() as client:
        login = client.get("/users/current.json").json()["user"]["login"]
    box.edit("redmine", "project", fields={"project": place, "is_public": False})
    box.edit("redmine", "member", fields={"project": place, "user": login, "roles": []})
    outcome = sync()
    assert isinstance(outcome.error, HeldError)
    assert mirror.count(Source.REDMINE) == TICKETS + 10
    figures = good(sync(accept_missing=20))
    assert figures["deleted"] == 20
    assert {s.state for s in (find(mirror, n) for n in range(1, TICKETS + 1))} == {"live", "hidden"}


def test_a_wrong_key_is_noticed_before_anything_is_believed(
    sync: Sync, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync()
    monkeypatch.setenv("REDMINE_API_KEY", "0" * 40)
    outcome = sync(full=True)
    assert outcome.error is not None
    assert (outcome.error.exit_code, outcome.figures["requests"]) == (3, 1)
    assert mirror.count(Source.REDMINE) == TICKETS + 10


def test_another_redmine_is_not_mixed_in_and_a_moved_one_is_taken_by_a_full_sync(
    sync: Sync, box: Sandbox, mirror: Mirror
) -> None:
    good(sync())
    moved = box.redmine.replace("127.0.0.1", "localhost")
    outcome = sync(url=moved)
    assert outcome.error is not None
    assert outcome.error.exit_code == 2
    assert "kb sync --full" in str(outcome.error)
    assert mirror.count(Source.REDMINE) == TICKETS + 10
    good(sync(url=moved, full=True))
    good(sync(url=moved))


def test_markup_is_guessed_or_told(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.edit("redmine", "update", id=20, fields={"description": "h2. 原因\r\n\r\n* 設定漏れ"})
    sync()
    assert find(mirror, 20).document.markup is Markup.TEXTILE
    assert find(mirror, 21).document.markup is Markup.MARKDOWN
    sync(full=True, markup="textile")
    assert find(mirror, 21).document.markup is Markup.TEXTILE
