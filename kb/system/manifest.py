"""`manifest.json` beside the pictures: what each file was made from, so that what is the same is not drawn again.

No time stands in it: the same model gives the same manifest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "manifest.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: the hash of its source, the hash of its bytes, how many they are, and the engine that drew it."""

    form: str
    source: str
    sha256: str
    size: int
    engine: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The files of one view by name, and what drew them: Graphviz, its font, the icons, kb's own forms."""

    title: str
    files: Mapping[str, Entry]
    renderer: Mapping[str, str]


def entry(form: str, source: str, data: bytes, engine: str = "") -> Entry:
    """What is kept of a file."""
    return Entry(form, source, hashlib.sha256(data).hexdigest(), len(data), engine)


def read(folder: Path) -> dict[str, View]:
    """The views that were drawn into a folder; none where there is no manifest, or none that can be read."""
    try:
        whole = json.loads((folder / NAME).read_bytes())
        if whole["format"] != _FORMAT:
            return {}
        return {
            str(name): View(
                str(view["title"]),
                {str(file): Entry(**row) for file, row in view["files"].items()},
                dict(view["renderer"]),
            )
            for name, view in whole["views"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def names(views: Mapping[str, View]) -> frozenset[str]:
    """The files of all views."""
    return frozenset(name for view in views.values() for name in view.files)


def written(views: Mapping[str, View]) -> bytes:
    """The manifest as it is kept."""
    whole = {"format": _FORMAT, "views": {name: asdict(view) for name, view in views.items()}}
    return (json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def intact(folder: Path, name: str, kept: Entry) -> bool:
    """Whether a file is still what was written."""
    try:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest() == kept.sha256
    except OSError:
        return False
