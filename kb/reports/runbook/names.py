"""Take the names of persons out of lines that others will read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from kb.lint.people.audience import find_names, list_member_names
from kb.lint.people.people import People
from kb.model.masked import Masked, reshape
from kb.text.fold import fold
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_TITLED = compile_lazy(
    r"(?:[一-龠々ヶ]{1,4}|[ァ-ヴー]{2,8}|(?<![A-Za-z0-9])[A-Za-z]{2,15} ?)(?<![皆客者店社主屋方])(?:さん|氏(?!名)|くん)"
)
_MENTION = compile_lazy(r"(?<![\w.@/`:-])@(?=[A-Za-z0-9])")
SOMEBODY = t("担当者", "somebody")


@dataclass(frozen=True)
class NameRemover:
    """Replaces names: of everybody the mirror knows, now or before, and what is called さん."""

    people: People

    @cached_property
    def _names(self) -> re.Pattern[str]:
        return find_names(list_member_names(self.people))

    def is_person(self, text: str) -> bool:
        """Whether a text names somebody."""
        folded = fold(text).text.casefold()
        return bool(self._names.search(folded) or _TITLED.search(folded))

    def remove(self, text: Masked) -> Masked:
        """Return a text that names nobody, and calls nobody by a mention."""
        return reshape(text, self._remove)

    def _remove(self, text: str) -> str:
        folded = fold(text)
        plain = folded.text.casefold()
        if len(plain) != len(folded.text):  # a letter that has no small one of its own: its places are not known
            return "" if self.is_person(text) else text
        spans = sorted(match.span() for pattern in (self._names, _TITLED) for match in pattern.finditer(plain))
        pieces, last = [], 0
        for start, end in spans:
            begin, until = folded.back(start), folded.back(end)
            if begin < last:
                last = max(last, until)
                continue
            pieces += [text[last:begin], str(SOMEBODY)]
            last = until
        shown = "".join((*pieces, text[last:]))
        word = re.escape(str(SOMEBODY))
        shown = re.sub(rf"[@＠](?={word})", "", shown)
        shown = re.sub(rf"{word}(?:さん|氏|様|くん)", str(SOMEBODY), shown)
        shown = re.sub(rf"\s?[(（](?:担当[:：]\s?)?@?{word}(?:[、,・/]\s?@?{word})*[)）]", "", shown)
        return _MENTION.sub("", shown)
