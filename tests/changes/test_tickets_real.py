"""Tickets for measures on a real Redmine: made, found by their mark after a kill, mailed, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from changes.measure_pages import Team, incident
from changes.site import opened
from changes.test_ticket_runs import killed_after_post
from sample_rows import Row
from servers import RealRedmine, Sandbox

pytestmark = pytest.mark.redmine

MINE = "- [ ] 受け付けた数の監視を Zabbix に追加する（田中 太郎、2026-11-22）"
OPEN = "- [ ] 上限を設定値から読むように直す"
PEOPLE = {"tanaka": "田中 太郎", "mori": "森 一"}
Start = Callable[[str, str], Team]


@pytest.fixture
def start(
    sandbox: Callable[..., Sandbox],
    closing_redmine: RealRedmine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Start:
    """Opens a workspace with an esa of its own and the real Redmine, as somebody, with tickets for a tracker."""

    def open_(login: str, tracker: str) -> Team:
        box = sandbox("--profile", "nolimit", data=[incident(1, MINE, OPEN)])
        for name, full in PEOPLE.items():
            box.edit("esa", "add-member", fields={"screen_name": name, "name": full})
        plan = ["[plan]", "create_limit = 10", 'ticket_project = "ops"', f'ticket_tracker = "{tracker}"']
        monkeypatch.setattr(Sandbox, "use", lambda *_: _use(box, closing_redmine.api_keys[login], monkeypatch))
        return Team(opened(box, tmp_path, monkeypatch, capsys, closing_redmine.url, plan))

    return open_


def _use(box: Sandbox, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**box.credentials, "REDMINE_API_KEY": key}.items():
        monkeypatch.setenv(name, value)


def made(redmine: RealRedmine) -> list[Row]:
    """The tickets of kb, with their journals."""
    with redmine.client("admin") as client:
        rows = client.get("/issues.json?status_id=*&description=~kb-ticket-&sort=id&limit=100").json()["issues"]
        return [client.get(f"/issues/{row['id']}.json?include=journals").json()["issue"] for row in rows]


def told(redmine: RealRedmine) -> list[str]:
    return [address.partition("@")[0] for recipients in redmine.mails() for address in recipients]


def test_tickets_are_made_once_and_closed_again(
    start: Start, closing_redmine: RealRedmine, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = start("sato", "バグ")
    assert here.propose() is not None
    preview, before = here.accept(), here.body(1)
    assert "担当者へ1通（太郎田中1通）。元に戻すと、終了を知らせるメールがもう1通" in preview
    with monkeypatch.context() as patch:
        killed_after_post(patch)
        with pytest.raises(SystemExit):
            here.site.kb("apply", "plan.toml")
        here.site.capsys.readouterr()
    assert len(made(closing_redmine)) == 1
    figures = here.apply()
    rows = made(closing_redmine)
    assert (figures["done"], figures["failed"], len(rows)) == (3, 0, 2)
    assert all(f"#{row['id']}" in here.body(1) for row in rows)
    mine = next(row for row in rows if row["subject"].startswith("受け付けた数"))
    assert (mine["tracker"]["name"], mine["due_date"], mine["start_date"]) == ("バグ", "2026-11-22", None)
    assert mine["assigned_to"]["name"] == "太郎 田中"
    assert "https://docs.esa.io/posts/1" in mine["description"]
    mailed = told(closing_redmine).count("tanaka")
    assert here.propose() is None
    back = here.site.undo("last")
    assert (back["done"], back["failed"], here.body(1)) == (3, 0, before)
    rows = made(closing_redmine)
    assert {row["status"]["name"] for row in rows} == {"終了"}
    assert all(f"前の変更（{figures['run']}）を元に戻します。" in row["journals"][-1]["notes"] for row in rows)
    assert told(closing_redmine).count("tanaka") == 2 * mailed
