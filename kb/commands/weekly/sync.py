"""`kb sync`: mirror esa, Redmine and local folders on this machine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import click
import typer

from kb import clock
from kb.commands.registry import command, option
from kb.console.terminal import say, say_error
from kb.errors import Exit, UsageError
from kb.model.document import Source
from kb.secrets.masking.registry import get_known, provide_known
from kb.settings.workspace import Workspace, open_workspace
from kb.sources.port import SourcePort
from kb.sources.registry import configured_sources, source_kind, source_kinds
from kb.text.display import sanitize, sanitize_json
from kb.text.lang import count_noun, t

if TYPE_CHECKING:
    from kb.mirror.store import Mirror
    from kb.sources.sync import SyncOptions, SyncOutcome


_MANY_PAGES = 100
"""Pages that are read for `kb similar` before anybody searches: fewer take it less than half a second."""


@command(
    "sync",
    t("esa と Redmine を手元に写す", "mirror esa and Redmine on this machine"),
    example="kb sync --source redmine --project infra",
)
def sync(
    full: Annotated[
        bool, option("--full", t("全部を読み直して照らし合わせる", "read everything again and compare"))
    ] = False,
    source: Annotated[
        str | None,
        option(
            "--source",
            t("このソースだけ", "this source only"),
            click_type=click.Choice([kind.source.value for kind in source_kinds()]),
        ),
    ] = None,
    limit: Annotated[
        int,
        option(
            "--limit N",
            t("ソースごとに約 N 件で止める（続きは次回）", "stop after about N pages a source"),
            show_default=True,
            min=0,
        ),
    ] = 0,
    project: Annotated[
        str,
        option("--project ID", t("Redmine のこのプロジェクトだけ", "this project of Redmine only")),
    ] = "",
    attachments: Annotated[
        bool,
        option(
            "--attachments", t("添付されたテキストファイルの中身も写す", "mirror what is in attached text files too")
        ),
    ] = False,
    as_json: Annotated[bool, option("--json", t("件数を JSON で出力する", "print the figures as JSON"))] = False,
) -> None:
    """Sync every configured source, or one; a source that fails does not hold up the others."""
    from kb.lint.cache.load_known import load_workspace_known_values
    from kb.mirror.history.state import StateDb
    from kb.mirror.store import Mirror
    from kb.mirror.sync.lock import run_lock
    from kb.sources.sync import SyncOptions, sum_figures

    workspace = open_workspace()
    narrowed = next(kind.source for kind in source_kinds() if kind.has_projects) if project else None
    wanted = Source(source) if source else narrowed
    sources = _require(workspace, wanted, project)
    zone = ZoneInfo(workspace.settings.timezone)
    started = clock.now(zone)
    anew = not workspace.mirror.exists()
    with (
        run_lock(workspace.private, "sync", workspace.settings.timezone),
        Mirror.open(workspace.mirror) as mirror,
    ):
        while mirror.restructure():
            pass
        asked = frozenset(list_open_names(workspace, mirror))
        outcomes = list(_sync(workspace, mirror, sources, SyncOptions(full, limit, project, attachments)))
        names = [line for line in list_open_names(workspace, mirror) if line not in asked]
        provide_known(partial(load_workspace_known_values, workspace))
        get_known()  # looks through what came
        index_incidents(workspace, mirror)
        code = Exit.worst(*(outcome.error.exit_code for outcome in outcomes if outcome.error))
        figures = sum_figures(outcomes)
        with StateDb(workspace.state) as state:
            state.record("sync", started, code, figures)
            troubles = {each.name: each.error.what if each.error else None for each in outcomes}
            state.ended(troubles, whole=not project and not limit, anew=anew, zone=zone)
    if as_json:
        ends = {
            "whole": [each.name for each in outcomes if not each.error],
            "failed": [each.name for each in outcomes if each.error],
        }
        print(sanitize_json({"sources": figures, **ends}))
    else:
        _show(figures, {outcome.source.value for outcome in outcomes if outcome.error})
    _print_result(outcomes)
    for line in names:
        say(line)
    if not code and not as_json:
        more = t("次は: kb sync（続きを写す）か kb lint", "next: kb sync (to go on) or kb lint")
        say(more if limit else t("次は: kb lint", "next: kb lint"))
    if code:
        raise typer.Exit(code)


def _require(workspace: Workspace, source: Source | None, project: str) -> tuple[SourcePort, ...]:
    """Return the sources to sync. Raises UsageError if what was asked for is not configured."""
    sources = configured_sources(workspace.settings)
    if project and not (source and source_kind(source).has_projects):
        raise UsageError(
            t("--project は Redmine だけの指定です。", "--project is for Redmine only."),
            t("--source redmine と一緒に使ってください。", "use it with --source redmine."),
        )
    if source is not None and not any(each.source is source for each in sources):
        raise UsageError(
            t(f"kb.toml に {source.value} の設定がありません。", f"kb.toml configures no {source.value}."),
            t("kb init で加えるか、--source を外してください。", "add it with kb init, or leave --source out."),
        )
    if not sources:
        raise UsageError(
            t("kb.toml に写す相手がありません。", "kb.toml configures nothing to mirror."),
            t("[esa] か [redmine] を書いてください（kb init が作ります）。", "write [esa] or [redmine]; kb init does."),
        )
    return tuple(each for each in sources if source in (None, each.source))


def _sync(
    workspace: Workspace, mirror: Mirror, sources: Iterable[SourcePort], wish: SyncOptions
) -> Iterator[SyncOutcome]:
    from kb.console.progress import Meter
    from kb.sources.sync import sync_source

    for source in sources:
        with Meter(sanitize(source.progress_label)) as meter:
            yield sync_source(source, workspace, mirror, wish, meter)


def list_open_names(workspace: Workspace, mirror: Mirror) -> Iterator[str]:
    """Yield which names in Redmine are nobody's in esa for certain, with the lines for kb.toml that settle it."""
    from kb.lint.people.roster import format_unmatched, load_people

    people = workspace.settings.people
    yield from format_unmatched(load_people(workspace.settings, mirror), (*people.guests, *people.bots))


