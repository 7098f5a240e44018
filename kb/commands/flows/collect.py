"""Read the answers to checklists, and say what came of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kb.console.terminal import say_safe, say_wrapped
from kb.errors import KbError
from kb.settings.workspace import Workspace
from kb.text.display import sanitize
from kb.text.lang import Text, count_noun, join_texts, t

if TYPE_CHECKING:
    from kb.model.plan import Change
    from kb.plan.ticks.answers import CollectedAnswers
    from kb.plan.ticks.history import TickDoubt
    from kb.plan.ticks.questions import Question
    from kb.reports.publish.collect import Collected
    from kb.sources.esa.client import Esa

MAX_DOUBTS = 10
"""Doubtful answers that are named; the rest are counted."""


def open_esa(workspace: Workspace) -> Esa:
    """Open the team's esa for reading. Raises CredentialError, ConfigError."""
    from kb.sources.esa.client import Esa

    assert workspace.settings.esa is not None
    return Esa.connect(workspace.settings.esa, cache=workspace.cache, max_wait_s=workspace.settings.sync.max_wait_s)


def collect_plan(workspace: Workspace, path: Path) -> Collected:
    """Read the answers to a plan's checklists into its file, and say what they are. Raises KbError."""
    from kb.execute.plan_store import PlanFile
    from kb.reports.publish.collect import collect_into

    with open_esa(workspace) as esa:
        found = collect_into(workspace, esa, PlanFile(path))
    for line in describe_collected(found, os.path.relpath(path)):
        say_wrapped(line)
    return found


def collect_first(workspace: Workspace, post: str, body: str) -> None:
    """Read the answers that stand in a post before it is written. What goes wrong is told, and keeps nothing back."""
    from kb.plan.sections.block import list_section_names
    from kb.plan.ticks.history import TICKS_SECTION

    if TICKS_SECTION not in list_section_names(body):
        return
    from kb.reports.publish.collect import find_shared_plans

    for path in find_shared_plans(workspace, post):
        try:
            collect_plan(workspace, path)
        except KbError as error:
            say_safe(error.what)


def describe_collected(found: Collected, name: str) -> Iterator[Text]:
    """Yield what was read, what was answered, and what stands there and is no answer."""
    from kb.plan.ticks.answers import TickOutcome
    from kb.plan.ticks.questions import describe_question

    answers, name = found.answers, sanitize(name)
    given = [change for change, outcome in answers.outcomes if outcome is TickOutcome.ANSWERED]
    yes, lead = sum(each.accept for each in given), sum(" lead " in each.answer for each in given)
    parts = [
        t(f"新しい答え {len(given):,} 件（やる {yes:,}、やらない {len(given) - yes:,}）",
          f"{count_noun(len(given), 'new answer')} ({yes:,} yes, {len(given) - yes:,} no)"),
    ]  # fmt: skip
    for outcome, words in (
        (TickOutcome.STANDS, t("前と同じ", "as before")),
        (TickOutcome.WITHDRAWN, t("取り消し", "taken back")),
        (TickOutcome.WAITING, t("答えを待っている", "waiting")),
        (TickOutcome.DOUBTFUL, t("答えとして数えない", "no answer")),
        (TickOutcome.BY_HAND, t("案のほうで決めてある", "decided in the plan itself")),
    ):
        if count := answers.count(outcome):
            parts.append(t(f"{words.ja} {count:,} 件", f"{count:,} {words.en}"))
    what = join_texts(parts)
    if answers.outcomes or not found.questions:
        yield t(f"{name}: {what.ja}。", f"{name}: {what.en}.")
    if lead:
        yield t(
            f"うち {lead:,} 件は、まとめ役（[plan] lead）が代わりに付けたものです。",
            f"{lead:,} of them were given by the lead ([plan] lead).",
        )
    if found.questions:
        yield _describe_questions(found.questions)
        yield from (
            t(f"  {said.ja}", f"  {said.en}")
            for each in found.questions
            if each.answer.startswith("yes") and (said := describe_question(each))
        )
    yield _describe_read(found)
    yield from _describe_doubts(answers)
    for post in found.gone:
        yield t(f"{post} は、もう esa にありません。", f"{post} is not in esa any more.")


def _describe_questions(questions: Sequence[Question]) -> Text:
    yes, no = (sum(each.answer.startswith(word) for each in questions) for word in ("yes", "no"))
    left = len(questions) - yes - no
    return t(
        f"変更でないこと（対策、記事の確認）: やる {yes:,} 件、やらない {no:,} 件、待っている {left:,} 件。",
        f"asked beside the plan (measures, pages): {yes:,} yes, {no:,} no, {left:,} waiting.",
    )


def _describe_read(found: Collected) -> Text:
    """Say what the answers were read from."""
    said = found.answers.by_comment
    if not found.comments:
        return t(f"見たもの: 記事の版 {found.revisions:,} 件。", f"read: {count_noun(found.revisions, 'revision')}.")
    return t(
        f"見たもの: 記事の版 {found.revisions:,} 件、コメント {found.comments:,} 件（コメントでの答え {said:,} 件）。",
        f"read: {count_noun(found.revisions, 'revision')}, {count_noun(found.comments, 'comment')} "
        f"({count_noun(said, 'answer')} by comment).",
    )


def _describe_doubts(answers: CollectedAnswers) -> Iterator[Text]:
    from kb.plan.ticks.answers import TickOutcome

    doubtful = [change for change, outcome in answers.outcomes if outcome is TickOutcome.DOUBTFUL]
    for change in doubtful[:MAX_DOUBTS]:
        yield _describe_doubt(change, answers.doubts[change.id])
    if len(doubtful) > MAX_DOUBTS:
        yield t(f"  ほか {len(doubtful) - MAX_DOUBTS:,} 件", f"  and {len(doubtful) - MAX_DOUBTS:,} more")


def _describe_doubt(change: Change, doubt: TickDoubt) -> Text:
    from kb.plan.ticks.checklist import name_line
    from kb.plan.ticks.history import TickDoubt

    words = {
        TickDoubt.BOTH: t("両方の箱に印があります", "both boxes are ticked"),
        TickDoubt.FOREIGN: t("聞いた人ではない人が印を付けています", "ticked by somebody who was not asked"),
        TickDoubt.PASTED: t("印の付いた行が貼り付けられています", "it was put there ticked"),
        TickDoubt.CHANGED: t(
            "行がないか、書き換えられているか、2 つあります", "the line is gone, says something else, or stands twice"
        ),
        TickDoubt.COMMENT: t(
            "コメントに「やる」か「やらない」のほかのことも書いてあります（その行だけに、どちらかを書いてください）",
            "the comment says something beside “do it” or “leave it” (write one of them, alone on a line)",
        ),
        TickDoubt.BROKEN: t("記事の kb:ticks の印が正しくありません", "the marks of kb:ticks in the post are wrong"),
    }[doubt]
    name = name_line(change)
    return t(f"  {name.ja}: {words.ja}", f"  {name.en}: {words.en}")
