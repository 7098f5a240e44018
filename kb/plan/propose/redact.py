"""Propose to put agreed words in the place of secrets that stand in the texts of posts.

A plan holds no value: a change says where one begins and of which kind it is, and the finder of credentials reads the
place again when the text is composed (kb.plan.sections.places).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kb.model.plan import Change, ChangeKey, Verb
from kb.model.secret import SecretKind
from kb.plan.propose.post import PostHead, Proposal, group_title
from kb.plan.sections.places import digest_whole, find_values
from kb.secrets.mask_document import mask_text
from kb.text.lang import t
from kb.text.lines import find_index, find_line_starts

NOT_ROTATED = t("値がまだ変更されていないもの", "whose value has not been changed yet")
NOT_A_TEXT = t(
    "本文ではないところ（題名、コメント、チケット、履歴など）にあるもの",
    "outside of the texts of posts (titles, comments, tickets, history)",
)
NOT_READ_AGAIN = t(
    "もう本文に見当たらないもの（kb sync してからもう一度）", "no longer found in the text (kb sync, then try again)"
)
ID_DIGITS = 12
"""Digits of a value's keyed name that people see, as in `kb secrets list`."""


@dataclass(frozen=True, slots=True)
class SecretSpot:
    """A secret in the text of a post: where it begins (1-based, code points), its kind, its value's keyed name."""

    line: int
    column: int
    kind: SecretKind
    value_id: str
    rotated_on: str


def propose_redactions(post: PostHead, text: str, spots: Iterable[SecretSpot], words: str) -> Iterator[Proposal]:
    """Yield a change for each secret that is still read where it was found, in the order of the text."""
    starts, title = find_line_starts(text), mask_text(post.title)
    read = {begin for begin, _ in find_values(text, post.title)}
    digest = digest_whole(text)
    for each in sorted(spots, key=lambda spot: (spot.line, spot.column)):
        begin = find_index(starts, each.line, each.column)
        if begin not in read:
            yield NOT_READ_AGAIN
            continue
        label = each.kind.label
        id = each.value_id[:ID_DIGITS]
        name = str(t(f"値 {id}", f"value {id}") if id else label)
        because = t("更新済みの値を伏せるため", "mask what was changed")
        reason = t(
            f"{each.line} 行目の{label.ja}。値は {each.rotated_on} に変更済みです。",
            f"{label.en} in line {each.line}; the value was changed on {each.rotated_on}.",
        )
        if not each.rotated_on:
            because = t("変更する前に伏せるため", "mask before it is changed")
            reason = t(
                f"{each.line} 行目の{label.ja}。値はまだ変更されていません。",
                f"{label.en} in line {each.line}; the value has not been changed.",
            )
        yield Change(
            kind=Verb.REDACT,
            target=f"esa:{post.number}",
            before={ChangeKey.SECRET: each.kind.value},
            after={ChangeKey.SECRET: words},
            seen=replace(post.seen, text=digest, line=each.line, column=each.column),
            group=group_title(name, words, because),
            reason=str(reason),
            title=title,
        )
