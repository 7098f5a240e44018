"""The lists of word tables that modules ask for: they are compiled when asked, so `vars()` of a module has none."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

_ASKED = re.compile(r"\b(_RE|UNKNOWN_WORDS)\.([a-z]\w*)")


def asked_lists(module: ModuleType) -> dict[str, re.Pattern[str]]:
    """The compiled lists that a module asks for, by name."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    return {name: getattr(getattr(module, lists), name) for lists, name in _ASKED.findall(source)}
