"""`kb_rules/*.py` beside kb.toml: a team's own rules as code, loaded by path.

They run only when kb.toml says `[lint] kb_rules = true`. Their sources travel to workers with the
orders, so that all judge by the same text. Files that begin with `_` are loaded first: they hold
what the others share (`from kb_rules._words import …`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from kb.lint import rules
from kb.lint.rules import Rule

FOLDER = "kb_rules"


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file: the module's name, where it stands, and what it says."""

    module: str
    path: str
    source: bytes = field(repr=False)


def read(folder: Path) -> tuple[RuleFile, ...]:
    """The files of a folder, those that others share first. Raises OSError."""
    paths = sorted(folder.glob("*.py"), key=lambda path: (not path.name.startswith("_"), path.name))
    return tuple(map(one, paths))


def one(path: Path) -> RuleFile:
    """One file. Raises OSError."""
    return RuleFile(f"{FOLDER}.{path.stem}", str(path), path.read_bytes())


def begin(files: Iterable[RuleFile]) -> None:
    """Forget what was loaded as `kb_rules` before, and open the package anew."""
    for name in [name for name in sys.modules if name == FOLDER or name.startswith(FOLDER + ".")]:
        del sys.modules[name]
    if any(True for _ in files):
        package = ModuleType(FOLDER)
        package.__path__ = []
        sys.modules[FOLDER] = package


def load(file: RuleFile) -> tuple[Rule, ...]:
    """The rules of one file. Raises whatever running it does, with none of its rules left."""
    module = ModuleType(file.module)
    module.__file__ = file.path
    name = file.module.rpartition(".")[2]

    def make() -> None:
        sys.modules[file.module] = module
        exec(compile(file.source, file.path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - the opt-in's point
        setattr(sys.modules[FOLDER], name, module)

    try:
        return rules.made_by(make)
    except BaseException:
        sys.modules.pop(file.module, None)
        raise


def source(file: RuleFile, made: tuple[Rule, ...]) -> bytes:
    """What the rules of a file are made of."""
    return file.source
