"""One sitting of `kb triage`: show a finding, read a key, keep what was decided.

It reads lines, from a terminal or a file alike: a key, and after a blank the words that belong to
it (`z 2w`); what is missing is asked for. The place where a sitting stopped is kept nowhere: what
was decided stands in kb-decisions.toml and does not come again, what was skipped comes next time.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from datetime import date

from kb.commands.weekly.triage_keys import Answer, DecisionKeys, format_finding_card, format_key_help, format_key_line
from kb.errors import KbError
from kb.lint.formats.rows import FindingRow, TriageQueue
from kb.lint.printable import safe_url
from kb.lint.waivers.decisions import Decision, DecisionKind, render_decision
from kb.lint.waivers.set_aside import DECISIONS_FILE, DecisionFile
from kb.rules.registry import RuleText
from kb.text.display import sanitize
from kb.text.invisible import is_invisible
from kb.text.lang import Text, t

DECIDED_WORDS: dict[DecisionKind, Text] = {
    DecisionKind.ACCEPT: t("受け入れました", "accepted"),
    DecisionKind.SNOOZE: t("あとにしました", "snoozed"),
    DecisionKind.ASK: t("聞いたことを控えました", "noted that you asked"),
    DecisionKind.TICKET: t("チケットを控えました", "noted the ticket"),
}
"""Said when a decision was kept. That a value was rotated is decided on elsewhere (`kb secrets rotated`)."""


class _InputEnded(Exception):
    """There is no more input."""


@dataclass(slots=True)
class TriageCounts:
    """What a sitting came to."""

    decided: Counter[DecisionKind] = field(default_factory=Counter)
    skipped: int = 0
    left: int = 0
    ended: bool = False  # the input ended before the person did


@dataclass(slots=True)
class TriageSession:
    """One person deciding.

    `words` are those of a finding's rule, `line_of` gives the line it begins on, "" where nobody may
    see it. `read` shows a prompt and gives the next line, None when there is none; `browse` opens an
    address and says whether it could. `key` is the id of the key secrets were named with.
    """

    queue: TriageQueue
    file: DecisionFile
    words: Callable[[FindingRow], RuleText]
    line_of: Callable[[FindingRow], str]
    by: str
    today: date
    read: Callable[[str], str | None]
    write: Callable[[str], object]
    browse: Callable[[str], bool]
    former: Container[str] = ()
    key: str = ""
    tally: TriageCounts = field(default_factory=TriageCounts)
    _behind: list[tuple[int, Decision | None]] = field(default_factory=list)

    def run(self) -> TriageCounts:
        """Show finding after finding until the last, `q`, or the end of the input."""
        try:
            self._walk()
        except _InputEnded:
            self.tally.ended = True
        finally:
            self.tally.left = self._left()
        return self.tally

    def _walk(self) -> None:
        at, anyway = 0, False
        while at < len(self.queue.first):
            row = self.queue.first[at]
            if not anyway and self._is_decided(row):
                at += 1
                continue
            self._lines(
                [
                    "",
                    *format_finding_card(row, self.words(row), self.line_of(row), at + 1, self.queue.total),
                    "",
                    *format_key_line(),
                ]
            )
            step, decision = self._decide(row)
            if step == 0:
                return
            if step < 0:
                at, anyway = self._back(at), True
                continue
            self._behind.append((at, decision))
            at, anyway = at + 1, False

    def _decide(self, row: FindingRow) -> tuple[int, Decision | None]:
        """Read keys until one leaves this finding: the step to take (0: quit), and what was decided."""
        while True:
            key, rest = self._key()
            if key in ("q", "x"):
                return 0, None
            if key == "b":
                if self._behind:
                    return -1, None
                self._say(t("これが最初です。", "this is the first."))
            elif key == "s":
                self.tally.skipped += 1
                return 1, None
            elif key == "o":
                self._open(row)
            elif key == "?":
                self._lines([*format_key_help(row.finding.code), "", *format_key_line()])
            elif key in ("a", "z", "m", "t"):
                decision = self._answer(key)(row, rest)
                if decision is not None and self._keep(decision):
                    return 1, decision
            elif key:
                self._say(t(f"「{key}」というキーはありません。", f"there is no key {key!r}."))
                self._lines(format_key_line())

    def _answer(self, key: str) -> Answer:
        answers = DecisionKeys(self.by, self.today, self._line, self._say, self.words, self.former, self.key)
        return {"a": answers.accept, "z": answers.snooze, "m": answers.ask, "t": answers.ticket}[key]

    def _key(self) -> tuple[str, str]:
        """A key as it was typed, in any width and case, and the words after it."""
        word, _, rest = self._line("> ").replace("\u3000", " ").strip().partition(" ")
        key = unicodedata.normalize("NFKC", word).casefold()
        return key[:20], rest.strip()

    def _line(self, prompt: str) -> str:
        line = self.read(prompt)
        if line is None:
            raise _InputEnded
        return "" if is_invisible(line) else sanitize(line).strip()

    # -- what is kept ---------------------------------------------------------------------------

    def _keep(self, decision: Decision) -> bool:
        """Write a decision down; when that fails the finding stays, and the person may try again."""
        try:
            self.file.add(render_decision(decision))
        except KbError as error:
            self._trouble(error)
            return False
        self.tally.decided[decision.what] += 1
        until = t(f"（{decision.until} まで）", f" (until {decision.until})") if decision.until else t("", "")
        self._say(
            t(
                f"✓ {DECIDED_WORDS[decision.what].ja}{until.ja}: {DECISIONS_FILE}",
                f"✓ {DECIDED_WORDS[decision.what].en}{until.en}: {DECISIONS_FILE}",
            )
        )
        return True

    def _back(self, at: int) -> int:
        """One finding back, where what was decided is taken back."""
        before, decision = self._behind[-1]
        if decision is None:
            self.tally.skipped -= 1
        else:
            try:
                taken = self.file.take_back(render_decision(decision))
            except KbError as error:
                self._trouble(error)
                return at
            if taken:
                self.tally.decided[decision.what] -= 1
                self._say(t("前の決定を取り消しました。", "the decision before was taken back."))
            else:
                self._say(
                    t(
                        f"{DECISIONS_FILE} が書き換えられているので、取り消しは手で行ってください。",
                        f"{DECISIONS_FILE} was edited meanwhile: please take the decision back by hand.",
                    )
                )
        self._behind.pop()
        return before

    def _is_decided(self, row: FindingRow) -> bool:
        """Whether a decision stands now, made here or by somebody else meanwhile."""
        try:
            return self.file.decisions().settles(row.finding, self.today)
        except KbError as error:
            self._trouble(error)
            return False

    def _left(self) -> int:
        """Findings nobody has decided on yet, those that did not fit into this sitting among them."""
        try:
            decided = self.file.decisions()
        except KbError:
            return self.queue.total - self.tally.decided.total()
        settled = sum(decided.settles(each.finding, self.today) for each in self.queue.first)
        return self.queue.total - settled

    # -- the terminal ---------------------------------------------------------------------------

    def _open(self, row: FindingRow) -> None:
        url = safe_url(row.entry)
        if not url:
            self._say(t("このページには URL がありません。", "this page has no address."))
        elif self.browse(url):
            self._say(t(f"開きました: {url}", f"opened {url}"))
        else:
            self._say(t(f"ブラウザーを起動できません: {url}", f"no browser could be started: {url}"))

    def _trouble(self, error: KbError) -> None:
        self._lines([sanitize(str(error.what)), f"→ {sanitize(str(error.next_step))}" if error.next_step else ""])

    def _say(self, text: Text) -> None:
        self.write(f"{text}\n")

    def _lines(self, lines: Iterable[str]) -> None:
        self.write("".join(f"{line}\n" for line in lines))
