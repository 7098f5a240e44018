"""A labelled value as the steps of the table see it: what was read, and traits worked out when first asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from kb.secrets.page.context import LineContext
from kb.secrets.page.text_page import TextLine
from kb.secrets.page.values import Bond, ValueSpan
from kb.secrets.scoring.filters import ValueStrength, looks_secret, looks_strong, measure_strength
from kb.secrets.scoring.labels import USER_WORDS, WIRELESS_WORDS, Label, Weight
from kb.text.lazy_pattern import compile_lazy

_ASSIGNMENT = compile_lazy(r"[A-Za-z_][\w.\-]{0,60}[\"'\]]{0,2}\s*(?:=|:|=>)")
_BRACKET = compile_lazy(r"[^\s.('\"=,]+\([^\s('\"=,]{2,}")
_PASSWORD_MARK = compile_lazy(r"[!#$%^&*~]")
_SIGNS_IN = compile_lazy(r"(?:ログイン|login)[ \t]*[:=]", re.I)
_SETS = compile_lazy(r"(?:^|[\s;{])(?:set|setenv|setx|setq|export)[ \t]+(?:::)?\w{0,40}$")
_WHOSE = compile_lazy(r"(?:\w[ _-]?pass|[\w一-龠ァ-ー]の?パス)$", re.I)
_OWN_PASS = compile_lazy(
    r"(?:db|user|root|admin|login|auth|sudo|ssh|s?ftp|smtp|mail|imap|ldap|sql|mysql|pg|redis|mq|proxy|http|api|svc|zip|wifi)"
    r"\d?_pass$",
    re.I,
)
"""What no pass of a compiler or a renderer is called."""


def has_password_mark(word: str) -> bool:
    """Whether a value has a mark that names and code rarely hold."""
    return _PASSWORD_MARK.search(word) is not None


@dataclass(frozen=True)
class Labelled:
    """A value, the label in front of it on its line, and what stands above. `bond`: how they are tied as written."""

    line: TextLine
    context: LineContext
    label: Label
    bond: Bond
    value: ValueSpan

    @cached_property
    def text(self) -> str:
        """The line, in one width."""
        return self.line.text

    @cached_property
    def word(self) -> str:
        """The value itself."""
        return self.value.cut(self.text)

    @cached_property
    def after(self) -> str:
        """What stands behind the value; nothing where it fills brackets of a Japanese text: ZIP（パスワード: …）と …"""
        text, end, line = self.text, self.value.after, self.line
        opened = text.rfind("(", max(0, self.label.start - 14), self.label.start)
        filled = opened >= 0 and text.startswith(")", end) and line.wide(opened) and line.wide(end)
        return "" if filled else text[end:]

    @cached_property
    def name(self) -> str:
        """The label as written."""
        return self.text[self.label.start : self.label.end]

    @cached_property
    def before(self) -> str:
        """What stands before the label, of its last 120 characters."""
        return self.text[max(0, self.label.start - 120) : self.label.start]

    @cached_property
    def between(self) -> str:
        """What stands between label and value."""
        return self.text[self.label.end : self.value.start]

    @property
    def quote(self) -> str:
        """What opened the value, "" for a bare one."""
        return self.value.quote

    @property
    def strong(self) -> bool:
        """Whether the label says by itself that its value is one."""
        return self.label.weight is Weight.STRONG

    @cached_property
    def assigned(self) -> bool:
        """Whether the label begins an assignment."""
        return _ASSIGNMENT.match(self.text, self.label.start) is not None

    @cached_property
    def program(self) -> bool:
        """Whether the value stands bare in source text.

        There `password = request.form` is a call, and `password: 12(chars)` is not written by people.
        """
        return not self.quote and (self.line.code or self.assigned)

    @cached_property
    def called(self) -> bool:
        """Whether brackets and dots in the value are those of a program."""
        return self.program and not self._holds_bracket and not self._exported

    @property
    def _holds_bracket(self) -> bool:
        """Whether the bracket in a value is a character of it and begins no call: it is never closed."""
        if ")" in self.text[self.value.start :]:
            return False
        return _BRACKET.fullmatch(self.word) is not None or (looks_secret(self.word) and has_password_mark(self.word))

    @property
    def _exported(self) -> bool:
        """Whether a value stands right behind a constant's name and an equals sign, as in a shell: PASSWORD=rsy.M4."""
        set_to = self.text.startswith("=" + self.word, self.label.end)
        return self.name.isupper() and set_to and looks_strong(self.word)

    @cached_property
    def looks(self) -> ValueStrength:
        """How much the value resembles a credential, by its characters."""
        return ValueStrength.STRONG if '\\"' in self.word else measure_strength(self.word)

    @cached_property
    def user(self) -> re.Match[str] | None:
        """The word for an account before the label."""
        return USER_WORDS.search(self.before) or _SIGNS_IN.search(self.before)

    @cached_property
    def beside_user(self) -> bool:
        """Whether a quoted value behind a blank stands beside a quoted name: user `a`, password `b`."""
        return self.bond is Bond.GAP and self.quote in ("`", "「", "@") and self.user is not None

    @cached_property
    def tie(self) -> Bond:
        """How the value is tied to its label, by what stands around as well: set pw "…"."""
        if self.beside_user:
            return Bond.BRACKET
        sets = self.bond is Bond.GAP and self.quote in ("'", '"') and self.line.code and _SETS.search(self.before)
        return Bond.MARK if sets and not self.after.strip(" \t;") else self.bond

    @cached_property
    def _whose(self) -> str:
        return self.text[max(0, self.label.start - 12) : self.label.end]

    @cached_property
    def trusted(self) -> bool:
        """Whether the label is taken at its word: a strong one, one beside a name, SMTP_PASS=sakura."""
        if self.vouched:
            return True
        own = self.tie is Bond.MARK and (self.program or self.line.code) and len(self.word) >= 4
        return own and _OWN_PASS.search(self._whose) is not None

    @cached_property
    def vouched(self) -> bool:
        """Whether the label says it, or a weak one does beside a name."""
        if self.label.weight is Weight.WEAK and self.tie >= Bond.BRACKET:
            return bool(self.context.user_above() or self.user)
        return self.strong

    @cached_property
    def owned(self) -> bool:
        """Whether the label says it, or a weak one says whose it is: DBパス."""
        return self.vouched or bool(_WHOSE.search(self._whose)) or WIRELESS_WORDS.search(self.before) is not None
