"""Which questions are asked: what only one person knows, times how likely it is to break."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.reports.handover.asking.questions import (
    MAX_OF_ONE_PAGE,
    MAX_QUESTIONS,
    MOST_OF_TOPIC,
    Candidate,
    Topic,
    Trouble,
    choose_questions,
    rate_alone,
    rate_breaks,
)
from kb.text.lang import Text


def candidate(subject: str, *troubles: Trouble, topic: Topic = Topic.LINE, page: int = 0, **more: object) -> Candidate:
    number = page or 1 + sum(map(ord, subject))
    made = Candidate(
        subject, topic, Text(f"{subject}は?", f"{subject}?"), sources=(f"esa:{number}:1",), troubles=frozenset(troubles)
    )
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "alone"),
    [
        ({}, 1.0),
        ({"known_by": 1}, 1 / 2),
        ({"known_by": 2}, 1 / 3),
        ({"known_by": 40}, 1 / 5),
        ({"known_by": 1, "runbook": True}, 1 / 4),
        ({"known_by": 3, "troubles": frozenset({Trouble.UNKNOWN})}, 1 / 2),
        ({"known_by": 3, "troubles": frozenset({Trouble.LEFT_OPEN})}, 1.0),
    ],
)
def test_who_else_wrote_of_it_halves_what_only_they_know(more: dict[str, object], alone: float) -> None:
    assert rate_alone(candidate("x", **more)) == pytest.approx(alone)  # type: ignore[arg-type]


def test_more_trouble_weighs_more_and_never_over_one() -> None:
    quiet, runs = candidate("x"), candidate("x", Trouble.RUNS)
    assert rate_breaks(quiet) < rate_breaks(runs) < rate_breaks(replace(runs, incidents=2)) <= 1
    assert rate_breaks(candidate("x", *Trouble, incidents=99)) == 1
    assert rate_breaks(replace(runs, incidents=3)) == rate_breaks(replace(runs, incidents=30))
    assert rate_breaks(replace(runs, settled=True)) < rate_breaks(runs)


def test_ten_at_most_best_first_and_the_same_in_any_order() -> None:
    topics = list(Topic)
    some = [
        candidate(f"s{number}", *list(Trouble)[: number % 7], topic=topics[number % len(topics)])
        for number in range(60)
    ]
    chosen = choose_questions(some)
    assert len(chosen) == MAX_QUESTIONS
    assert [each.score for each in chosen] == sorted((each.score for each in chosen), reverse=True)
    assert choose_questions(reversed(some)) == chosen


def test_one_question_of_a_subject_with_all_that_speaks_for_it() -> None:
    loose = candidate("DNS", Trouble.LEFT_OPEN, page=7, is_loose_end=True)
    plain = candidate("ｄｎｓ", Trouble.OUTSIDE, page=8)
    (asked,) = choose_questions([loose, plain])
    assert asked.ask == plain.ask
    assert asked.sources == ("esa:8:1", "esa:7:1")
    assert asked.score == pytest.approx(0.1 + 0.3 + 0.2)


def test_few_of_one_page_and_of_one_topic() -> None:
    page = [candidate(f"s{number}", Trouble.OPEN, page=5) for number in range(9)]
    assert len(choose_questions(page)) == MAX_OF_ONE_PAGE
    secrets = [candidate(f"t{number}", Trouble.SECRET, topic=Topic.SECRET) for number in range(9)]
    assert len(choose_questions(secrets)) == MOST_OF_TOPIC[Topic.SECRET]


def test_no_candidates_no_questions() -> None:
    assert choose_questions([]) == ()


def test_each_says_why() -> None:
    (asked,) = choose_questions([candidate("x", Trouble.RUNS, Trouble.LOOSE, known_by=1, incidents=2)])
    assert [each.en for each in asked.why] == [
        "1 other wrote of it", "it runs now", "nothing starts it after a reboot", "named in 2 incidents",
    ]  # fmt: skip
