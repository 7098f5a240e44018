"""The text right around one candidate: its line, what stands before and behind, its quotes, and the code it is in."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from itertools import takewhile

from kb.secrets.page.candidates import Candidate
from kb.secrets.page.text_page import TextPage
from kb.secrets.surroundings.text_kinds import TextKind, TextKinds, is_log_line, is_program_line, opens_types
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

REACH = 400
"""Characters before and behind a value that are looked at."""

_COMMENT = compile_lazy(r"(?:^|[\s;{}])(?://|#(?![{\[])|--[ \t]|/\*|<!--|\*[ \t]|REM[ \t]|rem[ \t])")
_DECLARES = compile_lazy(_TABLE["declares"])
_TYPED = compile_lazy(r"[ \t]*[)\]}]*[ \t]*(?:->|=>|\|[ \t]*\w|=[ \t]*\w|,[ \t]*\w+[ \t]*:|&[ \t]*[A-Z]|\?)")
_OPTIONAL = compile_lazy(r"[ \t]*(?:\|[ \t]*\w|=[ \t]*\w|->)")
_SIBLING = compile_lazy(r"(?:^|[\s(,*])\w{1,40}:[ \t][A-Za-z_][\w.\[\]]{0,60}(?:[ \t]*=[ \t]*\w{1,20})?,[ \t]*$")
_PUNCTUATION = compile_lazy(r"[;{}()=\[\]]")
_ENDS_STATEMENT = compile_lazy(r"[)\]}>]*[;,][ \t]*(?://.*)?$")
_TEXTILE = compile_lazy(r"(?:^|[^\w@])@(?=\S|$)[^@\n]{0,200}$")
_TEXTILE_ENDS = compile_lazy(r"[^@\n]{0,200}@(?!\w)")


class CandidateText:
    """Where one candidate stands. `before` and `after` are what its line has, cut to its cell and its inline code."""

    def __init__(self, each: Candidate, page: TextPage, kinds: TextKinds) -> None:
        self.candidate, self.page, self._kinds = each, page, kinds
        self.number = page.number(each.start)
        start, line = page.starts[self.number], page.text(self.number)
        at, end = each.start - start, each.end - start
        self.value = line[at:end]
        self.line_before, self.line_after = line[max(0, at - REACH) : at], line[end : end + REACH]
        before, after = self.line_before, self.line_after
        self.in_table = self.number in page.tabled
        if self.in_table:
            bar = page.find_separator(self.number)
            before, after = before[before.rfind(bar) + 1 :], after.partition(bar)[0]
        self.in_block = self.number in page.code
        self.inline = False
        if not self.in_block:
            before, after = self._cut_inline(before, after)
        self.before, self.after = before, after
        quote = before[-1:] if before[-1:] in ("'", '"', "`") else ""
        self.quote = quote if quote and after.startswith((quote, "\\" + quote)) else ""
        if self.quote == "`" and not self.in_block:
            self.quote = ""

    def _cut_inline(self, before: str, after: str) -> tuple[str, str]:
        """What stands before and behind inside the same inline code, where the candidate is in one."""
        if before.count("`") % 2 and "`" in after:
            self.inline = True
            return before[before.rfind("`") + 1 :], after.partition("`")[0]
        opened = _TEXTILE.search(before)
        if opened and (closed := _TEXTILE_ENDS.match(after)):
            self.inline = True
            return before[before.rfind("@") + 1 :], after[: closed.end() - 1]
        return before, after

    @cached_property
    def kind(self) -> TextKind:
        """The kind of text around."""
        return TextKind.PROSE if self.in_table else self._kinds.find_kind(self.number)

    @property
    def _whole(self) -> str:
        return (self.before + self.value + self.after).strip(" \t>")

    @cached_property
    def _is_program(self) -> bool:
        """Whether the line is one of a program by itself: ASCII, with the punctuation of one."""
        whole = self._whole
        return whole.isascii() and _PUNCTUATION.search(whole) is not None and is_program_line(whole)

    @property
    def in_code(self) -> bool:
        """Whether the candidate stands in a block of code, in inline code or among lines of a program."""
        return self.in_block or self.inline or self.kind in (TextKind.PROGRAM, TextKind.DIAGRAM) or self._is_program

    @cached_property
    def bare(self) -> bool:
        """Whether nothing quotes the candidate: it is no literal of a program, and in none."""
        if self.quote:
            return False
        return self.before.count('"') % 2 == 0 and (not self.in_code or self.before.count("'") % 2 == 0)

    @cached_property
    def in_comment(self) -> bool:
        """Whether the candidate stands in a comment of a program."""
        return _COMMENT.search(self.before) is not None

    @cached_property
    def is_named_in_program(self) -> bool:
        """Whether a bare word here is the name of something: by its line, what opens its block, or the block."""
        if self.is_in_call or _DECLARES.search(self.up_to_label):
            return True
        if _TYPED.match(self.after) and (self._is_in_brackets or (self.in_code and _OPTIONAL.match(self.after))):
            return True
        if _SIBLING.search(self.before_label) and "{" not in self.before and _TYPED.match(self.after):
            return True
        if self.kind is TextKind.SHELL:
            return False
        if self._is_program or (self.in_code and is_program_line(self._whole)):
            return True
        if self.in_code and self._ends_statement:
            return True
        if self.kind is TextKind.PROGRAM:
            return True
        return self.in_block and opens_types(self._kinds.find_opener(self.number))

    @property
    def _ends_statement(self) -> bool:
        spaced = re.search(r"(?::|[ \t]=)[ \t]+\S*$", self.before + self.value) is not None
        return spaced and _ENDS_STATEMENT.fullmatch(self.after) is not None

    @cached_property
    def up_to_label(self) -> str:
        """The line up to the label of the candidate, "" where it has none."""
        keyword = self.candidate.keyword
        if keyword is None or not self.page.starts[self.number] <= keyword[0] < self.candidate.start:
            return ""
        return self.before[: max(0, len(self.before) - (self.candidate.start - keyword[1]))]

    @property
    def _is_in_brackets(self) -> bool:
        return "(" in self.before or ")" in self.after[:3]

    @cached_property
    def is_in_call(self) -> bool:
        """Whether brackets that a name opened are still open before the candidate: f(password: …)."""
        text = self.before
        depth = 0
        for at in range(len(text) - 1, -1, -1):
            if text[at] == ")":
                depth += 1
            elif text[at] == "(":
                if depth == 0:
                    return re.search(r"[A-Za-z_>!?]$", text[:at]) is not None and text[:at].isascii()
                depth -= 1
        return False

    @cached_property
    def label(self) -> str:
        """The label that announced the candidate, "" where there is none on its line."""
        keyword = self.candidate.keyword
        return self.page.body[slice(*keyword)] if keyword and self.up_to_label else ""

    @property
    def before_label(self) -> str:
        """The line up to where the label of the candidate begins."""
        return self.up_to_label[: len(self.up_to_label) - len(self.label)]

    @property
    def separator(self) -> str:
        """What stands between the label and the candidate."""
        keyword = self.candidate.keyword
        if keyword is None or keyword[1] > self.candidate.start:
            return ""
        return self.page.body[keyword[1] : self.candidate.start][:80]

    @cached_property
    def around(self) -> str:
        """The heading, the title and the lines above the block, that may say what it is."""
        block = self._kinds.find_block(self.number)
        headings = self.page.headings
        at = bisect_right(headings, self.number)
        numbers = headings[at - 1 : at]
        numbers += [number for number in range(max(0, block.first - 3), block.first) if number not in numbers]
        return "\n".join((self.page.title, *(self.page.text(number)[:120] for number in numbers)))

    def above(self, most: int) -> list[str]:
        """The lines above in the same block, the nearest first."""
        return self._kinds.above(self.number, most)

    def below(self, most: int) -> list[str]:
        """The lines below in the same block of code, the nearest first."""
        last = min(self.number + most, len(self.page.starts) - 1)
        numbers = takewhile(self.page.code.__contains__, range(self.number + 1, last + 1))
        return [self.page.text(number)[:REACH] for number in numbers]

    @cached_property
    def in_log(self) -> bool:
        """Whether the line was written by a program about what happened."""
        return self.kind is TextKind.LOG or is_log_line(self.line_before + self.value)

    @cached_property
    def first_row(self) -> int:
        """The number of the first line of the table a candidate is in, no farther than 60 lines above."""
        number = self.number
        while number > 0 and number - 1 in self.page.tabled and self.number - number < 60:
            number -= 1
        return number


Refusal = Callable[[CandidateText], bool]
"""Whether a candidate is another thing than a value."""
