"""Turn what checklists and comments say into decisions of a plan."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from kb.markup import parse
from kb.markup.outline import list_plain_lines
from kb.model.document import Markup
from kb.model.plan import Change, Plan
from kb.plan.ticks.checklist import line_id
from kb.plan.ticks.history import TickAnswer, TickDoubt, TickReading
from kb.text.lang import Text, count_noun, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import encode

_ID = compile_lazy(r"(?<![0-9a-z])[0-9a-f]{8}(?![0-9a-z])")
_TOKEN = compile_lazy(
    r"(?P<id>`?(?<![0-9a-z])[0-9a-f]{8}(?![0-9a-z])`?)"
    r"|[(「]?(?P<word>やらない|やりません|やります|やる|leave it|do it)[)」]?"
    r"|(?P<asking>です|で?(?:よろしく)?お願い(?:いた)?します|please|thanks|thank you)"
    r"|(?:20\d\d[-/.年])?(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?(?:\([月火水木金土日]\))?(?![0-9])"
    r"|(?P<gap>[\s:、,。.!()@*]+)|(?P<other>[^\s:、,。.!()@*]+)"
)
_BULLET = compile_lazy(r"\s*(?:[-*+]|\d{1,3}[.)])\s+")
_MARKUP = compile_lazy(r"~~|<(?:!--|/?[a-zA-Z][a-zA-Z0-9]*[\s>/])")
_YES = frozenset({"やる", "やります", "do it"})


@dataclass(frozen=True, slots=True)
class TickComment:
    """A comment on a post: its id, who wrote it, and its text."""

    number: int
    author: str
    body: str
    at: str = ""  # UTC


def read_comment(body: str, is_name: Callable[[str], bool]) -> Iterator[tuple[str, bool | None]]:
    """Yield what a comment says of lines: their ids, and whether to do it, None where that is left open.

    An answer is a line that says nothing else but a day and a name of whoever answers (`is_name`). What is quoted,
    struck, code or HTML is none: it may be somebody else's, or not meant. A line that would be an answer but for
    that, and any other that names an id outside of a quote, is left open.
    """
    lines = unicodedata.normalize("NFKC", body).casefold().split("\n")
    if not any(map(_ID.search, lines)):
        return
    hides = bool(_MARKUP.search(body))  # some of it may be struck or not shown
    data = b"" if hides else encode(body)
    plain = list_plain_lines(data, parse.iter_blocks(data, Markup.MARKDOWN))
    for number, line in enumerate(lines, 1):
        if not (ids := _ID.findall(line)):
            continue
        said = _read_answers(line.lstrip("> \t"), is_name)
        if hides:
            yield from dict.fromkeys(ids).items()
        elif number in plain:
            yield from (said or dict.fromkeys(ids)).items()
        else:
            yield from ((id, None) for id in said)


def _read_answers(line: str, is_name: Callable[[str], bool]) -> dict[str, bool | None]:
    """Return what a line says of each id, folded; nothing where it says anything else."""
    found: dict[str, bool | None] = {}
    ids: list[str] = []
    start = bullet.end() if (bullet := _BULLET.match(line)) else 0
    for each in _TOKEN.finditer(line, start):
        if each["id"]:
            ids.append(each["id"].strip("`"))
        elif each["word"] and ids:
            yes = each["word"] in _YES
            found |= {id: yes if found.get(id, yes) is yes else None for id in ids}
            ids = []
        elif each["month"]:
            if not (1 <= int(each["month"]) <= 12 and 1 <= int(each["day"]) <= 31):
                return {}
        elif not (each["gap"] or each["asking"] or (each["other"] and is_name(each["other"]))):
            return {}
    return {} if ids else found


def read_comments(
    comments: Iterable[TickComment], asked: Mapping[str, str], person: Callable[[str], object], lead: object = None
) -> dict[str, tuple[bool | None, bool, int]]:
    """Return what comments say of lines, by id: whether to do it, whether a lead says so, in which comment.

    `asked` names the addressee of each line. The last comment of an addressee counts, and outranks a lead's; None
    where it does not say one thing.
    """
    found: dict[str, tuple[bool | None, bool, int]] = {}
    for comment in sorted(comments, key=lambda each: each.number):
        who = person(comment.author)

        def is_own_name(word: str, who: object = who) -> bool:
            return person(word.removesuffix("です")) == who

        said: dict[str, bool | None] = {}
        for id, yes in read_comment(comment.body, is_own_name):
            said[id] = yes if said.get(id, yes) is yes else None
        for id, yes in said.items():
            if id not in asked:
                continue
            if who == person(asked[id]):
                found[id] = (yes, False, comment.number)
            elif lead is not None and who == lead and (id not in found or found[id][1]):
                found[id] = (yes, True, comment.number)
    return found


class TickOutcome(StrEnum):
    """What became of a change that a checklist asks about."""

    ANSWERED = "answered"
    STANDS = "stands"  # as it was collected before
    WITHDRAWN = "withdrawn"
    WAITING = "waiting"
    DOUBTFUL = "doubtful"
    BY_HAND = "by hand"  # decided in the plan itself, and it stays so


@dataclass(frozen=True, slots=True)
class CollectedAnswers:
    """A plan with its answers. `outcomes` of the changes asked about; `doubts` say why one is no answer."""

    plan: Plan
    outcomes: tuple[tuple[Change, TickOutcome], ...]
    doubts: Mapping[str, TickDoubt]
    by_comment: int = 0

    def count(self, outcome: TickOutcome) -> int:
        """Return how many came out so."""
        return sum(each is outcome for _, each in self.outcomes)


PostReadings = Mapping[str, Mapping[str, TickReading]]
"""The readings of each post (`esa:1440`), by line."""
PostComments = Mapping[str, Mapping[str, tuple[bool | None, bool, int]]]


def list_unanswered(ids: Iterable[str], readings: PostReadings) -> tuple[str, ...]:
    """Return the lines whose boxes say nothing: for those, comments are worth reading."""
    return tuple(id for id in ids if _combine(id, readings)[0] is None)


def settle_answers(plan: Plan, readings: PostReadings, comments: PostComments) -> CollectedAnswers:
    """Return the plan with what was answered decided, and what was taken back undecided again."""
    made: list[Change] = []
    outcomes: list[tuple[Change, TickOutcome]] = []
    doubts: dict[str, TickDoubt] = {}
    for change in plan.changes:
        if not change.asked:
            made.append(change)
            continue
        answer, doubt = combine_answers(id := line_id(change), readings, comments)
        new, outcome = _decide(change, answer, doubt, kept=is_kept(id, readings) and doubt is not TickDoubt.COMMENT)
        if doubt:
            doubts[change.id] = doubt
        made.append(new)
        outcomes.append((new, outcome))
    said = sum("#comment-" in change.answer for change, outcome in outcomes if outcome is TickOutcome.ANSWERED)
    return CollectedAnswers(replace(plan, changes=tuple(made)), tuple(outcomes), doubts, said)


def _decide(change: Change, answer: str | None, doubt: TickDoubt, *, kept: bool) -> tuple[Change, TickOutcome]:
    by_hand = change.accept is not change.answer.startswith("yes")
    if by_hand:
        return change, TickOutcome.BY_HAND
    if answer == change.answer or (answer is None and kept and change.answer):
        return change, TickOutcome.STANDS if change.answer else TickOutcome.WAITING
    if answer is not None:
        return replace(change, accept=answer.startswith("yes"), answer=answer), TickOutcome.ANSWERED
    if change.answer:
        return replace(change, accept=False, answer=""), TickOutcome.WITHDRAWN
    return change, TickOutcome.DOUBTFUL if doubt else TickOutcome.WAITING


def combine_answers(id: str, readings: PostReadings, comments: PostComments) -> tuple[str | None, TickDoubt]:
    """Return the answer to a line, of its boxes or else of comments, and the doubt there is about it."""
    answer, doubt = _combine(id, readings)
    if answer is None and doubt is not TickDoubt.BOTH:
        answer, said = _combine_comments(id, comments)
        doubt = said or doubt
    return answer, doubt


def _combine(id: str, readings: PostReadings) -> tuple[str | None, TickDoubt]:
    """Return the answer of the boxes in all posts, None where they say none or two, and the doubt there is."""
    found: dict[TickAnswer, str] = {}
    doubt = TickDoubt.NONE
    for post, lines in readings.items():
        if (read := lines.get(id)) is None:
            continue
        if read.answer in (TickAnswer.YES, TickAnswer.NO):
            found.setdefault(read.answer, f"{read.answer} {'lead ' if read.lead else ''}{post}@{read.revision}")
        doubt = doubt or read.doubt
    if len(found) > 1:
        return None, TickDoubt.BOTH
    return (next(iter(found.values())), TickDoubt.NONE) if found else (None, doubt)


def is_kept(id: str, readings: PostReadings) -> bool:
    """Whether no post says that what was answered is taken back: its line is gone, or was ticked before all we see."""
    found = [each for lines in readings.values() if (each := lines.get(id)) is not None]
    return all(each.answer is TickAnswer.KEPT for each in found)


def _combine_comments(id: str, comments: PostComments) -> tuple[str | None, TickDoubt]:
    said = [(post, found[id]) for post, found in comments.items() if id in found]
    answers = {yes for _, (yes, _, _) in said}
    if len(answers) != 1 or answers == {None}:
        return None, TickDoubt.COMMENT if said else TickDoubt.NONE
    post, (yes, lead, number) = said[0]
    return f"{'yes' if yes else 'no'} {'lead ' if lead else ''}{post}#comment-{number}", TickDoubt.NONE


def describe_asked(plan: Plan) -> Text | None:
    """Describe what colleagues are asked about a plan, None where nobody is."""
    asked = [each for each in plan.changes if each.asked]
    if not asked:
        return None
    open_ = sum(not each.answer and not each.accept for each in asked)
    return t(
        f"チェックリストでたずねている変更 {len(asked):,} 件のうち、{open_:,} 件は答えを待っています"
        "（kb plan collect で読み取ります）。",
        f"of {count_noun(len(asked), 'change')} that checklists ask about, {open_:,} wait for an answer "
        "(kb plan collect reads them).",
    )


def share_changes(plan: Plan, asked: Mapping[str, str], posts: Sequence[str]) -> Plan:
    """Return the plan with whom each change (by id) is asked of: undecided until they answer, whatever kb proposes."""

    def ask(change: Change) -> Change:
        if (who := asked.get(change.id)) is None:
            return change
        if change.asked and change.asked == who:
            return change
        return replace(change, asked=who, answer="", accept=False, proposed=False)

    shared = tuple(dict.fromkeys((*plan.shared, *posts)))
    return replace(plan, changes=tuple(map(ask, plan.changes)), shared=shared)
