"""What a line of a page leaves to its writer: done by hand, for now, by word of mouth, not finished. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.model.masked import EMPTY, Masked, reshape
from kb.text.display import clip, sanitize
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reports.handover.asking", "words/cues.toml").for_search


class Cue(StrEnum):
    """What a line leaves open, the most telling first. PENDING: it stands in a list of what was not handed over."""

    PENDING = "pending"
    UNFINISHED = "unfinished"
    MANUAL = "manual"
    KEPT = "kept"
    OWNED = "owned"
    TEMPORARY = "temporary"
    ORAL = "oral"
    ASKED = "asked"
    CONTACT = "contact"
    PURPOSE = "purpose"
    UNSURE = "unsure"
    CRITERION = "criterion"
    PERIODIC = "periodic"


QUOTE_COLUMNS = 72
_SHORTEST, _LONGEST = 4, 400
_HEADING = compile_lazy(r"\s{0,3}(?:#{1,6}\s|h[1-6]\.\s|[■●◆▼◎【])")
_DONE = compile_lazy(r"\s*[-*+・]\s*\[[xX]\]|済(?:み)?[。)）]?\s*$|~~")
_MARKS = compile_lazy(r"^[\s>|#*+・-]*(?:h[1-6]\.\s|\[[ xX]?\]\s|[0-9]+[.)]\s)?")
_BOX = compile_lazy(r"\s*[-*+・]\s*\[ \]\s")
_ITEM = compile_lazy(r"\s*(?:[-*+・]|[0-9]+[.)])\s")
_RULE = compile_lazy(r"[\s|:-]*")
_CODE = compile_lazy(r"\s*(?:`{3}|~{3}|</?pre)")
_LINK = compile_lazy(r"\[([^\[\]]{0,200})\]\([^()\s]{0,400}\)|\[\[([^\[\]]{0,200})\]\]")
_HANDED = compile_lazy(r"済み?(?:\s*\||\s*$|[。)）])")
_POST = compile_lazy(r"(?:(?<![\w&])#|/posts/)([1-9][0-9]{0,17})(?![0-9])")
_PROGRAM = compile_lazy(
    r"(?<![\w/.~:-])(?:[\w.~-]*/)*([A-Za-z][\w.-]*\.(?:sh|py|rb|pl|js|php|sql|jar|bat|ps1|exe))(?![\w.-])"
)
_PARTY = compile_lazy(r"(?<![A-Za-z0-9_-])[A-Z][A-Za-z0-9]+(?:-[A-Z0-9][A-Za-z0-9]*)+(?![A-Za-z0-9_-])")


@dataclass(frozen=True, slots=True)
class TacitLine:
    """A line that leaves something to its writer: `cues` in order, its words, those cut to a quote, the heading above.

    `past`: it tells what was done.
    """

    part: str
    number: int
    text: str
    words: Masked
    heading: Masked
    cues: tuple[Cue, ...]
    past: bool = False


def find_cues(text: str) -> tuple[Cue, ...]:
    """Return what a folded line leaves open; nothing for one that says it is done."""
    if _DONE.search(text):
        return ()
    return tuple(cue for cue in Cue if cue is not Cue.PENDING and getattr(_RE, cue.value).search(text))


def is_ignorance(text: str) -> bool:
    """Whether a folded heading or line says that its writer does not know."""
    return _RE.ignorance.search(text) is not None


def find_tacit_lines(lines: Iterable[tuple[str, int, Masked]], *, for_successors: bool = False) -> Iterator[TacitLine]:
    """Yield the lines of a page and its parts (part, number, words) that leave something open.

    Lines below a heading of what is not known are none: their writer has no answer. Nor are headings, heads of tables,
    and code, which answers for itself. In notes `for_successors` entries below まだのもの, open boxes and rows that are
    not done count.
    """
    heading, unknown, pending, code, current = EMPTY, False, False, False, ""
    every = [*lines]
    for at, (part, number, line) in enumerate(every):
        if part != current:
            heading, unknown, pending, code, current = EMPTY, False, False, False, part
        if _CODE.match(line):
            code = not code
            continue
        text = fold_text(line)
        if _HEADING.match(text) and not code:
            heading, unknown = strip_marks(line), is_ignorance(text)
            pending = _RE.pending.search(text) is not None
            continue
        if unknown or code or not _SHORTEST <= len(text.strip()) <= _LONGEST or _is_table_head(every, at):
            continue
        cues = find_cues(text.rstrip())
        open_box = _BOX.match(text) is not None
        listed = for_successors and not _DONE.search(text)
        if listed and (open_box or (pending and _ITEM.match(text)) or _RE.halfway.search(text.rstrip())):
            cues = (Cue.PENDING, *cues)
        if cues:
            past = _RE.past.search(text) is not None
            yield TacitLine(part, number, text, strip_marks(line), heading, cues, past)


def _is_table_head(lines: Sequence[tuple[str, int, str]], at: int) -> bool:
    """Whether a line is a head or a rule of a table."""
    return any(_is_rule(line) for _, _, line in lines[at : at + 2])


def _is_rule(line: str) -> bool:
    """Whether a line rules the head of a table off."""
    return "|" in line and "--" in line and _RULE.fullmatch(line) is not None


def strip_marks(line: Masked) -> Masked:
    """Return the words of a line without marks of lists, links and tables, cut to what one reads at a glance."""

    def strip(line: str) -> str:
        words = _LINK.sub(lambda link: link[1] or link[2] or "", _MARKS.sub("", line, count=1))
        return " ".join(re.sub(r"\s*\|\s*", " / ", words.strip().strip("|").strip()).split())

    return clip(sanitize(reshape(line, strip)), QUOTE_COLUMNS)


_LEAD = compile_lazy(r"\s*(?:→|⇒|->|：|:|\s/\s|（|\().*$")


def read_lead(words: str) -> str:
    """Return what a line begins with, up to an arrow, colon, bracket or cell: the DNS of 「DNS →」."""
    return _LEAD.sub("", words).strip()


def is_handed_over(text: str) -> bool:
    """Whether a folded line, in notes for whoever comes next, says that something was passed on."""
    if len(text) > _LONGEST:
        return False
    return _DONE.search(text) is not None or _HANDED.search(text) is not None


def find_posts(text: str) -> tuple[str, ...]:
    """Return the posts a line leads to, as documents."""
    return tuple(f"esa:{found[1]}" for found in _POST.finditer(text))


def find_programs(text: str) -> tuple[str, ...]:
    """Return the scripts and jars a text names, without their folders."""
    return tuple(dict.fromkeys(found[1] for found in _PROGRAM.finditer(text)))


def find_parties(text: str) -> tuple[str, ...]:
    """Return the names in Latin letters of several parts that a text gives something outside: DSP-B."""
    return tuple(dict.fromkeys(found[0] for found in _PARTY.finditer(text)))
