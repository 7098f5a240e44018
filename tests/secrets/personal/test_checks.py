"""Check digits, issuers and lengths: what tells a My Number, a card or a phone from other digits."""

from __future__ import annotations

import pytest

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.personal.find import find_personal
from kb.secrets.personal.id_numbers import TEST_NUMBERS, find_issuer, is_my_number, passes_luhn


@pytest.mark.parametrize("digits", ["123456789018", "283746501929", "000000000000", "100000000005", "000000000019"])
def test_the_last_digit_of_a_my_number_checks_the_others(digits: str) -> None:
    assert is_my_number(digits)
    for last in set("0123456789") - {digits[-1]}:
        assert not is_my_number(digits[:-1] + last)


def test_a_remainder_of_one_and_of_none_both_give_zero() -> None:
    # The weights from the right are 2 to 7 and 2 to 6: 6 × 2 = 12 leaves 1, and 5 × 2 + 4 × 3 = 22 leaves nothing.
    assert is_my_number("000000000060")
    assert is_my_number("000000000450")


@pytest.mark.parametrize("digits", sorted(TEST_NUMBERS))
def test_published_numbers_are_cards_but_for_nobody(digits: str) -> None:
    assert find_issuer(digits)
    assert passes_luhn(digits)
    assert find_personal(f"カード番号: {digits}") == ()


@pytest.mark.parametrize(
    ("digits", "brand"),
    [
        ("4" + "0" * 15, "visa"),
        ("4" + "0" * 14, ""),
        ("5099999999999999", ""),
        ("5100000000000000", "mastercard"),
        ("5600000000000000", ""),
        ("2220999999999999", ""),
        ("2221000000000000", "mastercard"),
        ("2720999999999999", "mastercard"),
        ("2721000000000000", ""),
        ("3527999999999999", ""),
        ("3589999999999999", "jcb"),
        ("370000000000000", "american-express"),
        ("36000000000000", "diners-club"),
        ("6011000000000000", "discover"),
        ("6200000000000000", "unionpay"),
        ("9999999999999999", ""),
    ],
)
def test_an_issuer_is_known_by_first_digits_and_length(digits: str, brand: str) -> None:
    assert find_issuer(digits) == brand


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ("携帯 090-0173-4826", Confidence.HIGH),
        ("09001734826", Confidence.MEDIUM),
        ("保守窓口 03-0482-1937", Confidence.LOW),
        ("03-0482-1937", Confidence.LOW),
        ("佐藤様 03-0482-1937", Confidence.MEDIUM),
        ("佐藤様 TEL 03-0482-1937", Confidence.HIGH),
        ("折り返し 0120-000-417", Confidence.MEDIUM),
        ("お問い合わせ 0120-000-417", Confidence.LOW),
    ],
)
def test_a_phone_is_as_sure_as_what_stands_around_it(text: str, confidence: Confidence) -> None:
    assert [each.confidence for each in find_personal(text)] == [confidence]


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ("カード番号 4000002718284597", Confidence.HIGH),
        ("4000 0027 1828 4597", Confidence.MEDIUM),
        ("4000002718284597", Confidence.LOW),
    ],
)
def test_a_card_is_as_sure_as_what_stands_around_it(text: str, confidence: Confidence) -> None:
    assert [each.confidence for each in find_personal(text)] == [confidence]


def test_only_the_kinds_that_are_asked_for_are_found() -> None:
    text = "田中 090-0173-4826 個人番号 283746501929"
    assert [each.kind for each in find_personal(text)] == [SecretKind.PHONE, SecretKind.MY_NUMBER]
    assert [each.kind for each in find_personal(text, kinds={SecretKind.MY_NUMBER})] == [SecretKind.MY_NUMBER]
    assert find_personal(text, kinds=()) == ()
