"""OWNERS → rules: lines `pattern owner …`, as CODEOWNERS has them. Pure.

    # 運用の手順は基盤のふたりで
    /運用/手順/   @sato @ono
    *.md          "佐藤 健"

A pattern with a slash before its end stands for a place from the top, another for a name in any folder;
what matches a folder means all in it, except that `docs/*` means what stands in it directly. `\\ ` is a
blank of a name. A line without an owner takes a place out again. Source: GitHub Docs, About code owners.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.lint.ownership import OwnerRule
from kb.reading.globs import personal_folder

_WORD = re.compile(r'"(?P<quoted>[^"]*)"|(?P<bare>(?:\\.|[^ \t\\])+)')


def rules_in(text: str, folders: Sequence[str] = ()) -> list[OwnerRule]:
    """The rules of a file, in its order; `folders` are the globs of personal folders."""
    found = []
    for line in text.splitlines():
        words = _words(line)
        if words:
            pattern, *to = words
            reaches = bool(personal_folder(pattern.strip("/"), folders))
            found.append(OwnerRule(tuple(to), pattern, _compiled(pattern), personal=reaches))
    return found


def _words(line: str) -> list[str]:
    """The words of a line up to its comment."""
    words = []
    for found in _WORD.finditer(line.strip()):
        if found["bare"] is not None and found["bare"].startswith("#"):
            break
        words.append(found["quoted"] if found["bare"] is None else re.sub(r"\\(.)", r"\1", found["bare"]))
    return words


def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as gitignore understands it, on the whole of a place."""
    inside = pattern.endswith("/")
    body = pattern.strip("/")
    anchored = pattern.startswith("/") or "/" in body
    out = "" if anchored else "(?:.*/)?"
    body = re.sub(r"\*{3,}", "**", re.sub(r"(?:\*\*/){2,}", "**/", body))  # else a dozen is tried in every order
    for piece in re.split(r"(\*\*/|/\*\*\Z|\*\*|\*|\?)", body):
        out += {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece, re.escape(piece))
    if inside:
        out += "/.*"
    elif not body.endswith("/*"):
        out += "(?:/.*)?"
    return re.compile(out, re.S)
