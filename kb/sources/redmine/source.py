"""Redmine as a source of kb: what `kb.sources.port` asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Unpack
from urllib.parse import urlsplit

from kb.errors import KbError
from kb.model.document import Kind, Markup, Source
from kb.model.health import HealthCheck, check_clock, failed_check, note_check, ok_check
from kb.settings.kb_toml import RedmineSettings, Settings
from kb.settings.workspace import Workspace
from kb.sources.port import EnvVariable, InitQuestion, Introduction, SourcePort
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.mirror.sync.job import SyncJob
    from kb.sources.redmine.client import Redmine
    from kb.sources.transport.connect import ConnectOptions
    from kb.sources.transport.credentials import CredentialStatus

_MARKUPS = {"markdown": Markup.MARKDOWN, "textile": Markup.TEXTILE}
_ISSUE = re.compile(r"/issues/([1-9][0-9]{0,17})(?![\w-])")
_TYPED = re.compile(r"#([0-9]+)")
_TICKET_URL = re.compile(r"https?://\S+/issues/([0-9]+)")


class RedmineSource(SourcePort):
    """The Redmine of `[redmine]`."""

    source = Source.REDMINE
    system = "Redmine"
    title = t("Redmine", "Redmine")
    pages = t("Redmine のチケットと Wiki", "Redmine tickets and wiki pages")
    default_kind = Kind.TICKET
    default_markup = Markup.TEXTILE
    has_projects = True
    has_depths = True
    variables = (
        EnvVariable("REDMINE_API_KEY", "Redmine の API アクセスキー"),
        EnvVariable("REDMINE_WRITE_KEY", "Redmine に載せるときのキー（なければ上のものを使います）", to_write=True),
    )
    question = InitQuestion(t("Redmine の URL（使わないなら空）: ", "Redmine URL (empty: none): "), "--redmine-url")

    settings: RedmineSettings

    @classmethod
    def configured(cls, settings: Settings) -> Iterable[RedmineSource]:
        return [cls(settings.redmine)] if settings.redmine else []

    @classmethod
    def parse_answer(cls, answer: str) -> str:
        return answer.strip().rstrip("/")

    def introduce(self, workspace: Workspace) -> Introduction:
        with self.connect(workspace) as redmine:
            who = redmine.identify()
        admin = t(
            "管理者の鍵です。読むだけなら、権限の狭い利用者の鍵を使うほうが安全です。",
            "this is an administrator's key; to read, a key of a user with fewer rights is safer.",
        )
        return Introduction(who.login, remarks=(admin,) if who.admin else ())

    @property
    def place(self) -> str:
        return self.settings.url

    @property
    def label(self) -> str:
        return f"Redmine（{urlsplit(self.settings.url).hostname or ''}）"

    def connect(self, workspace: Workspace, **options: Unpack[ConnectOptions]) -> Redmine:
        from kb.sources.redmine.client import Redmine

        return Redmine.connect(self.settings, **options)

    def sync(self, client: Redmine, job: SyncJob, project: str) -> None:
        from kb.sources.redmine.sync import sync_redmine_site

        sync_redmine_site(
            client,
            job,
            base=self.settings.url,
            markup=_MARKUPS.get(self.settings.markup),
            projects=(project,) if project else self.settings.projects,
        )
        job.notes.extend(client.abilities.degraded())

    def check_health(
        self, workspace: Workspace, cache: Path | None, now: Callable[[], datetime]
    ) -> Iterator[HealthCheck]:
        """The key and whose it is, the clock, what this server can and cannot do: six requests."""
        try:
            with self.connect(workspace, cache=cache) as redmine:
                who = redmine.identify()
                yield ok_check(t(f"Redmine: {who.login} として接続", f"Redmine: connected as {who.login}"))
                if who.admin:
                    yield note_check(
                        t("Redmine: 管理者の鍵です。", "Redmine: this is an administrator's key."),
                        t(
                            "読むだけなら、必要なプロジェクトの閲覧者の鍵で足ります。",
                            "to read, a viewer's key of the projects is enough.",
                        ),
                    )
                yield from check_clock("Redmine", who.server_time, now())
                tables = redmine.tables()
                count = redmine.count()
                yield ok_check(
                    t(
                        f"Redmine: 見えるプロジェクト {len(tables.projects)}、チケット {count:,}",
                        f"Redmine: {len(tables.projects)} projects and {count:,} tickets are visible",
                    )
                )
                for sentence in redmine.abilities.degraded():
                    yield note_check(t(f"Redmine: {sentence.ja}", f"Redmine: {sentence.en}"))
        except KbError as error:
            yield failed_check(error)

    def credentials(self, workspace: Workspace, now: datetime) -> Iterator[CredentialStatus]:
        from kb.sources.redmine.requests import basic_password_spec, redmine_key_spec, write_key_spec
        from kb.sources.transport.credentials import (
            CredentialStatus,
            ask_credential,
            credential_origin,
            credential_uses,
        )

        for use in credential_uses(write_key_spec(self.settings).is_given):
            to_write = use == "write"

            def ask(to_write: bool = to_write) -> dict[str, object]:
                with self.connect(workspace, to_write=to_write, max_wait_s=0) as redmine:
                    who = redmine.identify()
                return {"account": who.login, "admin": who.admin}

            yield ask_credential("redmine", use, redmine_key_spec(self.settings, to_write=to_write), ask)
        if user := self.settings.basic_user:
            wanted = basic_password_spec(self.settings)
            yield CredentialStatus("redmine", "basic", wanted.variable, credential_origin(wanted), account=user)

    def link_end(self, address: str) -> str:
        if "://" not in address:
            return ""
        try:
            here, there = urlsplit(self.settings.url), urlsplit(address)
            root = here.path.rstrip("/")
            same = here.hostname == there.hostname and there.path.startswith(root + "/issues/")
        except ValueError:
            return ""
        found = _ISSUE.match(there.path, len(root)) if same else None
        return f"redmine:{found[1]}" if found else ""

    @classmethod
    def parse_typed(cls, typed: str) -> str:
        """`#45` and the URL of a ticket are `redmine:45`."""
        found = _TYPED.fullmatch(typed) or _TICKET_URL.match(typed)
        return f"redmine:{found[1]}" if found else ""


SOURCE = RedmineSource
