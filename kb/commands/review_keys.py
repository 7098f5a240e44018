"""The keys of `kb review`, and what stands behind them: numbers, and words a person types."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from kb.commands.review_card import room
from kb.console import paint, width, wrap
from kb.lang import Text, t

GROUP: dict[str, tuple[Text, Text]] = {
    "y": (t("送る", "send"), t("このグループを送る（y 3 7-9 ならその番号だけ送るほうに変える）",
                             "send this group (y 3 7-9 turns those numbers on and decides nothing yet)")),
    "n": (t("送らない", "leave"), t("このグループは送らない（n 3 7-9 ならその番号だけ外す）",
                                "leave this group out (n 3 7-9 turns those numbers off and decides nothing yet)")),
    "l": (t("1件ずつ", "look inside"), t("1 件ずつ見て決める（l 7 なら 7 番から）",
                                      "decide on its changes one by one (l 7: from number 7)")),
    "d": (t("差分", "diff"), t("前後を並べる。[-消える-] と {+加わる+} で示す（d 11 なら 11 番から）",
                             "all before and after: [-goes-] and {+comes+} (d 11: from number 11)")),
    "e": (t("直す", "edit"), t("案を書き換える（e 3 は 3 番、e all は全件の同じ値）",
                             "change what is proposed (e 3: number 3; e all: a value they share)")),
    "s": (t("あとで", "skip"), t("決めずに次へ。次回また出る", "do not decide; it comes again next time")),
    "b": (t("戻る", "back"), t("1 つ前に戻る。決めたことは取り消す", "one back; what was decided there is taken back")),
    "a": (t("残りも送る", "all the rest"), t("ここから先の、まだ決めていないグループをすべて送る",
                                        "send all groups that are left undecided")),
    "q": (t("やめる", "quit"), t("終える。決めたことは残り、次はここから始まる",
                              "end; what was decided is kept, and the next sitting goes on from here")),
    "?": (t("説明", "help"), t("この説明", "this help")),
}  # fmt: skip

INSIDE: dict[str, tuple[Text, Text]] = {
    "y": (t("送る", "send"), t("", "")),
    "n": (t("送らない", "leave"), t("", "")),
    "Enter": (t("今のまま", "as it is"), t("", "")),
    "e": (t("直す", "edit"), t("", "")),
    "b": (t("戻る", "back"), t("", "")),
    "r": (t("残りは今のまま", "the rest as it is"), t("", "")),
    "q": (t("グループへ", "to the group"), t("", "")),
}

_NUMBERS = re.compile(r"\d{1,6}(?:-\d{1,6})?")


def line_of(keys: Mapping[str, tuple[Text, Text]]) -> Iterator[str]:
    """The line, or lines, that name the keys."""
    line, used = "", 0
    for key, (name, _) in keys.items():
        wide = width(f"{key} {name}".rstrip())
        if line and used + wide + 2 > room():
            yield line
            line, used = "", 0
        line += f"{'  ' if line else ''}{paint(key, 'bold')} {name}".rstrip()
        used += wide + (2 if used else 0)
    yield line


def explained() -> Iterator[str]:
    """What each key of a group does."""
    for key, (_, what) in GROUP.items():
        for number, line in enumerate(wrap(str(what), max(20, room() - 4))):
            yield f"  {key if not number else ' '} {line}"


def typed(line: str) -> tuple[str, str]:
    """A key as it was typed, in any width and case, and the words after it."""
    word, _, rest = unicodedata.normalize("NFKC", line.replace("\u3000", " ")).strip().partition(" ")
    key = word.casefold()
    if len(key) > 1 and key[1:].replace("-", "").isdigit() and key[0] in GROUP:
        key, rest = key[0], f"{key[1:]} {rest}"  # `n3`
    return key[:20], rest.strip()


def numbers_in(words: str, most: int) -> set[int] | None:
    """The numbers of `3 7-9` from 1 to `most`; None when something else stands there."""
    found: set[int] = set()
    for word in re.split(r"[\s,、，]+", unicodedata.normalize("NFKC", words).strip()):
        if not _NUMBERS.fullmatch(word):
            return None
        first, _, last = word.partition("-")
        low, high = int(first), int(last or first)
        if not 1 <= low <= high <= most:
            return None
        found.update(range(low, high + 1))
    return found
