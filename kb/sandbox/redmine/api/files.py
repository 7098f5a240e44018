"""Download attachments."""

from __future__ import annotations

from starlette.responses import Response

from kb.sandbox.redmine.api.call import Denied, RedmineCall
from kb.sandbox.redmine.state.records import Attachment


def download(call: RedmineCall) -> Response:
    """GET /attachments/download/ID and …/ID/NAME; a wrong name is 404."""
    found = _find(call, call.number())
    if found is None:
        raise Denied(404)
    file, visible = found
    if call.request.path_params.get("filename", file.filename) != file.filename:
        raise Denied(404)
    if not visible:
        raise call.refusal()
    return Response(file.content, media_type=file.content_type or "application/octet-stream")


def _find(call: RedmineCall, number: int) -> tuple[Attachment, bool] | None:
    """Return an attachment, and whether the sender sees its ticket or wiki page."""
    tables = call.world.tables
    for issue in tables.issues.values():
        for file in issue.attachments:
            if file.id == number:
                return file, call.rights.sees_issue(issue)
    for project_id, pages in tables.wiki.items():
        for page in pages.values():
            for file in page.attachments:
                if file.id == number:
                    return file, call.rights.may("view_wiki_pages", tables.projects[project_id])
    return None
