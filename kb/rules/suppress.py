"""Apply a page's suppressions and report those that are wrong.

Reports suppressions that cover nothing, give no reason, are misspelled or have expired. Pure and linear; the
caller passes the day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from kb.model.facts import Confidence
from kb.model.finding import Edit, Finding
from kb.model.masked import Masked
from kb.model.page import Entry
from kb.rules.directives import DIRECTIVE_WORD, Directive, SuppressionScope
from kb.rules.finding import MAX_QUOTE, make_finding, position_key
from kb.rules.registry import Hit, Rule
from kb.rules.suppressions import (
    EXPIRED,
    HYGIENE,
    NO_REASON,
    UNKNOWN,
    UNUSED,
    CodeLookup,
    Suppression,
    SuppressionIndex,
    has_line,
    interpret_directive,
)
from kb.text.fold import hash_content
from kb.text.lang import Text, t

WHY_PLACEHOLDER = "{why}"
"""Placeholder in these rules' texts for the codes, the day, or the mistake."""


def apply_suppressions(
    entry: Entry,
    found: Iterable[Finding],
    directives: Sequence[Directive],
    *,
    rules: Sequence[Rule],
    ran: Collection[str],
    today: date,
) -> list[Finding]:
    """Return a document's findings, suppressed ones with a Waiver, plus those about suppressions.

    `rules` are all loaded rules, `ran` the codes that judged the document, including those whose gate stayed
    closed: only these can be called unused. A suppression holds through its end date. One with a wrong code, date
    or closing mark has no effect (KB903).
    """
    others = [each for each in found if each.code not in HYGIENE]
    if not directives:
        return others
    words = CodeLookup(rules)
    suppressions = [interpret_directive(directive, words, today) for directive in directives]
    cover = SuppressionIndex(suppressions, words)
    judged = [cover.waive(each, entry.part) for each in others]
    hygiene = {rule.code: rule for rule in rules if rule.code in HYGIENE and rule.code in ran}
    wide = {each.code for each in judged if each.waiver is None and not has_line(each, entry.part)}
    reports = list(_SuppressionReport(entry, hygiene, words, frozenset(ran), wide, cover).findings(suppressions, today))
    waived = [cover.waive(each, entry.part) for each in reports]
    return sorted([*judged, *waived], key=position_key)


