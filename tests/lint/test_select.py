"""`--select` and `--ignore`: codes, beginnings of codes, and names."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from kb.cli.app import run
from kb.errors import UsageError
from kb.rules.codes import find_rule, select_rules


@dataclass(frozen=True)
class Stub:
    """What selection looks at."""

    code: str
    name: str
    on: bool = True


RULES = (
    Stub("INC203", "cause-shallow"),
    Stub("INC401", "prevention-missing"),
    Stub("INC404", "manual-check", on=False),
    Stub("PII101", "phone", on=False),
    Stub("PII103", "card", on=False),
)


@pytest.mark.parametrize(
    ("select", "ignore", "codes"),
    [
        ([], [], "INC203 INC401"),
        (["INC"], [], "INC203 INC401"),
        (["INC4"], [], "INC401"),
        (["inc401"], [], "INC401"),
        (["prevention-missing", "INC2"], [], "INC203 INC401"),
        (["INC404"], [], "INC404"),
        (["manual-check"], ["INC4"], "INC404"),
        ([], ["INC2"], "INC401"),
        (["INC"], ["INC"], ""),
        (["INC401"], ["INC"], "INC401"),
        (["INC"], ["INC401"], "INC203"),
        ([], ["INC"], ""),
        (["PII"], [], "PII101 PII103"),
        (["pii", "INC4"], [], "INC401 PII101 PII103"),
        (["PII"], ["PII103"], "PII101"),
    ],
)
def test_the_longer_selector_decides(select: list[str], ignore: list[str], codes: str) -> None:
    assert [rule.code for rule in select_rules(RULES, select, ignore)] == codes.split()


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("INC403", "INC40"),
        ("prevention-mising", "prevention-missing ではありませんか"),
        ("zzz", "kb explain で一覧"),
        ("", "kb explain"),
    ],
)
def test_an_unknown_selector_is_told_with_the_nearest(word: str, hint: str) -> None:
    with pytest.raises(UsageError, match="という規則はありません") as caught:
        select_rules(RULES, [word])
    assert hint in str(caught.value)
    with pytest.raises(UsageError):
        select_rules(RULES, [], [word])


def test_find_takes_code_or_name_in_any_case() -> None:
    assert find_rule("inc203", RULES) is find_rule("Cause-Shallow", RULES) is RULES[0]


def test_a_name_that_two_rules_share_lists_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "broken-link"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["PST105", "SYS105"]
