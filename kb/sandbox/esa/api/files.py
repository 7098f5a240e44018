"""Uploaded files: signed addresses, and the storage that serves them.

The storage takes no token, and refuses one beside a signature, as S3 does. Files come by upload or with the data:
`attachments` of a post, each `path`, `content` and `content_type` (or `redirect`).
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from kb.sandbox.esa.http import bodies
from kb.sandbox.esa.http.call import ApiError, EsaCall, Json, parse_number

if TYPE_CHECKING:
    from kb.sandbox.esa.http.door import DoorContext

SIGNED_AT_ONCE = 10
SIGNED_BY_POST = 1000
LONGEST_S = 604_800
_SECRET = secrets.token_bytes(32)


def sign(text: str) -> str:
    """Sign a text; the signature is valid as long as this process lives."""
    return hmac.digest(_SECRET, text.encode(), "sha256").hex()


def signed_urls(call: EsaCall) -> Json:
    """GET /signed_urls: a temporary address for each file; null for unknown ones."""
    urls = [each for each in call.get("urls").split(",") if each]
    return _pairs(call, urls, call.get("expires_in", "60"), SIGNED_AT_ONCE)


def sign_many(call: EsaCall) -> Json:
    """POST /signed_urls: the same for up to 1,000."""
    fields = bodies.body_fields(call)
    urls, seconds = list(bodies.text_list(fields, "urls") or ()), bodies.int_value(fields, "expires_in")
    return _pairs(call, urls, str(seconds) if "expires_in" in fields else "60", SIGNED_BY_POST)


def _pairs(call: EsaCall, urls: list[str], seconds: str, most: int) -> Json:
    if not urls or len(urls) > most:
        raise ApiError(400, "bad_request", "urls is invalid")
    lifetime_s = parse_number(seconds)
    if lifetime_s is None or not 0 < lifetime_s <= LONGEST_S:
        raise ApiError(400, "bad_request", "expires_in is invalid")
    expires = call.team.now + lifetime_s
    return {"signed_urls": [[each, _sign(call, each, expires)] for each in urls]}


def _sign(call: EsaCall, url: str, expires: int) -> str | None:
    """Sign a path with or without leading slash, or a full address; None for an unknown file."""
    try:
        path = "/" + (urlsplit(url).path if "://" in url else url).lstrip("/")
    except ValueError:  # http://[x
        return None
    if path not in call.team.files:
        return None
    return f"{call.base}{path}?X-Expires={expires}&X-Signature={_signature(path, expires)}"


def _signature(path: str, expires: int) -> str:
    return sign(f"{path}\n{expires}")


class Storage:
    """Serves files, without a token and outside the API's limit."""

    def __init__(self, context: DoorContext) -> None:
        self.context = context

    async def answer(self, request: Request) -> Response:
        """Return the file of a signed address; 403 in XML for any other."""
        path, team = request.url.path, self.context.team
        if "authorization" in request.headers:
            return storage_error(400, "InvalidArgument")
        expires = parse_number(request.query_params.get("X-Expires", ""))
        if expires is None or team.now > expires:
            return storage_error(403, "AccessDenied")
        signature = request.query_params.get("X-Signature", "")
        if not hmac.compare_digest(signature.encode(), _signature(path, expires).encode()):
            return storage_error(403, "SignatureDoesNotMatch")
        file = team.files.get(path)
        if file is None:
            return storage_error(404, "NoSuchKey")
        if file.redirect:
            return Response(status_code=302, headers={"location": file.redirect})
        # Files and `/_sandbox/*` share an origin here, which esa's do not: a page among them must not act in its name.
        return Response(file.content, headers={"content-type": file.header, "content-security-policy": "sandbox"})


def storage_error(status: int, code: str) -> Response:
    """Return an error in S3's XML."""
    return Response(f"<Error><Code>{code}</Code></Error>", status, media_type="application/xml")
