"""同じ障害が繰り返されています / The same trouble came again

なぜ:
    同じ原因の障害が二度、三度と起きるのは、前回の再発防止が終わっていないか、足りなかったときです。
    前のページと、その再発防止がどうなったかを 1 行で示します。ふりかえりを一から始めずに済みます。
    警告になるのは、ページ自身が前のページを挙げてそう書いている（再発、前回 #1204 と同じ）ときと、
    書かれた原因が同じときだけです。
    どの障害の再発かが書かれていないとき、4 回目より多いとき、同じ部分の同じしくみが別の言葉で書かれているときは、
    「同じ障害ですか」とたずねます。答えは一度で済みます。ほかのページどうしの関係からは何も決めません。
    同じエラーの文、同じホスト、同じ症状、「停止した」だけの原因は、同じ障害のしるしにしません。
悪い例:
    # 【再発】採点が止まった
    前回（#1204）と同じ。1 件ずつ読む修正が残っていた。
良い例:
    # batch-02 が起動しない
    systemd の依存の書き間違い。#1204 とは別の原因。
Why:
    The same cause strikes a second and a third time when the prevention of the first was not finished, or not enough.
    This says in a line which page came first, and what became of its prevention.
    It warns only where the page itself says so and names the earlier one (again, the same as #1204), or where both
    state the same cause. Where it does not say which one came again, counts more than three times, or tells the same
    mechanism on the same part in other words, it asks, and an answer is kept. Nothing follows from what other pages
    repeat.
    The same error text, host or symptom, or a cause like "it stopped", is no sign of the same trouble.
Bad:
    # Grading stopped again
    The same as #1204: the fix that reads one at a time was still to do.
Good:
    # batch-02 does not start
    A typo in a systemd dependency. Unrelated to #1204.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.model.document import RawDocId, parse_doc
from kb.model.facts import Confidence, Facts, Role
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.model.recurrence import EarlierIncident, Recurrence, RepeatKind
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.fold import hash_content
from kb.text.lang import Text, space_ascii, t
from kb.text.lines import Span
from linters.incident import TOP
from linters.incident.measures import describe_prevention

SAID = t(
    "同じ障害が繰り返されています。前回の再発防止がどうなったかを確かめてください。",
    "The same trouble came again: see what became of the earlier prevention.",
)
LIKELY = t(
    "同じ障害ですか。同じなら前回の再発防止を、違うなら「別の障害」と答えを残せます（kb triage）。",
    "Is this the same trouble? If so, see the earlier prevention; kb triage keeps the answer, yes or no.",
)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for what an incident repeats for certain, and one for what it seems to repeat."""
    facts = entry.facts
    found = world.recurrences.get(str(entry.doc))
    if facts is None or not facts.is_incident or found is None or entry.part != "body":
        return
    if found.claimed:
        evidence = _tell_repeat(found, world)
        yield _hit(SAID, found.claimed, _find_sentence(facts), Confidence.HIGH, f"recurred:{found.kind}", evidence)
    asked = found.likely if found.claimed else (*found.earlier, *found.likely)
    if asked:
        said = found.kind is RepeatKind.SAID and not found.claimed
        cause = facts.role(Role.CAUSE)
        span = _find_sentence(facts) if said else (cause.span or cause.section if cause else None) or TOP
        evidence = _tell_repeat(found, world) if said and found.earlier else _tell_likeness(asked, said=said)
        yield _hit(LIKELY, asked, span, Confidence.MEDIUM, "recurred:likely", evidence, Severity.INFO)


def _hit(
    says: Text,
    earlier: Sequence[EarlierIncident],
    span: Span,
    sure: Confidence,
    reason: str,
    evidence: Text,
    severity: Severity | None = None,
) -> Hit:
    return Hit(
        says,
        span,
        sure,
        role=RepeatKind.LIKELY if severity else "",
        content=hash_content(" ".join(sorted(str(each.doc) for each in earlier))),
        reason=reason,
        evidence=evidence,
        day=earlier[0].day,
        severity=severity,
        same_as=tuple(each.doc for each in earlier),
    )


def _find_sentence(facts: Facts) -> Span:
    """Return the sentence in which the page says that it came again; the top where the title alone does."""
    mentions = facts.sketch.mentions if facts.sketch else ()
    return next((each.span for each in mentions if each.span and not each.apart), TOP)


def _tell_repeat(found: Recurrence, world: World) -> Text:
    first = found.earlier[0]
    came_to = describe_prevention(first, world)
    if found.count:
        ja, en = f"{found.count} 回目です。前の障害", f"{_ordinal(found.count)} time; the prevention of an earlier one"
    else:
        ja, en = "前にもありました。そのとき", "It was there before; the prevention of then"
    return t(
        f"{ja}（{_name(first, '、')}）の再発防止は{space_ascii(came_to.ja)}",
        f"{en} ({_name(first, ', ')}) {came_to.en}",
    )


def _tell_likeness(likely: Sequence[EarlierIncident], *, said: bool) -> Text:
    last = likely[-1]
    more = len(likely) - 1
    ja = f"など {more + 1} 件" if more else ""
    en = f" and {more} more" if more else ""
    if said:
        return t(
            f"再発とありますが、どの障害のかは読み取れません。近いのは {_name(last, ' の ')} {ja}".rstrip(),
            f"the page says that it came again, and not which: nearest is {_name(last, ', ')}{en}",
        )
    return t(
        f"{_name(last, ' の ')} {ja}と、部分も原因のしくみも似ています",
        f"the part and the mechanism are like those of {_name(last, ', ')}{en}",
    )


def _name(earlier: EarlierIncident, between: str) -> str:
    return between.join(filter(None, (earlier.day, _number(earlier.doc))))


def _number(doc: RawDocId) -> str:
    number = parse_doc(doc).number
    return f"#{number}" if number else ""


def _ordinal(count: int) -> str:
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"


rule = Rule(
    "INC601",
    __name__,
    Severity.WARNING,
    gate=("incident",),
    join=join,
    label=t("同じ障害", "the same trouble again"),
)
