"""A rule's words: the docstring of its file, in one fixed shape.

`kb explain` prints them and the pages of docs/rules are made from them, so that what is said of
a rule stands beside what it does. The shape, each section indented by four blanks:

    再発防止の節がありません / Prevention is missing

    なぜ:
        …
    悪い例:
        …
    良い例:
        …
    Why:
        …
    Bad:
        …
    Good:
        …
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from dataclasses import dataclass

from kb.lang import Text, t
from kb.lint.rules import Rule

_SECTIONS = ("なぜ", "悪い例", "良い例", "Why", "Bad", "Good")


@dataclass(frozen=True, slots=True)
class Words:
    """What a person should know of a rule: what it says in a line, why, and an example of each kind."""

    title: Text
    why: Text
    bad: Text
    good: Text


def words_of(rule: Rule) -> Words:
    """The words of a rule. Raises ValueError, naming the file, when they lack the fixed shape."""
    try:
        return parse(inspect.cleandoc(sys.modules[rule.module].__doc__ or ""))
    except ValueError as error:
        raise ValueError(f"{rule.module}: {error}") from None


def parse(doc: str) -> Words:
    """The words in a docstring that has been cleaned of its indentation."""
    title, _, rest = doc.partition("\n")
    ja, slash, en = title.partition(" / ")
    if not slash:
        raise ValueError("the first line is not 「日本語 / English」")
    sections: dict[str, list[str]] = {}
    body: list[str] = []
    for line in rest.splitlines():
        if line and not line.startswith(" "):
            body = sections.setdefault(line.removesuffix(":"), [])
        else:
            body.append(line)
    if tuple(sections) != _SECTIONS:
        raise ValueError(f"its sections are {', '.join(sections) or 'none'}, not {', '.join(_SECTIONS)}")
    texts = [textwrap.dedent("\n".join(lines)).strip("\n") for lines in sections.values()]
    if not all(text.strip() for text in texts):
        raise ValueError("a section is empty")
    why_ja, bad_ja, good_ja, why_en, bad_en, good_en = texts
    return Words(t(ja, en), t(why_ja, why_en), t(bad_ja, bad_en), t(good_ja, good_en))
