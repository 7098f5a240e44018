"""Reading `multipart/form-data`. Pure; the standard library's reader of such headers stumbles over odd ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_BOUNDARY = re.compile(r"^multipart/[^;]*;.*?\bboundary=(?:\"([^\"]{1,200})\"|([^\s;,\"]{1,200}))", re.IGNORECASE)
_PARAM = re.compile(r";\s*(name|filename)(\*?)=(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;\"]+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form; `filename` is None where it is no file."""

    name: str
    filename: str | None
    content_type: str
    content: bytes


def parts(body: bytes, content_type: str) -> dict[str, Part]:
    """The parts of a form by their names; none when it cannot be read."""
    boundary = _BOUNDARY.match(content_type)
    if boundary is None:
        return {}
    mark = b"\r\n--" + (boundary[1] or boundary[2]).encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(mark)[1:-1]
    return {part.name: part for part in map(_part, pieces) if part is not None}


def _part(piece: bytes) -> Part | None:
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        key, _, value = line.partition(":")
        headers[key.strip().lower()] = value.strip()
    given: dict[str, str] = {}
    for found in _PARAM.finditer(headers.get("content-disposition", "")):
        # `filename*=utf-8''%E5…` of RFC 5987 wins over the plain one beside it.
        value = re.sub(r"\\(.)", r"\1", found[3]) if found[3] is not None else found[4]
        if found[2]:
            given[found[1].lower()] = unquote(value.rpartition("''")[2])
        else:
            given.setdefault(found[1].lower(), value)
    if "name" not in given:
        return None
    kind = headers.get("content-type", "application/octet-stream")
    return Part(given["name"], given.get("filename"), kind, content)
