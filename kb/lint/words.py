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

A rule of somebody else may leave the shape: its docstring then stands for the reason. Words of a
rule that is no file are given (`give`); what is empty is not shown.
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


_given: dict[str, Words] = {}


def give(module: str, words: Words) -> None:
    """Say the words of a rule that is no file of its own; `module` is the rule's."""
    _given[module] = words


def words_of(rule: Rule) -> Words:
    """The words of a rule. Raises ValueError, naming the file, when one of kb's own lacks the fixed shape."""
    if rule.module in _given:
        return _given[rule.module]
    doc = inspect.cleandoc(getattr(sys.modules.get(rule.module), "__doc__", None) or "")
    try:
        return parse(doc)
    except ValueError as error:
        if rule.module.startswith("linters."):
            raise ValueError(f"{rule.module}: {error}") from None
    title, _, rest = doc.partition("\n")
    ja, _, en = (title.strip() or rule.name).partition(" / ")
    nothing = t("", "")
    return Words(t(ja, en or ja), t(rest.strip(), rest.strip()), nothing, nothing)


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
