"""`kb plan tickets`: propose a ticket for each measure of an incident page that has none."""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.change.plan.output import (
    ForceOption,
    PlanDraft,
    PlanNowOption,
    PlanOutputOption,
    open_mirrored,
)
from kb.commands.options import read_post_number
from kb.commands.registry import command, option
from kb.console.terminal import say
from kb.errors import SourceError, UsageError
from kb.model.document import Source
from kb.text.dates import parse_instant
from kb.text.json_fields import text_field
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kb.mirror.store import Mirror
    from kb.model.plan import Change
    from kb.settings.workspace import Workspace


@command(
    "plan tickets",
    t("チケットのない対策に、チケットを作る案", "make tickets for measures that have none"),
    example="kb plan tickets -o tickets.toml\nkb plan tickets --page esa:1203 -o tickets.toml",
    shared=True,
)
def plan_tickets(
    page: Annotated[
        list[str] | None,
        option(
            "--page ID", t("この記事の対策だけ（1 年より前でも。繰り返せます）", "measures of this post, however old")
        ),
    ] = None,
    out: PlanOutputOption = Path("tickets.toml"),
    without_check: Annotated[
        bool,
        option(
            "--without-check",
            t("もう作ったチケットがないかを Redmine に聞かない", "do not ask Redmine what was made already"),
        ),
    ] = False,
    force: ForceOption = False,
    now: PlanNowOption = "",
) -> None:
    """Lint the mirror, and write which measures could get a ticket: all for a person to decide on."""
    from kb.lint.proposals.measures import MeasureTickets
    from kb.plan.propose.post import gather_proposals

    workspace = open_mirrored(Source.ESA)
    open_mirrored(Source.REDMINE)
    named = {read_post_number(word, "--page", workspace.settings.team) for word in page or ()}
    draft = PlanDraft.begin(workspace, out, force=force, now=now)
    with draft.mirror() as mirror:
        _require_mirrored(mirror, named)
        marked = {} if without_check else _ask_redmine(workspace)
        found = MeasureTickets(workspace, mirror, draft.today, now, named, marked)
        proposed = gather_proposals(found.propose())
    limit = workspace.settings.plan.create_limit
    draft.write(proposed, found.troubles, lambda changes: _describe(changes, limit))
    if named and proposed.is_empty:
        pages = t(
            "、".join(f"esa:{each}" for each in sorted(named)), ", ".join(f"esa:{each}" for each in sorted(named))
        )
        say(
            t(
                f"{pages.ja} には、チケットのない開いた対策がありません。 → kb show esa:{min(named)} --findings",
                f"no open measure without a ticket on {pages.en}. → kb show esa:{min(named)} --findings",
            )
        )


def _require_mirrored(mirror: Mirror, named: Iterable[int]) -> None:
    from kb.mirror import queries

    for number in sorted(named):
        if queries.post_head(mirror, number) is None:
            raise UsageError(
                t(f"esa:{number} は手元の写しにありません。", f"esa:{number} is not mirrored."),
                t("番号を確かめるか、kb sync してください。", "check the number, or kb sync."),
            )


def _ask_redmine(workspace: Workspace) -> Mapping[int, tuple[str, bool]]:
    """Return the texts of tickets kb made that the mirror may lack, by number, and whether each is closed."""
    from kb.mirror.store import Mirror
    from kb.plan.propose.new_ticket import TICKET_MARK
    from kb.sources.redmine.client import Redmine
    from kb.sources.redmine.source import RedmineSource
    from kb.text.json_fields import int_field, object_field, text_field

    settings = workspace.settings.redmine
    assert settings is not None
    try:
        with (
            Mirror.open(workspace.mirror, readonly=True) as mirror,
            Redmine.connect(settings, cache=workspace.cache, max_wait_s=workspace.settings.sync.max_wait_s) as redmine,
        ):
            closing = RedmineSource(settings).row_context(mirror).closed
            redmine.identify()
            rows = redmine.writes.marked(TICKET_MARK, _read_since(mirror))
            count = redmine.access.requests
    except SourceError as error:
        without = t(
            "Redmine に聞かずに作るなら、--without-check を付けてください。",
            "to go without asking Redmine, add --without-check.",
        )
        step = error.next_step or t("", "")
        error.next_step = t(f"{step.ja}{without.ja}", f"{step.en} {without.en}".strip())
        raise
    say(
        t(
            f"kb が作ったチケットを Redmine に確かめました（{count:,} リクエスト）。",
            f"asked Redmine which tickets kb has made ({count:,} requests).",
        )
    )
    found = {}
    for row in rows:
        status = object_field(row.get("status"))
        closed = status.get("is_closed") is True or int_field(status.get("id")) in closing
        found[int_field(row.get("id"))] = (text_field(row.get("description")), closed)
    return found


def _read_since(mirror: Mirror) -> str:
    """Return from when on (UTC) the mirror may lack tickets: a day before it was read last."""
    watermark = mirror.mark("redmine.watermark")
    read = parse_instant(text_field(json.loads(watermark or '""')))
    if read is None:
        return "1970-01-01T00:00:00Z"
    return (read - timedelta(days=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _describe(changes: Iterable[Change], limit: int) -> Iterable[Text]:
    """Yield how many tickets would be made, for how many people, and what keeps kb from making them."""
    new = [each for each in changes if each.creates]
    if not new:
        return
    given = sum(bool(each.after["assignee"]) for each in new)
    yield t(
        f"うち新しいチケットは {len(new):,} 件（担当者あり {given:,} 件）。残りは、その番号を記事に書く変更です。",
        f"{count_noun(len(new), 'new ticket')} among them ({given:,} with an assignee); the rest put their numbers "
        "into the posts.",
    )
    if limit <= 0:
        yield t(
            "kb.toml の [plan] に create_limit がないので、このままでは作りません（作るなら create_limit = 10）。",
            "[plan] create_limit is not in kb.toml, so none will be made as it is (to allow it: create_limit = 10).",
        )
