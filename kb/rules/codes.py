"""Codes of rules: which are about secrets, which a selector means, what kb.toml says of them. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from kb.errors import ConfigError, UsageError
from kb.model.finding import Finding, Severity
from kb.model.page import Entry
from kb.model.secret import SecretKind
from kb.rules.registry import Rule
from kb.settings.kb_toml import LintSettings
from kb.text.lang import t

CREDENTIAL_PREFIX = "SEC"
PERSONAL_PREFIX = "PII"
SECRET_PREFIXES = (CREDENTIAL_PREFIX, PERSONAL_PREFIX)
"""How the codes of rules about credentials and about personal data begin; both are handled alike."""

LEFT_IN_HISTORY = "SEC201"
"""What was removed from a page, and is still in its history."""

RECURRED = "INC601"
"""The same trouble again. A person can answer of it; where others read it, it names no owner, which would be blame."""

_PERSONAL = {kind.code: kind for kind in SecretKind if kind.code.startswith(PERSONAL_PREFIX)}
"""The kinds of personal data, by the codes of their rules."""


def is_secret(code: str) -> bool:
    """Whether a finding of this code is about a secret."""
    return code.startswith(SECRET_PREFIXES)


def personal_kinds(codes: Iterable[str]) -> frozenset[SecretKind]:
    """The kinds of personal data these rules speak of; no other is looked for."""
    return frozenset(_PERSONAL[code] for code in codes if code in _PERSONAL)


def enabled_personal_kinds(select: Iterable[str], ignore: Iterable[str]) -> frozenset[SecretKind]:
    """The kinds of personal data the rules kb.toml selects speak of, as `kb.rules.codes` decides; loads no rule."""
    # "P" takes the rules on posts, which are on; where a beginning takes any of those it takes none that are off.
    wanted, unwanted = [word for word in select if word.strip().casefold() != "p"], list(ignore)
    return personal_kinds(code for code in _PERSONAL if _personal_reach(code, wanted) > _personal_reach(code, unwanted))


def _personal_reach(code: str, words: Iterable[str]) -> int:
    """How exactly the longest of some selectors speaks of a rule, -1 for none."""
    named = {_PERSONAL[code].rule_name, code.casefold()}
    folded = (word.strip().casefold() for word in words)
    reaches = (len(code) if word in named else len(word) for word in folded if word and _selects_personal(word, code))
    return max(reaches, default=-1)


def _selects_personal(word: str, code: str) -> bool:
    return word == _PERSONAL[code].rule_name or code.casefold().startswith(word)


def is_nameless(finding: Finding) -> bool:
    """Whether a finding is on a secret, or on a machine outside the model, that nobody could name for want of a key.

    Another value in its place would look the same, and a machine's own name is not for files that are shared: it can
    be neither baselined nor allowed.
    """
    return finding.sealed_with == "" or (finding.secret is not None and not finding.secret.value_id)


# Which rules run: `--select` and `--ignore`, by code, by the beginning of a code, or by name.


def select_rules(
    rules: Sequence[Rule], select: Iterable[str] = (), ignore: Iterable[str] = (), *, strict: bool = False
) -> tuple[Rule, ...]:
    """The rules that run.

    Without `select`, those that are on by default, or with `strict` all there are. A beginning
    (`INC4`) takes those of them that begin so, and where all of these are off (`PII`), them; a whole code
    or name takes a rule that is off too.
    Where both speak of one rule, the longer one decides, and `ignore` when they are equally long.
    Raises UsageError for a selector that means no rule.
    """
    wanted = [_resolve_selector(word, rules) for word in select]
    unwanted = [_resolve_selector(word, rules) for word in ignore]
    off = frozenset(word for word in wanted if not any(rule.on and rule.code.startswith(word) for rule in rules))
    return tuple(
        rule
        for rule in rules
        if _selector_reach(rule, wanted, bool(wanted), strict, off) > _selector_reach(rule, unwanted, True, strict=True)
    )


def expand_selector(word: str, rules: Sequence[Rule]) -> frozenset[str]:
    """The codes of all rules a selector speaks of, on or off. Raises UsageError for one that means no rule."""
    selector = _resolve_selector(word, rules)
    return frozenset(rule.code for rule in rules if _selects(selector, rule, strict=True))


def _selector_reach(
    rule: Rule, selectors: list[str], given: bool, strict: bool, off: frozenset[str] = frozenset()
) -> int:
    """How exactly selectors speak of a rule: the length of the longest; -1 for none, 0 for the default.

    Those of `off` speak of nothing that is on.
    """
    if not given:
        return 0 if rule.on or strict else -1
    return max((len(each) for each in selectors if _selects(each, rule, strict or each in off)), default=-1)


def _selects(selector: str, rule: Rule, strict: bool) -> bool:
    return rule.code == selector or ((rule.on or strict) and rule.code.startswith(selector))


def find_rule(word: str, rules: Sequence[Rule]) -> Rule:
    """The rule of this code or name, in any case. Raises UsageError with the nearest one."""
    for rule in rules:
        if word.casefold() in (rule.code.casefold(), rule.name):
            return rule
    raise _unknown_rule(word, rules)


@contextmanager
def config_errors_in(where: str) -> Iterator[None]:
    """Say in which table of kb.toml a rule stands that nobody knows. Raises ConfigError."""
    try:
        yield
    except UsageError as error:
        what = error.what
        raise ConfigError(
            t(f"kb.toml の {where}: {what.ja}", f"{where} of kb.toml: {what.en}"), error.next_step
        ) from None


def _resolve_selector(word: str, rules: Sequence[Rule]) -> str:
    """A selector as a code or the beginning of one."""
    word = word.strip()
    upper = word.upper()
    if upper and any(rule.code.startswith(upper) for rule in rules):
        return upper
    return find_rule(word, rules).code


def _unknown_rule(word: str, rules: Sequence[Rule]) -> UsageError:
    if word and any(rule.code.startswith(word.upper()) for rule in rules):
        return UsageError(
            t(f"「{word[:40]}」は規則 1 つの名前ではありません。", f"{word[:40]!r} is not the name of one rule."),
            t("コードの全部か規則名を書いてください。例: INC402", "write the whole code, or the name, as in INC402."),
        )
    names = {name.casefold(): name for rule in rules for name in (rule.code, rule.name)}
    near = difflib.get_close_matches(word.casefold(), names, n=1, cutoff=0.5)
    return UsageError(
        t(f"「{word[:40]}」という規則はありません。", f"there is no rule {word[:40]!r}."),
        t(f"{names[near[0]]} ではありませんか。", f"did you mean {names[near[0]]}?")
        if near
        else t("kb explain で一覧を見られます。", "kb explain lists them all."),
    )


# What kb.toml says of rules: severities of the team's own, and places where rules are silent.


@dataclass(slots=True)
class PathIgnore:
    """One glob of `[lint.per-path-ignores]` with one of its words. `used` once it left something out."""

    glob: str
    word: str
    codes: frozenset[str]
    used: bool = False


@dataclass(slots=True)
class TeamRules:
    """The team's own severities and silences. Raises ConfigError for a rule nobody knows."""

    settings: LintSettings
    every: Sequence[Rule]
    severities: dict[str, Severity] = field(default_factory=dict)
    ignores: list[PathIgnore] = field(default_factory=list)

    def __post_init__(self) -> None:
        with config_errors_in("[lint.severity]"):
            for word, level in self.settings.severity:
                self.severities[find_rule(word, self.every).code] = Severity[level.upper()]
        with config_errors_in("[lint.per-path-ignores]"):
            for glob, words in self.settings.per_path_ignores:
                self.ignores += (PathIgnore(glob, word, expand_selector(word, self.every)) for word in words)

    def own(self, entry: Entry, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Findings with the team's severities, without those it does not want in this place."""
        if findings and self.ignores:
            findings = self._heard(entry, findings)
        if self.severities:
            findings = [
                replace(each, severity=self._own_severity(each)) if each.code in self.severities else each
                for each in findings
            ]
        return findings

    def _own_severity(self, finding: Finding) -> Severity:
        """Return the team's severity; what says less than its rule does stays below it."""
        own = self.severities[finding.code]
        return min(own, finding.severity) if finding.severity < find_rule(finding.code, self.every).severity else own

    def unused(self) -> Iterable[PathIgnore]:
        """The ignores that left nothing out."""
        return (each for each in self.ignores if not each.used)

    def _heard(self, entry: Entry, findings: Sequence[Finding]) -> Sequence[Finding]:
        from kb.text.globs import matches_glob  # only findings in such a place need it

        places = (f"{entry.category}/{entry.title}".lstrip("/"), str(entry.doc))
        here = [each for each in self.ignores if any(matches_glob(each.glob, place) for place in places)]
        left = []
        for found in findings:
            by = [each for each in here if found.code in each.codes]
            for each in by:
                each.used = True
            if not by:
                left.append(found)
        return left
