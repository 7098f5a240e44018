"""Build findings from hits: fingerprints, quotes, crash reports. Pure."""

from __future__ import annotations

import hashlib
import json
import traceback

from kb.errors import ToolError
from kb.model.document import RawDocId
from kb.model.facts import Confidence
from kb.model.finding import Edit, Finding
from kb.model.masked import Masked, reshape
from kb.rules.registry import Hit, Rule
from kb.secrets.mask_document import mask_name
from kb.secrets.masking.mask import MASK_PATTERN, level_masks
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span, encode, replace_surrogates

MAX_QUOTE = 40
"""How many characters of a page a finding carries, for people to see: the trigger and no more."""

MAX_HITS = 200
"""Findings of one rule on one document; more say nothing new, and a page of thousands is no page."""

# What could steer a terminal, end a line or reorder what is read has no place in a sentence.
_UNPRINTABLE = compile_lazy("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_LEADING = compile_lazy(r"^(?:[:：;；、。,，.．・=＝|｜>→⇒\s]|[-*+](?=\s))+")


def compute_fingerprint(doc: RawDocId, part: str, code: str, role: str) -> str:
    """Return 32 hex digits that stay the same while the page is edited."""
    text = json.dumps([doc, part, code, role], ensure_ascii=False)
    return hashlib.blake2b(encode(text), digest_size=16).hexdigest()


def make_finding(rule: Rule, hit: Hit, doc: RawDocId, part: str, *, content: str, quote: Masked) -> Finding:
    """Build the finding for a hit; `content` is the hash and `quote` the words of its place.

    Raises TypeError or ValueError for an invalid hit.
    """
    _require_valid_hit(hit)
    return Finding(
        doc=doc,
        part=part,
        code=rule.code,
        rule=rule.name,
        span=hit.span,
        severity=rule.severity if hit.severity is None else hit.severity,
        confidence=hit.confidence,
        message=_clean_message(hit.message),
        fingerprint=compute_fingerprint(doc, part, rule.code, hit.role),
        content=content,
        quote=quote,
        reason=hit.reason,
        edits=hit.edits,
        secret=hit.secret,
        evidence=_clean_message(hit.evidence) if hit.evidence is not None else None,
        day=hit.day,
        same_as=hit.same_as,
    )


def _require_valid_hit(hit: Hit) -> None:
    span: object = hit.span
    parts = (hit.role, hit.part, hit.content, hit.reason, hit.day)
    if not (isinstance(hit.message, Text) and isinstance(hit.confidence, Confidence) and isinstance(span, Span)):
        raise TypeError("a Hit has a Text, a Span and a Confidence")
    if not all(isinstance(part, str) for part in parts) or not all(isinstance(each, Edit) for each in hit.edits):
        raise TypeError("role, part, content, reason and day of a Hit are str, its edits are of Edit")
    if hit.evidence is not None and not isinstance(hit.evidence, Text):
        raise TypeError("the evidence of a Hit is a Text or None")
    start, end = (span.line, span.column), (span.end_line, span.end_column)
    if min(*start, *end) < 1 or end < start:
        raise ValueError("a Span counts from 1, and ends where it begins or later")


def _clean_message(message: Text) -> Text:
    """Return a printable one-line message in which every masked value has the same length."""
    if any(MASK_PATTERN.search(words) or _UNPRINTABLE.search(words) for words in (message.ja, message.en)):
        return t(_shorten_masks(message.ja), _shorten_masks(message.en))
    return message


def _shorten_masks(words: str) -> str:
    return level_masks(_strip_unprintable(words))


def _strip_unprintable(text: str) -> str:
    return _UNPRINTABLE.sub(" ", replace_surrogates(text))


def position_key(found: Finding) -> tuple[str, int, int, str]:
    """Return the sort key of a finding within its document."""
    return found.part, found.span.line, found.span.column, found.code


def quote_first_line(stretch: Masked) -> Masked:
    """Return the printable start of a stretch's first line, without the mark before it (「: TODO」)."""
    return reshape(stretch, _first_words)


def _first_words(stretch: str) -> str:
    line = next(iter(stretch.splitlines()), "").strip()
    return _strip_unprintable((_LEADING.sub("", line) or line)[:MAX_QUOTE])


class InterruptNote(str):
    """A note kb itself put on an interrupt; notes of others may quote page text."""


def note_interrupt(rule: Rule, doc: RawDocId) -> InterruptNote:
    """Note which rule was judging which document when the lint was interrupted."""
    note = t(
        f"{_label_doc(doc)} を {rule.code} {rule.name} で判定しているところでした。",
        f"it was judging {_label_doc(doc)} by {rule.code} {rule.name}.",
    )
    return InterruptNote(note)


def describe_crash(name: str, doc: RawDocId, part: str, error: BaseException) -> ToolError:
    """Describe a crash by rule and place in the code; its own message may quote page text."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    kind = type(error).__name__
    crash = ToolError(
        t(
            f"{_label_doc(doc)}（{_label_doc(part)}）を {name} で判定できませんでした（{where} {kind}）。",
            f"{name} failed on {_label_doc(doc)} ({_label_doc(part)}): {kind} at {where}.",
        ),
        t(
            "ほかの判定は続けました。この文書と --debug の出力を添えて知らせてください。",
            "everything else was judged. Please report it with this document and the output of --debug.",
        ),
    )
    crash.__cause__ = error
    return crash


def _label_doc(doc: RawDocId) -> str:
    """Return a document or part for messages, masked: a name is made from a title, which can hold a credential."""
    return mask_name(str(doc))
