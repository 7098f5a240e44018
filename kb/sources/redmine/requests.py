"""Requests to Redmine through python-redmine: reads, writes, old versions; every refusal is an error of kb.errors.

python-redmine's URLs, sessions and encoding, on kb's way out, answers as they come: its own reading
of an answer forgets the status and the body, takes any 422 for a list of messages, and gives naive
times (measured with 2.5.0).
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack, cast
from urllib.parse import quote

from kb.errors import AnswerError
from kb.settings.kb_toml import RedmineSettings
from kb.sources.redmine import protocol
from kb.sources.transport.access import Access
from kb.sources.transport.answers import ListLimit, optional_field, require_field, require_object, require_rows
from kb.sources.transport.call import Answer, Call, Row, RowPage
from kb.sources.transport.connect import Authorization, ConnectOptions, HttpSystem, open_access
from kb.sources.transport.credentials import CredentialSpec, find_credential
from kb.sources.transport.http import decode_json
from kb.sources.transport.redaction import SecretHeaders, redact_errors
from kb.text.json_fields import text_field
from kb.text.lang import t


class RedmineRequests:
    """Requests below the base. Safe between threads: each has a python-redmine, and so a session, of its own."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._own = threading.local()

    def get(self, path: str, params: dict[str, Any], *, allow: tuple[int, ...] = ()) -> Answer:
        """Return the answer to one GET: 200, or a status of `allow`. Raises for every other."""
        client = self._client()
        answer = cast(Answer, client.engine.request("get", client.url + path, params=params))
        if answer.status == 200 or answer.status in allow:
            return answer
        raise protocol.refusal_error(answer, path)

    def put(self, path: str, body: dict[str, Any]) -> Answer:
        """Return the answer to one PUT, whatever its status. Raises GateError while the gate is closed."""
        client = self._client()
        return cast(Answer, client.engine.request("put", client.url + path, data=body))

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """Return the answer to one POST, whatever its status. Raises GateError while the gate is closed."""
        client = self._client()
        return cast(Answer, client.engine.request("post", client.url + path, data=body))

    def page(self, path: str, key: str, params: dict[str, Any]) -> RowPage:
        """Return the rows under `key`, each with an `id`, and the total of the list."""
        data = require_object(self.get(path, params).data, path)
        rows = require_rows(data, key, path)
        for row in rows:
            require_field(row, "id", int, path, f"{key}[].")
        return RowPage(tuple(rows), optional_field(data, "total_count", int, len(rows), path))

    def _client(self) -> Any:
        client = getattr(self._own, "client", None)
        if client is None:
            from redminelib import Redmine

            from kb.sources.redmine.engine import AccessAdapter, AnswerEngine

            # trust_env would let a .netrc replace the credentials, and the environment the proxy.
            client = Redmine(self._access.base, engine=AnswerEngine, requests={"trust_env": False})
            adapter = AccessAdapter(self._access)
            for scheme in ("https://", "http://"):
                client.engine.session.mount(scheme, adapter)
            self._own.client = client
        return client


_ONE_TICKET = 8 * 1024 * 1024


class RedmineVersions:
    """Old versions of wiki pages, and what is in files: one request each.

    Files are asked for under the configured address by their id: the address that an answer names is made from a
    header, and may be somebody else's.
    """

    def __init__(self, access: Access, ask: RedmineRequests) -> None:
        self.access = access
        self._ask = ask

    @redact_errors
    def wiki_version(self, project: str, title: str, version: int) -> Row | None:
        """Return an old version of a wiki page, None on 404. Raises AnswerError 403 for a key that may not."""
        path = f"/projects/{quote(project, safe='')}/wiki/{quote(title, safe='')}/{version}.json"
        answer = self._ask.get(path, {}, allow=(403, 404))
        if answer.status == 403:
            raise protocol.no_old_versions_error(project)
        if answer.status == 404:
            protocol.require_json_404(answer, path)
            return None
        return protocol.wiki_page_of(answer, path)

    @redact_errors
    def file(self, number: int, most: int) -> bytes | None:
        """Return an attachment's bytes; None when it is gone, or hidden from this key.

        Raises AnswerError with `status` 413 for over `most` bytes, 3xx for a redirect.
        """
        answer = self.access.perform(Call("GET", f"{self.access.base}/attachments/download/{number}", most=most))
        return answer.body if answer.status == 200 else None

    @redact_errors
    def shows_tickets_to_nobody(self) -> bool:
        """Whether tickets can be read without a login: one request without credentials."""
        url = f"{self.access.base}/issues.json?status_id=%2A&limit=1"
        try:
            answer = self.access.perform(Call("GET", url, most=_ONE_TICKET, as_nobody=True))
            data = decode_json(answer.body) if answer.status == 200 else None
        except (AnswerError, ValueError):  # a way to a login page, or the page itself
            return False
        return isinstance(data, dict) and bool(data.get("issues"))


