"""What a passphrase with Japanese in it looks like: kana or kanji joined with digits and signs, and no sentence."""

from __future__ import annotations

from kb.secrets.scoring.filters import names_vault
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/values.toml")

MIN_PHRASE, MAX_PHRASE = 6, 64
"""Characters of one, in one width."""

_JA = "ぁ-んァ-ヶー一-龠々〆"
_WHOLE = compile_lazy(rf"(?=[^{_JA}]{{0,63}}[{_JA}])(?=\D{{0,63}}\d)[{_JA}!#$%&*+=?@^~_.A-Za-z0-9-]{{6,64}}")
PHRASE_RUN = compile_lazy(rf"[{_JA}!-~]{{1,80}}")
"""What goes on without a blank or a mark of Japanese."""

_SIGN = compile_lazy(r"[!#$%&*?@^~_-]")
"""A plus or an equals sign joins what a password is to be made of, and a full stop ends the name of a file."""

_JAPANESE = compile_lazy(f"[{_JA}]")
_PIECES = compile_lazy(r"[!#$%&*+=?@^~_.-]+")
_COUNTED = compile_lazy(r"\d(?:桁|文字|種類|回|[年月日時分秒](?!\d)|営業日|時間)")
_SAYS = compile_lazy(_TABLE["says_something"])
_FILE = compile_lazy(r"\.[a-z]{2,5}\d?(?![A-Za-z0-9])")


def is_passphrase(value: str) -> bool:
    """Whether a value, of one width, is a passphrase with Japanese in it; a word, a date or a sentence is none."""
    if value.isascii() or not MIN_PHRASE <= len(value) <= MAX_PHRASE or not _WHOLE.fullmatch(value):
        return False
    if not _SIGN.search(value) or _COUNTED.search(value) or _SAYS.search(value) or _FILE.search(value):
        return False
    return len(_JAPANESE.findall(value)) >= 2 and not any(map(names_vault, _PIECES.split(value)))
