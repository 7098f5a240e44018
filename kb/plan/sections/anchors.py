"""Insert a section where a person says: at the top, at the bottom, after a heading."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from kb.errors import RefusedError, UsageError
from kb.markup.markdown import measure_front_matter
from kb.plan.sections.block import MARK_PATTERN, MarkedLine, detect_newline, match_newlines, split_lines
from kb.text.lang import space_ascii, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import encode

AFTER_HEADING = "after-heading:"
_HEADING = compile_lazy(r"(?: {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?|h[1-6]\.[ \t]+(.*?))[ \t]*\r?\n?")
_RULED = compile_lazy(r" {0,3}(?:=+|-+)[ \t]*\r?\n?")


class AnchorKind(StrEnum):
    """Where a new section goes: `--insert`."""

    TOP = "top"
    BOTTOM = "bottom"
    AFTER = "after-heading"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place, with its heading."""

    where: AnchorKind
    heading: str = ""


def parse_anchor(word: str) -> Anchor:
    """Parse `--insert`. Raises UsageError."""
    if word in (AnchorKind.TOP, AnchorKind.BOTTOM):
        return Anchor(AnchorKind(word))
    heading = word.removeprefix(AFTER_HEADING).strip()
    if word.startswith(AFTER_HEADING) and heading:
        return Anchor(AnchorKind.AFTER, heading)
    raise UsageError(
        t(f"--insert に{space_ascii(f'「{word[:60]}」')}は書けません。", f"{word[:60]!r} cannot be --insert."),
        t(
            "top、bottom、after-heading:見出し のどれかです（例: --insert 'after-heading:今週の状況'）。",
            "it is top, bottom or after-heading:WORDS (example: --insert 'after-heading:This week').",
        ),
    )


def insert_block(text: str, block: str, place: Anchor) -> str:
    """Insert a block between blank lines. Raises RefusedError for a heading that is missing or not unique."""
    end, block = detect_newline(text), match_newlines(text, block)
    if place.where is AnchorKind.BOTTOM:
        gap = "" if not text else end if text.endswith("\n") else end * 2
        return f"{text}{gap}{block}{end}"
    if place.where is AnchorKind.TOP:
        at = len(encode(text)[: measure_front_matter(encode(text))].decode())
        return f"{text[:at]}{block}{end}{end if text[at:] else ''}{text[at:]}"
    return insert_after(text, _heading(text, place.heading), block)


def insert_after(text: str, line: MarkedLine, block: str) -> str:
    """Insert a block after a line, between blank lines."""
    end, before, after = detect_newline(text), text[: line.end], text[line.end :]
    before += end if before.endswith("\n") else end * 2
    gap = "" if not after or begins_empty(after) else end
    return f"{before}{match_newlines(text, block)}{end}{gap}{after}"


def _heading(text: str, wanted: str) -> MarkedLine:
    """Return the line to insert after: the heading's, or the rule under it."""
    found = list(_headings(text))
    same = [line for words, line in found if _plain_heading(words) == _plain_heading(wanted)]
    if len(same) == 1:
        return same[0]
    if same:
        numbers = "、".join(str(line.number) for line in same)
        raise RefusedError(
            t(
                f"見出し「{wanted[:60]}」は {len(same):,} か所にあります（{numbers} 行目）。何も書いていません。",
                f"there are {len(same):,} headings {wanted[:60]!r} (lines {numbers}); nothing was written.",
            ),
            t("1 つにするか、--insert top か bottom にしてください。", "leave one, or use --insert top or bottom."),
        )
    near = get_close_matches(_plain_heading(wanted), [_plain_heading(words) for words, _ in found], 1, 0.4)
    shown = next((words for words, _ in found if near and _plain_heading(words) == near[0]), "")
    raise RefusedError(
        t(f"見出し「{wanted[:60]}」がありません。何も書いていません。", f"no heading {wanted[:60]!r}."),
        t(f"近いもの: --insert 'after-heading:{shown[:60]}'", f"the nearest is --insert 'after-heading:{shown[:60]}'")
        if shown
        else t("--insert top か --insert bottom にしてください。", "use --insert top or --insert bottom."),
    )


def _headings(text: str) -> Iterator[tuple[str, MarkedLine]]:
    """Yield the headings of a text with the lines they end on; not those in kb's own sections."""
    before: MarkedLine | None = None
    kept = ""
    for line in split_lines(text):
        if own := MARK_PATTERN.fullmatch(line.text):
            kept = own[1] if own[2] == "begin" else ""
        if line.code or kept:
            before = None
            continue
        if mark := _HEADING.fullmatch(line.text):
            yield mark[1] or mark[2] or "", line
        elif before is not None and _RULED.fullmatch(line.text):
            yield before.text.strip(), line
        before = line if line.text.strip() and not mark else None


def _plain_heading(words: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def begins_empty(text: str) -> bool:
    """Whether a text begins with an empty line."""
    return text.startswith(("\n", "\r\n"))