AT_ONCE = 100
"""The most tickets one request names: a page holds 100 (measured on Redmine 6.0.5)."""


class RedmineWrites:
    """Edits by an accepted plan. Requests: up to 100 tickets 1 · an edit 1, also of who may read a note · one ticket
    with its notes 1.

    A 204 proves nothing (Redmine 6.0.5 answers so to what its workflow forbids, and posts the note all the same): the
    caller reads back. The gate must be open (`Access.writing`).
    """

    def __init__(self, access: Access, ask: RedmineRequests) -> None:
        self.access = access
        self._ask = ask

    @redact_errors
    def numbered(self, ids: Sequence[int]) -> dict[int, Row]:
        """Return up to 100 tickets as they are now, with their relations: one request. Missing ones are left out."""
        wanted = set(ids)
        params = {
            "issue_id": ",".join(str(each) for each in sorted(wanted)),
            "status_id": "*",
            "include": "relations",
            "limit": AT_ONCE,
            "sort": "id",
        }
        path = "/issues.json"
        # A filter that a server does not know is ignored without a word: each row is looked at again.
        rows = [row for row in self._ask.page(path, "issues", params) if row["id"] in wanted]
        return {row["id"]: protocol.check_issue(row, path) for row in rows}

    @redact_errors
    def whole(self, issue_id: int) -> Row | None:
        """Return a ticket with its journals, relations and children; None when this key does not see it."""
        path = _path(issue_id)
        answer = self._ask.get(path, {"include": "journals,children,relations"}, allow=(403, 404))
        if answer.status != 200:
            return None
        return protocol.issue_of(answer, path)

    @redact_errors
    def update(self, issue_id: int, fields: Mapping[str, Any]) -> Answer:
        """Change these fields of a ticket, or post `notes`. Raises CredentialError when the key is refused (401)."""
        path = _path(issue_id)
        answer = self._ask.put(path, {"issue": dict(fields)})
        if answer.status == 401:
            raise protocol.refusal_error(answer, path)
        return answer

    @redact_errors
    def limit_note(self, note_id: int, *, private: bool) -> Answer:
        """Say who may read a note. 204 also where the key's owner may edit notes and not decide on that; 403, 404.

        No mail is sent, the ticket's `updated_on` stays, no journal tells of it (measured on Redmine 6.0.5).
        Raises CredentialError when the key is refused (401).
        """
        path = f"/journals/{note_id}.json"
        answer = self._ask.put(path, {"journal": {"private_notes": private}})
        if answer.status == 401:
            raise protocol.refusal_error(answer, path)
        return answer

    def create(self, fields: Mapping[str, Any]) -> Answer:
        """Make a ticket. Raises CredentialError when the key is refused (401).

        What the key's owner may not set is dropped and answered with 201 all the same, and a project they may not add
        to is refused with 422 as if none were named (measured on Redmine 6.0.5): the caller reads back.
        """
        answer = self._ask.post(LIST_PATH, {"issue": dict(fields)})
        if answer.status == 401:
            raise protocol.refusal_error(answer, LIST_PATH)
        return answer

    @redact_errors
    def marked(self, word: str, since: str) -> list[Row]:
        """Return the tickets made at or after `since` (UTC) in whose description a word stands, by id.

        Redmine searches the word in one request; where it ignores that filter, all that were made since are read.
        """
        found: list[Row] = []
        params = {
            "status_id": "*", "created_on": f">={since}", "description": f"~{word}", "sort": "id", "limit": AT_ONCE,
        }  # fmt: skip
        extent, seen = ListLimit("Redmine", LIST_PATH), 0
        while True:
            page = self._ask.page(LIST_PATH, "issues", {**params, **({"offset": seen} if seen else {})})
            rows = [protocol.check_issue(row, LIST_PATH) for row in page]
            found += [row for row in rows if word in text_field(row.get("description"))]
            seen += len(rows)
            if not rows or seen >= page.total or not extent.goes_on(len(rows), len(rows), page.total):
                return found

    @property
    def list_url(self) -> str:
        return f"{self.access.base}{LIST_PATH}"

    def url(self, issue_id: int) -> str:
        return f"{self.access.base}{_path(issue_id)}"


LIST_PATH = "/issues.json"


def _path(issue_id: int) -> str:
    return f"/issues/{issue_id}.json"


