"""Propose to renew the mark of a page that somebody read and found right: by their name, on the day they ticked it."""

from __future__ import annotations

from dataclasses import replace

from kb.model.document import Document
from kb.model.plan import Change, ChangeKey, Verb
from kb.plan.propose.post import PostHead, Proposal
from kb.plan.sections.places import digest_whole
from kb.plan.ticks.questions import Question
from kb.plan.values import check_value
from kb.reading.pages.marks import find_mark
from kb.secrets.mask_document import mask_text
from kb.text.lang import t
from kb.text.lines import decode, encode, find_line_starts, find_place

NO_MARK = t("本文に確かめた印（kb:verified）がないもの", "whose text has no mark (kb:verified)")
MARKED_SINCE = t("その日か、それより後の印がもうあるもの", "that have a mark of that day or a later one already")
EDITED_SINCE = t("確かめたあとに人が編集したもの", "that a person edited after they were read")
NO_DAY = t("いつの答えか読めないもの", "whose answer has no day")


def propose_verified(post: PostHead, document: Document, question: Question, edited_on: str, lead: str) -> Proposal:
    """Return the change of a page's mark, or why there is none.

    `edited_on` is the day a person edited the page last (ISO date, "" where not known), `lead` who answers for others.
    """
    if not question.day:
        return NO_DAY
    if edited_on > question.day:
        return EDITED_SINCE
    found = find_mark(document)
    if found is None:
        return NO_MARK
    mark, start, end = found
    body = encode(document.body)
    begin, before = len(decode(body[:start])), decode(body[start:end])
    if check_value(ChangeKey.MARK, before) is not None:
        return NO_MARK  # one over several lines
    if mark.on >= question.day:
        return MARKED_SINCE
    line, column = find_place(find_line_starts(document.body), begin)
    title = mask_text(post.title)
    because = t(
        "今も正しいと、本人が印を付けた記事の確認日を改める",
        "renew the marks of pages that people read and found right",
    )
    return Change(
        kind=Verb.VERIFY,
        target=f"esa:{post.number}",
        before={ChangeKey.MARK: before},
        after={ChangeKey.MARK: question.mark(lead)},
        seen=replace(post.seen, text=digest_whole(document.body), line=line, column=column),
        group=str(because),
        reason=str(
            t(
                f"{question.day} に「読んだ、今も正しい」（{question.place}）。",
                f"Read on {question.day}, and still right ({question.place}).",
            )
        ),
        title=title,
        secret_title=title != post.title,
    )
