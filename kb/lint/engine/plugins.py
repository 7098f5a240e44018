"""Load all rules: kb's own, those of packages and `kb_rules/`, and those declared in kb.toml.

    loaded = plugins.load(plugins.gather(workspace))
    loaded.rules, loaded.troubles, loaded.extras, loaded.digest

`Extras` says which rules there are besides kb's own, in plain values: it travels to workers, which
`load` the same. What cannot be loaded is named with its package or file and hides nothing else.
"""

from __future__ import annotations

import hashlib
import importlib
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

import msgspec

import kb
from kb.errors import ConfigError, ToolError, os_reason
from kb.lint.engine import plugin_sources
from kb.lint.engine.plugin_sources import RULES_FOLDER, RuleFile
from kb.model.finding import Severity
from kb.rules import declared, registry
from kb.rules.declared import DeclaredRule
from kb.rules.gate import list_patterns
from kb.rules.registry import Rule
from kb.settings.toml import TomlReader
from kb.settings.workspace import FILE_NAME, Workspace, find_config
from kb.text.display import sanitize
from kb.text.lang import Text, t


@dataclass(frozen=True, slots=True)
class RuleSources:
    """The rules there are besides kb's own. `packages`: whether installed packages are searched."""

    packages: bool = False
    files: tuple[RuleFile, ...] = ()
    declared: tuple[DeclaredRule, ...] = ()


NO_EXTRAS = RuleSources()
"""kb's own rules, and no others."""


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """All rules by code, what failed to load, and a hash of the sources besides kb's own."""

    rules: tuple[Rule, ...]
    troubles: tuple[ToolError, ...] = ()
    extras: RuleSources = NO_EXTRAS
    digest: bytes = field(default=b"", repr=False)


def gather_sources(workspace: Workspace | None) -> RuleSources:
    """Return the rule sources of this workspace. Raises ConfigError for invalid TOML."""
    if workspace is None:
        return RuleSources(packages=True)
    found = list(_in_config(workspace))
    folder = workspace.root / RULES_FOLDER
    files: tuple[RuleFile, ...] = ()
    try:
        for path in sorted(folder.glob("*.toml")):
            found += declared.read_rules_toml(path.read_text("utf-8-sig"), f"{RULES_FOLDER}/{path.name}")
        if workspace.settings.lint.kb_rules:
            files = plugin_sources.read_rule_files(folder)
    except (OSError, UnicodeDecodeError) as error:
        why = os_reason(error) if isinstance(error, OSError) else t("UTF-8 ではありません", "not UTF-8")
        raise ConfigError(
            t(f"{folder} の規則を読めません（{why.ja}）。", f"the rules in {folder} cannot be read ({why.en})."),
            t("UTF-8 で保存されているか、権限を確かめてください。", "check that they are UTF-8 and readable."),
        ) from None
    return RuleSources(True, files, tuple(found))


def _in_config(workspace: Workspace) -> Iterator[DeclaredRule]:
    """Yield the rules of kb.toml; its text is read again to name lines."""
    if workspace.settings.lint.rule:
        named = find_config()
        path = named if named and named.parent == workspace.root else workspace.root / FILE_NAME
        text = path.read_text("utf-8-sig") if path.is_file() else ""
        yield from declared.read_declared_rules(
            workspace.settings.lint.rule, TomlReader(text, path.name), ("lint", "rule")
        )


def note_disabled(workspace: Workspace | None) -> Text | None:
    """Return a note if kb.toml does not enable the rules in `kb_rules/`."""
    if workspace is None or workspace.settings.lint.kb_rules:
        return None
    if not any((workspace.root / RULES_FOLDER).glob("*.py")):
        return None
    return t(
        f"{RULES_FOLDER}/ の規則（Python）は動かしていません。動かすには kb.toml の [lint] に {RULES_FOLDER} = true。",
        f"the Python rules in {RULES_FOLDER}/ were not run; to run them set {RULES_FOLDER} = true in [lint] "
        "of kb.toml.",
    )


def load_all_rules(extras: RuleSources = NO_EXTRAS) -> LoadedRules:
    """Load all rules. Raises ConfigError when a declared rule's code or name is taken."""
    return _load(extras, registry.load_rules())


