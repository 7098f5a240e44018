"""`kb` alone: the state of things, and the one next command."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kb import clock
from kb.console.terminal import paint, say_wrapped
from kb.settings.workspace import Workspace, find_config, open_workspace
from kb.text.display import sanitize
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.execute.waiting_plans import WaitingPlan
    from kb.mirror.history.state import PastRun

FRESH = timedelta(hours=24)
"""A mirror older than this is synced before it is linted."""


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
    from kb.mirror.history.state import StateDb
    from kb.mirror.store import Mirror
    from kb.rules.codes import CREDENTIAL_PREFIX
    from kb.sources.registry import source_kinds

    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        for kind in source_kinds():
            name, count = kind.pages, mirror.count(kind.source, pages=True)
            if count:
                print(t(f"{name.ja}: {count:,} 件", f"{name.en}: {count:,}"))
        unfinished = mirror.unfinished()
    last = good = None
    secrets: set[str] = set()
    if workspace.state.exists():
        with StateDb(workspace.state, readonly=True) as state:
            last, good = state.last("sync"), state.last("sync", good=True)
            secrets = state.history.standing(CREDENTIAL_PREFIX)
    now = clock.now(ZoneInfo(workspace.settings.timezone))
    print(_when(good, now))
    if secrets:
        dead = _changed(workspace, secrets, now)
        print(
            t(
                f"秘密: {len(secrets):,} か所（前回の kb lint。受け入れたものも{dead.ja}） → kb secrets list",
                f"secrets: {len(secrets):,} (the last kb lint, accepted ones among them{dead.en}) → kb secrets list",
            )
        )
    plans = _changes(workspace)
    if last is not None and last.exit_code:
        print(
            t(
                f"直近の kb sync は終了コード {last.exit_code} で終わっています。",
                f"the latest kb sync ended with exit code {last.exit_code}.",
            )
        )
        _next(t("kb sync（続かないときは kb doctor）", "kb sync (if that fails: kb doctor)"))
    elif unfinished:
        print(t("写しはまだ途中までです。", "the mirror is not whole yet."))
        _next(t("kb sync（続きを写す）", "kb sync (to go on)"))
    elif good is None or now - datetime.fromisoformat(good.ended_at) > FRESH:
        _next(t("kb sync", "kb sync"))
    elif plans:
        _next(t(plans[0].command, plans[0].command))
    else:
        _next(t("kb lint（1 件ずつ決めるなら kb triage）", "kb lint (to decide one by one: kb triage)"))


def _changed(workspace: Workspace, secrets: set[str], now: datetime) -> Text:
    """Return how many of the places hold a value that was changed since, and only need cleaning."""
    from kb.errors import KbError
    from kb.lint.waivers.set_aside import DECISIONS_FILE, DecisionFile

    path = workspace.root / DECISIONS_FILE
    if not path.is_file():
        return t("", "")
    from kb.lint.waivers.decisions import MIN_FINGERPRINT

    try:
        places = DecisionFile(path).decisions().rotated_places(now.date())
    except KbError:  # kb lint says what is wrong with the file
        return t("", "")
    count = sum(each[:MIN_FINGERPRINT] in places for each in secrets)
    return t(f"。うち更新済み {count:,}", f", {count:,} changed since") if count else t("", "")


def _changes(workspace: Workspace) -> list[WaitingPlan]:
    """Print the plans that wait for a decision, and the last run."""
    from kb.execute.waiting_plans import describe_last_run, find_waiting_plans, newest_journal_faults

    for what in newest_journal_faults(workspace):
        say_wrapped(what)
    plans = find_waiting_plans(workspace)
    for each in plans:
        print(t(f"{each.line.ja} → {each.command}", f"{each.line.en} → {each.command}"))
    if (sent := describe_last_run(workspace)) is not None:
        print(sent)
    return plans


def _when(good: PastRun | None, now: datetime) -> Text:
    if good is None:
        return t("最後まで終わった sync はまだありません。", "no sync has ended yet.")
    minutes = int((now - datetime.fromisoformat(good.ended_at)).total_seconds() // 60)
    for size, ja, en in ((1440, "日", "days"), (60, "時間", "hours"), (1, "分", "minutes")):
        if minutes >= size:
            return t(f"最後の sync: {minutes // size} {ja}前", f"last sync: {minutes // size} {en} ago")
    return t("最後の sync: たった今", "last sync: just now")


def _next(what: Text) -> None:
    print(t(f"次は: {what.ja}", f"next: {what.en}"))
