"""The world as the mirror knows it: which words name a ticket, who closed it and when, who is a member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kb.lint.engine.world_builder import WorldBuilder
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility
from kb.model.facts import Facts, Item, ItemState, PageKind, Role
from kb.model.page import Entry
from kb.settings.kb_toml import RedmineSettings, Settings
from kb.sources.redmine import rows
from kb.sources.redmine.rows import RowContext as Redmine
from kb.text.lines import Span

BASE = "https://redmine.example.jp/redmine"
SETTINGS = Settings(redmine=RedmineSettings(BASE))
REDMINE = Redmine(BASE, {1: rows.ProjectPlace("infra", Visibility.MEMBERS)}, frozenset({5}), None)
TODAY = date(2026, 8, 3)
CLOSE, REOPEN = ("1", "5"), ("5", "1")


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with Mirror.open(tmp_path / ".kb" / "mirror.db") as opened, opened.write() as writer:
        writer.things(Source.REDMINE, "status", {"1": {"id": 1}, "3": {"id": 3}, "5": {"id": 5, "is_closed": True}})
        writer.things(Source.ESA, "member", {"sato": {"screen_name": "Sato", "name": "佐藤 花子"}})
        writer.things(
            Source.ESA,
            "former-member",
            {"ono": {"screen_name": "ono", "name": "大野"}, "old": {"screen_name": "old", "name": "佐藤 花子"}},
        )
    with Mirror.open(tmp_path / ".kb" / "mirror.db") as opened:
        yield opened


def ticket(mirror: Mirror, number: int, *turns: tuple[tuple[str, str], str, str, str], **fields: Any) -> None:
    """Ticket `number`; each turn is (old and new status), time, who, and the note."""
    status = turns[-1][0][1] if turns else fields.pop("status", "1")
    journals = [
        {
            "id": number * 100 + n,
            "user": {"name": who},
            "created_on": at,
            "notes": note,
            "details": [{"property": "attr", "name": "status_id", "old_value": was, "new_value": now}],
        }
        for n, ((was, now), at, who, note) in enumerate(turns)
    ]
    issue = {
        "id": number,
        "project": {"id": 1},
        "subject": f"件 {number}",
        "status": {"id": int(status), "name": {"1": "新規", "3": "解決", "5": "終了"}[status]},
        "description": "",
        "created_on": "2026-07-01T00:00:00Z",
        "updated_on": turns[-1][1] if turns else "2026-07-01T00:00:00Z",
        "journals": journals,
        **fields,
    }
    with mirror.write() as writer:
        writer.put(rows.ticket_rows(issue, REDMINE, notes=True))


def page(*words: str, title: str = "題名", source: Source = Source.ESA, doc: str = "esa:1") -> Entry:
    item = Item(Role.PREVENTION, ItemState.OPEN, Span(1, 1, 1, 2), tickets=words)
    kind = Kind.TICKET if source is Source.REDMINE else Kind.POST
    return Entry(doc, source, kind, title, facts=Facts(PageKind.INCIDENT, "test", items=(item,)))


def test_a_closed_ticket_names_who_and_when_in_the_teams_time(mirror: Mirror) -> None:
    ticket(mirror, 45, (CLOSE, "2026-07-31T16:00:00Z", "大野", ""))
    found = WorldBuilder(SETTINGS, TODAY, mirror).world([page("#45")]).tickets["#45"]
    assert (found.key, found.title, found.status, found.closed) == ("redmine:45", "件 45", "終了", True)
    assert (found.since, found.by, found.by_kb) == ("2026-08-01", "大野", False)
    assert found.url == f"{BASE}/issues/45"


def test_a_ticket_is_called_by_its_title_without_secrets(mirror: Mirror) -> None:
    ticket(mirror, 45, subject="接続の確認 パスワード: Kumo7-Hikari")
    title = WorldBuilder(SETTINGS, TODAY, mirror).world([page("#45")]).tickets["#45"].title
    assert "接続の確認" in title
    assert "Kumo7" not in title


def test_a_reopened_ticket_names_who_reopened_it(mirror: Mirror) -> None:
    ticket(
        mirror, 45, (CLOSE, "2026-07-10T00:00:00Z", "大野", ""), (REOPEN, "2026-07-20T00:00:00Z", "佐藤", "再発した")
    )
    found = WorldBuilder(SETTINGS, TODAY, mirror).world([page("#45")]).tickets["#45"]
    assert (found.closed, found.since, found.by) == (False, "2026-07-20", "佐藤")


def test_a_ticket_that_was_always_open_has_no_day(mirror: Mirror) -> None:
    ticket(mirror, 45, (("1", "3"), "2026-07-10T00:00:00Z", "大野", ""))
    found = WorldBuilder(SETTINGS, TODAY, mirror).world([page("#45")]).tickets["#45"]
    assert (found.closed, found.since, found.by) == (False, "", "")


def test_what_kb_closed_is_marked(mirror: Mirror) -> None:
    ticket(mirror, 45, (CLOSE, "2026-07-10T00:00:00Z", "kb 係", "kb 20260710-1: 完了"))
    assert WorldBuilder(SETTINGS, TODAY, mirror).world([page("#45")]).tickets["#45"].by_kb


def test_a_ticket_closed_without_a_note_has_its_own_day(mirror: Mirror) -> None:
    ticket(mirror, 45, status="5", closed_on="2026-07-05T15:30:00Z")
    found = WorldBuilder(SETTINGS, TODAY, mirror).world([page("#45")]).tickets["#45"]
    assert (found.closed, found.since, found.by) == (True, "2026-07-06", "")


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("#45", 45),
        (f"{BASE}/issues/45", 45),
        (f"{BASE}/issues/45#note-3", 45),
        ("http://redmine.example.jp:8080/redmine/issues/45?tab=notes", 45),
        ("https://redmine.example.jp/issues/45", 0),
        (f"{BASE}/issues/45x", 0),
        (f"{BASE}/projects/infra/issues/45", 0),
        ("https://github.com/o/r/issues/45", 0),
        ("https://[broken/issues/45", 0),
        ("#045", 0),
        ("#45の件", 0),
    ],
)
def test_which_words_name_a_ticket(mirror: Mirror, word: str, number: int) -> None:
    assert WorldBuilder(SETTINGS, TODAY, mirror).number(word) == number


def test_without_redmine_an_address_names_no_ticket(mirror: Mirror) -> None:
    assert WorldBuilder(Settings(), TODAY, mirror).number(f"{BASE}/issues/45") == 0


def test_only_named_tickets_are_looked_up_and_each_under_the_word_used(mirror: Mirror) -> None:
    for number in (45, 46, 47):
        ticket(mirror, number)
    around = WorldBuilder(SETTINGS, TODAY, mirror)
    world = around.world([page("#45", f"{BASE}/issues/46", "#99", title="【完了】件 #47")])
    assert set(world.tickets) == {"#45", f"{BASE}/issues/46", "#47"}
    assert {number: each is not None for number, each in around.ticket_stamps(page("#45", "#99")).items()} == {
        45: True,
        99: False,
    }
    assert set(around.world([page("#46", source=Source.REDMINE, doc="redmine:47")]).tickets) == {"#46"}


def test_a_hidden_or_gone_ticket_is_not_known(mirror: Mirror) -> None:
    ticket(mirror, 45)
    stored = mirror.find(Source.REDMINE, Kind.TICKET, "45")
    assert stored is not None
    with mirror.write() as writer:
        writer.mark_gone(stored.id, hidden=True)
    assert WorldBuilder(SETTINGS, TODAY, mirror).world([page("#45")]).tickets == {}


def test_members_go_by_all_their_names_and_who_is_there_has_not_left(mirror: Mirror) -> None:
    world = WorldBuilder(SETTINGS, TODAY, mirror).world([])
    assert world.members == {"sato", "佐藤 花子", "old"}, "another screen name of a member's full name is theirs"
    assert world.former == {"ono", "大野"}


def test_the_digest_changes_with_the_day_and_the_settings(mirror: Mirror) -> None:
    around = WorldBuilder(SETTINGS, TODAY, mirror)
    assert around.digest() == WorldBuilder(SETTINGS, TODAY, mirror).digest()
    assert around.digest() != WorldBuilder(SETTINGS, date(2026, 8, 4), mirror).digest()
    assert around.digest() != WorldBuilder(replace(SETTINGS, timezone="UTC"), TODAY, mirror).digest()


def test_without_a_mirror_the_world_is_today() -> None:
    world = WorldBuilder(SETTINGS, TODAY).world([page("#45")])
    assert (world.today, world.tickets, world.members) == (TODAY, {}, frozenset())
