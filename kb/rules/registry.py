"""Rules: their two shapes, the words that let a document in, and the registry.

A rule is one file of `linters/<family>/`. Its docstring explains it (`kb.rules.registry`), the file
name is the rule's name, and creating the `Rule` registers it; nobody edits a list.

    rule = Rule("INC401", __name__, Severity.ERROR, gate=("incident",), check=check)

`check(page)` sees one document and the Facts read from it, and is cached by the document's
content hash and the rule's version. `join(entry, world)` sees the Facts with their place and the
world's plain tables, and is a function of these alone: what depends on another document, a person
or the clock. A rule may have both. The rules of hygiene have neither: the engine speaks for them.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import TypeAlias, TypeVar

from kb.model.document import PAGE_KINDS, Kind, RawDocId
from kb.model.facts import Confidence
from kb.model.finding import Edit, Severity
from kb.model.page import Entry, Page
from kb.model.secret import Secret
from kb.rules.world import World
from kb.text.lang import Text, t
from kb.text.lines import Span


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing a rule saw. The engine adds the code, the document, and the fingerprints.

    `role` tells hits of one rule on one page apart and stays the same under edits. `section` is
    the stretch whose text decides whether a baselined finding is still the same one; None
    stands for the whole body; a `join`, which sees no text, gives the `content` hash of its item or
    section instead. `part` is the document's own when empty. `reason` names the test that decided.
    `secret` is the credential the hit is about. `evidence` (a clause: who, when, which ticket) and `day`, the
    ISO date it rests on, differ from hit to hit; `message` does not, so that hits of a kind can be grouped. `severity`
    is that of a hit which says less than its rule does; None: the rule's. `same_as` are documents that tell of it, too.
    """

    message: Text
    span: Span
    confidence: Confidence
    role: str = ""
    section: Span | None = None
    part: str = ""
    content: str = ""
    reason: str = ""
    edits: tuple[Edit, ...] = ()
    secret: Secret | None = None
    evidence: Text | None = None
    day: str = ""
    severity: Severity | None = None
    same_as: tuple[RawDocId, ...] = ()


Check: TypeAlias = Callable[[Page], Iterable[Hit]]
Join: TypeAlias = Callable[[Entry, World], Iterable[Hit]]

T = TypeVar("T")

_rules: dict[str, Rule] = {}
_gate_groups: dict[str, GateGroup] = {}


@dataclass(frozen=True, slots=True)
class GateHint:
    """Words that speak of one thing.

    `words` count in any ASCII case, inside other words too. `patterns` are regular expressions of
    the kind `re.ASCII` and Hyperscan agree on (`kb.rules.gate` refuses others); write them tolerant
    of width, as in `担当\\s*[:：]`. Both are matched against the text as it stands, and again on its
    NFKC form where that differs.
    """

    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateGroup:
    """What a document must show before the rules that name the group see it.

    Any word of `alone` is enough, and so are words of two different hints of `together`. A group
    lives with its family. It must let in everything its rules could report on; what it keeps out
    is never read, so it decides speed and nothing else.

    The text it sees holds the title, category, tags and tracker as well, each on a line of its
    own that begins with the mark of `TITLE`, `CATEGORY` and `TAGS`.
    """

    name: str
    alone: GateHint = GateHint()
    together: tuple[GateHint, ...] = ()

    def __post_init__(self) -> None:
        _gate_groups[self.name] = self


INCIDENT = "incident"
"""The group of the pages that reading takes for incident pages. It has no words: reading decides."""

TITLE_MARK, CATEGORY_MARK, TAGS_MARK = "\x02", "\x03", "\x04"


