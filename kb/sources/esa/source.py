"""esa as a source of kb: what `kb.sources.port` asks for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Unpack
from urllib.parse import unquote, urlsplit

from kb.errors import KbError
from kb.model.document import CATEGORY_PREFIX, Kind, Markup, Source
from kb.model.health import HealthCheck, check_clock, failed_check, note_check, ok_check
from kb.settings.kb_toml import EsaSettings, Settings
from kb.settings.workspace import Workspace
from kb.sources.port import EnvVariable, InitQuestion, Introduction, SourcePort
from kb.sources.transport.call import Row
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.mirror.sync.job import SyncJob
    from kb.sources.esa.client import Esa
    from kb.sources.transport.connect import ConnectOptions
    from kb.sources.transport.credentials import CredentialStatus

SOON_DAYS = 14

_POST = re.compile(r"/posts/([1-9][0-9]{0,17})(?:/(?:edit|revisions?(?:/[0-9]+)?))?/?")
_CATEGORY = re.compile(r"(?:\A|&)(?:path|category)=([^&]+)")
_NUMBER = re.compile(r"[0-9]+")
_ADDRESS = re.compile(r"https://([A-Za-z0-9-]+)\.esa\.io(?:/.*)?")
_POST_URL = re.compile(r"https?://[^/]+/posts/([0-9]+)")


class EsaSource(SourcePort):
    """The team of `[esa]`."""

    source = Source.ESA
    system = "esa"
    title = t("esa", "esa")
    pages = t("esa の記事", "esa posts")
    default_kind = Kind.POST
    default_markup = Markup.MARKDOWN
    has_depths = True
    lists_members = True
    variables = (
        EnvVariable("ESA_ACCESS_TOKEN", "esa の読むだけのトークン"),
        EnvVariable("ESA_WRITE_TOKEN", "esa に載せるときのトークン（なければ上のものを使います）", to_write=True),
    )
    question = InitQuestion(t("esa のチーム名（使わないなら空）: ", "esa team (empty: none): "), "--team")

    settings: EsaSettings

    @classmethod
    def configured(cls, settings: Settings) -> Iterable[EsaSource]:
        return [cls(settings.esa)] if settings.esa else []

    @classmethod
    def check_environment(cls) -> Iterator[HealthCheck]:
        if os.environ.get("ESA_API_BASE_URL"):
            yield note_check(
                t(
                    "ESA_API_BASE_URL が設定されているので、esa.io ではなくそちらを読みます。",
                    "ESA_API_BASE_URL is set: that is read instead of esa.io.",
                ),
            )

    @classmethod
    def parse_answer(cls, answer: str) -> str:
        """Return the team's name, which people also paste as the address of their esa."""
        match = _ADDRESS.fullmatch(answer.strip())
        return match[1] if match else answer.strip()

    def introduce(self, workspace: Workspace) -> Introduction:
        """Propose places from the team's categories and its latest hundred posts.

        Four requests and one per 100 members. A password may look like a host's name (`web-01`): texts are masked
        before anything is proposed.
        """
        from kb.reading.pages.category_tree import propose_settings
        from kb.secrets.mask_document import mask_text

        with self.connect(workspace) as esa:
            who = esa.identify()
            latest = next(esa.posts_updated(), None)
            texts = [mask_text(str(row["body_md"])) for row in latest] if latest else []
            members = [str(row["screen_name"]) for row in esa.members()]
            counts = esa.category_counts()
        clean = {name: count for name, count in counts.items() if not name or mask_text(name) == name}
        return Introduction(who.screen_name, self.place, proposal=propose_settings(clean, texts, members))

    @property
    def place(self) -> str:
        return self.settings.team

    def connect(self, workspace: Workspace, **options: Unpack[ConnectOptions]) -> Esa:
        from kb.sources.esa.client import Esa

        return Esa.connect(self.settings, **options)

    def sync(self, client: Esa, job: SyncJob, project: str) -> None:
        from kb.sources.esa.sync import sync_limited, sync_posts

        sync_limited(job, self.settings.limited)
        sync_posts(client, job)

    def check_health(
        self, workspace: Workspace, cache: Path | None, now: Callable[[], datetime]
    ) -> Iterator[HealthCheck]:
        """The token, what it may do, how many requests are left, and the clock: four requests."""
        try:
            with self.connect(workspace, cache=cache) as esa:
                who = esa.identify()
                yield ok_check(
                    t(
                        f"esa: チーム {self.settings.team} に {who.screen_name} として接続",
                        f"esa: team {self.settings.team} as {who.screen_name}",
                    )
                )
                yield from check_clock("esa", who.server_time, now())
                total = sum(esa.category_counts().values())
                yield ok_check(
                    t(
                        f"esa: このトークンで見える記事 {total:,} 件",
                        f"esa: {total:,} posts are visible with this token",
                    )
                )
                yield from _token(esa.token_info())
                left = esa.access.limiter.standing
                if left.remaining is not None:
                    yield ok_check(
                        t(
                            f"esa: 残りのリクエスト {left.remaining} / {left.limit}",
                            f"esa: {left.remaining} of {left.limit} requests left",
                        )
                    )
        except KbError as error:
            yield failed_check(error)

    def credentials(self, workspace: Workspace, now: datetime) -> Iterator[CredentialStatus]:
        from kb.sources.esa.requests import esa_token_spec, write_token_spec
        from kb.sources.transport.credentials import ask_credential, credential_uses

        for use in credential_uses(write_token_spec(self.settings).is_given):
            to_write = use == "write"

            def ask(to_write: bool = to_write) -> dict[str, object]:
                with self.connect(workspace, to_write=to_write, max_wait_s=0) as esa:
                    who, info = esa.identify(), esa.token_info()
                return {"account": who.screen_name, "scopes": _scopes(info), "expires": _expires(info, now)}

            yield ask_credential("esa", use, esa_token_spec(self.settings, to_write=to_write), ask)

    def link_end(self, address: str) -> str:
        try:
            there = urlsplit(address)
            host = there.hostname
        except ValueError:
            return ""
        if host != f"{self.settings.team.casefold()}.esa.io":
            return ""
        if found := _POST.fullmatch(there.path):
            return f"esa:{found[1]}"
        if there.path in ("", "/", "/posts", "/posts/") and (found := _CATEGORY.search(there.fragment)):
            category = unquote(found[1]).strip("/")
            return CATEGORY_PREFIX + category if category else ""
        return ""

    @classmethod
    def parse_typed(cls, typed: str) -> str:
        """`123` and the URL of a post are `esa:123`."""
        if _NUMBER.fullmatch(typed):
            return f"esa:{typed}"
        found = _POST_URL.match(typed)
        return f"esa:{found[1]}" if found else ""


