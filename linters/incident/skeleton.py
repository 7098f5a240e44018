"""Insert a missing section: a heading in the page's style with a prompt below it.

The prompt asks and claims nothing: until it is answered the page is still reported.
"""

from __future__ import annotations

import re

from kb.model.document import Markup
from kb.model.facts import Heading, Role, RoleFact, Verdict
from kb.model.finding import Edit, Field, Safety
from kb.model.page import Page
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span

_WORDS = {
    Role.CAUSE: (
        "原因",
        "Cause",
        "（なぜ起きたか、それを許したものは何かを記載）",
        "[Describe why it happened and what let it happen]",
    ),
    Role.PREVENTION: (
        "再発防止",
        "Prevention",
        "（何を、誰が、いつまでに行うかを記載）",
        "[Describe what, who and by when]",
    ),
}
_FOLLOWS = {
    Role.CAUSE: frozenset({Role.SUMMARY, Role.IMPACT, Role.DETECTION, Role.TIMELINE}),
    Role.PREVENTION: frozenset({Role.CAUSE, Role.FIX, Role.FIX_TEMP, Role.FIX_PERM}),
}
_OWN = compile_lazy("\\s*(?:>\\s*)*(?:#{1,6}|h[1-6](?:\\([^)]*\\))?\\.)?\\s*")
_NUMBERING = compile_lazy("[0-9]+(?:[.-][0-9]+)*[.)．、]?\\s*|[①-⑳⑴-⒇]\\s*|第[0-9一-十]+[章節]\\s*")
_PICTURE = compile_lazy("(?:[\U0001f000-\U0001faff\u2190-\u21ff\u2600-\u27bf\ufe0f\u200d]|:[a-z0-9_+-]+:)+\\s*")
_TAG = compile_lazy("</?[a-z][^<>]*>", re.I)


def insert_section(page: Page, fact: RoleFact) -> tuple[Edit, ...]:
    """Return the insertion of a missing section; none if the page has no headings to follow."""
    if fact.verdict is not Verdict.MISSING:
        return ()
    heads = [head for head in page.facts.headings if head.incident == fact.incident]
    lines = page.document.body.split("\n")
    model = next((head for head in heads if head.roles), None)
    around = _heading_marks(lines, model, page.document.markup) if model else None
    if model is None or around is None:
        return ()
    english = _text(lines, model).isascii()
    ja, en, ja_prompt, en_prompt = _WORDS[fact.role]
    heading = f"{around[0]}{en if english else ja}{around[1]}"
    line = _place(page, model, _FOLLOWS[fact.role])
    end = "\r\n" if lines[0].endswith("\r") else "\n"
    text = f"{heading}{end}{end}{en_prompt if english else ja_prompt}{end}"
    if line is None:
        last = len(lines), len(lines[-1]) + 1
        after, span = f"{end}{end if lines[-1] else ''}{text}", Span(*last, *last)
    else:
        after, span = f"{text}{end}", Span(line, 1, line, 1)
    reason = t(
        f"「{ja}」の見出しを置きます。中身は書き足してください。",
        f"Puts in a heading {en!r}; what stands below it is to be written.",
    )
    return (Edit(Field.BODY, "", after, Safety.UNSAFE, reason, span),)


def _text(lines: list[str], head: Heading) -> str:
    return lines[head.span.line - 1][head.span.column - 1 : head.span.end_column - 1]


def _heading_marks(lines: list[str], head: Heading, markup: Markup) -> tuple[str, str] | None:
    """Return what surrounds a heading's words, without its number; None if there are more words."""
    if head.span.end_line != head.span.line:
        return None
    line = lines[head.span.line - 1].rstrip("\r")
    before, behind = line[: head.span.column - 1], line[head.span.end_column - 1 :].rstrip()
    own = _OWN.match(before)
    mark = own[0] if own else ""
    rest = _PICTURE.sub("", _NUMBERING.sub("", before[len(mark) :]))
    if re.search("\\w", _TAG.sub("", rest + behind).replace("_", "")):
        return None
    if head.level and not (mark + rest).strip():  # a line over a rule of dashes
        return (f"h{head.level}. " if markup is Markup.TEXTILE else f"{'#' * head.level} "), ""
    return mark + rest, behind


def _place(page: Page, model: Heading, follows: frozenset[Role]) -> int | None:
    """Return the line of the heading the section belongs before; None for the end of the page."""
    heads = page.facts.headings
    before = [n for n, head in enumerate(heads) if head.incident == model.incident and follows & set(head.roles)]
    after = heads[before[-1] + 1 :] if before else heads[heads.index(model) :]
    return next((head.span.line for head in after if head.level == model.level), None)
