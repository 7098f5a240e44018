"""Wordings of credentials, and near misses: the pages of `wordings/`, one a line.

`⟦…⟧` marks what must be found, `⟦kind|…⟧` of another kind than a password; all else must stay silent. `⏎` is
a line feed, `T:` begins Textile, `F:name ⇥ value` is a custom field, `A:name ⇥ text` an attached file, `!` a known
miss. Messages name the file and line, never a value.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from together import together

from kb.ingest.document import ingest
from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Confidence
from kb.model.secret import Secret
from kb.secrets.find import find_secrets
from kb.secrets.masking.mask import cut_value

WORDINGS = Path(__file__).parent / "wordings"
KINDS = {"F:": Kind.FIELD, "A:": Kind.ATTACHMENT}
KNOWN_MISS = re.compile(r"!(?!\[)")  # `![` begins a picture
MARK = re.compile(r"⟦(?:(\w+)\|)?(.*?)⟧", re.S)


def cases() -> list[object]:
    out: list[object] = []
    for path in sorted(WORDINGS.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("# "):
                known = [pytest.mark.xfail(strict=True, reason="a known miss")] if KNOWN_MISS.match(line) else []
                out.append(pytest.param(path.stem, number, id=f"{path.stem}-{number}", marks=known))
    return out


@cache
def lines_of(name: str) -> list[str]:
    return (WORDINGS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def wording(name: str, number: int) -> tuple[Document, list[tuple[str, str]]]:
    """The document a line stands for, and the kinds and values that must be found in it."""
    line = lines_of(name)[number - 1]
    line = KNOWN_MISS.sub("", line, count=1) if KNOWN_MISS.match(line) else line
    markup = Markup.TEXTILE if line.startswith("T:") else Markup.MARKDOWN
    line = line.removeprefix("T:")
    kind = KINDS.get(line[:2], Kind.FILE)
    title = ""
    if kind is not Kind.FILE:
        title, line = re.split(r" ?⇥ ?", line[2:], maxsplit=1)
    text = re.sub(r" ?⏎ ?", "\n", line)
    wanted = sorted((found[1] or "password", found[2]) for found in MARK.finditer(text))
    body = MARK.sub(lambda found: found[2], text)
    return Document(f"{name}:{number}", Source.FILES, kind, title, body, markup), wanted


def held(document: Document) -> tuple[Secret, ...]:
    """The credentials in a document's body. What hangs on a page is looked through with its name."""
    return find_secrets(document) if document.kind is Kind.FILE else ingest(document).secrets


@together(("name", "number"), cases())
def test_what_is_marked_is_found_and_nothing_else(name: str, number: int) -> None:
    document, wanted = wording(name, number)
    found = sorted(
        (each.kind.value, cut_value(document, each)) for each in held(document) if each.confidence >= Confidence.MEDIUM
    )
    missed = len([value for _, value in wanted if value not in [other for _, other in found]])
    extra = len([value for _, value in found if value not in [other for _, other in wanted]])
    kinds = [kind for kind, value in found if value in [other for _, other in wanted]]
    told = (missed, extra, kinds == [kind for kind, _ in wanted])
    del found, wanted, document, kinds
    assert told == (0, 0, True), f"missed {told[0]}, extra {told[1]}, right kinds {told[2]}"
