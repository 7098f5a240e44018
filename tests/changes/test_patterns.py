"""Patterns that people type: taken where they end, and ended where they do not."""

from __future__ import annotations

import threading

import pytest

from kb.errors import UsageError
from kb.plan.propose.patterns import MAX_PATTERN_LENGTH, MatchBudget, compile_pattern, compile_template
from kb.plan.propose.post import PostHead

SLOW = r"^.*a.*a.*a.*b$"


@pytest.mark.parametrize(
    "written",
    [
        "障害",
        "^",
        r"\s+$",
        r"^\[障害\]\s*",
        "(.*)障害(.*)",
        r"^(\d{4})年(\d+)月(\d+)日\s*(.*)$",
        "^(?:【.*?】)?(?P<name>.+)$",
        "(?i)^wip[: ]",
        "a|b|c",
        "(?:ab)+$",
        SLOW,
    ],
)
def test_patterns_of_everyday_use_are_taken(written: str) -> None:
    assert compile_pattern(written, "--match").pattern == written


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "空です"),
        ("(a+)+$", "繰り返しが多すぎて"),
        ("(a*)*b", "繰り返しが多すぎて"),
        ("(a|aa)+$", "繰り返しが多すぎて"),
        ("(?P<x>a+)+b", "繰り返しが多すぎて"),
        ("(.{0,50}){0,50}x", "繰り返しが多すぎて"),
        ("^(?:a?){30}a{30}$", "繰り返しが多すぎて"),
        ("a*" * 6, "繰り返しが多すぎて"),
        ("(?x)(a +) +", "(?x)"),
        ("(?ix: a )", "(?x)"),
        ("a(?#[)(b+)+]", "(?#"),
        ("(a", "正規表現として読めません"),
        ("[[a]", "正規表現として読めません"),
        ("a**", "正規表現として読めません"),
        ("x" * (MAX_PATTERN_LENGTH + 1), "文字を超えています"),
    ],
)
def test_patterns_that_may_not_end_are_refused(written: str, said: str) -> None:
    with pytest.raises(UsageError, match="--match") as error:
        compile_pattern(written, "--match")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("to", "said"),
    [(r"\2", "invalid group"), (r"\g<name>", "unknown group"), ("\\", "bad escape"), ("障害/x", "kb plan move")],
)
def test_a_template_the_pattern_cannot_fill_is_refused(to: str, said: str) -> None:
    with pytest.raises(UsageError, match="--to") as error:
        compile_template(compile_pattern("(a)", "--match"), to, "--to")
    assert said in str(error.value)


def test_a_title_that_keeps_a_pattern_busy_is_named() -> None:
    found, patience = compile_pattern(SLOW, "--match"), MatchBudget(0.05)
    with patience.of(PostHead(1, "a")):
        found.search("ab" * 5)
    with pytest.raises(UsageError, match="esa:12 の題名"), patience.of(PostHead(12, "a")):
        found.search("a" * 3000)
    with pytest.raises(UsageError, match="esa:13"), patience.of(PostHead(13, "a")):  # what is used up stays so
        found.search("a" * 3000)


def test_other_errors_pass_and_the_alarm_is_off_again() -> None:
    import signal

    with pytest.raises(KeyError), MatchBudget(5).of(PostHead(1, "a")):
        raise KeyError
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGVTALRM) == signal.SIG_DFL


def test_matching_works_in_a_thread_too() -> None:
    done: list[str] = []

    def work() -> None:
        with MatchBudget().of(PostHead(1, "a")):
            done.append(compile_pattern("a", "--match").sub("b", "aa"))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == ["bb"]
