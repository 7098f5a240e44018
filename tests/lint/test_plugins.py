"""Rules from elsewhere: installed packages, kb_rules/, and what happens when they are broken."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.errors import ConfigError
from kb.lint.engine import plugins
from kb.lint.engine.plugins import LoadedRules, RuleSources, gather_sources, load_all_rules, note_disabled
from kb.rules import registry as rules
from kb.rules.registry import rule_text
from kb.settings.kb_toml import Settings
from kb.settings.workspace import Workspace, parse_settings

RULE = '''"""旧ホスト名です / An old host name"""
from kb.lang import t  # the former names, which rules of teams still use
from kb.lint.rules import Hit, Rule
from kb.model import Confidence, Severity, Span

def check(page):
    if "oldhost" in page.document.body:
        yield Hit(t("旧ホスト名です。", "An old host name."), Span(1, 1, 1, 2), Confidence.HIGH)

rule = Rule("{code}", __name__, Severity.WARNING, check)
'''

TABLE = '[[lint.rule]]\ncode = "{}"\nname = "{}"\nmessage = "m"\nwords = ["x"]\n'


pytestmark = pytest.mark.usefixtures("forget_rules")


@pytest.fixture
def team(tmp_path: Path) -> Callable[..., LoadedRules]:
    """A workspace with these files in kb_rules/, and all rules of it."""

    def make(toml: str = "[lint]\nkb_rules = true\n", **files: str) -> LoadedRules:
        (tmp_path / "kb.toml").write_text(toml)
        (tmp_path / "kb_rules").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / "kb_rules" / f"{name}.py").write_text(text)
        return load_all_rules(gather_sources(Workspace(tmp_path, parse_settings(toml))))

    return make


def codes(loaded: LoadedRules) -> set[str]:
    return {rule.code for rule in loaded.rules} - {rule.code for rule in rules.load_rules()}


def test_kb_s_own_rules_are_all_there_is_at_first() -> None:
    loaded = load_all_rules(RuleSources())
    assert loaded.rules == rules.load_rules()
    assert (loaded.troubles, loaded.digest) == ((), b"")


def test_a_file_of_kb_rules_is_a_rule(team: Callable[..., LoadedRules]) -> None:
    loaded = team(old_host=RULE.format(code="ACME001"))
    assert loaded.troubles == ()
    (rule,) = [each for each in loaded.rules if each.code == "ACME001"]
    assert rule.name == "old-host"
    assert rule_text(rule).title.ja == "旧ホスト名です"
    assert "ACME001" not in {each.code for each in rules.load_rules()}


def test_code_is_not_run_before_kb_toml_says_so(team: Callable[..., LoadedRules], tmp_path: Path) -> None:
    loaded = team("", old_host="raise SystemExit(9)\n")
    assert codes(loaded) == set()
    assert loaded.troubles == ()
    note = note_disabled(Workspace(tmp_path, Settings()))
    assert note is not None
    assert "kb_rules = true" in note.ja
    assert note_disabled(Workspace(tmp_path / "elsewhere", Settings())) is None
    assert note_disabled(Workspace(tmp_path, parse_settings("[lint]\nkb_rules = true\n"))) is None


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("import nosuchmodule\n", "ModuleNotFoundError"),
        ("x = (\n", "bad.py:1 SyntaxError"),
        ("raise SystemExit(1)\n", "bad.py:1 SystemExit"),
        ("raise BaseException('odd')\n", "bad.py:1 BaseException: odd"),
        ("x = '\0'\n", "読み込めません（SyntaxError: source code"),
        ("\n\n1 / 0\n", "bad.py:3 ZeroDivisionError"),
        (RULE.format(code="INC402"), "（bad.py:10 ValueError: INC402: both"),
        (RULE.format(code="ACME002") + "\nRule('ACME003', __name__, Severity.INFO, check)\n", "ACME002: the name bad"),
        (RULE.format(code="ACME002").replace("check)\n", "check, gate=('nowhere',))\n"), "no group 'nowhere'"),
        (
            RULE.format(code="ACME002").replace("check)\n", "check, gate=(Group('g', Hint((), ('a.b',))).name,))\n")
            .replace("import Hit", "import Group, Hint, Hit"),
            "not a pattern both engines read alike",
        ),
        (RULE.format(code="ACME002").replace("Severity.WARNING", "'error'"), "a Rule has a code as ACME001"),
        (RULE.format(code="acme-2"), "（TypeError: 'acme-2': a Rule has a code"),
        ("print('\\x1b[2J')\nraise ValueError('\\x1b[2J')\n", "ValueError: [2J"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named_and_hides_nothing_else(team: Callable[..., LoadedRules], broken: str, why: str) -> None:
    loaded = team(bad=broken, fine=RULE.format(code="ACME009"))
    assert codes(loaded) == {"ACME009"}
    (trouble,) = loaded.troubles
    assert "kb_rules/bad.py の規則を読み込めません" in str(trouble)
    assert why in str(trouble)
    assert trouble.exit_code == 3


def test_files_share_what_begins_with_an_underscore(team: Callable[..., LoadedRules]) -> None:
    loaded = team(_words="OLD = 'oldhost'\n", a_host=RULE.format(code="ACME001") + "from kb_rules._words import OLD\n")
    assert codes(loaded) == {"ACME001"}


def test_the_next_workspace_may_use_the_same_codes(team: Callable[..., LoadedRules], tmp_path: Path) -> None:
    team(old_host=RULE.format(code="ACME001"))
    (tmp_path / "kb_rules" / "old_host.py").unlink()
    loaded = team(another=RULE.format(code="ACME001"))
    assert loaded.troubles == ()
    assert [rule.name for rule in loaded.rules if rule.code == "ACME001"] == ["another"]


def test_a_changed_source_changes_the_hash(team: Callable[..., LoadedRules]) -> None:
    first = team(old_host=RULE.format(code="ACME001"))
    second = team(old_host=RULE.format(code="ACME001") + "# \n")
    assert b"" not in (first.digest, second.digest)
    assert first.digest != second.digest


def test_extras_travel_as_plain_values(team: Callable[..., LoadedRules]) -> None:
    loaded = team("[lint]\nkb_rules = true\n" + TABLE.format("ACME002", "a"), old_host=RULE.format(code="ACME001"))
    sent = pickle.dumps(loaded.extras)
    plugins._load.cache_clear()
    assert codes(load_all_rules(pickle.loads(sent))) == {"ACME001", "ACME002"}  # noqa: S301


def test_two_tables_cannot_share_a_code_or_a_name(team: Callable[..., LoadedRules]) -> None:
    with pytest.raises(ConfigError, match=r"kb.toml 6 行目: コード ACME001"):
        team(TABLE.format("ACME001", "a") + TABLE.format("ACME001", "b"))
    with pytest.raises(ConfigError, match=r"kb.toml 6 行目: 規則名 a"):
        team(TABLE.format("ACME001", "a") + TABLE.format("ACME002", "a"))
    with pytest.raises(ConfigError, match="コード INC402"):
        team(TABLE.format("INC402", "a"))


def install(folder: Path, name: str, **files: str) -> Path:
    """A folder as installing a distribution leaves it."""
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[kb.rules]\n{name} = {name}\n")
    (folder / name).mkdir()
    for module, text in files.items():
        (folder / name / f"{module}.py").write_text(text)
    return folder


def test_an_installed_package_brings_its_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", "acme_rules", __init__="", old_host=RULE.format(code="ACME001"))
    install(tmp_path / "site", "broken_rules", __init__="", a=RULE.format(code="ACME002"), b="1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    plugins._load.cache_clear()
    loaded = load_all_rules(RuleSources(packages=True))
    assert codes(loaded) == {"ACME001"}
    (trouble,) = loaded.troubles
    assert "broken_rules 1.2 (broken_rules) の規則を読み込めません（b.py:1 ZeroDivisionError" in str(trouble)
    (tmp_path / "site" / "acme_rules" / "words.py").write_text("MORE = 1\n")
    plugins._load.cache_clear()
    assert load_all_rules(RuleSources(packages=True)).digest != loaded.digest


def test_without_rules_to_offer_importlib_metadata_is_not_asked() -> None:
    code = "import sys\nfrom kb.lint.engine import plugins\nplugins.load_all_rules(plugins.gather_sources(None))"
    code += "\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert "kb.lint.engine.plugin_sources" in done.stdout.split()
    assert "importlib.metadata" not in done.stdout.split()
