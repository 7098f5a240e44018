"""What speaks for a line: its heading and the lines above it; and which lines are worth searching because of that."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

from kb.model.secret import SecretKind
from kb.secrets.page.candidates import SearchBudget
from kb.secrets.page.prefilter import LABEL, LOGIN, SCOPE
from kb.secrets.page.text_page import TextLine, TextPage
from kb.secrets.scoring.filters import ACCOUNT_NAMES, COMMON_ACCOUNT_NAMES, ValueStrength, measure_strength
from kb.secrets.scoring.labels import (
    ACCOUNT_WORDS,
    ANY_LABEL,
    BASIC_AUTH_WORDS,
    LOGIN_WORDS,
    USER_WORDS,
    WIRELESS_WORDS,
    Label,
    find_labels,
    is_aside,
    is_misnamed,
    read_whole_label,
)
from kb.text.lazy_pattern import compile_lazy

LINES_ABOVE = 3
"""How many filled lines above a line still speak for it."""

_FARTHEST = 12
_ENCRYPTS = compile_lazy(r"暗号化?キー|encrypt|セキュリティキー", re.I)
_FENCE = compile_lazy(r"[ \t]*(?:```|~~~|</?(?:pre|code|details|summary)\b[^>]*>[ \t]*$|\{\{collapse|\}\}|bc\.)")


@lru_cache(maxsize=128)  # every value of a line asks
def _says_basic(text: str) -> bool:
    return BASIC_AUTH_WORDS.search(text) is not None


@lru_cache(maxsize=128)
def _says_wireless(text: str) -> bool:
    return WIRELESS_WORDS.search(text) is not None


class LineContext:
    """What stands above one line of a page, and what may still be spent on lines.

    `heading` heads the line where no line of the page does.
    """

    def __init__(self, page: TextPage, number: int, budget: SearchBudget | None = None, *, heading: str = "") -> None:
        self.page = page
        self.budget = budget or SearchBudget()
        self._heading, self._number = heading, number
        self._says: dict[re.Pattern[str], bool] = {}

    @cached_property
    def _head(self) -> int:
        """The number of the heading above, -1 where there is none."""
        headings = self.page.headings
        at = bisect_left(headings, self._number)
        return headings[at - 1] if at else -1

    @cached_property
    def heading(self) -> str:
        """The words of the heading above."""
        return self.page.line(self._head).words if self._head >= 0 else self._heading or self.page.title

    @cached_property
    def above(self) -> list[TextLine]:
        """The filled lines just above, the nearest first, no farther than the heading."""
        found: list[TextLine] = []
        for number in range(self._number - 1, max(self._head, self._number - _FARTHEST, -1), -1):
            if number in self.page.tabled:
                continue
            line = self.page.line(number)
            if not line.blank and not is_fence(line):
                found.append(line)
                if len(found) == LINES_ABOVE:
                    break
        return found

    @cached_property
    def lead_in(self) -> TextLine | None:
        """The line above the list this line is an item of; None where it is none."""
        if not self.page.line(self._number).lead:
            return None
        for number in range(self._number - 1, max(self._head, self._number - 40, -1), -1):
            line = self.page.line(number)
            if not line.blank and not line.lead:
                return line
        return None

    def basic(self, line: TextLine) -> bool:
        """Whether the line, its heading or the lines above speak of HTTP's own authentication."""
        return _says_basic(line.text) or self._basic_near

    @cached_property
    def _basic_near(self) -> bool:
        return any(map(BASIC_AUTH_WORDS.search, self.near))

    def wireless(self, line: TextLine) -> bool:
        """Whether the line or the two above it name a wireless network."""
        return _says_wireless(line.text) or any(re.search("ssid", each, re.I) for each in self.near[1:3])

    @cached_property
    def network_above(self) -> bool:
        """Whether one of the two lines above begins with the name of a wireless network."""
        return any(re.match("ssid", each, re.I) for each in self.near[1:3])

    @cached_property
    def near(self) -> list[str]:
        """The heading and the lines above, the nearest first."""
        return [self.heading, *(each.words for each in self.above)]

    def user_above(self) -> bool:
        """Whether one of the two lines above names who signs in."""
        return any(USER_WORDS.match(each.words.lstrip("*_`【[「 ")) for each in self.above[:2])

    @cached_property
    def _on_topic(self) -> list[str]:
        """What stands near and is not about a policy, a screen or how to change a credential."""
        return [each for each in self.near if not is_aside(each)]

    @cached_property
    def credential_above(self) -> bool:
        """Whether the heading or the lines above announce a credential."""
        return any(map(names_credential, self._on_topic))

    def above_says(self, pattern: re.Pattern[str]) -> bool:
        """Whether the heading or one of the lines above, if on topic, holds a pattern."""
        if pattern not in self._says:  # every value of a line asks
            self._says[pattern] = any(map(pattern.search, self._on_topic))
        return self._says[pattern]

    def login_above(self) -> bool:
        """Whether the heading or the lines above speak of signing in."""
        return self.above_says(LOGIN_WORDS)


