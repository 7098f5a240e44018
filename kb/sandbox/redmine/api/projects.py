"""Read projects, wikis, people and small tables."""

from __future__ import annotations

from starlette.responses import Response

from kb.sandbox.redmine.api import answers
from kb.sandbox.redmine.api.call import Denied, RedmineCall
from kb.sandbox.redmine.api.ticket_json import Json
from kb.sandbox.redmine.listing.listing import ruby_int
from kb.sandbox.redmine.state.records import User
from kb.sandbox.redmine.state.times import show_time


def projects(call: RedmineCall) -> Response:
    """GET /projects.json: active projects unless `status=1|5` asks for others."""
    wanted = {"1"}
    if "status" in call.params:
        wanted = set(call.params["status"].split("|"))
    visible = [
        each
        for each in call.world.tables.project_order()
        if call.rights.sees_project(each) and (str(each.status) in wanted or not call.world.abilities.project_filters)
    ]
    include = call.include
    return call.list_page("projects", visible, lambda each: call.render.project(each, include, listed=True))


def project(call: RedmineCall) -> Response:
    """GET /projects/P.json."""
    return call.json({"project": call.render.project(call.project("view_project"), call.include, listed=False)})


def versions(call: RedmineCall) -> Response:
    """GET /projects/P/versions.json."""
    found = call.project("view_issues")
    own = [each for each in call.world.tables.versions.values() if each.project_id == found.id]
    return call.json({"versions": [call.render.version(each) for each in own], "total_count": len(own)})


def categories(call: RedmineCall) -> Response:
    """GET /projects/P/issue_categories.json by name, for those who may manage them."""
    found = call.project("manage_categories")
    own = [each for each in call.world.tables.categories.values() if each.project_id == found.id]
    rows = [
        {"id": each.id, "project": {"id": found.id, "name": found.name}, "name": each.name}
        for each in sorted(own, key=lambda each: each.name)
    ]
    return call.json({"issue_categories": rows, "total_count": len(rows)})


def memberships(call: RedmineCall) -> Response:
    """GET /projects/P/memberships.json."""
    found = call.project("view_members")
    users = call.world.tables.users
    members = [each.user_id for each in sorted(found.members.values(), key=lambda each: each.id)]
    active = [user_id for user_id in members if not users[user_id].locked]
    return call.list_page("memberships", active, lambda each: call.render.membership(found, each, person=True))


def wiki_index(call: RedmineCall) -> Response:
    """GET /projects/P/wiki/index.json: all pages in one answer, without text."""
    found = call.project("view_wiki_pages")
    rows = []
    for page in call.world.tables.wiki.get(found.id, {}).values():
        row: dict[str, object] = {"title": page.title}
        if page.parent:
            row["parent"] = {"title": page.parent}
        row |= {"version": page.current.version, "created_on": show_time(page.created_on)}
        rows.append(row | {"updated_on": show_time(page.current.updated_on)})
    return call.json({"wiki_pages": rows})


def wiki_page(call: RedmineCall) -> Response:
    """GET /projects/P/wiki/TITLE.json, and …/TITLE/N.json or ?version=N for an old version."""
    found = call.project("view_wiki_pages")
    tables = call.world.tables
    title = call.request.path_params.get("title", "Wiki")
    page = tables.wiki_page(found.id, title)
    if page is None:
        target = tables.redirect(found.id, title)
        if target is None:
            raise Denied(404)
        return answers.wiki_redirect(f"{call.render.base_url}/projects/{found.identifier}/wiki/", target)
    text = page.current
    wanted = call.request.path_params.get("version", call.params.get("version"))
    if wanted is not None:
        if not call.rights.may("view_wiki_edits", found):
            raise call.refusal()
        old = next((each for each in page.versions if each.version == ruby_int(str(wanted))), None)
        if old is None:
            raise Denied(404)
        text = old
    row = call.render.wiki_page(page, text)
    if "attachments" in call.include:
        row["attachments"] = [call.render.attachment(each) for each in page.attachments]
    return call.json({"wiki_page": row})


def user(call: RedmineCall) -> Response:
    """GET /users/ID.json and /users/current.json, the only request to refuse an unknown key."""
    text = call.request.path_params["number"]
    if text == "current":
        if call.user is None:
            raise call.login_refusal()
        return call.json({"user": call.render.user(call.user, call.include)})
    found = call.world.tables.users.get(call.number())
    if found is None or (found.locked and not call.rights.admin):
        raise Denied(404)
    return call.json({"user": call.render.user(found, call.include)})


def users(call: RedmineCall) -> Response:
    """GET /users.json, for administrators."""
    _admin(call)
    active = [each for each in call.world.tables.users.values() if not each.locked]

    def render(user: User) -> Json:
        return {name: value for name, value in call.render.user(user, frozenset()).items() if name != "api_key"}

    return call.list_page("users", active, render)


def custom_fields(call: RedmineCall) -> Response:
    """GET /custom_fields.json, for administrators."""
    _admin(call)
    return call.json({"custom_fields": [call.render.field(each) for each in call.world.tables.custom_fields.values()]})


def _admin(call: RedmineCall) -> None:
    if not call.rights.admin:
        raise call.refusal()


def statuses(call: RedmineCall) -> Response:
    """GET /issue_statuses.json."""
    return call.json({"issue_statuses": call.render.statuses()})


def trackers(call: RedmineCall) -> Response:
    """GET /trackers.json."""
    return call.json({"trackers": call.render.trackers()})


def priorities(call: RedmineCall) -> Response:
    """GET /enumerations/issue_priorities.json."""
    return call.json({"issue_priorities": call.render.priorities()})


def roles(call: RedmineCall) -> Response:
    """GET /roles.json: the roles members can have."""
    rows = [{"id": each.id, "name": each.name} for each in call.world.tables.roles.values() if not each.builtin]
    return call.json({"roles": rows})


def role(call: RedmineCall) -> Response:
    """GET /roles/ID.json with permissions."""
    found = call.world.tables.roles.get(call.number())
    if found is None:
        raise Denied(404)
    return call.json({"role": call.render.role(found)})


def time_entries(call: RedmineCall) -> Response:
    """GET /time_entries.json by day, descending."""
    tables = call.world.tables
    if not call.rights.may_somewhere("view_time_entries"):
        raise call.refusal()
    visible = [
        each
        for each in sorted(tables.time_entries.values(), key=lambda each: (each.spent_on, each.id), reverse=True)
        if call.rights.may("view_time_entries", tables.projects[each.project_id])
    ]
    return call.list_page("time_entries", visible, call.render.time_entry)
