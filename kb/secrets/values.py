"""Reading one value out of a line: where it begins and ends once quotes, marks and punctuation are off."""

from __future__ import annotations

import re
from typing import NamedTuple

_CLOSING = {
    '"': '"', "'": "'", "`": "`", "「": "」", "『": "』", "“": "”", "‘": "’", "【": "】", "(": ")", "[": "]", "<": ">",
    "〈": "〉", "《": "》", "〔": "〕",
}  # fmt: skip
_SPACE = re.compile(r"[ \t\u3000\u00a0]*")
_TAG = re.compile(r"!!(?:str|binary)[ \t]+(?=\S)")
"""What YAML says a value is, before it."""
_BARE = re.compile(r"[!-~\u00a5\u203e]{1,2000}")
_EMPHASIS = re.compile(r"(\*{1,3}|_{1,2}|@|~~|\+)(?=\S)")
_STRUCK = re.compile(r"-(?P<value>[^\s\x80-\uffff-][!-~]{1,80}?[^\s\x80-\uffff-])-(?=[\s。、)]|$)")
"""Textile's mark for what is deleted."""
_NEXT = re.compile(
    r"(?:[,;&|/])(?=[\"']?(?:[A-Za-z_][\w. -]{0,20}|[ぁ-んァ-ヶー一-龠]{1,10})[\"']?\s*(?::|=(?!=?$)|=>))|<(?=/"
    r"|br\b|[a-z]+>)|\\n|`|[,;](?=[\"'}\])])|\"(?=:[a-z]{2,8}://)"
)
_TAIL = ".,;:!?\"'`>|\\"
LONGEST = 400
FARTHEST = 4_000
"""Characters before and behind a value that are looked through for what opens or closes around it: a line's."""


class Value(NamedTuple):
    """A value's place in its line. `quote` is what opened it, "" for a bare one; `end` ends the value itself."""

    start: int
    end: int
    quote: str
    after: int  # where the text behind the value and its closing marks begins


def read_value(text: str, at: int) -> Value | None:
    """The value that begins at or behind `at`, past blanks; None when what stands there cannot be one."""
    at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # matches always
    if tag := _TAG.match(text, at):
        at = tag.end()
    if at >= len(text):
        return None
    opening = text[at]
    if opening == "\\" and text[at + 1 : at + 2] in ('"', "'"):
        at, opening = at + 1, text[at + 1]
    if opening in _CLOSING:
        closing = _CLOSING[opening]
        end = text.find(closing, at + 1, at + LONGEST)
        while end > 0 and opening in "\"'" and text[end - 1] == "\\" != text[at - 1 : at]:  # an escaped one
            end = text.find(closing, end + 1, at + LONGEST)
        if end > at + 1:
            inner = read_value(text, at + 1) if text[at + 1] in "`'\"「" and opening in "「『(【" else None
            if inner and inner.after <= end + 1:
                return inner._replace(quote=opening, after=end + 1)
            start, stop = at + 1, end
            while start < stop and text[start] in " \t\u3000":
                start += 1
            while stop > start and text[stop - 1] in " \t\u3000\\":
                stop -= 1
            return Value(start, stop, opening, end + 1) if stop > start else None
        if opening in "\"'`":
            at += 1
        else:
            return None
    if (found := _STRUCK.match(text, at)) and (at == 0 or text[at - 1] in " \t"):
        return Value(*found.span("value"), "-", found.end())
    if found := _EMPHASIS.match(text, at):
        mark = found[1]
        end = text.find(mark, found.end(), at + LONGEST)
        inside = text[found.end() : end]
        if end > found.end() and not re.search(r"\s", inside):
            behind = text[end + len(mark) : end + len(mark) + 1]
            if not behind or not (behind.isascii() and behind.isalnum()):
                inner = read_value(text, found.end()) if inside[:1] in "`*@" and inside[-1:] in "`*@" else None
                return (
                    inner._replace(after=end + len(mark)) if inner else Value(found.end(), end, mark, end + len(mark))
                )
    return _bare(text, at)


_WITHIN = {closer: re.compile(rf"\w{re.escape(closer)}\w") for closer in ")]"}


def _opened(before: str, opener: str, closer: str) -> bool:
    """Whether a bracket was opened before a value and is open still."""
    return before.count(opener) > before.count(closer)


def _bare(text: str, at: int) -> Value | None:
    found = _BARE.match(text, at)
    if not found:
        return None
    run = found[0]
    if cut := _NEXT.search(run, 1):
        run = run[: cut.start()]
    after = at + len(run)
    while run:
        last = run[-1]
        if (
            (last in _TAIL and not (last == "!" and len(run) > 4) and not (last == "?" and len(run) > 6))
            or (last in ")]}" and run.count(last) > run.count("([{"[")]}".index(last)]))
            or (last in "*" and run.count("*") == 1 and len(run) > 3 and text[at + len(run) : at + len(run) + 1] == "*")
        ):
            run = run[:-1]
        elif last == "=" and run.rstrip("=") and len(run.rstrip("=")) < 8:
            break
        else:
            break
    before = text[max(0, at - FARTHEST) : at]
    for mark in ("~~", "**", "-", "+", "_"):  # what closes an emphasis that began before the label
        if run.endswith(mark) and re.search(rf"(?:^|[\s(>]){re.escape(mark)}(?=\w|[^\x00-\x7f])", before):
            run = run.removesuffix(mark)
    if (run.endswith("@") and before.count("@") % 2) or (run.endswith("%") and "%{" in before):
        run = run[:-1]
    if run.startswith("base64:"):  # says how the value is written
        at, run = at + 7, run[7:]
    for closer, opener in ((")", "("), ("]", "[")):
        if closer in run and opener not in run and (_opened(before, opener, closer) or not _WITHIN[closer].search(run)):
            run = run[: run.index(closer)]
    if (
        "(" in run and run.find(")") in (-1, len(run) - 1) and run.index("(") >= 3 and ")" in text[at : at + FARTHEST]
    ):  # value(remark)
        run = run[: run.index("(")]
        after = at + len(run)
    if text[at + len(run) : after].strip("\"'`>\\*~_+-@%"):  # punctuation and remarks tell something
        after = at + len(run)
    return Value(at, at + len(run), "", max(after, at + len(run))) if run else None
