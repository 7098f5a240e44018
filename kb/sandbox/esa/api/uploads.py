"""Upload files: directly, or by a policy and a form to the storage.

The form reader is our own: the standard library's stumbles over odd headers.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from kb.sandbox.esa.api.files import sign, storage_error
from kb.sandbox.esa.http import bodies
from kb.sandbox.esa.http.call import ApiError, EsaCall, Json
from kb.sandbox.esa.state import derive
from kb.sandbox.esa.state.records import StoredFile
from kb.sandbox.esa.state.team import EsaTeam
from kb.text.lazy_pattern import compile_lazy

_BOUNDARY = compile_lazy(r"^multipart/[^;]*;.*?\bboundary=(?:\"([^\"]{1,200})\"|([^\s;,\"]{1,200}))", re.IGNORECASE)
_PARAM = compile_lazy(r";\s*(name|filename)(\*?)=(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;\"]+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FormPart:
    """One field of a form; `filename` is None unless it is a file."""

    name: str
    filename: str | None
    content_type: str
    content: bytes


def parse_parts(body: bytes, content_type: str) -> dict[str, FormPart]:
    """Return the parts of a form by name; nothing for an unreadable form."""
    boundary = _BOUNDARY.match(content_type)
    if boundary is None:
        return {}
    mark = b"\r\n--" + (boundary[1] or boundary[2]).encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(mark)[1:-1]
    return {part.name: part for part in map(_parse_part, pieces) if part is not None}


def _parse_part(piece: bytes) -> FormPart | None:
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        key, _, value = line.partition(":")
        headers[key.strip().lower()] = value.strip()
    params: dict[str, str] = {}
    for found in _PARAM.finditer(headers.get("content-disposition", "")):
        # `filename*=utf-8''%E5…` of RFC 5987 wins over the plain one beside it.
        value = re.sub(r"\\(.)", r"\1", found[3]) if found[3] is not None else found[4]
        if found[2]:
            params[found[1].lower()] = unquote(value.rpartition("''")[2])
        else:
            params.setdefault(found[1].lower(), value)
    if "name" not in params:
        return None
    kind = headers.get("content-type", "application/octet-stream")
    return FormPart(params["name"], params.get("filename"), kind, content)


POLICY_S = 3600
"""Seconds a form may be used."""


def upload(call: EsaCall) -> Json:
    """POST /attachments: takes `file` and an optional `name`; 413 if too large."""
    parts = parse_parts(call.body, call.content_type)
    file = parts.get("file")
    if file is None or file.filename is None:
        raise bodies.missing_key("file")
    name = parts["name"].content.decode("utf-8", "replace") if "name" in parts else file.filename
    _check_size(call, len(file.content))
    path = _path(call, name)
    call.team.files[path] = StoredFile(file.content, file.content_type)
    shown = {"url": f"{call.base}{path}", "name": name, "size": len(file.content), "content_type": file.content_type}
    return {"attachment": shown}


def policy(call: EsaCall) -> Json:
    """POST /attachments/policies: the endpoint and form with which to upload a file."""
    fields = bodies.body_fields(call)
    name, kind = bodies.required_text(fields, "name"), bodies.required_text(fields, "type")
    size = bodies.int_value(fields, "size")
    if size is None or size < 0:
        raise bodies.missing_key("size")
    _check_size(call, size)
    path = _path(call, name)
    ends = {"key": path.lstrip("/"), "expires": call.team.now + POLICY_S, "most": size}
    text = base64.b64encode(json.dumps(ends).encode()).decode()
    form = {
        "AWSAccessKeyId": "sandbox",
        "signature": sign(text),
        "policy": text,
        "key": path.lstrip("/"),
        "Content-Type": kind,
        "Cache-Control": "max-age=31536000",
        "Content-Disposition": "inline",
        "acl": "private",
    }
    return {"attachment": {"endpoint": f"{call.base}/uploads", "url": f"{call.base}{path}"}, "form": form}


async def store(request: Request, team: EsaTeam) -> Response:
    """POST to the storage: 204 if the form's policy is signed, unexpired and kept. Takes no token."""
    parts = parse_parts(await request.body(), request.headers.get("content-type", ""))
    fields = {name: part.content.decode("utf-8", "replace") for name, part in parts.items() if part.filename is None}
    text, file = fields.get("policy", ""), parts.get("file")
    if not hmac.compare_digest(fields.get("signature", "").encode(), sign(text).encode()):
        return storage_error(403, "SignatureDoesNotMatch")
    ends = json.loads(base64.b64decode(text))
    if team.now > ends["expires"] or fields.get("key") != ends["key"]:
        return storage_error(403, "AccessDenied")
    if file is None:
        return storage_error(400, "InvalidArgument")
    if len(file.content) > ends["most"]:
        return storage_error(400, "EntityTooLarge")
    team.files[f"/{ends['key']}"] = StoredFile(file.content, fields.get("Content-Type", ""))
    return Response(status_code=204)


def _check_size(call: EsaCall, size: int) -> None:
    if size > call.team.behaviour.upload_max_bytes:
        raise ApiError(413, "request_entity_too_large", "Request Entity Too Large")


def _path(call: EsaCall, name: str) -> str:
    day = datetime.fromtimestamp(call.team.now, derive.JST)
    ending = "".join(each for each in PurePosixPath(name).suffix if each.isascii() and (each.isalnum() or each == "."))
    return f"/uploads/production/attachments/1/{day:%Y/%m/%d}/1/{uuid.uuid4()}{ending}"
