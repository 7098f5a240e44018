"""Fetch the post or ticket to publish into, check its readers, and plan the one change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import kb
from kb.errors import InputError, RefusedError
from kb.mirror.store import Mirror
from kb.model.document import Kind, Markup, Source
from kb.model.masked import Masked
from kb.model.plan import Change, Plan, SeenState, Verb, new_plan
from kb.plan.sections.block import KbSection, diff_contents, find_section, hash_content
from kb.reports.publish.decide import Publication, PublishPage, SectionUpdate
from kb.secrets.mask_document import mask_text
from kb.settings.workspace import Workspace
from kb.sources.redmine import remote_tickets
from kb.text.display import sanitize
from kb.text.globs import matches_glob
from kb.text.json_fields import int_field, object_field, objects_field, text_field, utc_field
from kb.text.lang import Text, t

MAX_VERSIONS_BACK = 20
"""Revisions that are looked through for what kb itself had written."""


@dataclass(frozen=True, slots=True)
class PageState:
    """A post or ticket as it is: its text, who is notified of changes, who may read it.

    `watchers` is esa's count, None for a ticket. `is_public`: anyone with the link can read it. `find_written`
    returns what kb had written into a section someone edited since, None if it cannot be found.
    """

    page: PublishPage
    title: str
    body: str
    url: str
    seen: SeenState
    markup: Markup
    watchers: int | None
    is_public: bool
    category: str
    find_written: Callable[[KbSection], str | None]

    @property
    def name(self) -> str:
        """Its name in a sentence: esa:123「週報」."""
        return sanitize(f"{self.page.target}「{mask_text(self.title)[:60]}」")


def fetch_page_state(workspace: Workspace, page: PublishPage, stack: ExitStack) -> PageState:
    """Fetch its current state. Raises InputError if it does not exist, SourceError; the stack closes the connection."""
    state = _post(workspace, page, stack) if page.source is Source.ESA else _ticket(workspace, page, stack)
    if state is None:
        key, given = "esa_post" if page.source is Source.ESA else "redmine_ticket", page.named_in.startswith("--")
        raise InputError(
            t(
                f"{page.target} が見つからないか、読む権限がありません。",
                f"{page.target} is not there, or not for this account.",
            ),
            t(f"{page.named_in} を確かめてください。", f"check {page.named_in}.")
            if given
            else t(f"{page.named_in} の {key} を確かめてください。", f"check {key} in {page.named_in}."),
        )
    return state


def _way(workspace: Workspace) -> dict[str, Any]:
    return {"cache": workspace.cache, "max_wait_s": workspace.settings.sync.max_wait_s}


def _post(workspace: Workspace, page: PublishPage, stack: ExitStack) -> PageState | None:
    from kb.sources.esa.client import Esa

    assert workspace.settings.esa is not None
    esa = stack.enter_context(Esa.connect(workspace.settings.esa, **_way(workspace)))
    row = esa.writes.numbered([page.number]).get(page.number)
    if row is None:
        return None
    revision = int_field(row.get("revision_number"))

    def written(section: KbSection) -> str | None:
        for number in range(revision - 1, max(0, revision - 1 - MAX_VERSIONS_BACK), -1):
            old = esa.writes.revision(page.number, number)
            if old is not None and (found := _content_as_written(str(old["body_md"]), section)) is not None:
                return found
        return None

    return PageState(
        page,
        text_field(row.get("name")),
        text_field(row.get("body_md")),
        f"https://{workspace.settings.esa.team}.esa.io/posts/{page.number}",
        SeenState(utc_field(row.get("updated_at")), revision),
        Markup.MARKDOWN,
        int_field(row.get("watchers_count")),
        bool(row.get("sharing_urls")),
        text_field(row.get("category")),
        written,
    )


def _ticket(workspace: Workspace, page: PublishPage, stack: ExitStack) -> PageState | None:
    from kb.sources.redmine.client import Redmine

    settings = workspace.settings.redmine
    assert settings is not None
    redmine = stack.enter_context(Redmine.connect(settings, **_way(workspace)))
    redmine.identify()  # a wrong key reads as an anonymous user
    row = redmine.writes.numbered([page.number]).get(page.number)
    if row is None:
        return None

    def written(section: KbSection) -> str | None:
        found: Mapping[str, Any] = redmine.writes.whole(page.number) or {}
        old = [
            text_field(each.get("new_value"))
            for each in remote_tickets.find_description_edits(objects_field(found.get("journals")))
        ]
        return next((kept for each in reversed(old) if (kept := _content_as_written(each, section)) is not None), None)

    return PageState(
        page,
        text_field(row.get("subject")),
        text_field(row.get("description")),
        f"{settings.url.rstrip('/')}/issues/{page.number}",
        SeenState(utc_field(row.get("updated_on"))),
        {"textile": Markup.TEXTILE}.get(settings.markup, Markup.MARKDOWN),
        None,
        False,
        text_field(object_field(row.get("project")).get("name")),
        written,
    )


def _content_as_written(body: str, section: KbSection) -> str | None:
    """Return the section in an older text, if it is what its mark says kb wrote."""
    try:
        found = find_section(body, section.name)
    except RefusedError:
        return None
    wanted = section.attributes.get("sha256")
    return found.content if found is not None and hash_content(found.content) == wanted else None


def diff_edits(state: PageState, decision: SectionUpdate) -> tuple[Masked, ...]:
    """Return a person's edits of the section as a diff; what would change if those are lost."""
    assert decision.current is not None
    old = state.find_written(decision.current)
    if old is None:
        return decision.hunks
    return diff_contents(mask_text(old), mask_text(decision.current.content))