class _SuppressionReport:
    """Reports the suppressions of one document."""

    def __init__(
        self,
        entry: Entry,
        hygiene: dict[str, Rule],
        words: CodeLookup,
        ran: frozenset[str],
        wide: set[str],
        cover: SuppressionIndex,
    ) -> None:
        self._entry = entry
        self._wide = wide  # codes of findings on the page as a whole that nothing covers
        self._cover = cover
        self._spoken = hygiene
        self._words = words
        self._ran = ran
        self._seen: Counter[str] = Counter()
        self._near: dict[str, str] = {}
        self._needed: dict[str, frozenset[str]] = {}

    def findings(self, suppressions: Iterable[Suppression], today: date) -> Iterator[Finding]:
        """Yield the findings in page order."""
        for each in suppressions:
            directive = each.directive
            faults = list(self._faults(each))
            if faults:
                why = t("。".join(fault.ja for fault in faults), "; ".join(fault.en for fault in faults))
                yield from self._finding(UNKNOWN, each, why=why)
            if each.until and each.until < today:
                yield from self._finding(EXPIRED, each, why=_same(each.until.isoformat()), fix=directive.removal)
            if not each.reason and each.known:
                yield from self._finding(NO_REASON, each)
            if each.live:
                unused = [
                    word for word in each.known if self._is_unused(word, each) and not self._is_too_narrow(word, each)
                ]
                if unused:
                    whole = len(unused) == len(each.known) and not each.unknown
                    fix = directive.removal if whole else None
                    yield from self._finding(UNUSED, each, why=_same(", ".join(unused)), fix=fix)

    def _faults(self, each: Suppression) -> Iterator[Text]:
        """Yield what is misspelled in a suppression."""
        directive = each.directive
        if directive.scope is SuppressionScope.UNKNOWN:
            yield t(f"{directive.codes[0]} という書き方はありません", f"there is no {directive.codes[0]}")
            return
        if not directive.closed:
            yield t("コメントが --> で閉じていません", "the comment is not closed by -->")
        if not directive.codes:
            yield t("規則のコードがありません", "it names no rule")
        for word in each.unknown[:5]:
            near = self._nearest(word)
            yield t(
                f"{word} という規則はありません" + (f"。{near} ではありませんか" if near else ""),
                f"there is no rule {word}" + (f": did you mean {near}?" if near else ""),
            )
        if directive.until and each.until is None:
            yield t(
                f"until={directive.until[:40]} は日付として読めません。例: until=2026-12-31",
                f"until={directive.until[:40]} is not a date, as until=2026-12-31 is",
            )
        if directive.scope is not SuppressionScope.PAGE:
            for word in each.known:
                if self._words.meaning(word) <= set(HYGIENE):
                    yield t(
                        f"{word} を抑えられるのは {DIRECTIVE_WORD}-page だけです",
                        f"only {DIRECTIVE_WORD}-page can suppress {word}",
                    )
                elif self._is_too_narrow(word, each):
                    yield t(
                        f"{word} の指摘はページ全体についてのもので、抑えられるのは {DIRECTIVE_WORD}-page だけです",
                        f"what {word} finds is about the page as a whole: only {DIRECTIVE_WORD}-page can suppress it",
                    )

    def _nearest(self, word: str) -> str:
        if word not in self._near:
            self._near[word] = self._words.nearest(word) if len(self._near) < _MAX_HINTS and len(word) <= 40 else ""
        return self._near[word]

    def _is_too_narrow(self, word: str, each: Suppression) -> bool:
        """Return whether a line or section suppression targets a finding without a line, such as a missing section."""
        narrow = each.live and each.directive.scope is not SuppressionScope.PAGE
        return narrow and not self._cover.is_used(each, word) and not self._wide.isdisjoint(self._words.meaning(word))

    def _is_unused(self, word: str, each: Suppression) -> bool:
        """Return whether every rule the word means ran and none found anything to cover."""
        if word not in self._needed:
            self._needed[word] = self._words.judging_codes(word, self._entry.kind)
        meant = self._needed[word]
        return bool(meant) and meant <= self._ran and not self._cover.is_used(each, word)

    def _finding(
        self, code: str, each: Suppression, *, why: Text | None = None, fix: Edit | None = None
    ) -> Iterator[Finding]:
        """Yield a finding on a suppression if its rule judged the document."""
        rule = self._spoken.get(code)
        if rule is None or rule.says is None:
            return
        directive = each.directive
        spelling = f"{_SPELLING[directive.scope]} {', '.join(directive.codes)}".strip()
        self._seen[f"{code} {spelling}"] += 1
        why = why or t("", "")
        hit = Hit(
            t(rule.says.ja.replace(WHY_PLACEHOLDER, why.ja), rule.says.en.replace(WHY_PLACEHOLDER, why.en)),
            directive.span,
            Confidence.HIGH,
            role=f"{spelling}.{self._seen[f'{code} {spelling}']}",
            edits=(fix,) if fix else (),
        )
        content = hash_content(f"{spelling} {directive.until} {directive.reason}")
        quote = Masked(spelling[:MAX_QUOTE])  # as the masked page has it
        yield make_finding(rule, hit, self._entry.doc, self._entry.part, content=content, quote=quote)


_MAX_HINTS = 20
"""How many words of a page are compared with all names: a millisecond each."""
_SPELLING = {
    SuppressionScope.LINE: DIRECTIVE_WORD,
    SuppressionScope.SECTION: f"{DIRECTIVE_WORD}-section",
    SuppressionScope.PAGE: f"{DIRECTIVE_WORD}-page",
    SuppressionScope.UNKNOWN: "",
}


def _same(words: str) -> Text:
    return t(words, words)
