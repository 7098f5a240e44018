"""The incident pages behind the charts, one by one: what each is counted under, and the words that find it. Pure.

A word is a kind and a value, `ノード:web-prd-01`: whoever looks through the list may type one as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.lang import Text, t
from kb.reports.incidents.rows import CauseKind, Standing
from kb.reports.incidents.words import CAUSES, STANDINGS
from kb.reports.week.model import Bar, Page

STEP = t("状態と原因", "State and cause")
DAY = t("発生日", "Date")
LEAD = t(
    "新しい順です。原因は、どこまで書かれているかを表しています。",
    "The newest first; the cause is how far it is written down.",
)
_KINDS: dict[str, Text] = {
    "months": t("発生", "month"),
    "causes": t("原因", "cause"),
    "nodes": t("ノード", "node"),
    "standing": t("状態", "state"),
}
_LISTINGS: dict[str, str] = {
    "months": "kb incidents --by month",
    "causes": "kb incidents --by cause",
    "nodes": "kb incidents --by node",
}


def says(cause: CauseKind, nodes: tuple[str, ...]) -> Text:
    """The cause and the nodes of a page, as its row tells them."""
    named = t(f"。ノード: {'、'.join(nodes)}", f"; nodes: {', '.join(nodes)}") if nodes else t("", "")
    return t(f"原因: {CAUSES[cause].ja}{named.ja}", f"cause: {CAUSES[cause].en}{named.en}")


def standing(page: Page) -> Text:
    """Whether it is done, in a word."""
    return STANDINGS[Standing(page.standing)]


def find(kind: str, bar: Bar, *, still: bool = False) -> str:
    """The words that find the pages of a bar; with `still` those of them that are open."""
    value = str(bar.label) if kind == "causes" else bar.key
    return " ".join((_word(kind, value), *([_word("standing", str(STANDINGS[Standing.OPEN]))] if still else ())))


def listing(kind: str) -> str:
    """The command that lists all the pages a chart counts."""
    return _LISTINGS[kind]


def keys(page: Page) -> Iterator[str]:
    """The words that find a page."""
    if page.row.since:
        yield _word("months", page.row.since[:7])
    yield _word("causes", str(CAUSES[CauseKind(page.cause)]))
    yield _word("standing", str(standing(page)))
    yield from (_word("nodes", node) for node in page.nodes)


def _word(kind: str, value: str) -> str:
    """A kind and a value as one word, whatever they hold."""
    return "-".join(f"{_KINDS[kind]}:{value}".split())