def index_incidents(workspace: Workspace, mirror: Mirror) -> None:
    """Read what came for `kb similar`, once its secrets are known. A few pages are read when somebody searches."""
    from kb.mirror.similar.request import IndexRequest, count_dirty
    from kb.rules.codes import enabled_personal_kinds

    lint = workspace.settings.lint
    request = IndexRequest(workspace.settings.policy, enabled_personal_kinds(lint.select, lint.ignore))
    if count_dirty(mirror, request) < _MANY_PAGES:
        return
    from kb.console.progress import Meter
    from kb.lint.cache import compiled
    from kb.mirror.similar.update import update_index

    compiled.load_patterns()
    with Meter(str(t("障害の索引", "index of incidents"))) as meter:
        update_index(mirror, request, meter.step)
    compiled.save_patterns()


def _show(figures: dict[str, dict[str, int]], failed: Collection[str]) -> None:
    """Print a line per source; that of one that `failed` says so."""
    for source, of in figures.items():
        name = source_kind(Source(source)).system
        done, counted = (of["added"], of["changed"], of["deleted"]), (of["requests"], of["audit_requests"])
        ja = f"{name}: 追加 {done[0]:,}・変更 {done[1]:,}・削除 {done[2]:,}（{counted[0]:,} リクエスト"
        en = f"{name}: {done[0]:,} added, {done[1]:,} changed, {done[2]:,} deleted ("
        en += count_noun(counted[0], "request")
        if counted[1]:
            ja, en = f"{ja}、点検 {counted[1]:,}", f"{en}, audit {counted[1]:,}"
        if of.get("history_requests"):
            ja, en = (
                f"{ja}、履歴と添付 {of['history_requests']:,}",
                f"{en}, history and files {of['history_requests']:,}",
            )
        if of["waited_s"]:
            ja, en = f"{ja}、待ち {of['waited_s']:,} 秒", f"{en}, waited {of['waited_s']:,} s"
        ended = t(" 途中で終わりました", ", ended early") if source in failed else t("", "")
        print(t(f"{ja}）{ended.ja}", f"{en}){ended.en}"))


def _print_result(outcomes: list[SyncOutcome]) -> None:
    """Print notes and errors to stderr."""
    for outcome in outcomes:
        for note in outcome.notes:
            say_error(sanitize(str(note)))
        if outcome.error is not None:
            say_error(sanitize(str(outcome.error.what)), sanitize(str(outcome.error.next_step or "")))
