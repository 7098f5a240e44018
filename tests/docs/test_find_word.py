"""`make word`: where a word stands, who reads it, and what the tests say with it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from kb.text.word_tables import WordTable

SCRIPT = Path(__file__).parents[2] / "docs" / "find_word.py"
TABLE = """\
mind = '''
気を(?:付|つ)け
意識
'''
care = '''
周知
{mind}
周知徹底
'''
"""


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("find_word", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_entry_and_the_sentences_that_only_it_matches(tool: ModuleType) -> None:
    table = WordTable("kb/reading/lexicon/none.toml", TABLE)
    sentences = [("a.md:1", "意識して周知する"), ("a.md:2", "周知する"), ("a.md:3", "共有する")]
    assert list(tool._in_list(table, "care", "周知", sentences))[:3] == [
        "kb/reading/lexicon/none.toml:6: care: 周知",
        "  * a.md:2: 周知する",
        "    a.md:1: 意識して周知する",
    ]


def test_an_entry_is_found_by_what_it_matches(tool: ModuleType) -> None:
    table = WordTable("kb/reading/lexicon/none.toml", TABLE)
    assert list(tool._in_list(table, "mind", "気をつけ", [])) == [
        "kb/reading/lexicon/none.toml:2: mind: 気を(?:付|つ)け"
    ]


def test_the_readers_of_a_list_are_those_of_the_lists_that_insert_it(tool: ModuleType) -> None:
    found = list(tool.find_word("周知"))
    at = next(at for at, line in enumerate(found) if line.endswith(": care: 周知"))
    assert found[at].startswith("kb/reading/lexicon/phrases/weak_measures.toml:")
    assert found[at + 1].startswith("    read by kb/reading/phrases/weak_measures.py:")
    assert found[at + 2].startswith("  * tests/")
    inside = next(at for at, line in enumerate(found) if "more_care: " in line)
    assert found[inside + 1].startswith("    read by kb/reading/phrases/weak_measures.py:")
