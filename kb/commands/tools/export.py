"""`kb export`: the mirror as a folder of files, masked, for reading elsewhere and for git."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.registry import argument, command, option
from kb.console.terminal import say
from kb.errors import Exit, UsageError
from kb.settings.workspace import open_workspace
from kb.text.display import sanitize
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.export.run import ExportCounts

_MAX_SHOWN = 10


@command(
    "export",
    t("写しをファイルに書き出す", "write the mirror out as files"),
    example="kb export ../ops-docs\nkb export ../ops-docs --attachments",
    shared=True,
)
def export(
    folder: Annotated[
        str,
        argument(
            "DIR",
            t(
                "書き出すフォルダー（空か、前に書き出したもの）",
                "the folder to write into: an empty one, or one exported to before",
            ),
        ),
    ],
    attachments: Annotated[
        bool, option("--attachments", t("写してあるテキストの添付も", "also the mirrored text attachments"))
    ] = False,
    include_private: Annotated[
        bool,
        option("--include-private", t("メンバー全員には見えないものも入れる", "also what not every member can see")),
    ] = False,
) -> None:
    """Write each page that every member can see, with its comments, as one masked file."""
    from kb.export.folder import require_elsewhere
    from kb.export.run import ExportOptions, export_mirror
    from kb.lint.people.roster import load_people
    from kb.mirror import limited
    from kb.mirror.store import Mirror
    from kb.mirror.sync.lock import run_lock
    from kb.rules.codes import enabled_personal_kinds

    workspace = open_workspace()
    personal = enabled_personal_kinds(workspace.settings.lint.select, workspace.settings.lint.ignore)
    target = Path(folder).expanduser().absolute()
    require_elsewhere(target, workspace)
    if not include_private:
        limited.require_synced(workspace)
    with (
        Mirror.open(workspace.mirrored(), readonly=True) as mirror,
        run_lock(workspace.private, "export", workspace.settings.timezone),
    ):
        if not mirror.count():
            raise UsageError(
                t("書き出すものがありません。", "there is nothing to export."),
                t("kb sync を実行してください。", "run kb sync."),
            )
        people = load_people(workspace.settings, mirror)
        done = export_mirror(mirror, target, ExportOptions(include_private, attachments, personal, people))
    _print_result(done, folder)
    if attachments and not done.attached:
        say(
            t(
                "テキストの添付は、まだ 1 つも写していません。→ kb sync --attachments",
                "no text attachment is mirrored yet. → kb sync --attachments",
            )
        )
    raise typer.Exit(Exit.FINDINGS if done.kept else Exit.OK)


def _print_result(done: ExportCounts, folder: str) -> None:
    """Print counts to stdout; to stderr what was left out or left alone, and what comes next."""
    print(
        t(
            f"書き出し: 新規 {done.new:,}・変更 {done.changed:,}・削除 {done.removed:,}・そのまま {done.same:,}",
            f"exported: {done.new:,} new, {done.changed:,} changed, {done.removed:,} removed, {done.same:,} as before",
        )
    )
    if done.hidden:
        say(
            t(
                f"メンバー全員には見えない {done.hidden:,} 件を除きました（入れるなら --include-private）。",
                f"{done.hidden:,} that not every member can see were left out (--include-private keeps them).",
            )
        )
    if done.personal_files:
        say(
            t(
                '手元のフォルダー（kb.toml の visibility が "private" のもの）は書き出していません。'
                'メンバー全員が読めるものなら visibility = "members" と書いて kb sync を。',
                "local folders that kb.toml keeps private were left out; what every member may read has visibility = "
                '"members" there, and kb sync.',
            )
        )
    if done.held:
        say(
            t(
                "sync が途中なので、なくなった記事のファイルは残しました。→ kb sync のあとで、もう一度",
                "a sync is half done, so files of pages that are gone were kept. → kb sync, then this again",
            )
        )
    if done.kept:
        say(
            t(
                f"手で書かれた {len(done.kept):,} 個のファイルは、そのままにしました:",
                f"{len(done.kept):,} files hold what somebody wrote by hand and were left as they are:",
            )
        )
        for path in done.kept[:_MAX_SHOWN]:
            say(f"  {sanitize(path)}")
        if len(done.kept) > _MAX_SHOWN:
            say(t(f"  ほか {len(done.kept) - _MAX_SHOWN:,} 個", f"  and {len(done.kept) - _MAX_SHOWN:,} more"))
        say(t("→ 移すか消してから、もう一度実行してください。", "→ move or remove them, then run it again."))
    elif done.new or done.changed or done.removed:
        shown, whole = sanitize(quote(folder)), Path(folder).expanduser().absolute()
        in_git = any((each / ".git").exists() for each in (whole, *whole.parents))
        say(f"→ git -C {shown} status" if in_git else f"→ git init {shown}")
