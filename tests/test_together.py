"""Cases that are tried together are told apart when one does not hold."""

from __future__ import annotations

import pytest
from together import together


def test_each_case_that_does_not_hold_is_named_and_no_other() -> None:
    tried = []

    @together(("name", "number"), [("one", 1), ("two", 2), pytest.param("three", 3, id="third"), ("four", 4)])
    def check(name: str, number: int) -> None:
        tried.append(name)
        assert number in (1, 4)

    with pytest.raises(AssertionError, match=r"2 of 4 do not hold:\ntwo-2: (?s:.*)\nthird: ") as caught:
        check()
    assert tried == ["one", "two", "three", "four"]
    assert "one-1" not in str(caught.value)


def test_a_known_fault_may_fail_and_has_to() -> None:
    known = pytest.mark.xfail(strict=True, reason="a known fault")

    @together("number", [pytest.param(1, marks=known), pytest.param(2, id="second", marks=[known])])
    def check(number: int) -> None:
        assert number != 1

    with pytest.raises(AssertionError, match="second: a known fault that is none any more"):
        check()


@together("number", (1, 2))
def test_fixtures_are_given_to_each_case(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    print(number)
    assert capsys.readouterr().out == f"{number}\n"
