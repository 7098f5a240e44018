"""The owners of a workspace: kb.toml, the OWNERS file beside it, and the people of the mirror."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.config import Workspace, parse
from kb.errors import ConfigError, InputError
from kb.lint.owners_of import owners_of
from kb.mirror import redmine_rows
from kb.mirror.redmine_rows import World as Redmine
from kb.mirror.store import Mirror
from kb.model import Entry, Kind, Source, Visibility

BASE = "https://redmine.example.jp"
REDMINE = Redmine(BASE, {1: redmine_rows.Place("infra", Visibility.MEMBERS)}, frozenset({5}), None)
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
        writer.put(redmine_rows.ticket(ticket, REDMINE, notes=False))
    with Mirror.open(tmp_path / ".kb" / "mirror.db", readonly=True) as opened:
        yield opened


def workspace(root: Path, toml: str = KB_TOML) -> Workspace:
    (root / "OWNERS").write_text("/運用/手順/ @sato\n", encoding="utf-8")
    return Workspace(root, parse(toml))


def entry(category: str, doc: str = "esa:1") -> Entry:
    return Entry(
        doc, "body", Source.ESA, Kind.POST, "再起動", category, (), False, "", "", "", "", "", "", Visibility.MEMBERS
    )


def test_kb_toml_speaks_after_the_file_of_owners(tmp_path: Path, mirror: Mirror) -> None:
    owners = owners_of(workspace(tmp_path), mirror)
    asked = [owners.of(entry(place)) for place in ("運用/手順", "運用/手順/公開", "日報")]
    assert [(each.name, each.why.value) for each in asked if each] == [
        ("佐藤 健", "rule"),
        ("大野 花子", "rule"),
        ("大野 花子", "steward"),
    ]


def test_the_names_of_both_systems_and_of_kb_toml_are_one_person(tmp_path: Path, mirror: Mirror) -> None:
    owners = owners_of(workspace(tmp_path), mirror)
    people = {owners.resolve(name) for name in ("sato", "佐藤健", "k.sato", "健", "@SATO")}
    assert len(people) == 1
    assert owners.owns(people.pop(), entry("infra", "redmine:7"))
    assert owners.resolve("渡辺 誠").former


def test_without_a_mirror_kb_toml_alone_names_people(tmp_path: Path) -> None:
    owners = owners_of(workspace(tmp_path), None)
    found = owners.of(entry("運用/手順"))
    assert found is not None
    assert found.name == "sato"


def test_without_a_workspace_nobody_is_named() -> None:
    assert owners_of(None, None).of(entry("運用")) is None


def test_a_file_of_owners_that_is_not_there_is_told(tmp_path: Path) -> None:
    here = workspace(tmp_path, '[owners]\nfile = "CODEOWNERS"')
    with pytest.raises(InputError, match="CODEOWNERS"):
        owners_of(here, None)


def test_a_rule_that_speaks_of_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="place も tag も node も"):
        owners_of(workspace(tmp_path, '[[owners.rule]]\nto = ["sato"]'), None)
