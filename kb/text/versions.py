"""The versions of the reader and the detector: hashes of their code and words.

What the same text gives is kept under them (cached judgements, known values), so they change with whatever may change
it: modules and word tables of the rooms below, without comments and docstrings. A wheel brings both along
(`hatch_build.py`). In a checkout they are computed when a file has changed, and kept in `__pycache__`: half a second.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_READER = ("text", "markup", "reading")
_DETECTOR = ("text", "markup", "secrets")


def load_versions(package: Path) -> tuple[str, str]:
    """Return the versions of reader and detector of the kb in a folder."""
    built = package / "_assets" / "versions.txt"
    if built.exists():
        reader, detector = built.read_text(encoding="ascii").split()
        return reader, detector
    key = _key(package)
    kept = package / "text" / "__pycache__" / "versions.txt"
    try:
        reader, detector, known = kept.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        known = ""
    if known != key:
        reader, detector = compute_versions(package)
        _keep(kept, f"{reader} {detector} {key}")
    return reader, detector


def compute_versions(package: Path) -> tuple[str, str]:
    """Hash the rooms of reader and detector."""
    rooms = {room: _hash_room(package / room) for room in dict.fromkeys((*_READER, *_DETECTOR))}
    reader, detector = (
        hashlib.blake2b(b"".join(rooms[room] for room in names), digest_size=6).hexdigest()
        for names in (_READER, _DETECTOR)
    )
    return reader, detector


def _keep(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(exist_ok=True)
        part.write_text(text, encoding="ascii")
        part.replace(path)
    except OSError:
        pass  # where nothing can be written, each start computes them


def _key(package: Path) -> str:
    """A hash of names, times and sizes of all files."""
    digest = hashlib.blake2b(digest_size=8)
    for room in dict.fromkeys((*_READER, *_DETECTOR)):
        for path, entry in _files(package / room):
            stat = entry.stat()
            digest.update(f"{room} {path} {stat.st_mtime_ns} {stat.st_size}\n".encode())
    return digest.hexdigest()


def _files(folder: Path, below: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The modules and tables of a folder, by their names in it, in the order of these."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(Path(entry.path), f"{below}{entry.name}/")
        elif entry.name.endswith((".py", ".toml", ".tsv")):
            yield f"{below}{entry.name}", entry


def _hash_room(folder: Path) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for name, entry in _files(folder):
        text = Path(entry.path).read_text(encoding="utf-8")
        digest.update("\0".join([name, *(_code(text) if name.endswith(".py") else _table(text))]).encode())
    return digest.digest()


def _table(text: str) -> Iterable[str]:
    return (line for line in text.splitlines() if line.strip() and not line.startswith("# "))


def _code(text: str) -> list[str]:
    """The syntax of a module as words, without what stands there for readers alone."""
    import ast

    found: list[str] = []

    def add(node: object) -> None:
        if isinstance(node, ast.AST):
            found.append(f"({type(node).__name__}")
            for name in node._fields:
                value = getattr(node, name, None)
                if value is None or value == [] or name in ("ctx", "kind"):
                    continue
                found.append(name)
                add(value)
            found.append(")")
        elif isinstance(node, list):
            for each in node:
                if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)):  # a docstring
                    add(each)
        else:
            found.append(repr(node))

    add(ast.parse(text))
    return found


READER_VERSION, DETECTOR_VERSION = load_versions(_PACKAGE)
