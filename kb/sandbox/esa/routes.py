"""Every API call: method, path, required scope, handler."""

from __future__ import annotations

from kb.sandbox.esa.api import (
    categories,
    comments,
    files,
    people,
    post_actions,
    post_writes,
    posts,
    reactions,
    revisions,
    uploads,
)
from kb.sandbox.esa.http.door import Handler, RouteMethod

TEAM = "/v1/teams/{team}"
POST = f"{TEAM}/posts/{{number}}"
COMMENT = f"{TEAM}/comments/{{id}}"
STORAGE = "/uploads"
DESCRIPTION = "/v1/openapi.json"
ANYTHING = "/{rest:path}"

READS: tuple[tuple[str, str, Handler], ...] = (
    ("/v1/user", "read:user", people.user),
    ("/v1/teams", "read:team", people.teams),
    ("/oauth/token/info", "", people.token_info),
    (f"{TEAM}", "read:team", people.team),
    (f"{TEAM}/stats", "read:team", people.stats),
    (f"{TEAM}/members", "read:member", people.members),
    (f"{TEAM}/members/{{who}}", "read:member", people.member),
    (f"{TEAM}/tags", "read:tag", people.tags),
    (f"{TEAM}/posts", "read:post", posts.listing),
    (f"{TEAM}/posts/new", "read:post", posts.new),
    (POST, "read:post", posts.show),
    (f"{POST}/backlinks", "read:post", posts.backlinks),
    (f"{POST}/stargazers", "read:post", posts.stargazers),
    (f"{POST}/watchers", "read:post", posts.watchers),
    (f"{POST}/comments", "read:comment", comments.post_comments),
    (f"{POST}/revisions", "read:post", revisions.listing),
    (f"{POST}/revisions/compare/{{range}}", "read:post", revisions.compare),
    (f"{POST}/revisions/{{revision}}", "read:post", revisions.show),
    (f"{TEAM}/comments", "read:comment", comments.feed),
    (COMMENT, "read:comment", comments.show),
    (f"{COMMENT}/stargazers", "read:comment", comments.stargazers),
    (f"{TEAM}/categories", "read:category", categories.select),
    (f"{TEAM}/categories/top", "read:category", categories.top),
    (f"{TEAM}/categories/no_category", "read:category", categories.no_category),
    (f"{TEAM}/categories/paths", "read:category", categories.paths),
    (f"{TEAM}/signed_urls", "read:attachment", files.signed_urls),
)
"""Every reading call: path, scope, handler."""

WRITES: tuple[tuple[str, str, RouteMethod], ...] = (
    ("POST", f"{TEAM}/posts", RouteMethod("write:post", post_writes.create, 201)),
    ("PATCH", POST, RouteMethod("write:post", post_writes.update)),
    ("DELETE", POST, RouteMethod("write:post", post_writes.delete, 204)),
    ("POST", f"{POST}/append", RouteMethod("write:post", post_actions.append)),
    ("POST", f"{POST}/prepend", RouteMethod("write:post", post_actions.prepend)),
    ("POST", f"{POST}/archive", RouteMethod("write:post", post_actions.archive)),
    ("POST", f"{POST}/revisions/{{revision}}/rollback", RouteMethod("write:post", post_actions.rollback)),
    ("POST", f"{POST}/star", RouteMethod("write:post", reactions.star_post, 204)),
    ("DELETE", f"{POST}/star", RouteMethod("write:post", reactions.unstar_post, 204)),
    ("POST", f"{POST}/watch", RouteMethod("write:post", reactions.watch, 204)),
    ("DELETE", f"{POST}/watch", RouteMethod("write:post", reactions.unwatch, 204)),
    ("POST", f"{POST}/comments", RouteMethod("write:comment", comments.create, 201)),
    ("PATCH", COMMENT, RouteMethod("write:comment", comments.update)),
    ("DELETE", COMMENT, RouteMethod("write:comment", comments.delete, 204)),
    ("POST", f"{COMMENT}/star", RouteMethod("write:comment", reactions.star_comment, 204)),
    ("DELETE", f"{COMMENT}/star", RouteMethod("write:comment", reactions.unstar_comment, 204)),
    ("POST", f"{TEAM}/categories/batch_move", RouteMethod("write:category", categories.batch_move)),
    ("POST", f"{TEAM}/attachments", RouteMethod("write:attachment", uploads.upload, 201, upload=True)),
    ("POST", f"{TEAM}/attachments/policies", RouteMethod("write:attachment", uploads.policy, upload=True)),
    ("POST", f"{TEAM}/signed_urls", RouteMethod("read:attachment", files.sign_many)),
)
"""Every writing call. The scopes for deleting, moving a category and uploading are undocumented."""


def route_methods() -> dict[str, dict[str, RouteMethod]]:
    """Return the methods of each path, in the order in which paths are tried."""
    found = {path: {"GET": RouteMethod(scope, handler)} for path, scope, handler in READS}
    for method, path, route in WRITES:
        found.setdefault(path, {})[method] = route
    return found
