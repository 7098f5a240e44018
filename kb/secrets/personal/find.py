"""Find the personal data in a text: the one entrance. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from kb.model.document import Markup
from kb.model.secret import Secret, SecretKind
from kb.secrets.page.candidates import MAX_NUMBERED, Candidate, resolve_candidates
from kb.secrets.page.text_page import TextPage
from kb.secrets.personal.contacts import find_addresses, find_phones
from kb.secrets.personal.id_numbers import find_cards, find_my_numbers
from kb.secrets.personal.spots import NumberSigns, SpotRow, find_number_signs, read_rows
from kb.text.lazy_pattern import compile_lazy

PERSONAL_KINDS = frozenset({SecretKind.PHONE, SecretKind.MY_NUMBER, SecretKind.CARD, SecretKind.ADDRESS})

_DIGITS = compile_lazy("[0-9０-９]{3}|[0-9０-９][-－‐−ー丁番]")


def find_personal(
    text: str,
    structure: bytes | None = None,
    markup: Markup = Markup.MARKDOWN,
    kinds: Collection[SecretKind] = PERSONAL_KINDS,
    page: TextPage | None = None,
) -> tuple[Secret, ...]:
    """The personal data of these kinds in any text, in the order of the text.

    `structure` is the stored one, `page` that of the text where there is one already.
    """
    if not kinds or not _DIGITS.search(text):
        return ()
    page = page or TextPage(text, "", markup, structure)
    marked = find_number_signs(page.lowered.folded)
    if not marked.every:
        return ()
    return resolve_candidates(
        (each for each in islice(_candidates(page, marked), MAX_NUMBERED) if each.kind in kinds), page
    )


def _candidates(page: TextPage, marked: NumberSigns) -> Iterator[Candidate]:
    found = list(read_rows(page, marked))
    for row in found:
        if row.tabled or row.number in marked.numbered:
            yield from _row(row)
    yield from find_addresses([row for row in found if row.tabled or row.number in marked.towns])


def _row(row: SpotRow) -> Iterator[Candidate]:
    for spot in row.spots:
        if any(map(str.isdigit, spot.line.text)):
            yield from find_my_numbers(spot)
            yield from find_cards(spot)
            yield from find_phones(spot)


def merge_personal(secrets: Sequence[Secret], personal: Sequence[Secret]) -> tuple[Secret, ...]:
    """Credentials and personal data of one text, in its order. Where they overlap, the credential stays."""
    if not (secrets and personal):
        return (*secrets, *personal)
    starts = [_start(each) for each in secrets]
    apart = (each for each in personal if not _overlaps(each, secrets, starts))
    return tuple(sorted((*secrets, *apart), key=_start))


def _overlaps(each: Secret, secrets: Sequence[Secret], starts: Sequence[tuple[int, int]]) -> bool:
    """Whether one of the secrets, which stand in order and apart from each other, shares a character with it."""
    last = bisect_left(starts, _end(each)) - 1
    return last >= 0 and _end(secrets[last]) > _start(each)


def _start(each: Secret) -> tuple[int, int]:
    return each.span.line, each.span.column


def _end(each: Secret) -> tuple[int, int]:
    return each.span.end_line, each.span.end_column