def _token(info: Row | None) -> Iterator[HealthCheck]:
    """What esa tells of the token itself; older tokens and servers tell nothing."""
    if info is None:
        return
    scopes = info.get("scope") or info.get("scopes") or []
    scopes = scopes.split() if isinstance(scopes, str) else [str(each) for each in scopes if isinstance(each, str)]
    writing = [scope for scope in scopes if scope.startswith(("write", "admin"))]
    if writing:
        yield note_check(
            t("esa: このトークンは書き込みもできます。", "esa: this token may write, too."),
            t(
                "ふだんは read だけのトークンが安全です。送るときのものは ESA_WRITE_TOKEN に分けられます。",
                "read scopes are safer day by day; what kb apply sends with can stand in ESA_WRITE_TOKEN.",
            ),
        )
    seconds = info.get("expires_in_seconds", info.get("expires_in"))
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        days = int(seconds // 86400)
        if days <= SOON_DAYS:
            yield note_check(
                t(f"esa: トークンの期限まであと {days} 日です。", f"esa: the token expires in {days} days."),
                t("新しいトークンを用意してください。", "prepare a new one."),
            )
        else:
            yield ok_check(t(f"esa: トークンの期限まであと {days} 日", f"esa: the token is good for {days} days"))


def _scopes(info: Row | None) -> tuple[str, ...]:
    told = (info or {}).get("scope") or (info or {}).get("scopes") or []
    listed = told.split() if isinstance(told, str) else told if isinstance(told, list) else []
    return tuple(each[:60] for each in listed if isinstance(each, str))


def _expires(info: Row | None, now: datetime) -> str:
    told = info or {}
    seconds = told.get("expires_in_seconds", told.get("expires_in"))
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return ""
    try:
        return (now + timedelta(seconds=seconds)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return ""


SOURCE = EsaSource
