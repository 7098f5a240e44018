"""Choose at most ten questions: what only one person knows, times how likely it is to break. Pure.

`alone` is 1 where nobody else who is there wrote of it, 1/2 with one other, 1/3 with two; half of that where a runbook
that others keep names it. `breaks` adds up what speaks for trouble, up to 1. What the code, cron or a host answers by
itself is no question: how a program is started where a unit or a line of cron starts it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from kb.model.masked import EMPTY, Masked
from kb.reports.handover.nouns import Question
from kb.text.fold import fold_text
from kb.text.lang import Text, count_noun, t

MAX_QUESTIONS = 10
MAX_SOURCES = 4
MAX_OF_ONE_PAGE = 3
"""Questions from one page: ten of one page would be a reading, not ten questions."""


class Topic(StrEnum):
    """What a question is about, with how many of ten may be."""

    PROGRAM = "program"
    LINE = "line"
    OTHERS = "others"  # a line a colleague wrote
    INCIDENT = "incident"
    SECRET = "secret"  # noqa: S105 - a topic, no value
    TICKET = "ticket"
    ACCOUNT = "account"


MOST_OF_TOPIC = {
    Topic.PROGRAM: 4,
    Topic.LINE: 6,
    Topic.OTHERS: 3,
    Topic.INCIDENT: 2,
    Topic.SECRET: 2,
    Topic.TICKET: 2,
    Topic.ACCOUNT: 1,
}


class Trouble(StrEnum):
    """What speaks for something to break."""

    RUNS = "runs"
    LOOSE = "loose"  # nothing would start it again
    MISSING = "missing"  # a script of cron that is not there
    BY_HAND = "by hand"
    PERIODIC = "periodic"
    FOR_NOW = "for now"
    UNKNOWN = "unknown"  # others write that they do not know
    OUTSIDE = "outside"  # somebody outside is part of it
    SECRET = "secret"  # noqa: S105 - a kind of trouble, no value
    OPEN = "open"  # work that was begun
    LEFT_OPEN = "left open"  # their own notes for whoever comes next say that it was not handed over
    PERSONAL = "personal"  # it belongs to one person's account
    UNWRITTEN = "unwritten"  # it was passed on by word of mouth
    IN_USE = "in use"  # an account that something still uses


WEIGHTS = {
    Trouble.RUNS: 0.3,
    Trouble.LOOSE: 0.25,
    Trouble.MISSING: 0.2,
    Trouble.BY_HAND: 0.25,
    Trouble.PERIODIC: 0.25,
    Trouble.FOR_NOW: 0.15,
    Trouble.UNKNOWN: 0.3,
    Trouble.OUTSIDE: 0.2,
    Trouble.SECRET: 0.3,
    Trouble.OPEN: 0.2,
    Trouble.LEFT_OPEN: 0.3,
    Trouble.PERSONAL: 0.25,
    Trouble.UNWRITTEN: 0.2,
    Trouble.IN_USE: 0.35,
}
BASE, OF_AN_INCIDENT = 0.1, 0.15
_MOST_INCIDENTS = 3

_WHY = {
    Trouble.RUNS: t("いま動いています", "it runs now"),
    Trouble.LOOSE: t("再起動すると止まったままになります", "nothing starts it after a reboot"),
    Trouble.MISSING: t("cron にあるのに、スクリプトがありません", "cron names a script that is not there"),
    Trouble.BY_HAND: t("手作業です", "done by hand"),
    Trouble.PERIODIC: t("決まった時期に要ります", "it is due again and again"),
    Trouble.FOR_NOW: t("暫定のままです", "it was meant for a while"),
    Trouble.UNKNOWN: t("ほかの人は「分からない」と書いています", "others write that they do not know"),
    Trouble.OUTSIDE: t("社外の相手がいます", "somebody outside is part of it"),
    Trouble.SECRET: t("変えると、使っているところが止まります", "what uses it stops when it is changed"),
    Trouble.OPEN: t("途中の作業です", "work that was begun"),
    Trouble.LEFT_OPEN: t("本人のメモに、まだ渡していないとあります", "their notes say it was not handed over"),
    Trouble.PERSONAL: t("一人の持ち物のままです", "it belongs to one person's account"),
    Trouble.UNWRITTEN: t("口頭か手元だけで、書かれていません", "it was only told or kept, and never written"),
    Trouble.IN_USE: t("止めずに残してあります", "it was left open for something that uses it"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What could be asked. `subject` is what it is about, as one word; `known_by` counts others who wrote of it.

    `runbook`: a runbook that others keep names it. `home` is the post an answer belongs into. `settled`: the page
    says the matter is done. `sharp` is how plainly it can be answered in five minutes, `is_loose_end` that the question
    only says where a note ends, `is_plainest` that no other on the subject is as plain.
    """

    subject: str
    topic: Topic
    ask: Text
    quote: Masked = EMPTY
    sources: tuple[str, ...] = ()
    troubles: frozenset[Trouble] = frozenset()
    incidents: int = 0
    known_by: int = 0
    runbook: bool = False
    home: str = ""
    others: tuple[str, ...] = ()
    settled: bool = False
    sharp: float = 1.0
    is_loose_end: bool = False
    is_plainest: bool = False


