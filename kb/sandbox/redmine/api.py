"""The routes of Redmine's REST API, read side, and who is asking."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from kb.sandbox.redmine import answers
from kb.sandbox.redmine.listing import NotBuilt, Page, Refused, find
from kb.sandbox.redmine.places import Places
from kb.sandbox.redmine.records import ARCHIVED, Project, User
from kb.sandbox.redmine.rights import Rights
from kb.sandbox.redmine.workflow import allowed_statuses

if TYPE_CHECKING:
    from kb.sandbox.redmine.world import RedmineWorld

Handler = Callable[["Call"], Response]


class Denied(Exception):
    """An answer that is only a status: 401, 403 or 404."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Call:
    """One request, and what its sender may see."""

    def __init__(self, world: RedmineWorld, request: Request) -> None:
        self.world = world
        self.request = request
        self.params: Mapping[str, str] = dict(request.query_params)
        self.user = self._user() if world.tables.settings.rest_api_enabled else None
        self.rights: Rights = world.rights(self.user)
        self.render = Places(self.rights, world.abilities, str(request.base_url))
        if self.user is None and world.tables.settings.login_required:
            raise self.login()

    def _user(self) -> User | None:
        header = self.request.headers.get("x-redmine-api-key") or self.params.get("key", "")
        if header:
            return self.world.owner_of(header)
        scheme, _, value = self.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name = base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")[0]
        except (binascii.Error, ValueError):
            return None
        return self.world.owner_of(name)

    def login(self) -> Denied:
        """What somebody gets who would have to sign in: 401, or 403 with REST switched off."""
        off = not self.world.tables.settings.rest_api_enabled
        return Denied(self.world.abilities.rest_off if off else 401)

    def denied(self) -> Denied:
        """403 for a known person, the way to sign in for nobody."""
        return Denied(403) if self.user else self.login()

    @property
    def include(self) -> frozenset[str]:
        """The names in `include=`."""
        return frozenset(part.strip() for part in self.params.get("include", "").split(","))

    def project(self, permission: str) -> Project:
        """The project of the path, if it is there and grants a permission. Raises Denied."""
        project = self.world.tables.project(self.request.path_params["project"])
        if project is None:
            raise Denied(404)
        if not self.rights.may(permission, project):
            # An archived project and a module that is off say 403 even to nobody.
            closed = project.status == ARCHIVED or not self.rights.allows(permission, project)
            raise Denied(403) if closed else self.denied()
        return project

    def number(self) -> int:
        """The number of the path; 0 for what is none."""
        text = self.request.path_params["number"]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

    def page(self, name: str, rows: list[object], page: Page) -> Response:
        """A page of a list with its total, offset and limit."""
        body = {name: rows, "total_count": len(rows), "offset": page.offset, "limit": page.limit}
        body[name] = rows[page.offset : page.offset + page.limit]
        return answers.json_answer(self.request, body)

    def json(self, body: object) -> Response:
        """A JSON answer."""
        return answers.json_answer(self.request, body)


def issues(call: Call) -> Response:
    """GET /issues.json and GET /projects/P/issues.json."""
    if call.params.get("query_id"):
        raise Denied(404)
    project = None
    ref = call.request.path_params.get("project") or call.params.get("project_id", "")
    if ref:
        project = call.world.tables.project(ref)
        if project is None:
            raise Denied(404) if call.user else call.login()
        if not call.rights.may("view_issues", project):
            raise Denied(403) if project.status == ARCHIVED else call.denied()
    elif not call.rights.may_somewhere("view_issues"):
        raise call.denied()
    page = Page.read(call.params)
    rows = find(call.params, call.rights, project, call.world.now(), call.world.abilities)
    spent = call.world.tables.spent_hours()
    shown = [call.render.row(each, call.include, spent) for each in rows[page.offset : page.offset + page.limit]]
    return call.json({"issues": shown, "total_count": len(rows), "offset": page.offset, "limit": page.limit})


def issue(call: Call) -> Response:
    """GET /issues/ID.json: 404 when it is gone, 403 when it is not for this person."""
    found = call.world.tables.issues.get(call.number())
    if found is None:
        raise Denied(404)
    if not call.rights.sees_issue(found):
        raise call.denied()
    row = call.render.page(found, call.include, call.world.tables.spent_hours())
    if "allowed_statuses" in call.include and call.world.abilities.allowed_statuses:
        row["allowed_statuses"] = [
            {"id": each.id, "name": each.name, "is_closed": each.is_closed}
            for each in allowed_statuses(found, call.rights)
        ]
    return call.json({"issue": row})


