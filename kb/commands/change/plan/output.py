"""What the commands of `kb plan` share: the plan's file, read and written, and what is told of it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import kb
from kb.console.terminal import talk
from kb.errors import InputError, UsageError
from kb.execute.journal.runs import Runs
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.plan.propose.post import below
from kb.settings.workspace import Workspace
from kb.text.lang import Text, many, t

if TYPE_CHECKING:
    from kb.model.plan import Plan
    from kb.plan.propose.post import Proposed


Output = Annotated[
    Path,
    typer.Option(
        "-o", "--output", metavar="FILE", help=str(t("変更案の書き出し先", "where the plan goes")), show_default=True
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help=str(t("前の変更案や別のファイルを上書きする", "overwrite what is there")))
]
Now = Annotated[
    str,
    typer.Option(
        "--now", metavar="T", help=str(t("この日時の時点で（既定は今）", "as of this time")), show_default=False
    ),
]
Below = Annotated[
    str,
    typer.Option(
        "--in",
        metavar="CATEGORY",
        help=str(t("この分類とその下の記事", "posts in this category and below")),
        show_default=False,
    ),
]
OlderThan = Annotated[
    int,
    typer.Option(
        "--older-than",
        min=0,
        metavar="DAYS",
        help=str(t("人がこの日数以上編集していない記事", "posts no person has edited for so many days")),
        show_default=False,
    ),
]
TitleLike = Annotated[
    str,
    typer.Option(
        "--title",
        metavar="REGEX",
        help=str(t("題名がこれに当たる記事", "posts with such a title")),
        show_default=False,
    ),
]
PLAN = Path("plan.toml")


def read_plan(path: Path, *, sound: bool = True) -> Plan:
    """The plan in a file. Raises InputError when there is none, or it is none; see `plan_in` for `sound`."""
    from kb.plan.file import plan_in

    return plan_in(text_of(path), path.name, sound=sound)


def text_of(path: Path) -> str:
    """The text of a plan's file. Raises InputError when there is none."""
    from kb import files

    text = files.read(path)
    if text is None:
        raise InputError(
            t(f"{path} がありません。", f"{path} does not exist."),
            t("kb plan done などで作ってください。", "make one, for example with kb plan done."),
        )
    return text


def write_plan(path: Path, plan: Plan) -> None:
    """Put a plan into a file, whole or not at all. Raises StoreError."""
    from kb import files
    from kb.plan.file_write import written

    files.replace(path, written(plan))


def free(out: Path, *, force: bool) -> None:
    """Raise UsageError where a plan must not be written, before anybody waits for it: over work of a person."""
    from kb import files
    from kb.plan.file import plan_in

    require_place(out)
    if force or not (out.exists() or out.is_symlink()):
        return
    try:
        decided = plan_in(files.read(out) or "", out.name).decided
    except InputError:
        raise UsageError(
            t(
                f"{out} は kb の変更案として読めないので、上書きしません。",
                f"{out} is no plan of kb that can be read, and is not overwritten.",
            ),
            t(
                "-o で別の名前にするか、なくなってよければ --force を付けてください。",
                "give another name with -o, or --force if it may go.",
            ),
        ) from None
    if decided:
        file = shlex.quote(str(out))
        raise UsageError(
            t(
                f"{out} には、決めたことや手で直したところがあるので、上書きしません。",
                f"{out} holds decisions or edits, and is not overwritten.",
            ),
            t(
                f"kb review {file} か kb plan refresh {file} で続けるか、-o で別の名前にしてください。"
                "なくなってよければ --force です。",
                f"go on with kb review {file} or kb plan refresh {file}, or give another name with -o. "
                "If it may go: --force.",
            ),
        )


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, through whatever links, there or not."""
    return os.path.realpath(one) == os.path.realpath(other)


def require_place(path: Path) -> None:
    """Raise UsageError where a folder is missing, and where kb's own files stand: no --force is meant for those."""
    from kb.lint.waivers.set_aside import BASELINE, DECISIONS
    from kb.settings.workspace import FILE_NAME, find_config

    if not path.parent.is_dir():
        raise UsageError(
            t(f"フォルダー {path.parent} がありません。", f"there is no folder {path.parent}."),
            t("先に作るか、別の場所を指定してください。", "make it first, or name another place."),
        )
    settings = find_config()
    if path.name in (FILE_NAME, BASELINE, DECISIONS) or (settings and same_file(path, settings)):
        raise UsageError(
            t(
                f"{path} は kb の設定や決定のファイルなので、上書きしません（--force でも）。",
                f"{path} holds settings or decisions of kb, and is not overwritten, not with --force either.",
            ),
            t("別の名前を指定してください。例: plan.toml", "give another name, such as plan.toml."),
        )


