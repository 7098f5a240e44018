"""kb.toml: what is wrong is said with its line, the nearest name and an example."""

from __future__ import annotations

import contextlib
import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import ConfigError, KbError, UsageError
from kb.settings.kb_toml import Settings
from kb.settings.toml import find_key_line, format_fields, format_toml, index_table_lines
from kb.settings.workspace import find_config, load_settings, open_workspace, parse_settings, require_safe_url

GOOD = """
timezone = "Asia/Tokyo"
[esa]
team = "docs"
[redmine]
url = "https://redmine.example.jp/redmine"
projects = ["infra"]
[[source]]
kind = "files"
name = "minutes"
path = "notes"
[incidents]
places = ["不具合共有/**"]
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a." * 200_000 + "a = 1\n", "1 行目: 項目の名前に段が多すぎます"),
        ("x = " + "[" * 100_000 + "]" * 100_000, "TOML として読めません"),
        ("x = " + "9" * 5_000, "TOML として読めません"),
    ],
)
def test_a_text_no_parser_should_see_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_settings(text)


def test_a_whole_file_is_read() -> None:
    settings = parse_settings(GOOD)
    assert settings.esa is not None
    assert settings.redmine is not None
    assert (settings.esa.team, settings.redmine.projects) == ("docs", ("infra",))
    assert [source.name for source in settings.source] == ["minutes"]
    assert settings.policy.incident == ("不具合共有/**",)


def test_an_empty_file_is_fine() -> None:
    assert parse_settings("") == Settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[esa]\nteem = "docs"\n', ["kb.toml 2 行目", "esa.teem", "team ではありませんか", 'team = "docs"']),
        ("[esa]\nteam = 3\n", ["2 行目", "esa.team", "文字列", "整数「3」"]),
        ('[[event]]\ndate = 2026-08-24\nkind = "release"\n', ["2 行目", "引用符のない日付", 'date = "2026-08-24"']),
        ('[sync]\n\naudit = "many"\n', ["3 行目", "sync.audit", "整数", "audit = 100"]),
        ("[sync]\naudit = true\n", ["2 行目", "整数"]),
        ("[sync]\naudit = -1\n", ["2 行目", "0 以上"]),
        ('[incident]\nplaces = ["a"]\n', ["1 行目", "incidents ではありませんか"]),
        ("[redmine]\n", ["1 行目", "url がありません", "redmine.example.jp"]),
        ('[redmine]\nurl = "http://10.0.0.1/x"\n', ["2 行目", "redmine.url", "http://10.0.0.1", "allow_http = true"]),
        ('[redmine]\nurl = "ftp://10.0.0.1/x"\nallow_http = true\n', ["redmine.url", "ftp://10.0.0.1", "https"]),
        ('[redmine]\nurl = "http://10.0.0.1/"\nallow_http = 1\n', ["redmine.allow_http", "true か false"]),
        ('[esa]\nteam = "docs"\nallow_http = true\n', ["esa.allow_http"]),
        ('[[source]]\nkind = "notion"\nname = "a"\npath = "b"\n', ["2 行目", "files", "notion"]),
        ('timezone = "Asia/Tokio"\n', ["1 行目", "Asia/Tokio"]),
        ('[hosts]\npattern = "["\n', ["2 行目", "hosts.pattern", "正規表現"]),
        ("[hosts]\npattern = '([a-z]+-?)+x'\n", ["kb.toml 2 行目", "「([a-z]+-?)+x」は繰り返しが多すぎて", "区切り"]),
        ("[hosts]\npattern = '(?i)web[0-9]+'\n", ["2 行目", "hosts.pattern", "正規表現"]),
        ('[hosts]\nnames = ["web01", "web 02"]\n', ["2 行目", "「web 02」はホスト名ではありません", "drawbridge"]),
        ('[hosts]\nnames = ["/etc"]\n', ["2 行目", "「/etc」はホスト名ではありません"]),
        ('[hosts.aliases]\nweb-03 = "https://a"\n', ["2 行目", "「https://a」はホスト名ではありません"]),
        ('[hosts.aliases]\na1 = "b1"\nb1 = "c1"\n', ["2 行目", "別名「a1」の先の「b1」も別名です", "ホストの名前"]),
        ('[hosts.aliases]\na1 = "a1"\n', ["2 行目", "別名「a1」の先の「a1」も別名です"]),
        ('[hosts.aliases]\na1 = "b1"\nA1 = "c1"\n', ["2 行目", "別名「a1」が重なっています"]),
        ("[hosts.aliases]\nweb-03 = 3\n", ["2 行目", "文字列"]),
        ('[esa]\nteam = "a b"\n', ["2 行目", "a b", "docs"]),
        ("[esa\n", ["TOML", "kb.toml"]),
        ("zzz = 1\n", ["1 行目", "zzz", "incidents"]),
        ("[lint]\nkb_rules = 1\n", ["lint.kb_rules は true か false で書きます", "kb_rules = true"]),
        ("[lint]\nrule = 1\n", ["lint.rule は表の並び", "例: [[lint.rule]]"]),
        (
            '[lint.severity]\nINC203 = "fatal"\n',
            ["lint.severity.INC203 は info、", '例: severity = {INC203 = "error"}'],
        ),
        (
            '[lint.per-path-ignores]\n"日報/**" = "INC"\n',
            ['lint.per-path-ignores."日報/**" は文字列の配列で', '例: per-path-ignores = {"日報/**" = ["INC4"]}'],
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: list[str]) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_settings(text)
    for words in said:
        assert words in str(raised.value)
    assert raised.value.exit_code == 2


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as raised:
        parse_settings('[redmine]\nurl = "https://ops:Kaede-77@redmine.example.jp/"\n')
    assert "Kaede" not in str(raised.value)
    assert "basic_password_command" in str(raised.value)


@pytest.mark.parametrize(
    "url", ["https://r.example.jp", "http://127.0.0.1:3000/r", "http://localhost", "http://[::1]:1"]
)
def test_urls_that_keep_a_key_safe_are_taken(url: str) -> None:
    require_safe_url(url, "url")


@pytest.mark.parametrize(
    "url", ["http://r.example.jp", "ftp://r.example.jp", "r.example.jp", "", "https://", "http://127.0.0.1.example.jp"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        require_safe_url(url, "url")


def test_lines_are_found_around_strings_of_several_lines() -> None:
    text = 'a = """\nteam = 1\n[esa]\n"""\n[esa]\nteam = 2\n'
    assert find_key_line(text, ("esa", "team")) == 6
    assert find_key_line("esa.team = 1\n", ("esa", "team")) == 1
    assert find_key_line("", ("esa",)) == 0


def test_quotes_in_strings_and_comments_move_no_line() -> None:
    text = '[[change]]\nreason = "it\'s \'\'\' three"  # and """\n[[change]]\nid = \'"""\'\nafter = 1\n'
    assert find_key_line(text, ("change", "2", "after")) == 5
    assert index_table_lines(text) == {("change", 1): 1, ("change", 2): 3}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("timezone = 0x" + "f" * 5_000, "…"),
        ('[esa]\nteam = "docs"\nghp_' + "aB3dE5gH7j" * 3 + '012345 = "x"', "********"),
    ],
)
def test_what_does_not_fit_is_quoted_short_and_masked(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, "kb.toml")
    assert said in str(caught.value)
    assert "aB3dE5gH7j" not in str(caught.value)


