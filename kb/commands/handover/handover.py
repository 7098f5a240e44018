"""`kb handover MEMBER`: list what one member holds, ten questions, and plans; nothing is sent, and no trace is left."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.flows.publish import DryRunOption, InsertOption, YesOption
from kb.commands.registry import argument, command, option
from kb.console.terminal import paint, say, say_safe, say_wrapped
from kb.errors import Exit, RefusedError, UsageError
from kb.settings.workspace import Workspace, open_workspace
from kb.text.display import sanitize
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kb.model.plan import Plan
    from kb.reports.handover.nouns import Belongings
    from kb.reports.handover.papers import Answer


@command(
    "handover",
    t("1 人の持ち物を整理する（手元だけ）", "tidy up what one member holds (on this machine alone)"),
    example="kb handover sato\nkb handover sato --until 2026-12-25 --announced 2026-12-10",
    shared=True,
)
def handover(
    member: Annotated[
        str,
        argument(
            "MEMBER",
            t("esa のスクリーンネームか、esa・Redmine の氏名", "screen name of esa, or full name of esa or Redmine"),
        ),
    ],
    until: Annotated[str, option("--until DATE", t("いつまでに整理するか", "the day by which it is done"))] = "",
    announced: Annotated[
        str,
        option(
            "--announced DATE",
            t(
                "チームに知らせる日。過ぎるまで、案も --publish も断ります",
                "the day the team is told; refused until it has passed",
            ),
        ),
    ] = "",
    publish: Annotated[
        bool,
        option("--publish", t("答えを手順書の記事に書き足す", "add the answers to their runbooks")),
    ] = False,
    insert: InsertOption = "",
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    now: Annotated[str, option("--now T", t("この日時の時点で（既定は今）", "as of this time"))] = "",
) -> None:
    """Gather what a member holds from a copy of the workspace, and write it where only this account reads."""
    from kb.clock import lint_time, parse_day

    workspace = open_workspace()
    moment = lint_time(now, workspace.settings.timezone)
    until = parse_day(until, "--until") if until else ""
    announced = parse_day(announced, "--announced") if announced else ""
    if publish:
        raise typer.Exit(_publish_answers(workspace, member, insert=insert, dry_run=dry_run, yes=yes))
    if insert or dry_run or yes:
        name = "--insert" if insert else "--dry-run" if dry_run else "--yes"
        raise UsageError(
            t(f"{name} は --publish と一緒に使います。", f"{name} goes with --publish."),
            t("例: kb handover sato --publish --dry-run", "example: kb handover sato --publish --dry-run"),
        )
    _tidy(workspace, member, until, announced, moment)


def _tidy(workspace: Workspace, member: str, until: str, announced: str, moment: datetime) -> None:
    from dataclasses import replace

    from kb.execute.preflight.announced import (
        Announcement,
        make_handover_folder,
        read_announcement,
        write_announcement,
    )
    from kb.mirror.limited import require_synced
    from kb.mirror.store import Mirror
    from kb.reports.handover import papers, plans, render
    from kb.reports.handover.gather import gather_belongings, open_writers
    from kb.reports.handover.quiet import open_quietly

    with open_quietly(workspace) as quiet:
        require_synced(quiet)
        gathered = gather_belongings(quiet, member, moment)
        held = gathered.held
        folder = make_handover_folder(workspace, papers.member_folder_name(held.person))
        before = read_announcement(folder)
        announced = announced or (before.announced if before else "")
        with Mirror.open(quiet.mirror, readonly=True) as mirror:
            writers = open_writers(quiet, mirror, held.person)
            made = plans.propose_plans(quiet, mirror, gathered, writers, moment)
            accounts = tuple(each.id for each in plans.list_accounts(mirror, writers))
            titles = writers.name_pages(each.home for each in held.questions)
        answered = papers.read_answers(folder)
        papers.write_paper(folder, papers.LIST, render.render_list(held, moment.date().isoformat(), until, announced))
        papers.write_paper(folder, papers.QUESTIONS, papers.render_questions(held.questions, answered, titles))
        written = plans.write_plans(quiet, folder, made, moment)
        digests = tuple(dict.fromkeys((*(before.plans if before else ()), *(plan.digest for plan in written.values()))))
        write_announcement(
            folder,
            Announcement(member=held.person.name, announced=announced, redmine=accounts, plans=digests),
        )
        done = {each.id for each in answered}
        _print(replace(held, questions=tuple(each for each in held.questions if each.id not in done)), len(answered))
    for crash in gathered.crashes:
        say_safe(crash.what)
    for note in held.notes:
        say_wrapped(note)
    if len(accounts) > 1:
        say_wrapped(_describe_namesakes(accounts))
    _say_what_is_written(_show(workspace, folder), written, announced, moment.date().isoformat())
    if answered:
        again = f"kb handover {shlex.quote(member)} --publish"
        say_wrapped(t(f"次は: {again}（答えを手順書に足す）", f"next: {again} (adds the answers to their runbooks)"))
    elif held.questions:
        questions = f"{_show(workspace, folder)}/{papers.QUESTIONS}"
        say_wrapped(t(f"次は: {questions} に答えを書く", f"next: write answers into {questions}"))
    raise typer.Exit(Exit.SOURCE if gathered.crashes else Exit.OK)


def _describe_namesakes(accounts: Sequence[int]) -> Text:
    """Return that several accounts of Redmine have the member's name: by that alone nobody can tell them apart."""
    numbers, count = ", ".join(f"#{each}" for each in accounts), len(accounts)
    return t(
        f"Redmine に、この名前のアカウントが {count:,} つあります（{numbers}）。どれの分も入っています。",
        f"{count:,} accounts of Redmine have this name ({numbers}): what each of them holds is listed.",
    )


