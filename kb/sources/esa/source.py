"""esa as a source of kb: what `kb.sources.port` asks for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack
from urllib.parse import unquote, urlsplit

from kb.errors import ConfigError, KbError, RefusedError
from kb.mirror import queries
from kb.model.document import CATEGORY_PREFIX, Kind, Markup, Source, Visibility
from kb.model.health import HealthCheck, check_clock, failed_check, note_check, ok_check
from kb.settings.kb_toml import EsaSettings, Settings
from kb.settings.workspace import Workspace, is_team_name
from kb.sources.port import EnvVariable, InitQuestion, Introduction, WritePort, write_options
from kb.sources.transport.call import Row
from kb.text.display import sanitize
from kb.text.globs import is_limited
from kb.text.json_fields import int_field
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

if TYPE_CHECKING:
    from contextlib import ExitStack

    from kb.mirror.store import Mirror
    from kb.mirror.sync.job import SyncJob
    from kb.model.plan import Change
    from kb.plan.impact.duration import RateBudget
    from kb.plan.rebase import CurrentTarget
    from kb.sources.esa.client import Esa
    from kb.sources.port import PlanOwner, Remote, RemoteOptions
    from kb.sources.transport.call import Watcher
    from kb.sources.transport.connect import ConnectOptions
    from kb.sources.transport.credentials import CredentialStatus

SOON_DAYS = 14

_POST = compile_lazy(r"/posts/([1-9][0-9]{0,17})(?:/(?:edit|revisions?(?:/[0-9]+)?))?/?")
_CATEGORY = compile_lazy(r"(?:\A|&)(?:path|category)=([^&]+)")
_NUMBER = compile_lazy(r"[0-9]+")
_ADDRESS = compile_lazy(r"https://([A-Za-z0-9-]+)\.esa\.io(?:/.*)?")
_POST_URL = compile_lazy(r"https?://[^/]+/posts/([0-9]+)")


class EsaSource(WritePort):
    """The team of `[esa]`."""

    source = Source.ESA
    system = "esa"
    title = t("esa", "esa")
    pages = t("esa の記事", "esa posts")
    default_kind = Kind.POST
    default_markup = Markup.MARKDOWN
    has_depths = True
    lists_members = True
    renames_categories = True
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
        team = match[1] if match else answer.strip()
        if team and not is_team_name(team):
            shown = sanitize(team)[:80]
            raise ConfigError(
                t(f"「{shown}」は esa のチーム名ではありません。", f"{shown!r} is no name of a team of esa."),
                t("https://docs.esa.io なら docs です。", "for https://docs.esa.io it is docs."),
            )
        return team

    def introduce(self, workspace: Workspace) -> Introduction:
        """Propose places from the team's categories and its latest hundred posts.

        Four requests and one per 100 members. A password may look like a host's name (`web-01`): texts are masked
        before anything is proposed.
        """
        from kb.model.host_names import HostPage
        from kb.model.members import ListState
        from kb.reading.pages.category_tree import propose_settings
        from kb.secrets.mask_document import mask_text
        from kb.sources.esa.people import find_unlisted, list_state

        with self.connect(workspace) as esa:
            who = esa.identify()
            latest = next(esa.posts_updated(), None)
            listed = esa.members()
            counts = esa.category_counts()
        clean = {name: count for name, count in counts.items() if not name or mask_text(name) == name}
        members = {str(row["screen_name"]): str(row.get("name") or "") for row in listed.rows}
        proposal = propose_settings(clean, list(members))
        if list_state(listed, who.screen_name) is ListState.WHOLE:
            proposal = replace(proposal, unlisted=find_unlisted(latest or (), members))
        pages = tuple(
            HostPage(
                f"esa:{row['number']}",
                mask_text(f"{row.get('category') or ''}/{row['name']}"),
                mask_text(str(row["body_md"])),
            )
            for row in latest or ()
        )
        return Introduction(who.screen_name, self.place, proposal=proposal, pages=pages, members=members)

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
        from kb.sources.esa.requests import esa_token_spec
        from kb.sources.transport.credentials import ask_both

        def ask(to_write: bool) -> dict[str, object]:
            with self.connect(workspace, to_write=to_write, max_wait_s=0) as esa:
                who, info = esa.identify(), esa.token_info()
            return {"account": who.screen_name, "scopes": _scopes(info), "expires": _expires(info, now)}

        yield from ask_both("esa", partial(esa_token_spec, self.settings), ask, apart=self.writes_apart)

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
    def owns(cls, made: PlanOwner, settings: Settings) -> bool:
        return made.team == settings.team != ""

    @classmethod
    def foreign_plan_error(cls, plan: PlanOwner, settings: Settings) -> RefusedError:
        return RefusedError(
            t(
                f"この変更案はチーム「{plan.team[:60]}」のものです（kb.toml の esa.team は「{settings.team}」）。",
                f"this plan is for the team {plan.team[:60]!r} (esa.team in kb.toml is {settings.team!r}).",
            ),
            t("そのチームの作業フォルダーで実行してください。", "run it in that team's workspace."),
        )

    def open_remote(
        self, stack: ExitStack, workspace: Workspace, mirror: Mirror, options: RemoteOptions, watch: Watcher | None
    ) -> Callable[[str], Remote]:
        from kb.sources.esa.remote import EsaRemote

        esa = stack.enter_context(self.connect(workspace, **write_options(workspace, watch)))
        reader = queries.find_reader(mirror, "esa")
        if not reader or self.writes_apart:
            esa.identify()
        else:  # the reader writes: their limit is known already
            esa.access.limiter.share(f"{esa.access.host}/{int_field(reader.get('id'))}")
        return lambda run: EsaRemote(
            esa, run, mirror, texts=options.texts, tells=options.tells, with_secrets=options.with_secrets
        )

    @classmethod
    def mirrored_target(cls, mirror: Mirror, number: int) -> CurrentTarget | None:
        from kb.plan.rebase import CurrentTarget
        from kb.secrets.mask_document import mask_text

        post = queries.post_head(mirror, number)
        if post is None:
            return None
        values = {key.value: value for key, value in post.values.items()}
        title = mask_text(post.title)

        def text() -> str:
            stored = mirror.find(Source.ESA, Kind.POST, str(number))
            return stored.document.body if stored is not None else ""

        return CurrentTarget(values, post.seen, title, post.human_at, title != post.title, text)

    def url_of(self, number: int) -> str:
        return f"https://{self.settings.team}.esa.io/posts/{number}"

    @property
    def writes_apart(self) -> bool:
        from kb.sources.esa.requests import write_token_spec

        return write_token_spec(self.settings).is_given

    def find_limited(self, mirror: Mirror, changes: Iterable[Change]) -> frozenset[str]:
        targets = {each.number: each.target for each in changes if each.source is Source.ESA}
        return frozenset(
            targets[post.number]
            for post in queries.find_post_heads(mirror, targets)
            if post.visibility < Visibility.MEMBERS
            or (
                post.visibility is not Visibility.INTERNET  # shared by a link: anybody may read it
                and is_limited(post.category, self.settings.limited)
            )
        )

    def read_budget(self, workspace: Workspace, mirror: Mirror, now: float) -> RateBudget:
        from kb.plan.impact.duration import FULL_BUDGET, RateBudget
        from kb.sources.esa.requests import esa_base_url
        from kb.sources.transport.limiter import Limiter

        writer = {} if self.writes_apart else queries.find_reader(mirror, "esa")
        limiter = Limiter("esa", folder=workspace.cache)
        limiter.share(f"{urlsplit(esa_base_url()).netloc}/{int_field(writer.get('id'))}")
        if (window := limiter.window(now)) is not None:
            return RateBudget(window.limit, window.remaining, window.reset_in_s)
        limit = limiter.limit() or FULL_BUDGET.limit  # of an expired window; the next one has it again
        return RateBudget(limit, limit)

    @classmethod
    def parse_typed(cls, typed: str) -> str:
        """`123` and the URL of a post are `esa:123`."""
        if _NUMBER.fullmatch(typed):
            return f"esa:{typed}"
        found = _POST_URL.match(typed)
        return f"esa:{found[1]}" if found else ""


def _token(info: Row | None) -> Iterator[HealthCheck]:
    """What esa tells of the token itself; older tokens and servers tell nothing."""
    if any(scope.startswith(("write", "admin")) for scope in _scopes(info)):
        yield note_check(
            t("esa: このトークンは書き込みもできます。", "esa: this token may write, too."),
            t(
                "ふだんは read だけのトークンが安全です。送るときのものは ESA_WRITE_TOKEN に分けられます。",
                "read scopes are safer day by day; what kb apply sends with can stand in ESA_WRITE_TOKEN.",
            ),
        )
    seconds = _seconds_left(info)
    if seconds is None:
        return
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


def _seconds_left(info: Row | None) -> float | None:
    seconds = (info or {}).get("expires_in_seconds", (info or {}).get("expires_in"))
    return seconds if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None


def _expires(info: Row | None, now: datetime) -> str:
    try:
        moment = now + timedelta(seconds=_seconds_left(info) or 0)
    except OverflowError:
        return ""
    return "" if _seconds_left(info) is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


SOURCE = EsaSource
