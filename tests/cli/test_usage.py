"""The command line itself: help, languages, wrong words."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import pytest

from kb.cli.app import run
from kb.commands import registry
from kb.sources.esa.source import EsaSource
from kb.text.display import display_width

COMMANDS = registry.list_commands()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_help_is_one_screen_and_names_every_first_word(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--lang", lang, "--help"]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) < 24
    assert max(display_width(line) for line in out.splitlines()) <= 80
    assert {name.partition(" ")[0] for name in COMMANDS} <= set(re.findall(r"[a-z-]+", out))
    assert run(["--lang", lang, "help"]) == 0
    assert capsys.readouterr().out == out


@pytest.mark.parametrize("words", [["help", "--all"], ["--help", "--all"]])
def test_the_whole_help_groups_the_commands(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 0
    out = capsys.readouterr().out
    assert "準備:" in out
    assert "毎週:" in out
    for name in COMMANDS:
        assert name in out


@pytest.mark.parametrize("words", [["--lang", "en", "--help"], ["--help", "--lang=en"]])
def test_english_is_one_flag_away_wherever_it_stands(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 0
    assert "Used most" in capsys.readouterr().out


def test_a_variable_chooses_the_language_and_a_flag_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KB_LANG", "en")
    assert run(["--help"]) == 0
    assert "Used most" in capsys.readouterr().out
    assert run(["--help", "--lang", "ja"]) == 0
    assert "よく使うもの" in capsys.readouterr().out
    monkeypatch.setenv("KB_LANG", "fr\x1b[2J")
    assert run(["--help"]) == 2
    said = capsys.readouterr().err
    assert "KB_LANG に「fr" in said
    assert "\x1b" not in said


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_command_has_help_and_an_example(name: str, lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--lang", lang, name, "--help"]) == 0
    out = capsys.readouterr().out
    assert ("例:" if lang == "ja" else "Example:") in out
    assert f"kb {name}" in out
    assert ("この説明を表示する" in out) is (lang == "ja")


def test_lint_shows_ten_options_and_all_of_them_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "--help"]) == 0
    short = capsys.readouterr().out
    assert run(["lint", "--help", "--all"]) == 0
    whole = capsys.readouterr().out
    flags = [set(re.findall(r"^  (?:-., )?(--[a-z-]+)", out, re.M)) - {"--help"} for out in (short, whole)]
    assert (len(flags[0]), len(flags[1])) == (10, 30)
    assert "ほかに 20 の指定があります: kb lint --help --all" in short
    assert "ほかに" not in whole
    assert run(["sync", "-h", "--all"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lnt"], ["「lnt」", "lint"]),
        (["plna"], ["「plna」", "近いもの: plan"]),
        (["plan", "doen"], ["「doen」", "done"]),
        (["lint", "--formt", "json"], ["--formt", "--format"]),
        (["lint", "--format", "yaml"], ["--format に「yaml」は使えません", "選べるもの: text、json、jsonl"]),
        (["lint", "--fail-on", "bad"], ["--fail-on に「bad」は", "選べるもの: info、warning、error"]),
        (["lint", "--fail-on="], ["--fail-on の値が使えません", "warning"]),
        (["lint", "--jobs", "x"], ["--jobs に「x」は", "0 以上の整数"]),
        (["sync", "--limit", "-3"], ["--limit に「-3」は", "0 以上の整数"]),
        (["sandbox", "--port", "99999"], ["--port に「99999」は", "0 から 65535 まで"]),
        (["lint", "--jobs"], ["--jobs の値が足りません"]),
        (["sync", "--full=yes"], ["--full は値をとりません"]),
        (["show", "esa:1", "esa:2"], ["余分な引数があります: esa:2", "引用符"]),
        (["lint", "--config"], ["--config の値が足りません"]),
        (["--lang", "fr"], ["fr", "ja か en"]),
        (["show"], ["足りません", "kb show --help"]),
    ],
)
def test_wrong_words_get_the_right_one(words: list[str], said: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    err = capsys.readouterr().err
    for part in said:
        assert part in err
    assert "Traceback" not in err
    for english in (" is not ", "requires", "unexpected", "does not take"):
        assert english not in err


def test_wrong_words_in_english(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--lang", "en", "lint", "--fail-on", "bad"]) == 2
    assert capsys.readouterr().err == "--fail-on cannot be 'bad'.\n→ one of: info, warning, error\n"


def test_what_an_error_quotes_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "\x1b[31m\u202enone.md"]) == 2
    err = capsys.readouterr().err
    assert "none.md" in err
    assert "\x1b" not in err
    assert "\u202e" not in err


def spoken(*words: str, **options: Any) -> tuple[int, str]:
    """`kb` as its own process: exit code, and both streams as UTF-8."""
    environment = {**os.environ, **options.pop("environment", {})}
    done = subprocess.run([sys.executable, "-m", "kb", *words], env=environment, stderr=subprocess.PIPE, **options)
    return done.returncode, ((done.stdout or b"") + done.stderr).decode()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_japanese_reaches_a_stream_that_knows_none(encoding: str) -> None:
    environment = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    code, out = spoken("explain", "INC402", stdout=subprocess.PIPE, environment=environment)
    assert code == 0
    assert "再発防止" in out
    code, out = spoken("explain", "INC999", stdout=subprocess.PIPE, environment=environment)
    assert code == 2
    assert "「INC999」という規則はありません。" in out


def test_a_full_disk_behind_the_output_is_said() -> None:
    with open("/dev/full", "wb") as full:
        code, err = spoken("explain", "INC402", stdout=full)
    assert code == 3
    assert "出力を書き切れませんでした" in err
    assert "Exception" not in err


def test_closed_streams_are_no_trouble() -> None:
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        done = subprocess.run(["sh", "-c", f'"{sys.executable}" -m kb explain INC402 {closed}'], capture_output=True)
        assert done.returncode == 0, closed
        assert b"Traceback" not in done.stderr


def test_help_explains_arguments_once_and_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        assert run([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.count("パスワードなどは伏せて出します") == 1
    assert "Positional" not in out
    assert "[default" not in out
    assert max(display_width(line) for line in out.splitlines()) <= 80


@pytest.mark.parametrize(
    ("given", "team"),
    [("docs", "docs"), (" docs ", "docs"), ("https://docs.esa.io", "docs"), ("https://docs.esa.io/posts/1", "docs")],
)
def test_a_team_may_be_given_as_its_address(given: str, team: str) -> None:
    assert EsaSource.parse_answer(given) == team
