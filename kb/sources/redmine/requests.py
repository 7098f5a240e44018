"""Single requests to Redmine through python-redmine; every refusal becomes an error of kb.errors.

python-redmine's URLs, sessions and encoding, on kb's way out, answers as they come: its own reading
of an answer forgets the status and the body, takes any 422 for a list of messages, and gives naive
times (measured with 2.5.0).
"""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from kb.errors import AnswerError
from kb.settings.kb_toml import RedmineSettings
from kb.settings.workspace import require_safe_url
from kb.sources.redmine import protocol
from kb.sources.transport import credentials
from kb.sources.transport.access import Access
from kb.sources.transport.answers import an_object, maybe, need, rows_of
from kb.sources.transport.call import Answer, Call, Page, Row, Watcher
from kb.sources.transport.credentials import WRITE_KEY, Wanted, writes_apart
from kb.sources.transport.http import Route, _hidden, decode, open_wire, proxy_for
from kb.sources.transport.limiter import Limiter
from kb.sources.transport.redaction import Redactor, SecretHeaders, sealed
from kb.text.lang import t


class RedmineRequests:
    """Requests below the base. Safe between threads: each has a python-redmine, and so a session, of its own."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._own = threading.local()

    def get(self, path: str, params: dict[str, Any], *, allow: tuple[int, ...] = ()) -> Answer:
        """The answer to one GET: 200, or a status of `allow`. Raises for every other."""
        client = self._client()
        answer = cast(Answer, client.engine.request("get", client.url + path, params=params))
        if answer.status == 200 or answer.status in allow:
            return answer
        raise protocol.refusal(answer, path)

    def put(self, path: str, body: dict[str, Any]) -> Answer:
        """The answer to one PUT, whatever its status. Raises GateError while the gate is closed."""
        client = self._client()
        return cast(Answer, client.engine.request("put", client.url + path, data=body))

    def page(self, path: str, key: str, params: dict[str, Any]) -> Page:
        """The rows under `key`, each with an `id`, and how many the whole list has."""
        data = an_object(self.get(path, params).data, path)
        rows = rows_of(data, key, path)
        for row in rows:
            need(row, "id", int, path, f"{key}[].")
        return Page(tuple(rows), maybe(data, "total_count", int, len(rows), path))

    def _client(self) -> Any:
        client = getattr(self._own, "client", None)
        if client is None:
            from redminelib import Redmine

            from kb.sources.redmine.engine import AnswerEngine

            # trust_env would let a .netrc replace the credentials, and the environment the proxy.
            client = Redmine(self._access.base, engine=AnswerEngine, requests={"trust_env": False})
            adapter = self._access.requests_adapter()
            for scheme in ("https://", "http://"):
                client.engine.session.mount(scheme, adapter)
            self._own.client = client
        return client


# What Redmine keeps beside tickets and pages: old versions of wiki pages, and what is in their files.
#
# One request each. Files are asked for under the configured address by their id: the address that an
# answer names is made from a header, and may be somebody else's.


_ONE_TICKET = 8 * 1024 * 1024


class RedminePast:
    """Old versions and files of one Redmine. Made by `kb.sources.redmine.client.Redmine`."""

    def __init__(self, access: Access, ask: RedmineRequests) -> None:
        self.access = access
        self._ask = ask

    @sealed
    def wiki_version(self, project: str, title: str, version: int) -> Row | None:
        """An old version of a wiki page; None when there is none of this number.

        Raises AnswerError with `status` 403 where this key may not see old versions.
        """
        path = f"/projects/{quote(project, safe='')}/wiki/{quote(title, safe='')}/{version}.json"
        answer = self._ask.get(path, {}, allow=(403, 404))
        if answer.status == 403:
            raise protocol.no_old_versions(project)
        if answer.status == 404:
            protocol.require_json_404(answer, path)
            return None
        row = protocol.checked_wiki(need(an_object(answer.data, path), "wiki_page", dict, path), path)
        maybe(row, "text", str, "", path)
        return row

    @sealed
    def file(self, number: int, most: int) -> bytes | None:
        """What is in an attachment; None when it is gone, or not for this key.

        Raises AnswerError: with `status` 413 when it has more than `most` bytes, 3xx for a redirect.
        """
        answer = self.access.perform(Call("GET", f"{self.access.base}/attachments/download/{number}", most=most))
        return answer.body if answer.status == 200 else None

    @sealed
    def shows_tickets_to_nobody(self) -> bool:
        """Whether somebody without a login reads tickets here: one request without credentials."""
        url = f"{self.access.base}/issues.json?status_id=%2A&limit=1"
        try:
            answer = self.access.perform(Call("GET", url, most=_ONE_TICKET, as_nobody=True))
            data = decode(answer.body) if answer.status == 200 else None
        except (AnswerError, ValueError):  # a way to a login page, or the page itself
            return False
        return isinstance(data, dict) and bool(data.get("issues"))


def redmine_access(
    settings: RedmineSettings,
    *,
    cache: Path | None = None,
    max_wait_s: float = 1800,
    watch: Watcher | None = None,
    to_write: bool = False,
) -> Access:
    """The way to Redmine with the person's key, or the one for writing. Sends nothing.

    Raises CredentialError, ConfigError.
    """
    require_safe_url(settings.url, "redmine.url")
    route = Route(settings.ca_file, proxy_for(settings.url, settings.proxy))
    wire = open_wire(route)
    wanted = redmine_key(settings, to_write=to_write)
    key = credentials.find(wanted)
    password = credentials.find(basic_password(settings)) if settings.basic_user else None
    pair = f"{settings.basic_user}:{password.value}" if password else ""
    basic = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"} if password else {}
    return Access(
        "Redmine",
        settings.url,
        wire,
        setting="redmine.url",
        variable=wanted.variable,
        secret=SecretHeaders({"X-Redmine-API-Key": key.value, **basic}),
        redactor=Redactor([key.value, pair, password.value if password else "", *_hidden(route)]),
        limiter=Limiter("redmine", folder=cache, max_wait_s=max_wait_s),
        watch=watch,
    )


def redmine_key(settings: RedmineSettings, *, to_write: bool = False) -> Wanted:
    """Which credential Redmine needs: to write, the one kept for that where there is one."""
    if to_write and writes_apart(WRITE_KEY, settings.write_key_command):
        name = t("Redmine の書き込み用 API キー", "API key for writing to Redmine")
        command, entry = settings.write_key_command, f"redmine-write:{settings.url}"
        return Wanted(name, WRITE_KEY, "redmine.write_key_command", command, entry)
    name = t("Redmine の API キー", "API key for Redmine")
    return Wanted(name, "REDMINE_API_KEY", "redmine.key_command", settings.key_command, f"redmine:{settings.url}")


def basic_password(settings: RedmineSettings) -> Wanted:
    """The password of the Basic authentication in front of Redmine."""
    return Wanted(
        t("Redmine の前段の Basic 認証のパスワード", "password of the Basic authentication in front of Redmine"),
        "REDMINE_BASIC_PASSWORD",
        "redmine.basic_password_command",
        settings.basic_password_command,
        f"basic:{settings.url}",
    )
