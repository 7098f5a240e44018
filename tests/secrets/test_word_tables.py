"""The tables of words: each list is used, and a word for a password needs one line."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import kb.secrets
from kb.model.secret import SecretKind
from kb.secrets.detectors import tokens
from kb.secrets.find import find_secrets_in
from kb.text.word_tables import loaded_tables, read_words

CREDENTIALS = read_words("kb.secrets", "words/credentials.toml")
WORDS = Path(kb.secrets.__path__[0]) / "words"
PLAIN = re.compile(r"(?!pswd)[ァ-ヶー一-龠a-z]{2,}")
"""A word as people write it; `pswd` alone is not searched for yet."""


def test_each_list_is_used() -> None:
    for module in pkgutil.walk_packages(kb.secrets.__path__, "kb.secrets."):
        importlib.import_module(module.name)
    tables = [table for table in loaded_tables() if table.file.startswith("kb/secrets/")]
    assert {Path(table.file).name for table in tables} == {path.name for path in WORDS.glob("*.toml")}
    assert [name for table in tables for name in table.unused()] == []


@pytest.mark.parametrize("word", CREDENTIALS.words("own_password"))
def test_a_word_of_its_own_for_a_password_is_known_everywhere(word: str) -> None:
    for sentence in (f"管理画面の{word}: kT7wQ2mX9p", f"kT7wQ2mX9pという{word}です。", f"kT7wQ2mX9p ← {word}"):
        assert [each.kind for each in find_secrets_in(sentence)] == [SecretKind.PASSWORD], sentence


@pytest.mark.parametrize("word", [*filter(PLAIN.fullmatch, CREDENTIALS.entries("labels.password"))])
def test_each_word_for_a_password_is_a_label(word: str) -> None:
    assert [each.kind for each in find_secrets_in(f"{word}: kT7wQ2mX9p")] == [SecretKind.PASSWORD]


def test_a_kind_may_say_what_its_values_look_like(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SecretKind.SHARED_KEY, "shape", ("KBL1-", "[A-Z0-9]{24}"))
    shape = next(each for each in tokens._read_shapes() if each.kind is SecretKind.SHARED_KEY)
    assert shape.name == "shared-key"
    assert shape.pattern.fullmatch("KBL1-7QXK2MZP9RTV4WYB8NCD5FGH")
