"""Rules of installed packages: the entry-point group `kb.rules`.

    [project.entry-points."kb.rules"]
    acme = "acme_rules"

The value names a module, or a package whose modules are all imported, so that one file is one
rule there too. Asking `importlib.metadata` takes 30 ms, most of it for loading its parsers; so the
files it would read are looked through first, which takes one.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from kb.rules import registry
from kb.rules.registry import Rule
from kb.text.lazy_pattern import compile_lazy

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


ENTRY_POINT_GROUP = "kb.rules"
_OFFER = compile_lazy(rb"^\[kb\.rules\]\s*\n\s*[^\[\s]", re.M)


def list_offers() -> tuple[EntryPoint, ...]:
    """Return what installed packages offer, by package and name."""
    return _offers(tuple(sys.path))


@lru_cache(maxsize=1)
def _offers(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    if not any(map(_announces, path)):
        return ()
    from importlib.metadata import entry_points

    return tuple(
        sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda each: (describe_distribution(each), each.name))
    )


def describe_distribution(offer: EntryPoint) -> str:
    """Return an offer's package and version."""
    return f"{offer.dist.name} {offer.dist.version}" if offer.dist else "?"


@cache
def load_offer(offer: EntryPoint) -> tuple[Rule, ...]:
    """Load an offer's rules. Re-raises import errors, with none of its rules left registered."""

    def make() -> None:
        offer.load()
        registry.import_package(sys.modules[offer.module])

    return registry.collect_rules(make)


def hash_offer(offer: EntryPoint, made: Iterable[Rule]) -> bytes:
    """Return a hash of an offer's sources: its files and the modules beside them."""
    found = hashlib.blake2b(describe_distribution(offer).encode(), digest_size=16)
    for file in sorted({file for module in (offer.module, *(rule.module for rule in made)) for file in _files(module)}):
        found.update(os.fsencode(file.name) + b"\0" + file.read_bytes())
    return found.digest()


def _files(module: str) -> Iterable[Path]:
    file = getattr(sys.modules.get(module) or import_module(module), "__file__", None)
    if file is None:
        return ()
    return Path(file).parent.glob("*.py") if Path(file).parent.joinpath("__init__.py").exists() else (Path(file),)


def _announces(folder: str) -> bool:
    """Return whether a package in this folder of `sys.path` offers rules."""
    try:
        with os.scandir(folder or ".") as entries:
            return any(_offers_rules(entry) for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return False


def _offers_rules(entry: os.DirEntry[str]) -> bool:
    try:
        with open(os.path.join(entry.path, "entry_points.txt"), "rb") as file:
            return _OFFER.search(file.read().replace(b"\r\n", b"\n")) is not None
    except OSError:
        return False


# `kb_rules/*.py`: a team's own rules, which run only with `[lint] kb_rules = true`. Their sources travel to workers,
# so that all judge by the same text. Files that begin with `_` are loaded first: they hold what the others share
# (`from kb_rules._words import …`).


RULES_FOLDER = "kb_rules"


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file: module name, path and source."""

    module: str
    path: str
    source: bytes = field(repr=False)


def read_rule_files(folder: Path) -> tuple[RuleFile, ...]:
    """Return the files of a folder, shared modules first. Raises OSError."""
    paths = sorted(folder.glob("*.py"), key=lambda path: (not path.name.startswith("_"), path.name))
    return tuple(map(read_rule_file, paths))


def read_rule_file(path: Path) -> RuleFile:
    """Read one file. Raises OSError."""
    return RuleFile(f"{RULES_FOLDER}.{path.stem}", str(path), path.read_bytes())


def reset_rule_package(files: Iterable[RuleFile]) -> None:
    """Forget what was loaded as `kb_rules` and create the package anew."""
    for name in [name for name in sys.modules if name == RULES_FOLDER or name.startswith(RULES_FOLDER + ".")]:
        del sys.modules[name]
    if any(True for _ in files):
        package = ModuleType(RULES_FOLDER)
        package.__path__ = []
        sys.modules[RULES_FOLDER] = package


def load_rule_file(file: RuleFile) -> tuple[Rule, ...]:
    """Load one file's rules. Re-raises its errors, with none of its rules left registered."""
    module = ModuleType(file.module)
    module.__file__ = file.path
    name = file.module.rpartition(".")[2]

    def make() -> None:
        sys.modules[file.module] = module
        exec(compile(file.source, file.path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - the opt-in's point
        setattr(sys.modules[RULES_FOLDER], name, module)

    try:
        return registry.collect_rules(make)
    except BaseException:
        sys.modules.pop(file.module, None)
        raise


def rule_sources(file: RuleFile, made: tuple[Rule, ...]) -> bytes:
    """Return the files that a file's rules are made of."""
    return file.source
