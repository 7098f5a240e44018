"""Rules in TOML: what they report, what is refused, and that no pattern can stop a lint."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import peers

from kb.errors import ConfigError
from kb.lint.cache.engines import open_gate
from kb.model.document import Document, Kind, Markup, Source
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.rules import declared
from kb.rules import registry as rules
from kb.rules.declared import read_rules_toml, register_declared
from kb.rules.gate import Gate, ReEngine, list_patterns
from kb.rules.judge import Judge
from kb.rules.registry import rule_text
from kb.settings import workspace
from kb.settings.rule_tables import RuleSettings
from kb.text.pattern_cost import MAX_COST, measure_pattern

HEAD = '[[rule]]\ncode = "ACME001"\nname = "old-host-name"\nmessage = "旧ホスト名です。"\n'
INCIDENT = "# 配信APIの停止\n\n## 原因\noldhost が停止したため。\n\n## 対応\n再起動した。\n\n## 再発防止\nTODO\n"


pytestmark = pytest.mark.usefixtures("forget_rules")


def made(toml: str) -> rules.Rule:
    (row,) = read_rules_toml(HEAD + toml, "own.toml")
    return register_declared(row)


def found(toml: str, body: str, **changes: object) -> list[tuple[int, int, int, str]]:
    """Line, column, end column and part of what one rule finds, gate included."""
    rule = made(toml)
    groups = rules.groups_of([rule])
    judge = Judge([rule], PagePolicy(), Gate(groups, ReEngine(list_patterns(groups))), read=read_facts)
    shaped = {"title": "題名", "category": "", **changes}
    page = Document(1, Source.ESA, Kind.POST, body=body, markup=Markup.MARKDOWN, **shaped)  # type: ignore[arg-type]
    judgement = judge(page)
    assert judgement.crashes == ()
    return [(each.span.line, each.span.column, each.span.end_column, each.part) for each in judgement.findings]


@pytest.mark.parametrize(
    ("toml", "body", "places"),
    [
        ('words = ["oldhost"]', "a\n  OldHost です\n", [(2, 3, 10)]),
        ('words = ["oldhost"]', "ｏｌｄｈｏｓｔ です", [(1, 1, 8)]),
        ('words = ["ｏｌｄｈｏｓｔ", "旧本番"]', "旧本番と oldhost", [(1, 1, 4)]),
        ('words = ["ガス"]', "㈱のｶﾞｽ", [(1, 3, 6)]),
        ("pattern = 'web[0-9]{2}-old'", "web01-old\nWEB01-old\nweb1-old", [(1, 1, 10)]),
        ("pattern = 'web[0-9]+'", "ｗｅｂ０１", [(1, 1, 6)]),
        ('words = ["oldhost"]', "newhost", []),
        ('words = ["oldhost"]', "```\noldhost\n```\n\n    oldhost\n\noldhost", [(7, 1, 8)]),
        ('words = ["oldhost"]\nnot_in_code = false', "```\noldhost\n```", [(2, 1, 8)]),
        ('words = ["oldhost"]', "`oldhost`", [(1, 2, 9)]),
        ('words = ["旧 本番"]', "旧\u3000本番", [(1, 1, 5)]),
        ('words = ["a.b"]', "axb\na.b", [(2, 1, 4)]),
    ],
)
def test_lines_that_match_are_found(toml: str, body: str, places: list[tuple[int, int, int]]) -> None:
    assert found(toml, body) == [(*place, "body") for place in places]


def test_a_title_and_a_category_can_be_asked() -> None:
    assert found('words = ["旧"]\nwhere = "title"', "旧", title="これは旧手順") == [(1, 4, 5, "title")]
    assert found('words = ["旧"]\nwhere = "title"', "旧", title="手順") == []
    assert found('words = ["旧"]\nwhere = "category"', "本文", category="運用/旧") == [(1, 1, 1, "body")]


def test_a_rule_can_be_for_incident_pages_only() -> None:
    asked = 'words = ["oldhost"]\npages = "incident"'
    assert found(asked, INCIDENT) == [(4, 1, 8, "body")]
    assert found(asked, "oldhost の手順\n") == []


def test_a_page_gives_a_hundred_findings_and_no_more() -> None:
    assert len(found('words = ["x"]', "x\n" * 1000)) == declared.MAX_DECLARED_HITS


def test_findings_are_told_apart_and_stay_the_same_when_lines_are_added() -> None:
    rule = made('words = ["oldhost", "旧本番"]')

    def prints(body: str) -> list[str]:
        judge = Judge([rule], PagePolicy(), read=read_facts)
        judgement = judge(Document(1, Source.ESA, Kind.POST, "", body, Markup.MARKDOWN))
        return [each.fingerprint for each in judgement.findings]

    first = prints("oldhost\n旧本番\noldhost\n")
    assert len(set(first)) == 3
    assert prints("はじめに\noldhost\n旧本番\n\noldhost\n") == first


def test_explain_has_words() -> None:
    words = rule_text(made('words = ["x"]\nmessage_en = "An old host name."\nbad = "oldhost"'))
    assert (words.title.ja, words.title.en) == ("旧ホスト名です。", "An old host name.")
    assert words.why.ja == "このチームの規則です（own.toml 1 行目）。"
    assert (words.bad.ja, words.good.ja) == ("oldhost", "")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("", "own.toml 1 行目: words か pattern に"),
        ('words = ["x", " "]', "own.toml 5 行目: words か pattern に"),
        ('word = ["x"]', "own.toml 5 行目: 「rule.word」という設定はありません。 → words ではありませんか"),
        ("words = 'x'", "own.toml 5 行目: rule.words は文字列の配列"),
        ('words = ["x"]\nwhere = "bdy"', "own.toml 6 行目: rule.where は"),
        ("pattern = '('", "own.toml 5 行目: pattern は正規表現として読めません"),
        ("pattern = 'a.b'", "own.toml 5 行目: pattern に、使えない書き方"),
        ("pattern = '(?=a)b'", "使えない書き方"),
        ("pattern = 'x*'", "空に一致"),
        ("pattern = '(x+)+y'", "own.toml 5 行目: pattern の繰り返しが多すぎて"),
        ("pattern = 'a*b*c*d'", "繰り返しが多すぎて"),
        ("pattern = '(?:a|b|ab)+c'", "繰り返しが多すぎて"),
        ("pattern = '(?:x?y?){1,3}[a-z]{1,30}z'", "繰り返しが多すぎて"),
        ("pattern = 'a{1,100000}'", "繰り返しが多すぎて"),
        ("pattern = '[^b]{100}[^c]{100}[^d]{100}e'", "繰り返しが多すぎて"),
        ("pattern = 'a{70000000000}'", "pattern は正規表現として読めません"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(toml: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        made(toml)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"ACME001"', '"acme1"', "own.toml 2 行目: code「acme1」"),
        ('"old-host-name"', '"Old Host"', "own.toml 3 行目: name「Old Host」"),
        ('"旧ホスト名です。"', '""', "own.toml 4 行目: message が空です"),
        ('code = "ACME001"\n', "", "own.toml 1 行目: [rule] に code がありません"),
        ("[[rule]]", "[[rules]]", "rule ではありませんか"),
    ],
)
def test_what_names_a_rule_has_a_shape(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        list(read_rules_toml((HEAD + 'words = ["x"]').replace(old, new), "own.toml"))
    assert said in str(error.value)


def test_the_line_is_that_of_the_second_rule() -> None:
    second = HEAD.replace("001", "002").replace("old-host-name", "another")
    with pytest.raises(ConfigError, match=r"own\.toml 10 行目: pattern の繰り返し"):
        read_rules_toml(f"{HEAD}words = ['x']\n{second}pattern = '(a+)+b'\n", "own.toml")


def test_kb_toml_takes_the_same_tables() -> None:
    settings = workspace.parse_settings(HEAD.replace("[[rule]]", "[[lint.rule]]") + 'words = ["x"]\n')
    assert settings.lint.rule[0].words == ("x",)
    with pytest.raises(ConfigError, match=r"kb.toml 5 行目: 「lint.rule.wrds」"):
        workspace.parse_settings(HEAD.replace("[[rule]]", "[[lint.rule]]") + 'wrds = ["x"]\n')


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("abc", 1),
        ("a?b?", 4),
        ("a+", 100),
        ("a{2,4}", 3),
        ("a{,4}", 5),
        ("a{3,}", 98),
        ("a{x}", 1),
        ("a|b|c", 3),
        ("(?:a|b){1,3}", 10 * (2 + 4 + 8)),
        (r"\[a*\]", 101),
        ("[*+|)]", 1),
        ("[]*]b", 1),
        (r"[\]*]b", 1),
        ("(a*)*", MAX_COST),
        ("((a{1,9}){1,9}){1,9}", MAX_COST),
        ("(?:ab)*", 10 * 101),
    ],
)
def test_ways_of_a_pattern(pattern: str, count: int) -> None:
    re.compile(pattern)
    assert measure_pattern(pattern, 100).ways == count


@pytest.mark.parametrize(
    ("pattern", "size"),
    [("abc", 3), ("a{20}b{1,30}", 50), ("(?:ab|c){10}", 30), ("a+b*c?", 3), ("a{5,}", 5), ("((a{9}){9}){9}", 729)],
)
def test_size_of_a_pattern(pattern: str, size: int) -> None:
    assert measure_pattern(pattern, 100).size == size


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("[a-z]*1", "a" * declared.MAX_LINE),
        ("[ab]{1,40}[ab]{1,40}c", "ab" * 1000),
        ("(?:a|aa){1,6}b", "a" * declared.MAX_LINE),
        ("(?:x?y?){1,2}[a-z]{1,9}z", "xy" * 1000),
    ],
)
def test_the_worst_page_takes_no_two_seconds(pattern: str, line: str) -> None:
    """All of the room a pattern has, filled with what it tries longest; a page of 5 MB is not worse."""
    body = "\n".join([line] * 2500)
    rule = made(f"pattern = '{pattern}'")
    judge = Judge(
        [rule],
        PagePolicy(),
        read=lambda *_: read_facts(Document(1, Source.ESA, Kind.POST, "", "", Markup.MARKDOWN), PagePolicy(), None),
    )
    page = Document(1, Source.ESA, Kind.POST, "", body, Markup.MARKDOWN)
    assert peers(lambda: judge(page), below=45) < 45  # 2 s, where an ordinary page takes 0.045 s


@given(st.text("abＡﾊﾞ㍿x\n ", max_size=40))
def test_the_gate_lets_in_all_that_is_found(body: str) -> None:
    rule = made("words = ['ab', 'バ', '株式']\npattern = 'x[ab]{1,3}'\nnot_in_code = false")
    page = Document(1, Source.ESA, Kind.POST, "", body, Markup.MARKDOWN)
    groups = rules.groups_of([rule])
    gated = Judge([rule], PagePolicy(), Gate(groups, ReEngine(list_patterns(groups))), read=read_facts)(page)
    assert gated.findings == Judge([rule], PagePolicy(), read=read_facts)(page).findings


@pytest.mark.parametrize(
    "pattern", ["[^a]{1,100}b", "[^b]{70}[^c]{1,70}b", "(?:[^a]{10}b){10}b", "(?:あ|い|う){1,4}え", "[一-龠]{1,100}機"]
)
def test_hyperscan_takes_what_is_let_through(pattern: str, tmp_path: Path) -> None:
    rule = made(f"pattern = '{pattern}'")
    gate = open_gate(rules.groups_of([rule]), tmp_path)
    assert gate.opened(("xいうえ止機b" + "xxxxxxxxxxb" * 20 + "b" + "y" * 150 + "b").encode()) == {rule.gate[0]}


def test_the_manual_names_every_key_with_default_and_example() -> None:
    text = (Path(__file__).parents[2] / "docs" / "own-rules.md").read_text("utf-8")
    stated = dict(re.findall(r"^\| `(\w+)` \| (.+?) \| `", text, re.M))
    assert list(stated) == [each.name for each in fields(RuleSettings)]
    for each in fields(RuleSettings):
        value = {True: "true", False: "false", (): "[]"}.get(each.default, f'"{each.default}"')  # type: ignore[call-overload]
        assert stated[each.name] == ("必須" if each.default is MISSING else f"`{value}`"), each.name
        assert f"`{each.metadata['example']}`" in text, each.name
