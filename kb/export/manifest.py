"""`.kb-export.json`: which files of a folder an export wrote, and what it wrote into each.

It makes the folder kb's own, and tells what kb wrote from what somebody else did.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from kb.errors import InputError
from kb.export.names import is_inside
from kb.export.tree import Tree
from kb.lang import t

NAME = ".kb-export.json"
FORMAT = 1


def digest(content: bytes) -> str:
    """What stands in the manifest for the content of a file."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def load(tree: Tree) -> dict[str, str] | None:
    """Path → digest of the files of the last export; None where there was none. Raises InputError."""
    raw = tree.read(NAME)
    if raw is None:
        return None
    try:
        read = json.loads(raw)
        form, files = read["format"], read["files"]
        if type(form) is not int or not isinstance(files, dict):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _unusable(tree) from None
    if form > FORMAT:
        raise InputError(
            t(f"{tree.root / NAME} は新しい kb が書いたものです。", f"{tree.root / NAME} was written by a newer kb."),
            t("kb を更新してください。", "update kb."),
        )
    if not all(isinstance(value, str) and is_inside(path) for path, value in files.items()):
        raise _unusable(tree)
    return files


def save(tree: Tree, files: Mapping[str, str]) -> None:
    """Write the manifest, unless it says so already."""
    said = json.dumps({"format": FORMAT, "files": dict(sorted(files.items()))}, ensure_ascii=False, indent=0) + "\n"
    content = said.encode("utf-8", "replace")
    if tree.read(NAME) != content:
        tree.write(NAME, content)


def _unusable(tree: Tree) -> InputError:
    return InputError(
        t(f"{tree.root / NAME} を読めません。", f"{tree.root / NAME} cannot be read."),
        t(
            "git などで元に戻すか、空のフォルダーに書き出し直してください。",
            "bring it back (git checkout), or export into an empty folder.",
        ),
    )
