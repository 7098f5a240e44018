"""What the manual tells an administrator to do by hand does, on a real Redmine 6, what it says."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import httpx
import pytest
from servers import STARTER, RealRedmine

from kb.console.progress import Meter
from kb.mirror.store import Mirror
from kb.settings.kb_toml import RedmineSettings, Settings
from kb.settings.workspace import Workspace
from kb.sources.redmine.source import RedmineSource
from kb.sources.sync import SyncOptions, sync_source

pytestmark = pytest.mark.redmine

MANUAL = Path(__file__).parents[2] / "docs" / "secrets.md"
INVENTED = "Nashi_2209"


@pytest.fixture
def sync(
    fresh_redmine: RealRedmine, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    monkeypatch.setenv("REDMINE_API_KEY", fresh_redmine.api_keys["admin"])

    def run() -> None:
        settings = RedmineSettings(fresh_redmine.url, history=True)
        workspace = Workspace(tmp_path, Settings(redmine=settings))
        outcome = sync_source(RedmineSource(settings), workspace, mirror, SyncOptions(full=True), Meter("Redmine"))
        assert outcome.error is None, outcome.error

    return run


@pytest.fixture
def browser(fresh_redmine: RealRedmine) -> Iterator[httpx.Client]:
    """The administrator, signed in."""
    with httpx.Client(base_url=fresh_redmine.url, timeout=120, trust_env=False, follow_redirects=True) as client:
        sign_in(client, fresh_redmine)
        yield client


def sign_in(browser: httpx.Client, redmine: RealRedmine) -> None:
    """Begin the administrator's session."""
    browser.cookies.clear()
    info = json.loads(redmine.info_file.read_text("utf-8"))
    press(browser, "/login", "/login", username="admin", password=info["admin_password"])


def press(browser: httpx.Client, page: str, action: str, **form: str) -> httpx.Response:
    """Press a button of a page."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.get(page).text)
    assert token is not None
    done = browser.post(action, data={"authenticity_token": token[1], **form})
    assert done.status_code == 200
    return done


def console(redmine: RealRedmine, ticket: int) -> None:
    """Run the manual's own command, for a ticket, in the folder and environment of a Redmine."""
    found = re.search(r"^```sh\n(bundle exec rails runner .*?)^```", MANUAL.read_text("utf-8"), re.M | re.S)
    assert found is not None
    command, count = re.subn(r"Issue\.find\(\d+\)", f"Issue.find({ticket})", found[1])
    assert count == 1
    loader = SourceFileLoader("redmine_start", str(STARTER))
    start = module_from_spec(spec_from_loader(loader.name, loader) or pytest.fail("tests/redmine/start"))
    loader.exec_module(start)
    folder = Path(json.loads(redmine.info_file.read_text("utf-8"))["folder"])
    env = start.environment(folder, folder / "Gemfile")
    done = subprocess.run(["bash", "-c", command], cwd=start.REDMINE, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def olds(mirror: Mirror) -> dict[str, bool]:
    """The old versions of the mirror, and whether the invented credential stands in them."""
    stored = list(mirror.documents())
    return {
        f"{each.document.doc}#{old.part}": INVENTED in f"{old.title}\n{old.body}"
        for each in stored
        for old in mirror.versions(each.id)
    }


@pytest.mark.long
def test_the_command_of_the_manual_empties_the_history_of_a_ticket_and_a_full_sync_sees_it(
    fresh_redmine: RealRedmine, sync: Callable[[], None], mirror: Mirror, browser: httpx.Client
) -> None:
    number = fresh_redmine.ids["issues"]["due_past"]
    with fresh_redmine.client("admin") as client:
        for field in ("description", "subject"):
            for text in (f"PW: {INVENTED}", "保管場所: 金庫"):
                assert client.put(f"/issues/{number}.json", json={"issue": {field: text}}).status_code == 204
        sync()
        assert sum(olds(mirror).values()) == 2
        before = client.get(f"/issues/{number}.json").json()["issue"]["updated_on"]
        console(fresh_redmine, number)
        shown = client.get(f"/issues/{number}.json", params={"include": "journals"})
    assert shown.text.count(INVENTED) == 0
    assert shown.json()["issue"]["updated_on"] == before
    assert len(shown.json()["issue"]["journals"]) == 4
    assert browser.get(f"/issues/{number}").status_code == 200
    sync()
    assert sum(olds(mirror).values()) == 0


def test_a_wiki_version_goes_in_the_history_of_its_page_and_the_newest_is_to_stay(
    fresh_redmine: RealRedmine, browser: httpx.Client
) -> None:
    page = "/projects/infra/wiki/接続情報"
    with fresh_redmine.client("admin") as client:
        first = client.get(f"{page}/1.json").json()["wiki_page"]["text"]
        history = browser.get(f"{page}/history").text
        assert history.count('data-method="delete"') == 2
        press(browser, f"{page}/history", f"{page}/1", _method="delete")
        assert client.get(f"{page}/1.json").status_code == 404
        assert 'data-method="delete"' not in browser.get(f"{page}/history").text
        fresh_redmine.reset()
    with fresh_redmine.client("admin") as client:
        sign_in(browser, fresh_redmine)
        press(browser, f"{page}/history", f"{page}/2", _method="delete")
        same = client.get(f"{page}.json").json()["wiki_page"]["text"] == first
    assert same


def test_an_edited_note_and_a_deleted_file_leave_nothing_but_the_files_name(
    fresh_redmine: RealRedmine, browser: httpx.Client
) -> None:
    number, noted = fresh_redmine.ids["issues"]["attachments"], fresh_redmine.ids["issues"]["secret_in_description"]
    with fresh_redmine.client("admin") as client:
        journal = client.get(f"/issues/{noted}.json?include=journals").json()["issue"]["journals"][0]
        word = re.search("`([^`]+)`", journal["notes"])
        assert word is not None
        press(browser, f"/issues/{noted}", f"/journals/{journal['id']}", _method="put", **{"journal[notes]": "金庫へ"})
        with contextlib.closing(sqlite3.connect(fresh_redmine.database)) as database:
            left = sum(word[1] in statement for statement in database.iterdump())
        file = client.get(f"/issues/{number}.json?include=attachments").json()["issue"]["attachments"][0]
        press(browser, f"/issues/{number}", f"/attachments/{file['id']}", _method="delete")
        assert client.get(f"/attachments/{file['id']}.json").status_code == 404
        after = client.get(f"/issues/{number}.json?include=journals").json()["issue"]["journals"][-1]
    assert left == 0
    assert [(each["property"], each["old_value"]) for each in after["details"]] == [("attachment", file["filename"])]
