"""One spelling for what says the same: NFKC with a way back, plain forms of polite Japanese, hashes of content.

Full-width letters and digits, half-width kana, circled numbers and the like are one spelling to a reader. Folding can
change lengths (`㈱` → `(株)`, `ｶﾞ` → `ガ`), so a fold knows, for each of its characters, the original one it came from.

Politeness changes the words of a sentence and nothing of what it says: 停止しておりました is 停止していました,
ご連絡させていただきます is 連絡します. Judges match plain forms only, so each class of verbs needs no second spelling.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import combining, is_normalized, normalize

from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import encode

# A starter with what combines with it: these fold together. Hangul jamo and the half-width
# sound marks combine too, though their class is zero.
_JOINS = compile_lazy("[\u1160-\u11ff\u3099\u309a\uff9e\uff9f\uffa0-\uffdc]")


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A folded text. `origin` is None when no character moved."""

    text: str
    origin: tuple[int, ...] | None

    def back(self, index: int) -> int:
        """The original index of a folded one; the end of the text is an index too."""
        return index if self.origin is None else self.origin[index]


def fold_text(text: str) -> str:
    """The text `fold` gives, for those who ask for no places: ten times cheaper where nothing folds."""
    return text if text.isascii() or is_normalized("NFKC", text) else normalize("NFKC", text)


def fold(text: str) -> FoldedText:
    """The NFKC form of a text, equal to `unicodedata.normalize` of the whole of it."""
    if text.isascii() or is_normalized("NFKC", text):
        return FoldedText(text, None)
    whole = normalize("NFKC", text)
    if len(whole) == len(text) and all(len(normalize("NFKC", char)) == 1 for char in set(text) if char > "\x7f"):
        return FoldedText(whole, None)
    pieces: list[str] = []
    origin: list[int] = []
    start = 0
    for end in [*_boundaries(text), len(text)]:
        piece = normalize("NFKC", text[start:end])
        pieces.append(piece)
        origin.extend([start] * len(piece))
        start = end
    origin.append(len(text))
    if "".join(pieces) != whole:  # a rare composition across a boundary: keep the text, be coarse on places
        last = len(text)
        origin = [min(index * len(text) // max(len(whole), 1), last) for index in range(len(whole))] + [last]
    return FoldedText(whole, tuple(origin))


def _boundaries(text: str) -> list[int]:
    """Where a run ends that folds on its own: before every character that joins nothing."""
    return [i for i in range(1, len(text)) if not (combining(text[i]) or _JOINS.match(text[i]))]


# 「3. 再発防止」, 「(2) 原因」, 「第4章 経緯」, 「1.2 対応」: the number moves when a section above is added.
_NUMBERED = compile_lazy(
    r"[#\s]*(?:第?[0-9]{1,2}(?:[章節]|[.)、](?![0-9])|(?:\.[0-9]{1,2})+\.?(?=\s[^\x00-\x7f]))|\([0-9]{1,2}\))\s*"
)

MAX_HASHED = 200_000
"""Characters that count: folding can make eighteen of one."""


def hash_content(text: str) -> str:
    """32 hexadecimal digits that change when the words of a text do.

    Blanks, widths, comments and the number in front are no words.
    """
    words = " ".join(normalize("NFKC", _shown(text[:MAX_HASHED])).split())
    if numbered := _NUMBERED.match(words):
        words = words[numbered.end() :]
    return hashlib.blake2b(encode(words), digest_size=16).hexdigest()


def _shown(text: str) -> str:
    """A text without its comments: a suppression that is added or removed does not make a section another."""
    shown, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        shown.append(text[at:start])
        at = end + 3
    return "".join([*shown, text[at:]])


def normalize_name(name: str) -> str:
    """A person's name as it is compared: without widths, blanks, case, and the @ of a mention."""
    return "".join(fold_text(name).casefold().split()).removeprefix("@")


# A pattern, what it becomes, and what a text with a match holds: looked for first, since most hold none.
_FORMS = (
    (compile_lazy("(?:させ|し)て(?:いただ|頂)(?:[いき](?=[たてまつ])|く)"), "し", ("ていただ", "て頂")),
    (compile_lazy("(?:いた|致)し(?=ま|て|た|か)"), "し", ("いたし", "致し")),
    (compile_lazy("(?<=[てで])おり(?=ま[すしせ])"), "い", ("おりま",)),
    (compile_lazy("(?<=[てで])おり(?=[、,])"), "いて", ("おり、", "おり,")),
    (compile_lazy("(?<=[てで])おら(?=ず|な)"), "い", ("おら",)),
    (compile_lazy("ござい(?=ま)"), "あり", ("ございま",)),
    (compile_lazy("(?<=[一-龠])申し上げ(?=[まるたて])"), "し", ("申し上げ",)),
    (compile_lazy("につきまして(?=[は、も])"), "について", ("につきまして",)),
    (compile_lazy("お(?=気[をに])"), "", ("お気",)),
    (
        compile_lazy("(?:(?<![ぁ-ん一-龠ァ-ヶ])|(?<=[のをにがはもてで]))[おご御](?=[一-龠]{2})"),
        "",
        ("お", "ご", "御"),
    ),
    (compile_lazy("(?<=[ぁ-ん][てで])(?=ま[すし])"), "い", ("てま", "でま")),
    (
        compile_lazy("(?<=[っいしんちりけれえげべめせ][てで])(?=る(?:[^ぁ-ん]|た|と|の|ん|\\Z)|た(?:[^ぁ-ん]|\\Z))"),
        "い",
        ("てる", "でる", "てた", "でた"),
    ),
)
_KATAKANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_MIXED = compile_lazy("[ぁ-ゟ一-龠々]")


@lru_cache(maxsize=256)  # each test of a claim asks anew
def to_plain_form(text: str) -> str:
    """A folded text without humble verbs, honorific prefixes and the contractions of speech (固まってた).

    Places are not kept.
    """
    for pattern, form, held in _FORMS:
        for word in held:
            if word in text:
                text = pattern.sub(form, text)
                break
    return text


def fold_kana(text: str) -> str:
    """Lower-case text with katakana as hiragana, of the same length."""
    return text.casefold().translate(_KATAKANA)


def to_hiragana(text: str) -> str:
    """A text that knows no hiragana (ﾄｸﾆﾅｼ) in hiragana; "" when it is not one."""
    return "" if text.isascii() or _MIXED.search(text) else text.translate(_KATAKANA)
