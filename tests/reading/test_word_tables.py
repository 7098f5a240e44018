"""Word tables: entries, what they insert, and the file and line of a mistake."""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from pathlib import Path

import pytest
from word_lists import asked_lists

from kb.reading.traits.concepts import is_concept_word
from kb.reports.handover.asking.cues import find_cues
from kb.text.word_tables import WordTable, WordTableError, loaded_tables, parse_records

ROOT = Path(__file__).parents[2]

CARE = """\
# 気をつける、意識する
mind = '''
気を(?:付|つ)け
# a note
意識(?:し|を)

'''
care = '''
{mind}
{mind}(?:る|て){1,3}
(?:周知|
  徹底)する
be careful
'''

[heads]
cause = '''
原因
'''
fix = '''
{heads.cause}への対応
'''
"""


def table(text: str = CARE, **given: str) -> WordTable:
    return WordTable("lexicon/care.toml", text, given)


def test_entries_are_alternatives_in_their_order() -> None:
    assert table()["mind"] == "気を(?:付|つ)け|意識(?:し|を)"
    assert table().group("mind") == "(?:気を(?:付|つ)け|意識(?:し|を))"


def test_a_list_is_inserted_as_entries_or_as_a_group() -> None:
    care = table()["care"].split("|be")[0]
    mind = "気を(?:付|つ)け|意識(?:し|を)"
    assert care == f"{mind}|(?:{mind})(?:る|て){{1,3}}|(?:周知|徹底)する"


def test_sections() -> None:
    assert table().section("heads") == {"cause": "原因", "fix": "(?:原因)への対応"}
    with pytest.raises(WordTableError, match="no section 'tails'"):
        table().section("tails")


def test_plain_words_are_divided_at_blanks() -> None:
    assert table("a = '''\n今後 次回\n未定\n'''\n").words("a") == ("今後", "次回", "未定")


def test_the_code_gives_patterns() -> None:
    assert table("a = '''\nkey={value}\n'''\n", value=r"\w+")["a"] == r"key=(?:\w+)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = '''\nx\n{b}y\n'''\n", "care.toml:3: a inserts 'b', which is no list of this file"),
        ("a = '''\n{b}\n'''\nb = '''\n{a}\n'''\n", "care.toml:1: a inserts itself: a → b → a"),
        ("b = '''\nx\n'''\n[s]\na = '''\n{c}\n'''\n", "care.toml:6: s.a inserts 'c'"),
    ],
)
def test_a_wrong_insertion_names_its_line(text: str, message: str) -> None:
    found = table(text)
    with pytest.raises(WordTableError) as caught:
        found["s.a" if "[s]" in text else "a"]
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = '''\nx\n'''\n\nb = 3\n", "care.toml:5: neither a list of words"),
        ("a = '''\n'''\n", "care.toml:1: a has no entries"),
        ("a = '''\nx\n'''\na = '''\ny\n'''\n", "care.toml:4: there are two lists a"),
        ("a = '''\nx\n", "care.toml:1: neither a list of words"),
    ],
)
def test_a_broken_table_names_its_line(text: str, message: str) -> None:
    with pytest.raises(WordTableError) as caught:
        table(text)
    assert message in str(caught.value)


def test_an_unknown_list() -> None:
    with pytest.raises(WordTableError, match=r"lexicon/care.toml: there is no list 'mend'"):
        table()["mend"]


def test_a_list_nobody_uses_is_told_with_its_line() -> None:
    found = table()
    found["care"]
    assert found.unused() == ["lexicon/care.toml:17: heads.cause", "lexicon/care.toml:20: heads.fix"]


def test_a_list_is_compiled_when_it_is_asked_for() -> None:
    given = "ignore_case = '''\nloud\n'''\nloud = '''\nto{more}\n'''\nmore = '''\ndo\n'''\n"
    lists = WordTable("t.toml", given).compiled
    assert lists.loud.search("a TODO")
    assert not lists.more.search("DO")
    assert lists.loud is lists.loud
    with pytest.raises(WordTableError, match=r"t.toml: there is no list 'other'"):
        lists.other  # noqa: B018


def test_records() -> None:
    text = "# vendors\nname\tbegins\trest\naws\tAKIA\t[A-Z]{16}\n\nslack\txoxb-\n"
    assert list(parse_records("v.tsv", text)) == [
        {"name": "aws", "begins": "AKIA", "rest": "[A-Z]{16}"},
        {"name": "slack", "begins": "xoxb-", "rest": ""},
    ]


def test_a_record_of_too_many_columns_names_its_line() -> None:
    with pytest.raises(WordTableError, match=r"v.tsv:2: 2 columns, but the first line names 1"):
        list(parse_records("v.tsv", "name\na\tb\n"))


def test_every_table_is_toml_and_every_list_of_it_is_used() -> None:
    tables = sorted(path for folder in ("lexicon", "words") for path in (ROOT / "kb").rglob(f"{folder}/**/*.toml"))
    for room in ("reading", "secrets", "reports/handover/asking", "reports/runbook", "estate/drift"):
        for found in pkgutil.walk_packages([str(ROOT / "kb" / room)], f"kb.{room.replace('/', '.')}."):
            asked_lists(importlib.import_module(found.name))
    is_concept_word("stop")  # these two ask for their lists by name, when they are first asked
    find_cues("stop")
    loaded = {table.file: table for table in loaded_tables()}
    assert sorted(loaded) == [path.relative_to(ROOT).as_posix() for path in tables]
    assert [place for table in loaded.values() for place in table.unused()] == []
    for table in loaded.values():
        if "ignore_case" in table.names():
            assert set(table.words("ignore_case")) <= set(table.names()), table.file
    for path in tables:
        names = {
            f"{name}.{key}" if isinstance(value, dict) else name
            for name, value in tomllib.loads(path.read_text(encoding="utf-8")).items()
            for key in (value if isinstance(value, dict) else [""])
        }
        assert set(loaded[path.relative_to(ROOT).as_posix()].names()) == names
