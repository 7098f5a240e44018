"""Read the files `kb plan` takes, write plans, and refuse to write over what a person would miss."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from kb.console.terminal import MAX_TROUBLES, say_safe
from kb.errors import InputError, UsageError
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.model.plan import Plan
    from kb.plan.category_map import CategoryMap
    from kb.settings.workspace import Workspace


def read_plan(path: Path, *, sound: bool = True) -> Plan:
    """Read the plan in a file; see `parse_plan` for `sound`. Raises InputError when there is none, or it is invalid."""
    from kb.plan.file.parse import parse_plan

    return parse_plan(read_plan_text(path), path.name, sound=sound)


def read_plan_text(path: Path) -> str:
    """Read the text of a plan's file. Raises InputError when there is none."""
    from kb import files

    if (text := files.read_text(path)) is None:
        raise InputError(
            t(f"{path} がありません。", f"{path} does not exist."),
            t("kb plan done などで作ってください。", "make one, for example with kb plan done."),
        )
    return text


def find_plan(given: Path | None) -> Path:
    """Return the plan to work on: the one `given`, or the only one in this folder. Raises UsageError for several."""
    from kb import files

    if given is not None:
        return given
    names = [path for path in sorted(Path().glob("*.toml")) if path.is_file() and not path.name.startswith(".")]
    found = [path for path in names if b"\ndigest = " in (files.read_bytes(path) or b"")[:_PLAN_HEAD]]
    if len(found) > 1:
        some = "、".join(map(str, found[:MAX_TROUBLES])), ", ".join(map(str, found[:MAX_TROUBLES]))
        raise UsageError(
            t(f"変更案が {len(found):,} つあります: {some[0]}", f"there are {len(found):,} plans: {some[1]}"),
            t("どれかを指定してください。", "name one of them."),
        )
    return found[0] if found else Path("plan.toml")


_PLAN_HEAD = 2_000  # bytes within which every plan has its digest


def write_plan(path: Path, plan: Plan) -> None:
    """Write a plan's file, whole or not at all. Raises StoreError."""
    from kb import files
    from kb.plan.file.render import render_plan

    files.replace_text(path, render_plan(plan))


def read_map(path: Path) -> CategoryMap:
    """Read a table of categories, old and new. Raises InputError for one with anything that cannot be meant."""
    from kb import files
    from kb.plan.category_map import read_category_map

    if (data := files.read_bytes(path, named=True)) is None:
        raise InputError(
            t(f"{path} がありません。", f"{path} does not exist."),
            t(
                "ひな形は kb inventory --format csv で書き出せます。",
                "kb inventory --format csv writes one to begin with.",
            ),
        )
    table = read_category_map(data, path.name)
    for trouble in table.troubles[:MAX_TROUBLES]:
        say_safe(trouble)
    if count := len(table.troubles):
        raise InputError(
            t(
                f"{path} に、使えないところが {count:,} か所あります。変更案は書いていません。",
                f"{count:,} things in {path} cannot be used. No plan was written.",
            ),
            t("直してから、もう一度どうぞ。", "correct them, and try again."),
        )
    return table


def require_writable(workspace: Workspace, out: Path, *, force: bool) -> None:
    """Raise UsageError where a plan must not be written, before anybody waits for it: it would replace decisions, or
    what is left of a run. One whose run has ended, or was taken back, may go.
    """
    from kb import files
    from kb.execute.plan_store import find_applied
    from kb.plan.file.parse import parse_plan

    require_plan_place(out)
    if force or not (out.exists() or out.is_symlink()):
        return
    try:
        plan = parse_plan(files.read_text(out) or "", out.name)
    except InputError:
        raise UsageError(
            t(
                f"{out} は kb の変更案として読めないので、上書きしません。",
                f"{out} cannot be read as a kb plan, and is not overwritten.",
            ),
            t(
                "-o で別の名前にするか、なくなってよければ --force を付けてください。",
                "give another name with -o, or --force if it may go.",
            ),
        ) from None
    before = find_applied(workspace, plan)
    if plan.decided if before is None else not before.is_over:
        file = shlex.quote(str(out))
        raise UsageError(
            t(
                f"{out} には、決めたことや手で直したところ、送り残しがあるので、上書きしません。",
                f"{out} holds decisions, edits or changes that are left to send, and is not overwritten.",
            ),
            t(
                f"kb review {file} か kb plan refresh {file} で続けるか、-o で別の名前にしてください。"
                "なくなってよければ --force です。",
                f"go on with kb review {file} or kb plan refresh {file}, or give another name with -o. "
                "If it may go: --force.",
            ),
        )


def require_plan_place(path: Path) -> None:
    """Raise UsageError where a folder is missing, and where kb's own files stand: --force does not cover those."""
    from kb.lint.waivers.set_aside import BASELINE_NAME, DECISIONS_FILE
    from kb.settings.workspace import FILE_NAME, find_config

    if not path.parent.is_dir():
        raise UsageError(
            t(f"フォルダー {path.parent} がありません。", f"there is no folder {path.parent}."),
            t("先に作るか、別の場所を指定してください。", "make it first, or name another place."),
        )
    settings = find_config()
    if path.name in (FILE_NAME, BASELINE_NAME, DECISIONS_FILE) or (settings and is_same_file(path, settings)):
        raise UsageError(
            t(
                f"{path} は kb の設定や決定のファイルなので、上書きしません（--force でも）。",
                f"{path} holds settings or decisions of kb, and is not overwritten, not with --force either.",
            ),
            t("別の名前を指定してください。例: plan.toml", "give another name, such as plan.toml."),
        )


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, through whatever links, there or not."""
    return os.path.realpath(one) == os.path.realpath(other)
