"""Read tickets."""

from __future__ import annotations

from starlette.responses import Response

from kb.sandbox.redmine.api.call import Denied, RedmineCall
from kb.sandbox.redmine.listing.listing import list_tickets
from kb.sandbox.redmine.state.records import ARCHIVED
from kb.sandbox.redmine.state.workflow import allowed_statuses


def issues(call: RedmineCall) -> Response:
    """GET /issues.json and GET /projects/P/issues.json."""
    if call.params.get("query_id"):
        raise Denied(404)
    project = None
    ref = call.request.path_params.get("project") or call.params.get("project_id", "")
    if ref:
        project = call.world.tables.project(ref)
        if project is None:
            raise Denied(404) if call.user else call.login_refusal()
        if not call.rights.may("view_issues", project):
            raise Denied(403) if project.status == ARCHIVED else call.refusal()
    elif not call.rights.may_somewhere("view_issues"):
        raise call.refusal()
    rows = list_tickets(call.params, call.rights, project, call.world.now(), call.world.abilities)
    include, spent = call.include, call.world.tables.spent_hours()
    return call.list_page("issues", rows, lambda each: call.render.row(each, include, spent))


def issue(call: RedmineCall) -> Response:
    """GET /issues/ID.json: 404 if it does not exist, 403 if it is not visible."""
    issue = call.world.tables.issues.get(call.number())
    if issue is None:
        raise Denied(404)
    if not call.rights.sees_issue(issue):
        raise call.refusal()
    row = call.render.page(issue, call.include, call.world.tables.spent_hours())
    if "allowed_statuses" in call.include and call.world.abilities.allowed_statuses:
        row["allowed_statuses"] = [
            {"id": each.id, "name": each.name, "is_closed": each.is_closed}
            for each in allowed_statuses(issue, call.rights)
        ]
    return call.json({"issue": row})


def issue_relations(call: RedmineCall) -> Response:
    """GET /issues/ID/relations.json, for those who may manage them."""
    issue = call.world.tables.issues.get(call.number())
    if issue is None:
        raise Denied(404)
    tables = call.world.tables
    if not call.rights.sees_issue(issue) or not call.rights.may(
        "manage_issue_relations", tables.projects[issue.project_id]
    ):
        raise call.refusal()
    return call.json({"relations": call.render.relations(issue)})
