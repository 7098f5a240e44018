"""The papers of one member below `.kb/private/handover/`: the list, the questions with their answers, and plans."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kb.files import read_text, replace_file, store_error
from kb.lint.people.people import Person
from kb.model.masked import EMPTY, Masked
from kb.model.plan import is_target
from kb.reports.handover.nouns import Question
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

LIST, QUESTIONS = "list.md", "questions.md"
_SAFE = compile_lazy(r"[a-z0-9][a-z0-9_.-]{0,39}")
_MARK = compile_lazy(r"<!-- kb:question ([0-9a-f]{8}) -->")
_HEAD = compile_lazy(r"^## (?:[0-9]+\.\s*)?(.*)$", re.M)
_ANSWER = compile_lazy(r"^(?:答え|answer)[^\S\n]*[:：]", re.M | re.I)
_ORIGIN = compile_lazy(r"^- (?:もと|from)\s*[:：]\s*(.*)$", re.M)
_DOC = compile_lazy(r"(?<![\w/])((?:esa|redmine|files):(?:wiki:)?[^\s、,:()]+)")
_HOME = compile_lazy(r"^- (?:置き場所|home)\s*[:：]\s*(\S+)", re.M | re.I)
NO_TITLES: Mapping[str, Masked] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that was answered: its id and words, the answer, and the post it goes into ("" for none).

    `sources` are the documents it rests on, `section` is how it stands in the file.
    """

    id: str
    ask: str
    answer: str
    home: str = ""
    sources: tuple[str, ...] = ()
    section: str = ""


def member_folder_name(person: Person) -> str:
    """Return what the folder of one member is called: their screen name, else a hash of their name."""
    name = person.handle.casefold()
    if not _SAFE.fullmatch(name):
        name = f"member-{hashlib.blake2b(person.name.encode('utf-8', 'replace'), digest_size=4).hexdigest()}"
    return name


def write_paper(folder: Path, name: str, text: str) -> Path:
    """Write a file for its owner alone. Raises StoreError, InputError."""
    path = folder / name
    try:
        replace_file(path, text.encode("utf-8", "replace"), private=True)
    except OSError as error:
        raise store_error(error, path) from None
    return path


def read_answers(folder: Path) -> list[Answer]:
    """Return the questions of a folder's file that were answered, in order. Raises InputError, StoreError."""
    return list(parse_answers(read_text(folder / QUESTIONS) or ""))


def parse_answers(text: str) -> Iterator[Answer]:
    """Yield the questions of a file that have an answer."""
    heads = list(_HEAD.finditer(text))
    for at, head in enumerate(heads):
        section = text[head.start() : heads[at + 1].start() if at + 1 < len(heads) else len(text)]
        mark, begun = _MARK.search(section), _ANSWER.search(section)
        if mark is None or begun is None or not (answer := section[begun.end() :].strip()):
            continue
        home = _HOME.search(section)
        target = home[1] if home and is_target(home[1]) else ""
        origin = _ORIGIN.search(section[: begun.start()])
        sources = tuple(dict.fromkeys(_DOC.findall(origin[1]))) if origin else ()
        yield Answer(mark[1], head[1].strip(), answer, target, sources, section.rstrip())


def render_questions(
    questions: Iterable[Question], answered: Iterable[Answer], titles: Mapping[str, Masked] = NO_TITLES
) -> str:
    """Return the file of questions: those to ask, then those that were answered, as they were written.

    `titles` are those of the posts the answers belong into.
    """
    kept = {each.id: each for each in answered}
    lines = [
        f"# {t('聞いておくこと', 'Questions')}",
        "",
        str(
            t(
                "1 つ 5 分で答えられるものだけです。「答え:」の下に書いてください。作り直しても残ります。",
                "Each takes five minutes. Write below “answer:”; what is written stays when this is made again.",
            )
        ),
        "",
    ]
    for number, question in enumerate((each for each in questions if each.id not in kept), 1):
        lines += [*_render_question(number, question, titles.get(question.home, EMPTY)), ""]
    for answer in kept.values():
        lines += [re.sub(_HEAD, lambda head: f"## {head[1]}", answer.section, count=1), ""]
    return "\n".join(lines)


def _render_question(number: int, question: Question, title: Masked) -> Iterator[str]:
    yield f"## {number}. {question.ask}"
    yield f"<!-- kb:question {question.id} -->"
    quote = f"「{question.quote}」 " if question.quote else ""
    yield f"- {t('もと', 'from')}: {quote}{str(t('、', ', ')).join(question.sources)}"
    yield f"- {t('なぜ', 'why')}: {' · '.join(map(str, question.why))}"
    nowhere = t("まだありません（esa:123 のように書いてください）", "none yet (write it as esa:123)")
    yield f"- {t('置き場所', 'home')}: {f'{question.home} {title}'.rstrip() or nowhere}"
    if question.others:
        names = str(t("、", ", ")).join(question.others)
        yield f"- {t('連絡がつかなければ', 'if they cannot be reached')}: {names}"
    yield ""
    yield f"{t('答え', 'answer')}:"
    yield ""
