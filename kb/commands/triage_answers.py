"""The keys of `kb triage` that decide: each makes a decision of what was typed, asking for what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from kb.commands.lint_keys import NO_KEY
from kb.lang import Text, t
from kb.lint.decisions import Decision, What
from kb.lint.enquiry import WAIT_DAYS, draft
from kb.lint.formats.places import id_of
from kb.lint.formats.rows import Row
from kb.lint.secret_codes import is_nameless
from kb.lint.until import day_ahead
from kb.lint.words import Words
from kb.model import Finding
from kb.secrets.shown import shown_name, shown_text

LONGEST = 1000
"""Characters of a reason that are kept."""

_CREDENTIALS = re.compile(r"://[^/?#]*@")

Answer: TypeAlias = Callable[[Row, str], Decision | None]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one person decides on a day. `line` asks for one more line, "" when it stays empty.

    `words` are those of a finding's rule, `former` the names of those who have left the team, `key` is the
    id of the key secrets were named with.
    Each answer gives None when nothing was decided after all, and has said so.
    """

    by: str
    today: date
    line: Callable[[str], str]
    say: Callable[[Text], None]
    words: Callable[[Row], Words]
    former: Container[str] = ()
    key: str = ""

    def accept(self, row: Row, reason: str) -> Decision | None:
        """It stays as it is: `a 理由`."""
        if not self._may_set_aside(row):
            return None
        reason = reason or self.line(str(t("理由（空なら取りやめ）: ", "reason (empty: never mind): ")))
        if not reason:
            self._never_mind()
            return None
        if self._holds_secret(reason):
            return None
        return self._decision(row.finding, What.ACCEPT, reason)

    def snooze(self, row: Row, typed: str) -> Decision | None:
        """Not before a day: `z 2w`, with a reason or without."""
        if not self._may_set_aside(row):
            return None
        typed = typed or self.line(
            str(t("いつまで（2w、12/31 など。空なら取りやめ）: ", "until (2w, 12/31 …; empty: never mind): "))
        )
        word, _, reason = typed.partition(" ")
        if not word:
            self._never_mind()
            return None
        day = day_ahead(word, self.today)
        if day is None:
            self.say(
                t(
                    f"「{word[:20]}」は明日からの日として読めません。例: 3d、2w、1m、12/31、2027-01-31",
                    f"{word[:20]!r} is no day from tomorrow on. Examples: 3d, 2w, 1m, 12/31, 2027-01-31",
                )
            )
            return None
        if self._holds_secret(reason):
            return None
        return self._decision(row.finding, What.SNOOZE, reason.strip(), until=day.isoformat())

    def ask(self, row: Row, _: str) -> Decision:
        """The author is asked, by the person: the message is shown and kept, and the finding waits for an answer."""
        message = draft(row.entry, row.finding, self.words(row).title, self.former)
        self.say(t(f"\n{message}\n", f"\n{message}\n"))
        self.say(
            t(
                "送ってはいません。上の文面をコピーして使ってください。",
                "nothing was sent: copy the message to send it.",
            )
        )
        until = (self.today + timedelta(days=WAIT_DAYS)).isoformat()
        return self._decision(row.finding, What.ASK, message, until=until)

    def ticket(self, row: Row, named: str) -> Decision | None:
        """It is mended in a ticket: `t #123`, `t https://…/issues/123`."""
        named = named or self.line(
            str(t("チケット（#123 や URL。空なら取りやめ）: ", "ticket (#123, a URL; empty: never mind): "))
        )
        word, _, reason = named.partition(" ")
        if not word:
            self._never_mind()
            return None
        if _CREDENTIALS.search(word):
            self.say(t("認証情報の入った URL は残せません。", "a URL with credentials in it cannot be kept."))
            return None
        if self._holds_secret(named):
            return None
        word = f"#{word}" if word.isascii() and word.isdigit() else word
        return self._decision(row.finding, What.TICKET, reason.strip(), ticket=word[:LONGEST])

    def _may_set_aside(self, row: Row) -> bool:
        """Whether a finding can be set aside; says why when it cannot."""
        if is_nameless(row.finding):
            self.say(NO_KEY)
            return False
        return True

    def _holds_secret(self, words: str) -> bool:
        """Whether what was typed holds a credential, which no file for git may; says so."""
        if shown_text(words) == words:
            return False
        self.say(
            t(
                "パスワードらしい値が入っているので、残せません。値を書かずに、もう一度お願いします。",
                "that seems to hold a password, so it cannot be kept. Please say it again without the value.",
            )
        )
        return True

    def _never_mind(self) -> None:
        self.say(t("何も決めていません。", "nothing was decided."))

    def _decision(self, finding: Finding, what: What, reason: str, *, until: str = "", ticket: str = "") -> Decision:
        return Decision(
            fingerprint=finding.fingerprint,
            doc=id_of(finding.doc),
            part=shown_name(finding.part),
            code=finding.code,
            what=what,
            by=self.by,
            on=self.today.isoformat(),
            reason=reason[:LONGEST],
            until=until,
            ticket=ticket,
            key=self.key if finding.secret is not None and finding.secret.value_id else "",
        )
