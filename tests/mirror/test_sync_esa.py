"""Following esa: what changed, moved, vanished, and what is not to be believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mirror.sync_kit import good, sync_counted
from sample_rows import post
from servers import Sandbox, run_sandbox

from kb.errors import AnswerError, ConfigError, CredentialError, HeldError
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.settings.kb_toml import EsaSettings, Settings, SyncSettings
from kb.settings.workspace import Workspace
from kb.sources.esa.source import EsaSource
from kb.sources.sync import SyncOptions, SyncOutcome

Sync = Callable[..., SyncOutcome]
POSTS = 160
FIGURES = {"requests", "added", "changed", "deleted", "waited_s", "audit_requests"}


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    rows = [post(n, f"本文 {n}", category="運用/手順" if n % 2 else "設計") for n in range(1, POSTS + 1)]
    with run_sandbox("--profile", "nolimit", data=rows) as sandbox:
        yield sandbox


@pytest.fixture
def box(server: Sandbox) -> Iterator[Sandbox]:
    server.reset()
    yield server
    server.toggles(system="esa", hidden_status=404, paths_count_wip=True, paths_count_archived=True)


@pytest.fixture
def sync(box: Sandbox, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sync:
    """Syncs esa; keywords are settings of `[sync]`, or `full`, `limit`, `team`."""
    box.use(monkeypatch)

    def run(*, full: bool = False, limit: int = 0, team: str = "docs", **settings: int) -> SyncOutcome:
        esa = EsaSettings(team)
        workspace = Workspace(tmp_path, Settings(esa=esa, sync=SyncSettings(**{"audit": 0, **settings})))
        outcome = sync_counted(box, EsaSource(esa), workspace, mirror, SyncOptions(full, limit))
        assert set(outcome.figures) == FIGURES
        return outcome

    return run


def body(mirror: Mirror, number: int) -> str:
    stored = mirror.find(Source.ESA, Kind.POST, str(number))
    assert stored is not None
    return stored.document.body


def state(mirror: Mirror, number: int, kind: Kind = Kind.POST) -> str:
    stored = mirror.find(Source.ESA, kind, str(number))
    assert stored is not None
    return stored.state


def place(mirror: Mirror, number: int) -> str:
    stored = mirror.find(Source.ESA, Kind.POST, str(number))
    assert stored is not None
    return stored.document.category


def test_the_first_sync_copies_all_and_the_second_finds_nothing(sync: Sync, mirror: Mirror) -> None:
    assert good(sync())["added"] == POSTS
    assert mirror.count(Source.ESA) == POSTS
    idle = good(sync())
    assert (idle["added"], idle["changed"], idle["deleted"], idle["requests"]) == (0, 0, 0, 5)
    assert list(mirror.things(Source.ESA, "member")) == ["operator", "sato"]
    assert mirror.things(Source.ESA, "category")["設計"]["posts"] == POSTS // 2


def test_edits_new_posts_and_comments_come_with_the_next_sync(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    box.edit("esa", "update", number=3, fields={"body_md": "直した"})
    made = box.edit("esa", "create", fields={"name": "新しい", "body_md": "追加", "category": "設計"})
    comment = box.edit("esa", "comment", number=5, fields={"body_md": "返信"})
    figures = good(sync())
    assert (figures["added"], figures["changed"], figures["deleted"], figures["requests"]) == (1, 2, 0, 5)
    assert body(mirror, 3) == "直した"
    assert body(mirror, made["number"]) == "追加"
    stored = mirror.find(Source.ESA, Kind.COMMENT, str(comment["id"]))
    assert stored is not None
    assert (stored.document.doc, stored.document.part) == ("esa:5", f"comment:{comment['id']}")


def test_a_comment_from_the_feed_is_the_one_that_comes_with_its_post(sync: Sync, box: Sandbox) -> None:
    sync()
    box.edit("esa", "comment", number=5, fields={"body_md": "返信"})
    assert good(sync())["changed"] == 1
    assert good(sync(audit=1000))["changed"] == 0


def test_one_deleted_and_one_quietly_moved_cost_three_more(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    box.edit("esa", "delete", number=8)
    box.edit("esa", "move", number=9, fields={"category": "新しい場所"}, quiet=True)
    figures = good(sync())
    assert (figures["changed"], figures["deleted"], figures["requests"]) == (1, 1, 8)
    assert (state(mirror, 8), place(mirror, 9)) == ("gone", "新しい場所")


def test_a_deletion_and_a_move_into_the_same_category_are_both_found(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    box.edit("esa", "delete", number=8)  # 設計
    box.edit("esa", "move", number=9, fields={"category": "設計"}, quiet=True)
    figures = good(sync())
    assert (figures["changed"], figures["deleted"]) == (1, 1)
    assert (state(mirror, 8), place(mirror, 9)) == ("gone", "設計")
    assert good(sync())["requests"] == 5


def test_deletions_in_many_categories_with_long_names_are_all_found(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    for number in range(1, 41):
        category = f"運用/とても長い名前の分類/{'深い階層/' * 5}{41 - number:02}"
        box.edit("esa", "move", number=number, fields={"category": category}, quiet=True)
    sync()
    for number in range(1, 38, 2):
        box.edit("esa", "delete", number=number)
    figures = good(sync())
    assert figures["deleted"] == 19
    assert figures["requests"] <= 5 + 3 + 19
    assert mirror.count(Source.ESA) == POSTS - 19


def test_a_category_renamed_without_a_trace_is_adopted_not_mourned(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    box.edit("esa", "rename-category", fields={"from": "設計", "to": "設計書"})
    figures = good(sync())
    assert (figures["changed"], figures["deleted"], figures["requests"]) == (POSTS // 2, 0, 6)
    assert good(sync())["requests"] == 5
    assert place(mirror, 8) == "設計書"


def test_quiet_edits_are_found_within_one_turn_of_the_audit(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    comment = box.edit("esa", "comment", number=7, fields={"body_md": "前"})["id"]
    gone = box.edit("esa", "comment", number=7, fields={"body_md": "消える"})["id"]
    sync()
    box.edit("esa", "update", number=6, fields={"body_md": "静かに"}, quiet=True)
    box.edit("esa", "delete-comment", id=gone, quiet=True)
    assert good(sync())["changed"] == 0
    figures = good(sync(audit=100))
    assert (figures["changed"], figures["requests"], figures["audit_requests"]) == (2, 5, 1)
    assert body(mirror, 6) == "静かに"
    assert (state(mirror, comment, Kind.COMMENT), state(mirror, gone, Kind.COMMENT)) == ("live", "gone")


def test_a_full_sync_finds_everything(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    box.edit("esa", "update", number=6, fields={"body_md": "静かに"}, quiet=True)
    box.edit("esa", "delete", number=8)
    figures = good(sync(full=True))
    assert (figures["added"], figures["changed"], figures["deleted"]) == (0, 1, 1)


def test_a_limit_stops_and_the_next_sync_goes_on(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    for _ in range(100):
        box.edit("esa", "create", fields={"name": "もっと", "body_md": "x", "category": "設計"})
    first = sync(limit=50)
    assert good(first)["added"] == 100  # whole pages
    assert "続きは kb sync" in str(first.notes[0])
    assert good(sync())["added"] == POSTS
    assert mirror.count(Source.ESA) == POSTS + 100


def test_an_edit_by_kb_leaves_the_human_time(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    fields = {"category": "設計", "message": "移動 kb 20260803-1 [skip notice]"}
    box.edit("esa", "update", number=3, fields=fields)
    assert good(sync())["changed"] == 1
    stored = mirror.find(Source.ESA, Kind.POST, "3")
    assert stored is not None
    assert stored.document.human_at == "2026-01-01T15:03:00Z"
    assert stored.document.updated_at > "2026-02"


@pytest.mark.parametrize(("wip", "archived"), [(False, True), (True, False)])
def test_counts_that_leave_posts_out_are_learnt_once(
    sync: Sync, box: Sandbox, mirror: Mirror, wip: bool, archived: bool
) -> None:
    box.toggles(system="esa", paths_count_wip=wip, paths_count_archived=archived)
    box.edit("esa", "update", number=3, fields={"wip": True})
    box.edit("esa", "move", number=4, fields={"category": "Archived/設計"})
    good(sync())
    assert mirror.count(Source.ESA) == POSTS
    box.clock(advance_s=300)
    assert good(sync())["requests"] > 5  # still a doubt; from now on expected
    assert good(sync())["requests"] == 5
    box.edit("esa", "delete", number=5)
    assert good(sync())["deleted"] == 1
    assert mirror.count(Source.ESA) == POSTS - 1


def test_an_archive_that_is_not_counted_holds_up_nothing(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.toggles(system="esa", paths_count_archived=False)
    for number in range(1, 61):
        box.edit("esa", "move", number=number, fields={"category": "Archived/設計"}, quiet=True)
    for _ in range(3):
        good(sync())
        box.clock(advance_s=300)
    assert mirror.count(Source.ESA) == POSTS
    assert good(sync())["requests"] == 5


def test_an_edit_between_count_and_list_does_not_hide_a_deletion_for_good(
    sync: Sync, box: Sandbox, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kb.sources.esa.client import Esa

    sync()
    counts = Esa.category_counts

    def counted_too_early(esa: Esa) -> dict[str | None, int]:
        found = counts(esa)
        box.edit("esa", "create", fields={"name": "直後", "body_md": "x", "category": "設計"})
        box.edit("esa", "move", number=9, fields={"category": "別"}, quiet=True)
        return found

    box.edit("esa", "delete", number=8)  # so that the category is listed
    with monkeypatch.context() as patch:
        patch.setattr(Esa, "category_counts", counted_too_early)
        good(sync())
    box.edit("esa", "delete", number=10)
    good(sync())
    assert (state(mirror, 8), state(mirror, 10), place(mirror, 9)) == ("gone", "gone", "別")


# -- what is not to be believed -------------------------------------------------------------------


def hide(box: Sandbox, count: int) -> None:
    for number in range(1, count + 1):
        box.edit("esa", "hide", number=number)


@pytest.mark.parametrize("full", [False, True])
def test_too_much_gone_at_once_is_held(sync: Sync, box: Sandbox, mirror: Mirror, full: bool) -> None:
    sync()
    hide(box, 25)
    outcome = sync(full=full)
    assert isinstance(outcome.error, HeldError)
    assert "160 件のうち 25 件" in str(outcome.error)
    assert "accept_missing = 25" in str(outcome.error)
    assert (outcome.figures["deleted"], mirror.count(Source.ESA)) == (0, POSTS)
    assert isinstance(sync(accept_missing=24).error, HeldError)
    assert good(sync(accept_missing=25))["deleted"] == 25
    assert mirror.count(Source.ESA) == POSTS - 25


def test_what_was_held_and_came_back_is_simply_there(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    hide(box, 25)
    assert isinstance(sync(full=True).error, HeldError)
    for number in range(1, 26):
        box.edit("esa", "unhide", number=number)
    assert good(sync())["deleted"] == 0
    assert mirror.count(Source.ESA) == POSTS


def test_everything_gone_is_held_even_when_it_is_little(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    for number in range(4, POSTS + 1):
        box.edit("esa", "delete", number=number)
    sync()
    hide(box, 3)
    assert isinstance(sync().error, HeldError)
    assert mirror.count(Source.ESA) == 3


def test_a_few_posts_this_token_may_not_read_are_hidden_not_gone(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.toggles(system="esa", hidden_status=403)
    sync()
    hide(box, 2)
    assert good(sync())["deleted"] == 2
    assert (state(mirror, 1), state(mirror, 3)) == ("hidden", "live")
    box.edit("esa", "unhide", number=1)
    good(sync())
    assert state(mirror, 1) == "live"


def test_404_for_everything_changes_nothing(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    box.fault(system="esa", kind="404", path="/teams/")
    outcome = sync(full=True)
    assert outcome.error is not None
    assert outcome.error.exit_code == 3
    assert mirror.count(Source.ESA) == POSTS


def test_another_users_token_is_noticed_before_anything_is_believed(
    sync: Sync, box: Sandbox, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync()
    box.edit("esa", "add-member", fields={"screen_name": "newcomer", "name": "新人"})
    token = box.token_for(user="newcomer", categories=["設計"], member=True)
    monkeypatch.setenv("ESA_ACCESS_TOKEN", token)
    outcome = sync()
    assert isinstance(outcome.error, CredentialError)
    assert "newcomer" in str(outcome.error)
    assert outcome.figures["requests"] == 1
    assert isinstance(sync(full=True).error, HeldError)  # taken over, and still not believed
    assert mirror.count(Source.ESA) == POSTS


def test_who_left_is_remembered_and_who_came_back_has_not_left(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.edit("esa", "add-member", fields={"screen_name": "newcomer", "name": "新人"})
    good(sync())
    assert mirror.things(Source.ESA, "former-member") == {}
    box.edit("esa", "remove-member", fields={"screen_name": "newcomer"})
    for _ in range(2):
        good(sync())
        assert "newcomer" not in mirror.things(Source.ESA, "member")
        assert mirror.things(Source.ESA, "former-member")["newcomer"]["name"] == "新人"
    box.edit("esa", "add-member", fields={"screen_name": "newcomer", "name": "新人"})
    good(sync())
    assert mirror.things(Source.ESA, "former-member") == {}


def test_another_team_does_not_get_mixed_in(sync: Sync, mirror: Mirror) -> None:
    sync()
    outcome = sync(team="other", full=True)
    assert isinstance(outcome.error, ConfigError)
    assert mirror.count(Source.ESA) == POSTS


def test_a_failure_in_the_middle_keeps_what_came_and_the_watermark(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    before = mirror.mark("esa.watermark")
    box.edit("esa", "update", number=3, fields={"body_md": "直した"})
    box.fault(system="esa", kind="403", path="/comments")
    assert sync().error is not None
    assert body(mirror, 3) == "直した"
    box.clear_faults()
    assert good(sync())["changed"] == 0
    assert mirror.mark("esa.watermark") != before


def test_posts_dated_in_the_future_hide_nothing(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.clock(now="2031-01-01T00:00:00+09:00", frozen=True)
    for _ in range(130):
        box.edit("esa", "create", fields={"name": "未来", "body_md": "x", "category": "設計"})
    box.reset(clock=True)
    sync()
    idle = good(sync())
    assert (idle["requests"], idle["changed"]) == (5, 0)
    box.edit("esa", "update", number=3, fields={"body_md": "直した"})
    assert good(sync())["changed"] == 1
    for number in range(POSTS + 1, POSTS + 51):  # fewer of them are left than fill a page
        box.edit("esa", "update", number=number, fields={"body_md": "今"})
    assert good(sync())["changed"] == 50
    assert good(sync())["changed"] == 0


def test_a_single_error_is_an_answer_error(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    box.edit("esa", "delete", number=8)
    box.fault(system="esa", kind="400", path="/posts/8")
    assert isinstance(sync().error, AnswerError)
    assert state(mirror, 8) == "live"


def test_who_took_another_screen_name_has_not_left(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    for name, mail in (("first", "Shinjin@example.jp"), ("other", "other@example.jp")):
        box.edit("esa", "add-member", fields={"screen_name": name, "name": "新人", "email": mail})
    good(sync())
    for name in ("first", "other"):
        box.edit("esa", "remove-member", fields={"screen_name": name})
    box.edit("esa", "add-member", fields={"screen_name": "second", "name": "新人", "email": "shinjin@example.jp"})
    good(sync())
    assert mirror.things(Source.ESA, "former-member").keys() == {"other"}
