"""Score words of a credential's shape under a word that governs them, where no layout is known.

Each sign has a weight: what the governing word promises, how near it stands, how unlike a name the value is, what the
clause says. Their sum decides, and findings name them. With too small a sum a value is covered and not reported.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors.next_line import QUESTION
from kb.secrets.detectors.score import (
    COVERED,
    ENOUGH,
    SURE,
    Score,
    ScoredWord,
    find_words,
    is_promising,
    score_below,
    score_within,
)
from kb.secrets.page.candidates import MAX_LINES, MAX_WORDS, Candidate, Rank, detection_rule, limit_lines, propose
from kb.secrets.page.context import LineContext, refine_kind
from kb.secrets.page.text_page import MAX_CELL_NAME, MAX_READ, TextLine, TextPage
from kb.secrets.scoring.clauses import Governor, find_clause_doubts, find_governors, is_entered, names_other_before
from kb.secrets.scoring.labels import is_aside
from kb.secrets.surroundings.described_fields import DescribedFields
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_SCORED = detection_rule("weighed", Rank.SCORED, t("言葉と形の総合", "words and shape, weighed together"))

_SECTION = 40
_SPOKEN_FOR = 3

Placed = tuple[Governor, float, str]
"""What governs from another place, the weight of that place and its name."""
_FORGOTTEN = compile_lazy(r"忘れ|教えて|分からな|わからな|なんだっけ|何でしたっけ")
_FILLED, _FIELD = compile_lazy(r"[ \t]*:[ \t]*[^\s:]"), compile_lazy(r"[^\s:=。、]{1,14}[ \t]*:[ \t]*\S")
_HEADS = compile_lazy(r"以下|下記|次の|↓|通り|とおり|below")
_KANA, _LATIN, _NUMBER = compile_lazy(r"[ぁ-んァ-ヶー一-龠]+"), compile_lazy(r"[A-Za-z][\w.-]*"), compile_lazy(r"\d+")


class _Governed:
    """Where values stand: those of other rules, and those proposed here."""

    def __init__(self, page: TextPage, candidates: Iterable[Candidate]) -> None:
        self.spans = sorted((each.start, each.end) for each in candidates)
        self.lines = {page.number(each.start): each for each in candidates}

    def add(self, number: int, each: Candidate) -> None:
        insort(self.spans, (each.start, each.end))
        self.lines[number] = each

    def overlap(self, start: int, end: int) -> bool:
        at = bisect_left(self.spans, (start, start))
        return any(first < end and start < last for first, last in self.spans[max(0, at - 2) : at + 2])

    def on(self, line: TextLine, start: int = 0) -> bool:
        return bool(line.text) and self.overlap(line.offset(start), line.offset(len(line.text) - 1) + 1)

    def last_before(self, line: TextLine, word: ScoredWord) -> int:
        """Where on its line the last value before a word ends; -1 when there is none."""
        place = line.offset(word.start)
        at = bisect_left(self.spans, (place, place)) - 1
        if at < 0 or self.spans[at][0] < line.start:
            return -1
        return word.start - (place - self.spans[at][1])


def find_governed(
    page: TextPage, governing: list[int], candidates: list[Candidate], *, named: bool
) -> Iterator[Candidate]:
    """The values on the lines that govern, and on those they speak for, beside what other rules propose."""
    scope = [number for number in _scope(page, governing, named=named) if is_promising(_readable(page, number))]
    if not scope:
        return
    found = _Governed(page, candidates)
    left = MAX_WORDS * limit_lines(len(page.body)) // MAX_LINES
    yield from _tables(page, set(governing), found, scope, left, named=named)
    for number in scope:
        if number in page.tabled:
            continue
        context: LineContext | None = None
        for line in page.pieces(number):
            free = _free(line, found)[:left]
            left -= len(free)
            if free:
                context = context or LineContext(page, number)
                yield from _line(line, context, free, found)


def _readable(page: TextPage, number: int) -> str:
    """A line as far as it is read: as a whole where it may be the row of a table."""
    text = page.text(number)
    return text if "|" in text else text[:MAX_READ]


def _free(line: TextLine, found: _Governed) -> list[ScoredWord]:
    return [each for each in find_words(line) if not found.overlap(line.offset(each.start), line.offset(each.end))]


def _line(line: TextLine, context: LineContext, free: list[ScoredWord], found: _Governed) -> Iterator[Candidate]:
    own = find_governors(line.text)
    above: list[Placed] | None = None
    for word in free:
        before = found.last_before(line, word)
        best = _best(score_within(line, word, each, before) for each in (*_nearest(own, word), *_doing(line, word)))
        if best is None or best.total < ENOUGH:
            above = list(_above(line, context, found)) if above is None else above
            best = _best((best, *(score_below(line, word, *each) for each in above)))
        if best and best.total >= COVERED:
            candidate = _candidate(line, context, word, best)
            if best.total >= ENOUGH:
                found.add(line.number, candidate)
            yield candidate


def _best(scores: Iterable[Score | None]) -> Score | None:
    return max((each for each in scores if each), key=lambda each: each.total, default=None)


def _nearest(own: tuple[Governor, ...], word: ScoredWord) -> list[Governor]:
    """The two governors before a word and the two behind it."""
    at = bisect_left(own, word.start, key=lambda each: each.start)
    return [*(each for each in own[max(0, at - 2) : at] if each.end <= word.start), *own[at : at + 2]]


def _doing(line: TextLine, word: ScoredWord) -> list[Governor]:
    """What is done with a word, for a governor of its own: 8850 で開く, … と入れてください."""
    if not is_entered(line.text, word.end):
        return []
    kind = SecretKind.PIN if word.text.strip("#*").isdigit() else SecretKind.PASSWORD
    return [Governor(kind, 2.0, word.end, word.end)]


def _above(line: TextLine, context: LineContext, found: _Governed) -> Iterator[Placed]:
    """What speaks from above: the nearest lines, the heading, the title, and a value on a line made like this one."""
    between = 0.0
    for distance, each in enumerate(context.above):
        other = found.lines.get(each.number) if distance == 0 else None
        if other and other.kind is not SecretKind.PIN and _alike(each, line):
            yield Governor(other.kind, 2.5, 0, 0), 1.0, "another-above"
        own = find_governors(each.text)
        if own and is_aside(each.text) and not _FORGOTTEN.search(each.text):
            return
        if own and distance == 0 and _fields_alike(each, line, own[-1].end):
            break
        if own:
            for last in _kinds(own):
                yield last, _announces(each, last, found) - 0.5 * distance - between, "above"
            if distance == 0:
                break
        between += sum(weight for _, weight in find_clause_doubts(each.text))
    for text, how, weight in ((context.heading, "heading", 1.0), (context.page.title, "title", 0.5)):
        own = find_governors(text) if text else ()
        if own and not is_aside(text):
            yield from ((last, weight, how) for last in _kinds(own))


def _kinds(own: Iterable[Governor]) -> list[Governor]:
    """The last word of each kind: 端末の解除 may want digits or a password."""
    return list({each.kind: each for each in own}.values())


def _announces(line: TextLine, governor: Governor, found: _Governed) -> float:
    """Weigh how clearly a line says that its value stands below."""
    if found.on(line, min(governor.end, len(line.text) - 1)):
        return -1.0
    rest = line.text[governor.end :].strip(" \t。.:=→↓()[]【】*_`~」』")
    answered = not line.code and _FILLED.match(line.text, governor.end) and not _HEADS.search(line.text, governor.end)
    if answered and not QUESTION.search(line.text, governor.end):
        return -1.0
    if QUESTION.search(line.text, governor.end) or len(rest) <= 8:
        return 2.0
    return 0.5 - sum(weight for _, weight in find_clause_doubts(line.text))


def _fields_alike(above: TextLine, line: TextLine, end: int) -> bool:
    """Whether two lines are fields of one list, of which that above has its own value: パスワード: 別途, 環境: ….

    `end`: where its name ends.
    """
    filled, named = _FILLED.match(above.text, end), _FIELD.match(line.text, line.lead)
    return bool(filled and named and line.lead == above.lead and not _HEADS.search(above.text, end))


def _alike(one: TextLine, other: TextLine) -> bool:
    """Whether two lines are entries of one list: what leads them is built alike."""

    def outline(line: TextLine) -> tuple[str, int]:
        text = _NUMBER.sub("0", _LATIN.sub("a", _KANA.sub("あ", line.text[:200])))
        return text[: line.lead + 2], len(re.findall(r"[\t:=→|,]| {2}", text))

    return outline(one) == outline(other)


def _tables(
    page: TextPage, governing: set[int], found: _Governed, scope: list[int], left: int, *, named: bool
) -> Iterator[Candidate]:
    """The values in tables that words for credentials stand in or above; `left` words of long cells are scored."""
    for outline in page.tables:
        at = bisect_left(scope, outline.first)
        if at == len(scope) or scope[at] > outline.last:
            continue
        context = LineContext(page, outline.first)
        over = [each for each in _above(page.line(outline.first), context, found) if each[2] != "another-above"]
        if not (named or over or not governing.isdisjoint(range(outline.first, outline.last + 1))):
            continue
        grid = outline.grid()
        described = DescribedFields(grid)
        if described.lists_tests:
            continue
        heads = {at: cell.line.text[:MAX_CELL_NAME] for at, cell in grid[0].items()} if grid else {}
        for number, row in enumerate(grid):
            columns = sorted(row)
            for place, at in enumerate(columns):
                if place and number and described.is_aside(at):
                    continue
                before = [page.cell_pieces(row[each].line)[-1] for each in columns[max(0, place - 3) : place]]
                pieces = page.cell_pieces(row[at].line)
                for piece in pieces:
                    free = _free(piece, found)
                    if len(pieces) > 1:
                        free = free[:left]
                        left -= len(free)
                    head = heads.get(at, "") if number else ""
                    yield from _cell(piece, context, free, head, before, over, found)


def _cell(
    line: TextLine,
    context: LineContext,
    free: list[ScoredWord],
    head: str,
    before: list[TextLine],
    over: list[Placed],
    found: _Governed,
) -> Iterator[Candidate]:
    """The values in one cell. `head` names its column, `before` are cells before it in its row, `over` is above all."""
    left = before[-1].text.rstrip() if before else ""
    if not free or (head and names_other_before(head, len(head))) or (left and names_other_before(left, len(left))):
        return
    around: list[Placed] = []
    if not any(map(found.on, before)):
        around += [(each, 1.5, "column") for each in _kinds(find_governors(head))]
        for distance, cell in enumerate(reversed(before)):
            own = tuple(each for each in find_governors(cell.text) if "compound" not in each.doubts)
            if own and not find_clause_doubts(cell.text):
                around += [(each, 1.5 - 0.5 * distance, "row") for each in _kinds(own)]
        around += [(governor, weight - 0.5, how) for governor, weight, how in over]
    own = find_governors(line.text)
    for word in free:
        last = found.last_before(line, word)
        best = _best(
            (
                *(score_within(line, word, each, last) for each in _nearest(own, word)),
                *(score_below(line, word, *each) for each in around),
            )
        )
        if best and best.total >= COVERED:
            yield _candidate(line, context, word, best)


def _scope(page: TextPage, governing: Iterable[int], *, named: bool) -> list[int]:
    """The numbers of the lines that govern, and of those below that they may speak for."""
    heads = page.plain_headings  # nothing is parsed for a page without a promising line
    marks = set(heads)
    found: set[int] = set()
    last = len(page.starts) - 1
    for number in governing:
        end = min(number + _SECTION, last)
        if number in marks:
            at = bisect_left(heads, number + 1)
            found.update(range(number, min(end, heads[at] - 1 if at < len(heads) else last) + 1))
            continue
        found.add(number)
        filled = 0
        for each in range(number + 1, min(number + 8, last) + 1):
            if each in marks:
                break
            found.add(each)
            filled += bool(page.text(each).strip())
            if filled == _SPOKEN_FOR:
                break
    if named:
        found.update(range(min(_SECTION, last) + 1))
    return sorted(found)


def _candidate(line: TextLine, context: LineContext, word: ScoredWord, score: Score) -> Candidate:
    total = score.total
    kind = refine_kind(score.governor.kind, line, context)
    sure = Confidence.HIGH if total >= SURE else Confidence.MEDIUM if total >= ENOUGH else Confidence.LOW
    signs, doubts = "/".join(score.signs), tuple(score.doubts)
    return propose(line, (word.start, word.end), kind, sure, _SCORED, signs, doubts, score.keyword)
