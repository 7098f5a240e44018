"""Second thoughts about what the loosest readings propose: words between label and value, a value said in prose.

Such a proposal falls when its value is written as something that has a name (RTX1220, SAML2.0), when the word before
it says what it is (端末は …, ID …), or when the words behind it do (… という変数, … 形式, … の担当).
"""

from __future__ import annotations

from kb.model import SecretKind
from kb.secrets.candidate import GENERAL, Candidate
from kb.secrets.clauses import called, exemplified, other_before
from kb.secrets.governors import governors, negated
from kb.secrets.oddity import named, oddity
from kb.secrets.page import Page
from kb.secrets.topics import topical

_KINDS = {SecretKind.PASSWORD, SecretKind.BASIC_AUTH, SecretKind.SHARED_KEY}


def doubtful(each: Candidate, page: Page) -> bool:
    """Whether a loose proposal's value is something else by its shape or by the words around it."""
    if each.rank != GENERAL or each.kind not in _KINDS:
        return False
    loosest = (each.rule == "prose" and each.context in ("told", "named-after")) or each.context.endswith("/loose")
    if not loosest and not each.context.endswith("/spoken"):
        return False
    number = page.number(each.start)
    line = next((it for it in page.pieces(number) if it.start <= each.start < it.start + len(it.raw)), None)
    if line is None:
        return False
    value = page.body[each.start : each.end]
    at = line.text.find(value)
    while at >= 0 and line.offset(at) < each.start:
        at = line.text.find(value, at + 1)
    if at < 0:
        return False
    end = at + len(value)
    if called(line.text, end) or exemplified(line.text, at, end):
        return True
    before = [it for it in governors(line.text) if it.end <= at]
    if loosest and (negated(line.text) or (before and topical(line.text[before[-1].end : at]))):
        return True
    if not loosest or value.isdigit():
        return False
    return named(value) or (oddity(value) < 1 and other_before(line.text, at))
