"""Old versions of wiki pages, what is in attached files, and who reads tickets without a login."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mirror.sync_kit import good, sync_counted
from sample_rows import ticket
from servers import Sandbox, run_sandbox

from kb.console.progress import Meter
from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility
from kb.settings.kb_toml import RedmineSettings, Settings, SyncSettings
from kb.settings.workspace import Workspace
from kb.sources.redmine.source import RedmineSource
from kb.sources.sync import SyncOptions, SyncOutcome, sync_source

Sync = Callable[..., SyncOutcome]
IDLE = 7 + 1  # one wiki
PROJECT = {"id": 1, "name": "基盤", "identifier": "infra"}


def file(number: int, name: str, **fields: Any) -> dict[str, Any]:
    return {"id": number, "filename": name, "author": {"id": 11, "name": "佐藤"}, **fields}


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    world = {
        "projects": [
            {**PROJECT, "is_public": True, "enabled_modules": [{"name": "issue_tracking"}, {"name": "wiki"}]},
            {"id": 2, "name": "予約", "identifier": "web", "enabled_modules": [{"name": "issue_tracking"}]},
        ],
        "wiki_pages": [
            {
                "project": PROJECT,
                "title": "手順",
                "versions": [
                    {"version": n, "text": f"手順 {n}", "author": {"id": 11, "name": "佐藤"}} for n in (1, 2, 3)
                ],
                "attachments": [file(90, "wiki.conf", content="host = db01")],
            },
            {"project": PROJECT, "title": "新しい", "text": "一つだけ"},
        ],
    }
    rows = [
        world,
        ticket(1, attachments=[file(1, "db.csv", content="利用者,合言葉\n"), file(2, "画面.png", filesize=99)]),
        ticket(2, attachments=[file(3, "large.log", content="x" * 5000)], is_private=True),
        ticket(3, custom_fields=[{"id": 1, "name": "接続先", "value": "db01"}]),
    ]
    with run_sandbox("--profile", "nolimit", data=rows) as sandbox:
        yield sandbox


@pytest.fixture
def sync(box: Sandbox, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sync:
    """Syncs Redmine; keywords are settings of `[sync]`, `history`, or `full`."""
    box.use(monkeypatch)

    def run(*, history: bool = False, full: bool = False, **settings: Any) -> SyncOutcome:
        redmine = RedmineSettings(box.redmine, history=history)
        workspace = Workspace(tmp_path, Settings(redmine=redmine, sync=SyncSettings(**{"audit": 0, **settings})))
        return sync_counted(box, RedmineSource(redmine), workspace, mirror, SyncOptions(full))

    return run


def wiki(mirror: Mirror, title: str = "手順") -> StoredDocument:
    stored = mirror.find(Source.REDMINE, Kind.WIKI, f"infra/{title}")
    assert stored is not None
    return stored


def attached(mirror: Mirror) -> dict[str, str]:
    return {s.document.title: s.document.body for s in mirror.documents(kinds=[Kind.ATTACHMENT])}


# -- wiki ---------------------------------------------------------------------------------------


def test_each_old_version_is_read_once_ever(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    figures = good(sync(history=True))
    assert figures["history_requests"] == 1 + 2  # as nobody, and two old versions
    versions = list(mirror.versions(wiki(mirror).id))
    assert [(old.part, old.number, old.body, old.author) for old in versions] == [
        ("wiki:2", 2, "手順 2", "佐藤"),
        ("wiki:1", 1, "手順 1", "佐藤"),
    ]
    assert versions[0].url == f"{box.redmine}/projects/infra/wiki/手順/2"
    assert list(mirror.versions(wiki(mirror, "新しい").id)) == []
    idle = good(sync(history=True))
    assert (idle["requests"], idle["history_requests"], idle["changed"]) == (IDLE, 0, 0)
    box.edit("redmine", "wiki_update", fields={"project": "infra", "title": "手順", "text": "手順 4"})
    figures = good(sync(history=True))
    assert (figures["requests"], figures["history_requests"], figures["changed"]) == (IDLE + 1, 1, 1)
    assert [old.body for old in mirror.versions(wiki(mirror).id)] == ["手順 3", "手順 2", "手順 1"]


def test_what_one_run_may_not_read_the_next_does(sync: Sync, mirror: Mirror) -> None:
    outcome = sync(history=True, history_requests=2)
    assert good(outcome)["history_requests"] == 2
    assert any("古い版 1 件" in str(note) for note in outcome.notes)
    assert good(sync(history=True, history_requests=2))["history_requests"] == 1
    assert [old.number for old in mirror.versions(wiki(mirror).id)] == [2, 1]


def test_a_wiki_that_shows_no_old_versions_is_asked_again_by_a_full_sync_only(
    sync: Sync, box: Sandbox, mirror: Mirror
) -> None:
    box.fault(system="redmine", kind="403", path="/wiki/.*/[0-9]+.json", times=2)
    outcome = sync(history=True)
    assert good(outcome)["history_requests"] == 1 + 1
    assert any("infra" in str(note) for note in outcome.notes)
    assert good(sync(history=True))["history_requests"] == 0
    assert good(sync(history=True, full=True))["history_requests"] == 1 + 1
    assert good(sync(history=True, full=True))["history_requests"] == 1 + 2
    assert [old.number for old in mirror.versions(wiki(mirror).id)] == [2, 1]


def test_a_version_that_is_missing_is_not_asked_for_again(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.fault(system="redmine", kind="404", path="/wiki/.*/1.json", times=1)
    good(sync(history=True))
    assert [old.number for old in mirror.versions(wiki(mirror).id)] == [2]
    assert good(sync(history=True))["history_requests"] == 0


def test_old_versions_follow_their_project(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync(history=True)
    assert {old.visibility for old in mirror.versions(wiki(mirror).id)} == {Visibility.MEMBERS}
    box.edit("redmine", "project", id=1, fields={"is_public": False})
    sync(history=True)
    assert {old.visibility for old in mirror.versions(wiki(mirror).id)} == {Visibility.PRIVATE}


# -- files --------------------------------------------------------------------------------------


def test_names_of_files_come_with_lists_and_cost_nothing(sync: Sync, mirror: Mirror) -> None:
    figures = good(sync())
    assert figures["requests"] == 5 + 1 + 1 + 2  # tables, one list, one wiki with two pages
    assert attached(mirror) == {"db.csv": "", "画面.png": "", "large.log": "", "wiki.conf": ""}
    assert good(sync())["requests"] == IDLE


def test_text_files_are_fetched_once_and_large_ones_not_at_all(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    assert good(sync(attachments=True, attachment_kb=4))["history_requests"] == 2
    assert attached(mirror) == {
        "db.csv": "利用者,合言葉\n",
        "画面.png": "",
        "large.log": "",
        "wiki.conf": "host = db01",
    }
    idle = good(sync(attachments=True, attachment_kb=4))
    assert (idle["requests"], idle["history_requests"]) == (IDLE, 0)
    assert good(sync(attachments=True))["history_requests"] == 1
    assert attached(mirror)["large.log"] == "x" * 5000


def test_a_file_is_for_the_readers_of_its_ticket(sync: Sync, mirror: Mirror) -> None:
    sync()
    seen = {s.document.title: s.document.visibility for s in mirror.documents(kinds=[Kind.ATTACHMENT])}
    assert seen == {
        "db.csv": Visibility.MEMBERS, "画面.png": Visibility.MEMBERS, "large.log": Visibility.PRIVATE,
        "wiki.conf": Visibility.MEMBERS,
    }  # fmt: skip


def test_files_that_the_server_fails_at_are_asked_for_again(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.fault(system="redmine", kind="403", path="/attachments/download/1$", times=1)
    assert good(sync(attachments=True))["history_requests"] == 3
    assert attached(mirror)["db.csv"] == ""
    assert good(sync(attachments=True))["history_requests"] == 0  # it is not for this key
    assert good(sync(attachments=True, full=True))["history_requests"] == 1
    assert attached(mirror)["db.csv"] == "利用者,合言葉\n"


# -- nobody -------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", [False, True])
def test_whether_nobody_reads_tickets_is_asked_once(sync: Sync, box: Sandbox, mirror: Mirror, closed: bool) -> None:
    box.edit("redmine", "settings", fields={"login_required": closed})
    sync()
    assert mirror.mark("redmine.anonymous") is None
    sync(history=True)
    assert mirror.mark("redmine.anonymous") == json.dumps(not closed)
    assert good(sync(history=True))["history_requests"] == 0


# -- what an older kb left out ------------------------------------------------------------------


def test_a_mirror_of_an_older_kb_gains_fields_files_and_old_values_without_a_request(
    sync: Sync, box: Sandbox, mirror: Mirror
) -> None:
    box.edit("redmine", "update", id=3, fields={"description": "直した", "custom_fields": {"1": "db02"}})
    sync()
    names = [s.document.part for s in mirror.documents(kinds=[Kind.FIELD, Kind.ATTACHMENT])]
    hashes = {s.document.part: s.hash for s in mirror.documents(doc="redmine:3")}
    with mirror.database.transaction():
        for statement in (
            "DELETE FROM versions",
            *(
                f"DELETE FROM {table} WHERE id IN (SELECT id FROM documents WHERE kind IN ('field', 'attachment'))"  # noqa: S608
                for table in ("bodies", "raws", "structure", "documents")
            ),
            "DELETE FROM marks WHERE name = 'redmine.parts'",
        ):
            mirror.database.execute(statement)
    idle = good(sync())
    assert (idle["requests"], idle["changed"], idle["added"]) == (IDLE, 0, 0)
    assert sorted(s.document.part for s in mirror.documents(kinds=[Kind.FIELD, Kind.ATTACHMENT])) == sorted(names)
    assert {s.document.part: s.hash for s in mirror.documents(doc="redmine:3")} == hashes
    (stored,) = mirror.documents(kinds=[Kind.FIELD])
    assert [old.body for old in mirror.versions(stored.id)] == ["db01"]


def test_a_sync_of_one_project_reads_no_history_or_files_of_another(
    sync: Sync, box: Sandbox, mirror: Mirror, tmp_path: Path
) -> None:
    box.edit("redmine", "create", fields={"subject": "別", "project": "web"})
    sync()
    redmine = RedmineSettings(box.redmine, history=True)
    workspace = Workspace(tmp_path, Settings(redmine=redmine, sync=SyncSettings(audit=0, attachments=True)))
    outcome = sync_source(RedmineSource(redmine), workspace, mirror, SyncOptions(project="web"), Meter("Redmine"))
    assert good(outcome)["history_requests"] == 1
    assert mirror.versioned() == frozenset()
