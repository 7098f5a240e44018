"""The list as Markdown, to be kept as an index page.

The same rows give the same bytes: nothing in it depends on when it was made, so a page that is
written anew differs only where an incident does. Its first line tells kb that this is an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from kb.console import clip
from kb.lang import t
from kb.reading.policy import INDEX_MARK
from kb.reports.incidents.groups import Group
from kb.reports.incidents.rows import Incident
from kb.reports.incidents.words import (
    CAUSES,
    FIXES,
    HEADS,
    NO_DAY,
    STANDINGS,
    TITLE,
    TITLE_COLUMNS,
    counted,
    left_out,
    prevention,
)

_COLUMNS = (
    "day", "standing", "title", "place", "cause", "fix", "prevention",
    "owners", "next_due", "tickets", "nodes", "codes",
)  # fmt: skip
_IN_URL = ":/?#@!$&'*+,;=%~"
_MARKS = re.compile(r"[\\`*_{}\[\]|~$:]|(?<=www)\.", re.I)  # what only counts at a line's beginning is left alone
# Mentions and numbers of posts are looked for in what is left when Markdown is done, where a backslash is gone.
_EMOJI = re.compile(r"\\:(?=(?:[A-Za-z0-9+-]|\\_){1,60}\\:)")  # as are the names of pictures
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "@": "&#64;&#8203;", "#": "&#35;&#8203;"}


def lines(groups: Sequence[Group], hidden: int = 0) -> Iterator[str]:
    """The lines of the page, with their ends; `hidden` are those that not every reader may see, and are not in it."""
    rows = {row.doc: row for group in groups for row in group.rows}
    still_open = sum(Group("", "", (row,)).open for row in rows.values())
    note = t(
        "kb incidents が作った一覧です。この行があるページは、障害の記事として点検しません",
        "made by kb incidents; a page with this line is not linted as an incident",
    )
    yield f"{INDEX_MARK} {note} -->\n\n"
    yield f"{TITLE} {counted(len(rows), still_open)}\n"
    if said := left_out(hidden):
        yield f"\n{said}\n"
    for group in groups:
        yield "\n"
        if group.title:
            yield f"## {escaped(group.title)} {counted(len(group.rows), group.open)}\n\n"
        if group.rows:
            yield f"| {' | '.join(str(HEADS[name]) for name in _COLUMNS)} |\n"
            yield f"|{'---|' * len(_COLUMNS)}\n"
        for row in group.rows:
            yield f"| {' | '.join(_cells(row))} |\n"


def _cells(row: Incident) -> Iterator[str]:
    title = escaped(clip(row.title, TITLE_COLUMNS)) or escaped(str(row.doc))
    values = {
        "day": (row.day if row.dated else f"{row.day}{t('（作成）', ' (created)')}") if row.day else str(NO_DAY),
        "standing": str(STANDINGS[row.standing]),
        "title": f"[{title}]({quote(row.url, safe=_IN_URL)})" if row.url else title,
        "place": escaped(row.place),
        "cause": str(CAUSES[row.cause]),
        "fix": str(FIXES[row.fix]),
        "prevention": prevention(row),
        "owners": escaped(", ".join(row.owners)),
        "next_due": row.next_due,
        "tickets": " ".join(map(_ticket, row.tickets)),
        "nodes": escaped(", ".join(row.nodes)),
        "codes": " ".join(row.codes),
    }
    return (values[name] for name in _COLUMNS)


def _ticket(named: str) -> str:
    """A ticket as it is named; an address as a link that shows its last part."""
    if not named.startswith(("https://", "http://")):
        return escaped(named)
    last = named.rstrip("/").rpartition("/")[2]
    return f"[{escaped(last[:40])}]({quote(named, safe=_IN_URL)})"


def escaped(text: str) -> str:
    """Foreign text that stays text: no link, tag, cell or emphasis begins in it; no person, post or emoji is called."""
    marked = _MARKS.sub(lambda match: "\\" + match[0], text)
    return _EMOJI.sub("\\:&#8203;", "".join(_ENTITIES.get(character, character) for character in marked))