def names_credential(text: str) -> bool:
    """Whether a text names a password or another credential at all."""
    return bool(ANY_LABEL.search(text)) and find_first_label(text) is not None


def names_login(text: str) -> bool:
    """Whether a title speaks of accounts, or of HTTP's own authentication, and of nothing to be done with them."""
    return bool(BASIC_AUTH_WORDS.search(text) or ACCOUNT_WORDS.search(text)) and not is_aside(text)


def find_first_label(text: str) -> Label | None:
    """The first word of a text that names a credential for certain."""
    return next((each for each in find_labels(text) if each.weight >= 3 and not is_misnamed(text, each)), None)


def read_heading_label(text: str) -> Label | None:
    """The credential a heading announces: サーバのパスワード, 開発用パスワード; None for a policy or a how-to."""
    text = re.sub(r"<[^<>]{0,40}>|\{\{\w+\(", "", text).strip()
    if is_aside(text):
        return None
    found = read_whole_label(text)
    return found if found and found.weight >= 2 else None


def refine_kind(kind: SecretKind, line: TextLine, context: LineContext) -> SecretKind:
    """The kind a password turns out to be, by what it opens."""
    if kind is not SecretKind.PASSWORD:
        if kind is SecretKind.SHARED_KEY and _ENCRYPTS.search(line.text) and not context.wireless(line):
            return SecretKind.API_TOKEN
        return kind
    if _says_wireless(line.text) or context.network_above:
        return SecretKind.SHARED_KEY
    return SecretKind.BASIC_AUTH if context.basic(line) else kind


def is_fence(line: TextLine) -> bool:
    """Whether a line only opens or closes a stretch of code or a fold."""
    return bool(_FENCE.match(line.text))


# The lines worth searching: a heading speaks for its section, a line for those below.

_LONGEST_SECTION = 300
_LINES_BELOW = 8
_RUN = compile_lazy(r"[!-~]{4,}")
_JOINS = compile_lazy(r"[/:=>(][^/\\]")
_JOINING = (
    "/",
    ":",
    "→",
    "⇒",
    "…",
    "=",
    "(",
    "（",
    "：",
    "＝",
    "「",
    "『",
    "／",
    "|",
    "と",
    "->",
    "=>",
    "][",
    "] [",
    ",",
    "、",
    " with",
    " using",
)
_LAST_NAME = compile_lazy(r"[A-Za-z0-9-]+$")
_ACCOUNTS = ACCOUNT_NAMES | COMMON_ACCOUNT_NAMES
_ENTERED = compile_lazy(r"[」』]?[ \t]{0,8}(?:を(?:入|打)|で(?:開|解凍|展開|ロ|入)|と(?:入|打)|に(?:な[っりる]|変))")
_DEFAULTS = compile_lazy(r"(?<![a-z0-9])(?:root|admin|administrator|guest|cisco)[ \t]?[/／]", re.I)


