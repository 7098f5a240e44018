"""Read what a procedure, a note or a draft says to type to get a node back.

Only commands are taken, from blocks of code and from code in a line. Which of them mend something, the nearest
heading that says what it is for decides, else the title: a release is no way to get a thing back, 切り戻し below it is.
A page that does nothing but start a thing again is told apart: that restores service and mends no cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from kb.errors import RefusedError
from kb.markup.blocks import Block, BlockKind
from kb.markup.parse import iter_blocks
from kb.model.document import MaskedDocument, RawDocId
from kb.model.facts import PageKind
from kb.model.masked import Masked, reshape
from kb.plan.sections.block import find_section, list_section_names
from kb.reading.pages.declared_kind import blank_published
from kb.reading.phrases.looks import only_restarts
from kb.reading.phrases.restarts import FixDeed, read_code_deeds
from kb.reports.runbook.past import MAX_STEPS, ToldLine, fold_lines, is_command, quote_line
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex, decode, encode
from kb.text.word_tables import read_words

_OTHER_KINDS = frozenset(
    {
        *(PageKind.INCIDENT, PageKind.INDEX, PageKind.TEMPLATE),
        *(PageKind.MINUTES, PageKind.REPORT, PageKind.NOTICE),
    }
)
"""Kinds of pages that tell nobody what to type, whatever they are called."""

_HOLD_CODE = (BlockKind.CODE, BlockKind.SPAN, BlockKind.HTML)
_RE = read_words("kb.reports.runbook", "words/procedures.toml").compiled
_FENCE = compile_lazy(r"\s*(?:>\s*)*(?:`{3,}|~{3,})\s*([\w+-]*)")
_PROMPT = compile_lazy(r"\s*(?:\[?[\w.-]+@[\w.-]+[^$#%>\n]{0,40}\]?\s?[$#%>]|[$%]|\w{2,20}>)\s+(?=\S)")
_SCRIPT = compile_lazy(r"(?:sudo\s+)?(?:\.{1,2}/|~/|/)[\w./-]+\.(?:sh|py|pl|rb)|(?:sudo\s+)?reboot")
_SQL = compile_lazy(r"(?:delete from|update|insert into|alter|truncate|kill|call|optimize|set)\s.*;", re.I)
_PIECES = compile_lazy(r"\s*(?:&&|\|\||;|\|)\s*")
_PREFIX = compile_lazy(r"(?:sudo\s+(?:-\w+\s+(?:\w+\s+)?)?|time\s+|ssh\s+\S+\s+(?=\S)|[\"'])*")
_QUOTE = compile_lazy(r"\s*(?:>\s?)+")
_TAGS = compile_lazy(r"</?(?:pre|code)[^>]*>", re.I)


_LONGEST_LINE = 1_000


@dataclass(frozen=True, slots=True)
class ProcedurePage:
    """A page that says how to handle a node. Of `steps` and `restarts` one is empty; both are where it has no command.

    `day` is that of its last edit, `checks` what a page that only restarts looks at, `is_draft`: it is not shipped yet,
    or calls itself a draft.
    """

    doc: RawDocId
    url: str
    title: Masked
    day: str = ""
    is_draft: bool = False
    steps: tuple[ToldLine, ...] = ()
    restarts: tuple[ToldLine, ...] = ()
    checks: tuple[ToldLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcedureLines:
    """The commands of a page: those that mend, or those that only restart with what is looked at beside them."""

    steps: tuple[ToldLine, ...] = ()
    restarts: tuple[ToldLine, ...] = ()
    checks: tuple[ToldLine, ...] = ()


def read_procedure(document: MaskedDocument, kind: PageKind, structure: bytes | None = None) -> ProcedureLines | None:
    """Return the commands of a page; None where it is no procedure, and no note with commands either."""
    if kind in _OTHER_KINDS or (kind is PageKind.TEACHING and not _is_for_mending((), document.title, kind)):
        return None  # 直し方 is taught, too
    found = fold_lines(_read_commands(document, kind, structure))[:MAX_STEPS]
    if not found:
        return ProcedureLines() if kind is PageKind.RUNBOOK else None
    deeds = [_read_deed(each.text) for each in found]
    if FixDeed.RESTART not in deeds or FixDeed.CHANGE in deeds:
        return ProcedureLines(steps=found)
    restarts = [each for each, deed in zip(found, deeds, strict=True) if deed is not FixDeed.NEUTRAL]
    checks = [each for each, deed in zip(found, deeds, strict=True) if deed is FixDeed.NEUTRAL]
    return ProcedureLines(restarts=tuple(restarts), checks=tuple(checks))


def names_mending(name: str) -> bool:
    """Whether a title or heading is about getting a thing back."""
    return _RE.mending.search(fold_text(name)) is not None


def _is_for_mending(headings: Sequence[str], title: str, kind: PageKind) -> bool:
    """Whether what stands below these headings, the outermost first, gets the thing back that the page is about."""
    for name in (*reversed(headings), title):
        folded = fold_text(name)
        if _RE.practice.search(folded):
            return False
        if _RE.mending.search(folded):
            return True
        if _RE.planned.search(folded):
            return False
        if name is title and _RE.procedure.search(folded):
            return True
    return kind is PageKind.RUNBOOK or any(_RE.procedure.search(fold_text(name)) for name in headings)


def _read_commands(document: MaskedDocument, kind: PageKind, structure: bytes | None) -> Iterator[ToldLine]:
    own = blank_published(_leave_drafts_out(document))
    body = encode(own.body)
    lines, headings, past = LineIndex(body), list[tuple[int, str]](), 0
    for block in sorted(iter_blocks(body, own.markup, structure if own is document else None), key=_get_start):
        if block.kind == BlockKind.HEADING:
            headings = [each for each in headings if each[0] < block.a]
            headings.append((block.a, decode(body[block.start : block.end])))
            past = block.end
        elif (
            block.kind in _HOLD_CODE
            and block.start >= past
            and _is_for_mending([name for _, name in headings], document.title, kind)
        ):
            told = (quote_line(document, text, lines.place(start)[0]) for start, text in _read_block(body, block))
            yield from filter(None, told)


def _leave_drafts_out(document: MaskedDocument) -> MaskedDocument:
    """Return a page without the drafts kb put into it and nobody edited since: they quote other pages."""
    for name in list_section_names(document.body) if "<!-- kb:runbook-" in document.body else ():
        with suppress(RefusedError):  # marks somebody moved: what stands there is theirs
            section = find_section(document.body, name)
            if name.startswith("runbook-") and section is not None and not section.edited:
                begin, end = section.start, section.end
                document = replace(document, body=reshape(document.body, partial(_blank_lines, begin, end)))
    return document


def _blank_lines(begin: int, end: int, text: str) -> str:
    return text[:begin] + "\n" * text.count("\n", begin, end) + text[end:]


def _get_start(block: Block) -> int:
    return block.start


def _read_block(body: bytes, block: Block) -> Iterator[tuple[int, str]]:
    """Yield where each command of a block begins, and the command: one that goes on below a backslash is one."""
    text = decode(body[block.start : block.end])
    if block.kind == BlockKind.SPAN:
        if _is_typed(command := text.strip("`@ \n")):
            yield block.start, command
        return
    if block.kind == BlockKind.HTML and "<pre" not in text.casefold():
        return
    fence = _FENCE.match(text)
    if fence is None and (before := body.rfind(b"\n", 0, max(0, block.start - 1)) + 1) < block.start:
        fence = _FENCE.match(decode(body[before : block.start]))
    language = fence[1] if fence else ""
    if language and _RE.data_language.fullmatch(language):
        return
    rows, at = list[tuple[int, str]](), block.start
    for line in text.splitlines(keepends=True):
        plain = _TAGS.sub("", _QUOTE.sub("", line) if block.quote else line).strip()
        if rows and rows[-1][1].endswith("\\"):
            rows[-1] = rows[-1][0], f"{rows[-1][1][:-1].rstrip()} {plain}"
        elif 0 < len(plain) <= _LONGEST_LINE and not _FENCE.match(line):
            rows.append((at, plain))
        at += len(encode(line))
    prompted = [(start, _PROMPT.sub("", row, 1)) for start, row in rows if _PROMPT.match(row)]
    for start, row in prompted or rows:
        if not row.startswith(("#", "--", "//")) and (prompted or language or _is_typed(row)):
            yield start, row


def _is_typed(text: str) -> bool:
    """Whether a text is a command by its form; words in other letters may stand in it for what to fill in."""
    plain = re.sub(r"[^\x00-\x7f]+", "x", text)
    return "\n" not in text and (is_command(plain) or bool(_SCRIPT.fullmatch(plain) or _SQL.fullmatch(plain)))


def _read_deed(command: str) -> FixDeed:
    """Return what a command does: a restart, a stop that belongs to one, NEUTRAL where it only shows something."""
    found = {_read_piece(_PREFIX.sub("", piece, 1).strip("\"'")) for piece in _PIECES.split(command) if piece.strip()}
    for deed in (FixDeed.CHANGE, FixDeed.RESTART, FixDeed.STOP):
        if deed in found:
            return deed
    return FixDeed.NEUTRAL


def _read_piece(piece: str) -> FixDeed:
    if _RE.looking.fullmatch(piece):
        return FixDeed.NEUTRAL
    if only_restarts(piece) or FixDeed.RESTART in read_code_deeds(piece):
        return FixDeed.RESTART
    return FixDeed.STOP if _RE.stopping.fullmatch(piece) else FixDeed.CHANGE
