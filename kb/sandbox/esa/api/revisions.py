"""Read the known revisions of a post."""

from __future__ import annotations

from kb.sandbox.esa.api import json
from kb.sandbox.esa.http.call import EsaCall, Json, list_page, not_found, parse_number
from kb.sandbox.esa.state.records import EsaPost, EsaRevision


def listing(call: EsaCall) -> Json:
    """GET /posts/:number/revisions, newest first."""
    post = call.post()
    rows = _revisions(post)
    newest_first = range(len(rows) - 1, -1, -1)
    return list_page(call, "revisions", newest_first, lambda place: _render(call, post, rows, place))


def show(call: EsaCall) -> Json:
    """GET /posts/:number/revisions/:revision."""
    post = call.post()
    rows = _revisions(post)
    return {"revision": _render(call, post, rows, _index(rows, call.path_number("revision")))}


def compare(call: EsaCall) -> Json:
    """GET /posts/:number/revisions/compare/A...B."""
    rows = _revisions(call.post())
    ends = [parse_number(end) for end in call.path["range"].split("...")]
    if len(ends) != 2 or None in ends:
        raise not_found()
    before, after = (rows[_index(rows, end)] for end in ends if end is not None)
    diff = json.diff_text(before.body_md, after.body_md)
    return {
        "diff": {
            "from_revision_number": before.number,
            "to_revision_number": after.number,
            "diff_html": json.diff_html(diff),
            "diff_text": diff,
        }
    }


def _revisions(post: EsaPost) -> list[EsaRevision]:
    return [*post.history, post.as_revision()]


def _index(rows: list[EsaRevision], number: int) -> int:
    for place, row in enumerate(rows):
        if row.number == number:
            return place
    raise not_found()


def _render(call: EsaCall, post: EsaPost, rows: list[EsaRevision], place: int) -> Json:
    return json.revision(call, post.number, rows[place], rows[place - 1] if place else None)
