"""One sitting of `kb triage`: show a finding, read a key, store the decision.

Where a sitting stopped is not stored: what was decided is in kb-decisions.toml and does not come again, what was
skipped comes next time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from kb.commands.weekly.triage_card import format_finding_card
from kb.commands.weekly.triage_keys import (
    ON_PAIRS,
    TRIAGE_KEYS,
    DecisionKeys,
    choose_keys,
    format_key_help,
)
from kb.console.sitting import InputEnded, Keys, Sitting, Undo, format_keys, parse_key
from kb.errors import KbError
from kb.lint.formats.rows import FindingRow
from kb.lint.printable import safe_url
from kb.lint.triage import TriageQueue
from kb.lint.waivers.decisions import Decision, DecisionKind, render_decision
from kb.lint.waivers.set_aside import DECISIONS_FILE, DecisionFile
from kb.model.document import Visibility
from kb.model.finding import Finding
from kb.model.masked import Masked
from kb.rules.registry import RuleText
from kb.text.lang import Text, t

DECIDED_WORDS: dict[DecisionKind, Text] = {
    DecisionKind.ACCEPT: t("受け入れました", "accepted"),
    DecisionKind.SNOOZE: t("あとにしました", "snoozed"),
    DecisionKind.ASK: t("聞いたことを控えました", "noted that you asked"),
    DecisionKind.TICKET: t("チケットを控えました", "noted the ticket"),
    DecisionKind.SAME: t("同じ障害と控えました", "noted as the same trouble"),
    DecisionKind.NOT_SAME: t("別の障害と控えました", "noted as another trouble"),
}
"""Said when a decision was kept. That a value was rotated is decided on elsewhere (`kb secrets rotated`)."""


_FOR_ALL = ("a", "z", "t", "s")
"""The keys that can stand after `r`; a question is asked about one place."""


@dataclass(slots=True)
class TriageCounts:
    """What a sitting came to."""

    decided: Counter[DecisionKind] = field(default_factory=Counter)
    skipped: int = 0
    left: int = 0
    ended: bool = False  # the input ended before the person did


@dataclass
class TriageSession(Sitting[FindingRow]):
    """One person deciding on findings.

    `words` are those of a finding's rule, `line_of` gives the line it begins on, "" where nobody may
    see it. `browse` opens an address and says whether it could. `key` is the id of the key secrets were named with,
    `question` what to ask about what runs.
    """

    keys = TRIAGE_KEYS

    queue: TriageQueue
    file: DecisionFile
    words: Callable[[FindingRow], RuleText]
    line_of: Callable[[FindingRow], Masked]
    by: str
    today: date
    read: Callable[[str], str | None]
    write: Callable[[str], object]
    browse: Callable[[str], bool]
    former: Container[str] = ()
    key: str = ""
    question: Callable[[Finding], str] = lambda finding: ""
    tally: TriageCounts = field(default_factory=TriageCounts)
    _done: list[tuple[int, Undo]] = field(default_factory=list)
    _passed: set[str] = field(default_factory=set)  # fingerprints of what was skipped with others of its page

    def run(self) -> TriageCounts:
        """Show finding after finding until the last, `q`, or the end of the input."""
        try:
            self.walk(self.queue.first)
        except InputEnded:
            self.tally.ended = True
        finally:
            self.tally.left = self._left()
        return self.tally

    def is_settled(self, item: FindingRow) -> bool:
        """Return whether a decision stands now, made here or elsewhere, or it was skipped with others."""
        if item.finding.fingerprint in self._passed:
            return True
        try:
            return self.file.decisions().settles(item.finding, self.today)
        except KbError as error:
            self.say_error(error)
            return False

    def show(self, item: FindingRow, number: int, total: int) -> None:
        card = format_finding_card(item, self.words(item), self.line_of(item), number, self.queue.total)
        self.write_lines(["", *card, "", *format_keys(self.list_keys(item))])

    def list_keys(self, item: FindingRow) -> Keys:
        return choose_keys(len(self._list_same(item)), pairs=bool(item.finding.same_as))

    def explain(self, item: FindingRow) -> Iterator[str]:
        return format_key_help(self.list_keys(item), item.finding.code)

    def press(self, item: FindingRow, key: str, rest: str) -> Undo | None:
        rows: tuple[FindingRow, ...] = (item,)
        if key == "r":
            key, rest = parse_key(rest)
            if key not in _FOR_ALL:
                self.say(t("例: r a 理由、r z 2w、r t #123、r s", "examples: r a reason, r z 2w, r t #123, r s"))
                return None
            rows = self._list_same(item)
        if key == "s":
            return self._skip(rows)
        if key == "o":
            self._open(item)
            return None
        keys = DecisionKeys(
            self.by, self.today, self.read_line, self.say, self.words, self.former, self.key, self.question
        )
        if key in ON_PAIRS:
            answers = keys.answer(item, same=key == "y", reason=rest)
            if not answers or not self._keep(answers, item.entry.visibility):
                return None
            return partial(self._take_back, answers)
        decision = {"a": keys.accept, "z": keys.snooze, "m": keys.ask, "t": keys.ticket}[key](item, rest)
        decisions = keys.repeat(decision, rows) if decision is not None else ()
        visibility = min(each.entry.visibility for each in rows)
        if not decisions or not self._keep(decisions, visibility):
            return None
        return partial(self._take_back, decisions)

    def _list_same(self, item: FindingRow) -> tuple[FindingRow, ...]:
        """Return what is undecided of an item's rule on its page."""
        place = item.entry.doc, item.finding.code
        same = (each for each in self.queue.first if (each.entry.doc, each.finding.code) == place)
        return tuple(each for each in same if each is item or not self.is_settled(each))

    def _keep(self, decisions: Sequence[Decision], visibility: Visibility) -> bool:
        """Write the same decision on one finding or several, all or none, where those may read who may read them."""
        path = self.file.path_for(visibility)
        if not self.try_write(lambda: self.file.add(_render(decisions), path)):
            return False
        name = self.file.name_of(path)
        first, count = decisions[0], _count_findings(decisions)
        self.tally.decided[first.what] += count
        until = t(f"（{first.until} まで）", f" (until {first.until})") if first.until else t("", "")
        several = t(f"（{count:,} 件）", f" ({count:,} findings)") if count > 1 else t("", "")
        self.say(
            t(
                f"✓ {DECIDED_WORDS[first.what].ja}{several.ja}{until.ja}: {name}",
                f"✓ {DECIDED_WORDS[first.what].en}{several.en}{until.en}: {name}",
            )
        )
        return True

    def _skip(self, rows: Sequence[FindingRow]) -> Undo:
        """Pass over findings in this sitting; return what takes that back."""
        passed = {each.finding.fingerprint for each in rows} if len(rows) > 1 else set()
        self._passed |= passed
        self.tally.skipped += len(rows)

        def unskip() -> bool:
            self._passed -= passed
            self.tally.skipped -= len(rows)
            return True

        return unskip

    def _take_back(self, decisions: Sequence[Decision]) -> bool:
        try:
            taken = self.file.take_back(_render(decisions))
        except KbError as error:
            self.say_error(error)
            return False
        if taken:
            self.tally.decided[decisions[0].what] -= _count_findings(decisions)
            self.say(t("前の決定を取り消しました。", "the decision before was taken back."))
        else:
            self.say(
                t(
                    f"{DECISIONS_FILE} が書き換えられているので、取り消しは手で行ってください。",
                    f"{DECISIONS_FILE} was edited meanwhile: please take the decision back by hand.",
                )
            )
        return True

    def _left(self) -> int:
        """Count the undecided findings, those beyond this sitting included."""
        try:
            decided = self.file.decisions()
        except KbError:
            return self.queue.total - self.tally.decided.total()
        settled = sum(decided.settles(each.finding, self.today) for each in self.queue.first)
        return self.queue.total - settled

    def _open(self, row: FindingRow) -> None:
        if not (url := safe_url(row.entry)):
            self.say(t("このページには URL がありません。", "this page has no address."))
        elif self.browse(url):
            self.say(t(f"開きました: {url}", f"opened {url}"))
        else:
            self.say(t(f"ブラウザーを起動できません: {url}", f"no browser could be started: {url}"))


def _count_findings(decisions: Sequence[Decision]) -> int:
    """Return on how many findings these decide: the answers on one incident's earlier ones are one."""
    return 1 if decisions[0].other else len(decisions)


def _render(decisions: Sequence[Decision]) -> str:
    """Return decisions as they stand in the file."""
    return "\n".join(render_decision(each).strip("\n") + "\n" for each in decisions)
