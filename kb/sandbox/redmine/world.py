"""The sandbox's Redmine: its data, users and edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from starlette.routing import BaseRoute

from kb.errors import InputError
from kb.sandbox.redmine.edits import projects, tickets
from kb.sandbox.redmine.edits.edit import RedmineEdit
from kb.sandbox.redmine.saving.outbox import Outbox
from kb.sandbox.redmine.state.abilities import release_abilities
from kb.sandbox.redmine.state.load import load
from kb.sandbox.redmine.state.names import NamedRows
from kb.sandbox.redmine.state.records import Membership, RedmineRole, User
from kb.sandbox.redmine.state.rights import Rights
from kb.sandbox.redmine.state.tables import RedmineSetup, RedmineTables
from kb.text.lang import t

_OPEN = frozenset({"view_issues", "view_time_entries", "view_wiki_pages", "view_wiki_edits", "view_files"})
_READER = _OPEN | {"view_private_notes", "view_issue_watchers", "add_issues", "edit_issues", "add_issue_notes"}
_READER |= {"manage_issue_relations"}
_STATUSES = ("新規", "進行中", "解決", "フィードバック", "終了", "却下")
_TRACKERS = ("バグ", "機能", "サポート")
_PRIORITIES = ("低め", "通常", "高め", "急いで", "今すぐ")
"""Redmine's own default data in Japanese, for when no row brings any."""
_ACTIONS = {**tickets.ACTIONS, **projects.ACTIONS}


