"""Redmine as a source of kb: what `kb.sources.port` asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import urlsplit

from kb.errors import KbError, RefusedError
from kb.model.document import Kind, Markup, Source, Visibility, parse_doc
from kb.model.health import HealthCheck, check_clock, failed_check, note_check, ok_check
from kb.settings.kb_toml import RedmineSettings, Settings
from kb.settings.workspace import Workspace, require_safe_url
from kb.sources.port import EnvVariable, InitQuestion, Introduction, WritePort, write_options
from kb.text.display import sanitize
from kb.text.fold import fold_text
from kb.text.json_fields import int_field, object_field, objects_field, text_field
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

if TYPE_CHECKING:
    from contextlib import ExitStack

    from kb.mirror.store import Mirror
    from kb.mirror.sync.job import SyncJob
    from kb.model.host_names import HostPage
    from kb.model.plan import Change
    from kb.plan.impact.estimate import TicketAudience
    from kb.plan.rebase import CurrentTarget
    from kb.reading.pages.category_tree import SettingsProposal
    from kb.sources.port import PlanOwner, Remote, RemoteOptions
    from kb.sources.redmine.client import Redmine
    from kb.sources.redmine.rows import RowContext
    from kb.sources.transport.call import Watcher
    from kb.sources.transport.connect import ConnectOptions
    from kb.sources.transport.credentials import CredentialStatus

_MARKUPS = {"markdown": Markup.MARKDOWN, "textile": Markup.TEXTILE}
_ISSUE = compile_lazy(r"/issues/([1-9][0-9]{0,17})(?![\w-])")
_NAMED = compile_lazy(r"#([1-9][0-9]{0,17})")
_TYPED = compile_lazy(r"#([0-9]+)")
_TICKET_URL = compile_lazy(r"https?://\S+/issues/([0-9]+)")


class RedmineSource(WritePort):
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
        """Return the address. `kb init` itself asks about one without encryption."""
        url = answer.strip().rstrip("/")
        if url:
            require_safe_url(url, str(t("Redmine の URL", "Redmine's URL")), allow_http=True)
        return url

    def introduce(self, workspace: Workspace) -> Introduction:
        with self.connect(workspace) as redmine:
            who = redmine.identify()
            latest = redmine.latest_issues()
            proposal, pages = (None, ()) if workspace.settings.esa else _propose_places(redmine, latest)
        admin = t(
            "管理者の鍵です。読むだけなら、権限の狭い利用者の鍵を使うほうが安全です。",
            "this is an administrator's key; to read, a key of a user with fewer rights is safer.",
        )
        named = (object_field(row.get(key)) for row in latest for key in ("author", "assigned_to"))
        accounts = tuple(dict.fromkeys(name for each in named if (name := text_field(each.get("name")))))
        remarks = (admin,) if who.admin else ()
        return Introduction(who.login, remarks=remarks, proposal=proposal, pages=pages, accounts=accounts)

    @property
    def place(self) -> str:
        return self.settings.url

    @property
    def label(self) -> str:
        host = urlsplit(self.settings.url).hostname or ""
        return str(t(f"Redmine（{host}）", f"Redmine ({host})"))

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
                yield from _check_trackers(workspace.settings.incidents.trackers, tables.trackers)
        except KbError as error:
            yield failed_check(error)

    def credentials(self, workspace: Workspace, now: datetime) -> Iterator[CredentialStatus]:
        from kb.sources.redmine.requests import basic_password_spec, redmine_key_spec
        from kb.sources.transport.credentials import CredentialStatus, ask_both, credential_origin

        def ask(to_write: bool) -> dict[str, object]:
            with self.connect(workspace, to_write=to_write, max_wait_s=0) as redmine:
                who = redmine.identify()
            return {"account": who.login, "admin": who.admin}

        yield from ask_both("redmine", partial(redmine_key_spec, self.settings), ask, apart=self.writes_apart)
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
    def owns(cls, made: PlanOwner, settings: Settings) -> bool:
        return made.redmine.rstrip("/") == settings.redmine_url != ""

    @classmethod
    def foreign_plan_error(cls, plan: PlanOwner, settings: Settings) -> RefusedError:
        return RefusedError(
            t(
                f"この変更案は別の Redmine（{plan.redmine[:80] or '指定なし'}）のものです。",
                f"this plan is for another Redmine ({plan.redmine[:80] or 'none is named'}).",
            ),
            t(
                "kb.toml の redmine.url が同じ作業フォルダーで実行してください。",
                "run it where redmine.url in kb.toml is the same.",
            ),
        )

    def open_remote(
        self, stack: ExitStack, workspace: Workspace, mirror: Mirror, options: RemoteOptions, watch: Watcher | None
    ) -> Callable[[str], Remote]:
        from kb.sources.redmine.remote import RedmineRemote

        redmine = stack.enter_context(self.connect(workspace, **write_options(workspace, watch)))
        who = redmine.identify()  # a wrong key reads as anonymous: private tickets would look gone
        statuses = {text_field(row.get("name")): int_field(row.get("id")) for row in _statuses(mirror)}
        world = self.row_context(mirror)
        return lambda run: RedmineRemote(
            redmine,
            run,
            statuses,
            notes=options.notes,
            mirror=mirror,
            world=world,
            texts=options.texts,
            noted=options.noted,
            planned_at=options.planned_at,
            user=who.user_id,
            with_secrets=options.with_secrets,
        )

    def row_context(self, mirror: Mirror) -> RowContext:
        """Return the mirror's projects and closing statuses, as rows of tickets need them."""
        from kb.sources.redmine.rows import RowContext, project_places

        closed = frozenset(int_field(row.get("id")) for row in _statuses(mirror) if row.get("is_closed") is True)
        places = project_places(mirror.things(Source.REDMINE, "project").values())
        return RowContext(self.settings.url.rstrip("/"), places, closed, _MARKUPS.get(self.settings.markup))

    @classmethod
    def mirrored_target(cls, mirror: Mirror, number: int) -> CurrentTarget | None:
        from kb.model.plan import SeenState
        from kb.plan.rebase import CurrentTarget
        from kb.secrets.mask_document import mask_text
        from kb.sources.redmine.remote_tickets import ticket_state

        row = mirror.ticket(number)
        if row is None:
            return None
        state = ticket_state({**row.raw, "journals": [json.loads(raw) for raw, _ in row.notes]})
        stored = mirror.find(Source.REDMINE, Kind.TICKET, str(number))
        human_at = stored.document.human_at if stored is not None else ""
        title = mask_text(row.title)
        return CurrentTarget(state.values, SeenState(state.updated_at), title, human_at, title != row.title)

    def url_of(self, number: int) -> str:
        return f"{self.settings.url.rstrip('/')}/issues/{number}"

    @property
    def writes_apart(self) -> bool:
        from kb.sources.redmine.requests import write_key_spec

        return write_key_spec(self.settings).is_given

    @classmethod
    def refuse_changes(cls, mirror: Mirror, changes: Iterable[Change]) -> Iterator[tuple[Change, RefusedError]]:
        from kb.model.plan import ChangeKey

        names = [str(row.get("name")) for row in _statuses(mirror)]
        for change in changes:
            name = str(change.after.get(ChangeKey.STATUS, ""))
            if ChangeKey.STATUS in change.after and name not in names:
                what = t(
                    f"{change.target}: Redmine に「{name[:60]}」という状態はありません。",
                    f"{change.target}: Redmine has no status {name[:60]!r}.",
                )
                step = t(f"after を直してください（{'、'.join(names)}）。", f"correct after ({', '.join(names)}).")
                yield change, RefusedError(what, step)

    @classmethod
    def find_dependencies(cls, mirror: Mirror, changes: Sequence[Change]) -> Iterable[tuple[str, str]]:
        from kb.plan.collide.find import find_ticket_dependencies

        closing = frozenset(str(row.get("name")) for row in _statuses(mirror) if row.get("is_closed") is True)
        return find_ticket_dependencies(changes, _closed_first(mirror, changes), closing)

    @classmethod
    def find_audiences(cls, mirror: Mirror, targets: Iterable[str]) -> Mapping[str, TicketAudience]:
        """Map tickets to those concerned. Watchers are known only of tickets read one by one, by a key that may."""
        from kb.plan.impact.estimate import TicketAudience

        found: dict[str, TicketAudience] = {}
        for target in targets:
            row = mirror.ticket(parse_doc(target).number) if target.startswith("redmine:") else None
            if row is not None:
                watchers = row.raw.get("watchers")
                found[target] = TicketAudience(
                    author=int_field(object_field(row.raw.get("author")).get("id")),
                    assignee=int_field(object_field(row.raw.get("assigned_to")).get("id")),
                    watchers=tuple(int_field(each.get("id")) for each in objects_field(watchers))
                    if isinstance(watchers, list)
                    else None,
                    watcher_count=int_field(row.raw.get("watchers_count")),
                )
        return found

    def find_limited(self, mirror: Mirror, changes: Iterable[Change]) -> frozenset[str]:
        """Return the private tickets, those of projects that are not public, and those whose change names one."""

        def is_narrow(number: int) -> bool:
            row = mirror.ticket(number)
            return row is not None and row.visibility < Visibility.MEMBERS

        found = set()
        for each in changes:
            if each.source is Source.REDMINE:
                named = {int(number) for number in _NAMED.findall(f"{each.reason} {each.warning} {each.note}")}
                if any(map(is_narrow, {each.number, *named, *(parse_doc(other).number for other in each.along)})):
                    found.add(each.target)
        return frozenset(found)

    @classmethod
    def parse_typed(cls, typed: str) -> str:
        """`#45` and the URL of a ticket are `redmine:45`."""
        found = _TYPED.fullmatch(typed) or _TICKET_URL.match(typed)
        return f"redmine:{found[1]}" if found else ""


