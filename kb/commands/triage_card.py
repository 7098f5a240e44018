"""How `kb triage` shows one finding, and its keys: eighty columns, foreign text made safe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.console import columns, link, pad, paint, safe, width, wrap
from kb.lang import Text, current, t
from kb.lint.formats.wording import SEVERITIES
from kb.lint.queue import Waiting
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
    "s": (t("飛ばす", "skip"), t("今回は決めない", "do not decide this time")),
    "b": (
        t("戻る", "back"),
        t("1 つ前に戻る。決めたことは取り消す", "one back; what was decided there is taken back"),
    ),
    "?": (t("説明", "help"), t("この説明", "this help")),
    "q": (t("やめる", "quit"), t("終える。次はここから続けられる", "end; the next sitting goes on from here")),
}

_LABELS = (
    t("場所", "where"),
    t("言葉", "words"),
    t("指摘", "finding"),
    t("なぜ", "why"),
    t("良い例", "good"),
)
_WIDEST = 100  # columns of a line people like to read


def _room() -> int:
    return min(columns(), _WIDEST)


def card(waiting: Waiting, words: Words, number: int, total: int) -> Iterator[str]:
    """The lines that show one finding: where it is, the marked words, the rule's why and a good example."""
    entry, finding = waiting.entry, waiting.finding
    severity, colour = SEVERITIES[finding.severity]
    head = f"{number}/{total} {severity} {finding.code} {finding.rule} "
    rule = "─" * max(0, _room() - width(head) - 1)
    name = paint(f"{finding.code} {finding.rule}", "bold")
    yield f"{number}/{total} {paint(str(severity), colour)} {name} {paint(rule, 'dim')}"
    title = [paint(line, "bold") for line in wrap(safe(entry.title) or "-", _room())]
    yield link(title[0], entry.url)
    yield from title[1:]
    part = "" if finding.part == "body" else f"#{safe(finding.part)}"
    where = f"{safe(str(entry.doc))}{part}:{finding.span.line}  {safe(entry.category)}".rstrip()
    yield from _labelled(_LABELS[0], where)
    yield from _labelled(_LABELS[0], safe(entry.url), again=True)
    yield from _labelled(_LABELS[1], f"「{safe(finding.quote)}」" if finding.quote else "")
    yield from _labelled(_LABELS[2], str(finding.message))
    yield from _labelled(_LABELS[3], str(words.why).replace("\n", "" if current() == "ja" else " "))
    for number_of_line, line in enumerate(str(words.good).splitlines()):
        yield from _labelled(_LABELS[4], line, again=bool(number_of_line), blank=True)


def _labelled(label: Text, text: str, *, again: bool = False, blank: bool = False) -> Iterator[str]:
    """A label and its text, wrapped beside it; nothing for an empty one unless `blank`."""
    if not text and not blank:
        return
    left = max(width(str(each)) for each in _LABELS) + 2
    for number, line in enumerate(wrap(text, max(20, _room() - left))):
        shown = "" if number or again else paint(str(label), "dim") + pad("", left - width(str(label)))
        yield f"{shown or ' ' * left}{line}".rstrip()


def keys() -> Iterator[str]:
    """The line, or lines, that name the keys."""
    line = ""
    for key, (name, _) in KEYS.items():
        piece = f"{paint(key, 'bold')} {name}"
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
