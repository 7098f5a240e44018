"""What is foreseen of a plan, from a mirror that was read from the sandbox: nobody is asked for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from changes.made import closed, moved, titled
from changes.site import Site, posts

from kb.execute.preflight.check import ApplyForecast, find_hidden_posts, forecast_apply, read_budget
from kb.mirror.queries import find_reader
from kb.mirror.store import Mirror
from kb.model.plan import Change
from kb.plan.collide.board import CollisionKind
from kb.plan.impact.duration import FULL_BUDGET
from kb.plan.limits import Limit
from kb.settings.workspace import Workspace, open_workspace


@pytest.fixture
def workspace(site: Callable[..., Site]) -> Workspace:
    """Thirty posts of one category, and one of another that is called like the first."""
    site(data=[*posts(30), {"number": 31, "name": "記事 1", "category": "手順", "body_md": "x"}], profile="default")
    return open_workspace()


def seen(workspace: Workspace, changes: list[Change], **given: int) -> ApplyForecast:
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        return forecast_apply(workspace, mirror, tuple(changes), **given)


def test_what_apply_would_refuse_is_known_before(workspace: Workspace) -> None:
    plan = [moved(number, "不具合共有/2025", "手順") for number in range(1, 26)]
    found = seen(workspace, plan)
    assert [each.kind for each in found.refused] == [CollisionKind.TAKEN]
    assert [each.limit for each in found.over] == [Limit.SHARE]
    assert "30 件のうち 25 件" in found.over[0].what.ja
    assert seen(workspace, [titled(1, "記事 1", "記事 1 改")]).refused == ()


def test_the_budget_is_what_the_sync_left_of_the_window(workspace: Workspace) -> None:
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        me = find_reader(mirror, "esa")
        assert me["name"]
        now = read_budget(workspace, mirror, time.time())
        assert 200 < now.remaining < 300
        assert read_budget(workspace, mirror, time.time() + 2000) == FULL_BUDGET
    plan = [titled(number, f"記事 {number}", f"新 {number}") for number in range(1, 11)]
    found = seen(workspace, plan)
    assert found.consequences.editor == me["name"]
    assert (found.consequences.writes, found.consequences.waits) == (10, 0)


def test_with_a_token_of_its_own_for_writing_nobody_is_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESA_WRITE_TOKEN", "another")
    found = seen(workspace, [titled(1, "記事 1", "新")])
    assert found.consequences.editor == ""


def test_nothing_is_asked_for_it(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ESA_ACCESS_TOKEN", "REDMINE_API_KEY"):
        monkeypatch.delenv(name)
    assert seen(workspace, [titled(1, "記事 1", "新")]).consequences.writes == 1


def test_posts_that_are_not_for_all_are_known(workspace: Workspace) -> None:
    with Mirror.open(workspace.mirror) as mirror:
        with mirror.write():
            mirror.database.execute("UPDATE documents SET visibility = 1 WHERE number = 3 AND kind = 'post'")
        plan = tuple(moved(number, "不具合共有/2025", "手順") for number in (2, 3))
        assert find_hidden_posts(mirror, (*plan, closed(3))) == {"esa:3"}


def test_tickets_that_are_not_mirrored_make_it_at_least(workspace: Workspace) -> None:
    found = seen(workspace, [replace(closed(1), along=("redmine:2",))])
    assert (found.consequences.mails.tickets, found.consequences.mails.unknown) == (2, 2)