def rate_alone(candidate: Candidate) -> float:
    """Return how much only they know of it, 0 to 1. What they did not hand over is theirs, whoever wrote of it."""
    if Trouble.LEFT_OPEN in candidate.troubles:
        return 1.0
    share = 1 / (1 + min(candidate.known_by, 4))
    if Trouble.UNKNOWN in candidate.troubles:
        share = max(share, 0.5)  # who names it where another says that nobody knows, need not know either
    return share / 2 if candidate.runbook else share


def rate_breaks(candidate: Candidate) -> float:
    """Return how likely it is to break, 0 to 1."""
    weight = BASE + sum(WEIGHTS[each] for each in candidate.troubles)
    weight += OF_AN_INCIDENT * min(candidate.incidents, _MOST_INCIDENTS)
    return min(1.0, weight * candidate.sharp * (0.4 if candidate.settled else 1.0))


def explain(candidate: Candidate) -> tuple[Text, ...]:
    """Return why it is asked, what only they know first."""
    others = candidate.known_by
    said = []
    if Trouble.LEFT_OPEN not in candidate.troubles:
        said.append(
            t(f"ほかに書いた人は {others:,} 人です", f"{count_noun(others, 'other')} wrote of it")
            if others
            else t("ほかに書いた人がいません", "nobody else wrote of it")
        )
    said += [_WHY[each] for each in Trouble if each in candidate.troubles]
    if candidate.incidents:
        said.append(
            t(f"障害 {candidate.incidents:,} 件に出てきます", f"named in {count_noun(candidate.incidents, 'incident')}")
        )
    return tuple(said)


def choose_questions(candidates: Iterable[Candidate], most: int = MAX_QUESTIONS) -> tuple[Question, ...]:
    """Return the questions with the highest product: one of a subject, few of one page and of one topic."""
    found: dict[str, Candidate] = {}
    for each in candidates:
        key = fold_text(each.subject).casefold()
        found[key] = _merge(found[key], each) if key in found else each
    ranked = sorted(((_question(each), each.topic) for each in found.values()), key=lambda row: _rank(row[0]))
    pages: Counter[str] = Counter()
    topics: Counter[Topic] = Counter()
    chosen: list[Question] = []
    for question, topic in ranked:
        page = question.sources[0].rpartition(":")[0] if question.sources else question.id
        if len(chosen) < most and pages[page] < MAX_OF_ONE_PAGE and topics[topic] < MOST_OF_TOPIC[topic]:
            pages[page] += 1
            topics[topic] += 1
            chosen.append(question)
    return tuple(chosen)


def _merge(one: Candidate, other: Candidate) -> Candidate:
    """Return two candidates on one subject as one: the plainer question, with all that speaks for it."""
    first, second = sorted(
        (one, other), key=lambda each: (each.is_loose_end, not each.is_plainest, *_rank(_question(each)))
    )
    return replace(
        first,
        troubles=first.troubles | second.troubles,
        sources=tuple(dict.fromkeys((*first.sources, *second.sources)))[:MAX_SOURCES],
        incidents=max(first.incidents, second.incidents),
        home=first.home or second.home,
        others=first.others or second.others,
        quote=first.quote or second.quote,
    )


def _rank(question: Question) -> tuple[float, str]:
    return -round(question.score, 6), question.id


def _question(candidate: Candidate) -> Question:
    digest = hashlib.blake2b(f"{candidate.subject}\0{candidate.ask.en}".encode("utf-8", "replace"), digest_size=4)
    return Question(
        digest.hexdigest(),
        candidate.subject,
        candidate.ask,
        candidate.quote,
        candidate.sources,
        rate_alone(candidate),
        rate_breaks(candidate),
        explain(candidate),
        candidate.home,
        candidate.others,
    )
