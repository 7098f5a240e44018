"""Which rules run: `--select` and `--ignore`, by code, by the beginning of a code, or by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from kb.errors import ConfigError, UsageError
from kb.lang import t
from kb.lint.rules import Rule


def chosen(
    rules: Sequence[Rule], select: Iterable[str] = (), ignore: Iterable[str] = (), *, strict: bool = False
) -> tuple[Rule, ...]:
    """The rules that run.

    Without `select`, those that are on by default, or with `strict` all there are. A beginning
    (`INC4`) takes those of them that begin so, and where all of these are off (`PII`), them; a whole code
    or name takes a rule that is off too.
    Where both speak of one rule, the longer one decides, and `ignore` when they are equally long.
    Raises UsageError for a selector that means no rule.
    """
    wanted = [_known(word, rules) for word in select]
    unwanted = [_known(word, rules) for word in ignore]
    off = frozenset(word for word in wanted if not any(rule.on and rule.code.startswith(word) for rule in rules))
    return tuple(
        rule
        for rule in rules
        if _reach(rule, wanted, bool(wanted), strict, off) > _reach(rule, unwanted, True, strict=True)
    )


def reached(word: str, rules: Sequence[Rule]) -> frozenset[str]:
    """The codes of all rules a selector speaks of, on or off. Raises UsageError for one that means no rule."""
    selector = _known(word, rules)
    return frozenset(rule.code for rule in rules if _means(selector, rule, strict=True))


def _reach(rule: Rule, selectors: list[str], given: bool, strict: bool, off: frozenset[str] = frozenset()) -> int:
    """How exactly selectors speak of a rule: the length of the longest; -1 for none, 0 for the default.

    Those of `off` speak of nothing that is on.
    """
    if not given:
        return 0 if rule.on or strict else -1
    return max((len(each) for each in selectors if _means(each, rule, strict or each in off)), default=-1)


def _means(selector: str, rule: Rule, strict: bool) -> bool:
    return rule.code == selector or ((rule.on or strict) and rule.code.startswith(selector))


def find(word: str, rules: Sequence[Rule]) -> Rule:
    """The rule of this code or name, in any case. Raises UsageError with the nearest one."""
    for rule in rules:
        if word.casefold() in (rule.code.casefold(), rule.name):
            return rule
    raise _unknown(word, rules)


@contextmanager
def named_in(where: str) -> Iterator[None]:
    """Say in which table of kb.toml a rule stands that nobody knows. Raises ConfigError."""
    try:
        yield
    except UsageError as error:
        what = error.what
        raise ConfigError(
            t(f"kb.toml の {where}: {what.ja}", f"{where} of kb.toml: {what.en}"), error.next_step
        ) from None


def _known(word: str, rules: Sequence[Rule]) -> str:
    """A selector as a code or the beginning of one."""
    word = word.strip()
    upper = word.upper()
    if upper and any(rule.code.startswith(upper) for rule in rules):
        return upper
    return find(word, rules).code


def _unknown(word: str, rules: Sequence[Rule]) -> UsageError:
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