class FoldBy(StrEnum):
    """What becomes one row where findings are shown to people."""

    PAGE = "page"
    PROJECT = "project"
    EVIDENCE = "evidence"  # the person, say, whom it names
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Fold:
    """What the findings of several rules have in common when they are shown as one row.

    `says` is what stands above the rows; each rule's `label` says what its part of a row is.
    """

    name: str
    says: Text
    by: FoldBy


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's identity. `module` is `__name__` of its file, which names the rule.

    `gate` names the groups that let a document in; empty means every document, `INCIDENT` incident pages. `kinds` are
    the documents it looks at. `version` is raised when the rule decides differently, so that cached findings are made
    anew. `reads` is False for a rule that asks for no Facts: no document is read for its sake. `pressing` findings
    never go into a first baseline. `says` are the words of a rule for which the engine speaks. Of a rule that reports
    `once`, a document of the mirror shows the first finding alone. What `yields_to` others (codes, or the beginning of
    some) is left out beside one of them that is at least as severe: a person who sees to that one has seen to it.
    Raises ValueError when the code is taken by another file. Rules with the same `fold` are shown as one row, in which
    `label` and a count stand for the rule; `plan` is the command that proposes what its findings ask for. A rule about
    `only_secrets` looks at the credentials of a document, those of its old versions included, and is not asked where
    there are none.
    """

    code: str
    module: str
    severity: Severity
    check: Check | None = None
    join: Join | None = None
    gate: tuple[str, ...] = ()
    kinds: frozenset[Kind] = PAGE_KINDS
    on: bool = True
    version: int = 1
    reads: bool = True
    pressing: bool = False
    says: Text | None = None
    once: bool = False
    yields_to: tuple[str, ...] = ()
    fold: Fold | None = None
    label: Text | None = None
    plan: str = ""
    only_secrets: bool = False

    def __post_init__(self) -> None:
        taken = _rules.get(self.code)
        if taken is not None and taken.module != self.module:
            raise ValueError(f"{self.code}: both {taken.module} and {self.module}")
        _rules[self.code] = self

    @property
    def name(self) -> str:
        """The rule's name: its file's, with hyphens."""
        return self.module.rpartition(".")[2].replace("_", "-")


def load_rules(package: str = "linters") -> tuple[Rule, ...]:
    """All rules of the families below `package`, by code."""
    import_package(importlib.import_module(package))
    return rules_below(package)


def rules_below(package: str) -> tuple[Rule, ...]:
    """The rules of a package or module that were imported, by code."""
    inside = package + "."
    return tuple(_rules[code] for code in sorted(_rules) if (_rules[code].module + ".").startswith(inside))


def groups_of(rules: Iterable[Rule]) -> tuple[GateGroup, ...]:
    """The groups these rules name, by name. Raises KeyError when a rule names one nobody made."""
    return tuple(_gate_groups[name] for name in sorted({name for rule in rules for name in rule.gate} - {INCIDENT}))


def import_package(package: ModuleType) -> None:
    """Import all modules of a package, so that the rules in them register; a module has none."""
    for info in pkgutil.walk_packages(getattr(package, "__path__", ()), package.__name__ + "."):
        importlib.import_module(info.name)


def collect_rules(make: Callable[[], object]) -> tuple[Rule, ...]:
    """The rules that register while `make` runs, by code. When it raises none of them stays."""
    rules, groups_ = dict(_rules), dict(_gate_groups)
    try:
        make()
    except BaseException:
        _restore(_rules, rules)
        _restore(_gate_groups, groups_)
        raise
    return tuple(rule for code, rule in sorted(_rules.items()) if rules.get(code) is not rule)


def forget_rules(rules: Iterable[Rule]) -> None:
    """Let others have the codes of these rules."""
    for rule in rules:
        if _rules.get(rule.code) is rule:
            del _rules[rule.code]


def _restore(registry: dict[str, T], before: dict[str, T]) -> None:
    registry.clear()
    registry.update(before)


# A rule's words: the docstring of its file, in one fixed shape.
#
# `kb explain` prints them and the pages of docs/rules are made from them, so that what is said of
# a rule stands beside what it does. The shape, each section indented by four blanks:
#
#     再発防止の節がありません / Prevention is missing
#
#     なぜ:
#         …
#     悪い例:
#         …
#     良い例:
#         …
#     Why:
#         …
#     Bad:
#         …
#     Good:
#         …
#
# A rule of somebody else may leave the shape: its docstring then stands for the reason. Words of a
# rule that is no file are given (`give`); what is empty is not shown.


_SECTIONS = ("なぜ", "悪い例", "良い例", "Why", "Bad", "Good")


@dataclass(frozen=True, slots=True)
class RuleText:
    """What a person should know of a rule: what it says in a line, why, and an example of each kind."""

    title: Text
    why: Text
    bad: Text
    good: Text


_texts_set: dict[str, RuleText] = {}


def set_rule_text(module: str, words: RuleText) -> None:
    """Say the words of a rule that is no file of its own; `module` is the rule's."""
    _texts_set[module] = words


def rule_text(rule: Rule) -> RuleText:
    """The words of a rule. Raises ValueError, naming the file, when one of kb's own lacks the fixed shape."""
    if rule.module in _texts_set:
        return _texts_set[rule.module]
    doc = inspect.cleandoc(getattr(sys.modules.get(rule.module), "__doc__", None) or "")
    try:
        return parse_docstring(doc)
    except ValueError as error:
        if rule.module.startswith("linters."):
            raise ValueError(f"{rule.module}: {error}") from None
    title, _, rest = doc.partition("\n")
    ja, _, en = (title.strip() or rule.name).partition(" / ")
    nothing = t("", "")
    return RuleText(t(ja, en or ja), t(rest.strip(), rest.strip()), nothing, nothing)


def parse_docstring(doc: str) -> RuleText:
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
    return RuleText(t(ja, en), t(why_ja, why_en), t(bad_ja, bad_en), t(good_ja, good_en))
