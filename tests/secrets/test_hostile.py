"""Pages made to break a reader: it comes back with places in the page, or with none."""

from itertools import pairwise

import pytest

from kb.model.document import Markup
from kb.model.secret import Secret
from kb.secrets.find import find_secrets_in
from kb.secrets.masking.mask import cover_secrets, cut_span, mask_secrets

LABELS = "パスワード：Kaze-no-41 ＰＷ＝kita-Kaze7 ID/PW: root/Yama-r00t admin / sw0rd-Fish 旧：Aki-2023 → 新：Aki-2024 "
COMMANDS = "mysql -uroot -pKame-Kame1 curl -u a:B-kame-22 https://u:P-kame-33@db.example.jp/?token=kT7wQ2mX9pL4vR8zB3 "
PAGES = {
    "one line of labels": LABELS * 300,
    "one line of commands": COMMANDS * 200,
    "many quiet lines": "手順は以下です。\n" * 30_000,
    "one word": "a1B" * 500_000,
    "one line of one mark": "パスワード" + ":" * 1_000_000,
    "blanks": "PW" + " " * 1_000_000 + ":" + "\t" * 300_000 + "Kaze-41x",
    "many lines": "パスワード：\n\n" * 5_000,
    "many announcements": "パスワードは以下です\n" * 5_000,
    "many headings": "# 管理者パスワード\n- web01: Kaze-41x\n" * 1_500,
    "nothing closed": "「『【（([{<`\"'|~~**__``` パスワード「PW『pass【token（" * 1_000,
    "a table of one row": "| PW |\n|---|\n|" + " Kaze-41x |" * 2_000,
    "a table of many rows": "| ID | PW |\n|---|---|\n" + "| root | Kaze-41x |\n" * 2_500,
    "unclosed tags": "<table><tr><td>パスワード<td>" * 3_000,
    "an unclosed key": "-----BEGIN RSA PRIVATE KEY-----\n" * 1_000 + "A" * 200_000,
    "an address without end": "https://user:" + "a1" * 300_000 + "@" + "b" * 300_000,
    "nested quotes": ("> " * 400 + "PW: Kaze-41x\n") * 200,
    "numbers": "暗証番号 " + "1234 " * 40_000,
    "NULs": "パスワード：\0Kaze-41x\0\n\0" * 2_000,
    "surrogates": "PW：\ud800Kaze-41x\udfff\n" * 2_000,
    "joined marks": "ﾊﾟｽﾜｰﾄﾞ：Kaze-41x a" + "\u0301" * 100_000 + "ｶﾞ" * 100_000,
    "carriage returns": "PW:\rKaze-41x\r\r\n" * 2_000,
}


def lies_in(secret: Secret, text: str, lines: list[int]) -> bool:
    """Whether a span is a place of the text that something stands on. `lines` are the lengths of the lines."""
    span = secret.span
    ordered = (1, 1) <= (span.line, span.column) < (span.end_line, span.end_column)
    return ordered and span.end_line <= len(lines) and span.end_column <= lines[span.end_line - 1] + 1


@pytest.mark.parametrize("markup", [Markup.MARKDOWN, Markup.TEXTILE])
@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_is_read_to_its_end(name: str, markup: Markup) -> None:
    page = PAGES[name]
    found = find_secrets_in(page, "管理者パスワード", markup)
    lines = list(map(len, page.split("\n")))
    assert all(lies_in(each, page, lines) for each in found)
    assert all(a.span.end_line <= b.span.line or a.span.end_line == b.span.line for a, b in pairwise(found))


@pytest.mark.parametrize("name", ["NULs", "surrogates", "joined marks", "carriage returns"])
def test_odd_characters_move_no_place(name: str) -> None:
    page = PAGES[name][:2_000]
    found = find_secrets_in(page)
    assert {cut_span(page, each.span) for each in found} <= {"Kaze-41x"}
    assert len(cover_secrets(page, found)) == len(page)
    assert "Kaze-41x" not in mask_secrets(page, found) or not found
