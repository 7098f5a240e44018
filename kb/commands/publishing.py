"""What `kb report`, `kb incidents` and others share that publish: the options, the question, what is told of it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from kb.config import Workspace
from kb.console import safe
from kb.errors import Exit, UsageError
from kb.lang import t

if TYPE_CHECKING:
    from kb.changes.places import Place
    from kb.reports.publish.piece import Piece
    from kb.reports.publish.target import File

To = Annotated[
    str,
    typer.Option(
        "--publish",
        metavar="esa|redmine|FILE",
        help=str(
            t(
                "公開する（kb.toml の記事かチケット、またはファイル）",
                "publish it: the post or ticket of kb.toml, or a file",
            )
        ),
        show_default=False,
    ),
]
ToPost = Annotated[
    str,
    typer.Option(
        "--publish",
        metavar="esa|FILE",
        help=str(t("公開する（kb.toml の記事、またはファイル）", "publish it: the post of kb.toml, or a file")),
        show_default=False,
    ),
]
Insert = Annotated[
    str,
    typer.Option(
        "--insert",
        metavar="top|bottom|after-heading:X",
        help=str(t("はじめて公開するとき、本文のどこに入れるか", "where to put it, the first time it is published")),
        show_default=False,
    ),
]
Silent = Annotated[bool, typer.Option("--silent", help=str(t("esa の通知を出さない", "let esa tell nobody")))]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help=str(t("送るものをそのまま表示し、何も送らない", "print what would be sent, and send nothing"))
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=str(t("確認しない", "do not ask")))]


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. `again` is the command that was typed, for what is said; `notify` the channel besides."""

    to: str
    insert: str = ""
    silent: bool = False
    dry_run: bool = False
    yes: bool = False
    again: str = "kb report"
    notify: str = ""

    @property
    def command(self) -> str:
        """The command that does it again, as it was asked for: where, how quietly, with which notice."""
        given = (("--publish", self.to), ("--insert", self.insert), ("--notify", self.notify))
        words = (f"{name} {shlex.quote(value)}" for name, value in given if value)
        return " ".join((self.again, *words, *(("--silent",) if self.silent else ())))


def check_unpublished(options: Options, command: str) -> None:
    """Raises UsageError where somebody says how to publish, and not where: nothing would come of it."""
    named = {
        "--insert": bool(options.insert), "--silent": options.silent, "--dry-run": options.dry_run, "--yes": options.yes
    }  # fmt: skip
    given = next((name for name, there in named.items() if there), "")
    if given:
        example = f"{command} {given}{f' {options.insert}' if given == '--insert' else ''}"
        raise UsageError(
            t(f"{given} は、公開するときの指定です。", f"{given} is for publishing."),
            t(f"例: {safe(example)}", f"for example: {safe(example)}"),
        )


def check_form(*, given: bool) -> None:
    """Raises UsageError where a form is `given` besides: that of what is published is its target's."""
    if given:
        raise UsageError(
            t(
                "公開する形は、公開先で決まります（--format は使えません）。",
                "what is published has its target's form.",
            ),
            t(
                "--format を外してください。形はファイルの名前の終わりで選べます。",
                "leave --format out; a file's name says its form.",
            ),
        )


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it: the exit code, and where it stands ("" for a file, and where it does not stand)."""

    code: Exit
    url: str = ""


def published(workspace: Workspace, piece: Piece, options: Options) -> Published:
    """Publish something where the options say. A second time the same, nothing is sent.

    Raises UsageError where kb.toml or the options leave open what to do, InputError where the target is not there,
    RefusedError where somebody edited the section or not only members read the post, SourceError, StoreError.
    """
    from kb.changes.places import place_in
    from kb.reports.publish.target import File, aim

    place = place_in(options.insert) if options.insert else None
    target = aim(options.to, piece, workspace.settings)
    if isinstance(target, File):
        return _file(target, piece, options, place)
    from kb.commands.publishing_page import to_page

    return to_page(workspace, target, piece, options, place)


def _file(target: File, piece: Piece, options: Options, place: Place | None) -> Published:
    from kb.lint import team_file
    from kb.reports.publish import file

    made = file.made(target, piece, place)
    path = safe(str(target.path))
    if options.dry_run:
        print(made.text, end="")
        return Published(Exit.OK)
    if made.same:
        print(t(f"{path} は同じ内容なので、書いていません。", f"{path} says the same; it was not written."))
        return Published(Exit.OK)
    team_file.replace(target.path, made.text)
    print(t(f"{path} に書きました。", f"{path} is written."))
    return Published(Exit.OK)
