"""`kb state export` and `kb state import`: what a workspace remembers of its findings, for another machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import kb
from kb import clock
from kb.commands.registry import argument, command
from kb.console.terminal import say
from kb.errors import UsageError
from kb.settings.workspace import Workspace, open_workspace
from kb.text.display import sanitize
from kb.text.lang import count_noun, t

if TYPE_CHECKING:
    from kb.mirror.database import Database
    from kb.mirror.store import Mirror
    from kb.settings.secret_key import SecretKey


@command(
    "state export",
    t("指摘の履歴を持ち出す（本文なし）", "carry the findings' history away, without texts"),
    example="kb state export kb-state.jsonl.gz",
    shared=True,
)
def export_state(
    file: Annotated[Path, argument("FILE", t("書き出す先（.gz なら圧縮）", "where to (packed if .gz)"))],
) -> None:
    """Write the findings' history, the judges and the runs' figures. No text, no title, no value."""
    from kb.mirror import limited
    from kb.mirror.history.state import hold_state_db
    from kb.mirror.store import Mirror
    from kb.mirror.transfer import file as files
    from kb.mirror.transfer.records import NameSeal
    from kb.mirror.transfer.state_export import state_head, state_lines

    workspace = open_workspace()
    mirrored = workspace.mirrored()
    limited.require_synced(workspace)
    key = require_state_key(workspace)
    if file.is_dir():
        raise UsageError(
            t(f"{file} はフォルダーです。", f"{file} is a folder."),
            t("例: kb state export kb-state.jsonl.gz", "example: kb state export kb-state.jsonl.gz"),
        )
    seal = NameSeal(key.bytes_)
    with hold_state_db(workspace.state) as state, Mirror.open(mirrored, readonly=True) as mirror:
        first = state_head(state, key.id, kb.__version__, clock.now(ZoneInfo(workspace.settings.timezone)))
        count = files.write_state_file(file, first, state_lines(state, mirror.database, seal), seal)
    size = max(1, file.stat().st_size >> 10)
    print(
        t(
            f"状態を {sanitize(str(file))} に書き出しました（{count:,} 行、{size:,} KB、鍵 {key.id}）。"
            "本文も題名も入っていません。",
            f"wrote the state to {sanitize(str(file))} ({count:,} lines, {size:,} KB, key {key.id}): no texts, "
            "no titles.",
        )
    )


def require_state_key(workspace: Workspace) -> SecretKey:
    """Return the present key: one made now would be known nowhere else. Raises UsageError."""
    from kb.settings.secret_key import KEY_VARIABLE, load_key

    if (key := load_key(workspace, make=False)) is None:
        raise UsageError(
            t("鍵がありません。", "there is no key."),
            t(
                f"チームの鍵を kb key import か環境変数 {KEY_VARIABLE} で渡すか、kb key export で作ってください。",
                f"bring your team's key by kb key import or in {KEY_VARIABLE}, or make one with kb key export.",
            ),
        )
    return key


@command(
    "state import",
    t("持ち出した履歴を取り込む", "take a carried history in"),
    example="kb sync && kb state import kb-state.jsonl.gz && kb lint --new-only",
)
def import_state(
    file: Annotated[
        Path,
        argument("FILE", t("kb state export で書き出したファイル", "a file of kb state export")),
    ],
) -> None:
    """Merge a state file into this workspace, whose mirror was synced before."""
    from kb.mirror.history.state import hold_state_db
    from kb.mirror.store import Mirror
    from kb.mirror.sync.lock import run_lock
    from kb.mirror.transfer import file as files
    from kb.mirror.transfer.records import NameSeal
    from kb.mirror.transfer.state_import import import_state

    workspace = open_workspace()
    mirrored = workspace.mirrored()
    key = require_state_key(workspace)
    seal = NameSeal(key.bytes_)
    carried = files.read_state_file(file, key.id, seal)
    with (
        run_lock(workspace.private, "sync", workspace.settings.timezone),
        hold_state_db(workspace.state) as state,
        Mirror.open(mirrored, readonly=True) as mirror,
    ):
        failed = _failed_sources(state, mirror)
        merged = import_state(state, mirror.database, carried, seal)
        if merged.taken:
            _forget_outcomes(workspace)
    if not merged.taken and not merged.runs:
        print(t("取り込むものはありません（もう入っています）。", "nothing to take in: it is all there."))
    else:
        print(
            t(
                f"指摘の履歴 {merged.taken:,} 件と実行の記録 {merged.runs:,} 件を取り込みました。",
                f"took in the history of {count_noun(merged.taken, 'finding')} and {count_noun(merged.runs, 'run')}.",
            )
        )
    if failed:
        say(
            t(
                f"{'、'.join(failed)} は最後まで写せていないので、その履歴は前のまま持っておきます。",
                f"{', '.join(failed)} was not read to its end: its history is kept as it was.",
            )
        )
    elif merged.placeless:
        say(
            t(
                f"うち {merged.placeless:,} 件の文書は、ここの写しにありません"
                "（消えたか、このトークンでは見えないものです）。",
                f"the documents of {merged.placeless:,} are not in this mirror (gone, or hidden from this token).",
            )
        )
    say(t("次は: kb lint --new-only", "next: kb lint --new-only"))


def _failed_sources(state: Database, mirror: Mirror) -> list[str]:
    """Return the names of the sources that failed.

    Raises UsageError where that is all of them, and where one was not read to the end and did not fail.
    """
    from kb.mirror.history import state as outcomes

    ended = outcomes.read_last_syncs(state)
    failed = [each.name for each in ended if each.failed]
    if (failed and len(failed) == len(ended)) or mirror.unfinished(apart_from=failed):
        names = "、".join(failed)
        raise UsageError(
            t(
                f"写しが最後までそろっていません{f'（{names}）' if names else ''}。",
                f"the mirror is not whole yet{f' ({names})' if names else ''}.",
            ),
            t("kb sync を最後まで済ませてから取り込んでください。", "let kb sync come to its end, then import."),
        )
    return [sanitize(name) for name in failed]


def _forget_outcomes(workspace: Workspace) -> None:
    """Delete what lints kept: it was written to another history, and the next lint writes all of it anew."""
    for path in workspace.cache.glob("judged*.db*"):
        path.unlink(missing_ok=True)
