"""Reading `multipart/form-data`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form; `filename` is None where it is no file."""

    name: str
    filename: str | None
    content_type: str
    content: bytes


def parts(body: bytes, content_type: str) -> dict[str, Part]:
    """The parts of a form by their names; none when it cannot be read."""
    boundary = _header(content_type).get_param("boundary")
    if not isinstance(boundary, str) or not content_type.lower().startswith("multipart/"):
        return {}
    found: dict[str, Part] = {}
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1", "replace"))[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if part := _part(head, content):
            found[part.name] = part
    return found


def _part(head: bytes, content: bytes) -> Part | None:
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        key, _, value = line.partition(":")
        headers[key.strip().lower()] = value.strip()
    disposition = _header(headers.get("content-disposition", ""))
    name, filename = disposition.get_param("name"), disposition.get_param("filename")
    if not isinstance(name, str):
        return None
    kind = headers.get("content-type", "application/octet-stream")
    return Part(name, filename if isinstance(filename, str) else None, kind, content)


def _header(value: str) -> Message:
    message = Message()
    message["content-type"] = value
    return message
