"""Rules about models as models: each folder is a rule, each text beside its findings (`line code message`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from lint.conftest import Said, folder, kb, workspace  # noqa: F401 -- fixtures

from kb.commands.diagram.check import _deleted_link_ends
from kb.diagram.model.nouns import Model
from kb.diagram.model.rules import SystemContext, judge_system, select_system_rules
from kb.diagram.model.schema import SYSTEM_CODES, SYSTEM_NUMBERS
from kb.diagram.model.toml import merge_texts
from kb.model.finding import WaiverKind
from kb.rules import registry
from kb.settings.workspace import open_workspace, parse_settings
from kb.sources.registry import configured_sources, find_link_end

HERE = Path(__file__).parent / "rules"
RULES = {rule.name: rule for rule in select_system_rules(registry.load_rules("linters.system"))}
TODAY = date(2026, 11, 26)
Kb = Callable[..., Said]


def model_of(text: str) -> Model:
    return merge_texts([("diagrams/system.toml", text)])


def seen(text: str) -> SystemContext:
    """A model on a day, in a world where post 12 and ticket 45 were deleted; `# stale: VIEW N` in its text."""
    model = model_of(text)
    settings = parse_settings('[esa]\nteam = "docs"\n[redmine]\nurl = "https://redmine.example.jp"\n')
    sources = configured_sources(settings)
    links = {
        (node.id, field): end
        for node in model.nodes
        for field, end in (
            ("runbook", find_link_end(sources, node.runbook)),
            ("repo", find_link_end(sources, node.repo)),
            ("esa", f"esa:{node.esa}" if node.esa else ""),
        )
    }
    gone = {link: end for link, end in links.items() if end in ("esa:12", "redmine:45")}
    stale = {view: int(count) for view, count in re.findall(r"^# stale: (\S+) (\d+)$", text, re.M)}
    return SystemContext(model, TODAY, gone, stale)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("case", ["bad", "good"])
def test_a_model_gives_these_findings_and_no_others(name: str, case: str) -> None:
    text = (HERE / name / f"{case}.toml").read_text("utf-8")
    said = (HERE / name / f"{case}.txt").read_text("utf-8").splitlines()
    found = [f"{each.span.line} {each.code} {each.message}" for each in judge_system(seen(text), [RULES[name]])]
    assert sorted(found) == said
    assert bool(said) is (case == "bad")


def test_every_folder_is_a_rule_and_every_rule_can_be_set_aside() -> None:
    assert {path.name for path in HERE.iterdir()} == set(RULES)
    assert set(RULES) <= SYSTEM_CODES


@dataclass
class Ignored:
    until: str
    waived: bool


@pytest.mark.parametrize(
    "case", [Ignored("2026-11-26", True), Ignored("2026-11-25", False)], ids=lambda case: case.until
)
def test_what_is_set_aside_is_so_until_its_day(case: Ignored) -> None:
    text = (
        '[[node]]\nid = "a"\n[[ignore]]\ncode = "no-owner"\ntarget = "a"\n'
        f'reason = "調整中"\nuntil = "{case.until}"\nowner = "佐藤"\n'
    )
    (found,) = judge_system(seen(text), [RULES["no-owner"]])
    if case.waived:
        assert found.waiver is not None
        assert (found.waiver.kind, found.waiver.reason, found.waiver.by) == (WaiverKind.SUPPRESSED, "調整中", "佐藤")
    else:
        assert found.waiver is None


def test_a_finding_stays_the_same_one_when_its_node_moves() -> None:
    rule = [RULES["no-owner"]]
    (one,) = judge_system(SystemContext(model_of('[[node]]\nid = "a"\n'), TODAY), rule)
    elsewhere = merge_texts([("diagrams/a.toml", "# first\n"), ("diagrams/z.toml", '\n\n[[node]]\nid = "a"\n')])
    (other,) = judge_system(SystemContext(elsewhere, TODAY), rule)
    assert (one.doc, other.doc, other.span.line) == ("diagrams/system.toml", "diagrams/z.toml", 3)
    assert one.fingerprint == other.fingerprint


# -- the command --------------------------------------------------------------------------------------

SOUND = '[[node]]\nid = "api"\nowner = "配信"\nrunbook = "https://docs.example.jp/api"\n'


def written(folder: Path, text: str) -> None:  # noqa: F811
    (folder / "diagrams").mkdir(exist_ok=True)
    (folder / "diagrams/system.toml").write_text(text, "utf-8")


def test_a_sound_model_without_pictures_is_zero(kb: Kb, folder: Path) -> None:  # noqa: F811
    written(folder, SOUND)
    said = kb("diagram", "check")
    assert (said.code, said.out, said.err) == (0, "", "指摘 0 件（警告 0、情報 0）、ノード 1。\n")


def test_severities_decide_the_exit_code(kb: Kb, folder: Path) -> None:  # noqa: F811
    written(folder, SOUND + '[[node]]\nid = "b"\nowner = "配信"\nesa = 1\nlifecycle = "unknown"\n')
    assert kb("diagram", "check").code == 1
    assert kb("diagram", "check", "--fail-on", "warning").code == 0
    written(folder, SOUND + '[[node]]\nid = "b"\n')
    said = kb("diagram", "check")
    assert said.code == 1
    assert said.out.startswith("diagrams/system.toml:5 警告 SYS101 no-owner 「b」の担当がまだ書かれていません。")
    assert said.err.endswith("→ kb explain SYS101\n")
    assert kb("diagram", "check", "--fail-on", "error").code == 0


def test_the_day_can_be_given(kb: Kb, folder: Path) -> None:  # noqa: F811
    written(folder, SOUND + 'lifecycle = "retiring"\nuntil = "2026-11-26"\n')
    assert kb("diagram", "check", "--now", "2026-11-26").code == 0
    assert kb("diagram", "check", "--now", "2026-11-27").code == 1


def test_stale_pictures_are_told_without_drawing(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written(folder, SOUND + '[[view]]\nid = "v"\nform = ["mermaid", "plantuml"]\n')
    assert kb("diagram", "build").code == 0
    monkeypatch.setenv("PATH", str(folder))
    assert kb("diagram", "check").code == 0
    written(folder, SOUND.replace("api", "web") + '[[view]]\nid = "v"\nform = ["mermaid", "plantuml"]\n')
    said = kb("diagram", "check")
    assert said.code == 1
    assert "SYS107 picture-stale ビュー「v」の図（2 ファイル）が古くなっています" in said.out
    assert said.err.endswith("→ kb diagram build\n")
    kb("diagram", "build")
    assert kb("diagram", "check").code == 0


@pytest.mark.parametrize("broken", ["{", "<<<<<<< HEAD\n", '{"format": 9}', ""])
def test_pictures_whose_manifest_cannot_be_read_are_stale(kb: Kb, folder: Path, broken: str) -> None:  # noqa: F811
    written(folder, SOUND + '[[view]]\nid = "v"\nform = ["mermaid"]\n')
    assert kb("diagram", "build").code == 0
    (folder / "diagrams/pictures/manifest.json").write_text(broken, "utf-8")
    assert "ビュー「v」の図（1 ファイル）が古くなっています" in kb("diagram", "check").out
    assert kb("diagram", "build").code == 0
    assert kb("diagram", "check").code == 0


def test_the_numbers_of_the_rules_are_those_of_their_names() -> None:
    known = registry.load_rules("linters.system")
    assert {rule.code: rule.name for rule in known} == SYSTEM_NUMBERS


def test_pictures_with_icons_are_not_called_stale_where_the_icons_are_not_installed(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written(folder, SOUND + 'kind = "ec2"\n[[view]]\nid = "v"\nform = ["svg"]\n')
    assert kb("diagram", "build").code == 0
    monkeypatch.setattr("kb.diagram.icons._package", lambda: None)
    said = kb("diagram", "check")
    assert said.code == 0
    assert ".[diagram]" in said.err


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "github", "junit", "markdown", "html"])
def test_every_form_names_the_rule_and_the_file(kb: Kb, folder: Path, form: str) -> None:  # noqa: F811
    written(folder, '[[node]]\nid = "a"\nlabel = "<b>&`|"\n')
    said = kb("diagram", "check", "--format", form)
    assert said.code == 1
    assert "SYS101" in said.out
    assert "system.toml" in said.out
    if form in ("html", "junit"):
        assert "<b>&`" not in said.out


def test_links_to_deleted_posts_are_those_the_mirror_knows(
    kb: Kb,  # noqa: F811
    workspace: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = model_of(
        '[[node]]\nid = "a"\nesa = 12\nrunbook = "https://docs.esa.io/posts/13"\nrepo = "https://x.jp/posts/12"\n'
    )
    assert _deleted_link_ends(model, open_workspace()) == {}
    (workspace / ".kb").mkdir(exist_ok=True)
    from kb.lint.engine.world_builder import WorldBuilder
    from kb.mirror.store import Mirror

    Mirror.open(workspace / ".kb/mirror.db").close()
    monkeypatch.setattr(WorldBuilder, "end_state", lambda self, end: "gone" if end == "esa:12" else "live")
    assert _deleted_link_ends(model, open_workspace()) == {("a", "esa"): "esa:12"}
    assert _deleted_link_ends(model, None) == {}


def test_a_thousand_nodes_are_checked_in_a_second_or_two(kb: Kb, folder: Path) -> None:  # noqa: F811
    written(folder, "".join(f'[[node]]\nid = "n{n}"\n' for n in range(1000)))
    said = kb("diagram", "check")
    assert said.out.count("\n") == 40
    assert "ほか 1,960 件" in said.err
