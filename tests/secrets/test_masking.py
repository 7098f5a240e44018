"""Values that a text repeats: covered wherever they stand, be they few or thousands."""

from __future__ import annotations

import pytest

from kb.model.facts import Confidence
from kb.model.secret import LengthClass, Secret, SecretKind
from kb.secrets.masking.mask import cover_secrets, cut_span, find_offset, locate_secrets, mask_secrets, mask_values
from kb.text.lines import Span

FEW, MANY = 3, 500


def values(count: int) -> list[str]:
    return [f"Kumo{number}-Hikari" for number in range(count)]


def secret(line: int, column: int, end_line: int, end_column: int) -> Secret:
    span = Span(line, column, end_line, end_column)
    return Secret(SecretKind.PASSWORD, span, Confidence.HIGH, LengthClass.MIDDLE, "test")


def at_the_end_of(lines: list[str], first: int, found: list[str]) -> list[Secret]:
    """A secret for each value at the end of a line, from line `first` on."""
    return [
        secret(number, len(lines[number - 1]) - len(value) + 1, number, len(lines[number - 1]) + 1)
        for number, value in enumerate(found, first)
    ]


@pytest.mark.parametrize("count", [FEW, MANY])
def test_a_value_that_is_quoted_elsewhere_is_covered_there_too(count: int) -> None:
    told = values(count)
    text = f"手順: {told[0]}、{told[-1]} の順\n" + "\n".join(f"PW: {value}" for value in told)
    secrets = at_the_end_of(text.split("\n"), 2, told)
    assert mask_secrets(text, secrets) == "手順: ********、******** の順\n" + "\n".join(["PW: ********"] * count)
    seen = mask_values(cover_secrets(text, secrets), told)
    assert "Kumo" not in seen
    assert len(seen.encode()) == len(text.encode())


@pytest.mark.parametrize("count", [FEW, MANY])
def test_of_values_that_begin_alike_the_longest_is_covered(count: int) -> None:
    told = [*values(count), "Kumo1-Hikari-Asa", "Kumo1-H"]
    assert mask_values("a Kumo1-Hikari-Asa b Kumo1-H c Kumo1-Hikari d Kumo", told) == (
        "a **************** b ******* c ************ d Kumo"
    )


@pytest.mark.parametrize("count", [FEW, MANY])
def test_short_values_and_plain_words_are_left_elsewhere(count: int) -> None:
    assert (
        mask_values("abc12 とパスワード password", [*values(count), "abc12", "password"])
        == "abc12 とパスワード password"
    )


def test_ranges_are_the_places_of_spans_and_end_with_the_text() -> None:
    text = "ab\n\ncde"
    secrets = [secret(1, 2, 1, 3), secret(2, 1, 3, 2), secret(3, 3, 3, 9), secret(7, 1, 7, 2)]
    assert list(locate_secrets(text, secrets)) == [(1, 2), (3, 5), (6, 7), (7, 7)]
    assert [text[start:end] for start, end in locate_secrets(text, secrets)] == [
        cut_span(text, each.span) for each in secrets
    ]
    assert list(locate_secrets(text, ())) == []


@pytest.mark.parametrize("line", ["\n", "abc\n", "あ" * 5_000 + "\n"])
def test_ranges_are_the_places_of_spans_in_a_long_text_too(line: str) -> None:
    text = line * 5_000 if len(line) < 9 else line * 20
    last = text.count("\n") + 1
    secrets = [secret(each, 1, each + 1, 2) for each in (1, 2, last // 2, last - 2, last - 1, last, last + 1)]
    assert list(locate_secrets(text, secrets)) == [
        (find_offset(text, each.span.line, 1), find_offset(text, each.span.end_line, 2)) for each in secrets
    ]
