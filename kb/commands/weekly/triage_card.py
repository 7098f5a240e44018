"""The card of a finding in `kb triage`: eighty columns, foreign text safe."""

from __future__ import annotations

from collections.abc import Iterator

from kb.console.sitting import card_width
from kb.console.terminal import link, paint
from kb.lint.formats.rows import FindingRow
from kb.lint.formats.source_lines import render_snippet
from kb.lint.formats.wording import SEVERITIES, describe_next_step, describe_secret
from kb.lint.printable import defuse_commands, safe_url
from kb.model.finding import Finding
from kb.model.masked import EMPTY, Masked
from kb.rules.registry import RuleText
from kb.text.display import display_width, pad, sanitize, wrap
from kb.text.lang import Text, current_language, t

_LABELS = (
    t("場所", "where"),
    t("言葉", "words"),
    t("指摘", "finding"),
    t("なぜ", "why"),
    t("良い例", "good"),
)
_SECRET = t("秘密", "secret")
_SEEN = t("証拠", "seen")
_NEXT = t("次に", "next")
_MAX_PROOF = 5


def format_finding_card(row: FindingRow, words: RuleText, line: Masked, number: int, total: int) -> Iterator[str]:
    """Yield the lines that show one finding: where it is, the marked words in their `line`, why, and a good example.

    Of a line that holds a secret no word is shown; what the secret is stands there instead.
    """
    entry, finding = row.entry, row.finding
    severity, colour = SEVERITIES[finding.severity]
    name = f"{finding.code} {finding.rule}"
    ruler = "─" * max(0, card_width() - display_width(f"{number}/{total} {severity} {name} "))
    yield f"{number}/{total} {paint(str(severity), colour)} {paint(name, 'bold')} {paint(ruler, 'dim')}"
    title, *rest = (paint(each, "bold") for each in wrap(row.title or "-", card_width()))
    yield link(title, safe_url(entry, finding))
    yield from rest
    category = sanitize(entry.category)
    if row.where.startswith(f"{category}/"):  # of a file it is the folder
        category = EMPTY
    yield from _labelled(_LABELS[0], f"{row.place}  {category}".rstrip())
    yield from _labelled(_LABELS[0], safe_url(entry, finding), again=True)
    if (facts := describe_secret(entry, finding)) is not None:
        yield from _labelled(_SECRET, str(facts))
    marked = "" if row.secret_line or finding.target else render_snippet(finding, line, card_width() - _left())
    if marked:
        yield paint(str(_LABELS[1]), "dim") + pad("", _left() - display_width(str(_LABELS[1]))) + marked
    yield from _labelled(_LABELS[2], row.full_message)
    yield from _proven(finding)
    if (step := describe_next_step(entry, finding)) is not None:
        yield from _labelled(_NEXT, defuse_commands(str(step)))
    yield from _labelled(_LABELS[3], str(words.why).replace("\n", "" if current_language() == "ja" else " "))
    for count, each in enumerate(str(words.good).splitlines()):
        yield from _labelled(_LABELS[4], each, again=bool(count), blank=True)


def _proven(finding: Finding) -> Iterator[str]:
    """Yield where a finding on what runs was seen; nothing for one on a page."""
    for number, (source, taken_at, what) in enumerate(finding.proof[:_MAX_PROOF]):
        seen = defuse_commands(f"{source} {taken_at[:10]}".rstrip() + f": {what}")
        yield from _labelled(_SEEN, seen, again=bool(number))
    if (more := len(finding.proof) - _MAX_PROOF) > 0:
        yield from _labelled(_SEEN, str(t(f"ほか {more:,}", f"and {more:,} more")), again=True)


def _left() -> int:
    """Return the columns of the labels."""
    return max(display_width(str(each)) for each in (*_LABELS, _SECRET)) + 2


def _labelled(label: Text, text: str, *, again: bool = False, blank: bool = False) -> Iterator[str]:
    """Yield a label and its text, wrapped beside it; nothing for an empty one unless `blank`."""
    if not text and not blank:
        return
    left = _left()
    for number, line in enumerate(wrap(text, max(20, card_width() - left))):
        shown = "" if number or again else paint(str(label), "dim") + pad("", left - display_width(str(label)))
        yield f"{shown or ' ' * left}{line}".rstrip()
