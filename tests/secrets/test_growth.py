"""What finding credentials costs grows with the length of a page, whatever the page is made of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pace import growth

from kb.model.document import Markup
from kb.secrets.find import find_secrets_in
from kb.secrets.surroundings import literals, text_kinds

DOUBLED = 2.6  # beside other work; what looks at each pair costs four times
"""How many times as long a text of twice the length may take."""


def wide(head: str, value: str, before: str = "") -> Callable[[int], str]:
    """A table of one row, as wide as the text is long."""

    def make(size: int) -> str:
        columns = size // (len(head) + len(value) + 7)
        return f"{before}|{f' {head} |' * columns}\n|{'-|' * columns}\n|{f' {value} |' * columns}\n"

    return make


def repeated(piece: str, before: str = "", behind: str = "") -> Callable[[int], str]:
    return lambda size: before + piece * (size // len(piece)) + behind


def numbered(piece: str, before: str = "") -> Callable[[int], str]:
    return lambda size: before + "".join(piece.replace("0", str(number)) for number in range(size // len(piece)))


def nested(lead: str, deepest: int) -> Callable[[int], str]:
    """Lines that each stand one deeper than the one before, over and over."""
    lines = "".join(f"{lead * depth}- PW: Kaze-{depth}x\n" for depth in range(deepest))
    return lambda size: lines * (size // len(lines) + 1)


def wide_in_html(size: int) -> str:
    columns = size // 35
    return f"<table><tr>{'<th>PW</th>' * columns}</tr><tr>{'<td>Kaze-41x</td>' * columns}</tr></table>"


def long_head(size: int) -> str:
    return f"| {'パスワード ' * (size // 12)}| b |\n|-|-|\n" + "| Kaze-41x | Kaze-42x |\n" * (size // 48)


SHAPES: dict[str, Callable[[int], str]] = {
    "a wide table of passwords": wide("パスワード", "Kaze-41x"),
    "a wide table of tokens": wide("API token", "Kx9QmZ41xw8"),
    "a wide table of accounts": wide("アカウント", "root / Kaze-41x"),
    "a wide table of users": wide("root", "Kaze-41x", "# パスワード一覧\n\n"),
    "a wide table in HTML": wide_in_html,
    "a wide list of commas": lambda size: f"{'password,' * (size // 20)}x\n{'Kaze-41x,' * (size // 20)}x\n",
    "a long table": numbered("| web0 | root | Kaze-0x |\n", "| host | user | パスワード |\n|---|---|---|\n"),
    "a long table of labels": repeated("| パスワード | Kaze-41x | Yama-42y |\n", "| a | b | c |\n|-|-|-|\n"),
    "a column with a long name": long_head,
    "a long cell of struck values": numbered("Kaze-0x+<br>", "| PW |\n|-|\n| "),
    "a long cell of closing marks": numbered("Kaze-0x@<br>Yama-0x)y<br>", "| PW |\n|-|\n| "),
    "a long cell of doors": repeated("玄関の解除 4821 ", "| メモ |\n|-|\n| "),
    "one line of pairs": numbered("password=Kaze-0x "),
    "one address of pairs": numbered("password=Kaze-0x&", "https://a.example.jp/?"),
    "nested lists": nested("  ", 200),
    "nested quotes": nested("> ", 300),
    "a program of passwords": numbered("    password = issue0(user)\n", "```\ndef f():\n"),
    "settings below headings": numbered("## h0\n\n`password: Kaze-0x` と `password: Type0`\n\n"),
    "a list of pins": numbered("| PIN | 1017 | LED 0 |\n", "| 機能 | 番号 | 備考 |\n|---|---|---|\n"),
    "brackets": repeated("["),
    "links": repeated("[パスワード](https://u:Kaze-41x@a.example.jp/x) "),
}


@pytest.mark.parametrize("size", [10_000, pytest.param(50_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_text_costs_about_twice_the_time(name: str, size: int) -> None:
    def prepare(length: int) -> Callable[[], object]:
        text = SHAPES[name](length)
        return lambda: find_secrets_in(text, "手順", Markup.MARKDOWN)

    assert growth(prepare, size, 2, below=DOUBLED) < DOUBLED


@pytest.mark.parametrize("half", [100_000, pytest.param(500_000, marks=pytest.mark.long)])
def test_a_wide_table_of_passwords_costs_in_proportion_up_to_a_megabyte(half: int) -> None:
    def prepare(size: int) -> Callable[[], object]:
        text = SHAPES["a wide table of passwords"](size)
        return lambda: find_secrets_in(text, "手順", Markup.MARKDOWN)

    assert growth(prepare, half, 2, below=DOUBLED) < DOUBLED


def test_a_line_of_settings_is_looked_at_once_however_many_windows_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    look_at = text_kinds._look_at

    def look(line: str) -> text_kinds.LineLook:
        looked.append(line)
        return look_at(line)

    monkeypatch.setattr(text_kinds, "_look_at", look)
    counts = []
    for lines in (300, 600):
        looked.clear()
        find_secrets_in("".join(f"password: Kaze-{number}x\n" for number in range(lines)), "手順", Markup.MARKDOWN)
        assert 0 < len(looked) <= lines
        counts.append(len(looked))
    assert counts[1] <= 2.3 * counts[0]


def test_words_of_tests_are_not_looked_for_beside_a_value_that_no_test_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def is_tested(text: object) -> bool:
        asked.append(text)
        return False

    monkeypatch.setattr(literals, "_is_tested", is_tested)
    find_secrets_in("curl -u a:" * 200, "手順", Markup.MARKDOWN)
    find_secrets_in("curl -u ops:Kaze-41x https://a.example.jp/\n" * 200, "手順", Markup.MARKDOWN)
    assert asked == []