def issue_relations(call: Call) -> Response:
    """GET /issues/ID/relations.json: only for those who may change them."""
    found = call.world.tables.issues.get(call.number())
    if found is None:
        raise Denied(404)
    tables = call.world.tables
    if not call.rights.sees_issue(found) or not call.rights.may(
        "manage_issue_relations", tables.projects[found.project_id]
    ):
        raise call.denied()
    return call.json({"relations": call.render.relations(found)})


def projects(call: Call) -> Response:
    """GET /projects.json: active ones unless `status=1|5` asks for more."""
    wanted = {"1"}
    if "status" in call.params:
        wanted = set(call.params["status"].split("|"))
    seen = [
        each
        for each in call.world.tables.project_order()
        if call.rights.sees_project(each) and (str(each.status) in wanted or not call.world.abilities.project_filters)
    ]
    page = Page.read(call.params)
    rows = [call.render.project(each, call.include, listed=True) for each in seen]
    return call.page("projects", list(rows), page)


def project(call: Call) -> Response:
    """GET /projects/P.json."""
    return call.json({"project": call.render.project(call.project("view_project"), call.include, listed=False)})


def versions(call: Call) -> Response:
    """GET /projects/P/versions.json."""
    found = call.project("view_issues")
    own = [each for each in call.world.tables.versions.values() if each.project_id == found.id]
    return call.json({"versions": [call.render.version(each) for each in own], "total_count": len(own)})


def categories(call: Call) -> Response:
    """GET /projects/P/issue_categories.json, by name: only for those who may change them."""
    found = call.project("manage_categories")
    own = [each for each in call.world.tables.categories.values() if each.project_id == found.id]
    rows = [
        {"id": each.id, "project": {"id": found.id, "name": found.name}, "name": each.name}
        for each in sorted(own, key=lambda each: each.name)
    ]
    return call.json({"issue_categories": rows, "total_count": len(rows)})


def memberships(call: Call) -> Response:
    """GET /projects/P/memberships.json."""
    found = call.project("view_members")
    members = sorted(found.members.values(), key=lambda each: each.id)
    rows = [
        call.render.membership(found, each.user_id, person=True)
        for each in members
        if not call.world.tables.users[each.user_id].locked
    ]
    return call.page("memberships", list(rows), Page.read(call.params))


def wiki_index(call: Call) -> Response:
    """GET /projects/P/wiki/index.json: every page in one answer, without text."""
    found = call.project("view_wiki_pages")
    rows = []
    for page in call.world.tables.wiki.get(found.id, {}).values():
        row: dict[str, object] = {"title": page.title}
        if page.parent:
            row["parent"] = {"title": page.parent}
        row |= {"version": page.current.version, "created_on": answers.show_time(page.created_on)}
        rows.append(row | {"updated_on": answers.show_time(page.current.updated_on)})
    return call.json({"wiki_pages": rows})


def wiki_page(call: Call) -> Response:
    """GET /projects/P/wiki/TITLE.json, and …/TITLE/N.json for an old version."""
    found = call.project("view_wiki_pages")
    tables = call.world.tables
    title = call.request.path_params.get("title", "Wiki")
    page = tables.wiki_page(found.id, title)
    if page is None:
        target = tables.redirect(found.id, title)
        if target is None:
            raise Denied(404)
        return answers.moved(f"{call.render.base_url}/projects/{found.identifier}/wiki/", target)
    text = page.current
    if "version" in call.request.path_params:
        if not call.rights.may("view_wiki_edits", found):
            raise call.denied()
        wanted = call.request.path_params["version"]
        old = next((each for each in page.versions if each.version == wanted), None)
        if old is None:
            raise Denied(404)
        text = old
    row = call.render.wiki_page(page, text)
    if "attachments" in call.include:
        row["attachments"] = [call.render.attachment(each) for each in page.attachments]
    return call.json({"wiki_page": row})


