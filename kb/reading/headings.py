"""Lines that are nothing but the heading of a section: where their words stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.model import Heading, Role
from kb.reading.heads import NUMBERED
from kb.reading.lines import Lines
from kb.reading.sections import Section
from kb.reading.unit import Form

_EDGE = " \t\u3000/#*_~`=+|<>《》〈〉〔〕【】「」『』[]{}■◆●▼▲□◇○△▽★☆◎▶►▷※・→⇒✓✔-–—:。.、!?\"'"
LONGEST = 200
"""Characters of a line that can be a heading and nothing else."""

_PICTURE = re.compile("(?:[\U0001f000-\U0001faff\u2190-\u21ff\u2200-\u27bf\u2b00-\u2bff\ufe0f\u200d]|:[a-z0-9_+-]+:)+")
_TAG = re.compile("</?[a-z][^<>]*>", re.I)


def headings(found: Sequence[Section], incident: int, lines: Lines) -> Iterator[Heading]:
    """The headings of these sections, in the order of the page."""
    for section in found:
        head, unit = section.head, section.opener
        if head is None or unit is None or unit.table or unit.form not in (Form.HEADING, Form.LINE):
            continue
        if len(unit.text) > LONGEST or head.value < len(unit.text.rstrip(" *_:")):
            continue
        start, end = words_at(unit.text)
        if start < end:
            level = unit.level if unit.form is Form.HEADING else 0
            roles = tuple(role for role in section.roles if role is not Role.OTHER)
            yield Heading(roles, lines.span(unit.at(start), unit.at(end)), level, incident)


def words_at(text: str) -> tuple[int, int]:
    """Where the words of a heading begin and end, without marks, brackets, numbers and pictures."""
    start, end = 0, len(text)
    before = (-1, -1)
    while before != (start, end):
        before = (start, end)
        while start < end and text[start] in _EDGE:
            start += 1
        while end > start and text[end - 1] in _EDGE:
            end -= 1
        for skip in (_PICTURE, _TAG, NUMBERED):
            if (mark := skip.match(text, start, end)) and mark.end() < end:
                start = mark.end()
        if tail := re.search(f"(?:{_PICTURE.pattern}|{_TAG.pattern})\\Z", text[start:end], re.I):
            end = start + tail.start()
    return start, end
