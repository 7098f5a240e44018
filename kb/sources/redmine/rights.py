"""Ask Redmine what the owner of a key may do: their projects and roles, and each role's permissions."""

from __future__ import annotations

from collections.abc import Mapping

from kb.plan.propose.restrict import OwnerRights, RoleRights
from kb.sources.redmine import protocol
from kb.sources.redmine.requests import RedmineRequests
from kb.sources.transport.access import Access
from kb.sources.transport.answers import optional_field, require_field, require_object
from kb.sources.transport.redaction import redact_errors
from kb.text.json_fields import int_field, object_field, objects_field


class RedmineRights:
    """What the key's owner may do. Requests: the owner with projects 1 · each role of theirs 1."""

    def __init__(self, access: Access, ask: RedmineRequests) -> None:
        self.access = access
        self._ask = ask

    @redact_errors
    def of_owner(self) -> OwnerRights:
        """Return the owner's rights by project. Raises CredentialError for a wrong key.

        A role whose answer says nothing of private tickets (before Redmine 4.2) counts as one that sees its own.
        """
        path = "/users/current.json"
        answer = self._ask.get(path, {"include": "memberships"}, allow=(401, 403, 404))
        if answer.status != 200:
            raise protocol.no_identity_error(answer, self.access.base, self.access.variable)
        user = require_field(require_object(answer.data, path), "user", dict, path)
        number = require_field(user, "id", int, path, "user.")
        if optional_field(user, "admin", bool, False, path, "user."):
            return OwnerRights(number, admin=True)
        held = {
            int_field(object_field(each.get("project")).get("id")): [
                int_field(role.get("id")) for role in objects_field(each.get("roles"))
            ]
            for each in objects_field(user.get("memberships"))
        }
        roles = {role: self._role(role) for role in sorted({role for some in held.values() for role in some})}
        return OwnerRights(number, roles=_by_project(held, roles))

    def _role(self, number: int) -> RoleRights:
        answer = self._ask.get(f"/roles/{number}.json", {}, allow=(403, 404))
        row = object_field(object_field(answer.data).get("role")) if answer.status == 200 else {}
        given = row.get("permissions")
        names = frozenset(each for each in given if isinstance(each, str)) if isinstance(given, list) else frozenset()
        return RoleRights(names, row.get("issues_visibility") == "all")


def _by_project(held: Mapping[int, list[int]], roles: Mapping[int, RoleRights]) -> dict[int, tuple[RoleRights, ...]]:
    return {project: tuple(roles[each] for each in some) for project, some in held.items()}
