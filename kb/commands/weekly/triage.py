"""`kb triage`: one finding at a time, until there is nothing left to decide."""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.options import MemberOption, PathsArgument, SelectOption, split_selectors
from kb.commands.registry import command, option
from kb.console.terminal import say, say_safe
from kb.errors import Exit, KbError, UsageError
from kb.model.masked import EMPTY
from kb.settings.workspace import find_config, open_workspace
from kb.text.display import sanitize
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.commands.weekly.triage_sitting import TriageCounts
    from kb.lint.engine.request import Request


@command(
    "triage",
    t("指摘を 1 件ずつ決める", "decide on findings one by one"),
    example="kb triage\nkb triage --page esa:1397\nkb triage --for sato\nkb triage --select INC4 notes/\n"
    "kb triage --page esa:1397 --not-same-as esa:1204",
    shared=True,
)
def triage(
    path: PathsArgument = None,
    select: SelectOption = None,
    page: Annotated[
        str, option("--page ID", t("この文書だけ（esa:1397、URL）", "only this document (esa:1397, a URL)"))
    ] = "",
    member: MemberOption = None,
    by: Annotated[
        str,
        option("--by NAME", t("決めた人の名前（既定は git の user.name）", "who decides (default: user.name of git)")),
    ] = "",
    same_as: Annotated[
        str,
        option("--same-as ID", t("--page の障害は、これと同じ障害", "the incident of --page is the same as this one")),
    ] = "",
    not_same_as: Annotated[
        str,
        option(
            "--not-same-as ID", t("--page の障害は、これとは別の障害", "the incident of --page is not the same as this")
        ),
    ] = "",
    now: Annotated[str, option("--now T", t("この日時の時点で（既定は今）", "as of this time"))] = "",
) -> None:
    """Decide on findings one by one."""
    if same_as or not_same_as:
        from kb.commands.flows.answer_pair import answer_pair

        answer_pair(page, same_as, not_same_as, lambda folder: name_decider(by, folder), now)
        raise typer.Exit(Exit.OK)
    from kb.commands.weekly.triage_sitting import TriageSession
    from kb.console.sitting import read_typed, write_screen
    from kb.lint import upkeep
    from kb.lint.engine.request import Request
    from kb.lint.engine.survey import Survey
    from kb.lint.formats.source_lines import SourceLines
    from kb.lint.inputs.mirrored import require_documents, split_documents
    from kb.lint.triage import build_queue, find_former_members, list_undecided
    from kb.lint.waivers.set_aside import DecisionFile
    from kb.mirror import limited
    from kb.reports.drift.triage import DriftQueue, load_drift_queue
    from kb.rules.registry import rule_text

    paths, docs = split_documents([*(path or ()), *([page] if page else [])])
    if page and not docs:
        raise UsageError(
            t(f"--page「{sanitize(page)}」は写しの文書ではありません。",
              f"--page {sanitize(page)!r} is no document of the mirror."),
            t("例: kb triage --page esa:1397。ファイルはそのまま書きます: kb triage notes/memo.md",
              "example: kb triage --page esa:1397; a file is given as it is: kb triage notes/memo.md"),
        )  # fmt: skip
    workspace = open_workspace() if docs or find_config() else None
    if workspace and not paths:
        limited.require_synced(workspace)  # decisions are kept by who may read what they are on
        require_documents(workspace, docs)
    folder = workspace.root if workspace else Path.cwd()
    file = DecisionFile.of(workspace)
    file.writable()
    request = Request(paths=paths, docs=docs, select=split_selectors(select), now=now, member=member)
    troubles: list[KbError] = []
    with Survey(request, workspace, troubles.append) as found:
        troubles += found.loaded.troubles
        drift = DriftQueue()
        if request.mirrored and not docs:
            try:
                drift = load_drift_queue(workspace, found.now, {rule.code for rule in found.selected})
            except KbError as error:  # the pages can be decided on all the same
                troubles.append(error)
        decided = file.decisions()
        rows = drift.list_undecided(decided, found.now, found.mine)
        waiting = build_queue(chain(list_undecided(found, decided, troubles), rows))
    for trouble in troubles:
        say_safe(trouble.what)
    upkeep.say_foreign_entries(found)
    code = Exit.worst(*(trouble.exit_code for trouble in troubles))
    if found.mine is not None and (note := found.mine.note()) is not None:
        say_safe(note)
    if not waiting.first:
        say(t("決めるべき指摘はありません。", "there is nothing to decide."))
        raise typer.Exit(code)
    rules = {rule.code: rule for rule in found.every}
    with SourceLines(workspace.mirror if workspace else None) as lines:
        sitting = TriageSession(
            queue=waiting,
            file=file,
            words=lambda row: rule_text(rules[row.finding.code]),
            line_of=lambda row: EMPTY if row.secret_line or row.finding.target else lines(row.entry, row.finding),
            by=name_decider(by, folder),
            today=found.now.date(),
            read=partial(read_typed, echo=True),
            write=write_screen,
            browse=_open_browser,
            former=find_former_members(workspace, found.now.date()),
            key=upkeep.key_id_of(found),
            question=drift.draft_question,
        )
        try:
            sitting.run()
        finally:  # a Ctrl-C as well: what was decided is kept
            say(_summary(sitting.tally, request))
    raise typer.Exit(code)


def name_decider(by: str, folder: Path) -> str:
    """Return who decides, as the file may name them."""
    from kb.secrets.mask_document import mask_text

    return mask_text(sanitize(by).strip() or _git_name(folder))[:100]


def _git_name(folder: Path) -> str:
    """Return git's user.name, "?" without one: the file is shared, and a login is nobody else's business."""
    from kb.console.run_program import read_output

    asked = read_output(["git", "config", "user.name"], timeout_s=10, folder=folder)
    name = sanitize(asked.stdout).strip() if asked is not None else ""
    if not name:
        say(
            t(
                "git の user.name がないので、決めた人は「?」と書きます（--by 名前 で書けます）。",
                'git has no user.name, so who decided is written as "?" (--by NAME says who).',
            )
        )
    return name or "?"


def _open_browser(url: str) -> bool:
    import webbrowser

    return webbrowser.open(url)


def _summary(tally: TriageCounts, request: Request) -> Text:
    """Return what the sitting came to, and how to go on."""
    import shlex

    from kb.lint.formats.wording import DECISION_WORDS

    parts = [(name, tally.decided[what]) for what, name in DECISION_WORDS.items() if tally.decided[what]]
    ja = "、".join(f"{name.ja} {count}" for name, count in parts)
    en = ", ".join(f"{count} {name.en}" for name, count in parts)
    count = tally.decided.total()
    ended = t("入力が終わりました。", "The input has ended. ") if tally.ended else t("", "")
    skipped = t(f"（飛ばした {tally.skipped}）", f" ({tally.skipped} skipped)") if tally.skipped else t("", "")
    said = t(
        f"{ended.ja}{count:,} 件を決めました{f'（{ja}）' if ja else ''}。残り {tally.left:,} 件{skipped.ja}。",
        f"{ended.en}Decided on {count:,}{f' ({en})' if en else ''}; {tally.left:,} left{skipped.en}.",
    )
    words = ["kb", "triage" if tally.left else "lint", *request.paths, *request.docs]
    words += ["--for", request.member] if request.member is not None else []
    following = sanitize(shlex.join(words))
    return t(f"{said.ja} → {following}", f"{said.en} → {following}")
