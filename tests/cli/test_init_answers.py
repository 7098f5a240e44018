"""What `kb init` says of an answer that cannot be, and the language its kb.toml explains itself in."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from kb.cli.app import run
from kb.model.host_names import LearntHosts, UnsureHost
from kb.reading.pages.category_tree import propose_settings
from kb.settings.propose import render_config
from kb.settings.workspace import parse_settings
from kb.text import lang

JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["--team", "ad_team!"], "「ad_team!」は esa のチーム名ではありません。"),
        (["--team", "docs", "--redmine-url", "--yes"], "Redmine の URL「--yes」は https でも"),
        (["--redmine-url", "https://u:p@redmine.example.jp"], "Redmine の URL に認証情報やクエリは書けません。"),
    ],
    ids=["team", "a flag for the address", "a password in it"],
)
def test_a_bad_answer_is_no_line_of_a_file_that_is_not_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: list[str],
    names: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", *given, "--yes"]) == 2
    said = capsys.readouterr().err
    assert names in said
    assert "kb.toml" not in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("answers", [{"esa": "docs", "redmine": "https://redmine.example.jp"}, {"esa": "docs"}])
def test_kb_toml_explains_itself_in_english_where_asked(answers: dict[str, str]) -> None:
    proposal = replace(propose_settings({}), hosts=LearntHosts(unsure=(UnsureHost("mon-01", 1, 1),)))
    japanese = render_config(answers, proposal)
    lang.set_language("en")
    english = render_config(answers, proposal)
    assert parse_settings(english) == parse_settings(japanese)
    sentences = [line for line in english.splitlines() if line.startswith("# ") and "=" not in line]
    assert sentences
    assert not [line for line in sentences if JAPANESE.search(line)]
    assert len(english.splitlines()) == len(japanese.splitlines())
