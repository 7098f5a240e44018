"""Uploading files: at once, or the older way by a policy and a form to the storage."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import uuid
from datetime import datetime
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response

from kb.sandbox.esa import bodies, derive, multipart
from kb.sandbox.esa.calls import ApiError, Call, Json
from kb.sandbox.esa.files import refused
from kb.sandbox.esa.team import Team

POLICY_S = 3600
"""How long a form may be used."""

_SECRET = secrets.token_bytes(32)


def upload(call: Call) -> Json:
    """POST /attachments: a file as `file`, perhaps under another `name`; 413 when it is too large."""
    parts = multipart.parts(call.body, call.content_type)
    file = parts.get("file")
    if file is None or file.filename is None:
        raise bodies.missing("file")
    name = parts["name"].content.decode("utf-8", "replace") if "name" in parts else file.filename
    _fits(call, len(file.content))
    path = _path(call, name)
    call.team.files[path] = file.content
    shown = {"url": f"{call.base}{path}", "name": name, "size": len(file.content), "content_type": file.content_type}
    return {"attachment": shown}


def policy(call: Call) -> Json:
    """POST /attachments/policies: where a file of that `name`, `type` and `size` may be sent, and with which form."""
    given = bodies.given(call)
    name, kind, size = bodies.needed(given, "name"), bodies.needed(given, "type"), bodies.whole(given, "size")
    if size is None or size < 0:
        raise bodies.missing("size")
    _fits(call, size)
    path = _path(call, name)
    ends = {"key": path.lstrip("/"), "expires": call.team.now + POLICY_S, "most": size}
    text = base64.b64encode(json.dumps(ends).encode()).decode()
    form = {
        "AWSAccessKeyId": "sandbox",
        "signature": _signature(text),
        "policy": text,
        "key": path.lstrip("/"),
        "Content-Type": kind,
        "Cache-Control": "max-age=31536000",
        "Content-Disposition": "inline",
        "acl": "private",
    }
    return {"attachment": {"endpoint": f"{call.base}/uploads", "url": f"{call.base}{path}"}, "form": form}


async def store(request: Request, team: Team) -> Response:
    """POST to the storage: 204 when the form's policy is signed, fits and holds. It knows no token."""
    parts = multipart.parts(await request.body(), request.headers.get("content-type", ""))
    fields = {name: part.content.decode("utf-8", "replace") for name, part in parts.items() if part.filename is None}
    text, file = fields.get("policy", ""), parts.get("file")
    if not hmac.compare_digest(fields.get("signature", "").encode(), _signature(text).encode()):
        return refused(403, "SignatureDoesNotMatch")
    ends = json.loads(base64.b64decode(text))
    if team.now > ends["expires"] or fields.get("key") != ends["key"]:
        return refused(403, "AccessDenied")
    if file is None:
        return refused(400, "InvalidArgument")
    if len(file.content) > ends["most"]:
        return refused(400, "EntityTooLarge")
    team.files[f"/{ends['key']}"] = file.content
    return Response(status_code=204)


def _fits(call: Call, size: int) -> None:
    if size > call.team.behaviour.upload_max_bytes:
        raise ApiError(413, "request_entity_too_large", "Request Entity Too Large")


def _path(call: Call, name: str) -> str:
    day = datetime.fromtimestamp(call.team.now, derive.JST)
    ending = "".join(each for each in PurePosixPath(name).suffix if each.isascii() and (each.isalnum() or each == "."))
    return f"/uploads/production/attachments/1/{day:%Y/%m/%d}/1/{uuid.uuid4()}{ending}"


def _signature(text: str) -> str:
    return hmac.digest(_SECRET, text.encode(), "sha256").hex()
