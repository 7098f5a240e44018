"""Questions of a checklist that no change stands for: who takes an open measure, whether a page is still right.

They and their answers are in a file beside the plan, plan.questions.toml. Nothing is sent on them;
`kb plan tickets` reads who takes which measure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from kb.model.masked import EMPTY, Masked
from kb.model.plan import ANSWER_PATTERN, SCREEN_NAME_PATTERN, is_target
from kb.plan.ticks.answers import PostComments, PostReadings, combine_answers, is_kept
from kb.plan.ticks.checklist import name_page
from kb.plan.ticks.history import AskedLine, TickDoubt
from kb.secrets.mask_document import mask_text
from kb.settings.table_files import TABLE_FORMAT, TableEntry, read_entries, render_entry
from kb.settings.toml import format_fields
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

_TABLE = "question"
_KEYS = ("id", "kind", "target", "title", "about", "key", "asked", "answer", "day")
_KEY_PATTERN = compile_lazy(r"[\w-]{1,100}")


class QuestionKind(StrEnum):
    """What is asked."""

    MEASURE = "measure"
    VERIFY = "verify"


_WORDS = {
    QuestionKind.MEASURE: t("引き受ける", "I take it"),
    QuestionKind.VERIFY: t("読んだ、今も正しい", "read, and still right"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `about` are the words of a measure; `key` is what tells it from others of its page.

    That is a hash of a measure's words, and of a page the day it was asked about (ISO date). Of a page with a mark
    `about` is the day it was read last. `answer` as in a Change, `day` the date of where it stands.
    """

    kind: QuestionKind
    target: str
    key: str
    asked: str
    about: Masked = EMPTY
    title: Masked = EMPTY
    answer: str = ""
    day: str = ""

    @property
    def id(self) -> str:
        """What its line is known by, 8 hex digits."""
        told = f"{self.kind} {self.target} {self.key}"
        return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()

    @property
    def place(self) -> str:
        """Where the answer stands: a revision or a comment; "" without one."""
        return self.answer.rpartition(" ")[2]

    @property
    def is_led(self) -> bool:
        """Whether a lead answered in the addressee's stead."""
        return " lead " in self.answer

    def mark(self, lead: str = "") -> str:
        """Return the comment that says so in a page which was read and found right, by who answered and when."""
        return f"<!-- kb:verified {self.day or self.key} {lead if self.is_led and lead else self.asked} -->"


def render_question(question: Question) -> str:
    """Render what a line says, up to its id."""
    return str(_line(question))


def _line(question: Question) -> Text:
    words, last = _WORDS[question.kind], t("前回", "last")
    name, about = name_page(question.target, question.title), name_page("", question.about)
    ja = en = f"「{about}」 " if about else ""
    if about and question.kind is QuestionKind.VERIFY:
        ja, en = f"（{last.ja} {about}） ", f"({last.en} {about}) "
    link = f"[{name}](/posts/{question.target.partition(':')[2]})"
    return t(f"{words.ja}: {link} {ja}`{question.id}`", f"{words.en}: {link} {en}`{question.id}`")


def question_lines(questions: Iterable[Question]) -> Iterator[AskedLine]:
    """Yield the lines that ask, as they may stand in either language."""
    for each in questions:
        line = _line(each)
        yield AskedLine.of(each.id, each.asked, (line.ja, line.en))


def merge_questions(
    known: Sequence[Question], found: Sequence[Question], *, measures: bool, unverified: bool
) -> tuple[Question, ...]:
    """Return what is asked now: what was found, and of what is known the answered, and kinds that were not sought."""
    sought = {QuestionKind.MEASURE: measures, QuestionKind.VERIFY: unverified}
    kept = (each for each in known if each.answer or not sought[each.kind])
    return tuple({each.id: each for each in (*kept, *found)}.values())


def settle_questions(
    questions: Sequence[Question],
    readings: PostReadings,
    comments: PostComments,
    days: Callable[[str], str] = lambda place: "",
) -> tuple[Question, ...]:
    """Return the questions with what was answered; what was taken back is open again.

    `days` returns the date of the revision or comment an answer stands in.
    """
    made = []
    for each in questions:
        answer, doubt = combine_answers(each.id, readings, comments)
        kept = answer is None and doubt not in (TickDoubt.BOTH, TickDoubt.COMMENT) and is_kept(each.id, readings)
        new = each if kept else replace(each, answer=answer or "")
        made.append(new if new.answer == each.answer else replace(new, day=days(new.place) if new.answer else ""))
    return tuple(made)


QUESTION_FILES = "*.questions.toml"
"""What the files of questions are called."""


def questions_path(plan: Path) -> Path:
    """Return the file of a plan's questions."""
    return plan.with_name(f"{plan.stem}.questions.toml")


_TOP = t(
    "# kb plan share がたずねたことと、その答えです。\n",
    "# What kb plan share asked beside its plan, with the answers.\n",
)


def render_questions(questions: Iterable[Question]) -> str:
    """Render the file."""
    rows = sorted(questions, key=lambda each: (each.kind, int(each.target.partition(":")[2]), each.id))
    parts = (
        render_entry(
            _TABLE,
            {
                "id": each.id, "kind": each.kind.value, "target": each.target, "title": each.title,
                "about": each.about, "key": each.key, "asked": each.asked, "answer": each.answer, "day": each.day,
            },
            visible=True,
        )
        for each in rows
    )  # fmt: skip
    return str(_TOP) + format_fields({"format": TABLE_FORMAT}) + "".join(f"\n{part}" for part in parts)


def parse_questions(text: str, name: str) -> tuple[Question, ...]:
    """Parse the file; "" holds none. Raises InputError with the line for anything invalid."""
    _, rows = read_entries(text, name, _TABLE, _KEYS)
    return tuple(map(_read_question, rows))


def _read_question(row: TableEntry) -> Question:
    kind, target, answer = row.text("kind", needed=True), row.text("target", needed=True), row.text("answer")
    key, asked, day = row.text("key", needed=True), row.text("asked"), row.day("day")
    sound = {
        "kind": kind in set(QuestionKind),
        "target": is_target(target),
        "key": _KEY_PATTERN.fullmatch(key),
        "asked": not asked or SCREEN_NAME_PATTERN.fullmatch(asked),
        "answer": not answer or ANSWER_PATTERN.fullmatch(answer),
    }
    if wrong := next((name for name, is_sound in sound.items() if not is_sound), ""):
        raise row.error(wrong, t(f"{wrong} が正しくありません", f"{wrong} is wrong"), _AGAIN)
    about, title = mask_text(row.text("about")), mask_text(row.text("title"))
    return Question(QuestionKind(kind), target, key, asked, about, title, answer, day)


_AGAIN = t("git で元に戻してください。", "restore the file from git.")


def describe_question(question: Question) -> Text:
    """Describe an answered question for whoever goes on with it."""
    if question.kind is QuestionKind.VERIFY:
        mark = question.mark()
        if question.about:
            return t(f"{question.target}: 今も正しい → {mark}", f"{question.target}: still right → {mark}")
        return t(
            f"{question.target}: 今も正しい → 本文に {mark}",
            f"{question.target}: still right → put {mark} into its text",
        )
    return t(
        f"{question.target}: 対策「{question.about[:40]}」は @{question.asked} が引き受ける",
        f'{question.target}: the measure "{question.about[:40]}" is taken by @{question.asked}',
    )
