"""The manual is whole: commands, flags, settings, rules, fields, links; and says nothing that is not."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import click
import pytest
from docs.manual import DOORS, PAGES, READMES, ROOT, anchor, code_blocks, headings, links, rows

from kb.cli.app import build_cli
from kb.commands import GROUPS
from kb.commands.registry import find_command, list_commands
from kb.lint.formats.json import finding_row, item_rows, page_row
from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Confidence, Facts, Item, ItemState, PageKind, Role
from kb.model.finding import Finding, Severity
from kb.model.secret import LengthClass, Secret, SecretKind
from kb.rules.judge import build_entry
from kb.settings import kb_toml
from kb.text.lang import t
from kb.text.lines import Span

DOCS = ROOT / "docs"
COMMANDS = list(list_commands())
SECTIONS: dict[str, type] = {
    "全体": kb_toml.Settings,
    "[esa]": kb_toml.EsaSettings,
    "[redmine]": kb_toml.RedmineSettings,
    "[[source]]": kb_toml.FilesSettings,
    "[visibility]": kb_toml.VisibilitySettings,
    "[incidents]": kb_toml.IncidentSettings,
    "[posts]": kb_toml.PostSettings,
    "[tickets]": kb_toml.TicketSettings,
    "[people]": kb_toml.PeopleSettings,
    "[owners]": kb_toml.OwnersSettings,
    "[hosts]": kb_toml.HostSettings,
    "[sync]": kb_toml.SyncSettings,
    "[lint]": kb_toml.LintSettings,
    "[plan]": kb_toml.PlanSettings,
    "[report]": kb_toml.ReportSettings,
    "[slack]": kb_toml.SlackSettings,
    "[[event]]": kb_toml.EventSettings,
    "[drift]": kb_toml.DriftSettings,
    "[cluster]": kb_toml.ClusterSettings,
    "[zabbix]": kb_toml.ZabbixSettings,
    "[diagram]": kb_toml.DiagramSettings,
}


def section(text: str, heading: str, level: str = "##") -> str:
    """What stands below a heading of a level, by default the second."""
    return next(part for part in re.split(rf"^{level} ", text, flags=re.M) if part.split("\n")[0] == heading)


def pages_of(command: str) -> list[Path]:
    """The pages with a heading for a command. Fails when there is none."""
    wanted = re.compile(rf"^#{{1,2}} (?:.* )?`?kb {command}`?(?:[ :].*)?$", re.M)
    found = [path for path in PAGES if wanted.search(path.read_text("utf-8"))]
    assert found, f"no page of docs/ has a heading for kb {command}"
    return found


def page_of(command: str) -> str:
    """The text of the page of a command."""
    return pages_of(command)[0].read_text("utf-8")


def flags(command: click.Command) -> list[str]:
    return [flag for param in command.params if isinstance(param, click.Option) for flag in param.opts]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_page_with_all_its_flags(name: str) -> None:
    group = build_cli()
    assert isinstance(group, click.Group)
    command = group.get_command(click.Context(group), name)
    assert command is not None
    text = page_of(name)
    for flag in flags(command):
        assert re.search(rf"`{re.escape(flag)}[` ]", text), f"kb {name} {flag} is not explained"
    known = {*flags(command), "--help"}
    stated = {flag for row in rows(text) for flag in re.findall(r"`(--[a-z-]+)", row[0])}
    assert stated <= known | {flag for other in COMMANDS if other in text for flag in _flags_of(group, other)}


def _flags_of(group: click.Group, name: str) -> list[str]:
    command = group.get_command(click.Context(group), name)
    return flags(command) if command else []


def test_the_index_stands_in_the_groups_of_the_help() -> None:
    text = (DOCS / "index.md").read_text("utf-8")
    titles = {group: importlib.import_module(f"kb.commands.{group}").TITLE.ja for group in GROUPS}
    stated = [each.removeprefix("### ") for each in headings(text) if each.startswith("### ")]
    assert [each for each in stated if each in titles.values()] == list(titles.values())
    for name, entry in list_commands().items():
        linked = {target.partition("#")[0] for target in links(section(text, titles[entry.group], "###"))}
        assert linked & {path.relative_to(DOCS).as_posix() for path in pages_of(name)}, f"kb {name}: {linked}"


def test_the_flags_of_every_command_are_explained() -> None:
    text = (DOCS / "index.md").read_text("utf-8")
    for flag in ("--lang en", "--config FILE", "--debug", "--version", "--help"):
        assert f"`{flag}`" in text


def _setting_fields(owner: type) -> Iterator[Field[Any]]:
    for each in fields(owner):
        if owner is not kb_toml.Settings or each.metadata.get("key", each.metadata):
            yield each


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_setting_is_documented_with_its_default_and_example(heading: str) -> None:
    stated = rows(section((DOCS / "settings.md").read_text("utf-8"), heading))[1:]
    assert [row[0] for row in stated] == [
        f"`{each.metadata.get('key', each.name)}`" for each in _setting_fields(SECTIONS[heading])
    ]
    for row, each in zip(stated, _setting_fields(SECTIONS[heading]), strict=True):
        default = "必須" if each.default is MISSING else f"`{_toml(each.default)}`"
        if each.metadata["example"].startswith("{"):
            default = "`{}`"
        assert row[1:3] == [default, f"`{each.metadata['example']}`"], each.name
        assert row[3], each.name


def test_no_section_of_the_settings_is_forgotten() -> None:
    nested = {each.name for each in fields(kb_toml.Settings) if not each.metadata}
    assert nested == {heading.strip("[]") for heading in SECTIONS if heading != "全体"}
    stated = [each.removeprefix("## ") for each in headings((DOCS / "settings.md").read_text("utf-8"))[1:]]
    assert stated == list(SECTIONS)


def test_the_fields_of_jsonl_are_those_lint_writes() -> None:
    text = (DOCS / "lint.md").read_text("utf-8")
    stated = [name for row in rows(section(text, "jsonl の項目"))[1:] for name in re.findall(r"`(\w+)`", row[0])]
    span = Span(1, 1, 1, 2)
    secret = Secret(SecretKind.PIN, span, Confidence.HIGH, LengthClass.SHORT, "label", opens="door", value_id="1a2b")
    finding = Finding(
        "esa:1",
        "body",
        "SEC102",
        "r",
        span,
        Severity.ERROR,
        Confidence.HIGH,
        t("", ""),
        "",
        "",
        secret=secret,
        rotated_on="2026-11-20",
        evidence=t("2 か所", "2 places"),
        day="2026-11-20",
        same_as=("esa:2",),
    )
    assert stated == list(finding_row(finding))
    document = Document("esa:1", Source.ESA, Kind.POST, "", "", Markup.MARKDOWN)
    page = page_row(build_entry(document), Facts(PageKind.OTHER, ""))
    assert all(f"`{name}`" in section(text, "jsonl の項目") for name in page)


def test_pages_of_rules_are_what_the_rules_say() -> None:
    spec = importlib.util.spec_from_file_location("make_rules", DOCS / "make_rules.py")
    assert spec is not None
    assert spec.loader is not None
    make_rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_rules)
    assert make_rules.stale() == [], "run: make pages"


@pytest.mark.parametrize("path", [*READMES, *DOORS, *PAGES], ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in links(path.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, mark = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        if mark:
            assert mark in map(anchor, headings(there.read_text("utf-8"))), target


def test_every_page_is_reached_from_the_first() -> None:
    seen: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        targets = [target.partition("#")[0] for target in links(page.read_text("utf-8"))]
        waiting += [(page.parent / target).resolve() for target in targets if target and ":" not in target]
    assert set(PAGES) <= seen


def test_both_readmes_say_the_same() -> None:
    english, japanese = (path.read_text("utf-8") for path in READMES)
    marks = [[heading.split(" ")[0] for heading in headings(text)] for text in (english, japanese)]
    assert marks[0] == marks[1]
    assert code_blocks(english) == code_blocks(japanese)
    assert sorted(links(english)) == sorted(links(japanese))


def test_the_fields_of_an_action_are_those_lint_writes() -> None:
    stated = [
        name
        for row in rows(section((DOCS / "lint.md").read_text("utf-8"), "対策"))[1:]
        for name in re.findall(r"`(\w+)`", row[0])
    ]
    document = Document("esa:1", Source.ESA, Kind.POST, "", "", Markup.MARKDOWN)
    item = Item(Role.PREVENTION, ItemState.OPEN, Span(1, 1, 1, 2))
    (action,) = item_rows(build_entry(document, Facts(PageKind.INCIDENT, "", items=(item,))))
    fields_of_item = action.pop("item")
    assert isinstance(fields_of_item, dict)
    assert stated == [*action, *fields_of_item]


def test_the_page_on_who_sees_what_names_what_others_may_read() -> None:
    text = (DOCS / "visibility.md").read_text("utf-8")
    shared = sorted(name for name in COMMANDS if (found := find_command(name)) and found.shared)
    assert "、".join(f"`kb {name}`" for name in shared) in text
