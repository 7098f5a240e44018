"""`kb plan verify`: renew the marks of pages that colleagues ticked as read and still right."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.change.plan.output import ForceOption, PlanDraft, PlanOutputOption, open_mirrored
from kb.commands.registry import argument, command
from kb.errors import UsageError
from kb.model.document import Source
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.plan.propose.post import Proposal
    from kb.plan.ticks.questions import Question


@command(
    "plan verify",
    t("今も正しいと答えのあった記事の、確認日を改める案", "renew the marks of pages that were found right"),
    example="kb plan share queue.toml --expired --to esa:1440\nkb plan collect queue.toml\nkb plan verify queue.toml",
    shared=True,
)
def plan_verify(
    asked: Annotated[Path, argument("ASKED", t("たずねた案（kb plan share したもの）", "the plan that was shared"))],
    out: PlanOutputOption = Path("verify.toml"),
    force: ForceOption = False,
) -> None:
    """Read the answers beside a plan that was shared, and propose the mark of each page that is still right."""
    from kb.plan.propose.post import gather_proposals
    from kb.plan.ticks.questions import QuestionKind, questions_path
    from kb.reports.publish.collect import read_questions

    workspace = open_mirrored(Source.ESA)
    if not asked.is_file():
        raise UsageError(
            t(f"{asked} というファイルがありません。", f"there is no file {asked}."),
            t("kb plan share した案を指定してください。", "give the plan that was shared."),
        )
    questions = [each for each in read_questions(questions_path(asked)) if each.kind is QuestionKind.VERIFY]
    if not questions:
        raise UsageError(
            t(
                f"{asked} では、記事が今も正しいかをたずねていません。",
                f"{asked} does not ask whether pages are right.",
            ),
            t(
                f"確認日の過ぎた記事をたずねるなら: kb plan share {shlex.quote(str(asked))} --expired --to esa:1440",
                f"to ask about pages read long ago: kb plan share {shlex.quote(str(asked))} --expired --to esa:1440",
            ),
        )
    draft = PlanDraft.begin(workspace, out, force=force)
    draft.write(gather_proposals(_propose(draft, [each for each in questions if each.answer.startswith("yes")])))


def _propose(draft: PlanDraft, answered: Sequence[Question]) -> Iterator[Proposal]:
    from kb.mirror import queries
    from kb.model.document import Kind, parse_doc
    from kb.plan.propose.verify import NO_DAY, propose_verified
    from kb.text.display import format_local_time

    settings = draft.workspace.settings
    with draft.mirror() as mirror:
        for question in {each.target: each for each in sorted(answered, key=lambda each: each.day)}.values():
            post = queries.post_head(mirror, parse_doc(question.target).number)
            stored = mirror.find(Source.ESA, Kind.POST, str(parse_doc(question.target).number))
            if post is None or stored is None:
                continue
            document = stored.document
            if question.day > draft.today.isoformat():
                yield NO_DAY
                continue
            edited = format_local_time(document.human_at or document.updated_at, settings.timezone)
            yield propose_verified(post, document, question, edited, settings.plan.lead)
