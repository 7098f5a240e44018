"""How `kb triage` shows one finding, and its keys: eighty columns, foreign text made safe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.console import columns, link, pad, paint, safe, width, wrap
from kb.lang import Text, current, t
from kb.lint.formats.places import url_of
from kb.lint.formats.rows import Row
from kb.lint.formats.secret_words import told
from kb.lint.formats.snippet import snippet
from kb.lint.formats.wording import SEVERITIES
from kb.lint.words import Words

KEYS: dict[str, tuple[Text, Text]] = {
    "o": (t("開く", "open"), t("ページをブラウザーで開く", "open the page in the browser")),
    "a": (
        t("受け入れる", "accept"),
        t(
            "このままでよい。理由を残し、もう知らせない（a 廃止済みの機能）",
            "leave it as it is, for a reason; never told again (a feature is gone)",
        ),
    ),
    "z": (
        t("あとで", "snooze"),
        t(
            "その日まで知らせない（z 2w、z 12/31 移行のあと）",
            "not told until a day (z 2w, z 12/31 after the migration)",
        ),
    ),
    "m": (
        t("聞く", "ask"),
        t(
            "書いた人への文面を作り、聞いたことを残す。送りはしない",
            "draft a message to the author and record that you asked; nothing is sent",
        ),
    ),
    "t": (t("チケット", "ticket"), t("直すチケットを控える（t #123）", "note the ticket that mends it (t #123)")),
    "s": (
        t("次へ", "skip"),
        t("今回は決めずに次へ。次回また出る", "do not decide this time; it comes again next time"),
    ),
    "b": (
        t("戻る", "back"),
        t("1 つ前に戻る。決めたことは取り消す", "one back; what was decided there is taken back"),
    ),
    "?": (t("", ""), t("この説明", "this help")),
    "q": (t("やめる", "quit"), t("終える。次はここから続けられる", "end; the next sitting goes on from here")),
}

_LABELS = (
    t("場所", "where"),
    t("言葉", "words"),
    t("指摘", "finding"),
    t("なぜ", "why"),
    t("良い例", "good"),
)
_SECRET = t("秘密", "secret")
_WIDEST = 100  # columns of a line people like to read


def _room() -> int:
    return min(columns(), _WIDEST)


def card(row: Row, words: Words, line: str, number: int, total: int) -> Iterator[str]:
    """The lines that show one finding: where it is, the marked words in their `line`, why, and a good example.

    Of a line that holds a secret no word is shown; what the secret is stands there instead.
    """
    entry, finding = row.entry, row.finding
    severity, colour = SEVERITIES[finding.severity]
    name = f"{finding.code} {finding.rule}"
    ruler = "─" * max(0, _room() - width(f"{number}/{total} {severity} {name} "))
    yield f"{number}/{total} {paint(str(severity), colour)} {paint(name, 'bold')} {paint(ruler, 'dim')}"
    title, *rest = (paint(each, "bold") for each in wrap(row.title or "-", _room()))
    yield link(title, url_of(entry, finding))
    yield from rest
    category = safe(entry.category)
    if row.where.startswith(f"{category}/"):  # of a file it is the folder
        category = ""
    yield from _labelled(_LABELS[0], f"{row.place}  {category}".rstrip())
    yield from _labelled(_LABELS[0], url_of(entry, finding), again=True)
    facts = told(entry, finding)
    if facts is not None:
        yield from _labelled(_SECRET, str(facts))
    marked = "" if row.secret_line else snippet(finding, line, _room() - _left())
    if marked:
        yield paint(str(_LABELS[1]), "dim") + pad("", _left() - width(str(_LABELS[1]))) + marked
    yield from _labelled(_LABELS[2], row.message)
    yield from _labelled(_LABELS[3], str(words.why).replace("\n", "" if current() == "ja" else " "))
    for count, each in enumerate(str(words.good).splitlines()):
        yield from _labelled(_LABELS[4], each, again=bool(count), blank=True)


def _left() -> int:
    """Columns of the labels."""
    return max(width(str(each)) for each in (*_LABELS, _SECRET)) + 2


def _labelled(label: Text, text: str, *, again: bool = False, blank: bool = False) -> Iterator[str]:
    """A label and its text, wrapped beside it; nothing for an empty one unless `blank`."""
    if not text and not blank:
        return
    left = _left()
    for number, line in enumerate(wrap(text, max(20, _room() - left))):
        shown = "" if number or again else paint(str(label), "dim") + pad("", left - width(str(label)))
        yield f"{shown or ' ' * left}{line}".rstrip()


def keys() -> Iterator[str]:
    """The line, or lines, that name the keys."""
    line = ""
    for key, (name, _) in KEYS.items():
        piece = f"{paint(key, 'bold')} {name}".rstrip()
        if line and _seen(line) + _seen(piece) + 2 > _room():
            yield line
            line = ""
        line += f"{'  ' if line else ''}{piece}"
    yield line


def _seen(painted: str) -> int:
    """Columns of a line that may hold colour."""
    return width(re.sub(r"\x1b\[[0-9;]*m", "", painted))


def explained(code: str) -> Iterator[str]:
    """What each key does, a line each or more."""
    for key, (_, what) in KEYS.items():
        for number, line in enumerate(wrap(str(what), max(20, _room() - 4))):
            yield f"  {key if not number else ' '} {line}"
    yield str(t(f"  規則のすべて: kb explain {code}", f"  all about the rule: kb explain {code}"))
