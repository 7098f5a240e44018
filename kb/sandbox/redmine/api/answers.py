"""Redmine's HTTP answers: JSON with an ETag, or a status without a body."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json; charset=utf-8"


def json_answer(request: Request, body: object, status: int = 200) -> Response:
    """Return JSON with a weak ETag over its bytes; 304 if the client has it."""
    content = msgspec.json.encode(body)
    headers = {"cache-control": "max-age=0, private, must-revalidate"}
    if status == 200:
        etag = f'W/"{sha256(content).hexdigest()[:32]}"'
        headers["etag"] = etag
        known = request.headers.get("if-none-match", "")
        if known == "*" or etag in (part.strip() for part in known.split(",")):
            return Response(status_code=304, headers=headers)
    return Response(content, status, headers, media_type=JSON)


def created(request: Request, body: object, address: str) -> Response:
    """Return 201 with the new row, and its address."""
    answer = json_answer(request, body, 201)
    answer.headers["location"] = address
    return answer


def unprocessable(request: Request, messages: list[str]) -> Response:
    """Return 422, the only refusal with a body."""
    return json_answer(request, {"errors": messages}, 422)


def status_only(status: int) -> Response:
    """Return 401, 403 or 404: JSON by its header, without a body."""
    headers = {"cache-control": "no-cache"}
    if status == 401:
        headers["www-authenticate"] = 'Basic realm="Redmine API"'
    return Response(status_code=status, headers=headers, media_type="application/json")


def no_content() -> Response:
    """Return 204: the request was understood, not necessarily carried out."""
    return Response(status_code=204, headers={"cache-control": "no-cache"})


def bad_json() -> Response:
    """Return 400 for invalid JSON: HTML by its header, without a body."""
    return Response(status_code=400, media_type="text/html; charset=utf-8")


def server_error(request: Request) -> Response:
    """Return 500, Redmine's answer to an `issue` that is no object."""
    return json_answer(request, {"status": 500, "error": "Internal Server Error"}, 500)


def unknown_path() -> Response:
    """Return 404 as HTML, for a path without a route."""
    return Response(status_code=404, media_type="text/html; charset=utf-8")


def wiki_redirect(base_url: str, title: str) -> Response:
    """Return 302 to a wiki page's new title; loses the format, as the real server does."""
    return Response(status_code=302, headers={"location": base_url + quote(title)}, media_type="text/html")


def not_implemented(name: str) -> Response:
    """Return 501 for a part of Redmine the sandbox lacks."""
    return Response(f"kb sandbox does not have this part of Redmine: {name}\n", 501, media_type="text/plain")
