"""Write a checklist: one part a person, a line a change, no totals.

A line says what would be done, by values that `TickLine.text` holds against what stands there when it is read; the
title of a page stands in its link, and may change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kb.model.document import Source
from kb.model.plan import Change, ChangeKey, Value
from kb.plan.impact.sentences import VERB_LABELS
from kb.plan.ticks.history import AskedLine
from kb.text.display import clip, sanitize
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.tasks import REFUSAL

_TITLE = 60
"""Columns of a title in a line."""

_WIDE = str.maketrans("<>[]`*|\\#@~&", "＜＞［］｀＊｜＼＃＠～＆")
_MENTION = compile_lazy(r"^### @(\S+)", 8)  # re.M


def line_id(change: Change) -> str:
    """Return what a change's line is known by, 8 hex digits: of what is done, not of when it was seen or by what title.

    Another proposal is another line, so that nobody agrees to what was edited afterwards.
    """
    values = [[key, _plain(change.before[key]), _plain(change.after[key])] for key in sorted(change.after)]
    told = json.dumps([change.kind, change.target, values, change.note], ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class ChecklistPart:
    """What one person is asked: their screen name, and the lines up to their ids."""

    asked: str
    lines: tuple[str, ...]


def render_checklist(parts: Sequence[ChecklistPart]) -> str:
    """Render the section's text."""
    return "\n\n".join((str(_INTRO), *map(_render_part, parts)))


_INTRO = t(
    "kb からの確認です。ご自分の名前のところで、進めてよいもの、読んで正しかった記事は左の箱に、やめておくもの、"
    "確かめない記事は「やらない」の箱に印を付けてください。印のないものは、そのままにします。箱に印を付けられない"
    "ときは、この記事のコメントに、行の終わりの 8 文字に続けて「やる」か「やらない」と書いてください。",
    "Asked by kb. Below your name, tick the box of what may be done, and of a page that you read and found right, or "
    "“Leave it” below it. What nobody ticks stays as it is. Where a box cannot be ticked, write the eight characters "
    "at the end of the line in a comment here, followed by “do it” or “leave it”.",
)


def _render_part(part: ChecklistPart) -> str:
    lines = "\n".join(f"- [ ] {line}\n    - [ ] {REFUSAL} `{line[-9:-1]}`" for line in part.lines)
    return f"### @{part.asked}\n\n{lines}"


def list_mentioned(content: str) -> frozenset[str]:
    """Return whom a checklist asks."""
    return frozenset(_MENTION.findall(content))


def render_line(change: Change, redmine: str) -> str:
    """Render what a line says of a change, up to its id. `redmine` is the address tickets are below."""
    return _line(change, redmine, str(VERB_LABELS[change.kind]))


def _line(change: Change, redmine: str, verb: str) -> str:
    url = f"/posts/{change.number}" if change.source is Source.ESA else f"{redmine.rstrip('/')}/issues/{change.number}"
    says = " ".join((f"[{name_page(change.target, change.title)}]({url})", *_describe_values(change)))
    return f"{verb}: {says} `{line_id(change)}`"


def name_page(target: str, title: str) -> str:
    """Return a page's id and title as a line shows them."""
    return " ".join(filter(None, (target, clip(_safe(title), _TITLE))))


def _describe_values(change: Change) -> Iterator[str]:
    for key in ChangeKey:
        if key not in change.after or change.before[key] == change.after[key] or key is ChangeKey.WIP:
            continue
        old, new = (_shown(each[key]) for each in (change.before, change.after))
        yield f"→ 「{new}」" if key is ChangeKey.TITLE else f"{old} → {new}"


def _shown(value: Value) -> str:
    text = "、".join(value) if isinstance(value, tuple) else str(value)
    return _safe(text) or "–"


def _safe(text: str) -> str:
    """Return foreign text without markup, mentions and references."""
    return " ".join(sanitize(text).translate(_WIDE).replace("://", "：//").split())


def asked_lines(changes: Iterable[Change], redmine: str) -> Iterator[AskedLine]:
    """Yield the lines that ask about changes, as they may stand in either language."""
    for change in changes:
        if change.asked:
            verb = VERB_LABELS[change.kind]
            lines = (_line(change, redmine, each) for each in (verb.ja, verb.en))
            yield AskedLine.of(line_id(change), change.asked, lines)


def name_line(change: Change) -> Text:
    """Return a change's line in a sentence, without its title."""
    return t(f"{change.target}（{line_id(change)}）", f"{change.target} ({line_id(change)})")
