"""Values a command printed: the line below `vault kv get -field=password …`, `pwgen 16 1` (`records/outputs.tsv`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext, is_fence, refine_kind
from kb.secrets.page.prefilter import LABEL, TECHNICAL
from kb.secrets.page.text_page import TextLine, TextPage
from kb.secrets.scoring.filters import (
    ValueStrength,
    find_refusal,
    is_digest,
    is_number,
    looks_like_token,
    looks_strong,
    measure_strength,
)
from kb.secrets.scoring.labels import Label, Weight, find_labels, is_aside, is_misnamed
from kb.secrets.scoring.romaji import is_romaji_phrase
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_records

_OUTPUT = detection_rule("output", Rank.PARTICULAR, t("コマンドの出力", "what a command printed"))


class Printer(NamedTuple):
    """A command that prints a credential. `when`: what else must say that it is one."""

    name: str
    called: re.Pattern[str]
    when: str
    kind: SecretKind | None


_ROWS = read_records("kb.secrets", "words/records/outputs.tsv")
_PRINTERS = tuple(
    Printer(
        row["name"],
        compile_lazy(rf"(?<![\w-])(?:{row['pattern']})", re.I),
        row["when"],
        SecretKind(row["kind"]) if row["kind"] else None,
    )
    for row in _ROWS
)
_PRINTS = tuple(row["pattern"] for row in _ROWS)
_PROMPT = compile_lazy(r"[ \t>]*(?:(?:\([\w.-]{1,30}\)[ \t]?)?\[?[\w.@:~/\\ -]{0,60}\]?[ \t]?[$#%❯>][ \t]+)")
_SHELL_PROMPT = compile_lazy(r"[ \t]*(?:\[?[\w.@:~/-]{0,60}\]?[$%❯]|PS[ \t][^>\n]{1,60}>)[ \t]+")
"""What no heading begins with."""

_NEXT = compile_lazy(r"[ \t]*(?:;|&&)[ \t]*")
_PIPE = compile_lazy(r"[ \t]*\|[ \t]*")
_REDIRECTED = compile_lazy(r"(?<![0-9&>=-])>{1,2}[ \t]*[^\s&>=]|2?&>[ \t]*\S")
_PASSED_ON = compile_lazy(
    r"(?:sudo[ \t]+)?(?:base64|jq|yq|tr|head|tail|cut|awk|sed|tee|xargs|cat|fold|grep|col|xxd|rev)(?![\w-])"
)
"""What prints what it read, or a part of it."""

_REMARK = compile_lazy(r"[ \t]*(?:[-*+][ \t]|//|#|\*)")
"""What no command without a prompt begins with."""

_LEAD = compile_lazy(r"[ \t>]*(?:#[ \t]*)?(?:=>|→|->)?[ \t]*[\"']?")
_VALUE = compile_lazy(r"(?P<value>[!-~]{6,400}?)[\"']?[ \t]*(?:←.*|#[ \t].*)?")
_PHRASE = compile_lazy(r"(?P<value>[a-z]{1,30}(?: [a-z]{1,30}){1,7})[ \t]*")
_HASHED = compile_lazy(r":(?:\$\w{1,8}\$|\{[A-Z]|!|\*|x:)")
"""What stands behind a name in a file of hashes."""
_CONTINUED = 4
"""Lines a command may go on over."""


@line_detector(LABEL | TECHNICAL, order=115, in_cells=False, needs=Needs(patterns=_PRINTS))
def find_printed(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The value that the command on a line printed, on the first line below it."""
    prompt = (_PROMPT if line.code else _SHELL_PROMPT).match(line.text)
    if len(line.text) > 600 or (prompt is None and (not line.code or _REMARK.match(line.text))):
        return
    page = context.page
    command, last = _whole_command(page, line, prompt.end() if prompt else line.lead)
    command = _last_printing(command)
    printer = next((each for each in _PRINTERS if each.called.match(command) or each.called.search(command)), None)
    if printer is None or not (below := _printed(page, last)):
        return
    label = _credential(command) or _credential(line.text)
    if printer.when == "labelled" and label is None:
        return
    if printer.when == "beside" and label is None:
        around = (*context.near, *(each.words for each in page.following(below.number, 3)))
        label = next(filter(None, (_credential(each) for each in around if not is_aside(each))), None)
        if label is None:
            return
    at = _LEAD.match(below.text).end()  # type: ignore[union-attr]  # matches always
    found = _VALUE.fullmatch(below.text, at)
    generated = printer.when == "beside" and printer.name != "decoded"
    if found is None:
        phrase = None if generated else _PHRASE.fullmatch(below.text, at)
        if phrase is None or not is_romaji_phrase(phrase["value"]):
            return
        found = phrase
    elif not _fits(found["value"], generated=generated):
        return
    strong = label is not None and (label.weight is Weight.STRONG or "token" in command.lower())
    kind = printer.kind or refine_kind(label.kind if label and strong else SecretKind.PASSWORD, below, context)
    yield propose(below, found.span("value"), kind, Confidence.HIGH, _OUTPUT, printer.name)


