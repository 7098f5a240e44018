"""`kb` alone: the state of things, and the one next command."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from kb import clock
from kb.console.terminal import paint, say_wrapped
from kb.settings.workspace import Workspace, find_config, open_workspace
from kb.text.display import sanitize
from kb.text.lang import Text, count_noun, t


def show_status() -> None:
    """Print where this workspace stands, from its own files."""
    if find_config() is None:
        print(t("まだ kb の作業フォルダーではありません。", "this is not a kb workspace yet."))
        _next(t("kb init（まず試すなら kb demo）", "kb init (to try it first: kb demo)"))
        return
    workspace = open_workspace()
    print(paint(sanitize(str(workspace.root)), "bold"))
    for line in _sources(workspace):
        print(f"  {line}")
    if not workspace.mirror.exists():
        print(t("まだ何も写していません。", "nothing is mirrored yet."))
        _next(t("kb sync", "kb sync"))
        return
    _mirror(workspace)


def _sources(workspace: Workspace) -> list[Text]:
    from kb.sources.registry import configured_sources

    lines = (f"{each.system}: {sanitize(each.place)}" for each in configured_sources(workspace.settings))
    return [t(line, line) for line in lines]


def _mirror(workspace: Workspace) -> None:
    from kb.execute.waiting_plans import MAX_PLANS, describe_last_run, find_waiting_plans, newest_journal_faults
    from kb.reports.status import choose_next_command, describe_secrets, describe_sync, gather_status

    now = clock.now(ZoneInfo(workspace.settings.timezone))
    found = gather_status(workspace, now)
    for name, count in found.pages:
        print(t(f"{name.ja}: {count:,} 件", f"{name.en}: {count:,}"))
    print(describe_sync(found.good, now))
    if found.secrets:
        print(describe_secrets(workspace, found.secrets, now.date()))
    for what in newest_journal_faults(workspace):
        say_wrapped(what)
    plans = find_waiting_plans(workspace)
    for each in plans[:MAX_PLANS]:
        print(t(f"{each.line.ja} → {each.command}", f"{each.line.en} → {each.command}"))
    if more := len(plans[MAX_PLANS:]):
        print(t(f"途中の変更案がほかに {more:,} 件あります。", f"and {count_noun(more, 'more plan')} not finished."))
    if (sent := describe_last_run(workspace)) is not None:
        print(sent)
    if found.failed:
        print(
            t(
                f"直近の kb sync は終了コード {found.failed} で終わっています。",
                f"the latest kb sync ended with exit code {found.failed}.",
            )
        )
    elif found.unfinished:
        print(t("写しはまだ途中までです。", "the mirror is not whole yet."))
    _next(choose_next_command(found, now, plans[0].command if plans else ""))


def _next(what: Text) -> None:
    print(t(f"次は: {what.ja}", f"next: {what.en}"))