def user(call: Call) -> Response:
    """GET /users/ID.json and /users/current.json: the only place that tells a bad key."""
    text = call.request.path_params["number"]
    if text == "current":
        if call.user is None:
            raise call.login()
        return call.json({"user": call.render.user(call.user, call.include)})
    found = call.world.tables.users.get(call.number())
    if found is None or (found.locked and not call.rights.admin):
        raise Denied(404)
    return call.json({"user": call.render.user(found, call.include)})


def users(call: Call) -> Response:
    """GET /users.json, for administrators; `status=` alone is refused since 6.0."""
    _admin(call)
    rows = [call.render.user(each, frozenset()) for each in call.world.tables.users.values() if not each.locked]
    for row in rows:
        row.pop("api_key", None)
    return call.page("users", list(rows), Page.read(call.params))


def custom_fields(call: Call) -> Response:
    """GET /custom_fields.json, for administrators."""
    _admin(call)
    return call.json({"custom_fields": [call.render.field(each) for each in call.world.tables.custom_fields.values()]})


def _admin(call: Call) -> None:
    if not call.rights.admin:
        raise call.denied()


def statuses(call: Call) -> Response:
    """GET /issue_statuses.json."""
    return call.json({"issue_statuses": call.render.statuses()})


def trackers(call: Call) -> Response:
    """GET /trackers.json."""
    return call.json({"trackers": call.render.trackers()})


def priorities(call: Call) -> Response:
    """GET /enumerations/issue_priorities.json."""
    return call.json({"issue_priorities": call.render.priorities()})


def roles(call: Call) -> Response:
    """GET /roles.json: the roles that can be given."""
    rows = [{"id": each.id, "name": each.name} for each in call.world.tables.roles.values() if not each.builtin]
    return call.json({"roles": rows})


def role(call: Call) -> Response:
    """GET /roles/ID.json with permissions."""
    found = call.world.tables.roles.get(call.number())
    if found is None:
        raise Denied(404)
    return call.json({"role": call.render.role(found)})


def time_entries(call: Call) -> Response:
    """GET /time_entries.json, newest first."""
    tables = call.world.tables
    if not call.rights.may_somewhere("view_time_entries"):
        raise call.denied()
    seen = [
        each
        for each in sorted(tables.time_entries.values(), key=lambda each: (each.spent_on, each.id), reverse=True)
        if call.rights.may("view_time_entries", tables.projects[each.project_id])
    ]
    return call.page("time_entries", [call.render.time_entry(each) for each in seen], Page.read(call.params))


def home(call: Call) -> Response:
    """GET /: a page for people."""
    return PlainTextResponse("kb sandbox: Redmine\n")


_PATHS: Mapping[str, Handler] = {
    "/": home,
    "/issues.json": issues,
    "/issues/{number}.json": issue,
    "/issues/{number}/relations.json": issue_relations,
    "/projects.json": projects,
    "/projects/{project}.json": project,
    "/projects/{project}/issues.json": issues,
    "/projects/{project}/versions.json": versions,
    "/projects/{project}/issue_categories.json": categories,
    "/projects/{project}/memberships.json": memberships,
    "/projects/{project}/wiki/index.json": wiki_index,
    "/projects/{project}/wiki.json": wiki_page,
    "/projects/{project}/wiki/{title}/{version:int}.json": wiki_page,
    "/projects/{project}/wiki/{title}.json": wiki_page,
    "/users.json": users,
    "/users/{number}.json": user,
    "/issue_statuses.json": statuses,
    "/trackers.json": trackers,
    "/enumerations/issue_priorities.json": priorities,
    "/roles.json": roles,
    "/roles/{number}.json": role,
    "/custom_fields.json": custom_fields,
    "/time_entries.json": time_entries,
}


def routes(world: RedmineWorld) -> list[BaseRoute]:
    """Every route of the sandbox's Redmine; the last one answers what the real one has no path for."""

    def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            try:
                return handler(Call(world, request))
            except Denied as denied:
                return answers.empty(denied.status)
            except Refused as refused:
                return answers.errors(request, refused.messages)
            except NotBuilt as lacking:
                return answers.not_built(str(lacking))

        return respond

    async def unknown(request: Request) -> Response:
        return answers.unknown_path()

    found: list[BaseRoute] = [Route(path, endpoint(handler), methods=["GET"]) for path, handler in _PATHS.items()]
    found.append(Route("/{rest:path}", unknown))
    return found