_REPORTED = (
    r"[ \t>]*[^:=\n]{0,60}(?:password|passphrase|secret|token|api[ _-]?key)\b[^:=\n]{0,80}\b"
    r"(?:(?:re)?set|changed|created|generated|issued|rotated|regenerated)\b[^:=\n]{0,20}"
)
"""What a program says of a credential it made, above the line with the value."""
_MADE = compile_lazy(_REPORTED, re.I)
_UNDONE = compile_lazy(r"\bnot\b|\bno\b|fail|error|n't\b|\bbe\b|\bmust\b", re.I)
_ITS_VALUE = compile_lazy(
    r"[ \t>]*(?:(?:the|its|new|generated)[ \t]+){0,2}(?:value|one)(?:[ \t]+is)?[ \t]*[:=][ \t]*"
    r"[\"'`]?(?P<value>[!-~]{8,200}?)[\"'`]?[ \t]*",
    re.I,
)


@line_detector(LABEL, order=116, in_cells=False, needs=Needs(patterns=(_REPORTED,)))
def find_reported(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The value below the line in which a program says that it made one: Password … reset. New value: …"""
    if not _MADE.fullmatch(line.text) or _UNDONE.search(line.text) or (label := _credential(line.text)) is None:
        return
    below = _printed(context.page, line.number)
    found = _ITS_VALUE.fullmatch(below.text) if below else None
    if below and found and looks_strong(found["value"]) and not find_refusal(found["value"]):
        kind = refine_kind(label.kind, below, context)
        yield propose(below, found.span("value"), kind, Confidence.HIGH, _OUTPUT, "reported")


def _whole_command(page: TextPage, line: TextLine, at: int) -> tuple[str, int]:
    """A command with the lines it goes on over, and the number of its last line."""
    command, number = line.text[at:].rstrip(), line.number
    for _ in range(_CONTINUED):
        if not command.endswith("\\") or number + 1 >= len(page.starts):
            break
        number += 1
        command = f"{command[:-1].rstrip()} {page.line(number).text.strip()}"
    return command[:1_000], number


def _last_printing(command: str) -> str:
    """The last of several commands, as far as its output is shown; "" where it goes elsewhere."""
    parts = [part for part in _NEXT.split(command) if part and part != "echo"]
    last = parts[-1].strip() if parts else ""
    if _REDIRECTED.search(last):
        return ""
    stages = _PIPE.split(last)
    return last if all(_PASSED_ON.match(stage) for stage in stages[1:]) else ""


def _printed(page: TextPage, number: int) -> TextLine | None:
    """The first filled line below a command, in the same stretch."""
    following = next((each for each in page.following(number, 2) if not each.blank), None)
    return following if following is not None and not is_fence(following) else None


def _credential(text: str) -> Label | None:
    """The word of a text that names a credential most surely."""
    named = (each for each in find_labels(text) if each.weight >= Weight.WEAK and not is_misnamed(text, each))
    return max(named, key=lambda each: each.weight, default=None)


def _fits(word: str, *, generated: bool) -> bool:
    if generated and not (looks_like_token(word) or is_digest(word)):
        return False
    if _HASHED.search(word) or word.endswith(":") or is_number(word):
        return False
    return measure_strength(word) >= ValueStrength.MIXED and (not find_refusal(word) or is_digest(word))
