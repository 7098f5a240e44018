"""Following a real Redmine 6: what the sandbox taught must hold here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from servers import RealRedmine

from kb.console.progress import Meter
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.settings.kb_toml import RedmineSettings, Settings, SyncSettings
from kb.settings.workspace import Workspace
from kb.sources.redmine.source import RedmineSource
from kb.sources.sync import SyncOptions, SyncOutcome, sync_source

pytestmark = pytest.mark.redmine

Sync = Callable[..., dict[str, int]]


@pytest.fixture
def sync(
    fresh_redmine: RealRedmine, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, int]]:
    monkeypatch.setenv("REDMINE_API_KEY", fresh_redmine.api_keys["tanaka"])

    def run(*, full: bool = False, audit: int = 0) -> dict[str, int]:
        settings = RedmineSettings(fresh_redmine.url)
        workspace = Workspace(tmp_path, Settings(redmine=settings, sync=SyncSettings(audit=audit)))
        outcome: SyncOutcome = sync_source(
            RedmineSource(settings), workspace, mirror, SyncOptions(full=full), Meter("Redmine")
        )
        assert outcome.error is None, outcome.error
        return outcome.figures

    return run


def wikis(mirror: Mirror) -> int:
    """Projects whose wiki module is on."""
    projects = mirror.things(Source.REDMINE, "project").values()
    return sum(any(module["name"] == "wiki" for module in row.get("enabled_modules", ())) for row in projects)


def test_everything_then_nothing_then_what_changed(sync: Sync, fresh_redmine: RealRedmine, mirror: Mirror) -> None:
    full = sync()
    with fresh_redmine.client() as client:
        listed = client.get("/issues.json", params={"status_id": "*", "limit": 100}).json()
        assert mirror.count(Source.REDMINE, pages=True) >= listed["total_count"] == len(listed["issues"])
        for row in listed["issues"]:
            stored = mirror.find(Source.REDMINE, Kind.TICKET, str(row["id"]))
            assert stored is not None
            shown = client.get(f"/issues/{row['id']}.json", params={"include": "journals"}).json()["issue"]
            assert (stored.document.title, stored.document.body, stored.document.updated_at) == (
                shown["subject"], shown["description"] or "", shown["updated_on"],
            )  # fmt: skip
            notes = {s.key: s.document.body for s in mirror.documents(doc=f"redmine:{row['id']}", kinds=[Kind.NOTE])}
            assert notes == {str(note["id"]): note["notes"] or "" for note in shown["journals"]}
        noted = sum(row["updated_on"] != row["created_on"] for row in listed["issues"])
        pages = sum(1 for _ in mirror.documents(kinds=[Kind.WIKI]))
        assert full["requests"] <= 5 + 1 + noted + wikis(mirror) + pages
        idle = sync()
        assert idle["requests"] <= 7 + wikis(mirror)
        assert (idle["added"], idle["changed"], idle["deleted"]) == (0, 0, 0)
        number = fresh_redmine.ids["issues"]["outage"]
        for word in ("一つ目", "二つ目"):
            assert client.put(f"/issues/{number}.json", json={"issue": {"notes": word}}).status_code == 204
            assert sync()["changed"] == 1
    bodies = [s.document.body for s in mirror.documents(doc=f"redmine:{number}", kinds=[Kind.NOTE])]
    assert bodies[-2:] == ["一つ目", "二つ目"]


def test_an_edited_note_and_a_deleted_ticket(sync: Sync, fresh_redmine: RealRedmine, mirror: Mirror) -> None:
    with fresh_redmine.client("admin") as client:
        project = fresh_redmine.ids["projects"]["infra"]
        made = client.post(
            "/issues.json", json={"issue": {"project_id": project, "subject": "消える", "tracker_id": 1}}
        )
        assert made.status_code == 201, made.text
        gone = made.json()["issue"]["id"]
        sync()
        note = next(s for s in mirror.documents(kinds=[Kind.NOTE]) if s.document.body)
        edited = client.put(f"/journals/{note.key}.json", json={"journal": {"notes": "伏せました"}})
        assert edited.status_code == 204, edited.text
        assert client.delete(f"/issues/{gone}.json").status_code == 204
    figures = sync()
    assert (figures["deleted"], figures["changed"]) == (1, 0)
    audit = sync(audit=1000)
    assert audit["changed"] == 1
    assert audit["audit_requests"] > 1
    (stored,) = [s for s in mirror.documents(kinds=[Kind.NOTE]) if s.key == note.key]
    assert stored.document.body == "伏せました"


def test_fields_files_and_what_was_said_before(
    fresh_redmine: RealRedmine, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDMINE_API_KEY", fresh_redmine.api_keys["tanaka"])
    settings = RedmineSettings(fresh_redmine.url, history=True)
    depth = SyncSettings(audit=0, attachments=True)
    workspace = Workspace(tmp_path, Settings(redmine=settings, sync=depth))

    def sync() -> dict[str, int]:
        outcome = sync_source(RedmineSource(settings), workspace, mirror, SyncOptions(), Meter("Redmine"))
        assert outcome.error is None, outcome.error
        return outcome.figures

    figures = sync()
    files = {s.document.title: s.document.body for s in mirror.documents(kinds=[Kind.ATTACHMENT])}
    assert files["app.env"] == "API_TOKEN=not-a-real-token-0001\n"
    assert files["手順.txt"].replace("\r\n", "\n") == "1. 開く\n2. 押す\n"
    assert files["shot.png"] == ""
    old_pages = sum(s.document.revision - 1 for s in mirror.documents(kinds=[Kind.WIKI]))
    texts = sum(bool(body) for body in files.values())
    assert figures["history_requests"] == 1 + old_pages + texts
    assert mirror.mark("redmine.anonymous") == "true"
    wiki = mirror.find(Source.REDMINE, Kind.WIKI, "infra/接続情報")
    assert wiki is not None
    assert "Natsu" not in wiki.document.body
    assert any("Natsu" in old.body for old in mirror.versions(wiki.id))
    ticket = mirror.find(Source.REDMINE, Kind.TICKET, str(fresh_redmine.ids["issues"]["secret_removed"]))
    assert ticket is not None
    (old,) = mirror.versions(ticket.id)
    assert old.part.startswith("journal:")
    assert "DB_PASSWORD" in old.body
    assert "DB_PASSWORD" not in ticket.document.body
    field = fresh_redmine.ids["custom_fields"]["cause"]
    number = fresh_redmine.ids["issues"]["outage"]
    with fresh_redmine.client() as client:
        for value in ("ディスク満杯", "ログの肥大"):
            row = {"issue": {"custom_fields": [{"id": field, "value": value}]}}
            assert client.put(f"/issues/{number}.json", json=row).status_code == 204
    figures = sync()
    assert (figures["changed"], figures["history_requests"]) == (1, 0)
    cause = mirror.find(Source.REDMINE, Kind.FIELD, f"{number}/{field}")
    assert cause is not None
    assert (cause.document.part, cause.document.body) == ("field:根本原因", "ログの肥大")
    assert [each.body for each in mirror.versions(cause.id)] == ["ディスク満杯"]