def _check_trackers(named: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[HealthCheck]:
    """Yield the trackers of kb.toml that the server does not have: their tickets would be read as no incidents."""
    there = {fold_text(name).strip().casefold(): name for name in (text_field(row.get("name")) for row in rows)}
    for name in named:
        if fold_text(name).strip().casefold() not in there:
            names = [sanitize(each) for each in there.values()]
            yield note_check(
                t(
                    f"Redmine: kb.toml の [incidents] にある「{sanitize(name)}」というトラッカーはありません。",
                    f"Redmine: there is no tracker {sanitize(name)!r}, which [incidents] trackers of kb.toml names.",
                ),
                t(f"トラッカーの名前に直してください: {'、'.join(names)}", f"name one of them: {', '.join(names)}"),
            )


def _propose_places(
    redmine: Redmine, newest: Iterable[Mapping[str, Any]]
) -> tuple[SettingsProposal, tuple[HostPage, ...]]:
    """Propose where incidents are from the trackers and the latest hundred tickets: four requests.

    A team with esa has them there; this is for one without. Texts are masked before anything is proposed, and only
    tickets that every member may read are looked at: kb.toml is shared.
    """
    from kb.mirror.documents import read_custom_fields
    from kb.model.host_names import HostPage
    from kb.reading.pages.category_tree import propose_settings
    from kb.reading.tickets.places import propose_places
    from kb.secrets.mask_document import mask_text

    tables = redmine.tables()
    trackers = [text_field(row.get("name")) for row in tables.trackers]
    open_to_all = {row["id"] for row in tables.projects if row.get("is_public") is True}
    latest = [
        row
        for row in newest
        if row.get("is_private") is not True and object_field(row.get("project")).get("id") in open_to_all
    ]
    fields = [
        [
            (name, value)
            for name, value in read_custom_fields(row)
            if mask_text(name) == name and mask_text(value, name) == value
        ]
        for row in latest
    ]
    pages = tuple(
        HostPage(
            f"redmine:{row['id']}",
            mask_text(text_field(row.get("subject"))),
            mask_text(text_field(row.get("description"))),
        )
        for row in latest
    )
    places = propose_places([name for name in trackers if mask_text(name) == name], fields)
    return replace(propose_settings({}), done_place="", tickets=places), pages


def _statuses(mirror: Mirror) -> Collection[Mapping[str, Any]]:
    return mirror.things(Source.REDMINE, "status").values()


def _closed_first(mirror: Mirror, changes: Iterable[Change]) -> dict[int, list[int]]:
    """Map each ticket to those Redmine wants closed first: its children, and what blocks it."""
    found: dict[int, list[int]] = {}
    for number in {each.number for each in changes if each.source is Source.REDMINE}:
        row = mirror.ticket(number)
        if row is not None:
            children = [int_field(child.get("id")) for child in objects_field(row.raw.get("children"))]
            blockers = [
                int_field(each.get("issue_id"))
                for each in objects_field(row.raw.get("relations"))
                if each.get("relation_type") == "blocks" and each.get("issue_to_id") == number
            ]
            parent = int_field(object_field(row.raw.get("parent")).get("id"))
            found.setdefault(number, []).extend([*children, *blockers])
            if parent:
                found.setdefault(parent, []).append(number)
    return found


SOURCE = RedmineSource
