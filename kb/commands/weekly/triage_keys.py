"""The keys of `kb triage` that decide, and the card of a finding: eighty columns, foreign text safe."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from kb.console.sitting import Keys, explain_keys
from kb.lint.formats.rows import FindingRow
from kb.lint.triage import WAIT_DAYS, draft_enquiry
from kb.lint.waivers.decisions import Decision, DecisionKind, pair_decision
from kb.lint.waivers.messages import NO_KEY_ERROR, NO_KEY_OUTSIDE
from kb.lint.waivers.set_aside import mask_finding_id
from kb.model.finding import Finding
from kb.rules.codes import is_nameless
from kb.rules.registry import RuleText
from kb.secrets.mask_document import mask_name, mask_text
from kb.text.dates import parse_day_ahead
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

MAX_REASON = 1000
"""Characters of a reason that are kept."""

ACCEPTED_FOR = "3m"
"""How long what runs is accepted where nobody says: it comes back, as `[[ignore]]` and a baseline do."""
_SHORTEST_NAME = 3

_CREDENTIALS = compile_lazy(r"://[^/?#]*@")


@dataclass(frozen=True, slots=True)
class DecisionKeys:
    """What one person decides on a day. `line` asks for one more line, "" when it stays empty.

    `words` are those of a finding's rule, `former` the names of those who have left the team, `key` is the
    id of the key secrets were named with, `question` what to ask about what runs.
    Each answer gives None when nothing was decided after all, and has said so.
    """

    by: str
    today: date
    line: Callable[[str], str]
    say: Callable[[Text], None]
    words: Callable[[FindingRow], RuleText]
    former: Container[str] = ()
    key: str = ""
    question: Callable[[Finding], str] = lambda finding: ""

    def accept(self, row: FindingRow, reason: str) -> Decision | None:
        """Accept: it stays as it is (`a 理由`)."""
        if not self._may_set_aside(row):
            return None
        reason = reason or self.line(str(t("理由（空なら取りやめ）: ", "reason (empty: never mind): ")))
        if not reason:
            self._never_mind()
            return None
        if self._holds_secret(reason) or self._names_outside(row, reason):
            return None
        if not row.finding.target:
            return self._decision(row.finding, DecisionKind.ACCEPT, reason)
        prompt = t(
            f"いつまで（2m、12/31 など。空なら {ACCEPTED_FOR}）: ", f"until (2m, 12/31 …; empty: {ACCEPTED_FOR}): "
        )
        day = self._day_ahead(self.line(str(prompt)) or ACCEPTED_FOR)
        return self._decision(row.finding, DecisionKind.ACCEPT, reason, until=day) if day else None

    def snooze(self, row: FindingRow, typed: str) -> Decision | None:
        """Snooze until a day: `z 2w`, with a reason or without."""
        if not self._may_set_aside(row):
            return None
        typed = typed or self.line(
            str(t("いつまで（2w、12/31 など。空なら取りやめ）: ", "until (2w, 12/31 …; empty: never mind): "))
        )
        word, _, reason = typed.partition(" ")
        if not word:
            self._never_mind()
            return None
        day = self._day_ahead(word)
        if not day or self._holds_secret(reason) or self._names_outside(row, reason):
            return None
        return self._decision(row.finding, DecisionKind.SNOOZE, reason.strip(), until=day)

    def _day_ahead(self, word: str) -> str:
        """Return a day to come as ISO date; "" for anything else, and say so."""
        day = parse_day_ahead(word, self.today)
        if day is None:
            self.say(
                t(
                    f"「{word[:20]}」は明日からの日として読めません。例: 3d、2w、1m、12/31、2027-01-31",
                    f"{word[:20]!r} is no day from tomorrow on. Examples: 3d, 2w, 1m, 12/31, 2027-01-31",
                )
            )
            return ""
        return day.isoformat()

    def ask(self, row: FindingRow, _: str) -> Decision | None:
        """Record that the author is asked: the message is shown and kept, and the finding waits for an answer.

        Of what runs the question names what the model does not, so that the rule's title is kept in its place.
        """
        message = kept = draft_enquiry(row.entry, row.finding, self.words(row).title, self.former)
        if row.finding.same_as:  # which page it is like is for its author; what is kept names no other page
            message = draft_enquiry(row.entry, row.finding, row.finding.full_message, self.former)
            kept = draft_enquiry(row.entry, row.finding, row.finding.message, self.former)
        if row.finding.target:
            if not self._may_set_aside(row):
                return None
            message, kept = self.question(row.finding), str(self.words(row).title)
        self.say(t(f"\n{message}\n", f"\n{message}\n"))
        self.say(
            t(
                "送ってはいません。上の文面をコピーして使ってください。",
                "nothing was sent: copy the message to send it.",
            )
        )
        until = (self.today + timedelta(days=WAIT_DAYS)).isoformat()
        return self._decision(row.finding, DecisionKind.ASK, kept, until=until)

    def ticket(self, row: FindingRow, named: str) -> Decision | None:
        """Record the ticket that fixes it: `t #123`, `t https://…/issues/123`."""
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
        if self._holds_secret(named) or self._names_outside(row, named):
            return None
        word = f"#{word}" if word.isascii() and word.isdigit() else word
        return self._decision(row.finding, DecisionKind.TICKET, reason.strip(), ticket=word[:MAX_REASON])

    def answer(self, row: FindingRow, *, same: bool, reason: str) -> tuple[Decision, ...]:
        """Answer whether an incident is the same trouble as the earlier ones it is told with (`y`, `n 理由`)."""
        if not row.finding.same_as:
            self.say(t("y と n は、同じ障害かどうかの指摘（INC601）だけのキーです。",
                       "y and n answer INC601 alone, whether it is the same trouble."))  # fmt: skip
            return ()
        if self._holds_secret(reason):
            return ()
        doc, on = str(mask_finding_id(row.finding).doc), self.today.isoformat()
        return tuple(
            pair_decision(doc, mask_name(str(other)), same=same, by=self.by, on=on, reason=reason[:MAX_REASON])
            for other in row.finding.same_as
        )

    def repeat(self, decision: Decision, rows: Iterable[FindingRow]) -> tuple[Decision, ...]:
        """Return the same decision on each of these findings, once where they count as one."""
        found = {row.finding.fingerprint: self._decision(row.finding, decision.what, decision.reason) for row in rows}
        return tuple(replace(each, until=decision.until, ticket=decision.ticket) for each in found.values())

    def _may_set_aside(self, row: FindingRow) -> bool:
        """Return whether a finding can be set aside; say why not."""
        if is_nameless(row.finding):
            self.say(NO_KEY_OUTSIDE if row.finding.target else NO_KEY_ERROR)
            return False
        return True

    def _holds_secret(self, words: str) -> bool:
        """Return whether what was typed holds a credential, which no file for git may; say so."""
        if mask_text(words) == words:
            return False
        self.say(
            t(
                "パスワードらしい値が入っているので、残せません。値を書かずに、もう一度お願いします。",
                "that seems to hold a password, so it cannot be kept. Please say it again without the value.",
            )
        )
        return True

    def _names_outside(self, row: FindingRow, words: str) -> bool:
        """Return whether what was typed names a machine that the model does not, which no file for git may; say so."""
        finding = row.finding
        if finding.sealed_with is None:
            return False
        _, _, name = finding.target.rpartition(":")
        names = {finding.target, name, name.rpartition("/")[2]} - {finding.node}
        if not any(each.casefold() in words.casefold() for each in names if len(each) >= _SHORTEST_NAME):
            return False
        self.say(
            t(
                "図にないものの名前が入っているので、git に入るファイルには残せません。"
                "名前を書かずに、もう一度お願いします。",
                "that names what the model does not, so it cannot be kept in a file for git. "
                "Please say it without the name.",
            )
        )
        return True

    def _never_mind(self) -> None:
        self.say(t("何も決めていません。", "nothing was decided."))

    def _decision(
        self, finding: Finding, what: DecisionKind, reason: str, *, until: str = "", ticket: str = ""
    ) -> Decision:
        return Decision(
            fingerprint=finding.fingerprint,
            doc=mask_finding_id(finding).doc,
            part=mask_name(finding.part),
            code=finding.code,
            what=what,
            by=self.by,
            on=self.today.isoformat(),
            reason=reason[:MAX_REASON],
            until=until,
            ticket=ticket,
            key=self.key if finding.sealed_with or (finding.secret is not None and finding.secret.value_id) else "",
        )


TRIAGE_KEYS: dict[str, tuple[Text, Text]] = {
    "o": (t("開く", "open"), t("ページをブラウザーで開く", "open the page in the browser")),
    "a": (
        t("受け入れる", "accept"),
        t(
            "このままでよい。理由を残し、もう知らせない（a 廃止済みの機能）",
            "leave it as it is, for a reason; never told again (a feature is gone)",
        ),
    ),
    "z": (
        t("あとで", "snooze"),
        t(
            "その日まで知らせない（z 2w、z 12/31 移行のあと）",
            "not told until a day (z 2w, z 12/31 after the migration)",
        ),
    ),
    "m": (
        t("聞く", "ask"),
        t(
            "書いた人への文面を作り、聞いたことを残す。送りはしない",
            "draft a message to the author and record that you asked; nothing is sent",
        ),
    ),
    "t": (t("チケット", "ticket"), t("直すチケットを控える（t #123）", "note the ticket that mends it (t #123)")),
    "y": (
        t("同じ障害", "the same"),
        t("前の障害と同じ。以後は同じ障害として数える", "it is the same trouble, and counts as such from now on"),
    ),
    "n": (
        t("別の障害", "another"),
        t("前の障害とは別。もうたずねない（n 理由）", "it is another trouble; never asked again (n and a reason)"),
    ),
    "r": (
        t("まとめて", "all here"),
        t(
            "このページの、この規則の指摘すべてに同じことを（r a 理由、r z 2w、r t #123、r s）",
            "the same for all findings of this rule on this page (r a reason, r z 2w, r t #123, r s)",
        ),
    ),
    "s": (
        t("次へ", "skip"),
        t("今回は決めずに次へ。次回また出る", "do not decide this time; it comes again next time"),
    ),
    "b": (
        t("戻る", "back"),
        t("1 つ前に戻る。決めたことは取り消す", "one back; what was decided there is taken back"),
    ),
    "?": (t("", ""), t("この説明", "this help")),
    "q": (t("やめる", "quit"), t("終える。次はここから続けられる", "end; the next sitting goes on from here")),
}


ON_PAIRS = ("y", "n")
"""The keys that answer whether two incidents are the same trouble."""


def choose_keys(same: int = 1, *, pairs: bool = False) -> Keys:
    """Return the keys that are of use for a finding.

    `same` findings of the rule are on the page: one needs no key for all. `pairs`: it asks about another incident.
    """
    keys = {
        key: words for key, words in TRIAGE_KEYS.items() if (key != "r" or same > 1) and (pairs or key not in ON_PAIRS)
    }
    if "r" in keys:
        keys["r"] = t(f"ここの同じ {same:,} 件に", f"all {same:,} here"), keys["r"][1]
    return keys


def format_key_help(keys: Keys, code: str) -> Iterator[str]:
    """Yield what each key does, and where a rule is explained."""
    yield from explain_keys(keys)
    yield str(t(f"  規則のすべて: kb explain {code}", f"  all about the rule: kb explain {code}"))
