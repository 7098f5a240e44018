"""Where a workspace stands by its own files, and the one next command."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kb.errors import KbError
from kb.mirror.history.state import PastRun, StateDb
from kb.mirror.store import Mirror
from kb.rules.codes import CREDENTIAL_PREFIX
from kb.settings.workspace import Workspace
from kb.sources.registry import source_kinds
from kb.text.lang import Text, count_noun, t

FRESH = timedelta(hours=24)
"""A mirror older than this is synced before it is linted."""


@dataclass(frozen=True, slots=True)
class WorkspaceStatus:
    """The pages of each source, the last complete sync, and places of secrets.

    `failed` is the exit code of the latest sync, 0 without trouble; `linted_at` when the last lint was ("" for none).
    """

    pages: tuple[tuple[Text, int], ...]
    unfinished: bool
    good: PastRun | None = None
    failed: int = 0
    secrets: frozenset[str] = frozenset()
    linted_at: str = ""


def gather_status(workspace: Workspace, now: datetime) -> WorkspaceStatus:
    """Return where a workspace with a mirror stands."""
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        counts = ((kind.pages, mirror.count(kind.source, pages=True)) for kind in source_kinds())
        pages, unfinished = tuple((name, count) for name, count in counts if count), bool(mirror.unfinished())
    if not workspace.state.exists():
        return WorkspaceStatus(pages, unfinished)
    with StateDb(workspace.state, readonly=True) as state:
        last = state.last("sync")
        secrets = frozenset(state.history.standing(CREDENTIAL_PREFIX))
        failed = last.exit_code if last is not None else 0
        good, linted_at = state.last("sync", good=True), state.history.previous(now)
        return WorkspaceStatus(pages, unfinished, good, failed, secrets, linted_at)


def choose_next_command(found: WorkspaceStatus, now: datetime, plan: str) -> Text:
    """Return the next command; `plan` is that of the plan waiting longest, "" for none."""
    if found.failed:
        return t("kb sync（続かないときは kb doctor）", "kb sync (if that fails: kb doctor)")
    if found.unfinished:
        return t("kb sync（続きを写す）", "kb sync (to go on)")
    if found.good is None or now - datetime.fromisoformat(found.good.ended_at) > FRESH:
        return t("kb sync", "kb sync")
    if plan:
        return t(plan, plan)
    if found.linted_at and datetime.fromisoformat(found.linted_at) >= datetime.fromisoformat(found.good.ended_at):
        return t("kb report（1 件ずつ決めるなら kb triage）", "kb report (to decide one by one: kb triage)")
    return t("kb lint", "kb lint")


def describe_secrets(workspace: Workspace, secrets: Collection[str], today: date) -> Text:
    """Return a line on the secrets the last lint found."""
    dead = _describe_rotated(workspace, secrets, today)
    return t(
        f"秘密: {len(secrets):,} か所（前回の kb lint。受け入れたものも{dead.ja}） → kb secrets list",
        f"secrets: {len(secrets):,} (the last kb lint, accepted ones among them{dead.en}) → kb secrets list",
    )


def _describe_rotated(workspace: Workspace, secrets: Collection[str], today: date) -> Text:
    """Return how many of the places hold a value that was changed since, and only need cleaning."""
    from kb.lint.waivers.decisions import MIN_FINGERPRINT  # what marks findings is slow to load, and few teams rotate
    from kb.lint.waivers.set_aside import DecisionFile

    file = DecisionFile.of(workspace)
    if not any(path.is_file() for path in file.paths):
        return t("", "")
    try:
        places = file.decisions().rotated_places(today)
    except KbError:  # kb lint says what is wrong with the file
        return t("", "")
    count = sum(each[:MIN_FINGERPRINT] in places for each in secrets)
    return t(f"。うち更新済み {count:,}", f", {count:,} changed since") if count else t("", "")


def describe_sync(good: PastRun | None, now: datetime) -> Text:
    """Return how long ago the last complete sync was."""
    if good is None:
        return t("最後まで終わった sync はまだありません。", "no sync has ended yet.")
    minutes = int((now - datetime.fromisoformat(good.ended_at)).total_seconds() // 60)
    for size, ja, en in ((1440, "日", "day"), (60, "時間", "hour"), (1, "分", "minute")):
        if minutes >= size:
            return t(f"最後の sync: {minutes // size} {ja}前", f"last sync: {count_noun(minutes // size, en)} ago")
    return t("最後の sync: たった今", "last sync: just now")