def deliver(proposed: Proposed, workspace: Workspace, out: Path, now: datetime) -> None:
    """Write what is proposed as a plan, and say how much it is, what was left out, and what comes next.

    Nothing proposed writes nothing.
    """
    from kb.commands.flows.apply_report import tell_faults
    from kb.execute.plan_store import left_out, shareable
    from kb.execute.preflight.mirror_state import hold_back
    from kb.mirror.store import Mirror
    from kb.model.plan import made
    from kb.plan.collide.hold_back import is_held
    from kb.plan.propose.post import sendable

    tell_faults(Runs(workspace.private / "runs"))  # what kb itself did counts for no proof
    kept = sendable(proposed)
    allowed = shareable(kept.changes, workspace, out)
    hidden = len(kept.changes) - len(allowed)
    if not allowed:
        talk(str(t("変更するものはありません。", "there is nothing to change.")))
        tell_left(kept.left)
        if hidden:
            talk(str(left_out(hidden, workspace)))
        return
    settings = workspace.settings
    tickets = any(each.source is Source.REDMINE for each in allowed)
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        changes = hold_back(workspace, mirror, allowed)
    plan = made(
        settings.esa.team if settings.esa else "",
        stamp(now),
        kb.__version__,
        changes,
        redmine=settings.redmine.url if settings.redmine and tickets else "",
    )
    write_plan(out, plan)
    groups, count = len(list(plan.groups())), len(plan.changes)
    held = sum(map(is_held, plan.changes))
    off = count - len(plan.accepted) - held
    told = t(
        f"{out} に変更 {count} 件（{groups} グループ）を書きました。",
        f"wrote {many(count, 'change')} in {many(groups, 'group')} to {out}.",
    )
    talk(str(told))
    if held:
        talk(
            str(
                t(
                    f"うち {held} 件は、名前がほかの記事と重なるので、このままでは送りません"
                    "（accept = false。warning に、空いている題名があります）。",
                    f"{held} of them collide with the names of other posts, and are not sent as they are "
                    "(accept = false; warning names a free title).",
                )
            )
        )
    if off:
        talk(
            str(
                t(
                    f"うち {off} 件は、決めてから送るものです（accept = false）。",
                    f"{off} of them are for you to decide first (accept = false).",
                )
            )
        )
    tell_left(kept.left)
    if hidden:
        talk(str(left_out(hidden, workspace)))
    say_next(f"kb review {shlex.quote(str(out))}")


def tell_left(left: Mapping[Text, int]) -> None:
    """One line on what was left out, with the numbers."""
    if left:
        ja = "、".join(f"{why.ja} {count} 件" for why, count in left.items())
        en = ", ".join(f"{count} {why.en}" for why, count in left.items())
        talk(str(t(f"外したもの: {ja}", f"left out: {en}")))


def say_next(command: str) -> None:
    """The command that comes next."""
    talk(str(t(f"次は: {command}", f"next: {command}")))


def stamp(now: datetime) -> str:
    """A moment as plans hold it: UTC."""
    return now.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def with_esa(workspace: Workspace) -> Path:
    """The mirror of a workspace that has an esa team. Raises UsageError for another."""
    if workspace.settings.esa is None:
        raise UsageError(
            t("kb.toml に [esa] がありません。", "kb.toml has no [esa]."),
            t("team を書いて kb sync してから、もう一度どうぞ。", "write your team there, and kb sync."),
        )
    return workspace.mirrored()


# Why a proposal came out empty: a category nobody writes in, a name nobody has. Most often a slip of the keys.


def tell_unknown(mirror: Mirror, places: Iterable[str] = (), author: str = "") -> None:
    """Name the categories (or globs) no post of the mirror stands in, and an author who wrote none."""
    empty, unknown = {place: place.strip("/") for place in places if place.strip("/ ")}, author
    for post in queries.posts(mirror):
        empty = {place: bare for place, bare in empty.items() if below(bare, post.category) is None}
        unknown = "" if post.author == unknown else unknown
    for place in empty:
        talk(
            str(
                t(
                    f"「{place}」とその下には、記事が 1 件もありません。分類の名前を確かめてください。",
                    f'no post stands in "{place}" or below it: check the name of the category.',
                )
            )
        )
    if unknown:
        talk(
            str(
                t(
                    f"「{unknown}」さんが作った記事はありません。screen_name で指定してください。",
                    f'"{unknown}" made no post: give a screen_name.',
                )
            )
        )


def with_redmine(workspace: Workspace) -> Path:
    """The mirror of a workspace that has a Redmine. Raises UsageError for another."""
    if workspace.settings.redmine is None:
        raise UsageError(
            t("kb.toml に [redmine] がありません。", "kb.toml has no [redmine]."),
            t("url を書いて kb sync してから、もう一度どうぞ。", "write its url there, and kb sync."),
        )
    return workspace.mirrored()
