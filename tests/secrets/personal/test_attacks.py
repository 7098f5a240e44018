"""Texts made to keep the patterns busy: each pattern has one, and is done with half a million characters at once.

A pattern that reads a stretch again for every character of it does not come back within the limit, which is a
hundred times what is needed.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys

import pytest

import kb.secrets.personal as package
from kb.model.document import Markup

PREFIX = package.__name__ + "."
LONG = 500_000
LIMIT_S = 60

# What each pattern is given again and again, and what it does not want at the end.
ATTACKS = {
    "find._DIGITS": ("1,", "x"),
    "spots.PERSON_WORDS": ("お客様皆さんたくさんさんか", "x"),
    "spots.DESK_WORDS": ("tel: 0312345678 / fa", "x"),
    "spots.PLACE_WORDS": ("店名館内校長tel.0", "x"),
    "spots.EXAMPLE_WORDS": ("例の.example.a@example.", "x"),
    "spots.THING_WORDS": ("注文番号: ", "x"),
    "spots.PHONE_WORDS": ("telephonecall宅配", "x"),
    "spots.MY_NUMBER_WORDS": ("my-my_numbe個人番", "x"),
    "spots.CARD_WORDS": ("ポイントカードmastercarcard_", "x"),
    "spots.CARD_WORDS_AFTER": ("aexpacvv有効期", "x"),
    "spots._NUMBER": ("0(0)00 (0", "x"),
    "spots._TOWN": ("市1", "x"),
    "spots._DIGIT": ("市", "x"),
    "spots._GOES_ON": ("- ", "x"),
    "id_numbers._MY_NUMBER": ("1234 5678 ", "x"),
    "id_numbers._CARD_NUMBER": ("4000-0027-1828-", "x"),
    "contacts._NUMBER": ("+81 (0) 90 - 0173 - ", "x"),
    "contacts._MOBILE": ("0900", "x"),
    "contacts._IP": ("0500", "x"),
    "contacts._TOLL_FREE": ("0120", "x"),
    "contacts._YEAR": ("03 - 2024 - ", "x"),
    "contacts._ADDRESS": ("〒 123-4567 東京都あ", " "),
    "contacts._TOWN": ("市市1-1丁目1番1", "x"),
    "contacts._COLUMN": ("届け住送付", "x"),
    "contacts._LOCAL": ("あ市1-1の町", "x"),
}


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern of the package by where it is written: its module and name."""
    modules = [importlib.import_module(info.name) for info in pkgutil.iter_modules(package.__path__, PREFIX)]
    modules.sort(key=lambda module: not module.__name__.endswith(".spots"))  # the others import its patterns
    found: dict[int, tuple[str, re.Pattern[str]]] = {}
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                found.setdefault(id(value), (f"{module.__name__.removeprefix(PREFIX)}.{name}", value))
    return dict(found.values())


def test_every_pattern_has_an_attack() -> None:
    assert set(patterns()) == set(ATTACKS)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_pattern_comes_to_an_end(name: str) -> None:
    again, last = ATTACKS[name]
    run(
        f"text = {again!r} * ({LONG} // {len(again)}) + {last!r}\n"
        f"pattern = importlib.import_module({PREFIX + name.partition('.')[0]!r}).{name.partition('.')[2]}\n"
        "sum(1 for _ in pattern.finditer(text))"
    )


@pytest.mark.parametrize(
    ("again", "markup"),
    [
        ("TEL 03-0482-1937,", Markup.MARKDOWN),
        ("| 090-0173-4826 ", Markup.TEXTILE),
        ("| 氏名 | 090-0173-4826 |\n|---|---|\n", Markup.MARKDOWN),
        ("氏名,電話\n佐藤,0900173482\n", Markup.MARKDOWN),
        ("- 清水様、静岡県富岳市中央町5-6-7\n", Markup.MARKDOWN),
        ("１２３４　５６７８　", Markup.TEXTILE),
        ("静岡県市", Markup.MARKDOWN),
        ("㈱①03(0482)", Markup.MARKDOWN),
    ],
)
def test_a_text_comes_to_an_end(again: str, markup: Markup) -> None:
    run(
        "from kb.model.document import Markup\n"
        "from kb.secrets.personal.find import find_personal as personal_in\n"
        f"personal_in({again!r} * ({LONG} // {len(again)} // 4), None, Markup({markup.value!r}))"
    )


def run(code: str) -> None:
    """Run it in a process of its own: nothing else can stop a pattern."""
    subprocess.run([sys.executable, "-c", f"import importlib\n{code}"], check=True, timeout=LIMIT_S)