def test_what_is_written_reads_back() -> None:
    value = {"a b": (("k\u202e", "v"), ("l", "w")), "c": ["x"], "d.e": {'"': 1}}
    assert tomllib.loads(f"v = {format_toml(value, visible=True)}\nw = {format_toml(value)}") == {
        each: {"a b": {"k\u202e": "v", "l": "w"}, "c": ["x"], "d.e": {'"': 1}} for each in "vw"
    }
    assert "\u202e" not in format_toml(value, visible=True)
    assert format_fields({"a": [], "b": (), "c": "", "d": 0}) == "d = 0\n"


def test_the_nearest_file_upwards_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kb.toml").write_text('[esa]\nteam = "docs"\n', encoding="utf-8")
    below = tmp_path / "a/b"
    below.mkdir(parents=True)
    assert find_config(start=below) == tmp_path / "kb.toml"
    assert open_workspace(start=below).root == tmp_path
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("KB_CONFIG", str(other / "kb.toml"))
    assert find_config(start=below) == other / "kb.toml"
    with pytest.raises(ConfigError, match="kb init"):
        open_workspace(start=below)


def test_no_file_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="kb init"):
        open_workspace(start=tmp_path)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "kb.toml").write_bytes("# 設定\n".encode("cp932"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load_settings(tmp_path / "kb.toml")


@given(st.text(max_size=200))
def test_any_text_is_settings_or_a_sentence(text: str) -> None:
    with contextlib.suppress(KbError):
        parse_settings(text)


@pytest.mark.parametrize("name", ["a/../b", "..", "", "a:b", "\\u001b[31m"])
def test_a_source_needs_a_plain_name(name: str) -> None:
    with pytest.raises(ConfigError, match="名前に使えません"):
        parse_settings(f'[[source]]\nkind = "files"\nname = "{name}"\npath = "notes"\n')


def test_a_configuration_that_is_no_file_is_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "kb.toml")
    with pytest.raises(ConfigError, match="ファイルではありません"):
        load_settings(tmp_path / "kb.toml")


@pytest.mark.parametrize(
    ("data", "said", "step"),
    [
        (b"", "空です（0 バイト）", "kb init"),
        ("# チームの設定\n".encode("cp932"), "Shift_JIS（CP932）のようです", "iconv -f CP932 -t UTF-8"),
        ("# チームの設定\n".encode("euc_jp"), "EUC-JP のようです", "iconv -f EUC-JP"),
        ("# チームの設定\n".encode("utf-16"), "UTF-16 のようです", "iconv -f UTF-16"),
        (b"# \xff\xff\xff\n", "UTF-8 ではありません", "UTF-8 で保存"),
    ],
)
def test_a_kb_toml_in_another_encoding_is_named_with_what_converts_it(
    tmp_path: Path, data: bytes, said: str, step: str
) -> None:
    path = tmp_path / "kb.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError) as told:
        load_settings(path)
    assert said in told.value.what.ja
    assert "codec" not in told.value.what.ja
    assert told.value.next_step is not None
    assert step in told.value.next_step.ja