@lru_cache(maxsize=1)
def _load(extras: RuleSources, own: tuple[Rule, ...]) -> LoadedRules:
    registry.forget_rules(_lately)
    _lately.clear()
    found = _Found(own)
    for offer in plugin_sources.list_offers() if extras.packages else ():
        where = f"{plugin_sources.describe_distribution(offer)} ({offer.value})"
        found.add(where, partial(plugin_sources.load_offer, offer), partial(plugin_sources.hash_offer, offer))
    plugin_sources.reset_rule_package(extras.files)
    for file in extras.files:
        where = f"{RULES_FOLDER}/{Path(file.path).name}"
        _lately.extend(
            found.add(where, partial(plugin_sources.load_rule_file, file), partial(plugin_sources.rule_sources, file))
        )
    _lately.extend(found.declare(row) for row in extras.declared)
    return LoadedRules(
        tuple(sorted(found.rules, key=lambda rule: rule.code)), tuple(found.troubles), extras, found.digest()
    )


_OURS = (Path(kb.__file__).parent, Path(importlib.__file__).parent)

_lately: list[Rule] = []
"""The rules of the workspace that was loaded last, which those of the next may replace."""


class _Found:
    """Collects rules, each with a code and a name of its own."""

    def __init__(self, own: Sequence[Rule]) -> None:
        self.rules = list(own)
        self.troubles: list[ToolError] = []
        self._names = {rule.name for rule in own}
        self._sources: list[bytes] = []

    def digest(self) -> bytes:
        """Return a hash of all sources; "" with only kb's own rules."""
        return hashlib.blake2b(msgspec.msgpack.encode(self._sources)).digest() if self._sources else b""

    def add(
        self, where: str, make: Callable[[], tuple[Rule, ...]], source: Callable[[tuple[Rule, ...]], bytes]
    ) -> tuple[Rule, ...]:
        """Return the rules of one package or file; none, and a trouble, if they cannot work."""
        made: tuple[Rule, ...] = ()
        try:
            made = make()
            self._verify(made)
            self._sources.append(source(made))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # foreign code may raise anything on import
            registry.forget_rules(made)
            self.troubles.append(_load_error(where, error))
            return ()
        self._take(made)
        return made

    def declare(self, row: DeclaredRule) -> Rule:
        """Register a declared rule. Raises ConfigError when its code or name is taken."""
        if row.settings.name in self._names:
            raise ConfigError(
                t(
                    f"{row.where.ja}: 規則名 {row.settings.name} はほかの規則が使っています。",
                    f"{row.where.en}: the name {row.settings.name} belongs to another rule.",
                ),
                t("別の名前にしてください。", "give it another name."),
            )
        rule = declared.register_declared(row)
        self._sources.append(msgspec.msgpack.encode(row.settings))
        self._take((rule,))
        return rule

    def _verify(self, made: Sequence[Rule]) -> None:
        for rule in made:
            if not (
                isinstance(rule.severity, Severity)
                and isinstance(rule.kinds, frozenset)
                and isinstance(rule.gate, tuple)
                and declared.CODE_PATTERN.fullmatch(rule.code)
            ):
                raise TypeError(f"{rule.code!r}: a Rule has a code as ACME001, a Severity, and kinds as frozenset")
            if rule.name in self._names or [each.name for each in made].count(rule.name) > 1:
                raise ValueError(f"{rule.code}: the name {rule.name} belongs to another rule")
            try:
                list_patterns(registry.groups_of([rule]))
            except KeyError as error:
                raise ValueError(f"{rule.code}: there is no group {error}") from None

    def _take(self, made: Sequence[Rule]) -> None:
        self.rules += made
        self._names.update(rule.name for rule in made)


def _is_internal(file: str) -> bool:
    """Return whether a line of code is kb's or Python's own, so not where a rule must be fixed."""
    return file.startswith("<") or any(Path(file).is_relative_to(folder) for folder in _OURS)


def _load_error(where: str, error: BaseException) -> ToolError:
    """Describe what failed to load, by its place and the last line of code that is not kb's."""
    last = ""
    if isinstance(error, SyntaxError):
        last = f"{Path(error.filename).name}:{error.lineno} " if error.filename else ""
    elif theirs := [each for each in traceback.extract_tb(error.__traceback__) if not _is_internal(each.filename)]:
        last = f"{Path(theirs[-1].filename).name}:{theirs[-1].lineno} "
    reason = sanitize(str(error.msg if isinstance(error, SyntaxError) else error))[:200]
    trouble = ToolError(
        t(
            f"{where} の規則を読み込めません（{last}{type(error).__name__}: {reason}）。",
            f"the rules of {where} cannot be loaded ({last}{type(error).__name__}: {reason}).",
        ),
        t(
            "ほかの規則は使いました。--debug で詳しく見られます。",
            "all other rules were used; --debug shows more.",
        ),
    )
    trouble.__cause__ = error
    return trouble
