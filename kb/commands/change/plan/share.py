"""`kb plan share` and `kb plan collect`: ask colleagues about a plan in posts of esa, and read their answers."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.change.plan.files import find_plan, read_plan, require_plan_place, write_plan
from kb.commands.change.plan.output import (
    PlanArgument,
    format_plan_time,
    open_mirrored,
    say_next_command,
)
from kb.commands.change.plan.refresh import require_same_team
from kb.commands.flows.publish import DryRunOption, InsertOption, SilentOption, YesOption
from kb.commands.options import read_post_number
from kb.commands.registry import command, option
from kb.console.terminal import say_wrapped
from kb.errors import Exit, UsageError
from kb.model.document import Source
from kb.text.lang import count_noun, t

if TYPE_CHECKING:
    from kb.commands.flows.publish_page import PublishOptions
    from kb.reports.publish.checklist import Checklists
    from kb.settings.workspace import Workspace


@command(
    "plan share",
    t("案を、その人ごとのチェックリストにして esa の記事に書く", "ask colleagues about a plan, in posts of esa"),
    example="kb plan share plan.toml --to esa:1440\nkb plan share plan.toml --to esa:1440 --to esa:1203 --dry-run",
    shared=True,
)
def plan_share(
    plan: PlanArgument = None,
    to: Annotated[
        list[str] | None,
        option("--to esa:N", t("書く記事。何度でも（個人のフォルダーの記事はその人の分）", "a post; several will do")),
    ] = None,
    measures: Annotated[
        bool, option("--measures", t("残っている対策を、引き受けるかもたずねる", "also who takes the open measures"))
    ] = False,
    unverified: Annotated[
        str,
        option(
            "--unverified CATEGORY",
            t(
                "この分類の、だれも確かめていない記事が今も正しいかも",
                "also whether pages there are still right",
            ),
        ),
    ] = "",
    expired: Annotated[
        bool,
        option(
            "--expired",
            t(
                "確認日の過ぎた記事が今も正しいかも、持ち主に",
                "also whether pages that were read long ago are still right",
            ),
        ),
    ] = False,
    insert: InsertOption = "",
    silent: SilentOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Write who is asked what into posts the team made, and into the plan."""
    from kb.commands.flows.collect import collect_plan
    from kb.commands.flows.publish_page import PublishOptions
    from kb.execute.preflight.announced import hold_back

    beside, plan = _Beside(measures, unverified, expired), find_plan(plan)
    if not to:
        example = " ".join(("kb plan share", shlex.quote(str(plan)), "--to esa:1440", *beside.words))
        raise UsageError(
            t("どの記事に書くかを指定してください。", "say which post to write into."),
            t(f"例: {example}", f"example: {example}"),
        )
    workspace = open_mirrored(Source.ESA)
    posts = [read_post_number(word, "--to", workspace.settings.team) for word in dict.fromkeys(to)]
    begun = beside.is_any and _begin_plan(workspace, plan)
    words = [*(f"--to esa:{number}" for number in posts), *beside.words]
    again = f"kb plan share {shlex.quote(str(plan))} {' '.join(words)}"
    options = PublishOptions("", insert, silent, dry_run, yes, again, collected=True)
    try:
        found = read_plan(plan)
        require_same_team(found, workspace, plan)
        hold_back(workspace, plan, found)
        if found.shared and not dry_run:
            collect_plan(workspace, plan)
        code = _write(workspace, plan, _choose(workspace, plan, posts, beside), options)
    finally:
        if begun and not read_plan(plan).shared:
            plan.unlink()  # nobody was asked
    raise typer.Exit(code)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What is asked beside the changes of a plan."""

    measures: bool
    unverified: str
    expired: bool

    @property
    def is_any(self) -> bool:
        return self.measures or bool(self.unverified) or self.expired

    @property
    def words(self) -> list[str]:
        """The options that ask it again."""
        category = [f"--unverified {shlex.quote(self.unverified)}"] if self.unverified else []
        return ["--measures"] * self.measures + category + ["--expired"] * self.expired


def _begin_plan(workspace: Workspace, path: Path) -> bool:
    """Write a plan without changes, for questions to stand beside, where there is none; return whether it was."""
    from datetime import UTC, datetime

    import kb
    from kb.model.plan import new_plan

    if path.exists() or path.is_symlink():
        return False
    require_plan_place(path)
    write_plan(path, new_plan(workspace.settings.team, format_plan_time(datetime.now(UTC)), kb.__version__, ()))
    return True


def _choose(workspace: Workspace, path: Path, posts: list[int], beside: _Beside) -> Checklists:
    from kb.execute.plan_store import find_applied
    from kb.mirror.store import Mirror
    from kb.plan.ticks.questions import merge_questions, questions_path
    from kb.reports.publish.checklist import choose_checklists
    from kb.reports.publish.collect import read_questions
    from kb.reports.publish.questions import drop_renewed, find_questions

    plan = read_plan(path)
    before = find_applied(workspace, plan)
    finished = before.run.finished if before is not None and not before.undone else ()
    questions = read_questions(questions_path(path))
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        if beside.is_any:
            measures, pages = beside.measures, bool(beside.unverified) or beside.expired
            asking = find_questions(
                workspace,
                mirror,
                questions,
                measures=measures,
                unverified=beside.unverified,
                expired=beside.expired,
            )
            questions = merge_questions(questions, tuple(asking), measures=measures, unverified=pages)
            questions = drop_renewed(mirror, questions)
        lists = choose_checklists(workspace, mirror, plan, posts, finished, questions)
    count = lists.lines
    if lists.parts:
        say_wrapped(
            t(
                f"{lists.people:,} 人に {count:,} 件をたずねます（記事 {len(lists.parts):,} 件）。",
                f"asks {count_noun(lists.people, 'person')} {count_noun(count, 'question')}, "
                f"in {count_noun(len(lists.parts), 'post')}.",
            )
        )
    else:
        say_wrapped(t("たずねるものはありません。", "there is nothing to ask."))
        if beside.expired and not lists.left:
            days = workspace.settings.owners.verified_days
            say_wrapped(
                t(
                    f"確認日（kb:verified）から {days:,} 日を過ぎた記事がありません。"
                    "印のない記事は、--unverified 分類 でたずねられます。",
                    f"no page was checked (kb:verified) more than {days:,} days ago; --unverified CATEGORY asks about "
                    "pages without a mark.",
                )
            )
    if lists.left:
        ja = "、".join(f"{why.ja} {number:,} 件" for why, number in lists.left.items())
        en = ", ".join(f"{number:,} {why.en}" for why, number in lists.left.items())
        say_wrapped(t(f"たずねないもの: {ja}", f"not asked: {en}"))
    return lists


def _write(workspace: Workspace, path: Path, lists: Checklists, options: PublishOptions) -> Exit:
    """Write the posts one by one, and after each what is asked there into the plan."""
    from functools import partial

    from kb import files
    from kb.commands.flows.publish_page import publish_page
    from kb.execute.plan_store import PlanFile
    from kb.plan.sections.anchors import parse_anchor
    from kb.plan.ticks.questions import questions_path, render_questions
    from kb.reports.publish.checklist import build_checklist
    from kb.reports.publish.collect import read_questions
    from kb.reports.publish.decide import PublishPage

    place = parse_anchor(options.insert) if options.insert else None
    worst = Exit.OK
    for number, parts in lists.parts.items():
        page = PublishPage(Source.ESA, number, "--to")
        done = publish_page(workspace, page, partial(build_checklist, parts), options, place)
        worst = Exit.worst(worst, done.code)
        if done.code is Exit.OK and not options.dry_run:
            PlanFile(path).ask(lists.asked[number], (page.target,))
            if lists.questions:
                kept = {each.id: each for each in (*read_questions(questions_path(path)), *lists.questions)}
                files.replace_text(questions_path(path), render_questions(kept.values()))
    if worst is Exit.OK and lists.parts and not options.dry_run:
        say_next_command(f"kb plan collect {shlex.quote(str(path))}")
    return worst


@command(
    "plan collect",
    t("チェックリストの答えを、案の決定として読み取る", "read the answers of colleagues into a plan"),
    example="kb plan collect plan.toml",
    shared=True,
)
def plan_collect(plan: PlanArgument = None) -> None:
    """Read who ticked what, and decide the changes accordingly. Sends nothing."""
    from kb.commands.flows.collect import collect_plan
    from kb.plan.ticks.questions import QuestionKind
    from kb.reports.publish.collect import require_shared

    workspace, plan = open_mirrored(Source.ESA), find_plan(plan)
    found = read_plan(plan)
    require_same_team(found, workspace, plan)
    require_shared(found, plan)
    done = collect_plan(workspace, plan)
    if any(each.kind is QuestionKind.VERIFY and each.day for each in done.questions if each.answer.startswith("yes")):
        say_next_command(f"kb plan verify {shlex.quote(str(plan))}")
    if found.changes:
        say_next_command(f"kb review {shlex.quote(str(plan))}")
