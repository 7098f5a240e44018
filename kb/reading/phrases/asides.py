"""Lines that stand below the words of a section and say nothing of its matter.

They are typed for a machine (a prompt, a setting, a query), are about the page (who wrote it, when it was changed, who
is to read it), are polite, or point elsewhere. Whoever left 再発防止 at TODO leaves such lines below it all the same.
"""

from __future__ import annotations

from functools import lru_cache

from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/phrases/asides.toml").compiled
_LONGEST = 400


@lru_cache(maxsize=1024)
def is_typed_for_machine(text: str) -> bool:
    """Whether a folded line is a command behind a prompt, a setting or a query: ASCII, and no sentence."""
    return len(text) <= _LONGEST and text.isascii() and _RE.typed.match(text) is not None


@lru_cache(maxsize=1024)
def is_about_page(text: str) -> bool:
    """Whether a folded line says who wrote the page or is to read it, thanks, or is a note on the page itself."""
    if len(text) > _LONGEST:
        return False
    return any(_RE.of_page.fullmatch(said) for said in dict.fromkeys((text, text.strip("*_()[]【】 "))))


def opens_history(text: str) -> bool:
    """Whether a folded line stands above the versions of the page: 更新履歴."""
    return _RE.history.fullmatch(text.strip(" *_:■◆●▼・【】[]()<>。-")) is not None


def points_elsewhere(text: str) -> bool:
    """Whether a folded line only says where more is to be read: Slack: https://…, 参考: 当日のやりとり."""
    return len(text) <= _LONGEST and _RE.pointed.fullmatch(text.strip()) is not None


def lists_related(text: str) -> bool:
    """Whether a folded line lists what has to do with the page: 関連チケット: #1234."""
    return _RE.related.match(text) is not None


def is_pointer(text: str) -> bool:
    """Whether a folded line only leads elsewhere, in any of these ways."""
    return is_address(text) or points_elsewhere(text) or lists_related(text)


def is_address(text: str) -> bool:
    """Whether a folded line is an address and nothing else."""
    bare = text.strip("<> ")
    return bare.startswith(("http://", "https://")) and len(bare.split()) == 1
