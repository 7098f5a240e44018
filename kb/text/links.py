"""What a text points at: addresses, tickets, other posts.

Words end at ASCII boundaries: to `re` の is a letter like any other, and 「#12の件」 a word.
pyromark finds no bare URLs, and tickets are only words, so one scan over the text does it all.
"""

from __future__ import annotations

import re

from kb.text.lazy_pattern import compile_lazy

# Each begins with a letter or sign of its own, spelled out: `re` then runs to the next one without
# trying the rest of the pattern on every character. A look-behind in front, or re.I, would cost that.
URL = compile_lazy("[Hh][Tt][Tt][Pp][Ss]?://[^\\s<>\"'`|\\\\^{}（）「」『』【】、。，．　]+")
_TICKET = compile_lazy("#(?<![\\w&/#]#)(?P<number>[1-9][0-9]{0,6})(?![\\w-])", re.A)
_TICKET_URL = compile_lazy("/(?:issues|tickets|browse|pull|merge_requests)/(?P<key>[A-Za-z0-9-]+)")
MAX_LINKS = 400
"""Links kept of one text: a page of thousands is an index, and facts are rows, not copies."""


def find_urls(text: str) -> tuple[str, ...]:
    """The addresses in a text, each once, in order, without the punctuation that follows them."""
    if "://" not in text:
        return ()
    found = (trim_address(match.group()) for match in URL.finditer(text))
    return tuple(dict.fromkeys(found))[:MAX_LINKS]


def trim_address(url: str) -> str:
    """An address without what closed the sentence or the bracket around it."""
    url = url.rstrip(".,;:!?*_~")
    for opening, closing in ("()", "[]"):
        if url.endswith(closing) and (more := url.count(closing) - url.count(opening)) > 0:
            url = url[: -min(more, len(url) - len(url.rstrip(closing)))]
    return url


def find_ticket_refs(text: str) -> tuple[str, ...]:
    """The tickets a text names, as `#123` or by their address, each once, in order."""
    found = [match.group() for match in _TICKET.finditer(text)] if "#" in text else []
    if "://" in text and _TICKET_URL.search(text):
        found += [url for url in find_urls(text) if _TICKET_URL.search(url)]
    return tuple(dict.fromkeys(found))[:MAX_LINKS]
