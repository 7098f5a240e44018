"""A team's own rules and fixes from the command line: the mirror, the cache, workers, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from joblib import Parallel, delayed
from lint.conftest import Posts, Said

from kb.lint.engine import plugins
from kb.lint.engine.work import JudgeOrders, judge_range
from kb.settings.workspace import Workspace, load_settings

RULE = '''"""旧ホスト名です / An old host name"""
from kb.text.lang import t
from kb.rules.registry import GateGroup as Group, GateHint as Hint, Hit, Rule
from kb.model.facts import Confidence; from kb.model.finding import Severity; from kb.text.lines import Span

Group("acme", Hint(("oldhost",)))

def check(page):
    yield Hit(t("旧ホスト名です。", "An old host name."), Span(1, 1, 1, 2), Confidence.HIGH)

rule = Rule("ACME001", __name__, Severity.WARNING, check, gate=("acme",))
'''
TABLE = """[[lint.rule]]
code = "ACME002"
name = "old-word"
message = "古い語です。"
words = ["旧本番"]
why = "3 月に止まります。"
"""
POSTS = ((1, "手順", "oldhost を見る"), (2, "当番のメモ", "旧本番 を見る"), (3, "当番のメモ", "何もなし"))

Kb = Callable[..., Said]


@pytest.fixture(autouse=True)
def forgotten(registry: Callable[[], None]) -> Iterator[None]:
    """What is registered here is forgotten again."""
    yield
    plugins._load.cache_clear()
    plugins._lately.clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "kb_rules"]:
        del sys.modules[name]


@pytest.fixture
def team(posts: Posts) -> Path:
    """A workspace with a rule of each kind, and three posts."""
    posts.put(*POSTS)
    (posts.root / "kb_rules").mkdir()
    (posts.root / "kb_rules" / "old_host.py").write_text(RULE)
    with (posts.root / "kb.toml").open("a") as file:
        file.write(f"[lint]\nkb_rules = true\n{TABLE}")
    return posts.root


def test_own_rules_judge_the_mirror_like_any_other(kb: Kb, team: Path) -> None:
    for _ in range(2):  # made, then kept
        found = kb("lint", "--format", "jsonl")
        assert found.codes == [("esa:1", "ACME001"), ("esa:2", "ACME002")]
    assert kb("lint", "--format", "jsonl", "--select", "ACME002").codes == [("esa:2", "ACME002")]
    assert kb("explain", "old-word").out.splitlines()[-1] == "  3 月に止まります。"


@pytest.mark.parametrize("where", ["kb_rules/old_host.py", "kb.toml"])
def test_a_changed_rule_judges_anew(kb: Kb, team: Path, where: str) -> None:
    assert kb("lint", "--format", "jsonl").codes == [("esa:1", "ACME001"), ("esa:2", "ACME002")]
    path = team / where
    path.write_text(path.read_text().replace("oldhost", "何もなし").replace("旧本番", "何もなし"))
    doc = "esa:3"
    assert (doc, "ACME001" if where.endswith("py") else "ACME002") in kb("lint", "--format", "jsonl").codes


def test_other_processes_know_the_rules(team: Path) -> None:
    loaded = plugins.load_all_rules(plugins.gather_sources(Workspace(team, load_settings(team / "kb.toml"))))
    workspace = Workspace(team, load_settings(team / "kb.toml"))
    orders = JudgeOrders(("ACME001", "ACME002"), workspace.settings.policy, team / "cache", loaded.extras)
    parts = [(orders, workspace.mirror, lo, lo + 1, [lo], False) for lo in (1, 2)]
    judged = Parallel(n_jobs=2)(delayed(judge_range)(*part) for part in parts)
    assert [[found.code for found in each.judgement.findings] for part in judged for each in part] == [
        ["ACME001"],
        ["ACME002"],
    ]


def test_a_broken_rule_is_named_with_exit_code_3_and_the_rest_is_found(kb: Kb, team: Path) -> None:
    (team / "kb_rules" / "broken.py").write_text("import nosuchmodule\n")
    found = kb("lint", "--format", "jsonl")
    assert found.code == 3
    assert found.codes == [("esa:1", "ACME001"), ("esa:2", "ACME002")]
    assert "kb_rules/broken.py の規則を読み込めません（broken.py:1 ModuleNotFoundError" in found.err
    explained = kb("explain", "ACME001")
    assert (explained.code, explained.out.splitlines()[0]) == (3, "ACME001 old-host（警告）")
    assert "kb_rules/broken.py" in explained.err


def test_a_rule_that_is_stopped_is_named(kb: Kb, team: Path) -> None:
    endless = RULE.replace("    yield Hit(", "    raise KeyboardInterrupt\n    yield Hit(")
    (team / "kb_rules" / "old_host.py").write_text(endless)
    stopped = kb("lint", "--jobs", "1")
    assert stopped.code == 130
    assert stopped.err == "esa:1 を ACME001 old-host で判定しているところでした。\n中断しました。\n"


def test_selecting_a_rule_that_could_not_be_loaded_names_what_is_broken(kb: Kb, team: Path) -> None:
    (team / "kb_rules" / "old_host.py").write_text("import nosuchmodule\n")
    found = kb("lint", "--select", "ACME001")
    assert found.code == 3
    assert "kb_rules/old_host.py の規則を読み込めません" in found.err


def test_the_settings_tell_that_rules_are_switched_off(kb: Kb, team: Path) -> None:
    path = team / "kb.toml"
    path.write_text(path.read_text().replace("kb_rules = true", "kb_rules = false"))
    shown = kb("lint", "--show-settings").out
    assert "# kb_rules/ の規則（Python）は動かしていません" in shown
    assert "ACME001" not in shown
    assert "動く ACME002 old-word warning" in shown


def test_a_bad_table_stops_with_its_line(kb: Kb, team: Path) -> None:
    with (team / "kb.toml").open("a") as file:
        file.write("pattern = '(a+)+b'\n")
    found = kb("lint")
    assert found.code == 2
    assert "kb.toml 11 行目: pattern の繰り返しが多すぎて" in found.err


PAGE = "# 障害\n\n## 原因\n鍵の期限切れ。 <!-- kb:ignore INC203 確認ずみ -->\n"


def test_fixes_are_made_and_what_is_left_is_told(kb: Kb, folder: Path) -> None:
    (folder / "a.md").write_text(PAGE)
    shown = kb("lint", "a.md", "--diff", "--select", "KB901,INC")
    assert "-鍵の期限切れ。 <!-- kb:ignore INC203 確認ずみ -->\n+鍵の期限切れ。\n" in shown.out
    assert (folder / "a.md").read_text() == PAGE
    fixed = kb("lint", "a.md", "--fix", "--select", "KB901,INC", "--format", "jsonl", "--exit-zero")
    assert (folder / "a.md").read_text() == "# 障害\n\n## 原因\n鍵の期限切れ。\n"
    assert "1 ファイルで 1 件を直しました。" in fixed.err
    assert "KB901" not in {code for _, code in fixed.codes}
    assert kb("lint", "a.md", "--fix", "--select", "KB901,INC", "--exit-zero").err.startswith("0 ファイルで 0 件")


@pytest.mark.parametrize("words", [["--fix"], ["--unsafe-fixes"], ["--diff"], ["--fix", "--input", "x.jsonl"]])
def test_only_files_are_fixed(kb: Kb, team: Path, words: list[str]) -> None:
    said = kb("lint", *words)
    assert said.code == 2
    assert "手元のファイルだけです" in said.err
