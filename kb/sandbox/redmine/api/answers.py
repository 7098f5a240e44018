"""HTTP answers as Redmine gives them: JSON with an ETag, or a status and nothing else."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json; charset=utf-8"


def json_answer(request: Request, body: object, status: int = 200) -> Response:
    """A JSON answer with a weak ETag over its bytes; 304 without a body when the client has it."""
    content = msgspec.json.encode(body)
    headers = {"cache-control": "max-age=0, private, must-revalidate"}
    if status == 200:
        etag = f'W/"{sha256(content).hexdigest()[:32]}"'
        headers["etag"] = etag
        known = request.headers.get("if-none-match", "")
        if known == "*" or etag in (part.strip() for part in known.split(",")):
            return Response(status_code=304, headers=headers)
    return Response(content, status, headers, media_type=JSON)


def unprocessable(request: Request, messages: list[str]) -> Response:
    """422, the only refusal with a body."""
    return json_answer(request, {"errors": messages}, 422)


def status_only(status: int) -> Response:
    """401, 403 or 404 as the API gives them: JSON by its header, and no body to parse."""
    headers = {"cache-control": "no-cache"}
    if status == 401:
        headers["www-authenticate"] = 'Basic realm="Redmine API"'
    return Response(status_code=status, headers=headers, media_type="application/json")


def no_content() -> Response:
    """204: understood, which is not to say done."""
    return Response(status_code=204, headers={"cache-control": "no-cache"})


def bad_json() -> Response:
    """400 for a body that is no JSON: HTML by its header, and empty."""
    return Response(status_code=400, media_type="text/html; charset=utf-8")


def server_error(request: Request) -> Response:
    """500, which Redmine gives to an `issue` that is no object and the like."""
    return json_answer(request, {"status": 500, "error": "Internal Server Error"}, 500)


def unknown_path() -> Response:
    """404 for a path without a route: an HTML answer."""
    return Response(status_code=404, media_type="text/html; charset=utf-8")


def wiki_redirect(base_url: str, title: str) -> Response:
    """302 to the title a wiki page has now; the format is lost on the way, as on the real server."""
    return Response(status_code=302, headers={"location": base_url + quote(title)}, media_type="text/html")


def not_implemented(name: str) -> Response:
    """501 for what the real server has and this one lacks."""
    return Response(f"kb sandbox does not have this part of Redmine: {name}\n", 501, media_type="text/plain")
