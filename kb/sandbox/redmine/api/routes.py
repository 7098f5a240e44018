"""The routes of Redmine's REST API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from kb.sandbox.redmine.api import answers, files, projects, tickets, writes
from kb.sandbox.redmine.api.call import Denied, RedmineCall, Site
from kb.sandbox.redmine.listing.listing import FilterRefused, NotBuilt

Handler = Callable[[RedmineCall], Response]


def home(call: RedmineCall) -> Response:
    """GET /: the start page."""
    return PlainTextResponse("kb sandbox: Redmine\n")


_PATHS: Mapping[str, Handler] = {
    "/": home,
    "/issues.json": tickets.issues,
    "/issues/{number}.json": tickets.issue,
    "/issues/{number}/relations.json": tickets.issue_relations,
    "/projects.json": projects.projects,
    "/projects/{project}.json": projects.project,
    "/projects/{project}/issues.json": tickets.issues,
    "/projects/{project}/versions.json": projects.versions,
    "/projects/{project}/issue_categories.json": projects.categories,
    "/projects/{project}/memberships.json": projects.memberships,
    "/projects/{project}/wiki/index.json": projects.wiki_index,
    "/projects/{project}/wiki.json": projects.wiki_page,
    "/projects/{project}/wiki/{title}/{version:int}.json": projects.wiki_page,
    "/projects/{project}/wiki/{title}.json": projects.wiki_page,
    "/attachments/download/{number}/{filename:path}": files.download,
    "/attachments/download/{number}": files.download,
    "/users.json": projects.users,
    "/users/{number}.json": projects.user,
    "/issue_statuses.json": projects.statuses,
    "/trackers.json": projects.trackers,
    "/enumerations/issue_priorities.json": projects.priorities,
    "/roles.json": projects.roles,
    "/roles/{number}.json": projects.role,
    "/custom_fields.json": projects.custom_fields,
    "/time_entries.json": projects.time_entries,
}

_WRITES: Mapping[str, Handler] = {
    "/issues/{number}.json": writes.update_issue,
    "/journals/{number}.json": writes.update_journal,
}
"""What PUT is taken on."""

_CREATES: Mapping[str, Handler] = {"/issues.json": writes.create_issue}
"""What POST is taken on."""


def routes(world: Site) -> list[BaseRoute]:
    """Return the routes of the sandbox's Redmine; the last one answers unknown paths."""

    def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            try:
                return handler(RedmineCall(world, request, await request.body()))
            except Denied as refusal:
                return answers.status_only(refusal.status)
            except FilterRefused as error:
                return answers.unprocessable(request, error.messages)
            except NotBuilt as error:
                return answers.not_implemented(str(error))

        return respond

    async def unknown(request: Request) -> Response:
        return answers.unknown_path()

    found: list[BaseRoute] = [Route(path, endpoint(handler), methods=["GET"]) for path, handler in _PATHS.items()]
    found += [Route(path, endpoint(handler), methods=["PUT"]) for path, handler in _WRITES.items()]
    found += [Route(path, endpoint(handler), methods=["POST"]) for path, handler in _CREATES.items()]
    found.append(Route("/{rest:path}", unknown))
    return found
