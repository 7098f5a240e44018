"""Edits of wikis, projects, people and settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kb.sandbox.redmine.edits.edit import Answer, RedmineEdit, missing_error
from kb.sandbox.redmine.state.records import ARCHIVED, Membership, User, WikiPage, WikiText
from kb.sandbox.redmine.state.tables import titleize


def _page(edit: RedmineEdit) -> tuple[int, WikiPage]:
    project = edit.project(edit.fields.get("project"))
    page = edit.tables.wiki_page(project.id, str(edit.fields.get("title", "")))
    if page is None:
        raise missing_error("Wiki ページ", "wiki page", edit.fields.get("title"))
    return project.id, page


def wiki_create(edit: RedmineEdit) -> Answer:
    """Create a page (`project`, `title`, `text`, `comments`, `parent`)."""
    project = edit.project(edit.fields.get("project"))
    title = titleize(str(edit.fields.get("title", "")))
    parent = edit.fields.get("parent")
    text = WikiText(1, str(edit.fields.get("text", "")), edit.user.id, edit.now, str(edit.fields.get("comments", "")))
    page = WikiPage(title, edit.now, [text], titleize(str(parent)) if parent else None)
    edit.tables.wiki.setdefault(project.id, {})[title] = page
    return {"title": title, "version": 1}


def wiki_update(edit: RedmineEdit) -> Answer:
    """Add a version to a page; quietly, change its newest version."""
    _, page = _page(edit)
    text = str(edit.fields.get("text", page.current.text))
    if edit.quiet:
        page.current.text = text
        return {"title": page.title, "version": page.current.version}
    comments = str(edit.fields.get("comments", ""))
    page.versions.append(WikiText(page.current.version + 1, text, edit.user.id, edit.now, comments))
    return {"title": page.title, "version": page.current.version}


def wiki_delete(edit: RedmineEdit) -> Answer:
    """Delete a page; its children lose their parent."""
    project_id, page = _page(edit)
    pages = edit.tables.wiki[project_id]
    del pages[page.title]
    for each in pages.values():
        if each.parent == page.title:
            each.parent = None
    return {"title": page.title}


def wiki_rename(edit: RedmineEdit) -> Answer:
    """Rename a page (`to`), keeping version and times; the old title redirects."""
    project_id, page = _page(edit)
    old, new = page.title, titleize(str(edit.fields.get("to", "")))
    pages = edit.tables.wiki[project_id]
    edit.tables.wiki[project_id] = {new if title == old else title: each for title, each in pages.items()}
    page.title = new
    for each in pages.values():
        if each.parent == old:
            each.parent = new
    edit.tables.wiki_redirects[project_id, old.lower()] = new
    edit.tables.wiki_redirects.pop((project_id, new.lower()), None)
    return {"title": new}


def project_status(edit: RedmineEdit) -> Answer:
    """Set a project's `status` (1 active, 5 closed, 9 archived) or `is_public`."""
    project = edit.project(edit.target or edit.fields.get("project"))
    project.status = int(edit.fields.get("status", project.status))
    project.is_public = bool(edit.fields.get("is_public", project.is_public))
    if project.status == ARCHIVED:
        for below in edit.tables.subprojects(project):
            edit.tables.projects[below].status = ARCHIVED
    return {"id": project.id}


def module(edit: RedmineEdit) -> Answer:
    """Switch a project's `module` off, or on with `enabled`."""
    project = edit.project(edit.target or edit.fields.get("project"))
    name = str(edit.fields.get("module", "wiki"))
    if edit.fields.get("enabled"):
        project.modules.setdefault(name, edit.tables.next_id("modules"))
    else:
        project.modules.pop(name, None)
    return {"id": project.id}


def rename(edit: RedmineEdit) -> Answer:
    """Rename a row of `table`; no ticket's `updated_on` changes."""
    table = str(edit.fields.get("table", ""))
    if table not in ("projects", "users", "versions", "categories", "statuses", "trackers", "priorities"):
        raise missing_error("表", "table", table)
    row = getattr(edit.tables, table).get(edit.target)
    if row is None:
        raise missing_error("行", "row", edit.target)
    row.name = str(edit.fields.get("name", row.name))
    return {"id": edit.target}


def user(edit: RedmineEdit) -> Answer:
    """Set a user's `locked`, `api_key` or `admin`."""
    user = find_user(edit, edit.target or edit.fields.get("user"))
    user.locked = bool(edit.fields.get("locked", user.locked))
    user.admin = bool(edit.fields.get("admin", user.admin))
    user.api_key = str(edit.fields.get("api_key", user.api_key))
    return {"id": user.id}


def member(edit: RedmineEdit) -> Answer:
    """Set a user's `roles` (ids or names) in a project; an empty list ends the membership."""
    project = edit.project(edit.fields.get("project"))
    user = find_user(edit, edit.fields.get("user"))
    names = edit.fields.get("roles", ())
    roles = tuple(each.id for each in edit.tables.roles.values() if each.id in names or each.name in names)
    if roles:
        project.members[user.id] = Membership(edit.tables.next_id("members"), user.id, roles)
    else:
        project.members.pop(user.id, None)
    return {"id": project.id}


def settings(edit: RedmineEdit) -> Answer:
    """Set `rest_api_enabled` and `login_required`."""
    setup = edit.tables.settings
    setup.rest_api_enabled = bool(edit.fields.get("rest_api_enabled", setup.rest_api_enabled))
    setup.login_required = bool(edit.fields.get("login_required", setup.login_required))
    return {"rest_api_enabled": setup.rest_api_enabled, "login_required": setup.login_required}


def find_user(edit: RedmineEdit, ref: object) -> User:
    """Return a user by id, login or name. Raises InputError."""
    for each in edit.tables.users.values():
        if ref in (each.id, each.login, each.name) and ref:
            return each
    raise missing_error("ユーザー", "user", ref)


ACTIONS: Mapping[str, Callable[[RedmineEdit], Answer]] = {
    "wiki_create": wiki_create,
    "wiki_update": wiki_update,
    "wiki_delete": wiki_delete,
    "wiki_rename": wiki_rename,
    "project": project_status,
    "module": module,
    "rename": rename,
    "user": user,
    "member": member,
    "settings": settings,
}
