"""Who is on a list of members and who is not, as kb.toml reads it: guests are here, bots are nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from lint.conftest import Said

from kb.lint.people.owners import load_owners
from kb.lint.people.roster import check_people, is_bot_name, load_people, read_roster
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.health import CheckStatus
from kb.model.page import Entry
from kb.settings.kb_toml import Settings
from kb.settings.workspace import Workspace, parse_settings

Call = Callable[..., Said]
MEMBERS = {"sato": "佐藤 健", "ono": "大野 花子"}
WROTE = {"miura": "三浦 千尋", "deploy-bot": "", "esa_bot": "esa bot", "partner": "阿部 外", "h.ono": "大野 花子"}
SETTINGS = parse_settings('[people]\nbots = ["deploy-bot"]\nguests = ["阿部 外"]\n')
DRAFTS = dict(enumerate(("miura", "deploy-bot", "esa_bot", "partner", "h.ono", "sato"), 1))


def fill(root: Path, state: str | None = "whole") -> None:
    """Write a mirror whose list of members came like this, with a draft of each writer."""
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        for kind, people in (("member", MEMBERS), ("unlisted-author", WROTE)):
            writer.things(
                Source.ESA, kind, {handle: {"screen_name": handle, "name": name} for handle, name in people.items()}
            )
        writer.mark("esa.members", None if state is None else json.dumps(state))
        for number, name in DRAFTS.items():
            writer.put([SourceRow(
                Source.ESA, Kind.POST, str(number), f"esa:{number}", "設計", "途中", {}, number=number, category="運用",
                wip=True, author=name, edited_by=name, updated_at="2025-06-30T03:00:00Z",
            )])  # fmt: skip


def drafts_without_writer(kb: Call) -> list[object]:
    said = kb("lint", "--select", "PST103", "--now", "2025-07-01", "--exit-zero", "--format", "jsonl")
    return [doc for doc, _ in said.codes]


def test_who_writes_and_is_on_no_whole_list_has_left_unless_kb_toml_says_else(workspace: Path) -> None:
    fill(workspace)
    with Mirror.open(workspace / ".kb" / "mirror.db", readonly=True) as mirror:
        roster = read_roster(SETTINGS.people, mirror)
        people = load_people(SETTINGS, mirror)
    assert set(roster.former) == {"miura", "h.ono"}
    assert [name for name in ("三浦 千尋", "miura", "阿部 外", "佐藤 健") if people.person(name).former] == [
        "三浦 千尋",
        "miura",
    ]
    assert people.person("h.ono") == people.person("ono"), "one full name is one person, who is here"
    assert people.find("deploy-bot") == people.find("esa_bot") == people.find("esa bot") == ()
    assert people.former_names == {"miura", "三浦千尋", "三浦"}


@pytest.mark.parametrize("state", ["cut", "denied", None])
def test_a_list_that_is_not_whole_says_of_nobody_that_they_left(workspace: Path, state: str | None, kb: Call) -> None:
    fill(workspace, state)
    with Mirror.open(workspace / ".kb" / "mirror.db", readonly=True) as mirror:
        people = load_people(Settings(), mirror)
        owners = load_owners(Workspace(workspace, Settings()), mirror)
    assert not people.person("三浦").former
    assert people.find("三浦 千尋"), "the name is known all the same, so that what is passed on does not tell it"
    owner = owners.owner_of(Entry("esa:1", Source.ESA, Kind.POST, "設計", category="運用", human_by="miura"))
    assert owner is not None
    assert owner.name == "三浦 千尋"
    assert drafts_without_writer(kb) == []


def test_drafts_of_who_is_not_on_the_list_are_told_and_those_of_bots_and_guests_are_not(
    workspace: Path, kb: Call
) -> None:
    fill(workspace)
    assert drafts_without_writer(kb) == ["esa:1", "esa:2", "esa:4"]
    with (workspace / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('[people]\nbots = ["deploy-bot"]\nguests = ["partner"]\n')
    assert drafts_without_writer(kb) == ["esa:1"]
    with (workspace / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('[people.same]\nsato = ["miura"]\n')
    assert drafts_without_writer(kb) == [], "one of the names is a member's"


def test_a_bot_owns_nothing_and_what_it_touched_is_its_authors(workspace: Path) -> None:
    fill(workspace)
    with Mirror.open(workspace / ".kb" / "mirror.db", readonly=True) as mirror:
        owners = load_owners(Workspace(workspace, SETTINGS), mirror)
        for source, kind in ((Source.ESA, Kind.POST), (Source.REDMINE, Kind.TICKET)):
            owner = owners.owner_of(
                Entry("esa:1", source, kind, "設計", category="運用", author="ono", human_by="deploy-bot")
            )
            assert owner is not None
            assert owner.name == "大野 花子"
        guest = owners.owner_of(Entry("esa:1", Source.ESA, Kind.POST, "設計", category="運用", human_by="partner"))
        assert guest is not None
        assert guest.name == "阿部 外"


def test_a_screen_name_that_changed_is_the_same_persons(workspace: Path) -> None:
    fill(workspace)
    with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.things(Source.ESA, "renamed-member", {"kensato": {"screen_name": "kensato", "now": "sato"}})
    with Mirror.open(workspace / ".kb" / "mirror.db", readonly=True) as mirror:
        people = load_people(Settings(), mirror)
    assert people.person("kensato") == people.person("sato")


def test_doctor_tells_who_is_not_on_the_list_and_names_that_nobody_has(workspace: Path) -> None:
    fill(workspace)
    typed = parse_settings('[people]\nbots = ["deploy-bto", "deploy-bot"]\nguests = ["partner"]\n')
    listed, unknown = check_people(Workspace(workspace, typed))
    assert listed.sign is CheckStatus.OK
    assert "書き手 1 人（三浦 千尋）" in listed.fact.ja
    assert unknown.sign is CheckStatus.NOTE
    assert "deploy-bto" in unknown.fact.ja
    fill(workspace, "denied")
    (denied,) = check_people(Workspace(workspace, Settings()))
    assert denied.sign is CheckStatus.NOTE
    assert denied.remedy is not None
    assert "read:member" in denied.remedy.ja


@pytest.mark.parametrize(
    "name", ["esa_bot", "deploy-bot", "bot", "Bot (CI)", "運用bot", "dependabot[bot]", "障害通知ボット"]
)
def test_a_name_that_says_bot_is_a_bots(name: str) -> None:
    assert is_bot_name(name)


@pytest.mark.parametrize("name", ["", "abbott", "talbot", "robota", "botan", "牡丹"])
def test_a_name_with_these_letters_in_it_is_no_bots(name: str) -> None:
    assert not is_bot_name(name)
