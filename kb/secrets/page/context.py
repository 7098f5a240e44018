"""What stands around a line: its heading, the lines just above it, and what they speak of."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property, lru_cache

from kb.model.secret import SecretKind
from kb.secrets.page.candidates import SearchBudget
from kb.secrets.page.text_page import TextLine, TextPage
from kb.secrets.scoring.labels import (
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

LINES_ABOVE = 3
"""How many filled lines above a line still speak for it."""

_FARTHEST = 12


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
        return self.page.line(self._head).words if self._head >= 0 else self._heading

    @cached_property
    def above(self) -> list[TextLine]:
        """The filled lines just above, the nearest first, no farther than the heading."""
        found: list[TextLine] = []
        for number in range(self._number - 1, max(self._head, self._number - _FARTHEST, -1), -1):
            if number in self.page.shapes.tabled:
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


_ENCRYPTS = re.compile(r"暗号化?キー|encrypt|セキュリティキー", re.I)
_FENCE = re.compile(r"[ \t]*(?:```|~~~|</?(?:pre|code|details|summary)\b[^>]*>[ \t]*$|\{\{collapse|\}\}|bc\.)")


def is_fence(line: TextLine) -> bool:
    """Whether a line only opens or closes a stretch of code or a fold."""
    return bool(_FENCE.match(line.text))
