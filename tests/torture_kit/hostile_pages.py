"""Pages nobody would write: made by hand, by family, in any size, the same ones for the same seed.

A family is a piece that is repeated, or a form that grows; a setting is where on a page it stands. What
is dangerous is known from what readers of text have fallen over: long lines of one sign, nesting,
things left open, characters that are none, line ends of all sorts, and words a pattern waits for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kb.model.document import Document, Kind, Markup, Source

SMALL, MIDDLE, LARGE = 1_500, 60_000, 5_000_000
"""Bytes of a page."""
TITLE_MOST = 500_000

SIGNS = (
    *" \t\u3000\u00a0|*_>#-=~`+.:;,!?/\\'\"$%&@^(){}[]<0",
    *"：｜＝＊＃－（）「」【】［］＜＞、。・→⇒■★①☐✅一aAあアｱ原",
    *"\0\x01\x1b\ud800\udfff\ufffd\ufeff\r\x0b\x0c\x85\u2028\u2029\u1680\u200b\u200d\u202e\u2066\ufe0f\u0301\u3099\u0334",
    *("ｶﾞ", "か\u3099", "e\u0301", "㈱", "ﷺ"),
    *("\u1100\u1161", "👨‍👩‍👧", "\U0001f1ef", "\udc00\ud800", "～", "\U00020000"),
)
WORDS = (
    *("原因", "原因：", "原因は", "停止したため、", "再起動して"),
    *("TODO ", "不明", "検討中、", "なぜ1: ", "なぜ", "→再起動"),
    *("10:20 ", "2025-06-10 ", "6/10 ", "6月10日 ", "1", "1."),
    *("1-", "12:", "#12 ", "#", "担当: ", "担当", "（担当: 大野、5/1）"),
    *("期限 ", "期限: 5/1 ", "https://a.example/x)", "http://"),
    *("://", "/issues/", "http://a/issues/1 ", "web-prd-db-01 ", "a-"),
    *("a.", "a@", "a.b@", "a_b", "[a](", "[a](b)", "![", "![a](b"),
    *("[a][", "[]", "[ ] ", "- [ ] ", "[x]", "[x] ", "(a", "a)"),
    *("<br>", "<b>", "<b", "<td>", "<td>a</td>", "</", "<a "),
    *("<a href=", "<!--", "-->", "<!-- -->", "<!", "<?", "<![CDATA["),
    *("<!-- kb:ignore ", "<!-- kb:ignore INC402 x -->", "kb:ignore", "kb:ignore,"),
    *("INC402 ", "INC402,", "until=", "until = "),
    *("&#21407;", "&lt;", "&amp", "&#", "~~a", "~~a~~", "~~"),
    *("<del>", "<del>a</del>", "**a", "**a**", "*a_b", "__a", "`a", "``"),
    *("%{color:red}", "%{", "@a", "@a@", "-a- ", "-a", "!a.png!"),
    *("!a", "した。", "した、", "です。", "。a", ". A", "を確認する"),
    *("監視を強化する", "注意する", "ダブルチェック", "周知", ":+1:"),
    *(":a", ":white_check_mark:", "A. ", "Q. ", "Q1 ", "第1章 "),
    *("一、", "IV. ", "Ｒｏｏｔ　Ｃａｕｓｅ", "root cause ", "was ", "may be ", "たた"),
    *("だった", "の", "は", "に", "を", "と", "が"),
    *("以上", "なし", "ため", "から", "可能性", "と思われる", "確認"),
    *("検討", "済", "完了", "対応", "しない", "ように", "こと"),
    *("【完了】", "[完了]", "(完了)", "完了 ", "xxx", "___", "...."),
    *("○○", "〇月", "HH:", "例: ", "例えば", "記入", "e.g. "),
)  # fmt: skip
LINES = (
    *("## 原因\n", "# 原因\n停止\n", "■ 原因\n停止した\n", "【原因】\n"),
    *("**原因**\n", "原因: x\n", "- 原因: x\n", "原因\n===\n"),
    *("## 再発防止\n- 監視する\n", "## 原因\n停止\n## 対応\n再起動\n## 再発防止\nTODO\n", "■ a\n"),
    *("【a】\nb\n", "a: b\n", "a\tb\n"),
    *("| 原因 | 対応 |\n", "|-|-|\n", "| a |\n|-|\n", "> 原因\n", "> a\n\n"),
    *("- [ ] TODO\n", "- a\n", "- a\n\n", "1. a\n", "1) a\n"),
    *("\n", " \n", "\r\n", "a\r", "a\x0b", "a\x85", "a\u2028"),
    *("\n\r", "\r\r\n", "---\n", "===\n", "a\n===\n", "a\n---\n", "***\n"),
    *("```\na\n```\n", "```\n", "~~~\n", "<div>\n", "<div>\n\n"),
    *("</div>\n", "<details>\n", "<h3>原因</h3>\n", "<!-- \n", "-->\n"),
    *("<table><tr><td>原因</td><td>x</td></tr></table>\n", "<pre>\n"),
    *("<ul><li>a\n", "<dl><dt>原因<dd>x\n", "<p>原因<br>x\n"),
    *("h2. 原因\n\n", "h2. 原因\nx\n", "bq. a\n\n", "|_. 原因 |\n", "| a |\n"),
    *("| a\n", "* a\n", "** a\n", "# a\n", "h2(((. a\n"),
    *("p(. a\n", "<pre>\n</pre>\n", "<code>a\n", "bc.. a\n", "10:20 今井: 再起動した\n", "10:20 a: b\n10:21 c: d\n"),
    *("2025-06-10 10:20:01 ERROR x\n", "- 担当: 大野\n", "担当: 大野\n"),
    *("期限: 5/1\n", "- x\n担当: 大野\n", "状態: 完了\n", "以上\n"),
    *("[a]: b\n", "[a]\n", "[^1]: a\n", "なぜ1: 停止した\n", "a → b\n"),
    *(": a\n", "- a\n  - b\n", "    a\n", "\ta\n", "Q. a\nA. b\n"),
    *("<!-- kb:ignore INC402 -->\n", "<!-- kb:ignore-section INC401 x -->\n## 原因\n"),
    *("<!-- kb:ignore-page INC -->\n", "a\\\n", "a  \n"),
    *("- 監視を追加する（担当: 大野、期限: 2025-06-10、#12）\n", "- ~~監視~~\n", "- [x] a #1\n"),
    *("1. 原因\n   停止\n", "・a\n", "①a\n"),
)  # fmt: skip


def _times(piece: str, size: int) -> str:
    return piece * max(1, size // len(piece.encode("utf-8", "surrogatepass")))


def _stairs(line: Callable[[int], str], size: int) -> str:
    """Lines each longer than the one before, together so large."""
    out: list[str] = []
    total = number = 0
    while total < size and number < 3_000:
        number += 1
        out.append(line(number))
        total += len(out[-1])
    return "".join(out)


def _both(opening: str, closing: str, inner: str = "原因") -> Callable[[int], str]:
    def make(size: int) -> str:
        times = max(1, size // len((opening + closing).encode()))
        return opening * times + inner + closing * times

    return make


def _square(size: int, head: str, row: str) -> str:
    """A table whose header is half of the page, above rows of one cell."""
    columns = max(1, size // 2 // len(head))
    return f"{head * columns}|\n{'|-' * columns}|\n" + row * max(1, size // 2 // len(row))


FORMS: dict[str, Callable[[int], str]] = {
    "quotes": lambda size: _times("> ", size) + "原因",
    "tight quotes": lambda size: _times(">", size) + "原因",
    "quotes by stairs": lambda size: _stairs(lambda n: "> " * n + "原因\n", size),
    "items on a line": lambda size: _times("- ", size) + "原因",
    "numbers on a line": lambda size: _times("1. ", size) + "原因",
    "items by stairs": lambda size: _stairs(lambda n: "  " * n + "- 原因\n", size),
    "numbers by stairs": lambda size: _stairs(lambda n: "   " * n + "1. 対策: 監視\n", size),
    "quotes and items": lambda size: _times("> - ", size) + "原因",
    "stars by stairs": lambda size: _stairs(lambda n: "*" * n + " 対策\n", size),
    "ticks by stairs": lambda size: _stairs(lambda n: "`" * n + " ", size),
    "tildes by stairs": lambda size: _stairs(lambda n: "~" * (n + 2) + "\n", size),
    "fences by stairs": lambda size: _stairs(lambda n: "`" * (n + 2) + "\na\n", size),
    "hashes by stairs": lambda size: _stairs(lambda n: "#" * n + " 原因\n", size),
    "brackets": _both("[", "]"),
    "links in links": _both("[", "](x)"),
    "pictures in pictures": _both("![", "](x)"),
    "parentheses": _both("(", ")"),
    "wide parentheses": _both("（", "）"),
    "corner brackets": _both("「", "」"),
    "lenses": _both("【", "】"),
    "braces": _both("{", "}"),
    "link with parentheses": lambda size: "[a](" + _both("(", ")", "x")(size) + ")",
    "divisions": _both("<div>", "</div>"),
    "bold tags": _both("<b>", "</b>"),
    "deep tables": _both("<table><tr><td>", "</td></tr></table>"),
    "deep lists": _both("<ul><li>", "</li></ul>"),
    "deep quotes": _both("<blockquote>\n", "\n</blockquote>"),
    "stars": _both("**", "**"),
    "stars and strokes": _both("*_", "_*"),
    "struck": _both("~~", "~~"),
    "stars left open": lambda size: _times("*a ", size) + _times("a* ", size // 9),
    "strokes and stars mixed": lambda size: _times("*a_ ", size),
    "runs of three": lambda size: _times("a***b ", size),
    "wide head, short rows": lambda size: _square(size, "|a", "|b\n"),
    "wide head of causes": lambda size: _square(size, "| 原因 ", "| x |\n"),
    "wide Textile head": lambda size: "|_. 原因 " * (size // 24) + "|\n" + "| x |\n" * (size // 12),
    "references": lambda size: "[a]: <" + "b" * (size // 3) + ">\n\n" + _times("[a] ", size // 2),
    "names that are not there": lambda size: _times("[a][b] ", size),
    "front matter left open": lambda size: "---\ntitle: x\n" + _times("a: b\n", size),
    "front matter of dashes": lambda size: "---\na: b\n" + _times("--- \n", size) + "x",
    "front matter again and again": lambda size: _times("---\na: b\n---\n", size),
    "front matter of one line": lambda size: "---\na: " + _times("原", size) + "\n---\n",
    "front matter of keys": lambda size: "---\n" + _times("a", size) + "\n---\n",
    "front matter of names": lambda size: "---\na: &a [1]\n" + _times("b: &b [*a,*a]\n", size) + "---\n",
    "comment left open": lambda size: "<!-- " + _times("原因\n", size),
    "comments left open": lambda size: _times("a <!-- b\n", size),
    "suppression left open": lambda size: "<!-- kb:ignore " + _times("INC402 ", size),
    "suppressions one behind another": lambda size: _times("a <!-- kb:ignore INC402 --> ", size),
    "suppressions of sections": lambda size: _times("## 原因\n<!-- kb:ignore-section INC,KB x -->\n停止\n", size),
    "fence left open": lambda size: "```\n" + _times("原因\n", size),
    "fences of other lengths": lambda size: "````\n" + _times("```\n", size),
    "Textile fences": lambda size: "h2. a\n\n" + _times("```a\n", size),
    "Textile fences of other kinds": lambda size: "h2. a\n\n" + _times("```\na\n~~~\nb\n", size),
    "Textile code left open": lambda size: "h2. a\n\n" + _times("<pre>", size),
    "Textile code by line": lambda size: "h2. a\n\n" + _times("<code>\n", size),
    "Textile attributes": lambda size: "h2. a\n\nh2" + _times("(a)", size),
    "Textile parentheses": lambda size: "h2. a\n\nh2" + _times("(", size),
    "Textile attributes by line": lambda size: "h2. a\n\n" + _times("h2(((((((((((((((((((((((((((((((\n", size),
    "Textile cell attributes": lambda size: "h2. a\n\n|" + _times("(_", size) + "|",
    "Textile row attributes": lambda size: "h2. a\n\n" + _times("<>=", size) + "|",
    "Textile cell without an end": lambda size: "h2. a\n\n| a " + _times("b\n", size),
    "Textile at signs": lambda size: "h2. a\n\n" + _times("@a ", size),
    "Textile dashes": lambda size: "h2. a\n\n" + _times(" -a", size),
    "Textile item that goes on": lambda size: "h2. a\n\n* a\n" + _times("  b\n", size),
    "one cell of a table": lambda size: "| 原因 | " + _times("停止した。", size) + " |\n|-|-|\n| a | b |\n",
    "a hundred thousand cells": lambda size: "|a" * min(400, size // 2) + "|\n" + "|-" * min(400, size // 2) + "|\n"
    + _times("|原因" * 40 + "|\n", size),
    "a row of an old table": lambda size: "<table><tr>" + _times("<td>原因", size),
    "rows of an old table": lambda size: "<table>" + _times("<tr><td>原因<td>停止", size),
    "tables": lambda size: _times("| 原因 | a |\n|-|-|\n| b | c |\n\n", size),
    "incidents": lambda size: _times("# 6/10 停止\n## 原因\n停止\n## 対応\n再起動\n## 再発防止\n- TODO\n", size),
    "measures in stairs": lambda size: "## 再発防止\n" + _stairs(lambda n: "  " * (n % 40) + "- 監視する\n", size),
    "line ends of all sorts": lambda size: _times("## 原因\r\n停止\r## 対応\n再起動\x0b\x0c\x85\u2028\u2029\n\r", size),
    "line ends of the old Mac": lambda size: _times("## 原因\r停止\r\r## 再発防止\rTODO\r", size),
    "blanks, then words": lambda size: _times(" ", size) + "原因",
    "blanks by line": lambda size: _times(" " * 200 + "\n", size),
    "blanks between words": lambda size: "原因" + _times(" ", size) + ": 停止",
    "line feeds, then words": lambda size: _times("\n", size) + "## 原因\n停止",
    "address with closers": lambda size: "http://a/" + _times(")", size),
    "address with brackets": lambda size: "http://a/" + _times("]", size // 2) + _times(".)", size // 2),
    "addresses": lambda size: _stairs(lambda n: f"https://a.example/issues/{n} #{n} web-prd-db-{n % 100:02}\n", size),
    "headings below headings": lambda size: _stairs(lambda n: "#" * (1 + n % 6) + f" 見出し{n}\n", size),
    "marks of many styles": lambda size: _stairs(lambda n: chr(0x25A0 + n % 96) * (1 + n % 7) + f" 原因{n}\n", size),
    "labels of many styles": lambda size: _stairs(lambda n: f"{'【《〈〔[≪'[n % 6]}原因{n}: x\n", size),
    "all of the plane": lambda size: "".join(map(chr, range(1, min(0x10FFFF, size // 3)))),
    "bytes at random": lambda size: random.Random(size).randbytes(size // 2).decode("utf-8", "surrogateescape"),  # noqa: S311
    "marks at random": lambda size: "".join(random.Random(size).choices("#*_`~|<>[]()!-+=\\\n \t&;:\"'原因", k=size)),  # noqa: S311
    "words at random": lambda size: "".join(random.Random(size).choices(WORDS + LINES, k=max(1, size // 8))),  # noqa: S311
}  # fmt: skip

_SETTINGS: dict[str, str] = {
    "alone": "{}",
    "under headings": "## 原因\n{0}\n## 対応\n{0}\n## 再発防止\n{0}\n",
    "behind labels": "原因：{0}\n対応：{0}\n再発防止：{0}\n",
    "in decorated heads": "■ 原因 {0}\n停止\n【{0}】\nx\n**再発防止{0}**\ny\n",
    "in items": "## 原因\n- 停止\n## 再発防止\n- {0}\n- [ ] {0}\n1. {0}\n",
    "in cells": "| 原因 | {0} |\n|---|---|\n| 対応 | {0} |\n| 再発防止 | {0} |\n",
    "in measures": "## 再発防止\n| 対策 | 担当 | 期限 | 状態 |\n|-|-|-|-|\n| {0} | {0} | {0} | {0} |\n",
    "in a quote": "> ## 原因\n> {0}\n> ## 再発防止\n> {0}\n",
    "in HTML": "<h3>原因</h3>\n<p>{0}</p>\n<h3>再発防止</h3>\n<ul><li>{0}</li></ul>\n",
    "in a suppression": "## 再発防止\n<!-- kb:ignore INC402 {0} -->\nTODO\n",
    "in a comment": "## 原因\n<!-- {0} -->\n停止\n## 再発防止\nTODO\n",
    "in code": "## 原因\n```\n{0}\n```\n`{0}`\n## 再発防止\nTODO\n",
    "in Textile": "h2. 原因\n\n{0}\n\nh2. 対応\n\n|_. 対応 | {0} |\n\nh2. 再発防止\n\n* {0}\n** {0}\n",
    "in a title": "## 原因\n停止\n## 再発防止\nTODO\n",
}
SETTINGS = tuple(_SETTINGS)


@dataclass(frozen=True, slots=True)
class Hostile:
    """A page, and what it was made of."""

    family: str
    setting: str
    document: Document

    @property
    def name(self) -> str:
        return f"{self.family} / {self.setting} / {len(self.document.body):,}"


def families() -> dict[str, Callable[[int], str]]:
    """Everything that grows to a size in bytes, by name."""
    pieces = {f"{kind} {piece!r}": piece for kind, all_ in _PIECES for piece in all_}
    return {**{name: _repeat(piece) for name, piece in pieces.items()}, **FORMS}


_PIECES: tuple[tuple[str, Sequence[str]], ...] = (("sign", SIGNS), ("word", WORDS), ("line", LINES))


def _repeat(piece: str) -> Callable[[int], str]:
    return lambda size: _times(piece, size)


def set_in(family: str, make: Callable[[int], str], setting: str, size: int) -> Hostile:
    """A family at a place of a page, the page about `size` bytes long."""
    form = _SETTINGS[setting]
    if setting == "in a title":
        text = make(min(size, TITLE_MOST))
        return Hostile(family, setting, page(form, title=text, category=text[:2_000], tags=(text[:500], text[-500:])))
    body = form.replace("{0}", make(size // max(1, form.count("{0}")))) if "{0}" in form else make(size)
    markup = Markup.TEXTILE if setting == "in Textile" or "Textile" in family else Markup.MARKDOWN
    return Hostile(family, setting, page(body, markup=markup))


def page(
    body: str,
    *,
    title: str = "検索が停止した",
    category: str = "障害報告",
    tags: tuple[str, ...] = (),
    markup: Markup = Markup.MARKDOWN,
) -> Document:
    """A page that every rule looks at."""
    textile = markup is Markup.TEXTILE
    return Document(
        1,
        Source.REDMINE if textile else Source.ESA,
        Kind.TICKET if textile else Kind.POST,
        title,
        body,
        markup,
        category=category,
        tags=tags,
        created_at="2025-06-10T09:00:00+09:00",
        updated_at="2025-06-10T09:00:00+09:00",
    )


def made_by_hand(size: int, settings: Sequence[str] = SETTINGS) -> Iterator[Hostile]:
    """Every family in each of these settings."""
    for name, make in families().items():
        for setting in settings:
            yield set_in(name, make, setting, size)


def in_turn(size: int) -> Iterator[Hostile]:
    """Every family once, each in another setting than the one before."""
    for number, (name, make) in enumerate(families().items()):
        yield set_in(name, make, SETTINGS[number % len(SETTINGS)], size)


def mutated(bodies: Sequence[str], chance: random.Random, number: int) -> Iterator[Hostile]:
    """So many pages made of real ones: cut, doubled, spliced, shuffled, with a piece thrown in."""
    pieces = (*SIGNS, *WORDS, *LINES)
    for _ in range(number):
        text = chance.choice(bodies)
        for _ in range(chance.randint(1, 4)):
            text = _changed(text, chance, bodies, pieces)
        markup = chance.choice((Markup.MARKDOWN, Markup.MARKDOWN, Markup.TEXTILE))
        title = chance.choice(("検索が停止した", "【完了】" + text[:60], chance.choice(pieces) * chance.randint(1, 40)))
        yield Hostile("mutation", "of a corpus", page(text[:200_000], title=title, markup=markup))


def _changed(text: str, chance: random.Random, bodies: Sequence[str], pieces: Sequence[str]) -> str:
    at, to = sorted(chance.randint(0, len(text)) for _ in range(2))
    match chance.randrange(8):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + text[to:]
        case 2:
            return text[:to] + text[at:]
        case 3:
            return text[:at] + chance.choice(pieces) * chance.randint(1, 200) + text[at:]
        case 4:
            return text[:at] + chance.choice(bodies)[:to] + text[at:]
        case 5:
            lines = text.splitlines(keepends=True)
            chance.shuffle(lines)
            return "".join(lines)
        case 6:
            return text.replace("\n", chance.choice(("\r\n", "\r", "\n\n", "\x85", " ", "")))
        case _:
            return "".join(chance.choice(pieces) + char if chance.random() < 0.02 else char for char in text)
