"""The owners of a workspace: kb.toml, the OWNERS file beside it, and the people of the mirror."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kb.cli import app
from kb.errors import ConfigError, InputError
from kb.lint.people.owners import check_owners, load_owners
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility
from kb.model.page import Entry
from kb.settings.workspace import Workspace, parse_settings
from kb.sources.redmine import rows
from kb.sources.redmine.rows import RowContext as Redmine

BASE = "https://redmine.example.jp"
REDMINE = Redmine(BASE, {1: rows.ProjectPlace("infra", Visibility.MEMBERS)}, frozenset({5}), None)
KB_TOML = """
[owners]
file = "OWNERS"
steward = "ono"

[[owners.rule]]
place = "運用/手順/公開/**"
to = "大野 花子"

[people.same]
sato = ["k.sato", "健"]
"""


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    ticket = {
        "id": 7,
        "project": {"id": 1, "name": "基盤"},
        "subject": "再起動",
        "author": {"id": 1, "name": "渡辺 誠"},
        "assigned_to": {"id": 2, "name": "佐藤　健"},
        "created_on": "2026-05-01T00:00:00Z",
    }
    with Mirror.open(tmp_path / ".kb" / "mirror.db") as opened, opened.write() as writer:
        writer.things(
            Source.ESA,
            "member",
            {
                "sato": {"screen_name": "sato", "name": "佐藤 健"},
                "ono": {"screen_name": "ono", "name": "大野 花子"},
            },
        )
        writer.things(Source.ESA, "former-member", {"watanabe": {"screen_name": "watanabe", "name": "渡辺 誠"}})
        writer.put(rows.ticket_rows(ticket, REDMINE, notes=False))
    with Mirror.open(tmp_path / ".kb" / "mirror.db", readonly=True) as opened:
        yield opened


MANUAL = (Path(__file__).parents[2] / "docs" / "owners.md").read_text("utf-8")


def block(language: str) -> str:
    """The example of the manual in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", MANUAL, re.M | re.S)[0]  # type: ignore[no-any-return]


def workspace(root: Path, toml: str = KB_TOML) -> Workspace:
    (root / "OWNERS").write_text("/運用/手順/ @sato\n", encoding="utf-8")
    return Workspace(root, parse_settings(toml))


def entry(category: str, doc: str = "esa:1") -> Entry:
    return Entry(doc, Source.ESA, Kind.POST, "再起動", category=category)


def test_kb_toml_speaks_after_the_file_of_owners(tmp_path: Path, mirror: Mirror) -> None:
    owners = load_owners(workspace(tmp_path), mirror)
    asked = [owners.owner_of(entry(place)) for place in ("運用/手順", "運用/手順/公開", "日報")]
    assert [(each.name, each.why.value) for each in asked if each] == [
        ("佐藤 健", "rule"),
        ("大野 花子", "rule"),
        ("大野 花子", "steward"),
    ]


def test_the_names_of_both_systems_and_of_kb_toml_are_one_person(tmp_path: Path, mirror: Mirror) -> None:
    owners = load_owners(workspace(tmp_path), mirror)
    people = {owners.resolve(name) for name in ("sato", "佐藤健", "k.sato", "健", "@SATO")}
    assert len(people) == 1
    assert owners.owns(people.pop(), entry("infra", "redmine:7"))
    assert owners.resolve("渡辺 誠").former


def test_without_a_mirror_kb_toml_alone_names_people(tmp_path: Path) -> None:
    owners = load_owners(workspace(tmp_path), None)
    found = owners.owner_of(entry("運用/手順"))
    assert found is not None
    assert found.name == "sato"


def test_without_a_workspace_nobody_is_named() -> None:
    assert load_owners(None, None).owner_of(entry("運用")) is None


def test_a_file_of_owners_that_is_not_there_is_told(tmp_path: Path) -> None:
    here = workspace(tmp_path, '[owners]\nfile = "CODEOWNERS"')
    with pytest.raises(InputError, match="CODEOWNERS"):
        load_owners(here, None)


def test_a_rule_that_speaks_of_nothing_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"4 行目.*place も tag も node も"):
        workspace(tmp_path, '[[owners.rule]]\nto = ["sato"]\ntag = "課金"\n[[owners.rule]]\nto = "sato"')


# ---- the manual


def test_the_examples_of_the_manual_mean_what_it_says(tmp_path: Path, mirror: Mirror) -> None:
    here = Workspace(tmp_path, parse_settings(block("toml")))
    owners = load_owners(here, mirror)

    def names(page: Entry) -> str:
        found = owners.owner_of(page)
        return found.name if found else ""

    assert names(entry("運用/手順")) == "大野 花子、佐藤 健"
    assert names(replace(entry("運用/手順"), tags=("課金",))) == "大野 花子"
    assert names(replace(entry("運用/手順"), title="web-prd-01 の再起動")) == "imai"
    assert names(entry("雑談")) == "佐藤 健"
    assert owners.resolve("k.sato") == owners.resolve("sato")
    (tmp_path / "OWNERS").write_text(block("text"), encoding="utf-8")
    owners = load_owners(Workspace(tmp_path, parse_settings('[owners]\nfile = "OWNERS"')), mirror)
    assert [names(entry(place)) for place in ("雑談", "運用/手順", "障害 共有")] == [
        "佐藤 健",
        "大野 花子、佐藤 健",
        "大野 花子",
    ]
    assert names(entry("", "files:minutes/memo.md")) == "imai"


# ---- what is off in the rules

WRONG = """
[owners]
steward = "watanabe"
[[owners.rule]]
place = "運用/**"
to = ["satou", "ono"]
[[owners.rule]]
tag = "課金"
to = "@ono"
[[owners.rule]]
place = "infra/**"
to = "佐藤"
"""


def told(here: Workspace) -> list[str]:
    return [
        f"{each.sign.value} {each.fact.ja} {each.remedy.ja if each.remedy else ''}".strip()
        for each in check_owners(here)
    ]


def test_names_nobody_has_and_patterns_that_match_nothing_are_told(tmp_path: Path, mirror: Mirror) -> None:
    assert told(workspace(tmp_path, WRONG)) == [
        "✓ 担当の決まり 3 件、世話役は渡辺 誠さん",
        "! 担当の決まり「運用/**」の「satou」という人は、esa にも Redmine にもいません。 sato ではありませんか。",
        "! 世話役（steward）のwatanabeさんはメンバーの一覧にいません。 引き継いだ人の名前に直してください。",
        "! 担当の決まり「運用/**」に当てはまるものがありません。 場所やタグの名前が変わっていないか確かめてください。",
        "! 担当の決まり「#課金」に当てはまるものがありません。 場所やタグの名前が変わっていないか確かめてください。",
    ]


def test_rules_that_cannot_be_used_are_a_fault_and_no_crash(tmp_path: Path, mirror: Mirror) -> None:
    missing = workspace(tmp_path, '[owners]\nfile = "NOBODY"')
    (found,) = check_owners(missing)
    assert found.fault is not None
    assert found.fault.exit_code == 2


def test_of_a_team_without_rules_nothing_is_said(tmp_path: Path, mirror: Mirror) -> None:
    assert told(Workspace(tmp_path, parse_settings(""))) == []


def test_the_rules_are_shown_with_the_settings(
    tmp_path: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kb.toml").write_text(WRONG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert app.run(["lint", "--show-settings"]) == 0
    said = capsys.readouterr().out
    assert "# ! 担当の決まり「運用/**」の「satou」" in said
    app.run(["doctor"])
    assert "「satou」という人は" in capsys.readouterr().out
