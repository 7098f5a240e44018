"""Sentences for readers who were not asked about: who is named in one owns the row, or is not named.

What a rule says to whoever runs kb may tell who set a status, and who is no longer a member. Passed on, it says what
to do and no more: in a report the owner stands beside it, in a CI log nobody does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from kb.lang import Text, t
from kb.lint.people import People
from kb.lint.rules import Rule, load
from kb.lint.words import words_of
from kb.model import Finding
from kb.reading.fold import folded

_INSTEAD: dict[str, Text] = {
    "TKT101": t(
        "終わったように見えます。閉じるか、残っていることを書き添えてください。",
        "This looks finished: close it, or write down what is left.",
    ),
    "TKT104": t("担当者を決めてください。", "Decide who takes it."),
    "PST103": t("引き継ぐ人を決めるか、アーカイブしてください。", "Decide who takes this over, or archive it."),
}
_CALLED = re.compile("さん")  # how kb speaks of people, known or not
_NAMING = frozenset({"KB905"})  # it is about a name that nobody is known by


def unnamed(code: str, message: Text, title: Text, names: re.Pattern[str]) -> Text:
    """The message of a finding where it names nobody; else what its rule has to say without, or the rule's title.

    `names` finds the names that are known (`named`).
    """
    if code not in _NAMING and not _names(message.ja, names) and not _names(message.en, names):
        return message
    return _INSTEAD.get(code, title)


@lru_cache(maxsize=4096)
def _names(text: str, names: re.Pattern[str]) -> bool:
    """Whether a sentence names somebody. Most findings of a rule say the same."""
    return bool(_CALLED.search(text) or names.search(folded(text).casefold()))


def everybody(people: People) -> frozenset[str]:
    """What the members go by, now and formerly, as it is written."""
    pairs: Iterable[tuple[str, str]] = (*people.members.items(), *people.former.items())
    surnames = (name.split()[0] for name in people.former.values() if name.split())
    return frozenset((*(name for pair in pairs for name in pair), *people.redmine, *people.names, *surnames))


@lru_cache(maxsize=4)
def named(names: frozenset[str]) -> re.Pattern[str]:
    """Finds a name in a folded text: one of ASCII as a word, another wherever it stands, one character with さん."""
    words = sorted(
        {plain for name in names if (plain := folded(name).casefold().strip())}, key=lambda word: (-len(word), word)
    )
    roman, others = [each for each in words if each.isascii()], [each for each in words if not each.isascii()]
    roman = [each for each in roman if len(each) > 1]
    parts = (_any(others), f"(?<![0-9a-z_.-]){_any(roman)}(?![0-9a-z_-])" if roman else "")
    return re.compile("|".join(filter(None, parts)) or "(?!)")


def _any(words: Sequence[str]) -> str:
    """A pattern for one of some names. Most places are passed over by their first character."""
    firsts = "".join(sorted({re.escape(each[0]) for each in words}))
    return f"(?=[{firsts}])(?:{'|'.join(map(_word, words))})" if words else ""


def _word(name: str) -> str:
    """A name, with whatever blanks; one of a single character with さん."""
    pattern = r"\s*".join(map(re.escape, name.split()))
    return pattern if len(name) > 1 else f"{pattern}(?:さん|氏|様)"


NOBODY = named(frozenset())
"""Finds no name: for where no mirror tells who there is."""


@dataclass(slots=True)
class Unnamed:
    """Says findings without naming anybody. `names` finds the names that are known.

    `known` are the rules whose titles help; all that are loaded when not given.
    """

    names: re.Pattern[str] = NOBODY
    known: Sequence[Rule] | None = None
    _rules: dict[str, Rule] = field(default_factory=dict)
    _titles: dict[str, Text] = field(default_factory=dict)

    def of(self, finding: Finding) -> Finding:
        """The finding with a message that names nobody."""
        says = unnamed(finding.code, finding.message, self._title(finding), self.names)
        return finding if says is finding.message else replace(finding, message=says)

    def _title(self, finding: Finding) -> Text:
        """What its rule finds, in a few words; the name of a rule that has none."""
        code = finding.code
        if code not in self._titles:
            if not self._rules:
                self._rules = {rule.code: rule for rule in (load() if self.known is None else self.known)}
            self._titles[code] = _title(self._rules.get(code)) or Text(finding.rule, finding.rule)
        return self._titles[code]


def _title(rule: Rule | None) -> Text | None:
    try:
        return words_of(rule).title if rule is not None else None
    except (ValueError, KeyError):  # no words, or not in the shape
        return None
