"""Propose a ticket for a measure that has none, and its number behind the measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from kb.model.facts import Facts, Item, Role
from kb.model.plan import NEW_TICKET_KEYS, Change, ChangeKey, SeenState, Verb
from kb.plan.propose.new_ticket import MOST_EACH_DAY
from kb.plan.propose.number_place import TRIAL, find_number_place
from kb.plan.propose.post import PostHead, group_title
from kb.plan.propose.tickets import RedminePerson
from kb.plan.sections.numbers import MAX_LINES, digest_lines, fill_in_words, find_measure, link_ticket
from kb.plan.values import MAX_SUBJECT
from kb.reading.claims.attributes import peel
from kb.secrets.mask_document import mask_text
from kb.text.display import sanitize, sanitize_lines
from kb.text.fold import fold_text
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

NO_PLACE = t("番号を書き込む場所が決められないもの", "where no place for the number could be found")
STANDS_TWICE = t("同じ行が記事にもう 1 か所あるもの", "whose lines stand twice in their page")
WITH_SECRET = t("対策の行に秘密の値がありそうなもの", "whose lines seem to hold a secret")
NO_WORDS = t("対策の言葉が読み取れないもの", "whose words cannot be read")
TOO_OLD = t("1 年より前のもの（--page で指定すれば入ります）", "more than a year old (give --page to have them)")
MADE_ALREADY = t("kb が作った開いているチケットがあるもの", "for which kb made a ticket that is open")
CARE_ALONE = t("注意や周知だけで、何をするかが決まっていないもの", "that rest on care alone, with nothing to carry out")
NOT_ALL_SEE = t("メンバー全員には見えないもの", "that not every member can see")
NEXT_TIME = t("1 回に作る件数を超えるもの（次の回に）", "beyond what one run makes (another time)")
NEXT_DAY = t(
    f"1 人 1 日 {MOST_EACH_DAY:,} 件を超えるもの（次の日に）",
    f"beyond {MOST_EACH_DAY} a day for a person (another day)",
)

NOTHING = t("", "")
_LEADING = compile_lazy(
    r"\s*(?:[-*+•・●○◯▪■□]\s+|[(（]?[0-9]{1,3}[.)．）]\s*|[①-⑳]\s*|#{1,6}\s+|>\s*)*(?:\[[ xX]\]\s*)?"
)
_LINK = compile_lazy(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,500}\)")
_MENTION = compile_lazy(r"@(?=[A-Za-z0-9_-])")
_MARKS = compile_lazy(r"\*\*|__|~~|`+")


@dataclass(frozen=True, slots=True)
class TicketPlace:
    """Where a ticket is made: a project's identifier, a tracker's name, and why there. `redmine` is the address."""

    project: str
    tracker: str
    why: Text
    redmine: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whom a ticket is given to (None: nobody), why, and what is doubtful about that."""

    person: RedminePerson | None = None
    why: Text = NOTHING
    doubt: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure without a ticket: its post with the text, and where it stands there.

    `id` is what its tickets are known by (8 hex digits); `earlier` the closed ticket kb made for it before, 0 for none.
    """

    post: PostHead
    text: str
    item: Item
    id: str
    earlier: int = 0

    @property
    def target(self) -> str:
        """What a plan calls the ticket that is to be made."""
        return f"redmine:new-{self.post.number}-{self.id}"

    @property
    def count(self) -> int:
        """How many lines it has."""
        span = self.item.span
        ends_before = span.end_column == 1 and span.end_line > span.line
        return span.end_line - span.line + (0 if ends_before else 1)

    @property
    def lines(self) -> str:
        """Its lines."""
        at = self.item.span.line - 1
        return "\n".join(self.text.split("\n")[at : at + self.count])

    @property
    def words(self) -> str:
        """What is to be done, without who and by when, on one line; "" where nothing can be read."""
        head = self.lines.split("\n", 1)[0][self.item.span.column - 1 :]
        if self.lines.lstrip().startswith("|"):
            head = head.partition("|")[0] if not head.startswith("|") else head[1:].partition("|")[0]
        plain = sanitize(_MARKS.sub("", _LINK.sub(r"\1", _LEADING.sub("", head.strip(), count=1)))).strip()
        core = peel(fold_text(plain)).core.strip()
        return plain if not core or fold_text(plain) == core else core


def propose_ticket(
    measure: Measure, place: TicketPlace, given: Assignment, reads: Callable[[str], Facts]
) -> tuple[Change, Change] | Text:
    """Return the ticket for a measure and its number behind it, or why there is none. `reads` reads the post's text."""
    post, item, words = measure.post, measure.item, measure.words
    if mask_text(measure.lines) != measure.lines or mask_text(words) != words:
        return WITH_SECRET
    if not words or measure.count > MAX_LINES:
        return NO_WORDS if not words else NO_PLACE
    written = link_ticket(measure.target, place.redmine)
    spot = find_number_place(measure.text, item, reads, fill_in_words(written, measure.target, TRIAL))
    if spot is None and written != measure.target:
        written = measure.target
        spot = find_number_place(measure.text, item, reads)
    if spot is None:
        return NO_PLACE
    column, lead, trail = spot
    title = mask_text(post.title)
    seen = SeenState(
        post.updated_at,
        post.revision,
        digest_lines(measure.text, item.span.line, measure.count),
        item.span.line,
        column,
    )
    if not find_measure(measure.text, seen, once=True):
        return STANDS_TWICE
    group = group_title(
        title, f"{place.project} の {place.tracker}", t("チケットのない対策", "measures without a ticket")
    )
    why = _reason(measure, given)
    subject = words if len(words) <= MAX_SUBJECT else f"{words[: MAX_SUBJECT - 1]}…"
    doubts = [given.doubt] if given.doubt.ja else []
    if measure.earlier:
        doubts.append(
            t(
                f"この対策には #{measure.earlier} があり、終了しています。作り直してよいか確かめてください。",
                f"#{measure.earlier} was made for it, and is closed: see whether there should be another.",
            )
        )
    ticket = Change(
        kind=Verb.TICKETS,
        target=measure.target,
        before=dict.fromkeys(NEW_TICKET_KEYS, ""),
        after={
            ChangeKey.TITLE: subject, ChangeKey.PROJECT: place.project, ChangeKey.TRACKER: place.tracker,
            ChangeKey.DUE: _day(item.due), ChangeKey.ASSIGNEE: str(given.person) if given.person else "",
        },
        seen=seen,
        group=group,
        reason=str(t(f"{why.ja}{place.why.ja}", f"{why.en} {place.why.en}")),
        accept=False,
        title=title,
        secret_title=title != post.title,
        note=_describe(measure),
        warning="".join(str(each) for each in doubts),
    )  # fmt: skip
    number = Change(
        kind=Verb.TICKETS,
        target=f"esa:{post.number}",
        before={ChangeKey.NUMBER: ""},
        after={ChangeKey.NUMBER: f"{lead}{written}{trail}"},
        seen=seen,
        group=group,
        reason=str(t("作ったチケットの番号を、対策の後ろに書きます。", "The number of the new ticket goes behind it.")),
        accept=False,
        title=title,
        secret_title=title != post.title,
    )
    return ticket, number


