"""`kb plan close`: propose to close the tickets that look finished, each with its evidence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.plan_files import PLAN, Force, Now, Output
from kb.config import Workspace, open_workspace
from kb.console import safe, say
from kb.errors import Exit, KbError, SourceError, UsageError
from kb.lang import Text, t

if TYPE_CHECKING:
    from kb.changes.propose.closable import Way
    from kb.changes.propose.close import Finished
    from kb.changes.propose.post import Answer
    from kb.reading.ticket_state import TicketPolicy

EXAMPLE = "kb plan close -o close.toml\nkb plan close --project infra --quiet-days 30 --status 解決"

Project = Annotated[
    str,
    typer.Option(
        "--project",
        metavar="ID",
        help=str(t("このプロジェクト（子も）だけ", "this project and those below it only")),
        show_default=False,
    ),
]


def command(
    out: Output = PLAN,
    project: Project = "",
    quiet_days: Annotated[
        int | None,
        typer.Option(
            "--quiet-days",
            min=0,
            metavar="N",
            help=str(t("人の動きがこの日数ないもの（既定は kb.toml）", "in which nobody did anything for N days")),
            show_default=False,
        ),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="NAME",
            help=str(t("終わったとみなす状態（繰り返せます。既定は kb.toml）", "a status that means finished")),
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="STATUS", help=str(t("閉じるときの状態", "the status to close with")), show_default=False
        ),
    ] = "",
    without_check: Annotated[
        bool,
        typer.Option(
            "--without-check",
            help=str(t("閉じられるかを Redmine に聞かない（何も送りません）", "do not ask Redmine what can be closed")),
        ),
    ] = False,
    force: Force = False,
    now: Now = "",
) -> None:
    """Lint the mirror, weigh what speaks for each open ticket's being finished, and write which could be closed."""
    from kb.changes.propose.post import gathered
    from kb.commands.plan_files import deliver, free
    from kb.commands.plan_tickets import with_redmine
    from kb.lint.request import clock

    workspace = open_workspace()
    with_redmine(workspace)
    free(out, force=force)
    settings = workspace.settings
    policy = settings.ticket_policy
    if status:
        _require_statuses(workspace, status)
        policy = replace(policy, finished_statuses=tuple(status))
    if quiet_days is not None:
        policy = replace(policy, quiet_days=quiet_days)
    moment = clock(now, settings.timezone)
    answers, troubles = closings(workspace, policy, now, project=project, to=to, check=not without_check)
    for trouble in troubles:
        say(safe(str(trouble.what)))
    deliver(gathered(answers), workspace, out, moment)
    if code := Exit.worst(*(trouble.exit_code for trouble in troubles)):
        raise typer.Exit(code)


def closings(
    workspace: Workspace, policy: TicketPolicy, now: str, *, project: str = "", to: str = "", check: bool = True
) -> tuple[list[Answer], list[KbError]]:
    """What is proposed for the tickets that look finished, and the crashes of rules.

    With `check` Redmine is asked what can be closed, where there is anything to close.
    """
    from kb.changes.propose.close import Closing, Finished, close, finished
    from kb.commands.plan_tickets import SET_ASIDE, Tickets, closed_statuses
    from kb.lint.request import clock
    from kb.mirror.store import Mirror

    settings = workspace.settings
    today = clock(now, settings.timezone).date()
    answers: list[Answer] = []
    found: list[Finished] = []
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        closing = closed_statuses(mirror)
        how = Closing(policy, _named(to or settings.tickets.close_status, closing.values()), tuple(closing.values()))
        tickets = Tickets(workspace, mirror, today, now)
        places = tickets.places(project) if project else None
        tickets.look()
        for state in tickets.states(places):
            looked = finished(state, policy, today, tickets.pages(state.key))
            if isinstance(looked, tuple) and state.key not in tickets.aside:
                found.append(Finished(tickets.ticket(state), looked))
            elif looked is not None:
                answers.append(looked if isinstance(looked, Text) else SET_ASIDE)
    found, ways = _asked(workspace, found, closing.keys()) if check and found else (found, {})
    answers += close(found, ways, how)
    return answers, tickets.troubles


def _require_statuses(workspace: Workspace, wanted: Collection[str]) -> None:
    """Raise UsageError for a status Redmine does not have. Those of kb.toml may name what another Redmine has."""
    from kb.mirror.rows import text
    from kb.mirror.store import Mirror
    from kb.model import Source

    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        there = [text(row.get("name")) for row in mirror.things(Source.REDMINE, "status").values()]
    for name in wanted:
        if name not in there:
            raise UsageError(
                t(f"Redmine に「{name[:60]}」という状態はありません。", f"Redmine has no status {name[:60]!r}."),
                t(f"あるもの: {'、'.join(there)}", f"there are: {', '.join(there)}"),
            )


def _named(wanted: str, closing: Collection[str]) -> str:
    """The status to close with. Raises UsageError for one that does not close, or that Redmine does not have."""
    if wanted and wanted not in closing:
        names = "、".join(closing)
        raise UsageError(
            t(
                f"「{wanted[:60]}」は、チケットを閉じる状態ではありません。",
                f"{wanted[:60]!r} does not close a ticket.",
            ),
            t(f"閉じる状態: {names}", f"those that do: {names}"),
        )
    return wanted


def _asked(
    workspace: Workspace, found: list[Finished], closing: Collection[int]
) -> tuple[list[Finished], dict[int, Way]]:
    """The tickets with what only Redmine knows: whether their versions are closed, and what each can be given."""
    from kb.commands.plan_allowed import ways, with_versions
    from kb.sources import connect
    from kb.sources.redmine import Redmine

    settings = workspace.settings.redmine
    assert settings is not None
    try:
        with Redmine.connect(settings, cache=workspace.cache, max_wait_s=workspace.settings.sync.max_wait_s) as redmine:
            known = ways(redmine, [each.ticket for each in found], closing)
            tickets = with_versions(redmine, [each.ticket for each in found])
            count = redmine.access.requests
    except SourceError as error:
        error.next_step = _or_unasked(error.next_step)
        raise
    say(
        str(
            t(
                f"閉じられるかを Redmine に確かめました（{count} リクエスト）。",
                f"asked Redmine what can be closed ({count} requests).",
            )
        )
    )
    if connect.writes_apart(connect.WRITE_KEY, settings.write_key_command):
        say(
            str(
                t(
                    "送るときは別のキーを使うので、できることが違うかもしれません。",
                    "changes are sent with another key, which may be allowed less or more.",
                )
            )
        )
    return [replace(each, ticket=ticket) for each, ticket in zip(found, tickets, strict=True)], known


def _or_unasked(step: Text | None) -> Text:
    """What to do next where Redmine did not answer as it should: the plan can be made without it."""
    unasked = t(
        "Redmine に聞かずに変更案を作るなら、--without-check を付けてください。",
        "to make the plan without asking Redmine, add --without-check.",
    )
    return t(f"{step.ja}{unasked.ja}", f"{step.en} {unasked.en}") if step else unasked
