"""Uploaded files: addresses signed by the API, and the storage that honours them.

The storage is not the API: it knows no token, and refuses whoever sends one besides a signature, as
S3 does. Files come with the data: `attachments` of a post, each `path` and `content` (or `redirect`).
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from kb.sandbox.esa.calls import ApiError, Call, Json

if TYPE_CHECKING:
    from kb.sandbox.esa.door import House

SIGNED_AT_ONCE = 10
LONGEST_S = 604_800
_SECRET = secrets.token_bytes(32)


def signed_urls(call: Call) -> Json:
    """GET /signed_urls: each file asked for with an address that works for a while; null for what is none."""
    asked = [each for each in call.get("urls").split(",") if each]
    if not asked or len(asked) > SIGNED_AT_ONCE:
        raise ApiError(400, "bad_request", "urls is invalid")
    seconds = call.get("expires_in", "60")
    if not (seconds.isascii() and seconds.isdigit() and 0 < int(seconds[:9]) <= LONGEST_S):
        raise ApiError(400, "bad_request", "expires_in is invalid")
    expires = call.team.now + int(seconds)
    return {"signed_urls": [[path, _signed(call, path, expires)] for path in asked]}


def _signed(call: Call, path: str, expires: int) -> str | None:
    if path not in call.team.files:
        return None
    return f"{call.base}{path}?X-Expires={expires}&X-Signature={_signature(path, expires)}"


def _signature(path: str, expires: int) -> str:
    return hmac.digest(_SECRET, f"{path}\n{expires}".encode(), "sha256").hex()


class Storage:
    """Where files are fetched; no request here counts against the API's limit."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def answer(self, request: Request) -> Response:
        """The file of a signed address; 403 in XML, as storages answer, for every other."""
        path, team = request.url.path, self.house.team
        if "authorization" in request.headers:
            return _refused(400, "InvalidArgument")
        expires = request.query_params.get("X-Expires", "")
        if not (expires.isascii() and expires.isdigit() and len(expires) < 12) or team.now > int(expires):
            return _refused(403, "AccessDenied")
        given = request.query_params.get("X-Signature", "")
        if not hmac.compare_digest(given.encode(), _signature(path, int(expires)).encode()):
            return _refused(403, "SignatureDoesNotMatch")
        file = team.files.get(path)
        if file is None:
            return _refused(404, "NoSuchKey")
        if isinstance(file, str):
            return Response(status_code=302, headers={"location": file})
        return Response(file, media_type="application/octet-stream")


def _refused(status: int, code: str) -> Response:
    return Response(f"<Error><Code>{code}</Code></Error>", status, media_type="application/xml")