def _day(due: str) -> str:
    try:
        return date.fromisoformat(due).isoformat()
    except ValueError:
        return ""


_ROLES = {Role.PREVENTION: t("再発防止", "prevention"), Role.FIX_PERM: t("恒久対応", "permanent fix")}


def _reason(measure: Measure, given: Assignment) -> Text:
    item, role = measure.item, _ROLES.get(measure.item.role, t("対策", "measure"))
    ja, en = f"{item.span.line} 行目の{role.ja}。", f"A measure ({role.en}) in line {item.span.line}."
    if due := _day(item.due):
        ja, en = f"{ja}期日は {due}。", f"{en} Due {due}."
    return t(f"{ja}{given.why.ja}", f"{en} {given.why.en}".strip())


def _describe(measure: Measure) -> str:
    """Return the text of a ticket: the measure as it stands, and the way back to its page. It mentions nobody."""
    post = measure.post
    quoted = "\n".join(f"> {line.rstrip()}" for line in measure.lines.split("\n") if line.strip())
    quoted = _MENTION.sub("＠", quoted)  # Redmine mails whom a description mentions (5.0 on)
    where = f"{_MENTION.sub('＠', post.title.strip())} {post.url}".strip()
    said = t(
        f"障害の記事の対策です。\n\n{quoted}\n\n記事: {where}",
        f"A measure of an incident page.\n\n{quoted}\n\nPage: {where}",
    )
    return sanitize_lines(str(said))


def with_earlier(measure: Measure, number: int) -> Measure:
    """Return a measure for which kb made a ticket before, which is closed."""
    return replace(measure, earlier=number)
