"""Find icons of the package `diagrams` by kind and class, without importing it.

The import takes 0.4 s and needs Graphviz's Python wrapper, and beside a team's own `diagrams/` Python may
import the wrong one. The icons are vendors' marks: kb names them and ships none.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from kb.diagram.draw.svg import png_uri
from kb.diagram.model.schema import NODE_KINDS, icon_class
from kb.errors import ConfigError
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_CLASS = compile_lazy(r"^class (?P<name>\w+)\(\w+\):(?P<body>(?:\n(?:[ \t].*)?)*)", re.M)
_ICON = compile_lazy(r"^\s+_icon = [\"']([^\"']+)[\"']", re.M)
_FOLDER = compile_lazy(r"^\s+_icon_dir = [\"']resources/([^\"']+)[\"']", re.M)
_ALIAS = compile_lazy(r"^(\w+) = (\w+)\s*$", re.M)


@dataclass(frozen=True, slots=True)
class IconSet:
    """The icon files by kind: `files` below `root`, their bytes, and the package's version."""

    root: Path | None
    files: Mapping[str, str]
    data: Mapping[str, bytes]
    package: str

    def hashes(self) -> dict[str, str]:
        return {kind: hashlib.sha256(self.data[path]).hexdigest() for kind, path in sorted(self.files.items())}

    def uris(self) -> dict[str, str]:
        return {path: png_uri(data) for path, data in sorted(self.data.items())}


NO_ICONS = IconSet(None, {}, {}, "")


def find_icons(kinds: Iterable[str]) -> IconSet:
    """Return the icons of these kinds, of which "" is none; NO_ICONS without the package.

    Raises ConfigError for a class that the package does not have.
    """
    found = _package()
    if found is None:
        return NO_ICONS
    base, version = found
    files: dict[str, str] = {}
    data: dict[str, bytes] = {}
    for kind in sorted(set(kinds) - {""}):
        name = icon_class(kind)
        path = _file_of(base, name)
        if path is None and name and kind not in NODE_KINDS:
            raise _no_class(base, name)
        if path is not None:
            files[kind] = path
            data[path] = (base / "resources" / path).read_bytes()
    return IconSet(base / "resources", files, data, f"diagrams {version}")


def _package() -> tuple[Path, str] | None:
    """Return the package's folder, its icons' folder, and its version."""
    try:
        package = metadata.distribution("diagrams")
    except metadata.PackageNotFoundError:
        return None
    base = Path(str(package.locate_file("")))
    return (base, package.version) if (base / "resources").is_dir() else None


def _file_of(base: Path, name: str) -> str | None:
    """Return a class's file, relative to the icons."""
    module, _, last = name.rpartition(".")
    folder, icons = _classes(base / "diagrams" / f"{module.replace('.', '/')}.py")
    path = f"{folder}/{icons[last]}" if last in icons else ""
    return path if path and (base / "resources" / path).is_file() else None


@cache
def _classes(module: Path) -> tuple[str, Mapping[str, str]]:
    """Return the folder of a module's icons, and each class's file, aliases included."""
    try:
        text = module.read_text("utf-8")
    except OSError:
        return "", {}
    folder = _FOLDER.search(text)
    icons = {}
    for found in _CLASS.finditer(text):
        icon = _ICON.search(found["body"])
        if icon:
            icons[found["name"]] = icon[1]
    for alias, name in _ALIAS.findall(text):
        if name in icons:
            icons.setdefault(alias, icons[name])
    return folder[1] if folder else "", icons


def _no_class(base: Path, name: str) -> ConfigError:
    module, _, last = name.rpartition(".")
    _, icons = _classes(base / "diagrams" / f"{module.replace('.', '/')}.py")
    near = difflib.get_close_matches(last, icons, n=1, cutoff=0.4)
    return ConfigError(
        t(f"kind「{name}」は diagrams にありません。", f"diagrams has no class {name} (kind)."),
        t(
            f"{module}.{near[0]} ではありませんか。" if near else "diagrams の一覧で名前を確かめてください。",
            f"did you mean {module}.{near[0]}?" if near else "check its name in the list of diagrams.",
        ),
    )