def select_lines(
    page: TextPage, called: dict[int, int], marked: Sequence[int], may_hold: Callable[[int], bool], *, named: bool
) -> dict[int, int]:
    """The lines with signs, and those in the scope of one that could hold a pair. `named`: the title speaks for all.

    Lines that only speak of signing in are dropped when neither they nor their scope could hold one. A line holds none
    because another speaks for it unless it is `marked`, in their order, and `may_hold` says so.
    """
    opening = [number for number, mask in called.items() if mask & (LABEL | LOGIN)]
    sure = {number: mask for number, mask in called.items() if mask & ~LOGIN}
    if not named and not any(map(may_hold, _widest_scope(page, called, opening, marked))):
        return sure  # and the page need not be parsed for its headings
    if not named and not sure:
        plain = _scope(page, opening, plain=True)
        if not any(_shaped(page, number) or "|" in page.text(number) for number in plain):
            return {}
    found = dict(sure)
    numbers = range(len(page.starts)) if named else _scope(page, opening, plain=False)
    for number in numbers:
        if (_shaped(page, number) or (number in called and "|" in page.text(number))) and may_hold(number):
            found[number] = found.get(number, 0) | SCOPE | (called.get(number, 0) & LOGIN)
    return found


def _widest_scope(
    page: TextPage, called: Container[int], opening: Iterable[int], marked: Sequence[int]
) -> Iterator[int]:
    """The marked lines of any scope that could hold a pair, whatever of the page is code."""
    last = len(page.starts) - 1
    heads = set(page.plain_headings)
    done = -1
    for number in opening:
        end = min(last, number + (_LONGEST_SECTION if number in heads else _LINES_BELOW))
        for at in range(bisect_left(marked, max(number, done + 1)), bisect_right(marked, end)):
            each = marked[at]
            if _shaped(page, each) or (each in called and "|" in page.text(each)):
                yield each
        done = max(done, end)


def _shaped(page: TextPage, number: int) -> bool:
    """Whether a line could hold a name and its password, or an entry of a list of them. Coarse and cheap."""
    text = page.text(number)[:2_000]
    for run in _RUN.finditer(text):
        word = run[0].partition("](")[0].strip("\"'`*@()[]{}<>,.;")
        if measure_strength(word) < ValueStrength.MIXED or ("://" in word and "@" not in word):
            continue
        if (
            _ENTERED.match(text, run.end())
            or _JOINS.search(word)
            or _joined(text[max(0, run.start() - 24) : run.start()])
        ):
            return True
    return _DEFAULTS.search(text) is not None


def _joined(before: str) -> bool:
    """Whether what stands before a word ends with a sign that joins pairs, or with a name accounts have."""
    before = before.rstrip("\"'`*@」 \t\u3000")
    if before.endswith(_JOINING):
        return True
    name = _LAST_NAME.search(before)
    return name is not None and name[0].lower() in _ACCOUNTS


def _scope(page: TextPage, opening: list[int], *, plain: bool) -> list[int]:
    """The numbers of the lines that others speak for, and of those others. `plain`: the markup is not known yet."""
    last = len(page.starts) - 1
    headings = page.plain_headings if plain else page.headings
    heads = set(headings)
    found: set[int] = set()
    for number in opening:
        found.add(number)
        if number in heads:
            at = bisect_right(headings, number)
            end = headings[at] - 1 if at < len(headings) else last
            found.update(range(number + 1, min(end, number + _LONGEST_SECTION) + 1))
            continue
        filled = 0
        for each in range(number + 1, min(number + _LINES_BELOW, last) + 1):
            found.add(each)
            filled += bool(page.text(each).strip())
            if filled > LINES_ABOVE:
                break
    return sorted(found)
