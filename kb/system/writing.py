"""How kb writes a model as TOML: ids made of labels, and foreign text as strings that a model may hold. Pure."""

from __future__ import annotations

import json
import re
import unicodedata

_UNDRAWABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e007f]+"
)
_LONGEST = 120


def slug(text: str) -> str:
    """A text as an id, "" where nothing of it can stand in one."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:50].strip("-")


def unused(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken already; `taken` holds it from now on."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free)
    return free


def clean(text: str, longest: int = _LONGEST) -> str:
    """A text on one line, without what nobody can see, cut where a label would be too long."""
    return " ".join(_UNDRAWABLE.sub(" ", text).split())[:longest].rstrip()


def string(text: str) -> str:
    """A text as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def strings(texts: tuple[str, ...]) -> str:
    """Texts as a TOML array."""
    return "[" + ", ".join(map(string, texts)) + "]"


def comment(text: str) -> str:
    """A text as a comment, of one line whatever it holds."""
    return f"# {clean(text, 200)}"
