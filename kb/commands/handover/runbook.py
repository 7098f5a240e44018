"""`kb runbook NODE`: draft a runbook from the past incidents of a node, for a file or a section of a page."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.flows.publish import DryRunOption, InsertOption, YesOption
from kb.commands.options import read_post_number
from kb.commands.registry import argument, command, option
from kb.console.terminal import say_safe, say_wrapped
from kb.errors import Exit, UsageError
from kb.settings.workspace import Workspace, open_workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.reports.runbook.gather import RunbookBasis


@command(
    "runbook",
    t(
        "ノードの手順の記事と過去の障害から、手順書の下書きを作る",
        "draft a runbook from procedures and incidents of a node",
    ),
    example="kb runbook api\nkb runbook api -o api.md\nkb runbook api-prd-01 --into esa:123",
    shared=True,
)
def runbook(
    node: Annotated[
        str,
        argument(
            "NODE", t("構成図のノードの id か名前、またはホスト名", "a node of the diagram by id or label, or a host")
        ),
    ],
    output: Annotated[
        Path | None, option("-o, --output FILE", t("ファイルに書く（なければ画面に）", "write into a file"))
    ] = None,
    into: Annotated[
        str, option("--into ID", t("この記事に区画として書き足す（esa:123）", "add it to this post as a section"))
    ] = "",
    insert: InsertOption = "",
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Gather what the incidents tell, and print it, write it, or publish it as one change."""
    from kb.reports.runbook.gather import gather_basis
    from kb.reports.runbook.render import draft_runbook

    if into and output is not None:
        raise UsageError(
            t("-o と --into は一緒に使えません。", "-o does not go with --into."),
            t("どちらかにしてください。", "choose one."),
        )
    if not into and (insert or dry_run or yes):
        name = "--insert" if insert else "--dry-run" if dry_run else "--yes"
        raise UsageError(
            t(f"{name} は --into と一緒に使います。", f"{name} goes with --into."),
            t(
                f"例: kb runbook {shlex.quote(node)} --into esa:123",
                f"example: kb runbook {shlex.quote(node)} --into esa:123",
            ),
        )
    workspace = open_workspace()
    workspace.mirrored()
    basis = gather_basis(workspace, node)
    again = f"kb runbook {shlex.quote(basis.target.key)}"
    code = Exit.OK
    if into:
        code = _publish(workspace, basis, again, into, insert, dry_run=dry_run, yes=yes)
    elif output is not None:
        _write(output, draft_runbook(basis, again))
    else:
        print(draft_runbook(basis, again), end="")
    for crash in basis.crashes:
        say_safe(crash.what)
    if not into:
        _say_what_next(basis, again, output)
    raise typer.Exit(Exit.worst(code, Exit.SOURCE if basis.crashes else Exit.OK))


def _write(path: Path, text: str) -> None:
    """Write the draft. Raises UsageError for a file that is there."""
    from kb.files import replace_text

    path = path.expanduser()
    if path.exists() or path.is_symlink():
        raise UsageError(
            t(f"{path} がもうあります。", f"{path} is there already."),
            t("別の名前を -o に指定してください。", "give another name with -o."),
        )
    if not path.parent.is_dir():
        raise UsageError(
            t(f"{path.parent} というフォルダーがありません。", f"there is no folder {path.parent}."),
            t("先に作るか、別の場所を -o に指定してください。", "make it first, or give another place with -o."),
        )
    replace_text(path, text)


def _publish(
    workspace: Workspace, basis: RunbookBasis, again: str, into: str, insert: str, *, dry_run: bool, yes: bool
) -> Exit:
    """Add the draft to a post or ticket as one change. Raises UsageError for what is none, and for an empty draft."""
    from kb.commands.flows.publish_page import PublishOptions, publish_page
    from kb.model.document import Source
    from kb.plan.sections.anchors import parse_anchor
    from kb.reports.publish.decide import PublishPage
    from kb.reports.runbook.publication import make_publication

    number = read_post_number(into, "--into", workspace.settings.team)
    here = f"esa:{number}"
    if not basis.told and not basis.list_procedures(here):
        raise UsageError(
            t(
                f"{basis.target.name} の障害や手順の記事がまだないので、{into} に足すものがありません。"
                "何も送っていません。",
                f"no incident or procedure tells of {basis.target.name}: there is nothing to add to {into}.",
            ),
            t(f"白紙の雛形なら: {again} -o runbook.md", f"for a blank skeleton: {again} -o runbook.md"),
        )
    place = parse_anchor(insert) if insert else None
    options = PublishOptions("", insert, silent=True, dry_run=dry_run, yes=yes, again=f"{again} --into {here}")
    page = PublishPage(Source.ESA, number, "--into")
    return publish_page(workspace, page, make_publication(basis, again, here), options, place).code


def _say_what_next(basis: RunbookBasis, again: str, output: Path | None) -> None:
    if not basis.told and not basis.procedures:
        asked = basis.owner or str(t("知っている人", "who knows it"))
        say_wrapped(
            t(
                f"{basis.target.name} の障害の記事はまだないので、白紙の雛形です。"
                f"{asked}に聞いて埋めるか、もとになる記事を kb similar で探してください。",
                f"no incident page tells of {basis.target.name} yet: a blank skeleton. Ask {asked}, or look for pages"
                " with kb similar.",
            )
        )
        return
    if output is not None:
        say_wrapped(t(f"{output} に書きました。", f"{output} was written."))
    say_wrapped(
        t(
            f"次は: 読んで直し、記事に足すなら {again} --into {basis.post or 'esa:N'}",
            f"next: read and edit it; to add it to a post: {again} --into {basis.post or 'esa:N'}",
        )
    )
