"""Take secrets out of what is collected, before it becomes an item: snapshots hold none.

A value is masked whole under a name that speaks of a secret, and where kb's own detector finds one in it.
"""

from __future__ import annotations

from functools import lru_cache

from kb.model.document import Markup
from kb.secrets.mask_document import mask_known_values, mask_text
from kb.secrets.quick_scan import scan_field
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import replace_surrogates

MASKED = "***"
LONGEST = 400
"""Characters of a value that are kept; no name, tag or message of a tool is longer for a reason."""

_SECRET_NAME = compile_lazy(
    r"(?i)pass(?:w(?:or)?d|phrase)?(?![a-z])|pwd|secret|token|credential|api[-_ ]?key|private[-_ ]?key|access[-_ ]?key"
    r"|community|psk|パス(?:ワード|フレーズ)|暗証|秘密|トークン|鍵|合言葉"
)
_URL_LOGIN = compile_lazy(r"(?<=://)[^/\s@]+@")


def mask_value(name: str, value: str) -> str:
    """Return the value of a tag, a variable or a field of that name, `***` where it is or holds a secret."""
    value = mask_words(value)
    if not value or value == MASKED:
        return value
    if _SECRET_NAME.search(name):
        return MASKED
    return MASKED if _is_found(name[:LONGEST], value) else value


def mask_words(text: str) -> str:
    """Return a name or message on one line, `***` where kb finds a secret in it; logins leave their URLs.

    Each part between separators is looked at besides: a token in `x.TOKEN.d` is no word that a detector begins at.
    """
    words = " ".join(replace_surrogates(text).split())[:LONGEST]
    if not words:
        return ""
    words = _URL_LOGIN.sub("", words)
    if _masks(words):
        return MASKED
    parts = _PARTS.split(words) if len(words) > _LEAST_SECRET else []
    return MASKED if len(parts) > 1 and any(len(each) >= _LEAST_SECRET and _masks(each) for each in parts) else words


def mask_path(text: str) -> str:
    """Return a path or program on one line, `***` for each part of it in which kb finds a secret."""
    if "/" not in text:
        return mask_words(text)
    found = " ".join(_URL_LOGIN.sub("", replace_surrogates(text)).split())[:LONGEST]
    if _masks(found):
        return MASKED
    return "/".join(map(mask_words, found.split("/")))


_PARTS = compile_lazy(r"[\s/.:+@,]")
_LEAST_SECRET = 12
"""Characters from which on a part of a name or path may be a token."""


@lru_cache(maxsize=4096)
def _masks(words: str) -> bool:
    return mask_text(words) != words or mask_known_values(words) != words


@lru_cache(maxsize=4096)
def _is_found(name: str, value: str) -> bool:
    return bool(scan_field(name, value, Markup.MARKDOWN))