class RedmineWorld:
    """One Redmine in memory.

    `clock` gives the aware time of edits. `api_key` belongs to a member of every project who is no administrator,
    unless a loaded world names another user under `reader`. An unknown key is answered as anonymous, with 200 where
    anonymous users may read, as in Redmine; the setting `login_required` forbids that.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        profile: str = "default",
        *,
        api_key: str = "",
        login_required: bool = False,
    ) -> None:
        self.clock = clock
        self.api_key = api_key or token_hex(20)
        self.abilities = release_abilities(profile)
        self._settings = RedmineSetup(login_required=login_required)
        self._rows: list[Mapping[str, Any]] = []
        self._reader = ""
        self.notices = Outbox()
        self._rights: tuple[int, dict[int, Rights]] = (-1, {})
        self.tables = RedmineTables()
        self.reset()

    def load(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add tickets or whole worlds (kb.sandbox.redmine.state.load). Raises InputError."""
        # Built anew, so that what was made up for lack of rows (the key's owner) takes no id of theirs.
        self._build([*self._rows, *rows])

    def reset(self) -> None:
        """Return to what was loaded."""
        self._build(self._rows)

    def _build(self, rows: list[Mapping[str, Any]]) -> None:
        tables = RedmineTables(settings=replace(self._settings), edition=self.tables.edition + 1)
        load(tables, rows)
        self.tables, self._rows = tables, rows
        self.notices.reset()
        self._reader = next((str(row["reader"]) for row in reversed(rows) if "reader" in row), "")
        self._complete()

    def _complete(self) -> None:
        """Add what the rows lack: the required tables and the key's owner."""
        tables = self.tables
        names = NamedRows(tables)
        for table, rows, make in (
            (tables.statuses, _STATUSES, names.status),
            (tables.trackers, _TRACKERS, names.tracker),
            (tables.priorities, _PRIORITIES, names.priority),
        ):
            for number, name in enumerate(rows if not table else (), start=1):
                make({"id": number, "name": name, "is_default": name == "通常"})
        for name, title in (("non_member", "非メンバー"), ("anonymous", "匿名ユーザー")):
            if not any(role.builtin == name for role in tables.roles.values()):
                role_id = tables.next_id("roles")
                tables.roles[role_id] = RedmineRole(role_id, title, _OPEN, "default", name)
        owner = next((each for each in tables.users.values() if each.login == (self._reader or "kb")), None)
        if owner is None:
            owner = User(
                tables.next_id("users"), "kb", "kb", "kb", "", created_on=self.clock(), updated_on=self.clock()
            )
            tables.users[owner.id] = owner
        self.api_key = owner.api_key = owner.api_key or self.api_key
        if not self._reader:
            self._admit(owner)

    def _admit(self, owner: User) -> None:
        """Make the key's owner a member of every project."""
        tables = self.tables
        role = next((each for each in tables.roles.values() if each.name == "kb"), None)
        if role is None:
            role = RedmineRole(tables.next_id("roles"), "kb", _READER, "all")
            tables.roles[role.id] = role
        for project in tables.projects.values():
            if owner.id not in project.members:
                project.members[owner.id] = Membership(tables.next_id("members"), owner.id, (role.id,))

    def rights(self, user: User | None) -> Rights:
        """Return a user's present rights, computed once per user and change."""
        edition, known = self._rights
        if edition != self.tables.edition:
            known = {}
            self._rights = self.tables.edition, known
        key = user.id if user else 0
        if key not in known:
            known[key] = Rights(self.tables, user)
        return known[key]

    def owner_of(self, key: str) -> User | None:
        """Return the owner of an API key; None for an unknown key or a locked user."""
        found = (user for user in self.tables.users.values() if user.api_key == key and not user.locked)
        return next(found, None) if key else None

    def now(self) -> datetime:
        """Return the sandbox's time in UTC."""
        return self.clock().astimezone(UTC)

    def edit(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Edit as another person (`as`: login, name or id), or quietly.

        Raises InputError for an unknown action, row or person.
        """
        name = str(payload.get("action", ""))
        action = _ACTIONS.get(name)
        if action is None:
            raise InputError(
                t(f"Redmine の編集 {name!r} はありません。", f"There is no Redmine edit {name!r}."),
                t(f"使えるのは {', '.join(_ACTIONS)} です。", f"There are {', '.join(_ACTIONS)}."),
            )
        try:
            return action(self._edit(payload))
        except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
            raise InputError(
                t(f"編集 {name} を行えません: {error}", f"The edit {name} cannot be done: {error}"),
                t("id と fields の名前と値を確かめてください。", "Check id and the names and values of fields."),
            ) from error
        finally:
            self.tables.touch()

    def _edit(self, payload: Mapping[str, Any]) -> RedmineEdit:
        fields = payload.get("fields") or {}
        if not isinstance(fields, Mapping):
            raise TypeError(f"fields = {fields!r}")
        target = int(payload.get("id", payload.get("number", 0)) or 0)
        edit = RedmineEdit(self.tables, fields, self._editor(), self.now(), bool(payload.get("quiet")), target)
        return replace(edit, user=projects.find_user(edit, payload["as"])) if payload.get("as") else edit

    def _editor(self) -> User:
        """Return a person other than the key's owner, if there is one."""
        people = [each for each in self.tables.users.values() if not each.locked]
        others = [each for each in people if each.api_key != self.api_key]
        return (others or people)[0]

    def configure(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Set `rest_api_enabled`, `login_required`, `close_duplicate_issues`; return all. They outlast `reset`."""
        names = tuple(each.name for each in fields(RedmineSetup))
        for name, value in changes.items():
            if name not in names or not isinstance(value, bool):
                raise InputError(
                    t(f"{name} = {value!r} は設定できません。", f"{name} = {value!r} cannot be set."),
                    t(f"{'・'.join(names)} に true / false を指定してください。",
                      f"Give {', '.join(names)} true or false."),
                )  # fmt: skip
            setattr(self._settings, name, value)
            setattr(self.tables.settings, name, value)
        return asdict(self._settings)

    def dump(self) -> Iterator[dict[str, Any]]:
        """Yield everything an administrator sees: tickets, wiki pages, mails that would have gone."""
        from kb.sandbox.redmine.api.project_json import ProjectRenderer

        admin = User(0, "", admin=True)
        yield from ProjectRenderer(Rights(self.tables, admin), self.abilities, "").everything()
        for mail in self.notices.mails:
            to = self.tables.users[mail.to_id]
            yield {"kind": "mail", "to": to.login or to.name, "issue": mail.issue_id, "journal": mail.journal_id}

    def routes(self) -> list[BaseRoute]:
        """Return the routes relative to the base URL; the last one answers unknown paths."""
        from kb.sandbox.redmine.api.routes import routes

        return routes(self)