def _print(held: Belongings, answered: int) -> None:
    from kb.reports.handover import render

    for line in render.render_summary(held):
        print(sanitize(line))
    if answered:
        print(t(f"  答えのある質問: {answered:,}", f"  questions answered: {answered:,}"))
    if held.questions:
        print()
        print(paint(str(t("聞いておくこと（1 つ 5 分まで）", "questions, five minutes each")), "bold"))
        for line in render.render_asked(held.questions):
            print(sanitize(line))


def _say_what_is_written(shown: str, written: dict[str, Plan], announced: str, today: str) -> None:
    """Say what stands in the folder, and from when on its plans can be sent."""
    if written:
        say("")
    for name, plan in written.items():
        say_wrapped(
            t(f"{shown}/{name}: 変更 {len(plan.changes):,} 件", f"{shown}/{name}: {len(plan.changes):,} changes")
        )
    say_wrapped(
        t(
            f"{shown} に書きました（自分だけが読めます。git にも、人に見えるものにも入りません）。何も送っていません。",
            f"written to {shown}: for you alone, outside git and all that others see. Nothing was sent.",
        )
    )
    if written and not announced:
        say_wrapped(
            t(
                "案を送れるようにするには、知らせる日を --announced 2026-12-10 のように（その翌日から送れます）。",
                "to send a plan, give the day the team is told: --announced 2026-12-10 (from the day after).",
            )
        )
    elif written and announced >= today:
        say_wrapped(
            t(f"案は、{announced} を過ぎるまで送れません。", f"no plan can be sent until {announced} has passed.")
        )


def _require_no_secrets(answers: Sequence[Answer], questions: str) -> None:
    """Raise RefusedError for an answer that holds a value: what is asked tells which, and no page has it yet."""
    from kb.secrets.mask_document import mask_text

    for answer in answers:
        if mask_text(answer.answer) != answer.answer:
            raise RefusedError(
                t(
                    f"{questions} の「{mask_text(answer.ask)}」の答えに、秘密の値があるようです。何も送っていません。",
                    f'the answer to "{mask_text(answer.ask)}" in {questions} seems to hold a secret: nothing is sent.',
                ),
                t(
                    "値を消し、どこに保管してあるかを書いてください。",
                    "take the value out, and write where it is kept.",
                ),
            )


def _show(workspace: Workspace, folder: Path) -> str:
    """Return a folder as it is typed from here."""
    try:
        return shlex.quote(str(folder.relative_to(Path.cwd())))
    except ValueError:
        return shlex.quote(str(folder))


def _publish_answers(workspace: Workspace, member: str, *, insert: str, dry_run: bool, yes: bool) -> Exit:
    """Add the answers to their posts, one run a post, once the team was told. Raises RefusedError before that."""
    from kb.commands.flows.publish_page import PublishOptions, publish_page
    from kb.execute.preflight.announced import Announcement, handover_folder, read_announcement, require_announced
    from kb.lint.people.owners import load_owners
    from kb.mirror.limited import require_synced
    from kb.mirror.queries import text_heads
    from kb.mirror.store import Mirror
    from kb.model.document import Source, Visibility, parse_doc
    from kb.plan.sections.anchors import parse_anchor
    from kb.reports.handover import papers
    from kb.reports.handover.answers import group_by_home, make_publication
    from kb.reports.handover.gather import find_member
    from kb.reports.publish.decide import PublishPage

    require_synced(workspace)
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        owners = load_owners(workspace, mirror)
        person = find_member(owners, member)
        shared = frozenset(head.doc for head in text_heads(mirror.database) if head.visibility >= Visibility.MEMBERS)
    folder = handover_folder(workspace) / papers.member_folder_name(person)
    require_announced(workspace, read_announcement(folder) or Announcement(member=person.name))
    answered = papers.read_answers(folder)
    homes, homeless = group_by_home(answered)
    place = parse_anchor(insert) if insert else None
    questions = f"{_show(workspace, folder)}/{papers.QUESTIONS}"
    _require_no_secrets(answered, questions)
    again = f"kb handover {shlex.quote(member)} --publish"
    codes = []
    for home, answers in homes.items():
        options = PublishOptions("", insert, silent=True, dry_run=dry_run, yes=yes, again=again)
        page = PublishPage(Source.ESA, parse_doc(home).number, questions)
        codes.append(
            publish_page(workspace, page, make_publication(answers, owners.people, shared), options, place).code
        )
    if homeless:
        say_wrapped(
            t(
                f"置き場所のない答え {homeless:,} 件: {questions} の「置き場所」に esa:123 のように書いてください。",
                f"{homeless:,} answers have no home: write it into {questions}, as esa:123.",
            )
        )
    if not homes and not homeless:
        say_wrapped(t(f"まだ答えがありません（{questions}）。", f"there are no answers yet ({questions})."))
    return Exit.worst(*codes)
