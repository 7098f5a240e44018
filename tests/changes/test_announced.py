"""What must not be sent before a day waits for it, by its place and by what it is about."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kb.errors import InputError, RefusedError
from kb.execute.preflight.announced import (
    Announcement,
    describe_member_mails,
    find_announcement,
    hold_back,
    keep_held_back,
    make_handover_folder,
    read_announcement,
    write_announcement,
)
from kb.model.plan import Change, Plan, SeenState, Verb, new_plan
from kb.plan.impact.estimate import TicketAudience, estimate_mails
from kb.settings.kb_toml import Settings
from kb.settings.workspace import Workspace


def plan(number: int = 1) -> Plan:
    change = Change(
        Verb.REASSIGN, f"redmine:{number}", {"assignee": "佐藤 健 #7"}, {"assignee": "小野 遥 #9"}, SeenState("")
    )
    return new_plan("docs", "2026-11-30T00:00:00Z", "1", [change])


@pytest.fixture
def here(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, Settings())


def announce(here: Workspace, day: str, *plans: Plan) -> Path:
    folder = make_handover_folder(here, "sato")
    digests = tuple(each.digest for each in plans)
    write_announcement(folder, Announcement(member="佐藤 健", announced=day, redmine=(7,), plans=digests))
    return folder


@pytest.mark.parametrize(
    ("announced", "now", "sent"),
    [
        ("2026-12-10", "2026-12-09T12:00:00+09:00", False),
        ("2026-12-10", "2026-12-10T23:59:59+09:00", False),
        ("2026-12-10", "2026-12-10T15:00:00Z", True),  # midnight in the team's zone
        ("2026-12-10", "2027-01-01", True),
        ("", "2027-01-01", False),
    ],
)
def test_it_waits_until_the_day_has_passed_where_the_team_is(
    here: Workspace, monkeypatch: pytest.MonkeyPatch, announced: str, now: str, sent: bool
) -> None:
    monkeypatch.setenv("KB_NOW", now)
    folder = announce(here, announced, plan())
    for path in (folder / "reassign.toml", here.root / "copy.toml"):
        if sent:
            assert hold_back(here, path, plan()) is not None
        else:
            with pytest.raises(RefusedError):
                hold_back(here, path, plan())


def test_any_other_plan_is_free(here: Workspace) -> None:
    assert hold_back(here, here.root / "plan.toml", plan()) is None
    announce(here, "", plan())
    assert hold_back(here, here.root / "plan.toml", plan(2)) is None


def test_a_plan_in_the_folder_waits_whatever_it_is_and_through_a_link(here: Workspace) -> None:
    folder = announce(here, "2999-01-01", plan())
    link = here.root / "link.toml"
    (folder / "x.toml").write_text("")
    link.symlink_to(folder / "x.toml")
    for path in (folder / "x.toml", link):
        with pytest.raises(RefusedError):
            hold_back(here, path, plan(3))
    (folder / "announced.json").unlink()
    with pytest.raises(RefusedError):
        hold_back(here, link, plan(3))


def test_what_was_brought_up_to_date_waits_as_well(here: Workspace) -> None:
    folder = announce(here, "2999-01-01", plan())
    keep_held_back(here, folder / "reassign.toml", plan(4), plan(5))
    keep_held_back(here, here.root / "plan.toml", plan(4), plan(6))
    keep_held_back(here, here.root / "copy.toml", plan(), plan(7))
    assert find_announcement(here, here.root / "copy.toml", plan(7)) is not None
    assert find_announcement(here, here.root / "copy.toml", plan(5)) is not None
    assert find_announcement(here, here.root / "copy.toml", plan(6)) is None


def test_a_plan_does_not_go_out_by_the_folder_of_somebody_the_team_was_told_of(here: Workspace) -> None:
    announce(here, "2999-01-01", plan())
    other = make_handover_folder(here, "ono")
    write_announcement(other, Announcement(member="小野 遥", announced="2020-01-01", plans=(plan().digest,)))
    for path in (other / "reassign.toml", here.root / "copy.toml"):
        with pytest.raises(RefusedError, match="2999"):
            hold_back(here, path, plan())
    assert hold_back(here, other / "ship.toml", plan(2)) is not None


def test_its_files_are_for_their_owner_and_no_link_leads_out(here: Workspace, tmp_path: Path) -> None:
    folder = announce(here, "")
    for path in (folder.parent.parent, folder.parent, folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "announced.json").stat().st_mode) == 0o600
    for path in (folder.parent.parent, folder):
        path.chmod(0o755)
    announce(here, "")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder.parent.parent, folder)} == {0o700}
    (tmp_path / "out").mkdir()
    (folder.parent / "other").symlink_to(tmp_path / "out")
    with pytest.raises(InputError):
        make_handover_folder(here, "other")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"member": "a", "announced": "soon"}',
        '{"member": "a", "announced": "20200101"}',
        '{"member": 1}',
        '{"format": 1}',
        "[" * 9_000,
    ],
)
def test_a_damaged_file_frees_nothing(here: Workspace, text: str) -> None:
    folder = announce(here, "2020-01-01", plan())
    (folder / "announced.json").write_text(text)
    with pytest.raises(InputError):
        read_announcement(folder)
    with pytest.raises(InputError):
        hold_back(here, here.root / "copy.toml", plan())


def test_the_mails_that_reach_the_member_are_counted() -> None:
    changes = [*plan(1).changes, *plan(2).changes]
    watched = {f"redmine:{number}": TicketAudience(1, 7, (7, 8)) for number in (1, 2)}
    told = Announcement(member="佐藤 健", redmine=(7,))
    assert "2 通" in describe_member_mails(told, estimate_mails(changes, watched)).ja
    assert "少なくとも 2 通" in describe_member_mails(told, estimate_mails(changes, {})).ja
    other = Announcement(member="佐藤 健", redmine=(70,))
    assert "ありません" in describe_member_mails(other, estimate_mails(changes, watched)).ja
    assert "none" in describe_member_mails(other, estimate_mails(changes, watched)).en