@dataclass(frozen=True, slots=True)
class StatusChoices:
    """A ticket as it is now, and the statuses it can be given; None where the server does not tell (before 5.0)."""

    issue: Row
    statuses: tuple[Row, ...] | None


class RedmineWorkflow:
    """What Redmine would let the key's owner do: there is no API for workflows, but tickets tell.

    Requests: the statuses one ticket can be given 1 · the versions of a project 1 (measured on Redmine 6.0.5). What a
    ticket can be given depends on its tracker, its status, the owner's roles in its project, whether they wrote or
    have the ticket, and on what is open below or before it.
    """

    def __init__(self, access: Access, ask: RedmineRequests) -> None:
        self.access = access
        self._ask = ask

    @redact_errors
    def allowed(self, issue_id: int, besides: str = "") -> StatusChoices | None:
        """Return what a ticket can be given; None when this key does not see it (403, 404).

        `besides` names what else the ticket shows.
        """
        path = _path(issue_id)
        answer = self._ask.get(path, {"include": f"allowed_statuses{besides and ','}{besides}"}, allow=(403, 404))
        if answer.status == 404:
            protocol.require_json_404(answer, path)
        if answer.status != 200:
            return None
        row = protocol.issue_of(answer, path)
        if row.get("allowed_statuses") is None:
            return StatusChoices(row, None)
        statuses = require_rows(row, "allowed_statuses", path)
        for status in statuses:
            require_field(status, "id", int, path, "allowed_statuses[].")
            require_field(status, "name", str, path, "allowed_statuses[].")
            optional_field(status, "is_closed", bool, False, path, "allowed_statuses[].")
        return StatusChoices(row, tuple(statuses))

    @redact_errors
    def versions(self, project: str) -> tuple[Row, ...] | None:
        """Return the versions a project can use, with their `status` (open, locked, closed); None where hidden."""
        path = f"/projects/{quote(project, safe='')}/versions.json"
        answer = self._ask.get(path, {}, allow=(403, 404))
        if answer.status != 200:
            protocol.require_json_404(answer, path)
            return None
        return tuple(require_rows(answer.data, "versions", path))


def open_redmine_access(settings: RedmineSettings, **options: Unpack[ConnectOptions]) -> Access:
    """Return the way to Redmine with the person's key, or the one for writing. Raises CredentialError, ConfigError."""
    wanted = redmine_key_spec(settings, options.get("to_write", False))
    system = HttpSystem("Redmine", settings.url, "redmine.url", wanted.variable, settings, settings.allow_http)
    return open_access(system, lambda: _authorize(settings, wanted), **options)


def _authorize(settings: RedmineSettings, wanted: CredentialSpec) -> Authorization:
    found = find_credential(wanted)
    password = find_credential(basic_password_spec(settings)).value if settings.basic_user else ""
    key = found.value  # only now: what the line above raises has no key in its frames
    if not settings.basic_user:
        return Authorization(SecretHeaders({"X-Redmine-API-Key": key}), [key])
    pair = f"{settings.basic_user}:{password}"
    basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Authorization(SecretHeaders({"X-Redmine-API-Key": key, "Authorization": basic}), [key, pair, password])


def redmine_key_spec(settings: RedmineSettings, to_write: bool = False) -> CredentialSpec:
    """Return which credential Redmine needs: to write, the one kept for that where there is one."""
    apart = write_key_spec(settings)
    if to_write and apart.is_given:
        return apart
    name, entry = t("Redmine の API キー", "API key for Redmine"), f"redmine:{settings.url}"
    made_at = t(
        "Redmine の個人設定の「APIアクセスキー」で見られます。", "My account of Redmine shows it as the API access key."
    )
    return CredentialSpec(name, "REDMINE_API_KEY", "redmine.key_command", settings.key_command, entry, made_at)


def write_key_spec(settings: RedmineSettings) -> CredentialSpec:
    """Return the credential that only apply and undo use, where one is kept for that."""
    name = t("Redmine の書き込み用 API キー", "API key for writing to Redmine")
    command, entry = settings.write_key_command, f"redmine-write:{settings.url}"
    return CredentialSpec(name, "REDMINE_WRITE_KEY", "redmine.write_key_command", command, entry)


def basic_password_spec(settings: RedmineSettings) -> CredentialSpec:
    return CredentialSpec(
        t("Redmine の前段の Basic 認証のパスワード", "password of the Basic authentication in front of Redmine"),
        "REDMINE_BASIC_PASSWORD",
        "redmine.basic_password_command",
        settings.basic_password_command,
        f"basic:{settings.url}",
    )
