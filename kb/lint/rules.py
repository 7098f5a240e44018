"""Rules: their two shapes and the registry.

A rule is one file of `linters/<family>/`. Its docstring explains it (`kb explain`, docs/rules),
the file name is the rule's name, and creating the `Rule` registers it; nobody edits a list.

    rule = Rule("INC401", __name__, Severity.ERROR, gate=("incident",), check=check)

`check(page)` sees one document and the Facts read from it, and is cached by the document's
content hash and the rule's version. `join(facts, world)` sees Facts and the world's plain
tables, and is computed anew each time: what depends on another document, a person or the clock.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TypeAlias

from kb.lang import Text
from kb.model import Confidence, Page, Severity, Span


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing a rule saw. The engine adds the code, the document, and the fingerprints.

    `role` tells hits of one rule on one page apart and stays the same under edits. `section` is
    the stretch whose text decides whether a baselined finding is still the same one; None
    stands for the whole body.
    """

    message: Text
    span: Span
    confidence: Confidence
    role: str = ""
    section: Span | None = None
    part: str = ""


Check: TypeAlias = Callable[[Page], Iterable[Hit]]

_registry: dict[str, Rule] = {}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's identity. `module` is `__name__` of its file, which names the rule.

    `gate` names the patterns of `kb.lint.gate` of which a document must show at least one
    before `check` is called; empty means every document. `version` is raised when the rule
    decides differently, so that cached findings are made anew. Raises ValueError when the code
    is taken by another file.
    """

    code: str
    module: str
    severity: Severity
    check: Check
    gate: tuple[str, ...] = ()
    on: bool = True
    version: int = 1

    def __post_init__(self) -> None:
        taken = _registry.get(self.code)
        if taken is not None and taken.module != self.module:
            raise ValueError(f"{self.code}: both {taken.module} and {self.module}")
        _registry[self.code] = self

    @property
    def name(self) -> str:
        """The rule's name: its file's, with hyphens."""
        return self.module.rpartition(".")[2].replace("_", "-")


def load(package: str = "linters") -> tuple[Rule, ...]:
    """All rules of the families below `package`, by code."""
    for _ in _modules(importlib.import_module(package)):
        pass
    return tuple(_registry[code] for code in sorted(_registry))


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        yield importlib.import_module(info.name)