def require_mirrored(workspace: Workspace, page: PublishPage) -> None:
    """Raise RefusedError for what the mirror lacks: it was created after the last sync."""
    kind = Kind.POST if page.source is Source.ESA else Kind.TICKET
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        if mirror.find(page.source, kind, str(page.number)) is not None:
            return
    raise RefusedError(
        t(f"{page.target} は、まだ手元の写しにありません。", f"{page.target} is not mirrored yet."),
        t("kb sync を実行してから、もう一度公開してください。", "run kb sync, then publish again."),
    )


def build_publish_plan(workspace: Workspace, piece: Publication, state: PageState, decision: SectionUpdate) -> Plan:
    """Return the plan of the one change that writes a section."""
    settings = workspace.settings
    group = t(f"{piece.label.ja}を公開する", f"publish {piece.label.en}")
    change = Change(
        kind=Verb.PUBLISH,
        target=state.page.target,
        before={"body": decision.before},
        after={"body": decision.after},
        seen=state.seen,
        group=str(group),
        reason=str(group),
        title=mask_text(state.title),
        hunks=decision.hunks,
    )
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    team = settings.esa.team if settings.esa else ""
    return new_plan(team, created, kb.__version__, [change], redmine=settings.redmine.url if settings.redmine else "")


def check_readers(workspace: Workspace, state: PageState) -> Text | None:
    """Return a warning if not all members can read it. Raises RefusedError if it is public."""
    if state.is_public:
        raise RefusedError(
            t(
                f"{state.name}は外部に共有されていて、リンクを知る誰でも読めます。メンバー向けの内容は公開しません。",
                f"{state.name} is shared: anybody with the link reads it, and this is for members.",
            ),
            t(
                "esa で外部共有をやめるか、kb.toml で別の記事を指定してください。",
                "stop sharing it in esa, or name another post in kb.toml.",
            ),
        )
    esa = workspace.settings.esa
    limited = esa.limited if esa and state.page.source is Source.ESA else ()
    if any(matches_glob(each, state.category) or matches_glob(each, f"{state.category}/-") for each in limited):
        return t(
            f"{state.name}は、メンバーの一部だけが読める分類にあります。ほかのメンバーには見えません。",
            f"{state.name} is in a category that only a part of the members reads.",
        )
    return None
