"""`kb plan close` and `kb plan reassign` over the tickets of the sandbox with the real one's seed, and of the real one.

Logins and tickets are those of tests/redmine/seed.yml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from contract.snapshot import key_of, read
from servers import run_sandbox

from kb.cli.app import run
from kb.model.plan import Change, Plan
from kb.plan.file.parse import parse_plan

NOW = ("--now", "2026-11-26")


PRIVATE_PLAN = ".kb/plan.toml"
"""Where a plan may also hold what not every member may read."""


@dataclass(frozen=True, slots=True)
class Place:
    """A Redmine: its address, somebody's key, and the numbers of what the seed names."""

    url: str
    key: Callable[[str], str]
    ids: dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def played() -> Iterator[Place]:
    world = read()
    with run_sandbox(data=[world]) as box:
        yield Place(box.redmine, key_of, world["ids"])


@pytest.fixture(params=["sandbox", pytest.param("real", marks=pytest.mark.redmine)])
def redmine(request: pytest.FixtureRequest) -> Place:
    if request.param == "real":
        server = request.getfixturevalue("real_redmine")
        return Place(server.url, lambda login: str(server.api_keys[login]), server.ids)
    place: Place = request.getfixturevalue("played")
    return place


@dataclass(slots=True)
class Desk:
    """A workspace that has mirrored a Redmine as somebody."""

    place: Place
    folder: Path
    capsys: pytest.CaptureFixture[str]
    said: str = ""

    def kb(self, *words: str) -> None:
        code = run([*words, *NOW])
        self.said = self.capsys.readouterr().err
        assert code == 0, self.said

    @property
    def plan(self) -> Plan:
        path = self.folder / PRIVATE_PLAN
        return parse_plan((path if path.exists() else self.folder / "plan.toml").read_text("utf-8"), "plan.toml")

    def change(self, name: str) -> Change | None:
        """What is proposed for a ticket of the seed."""
        target = f"redmine:{self.place.ids['issues'][name]}"
        return next((each for each in self.plan.changes if each.target == target), None)

    def names(self) -> set[str]:
        """The tickets of the seed that are in the plan."""
        known = {f"redmine:{number}": name for name, number in self.place.ids["issues"].items()}
        return {known[each.target] for each in self.plan.changes}


@pytest.fixture
def desk(
    redmine: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Desk]:
    """Opens a desk for a login."""

    def open_(login: str) -> Desk:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("REDMINE_API_KEY", redmine.key(login))
        (tmp_path / "kb.toml").write_text(f'[redmine]\nurl = "{redmine.url}"\n', encoding="utf-8")
        assert run(["sync"]) == 0
        capsys.readouterr()
        return Desk(redmine, tmp_path, capsys)

    return open_


def test_what_looks_finished_is_proposed_with_what_redmine_said(desk: Callable[[str], Desk]) -> None:
    here = desk("tanaka")
    here.kb("plan", "close", "-o", PRIVATE_PLAN)
    assert here.names() == {
        "ntp", "resolved_old", "done_not_resolved", "outage", "outage_with_cause", "assigned_to_left", "release_wait",
        "web_resolved",
    }  # fmt: skip
    assert {str(each.after["status"]) for each in here.plan.changes} == {"終了"}
    original = here.change("ntp")
    assert original is not None
    assert original.along == (f"redmine:{here.place.ids['issues']['duplicate']}",)
    assert original.warning == "対象バージョン「2026-10」が終了しているため、kb undo では再開できません"
    cause = here.change("outage")
    assert cause is not None
    assert "「根本原因」" in cause.warning  # closing it without is refused with 422
    for why in (
        "最後の注記に続きがあるもの（まだ起きる、確認待ちなど） 3 件",
        "終了したプロジェクトのもの",
        "終わっていない子チケットがあるもの",
    ):
        assert why in here.said
    # Who it is, tickets of each kind, and the versions of the one project that has any.
    kinds = 7
    assert f"（{1 + kinds + 1} リクエスト）" in here.said


def test_what_the_workflow_does_not_allow_is_counted(desk: Callable[[str], Desk]) -> None:
    here = desk("sato")
    here.kb("plan", "close", "-o", PRIVATE_PLAN)
    assert {"outage", "outage_with_cause"}.isdisjoint(here.names())  # a 開発者 cannot close a 障害
    assert {"resolved_old", "release_wait", "web_resolved"} <= here.names()
    assert "今の状態からは、このキーの持ち主には閉じられないもの 2 件" in here.said


def test_a_plan_for_git_has_no_ticket_of_a_project_that_is_not_public(desk: Callable[[str], Desk]) -> None:
    here = desk("tanaka")
    here.kb("plan", "close", "-o", "plan.toml")
    assert "web_resolved" not in here.names()
    assert PRIVATE_PLAN in here.said


def test_without_check_nothing_is_asked_and_that_is_said(
    desk: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = desk("tanaka")
    monkeypatch.setenv("REDMINE_API_KEY", "0" * 40)  # nobody's
    here.kb("plan", "close", "-o", "plan.toml", "--without-check", "--project", "infra")
    assert "web_resolved" not in here.names()
    assert all("送るまで分かりません" in each.warning for each in here.plan.changes)
    assert "リクエスト" not in here.said


def test_the_tickets_of_one_person_go_to_another(desk: Callable[[str], Desk]) -> None:
    here = desk("tanaka")
    ids = here.place.ids["users"]
    here.kb(
        "plan",
        "reassign",
        "-o",
        "plan.toml",
        "--from",
        f"#{ids['sato']}",
        "--to",
        f"#{ids['tanaka']}",
        "--project",
        "infra",
    )
    due, finished = here.change("due_past"), here.change("resolved_old")
    assert due is not None
    assert finished is not None
    assert str(due.after["assignee"]).endswith(f" #{ids['tanaka']}")
    assert str(due.before["assignee"]).endswith(f" #{ids['sato']}")
    assert (due.accept, finished.accept) == (True, False)
    assert "kb plan close" in finished.reason
    assert (due.warning, "web_resolved" in here.names()) == ("", False)
