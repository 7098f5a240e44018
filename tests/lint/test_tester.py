"""The rule tester: what it accepts, and what a failed test tells its reader."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kb.lint.testing.check import Case, cases, check_rule, rules_of
from kb.lint.testing.world import load_test_world
from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Entry, Page
from kb.rules.registry import Hit, Rule
from kb.rules.world import Ticket, World
from kb.text.lang import t
from kb.text.lines import Span

SAYS = t("旧ホスト名です。", "An old host name.")
TABLE = '[[rule]]\ncode = "ACME031"\nname = "old-host"\nmessage = "旧ホスト名です。"\nwords = ["oldhost"]\n'


pytestmark = pytest.mark.usefixtures("forget_rules")


def check(page: Page) -> Iterator[Hit]:
    for number, line in enumerate(page.document.body.split("\n"), 1):
        column = line.find("oldhost") + 1
        if column:
            yield Hit(SAYS, Span(number, column, number, column + 7), Confidence.HIGH)


def a_rule(**changes: object) -> Rule:
    return Rule("ACME009", "acme.old_host", Severity.WARNING, **{"check": check, **changes})  # type: ignore[arg-type]


def told(rule: Rule, **asked: object) -> list[str]:
    with pytest.raises(AssertionError) as error:
        check_rule(rule, **asked)  # type: ignore[arg-type]
    return str(error.value).splitlines()


def test_findings_are_named_by_line_or_marked_in_the_page() -> None:
    check_rule(a_rule(), page="# 題名\n\noldhost です\n", expect=["3 旧ホスト名です。"])
    check_rule(a_rule(), page="⟦oldhost⟧ と\n古い ⟦oldhost⟧", expect=["旧ホスト名です。", "旧ホスト名です。"])
    check_rule(a_rule(), page="newhost です\n")
    check_rule(a_rule(), page="h1. 題名\n\noldhost\n", expect=["3 旧ホスト名です。"], name="page.textile")


def test_what_is_missing_and_what_is_too_much_stand_under_their_lines() -> None:
    assert told(a_rule(), page="# 題名\noldhost です\nnewhost です\n", expect=["3 旧ホスト名です。", "1 x"]) == [
        "ACME009 old-host",
        "     1 | # 題名",
        "       - expected: x",
        "     2 | oldhost です",
        "       + found: 旧ホスト名です。 (columns 1 to 8)",
        "     3 | newhost です",
        "       - expected: 旧ホスト名です。",
    ]


def test_another_place_on_the_line_is_another_finding() -> None:
    assert told(a_rule(), page="oldhost と ⟦host⟧", expect=["旧ホスト名です。"])[2:] == [
        "       - expected: 旧ホスト名です。 (columns 11 to 15)",
        "       + found: 旧ホスト名です。 (columns 1 to 8)",
    ]


@pytest.mark.parametrize(
    ("page", "expect", "why"),
    [
        ("⟦oldhost⟧", [], "1 places are marked, 0 findings expected"),
        ("⟦old\nhost⟧", ["x"], "a mark stays on its line"),
        ("oldhost", ["旧ホスト名です。"], "is not `line message`"),
    ],
)
def test_expectations_that_make_no_sense_are_refused(page: str, expect: list[str], why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        check_rule(a_rule(), page=page, expect=expect)


def test_a_line_beyond_the_page_is_said() -> None:
    assert "     9 | (the page has no such line)" in told(a_rule(), page="x", expect=["9 x"])


def test_a_suppressed_finding_is_none() -> None:
    check_rule(a_rule(), page="oldhost <!-- kb:ignore ACME009 撤去待ち -->\n")


def test_a_crash_shows_the_rule_s_own_line() -> None:
    def broken(page: Page) -> Iterator[Hit]:
        raise ZeroDivisionError("here")
        yield

    with pytest.raises(ZeroDivisionError, match="here"):
        check_rule(a_rule(check=broken), page="x")
    with pytest.raises(ZeroDivisionError, match="here"):
        check_rule(a_rule(check=None, join=lambda entry, world: broken(entry)), page="x")  # type: ignore[arg-type]


def test_a_join_sees_the_world_it_is_given() -> None:
    def join(entry: Entry, world: World) -> Iterator[Hit]:
        if world.tickets["#45"].closed:
            yield Hit(t(f"{world.today} に終了", ""), Span(1, 1, 1, 1), Confidence.HIGH)

    world = World(date(2025, 8, 1), tickets={"#45": Ticket("redmine:45", "", "終了", True)})
    check_rule(a_rule(check=None, join=join), page="x", expect=["1 2025-08-01 に終了"], world=world)


def test_a_world_is_read_from_the_page_s_file_or_the_folder_s(tmp_path: Path) -> None:
    (tmp_path / "world.toml").write_text(
        'today = 2025-08-01\nmembers = ["ono"]\n[policy]\nincident = ["a/**"]\n'
        '[tickets."#45"]\nkey = "redmine:45"\ntitle = ""\nstatus = "終了"\nclosed = true\n'
    )
    (tmp_path / "late.json").write_text('{"today": "2026-01-02", "stale_days": 7}')
    world = load_test_world(tmp_path / "bad.md")
    assert (world.today, world.members, world.tickets["#45"].closed) == (date(2025, 8, 1), {"ono"}, True)
    assert world.policy.incident == ("a/**",)
    late = load_test_world(tmp_path / "late.md")
    assert (late.today, late.stale_days, late.tickets) == (date(2026, 1, 2), 7, {})
    (tmp_path / "odd.toml").write_text("todya = 1\n")
    with pytest.raises(AssertionError, match="todya means nothing here"):
        load_test_world(tmp_path / "odd.md")


def pages(folder: Path, **texts: str) -> Path:
    (folder / "old-host").mkdir(parents=True)
    for name, text in texts.items():
        page, _, suffix = name.rpartition("_")
        (folder / "old-host" / f"{page}.{suffix}").write_text(text)
    return folder


def failures(found: list[Case]) -> list[str]:
    said = []
    for case in found:
        try:
            case.check()
        except AssertionError as error:
            said.append(str(error))
    return said


def test_a_folder_of_pages_is_walked(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(TABLE)
    folder = pages(tmp_path / "t", bad_md="a\noldhost\n", bad_txt="2 旧ホスト名です。\n", good_md="new\n")
    made = cases(folder, tmp_path / "own.toml")
    assert [made["ids"](case) for case in made["argvalues"]] == ["old-host/bad.md", "old-host/good.md"]
    assert failures(made["argvalues"]) == []


def test_a_page_that_gives_something_else_fails(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(TABLE)
    folder = pages(tmp_path / "t", bad_md="oldhost\n", bad_txt="1 別の文\n", good_md="oldhost\n", good_txt="")
    bad, good = failures(cases(folder, tmp_path / "own.toml")["argvalues"])
    assert bad.startswith("old-host/bad.md: ACME031 old-host\n     1 | oldhost\n       - expected: 別の文")
    assert "+ found: 旧ホスト名です。" in good


def test_what_lacks_is_a_case_that_fails(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(TABLE)
    folder = pages(tmp_path / "t", bad_md="oldhost\n")
    (folder / "no-rule").mkdir()
    (folder / "no-rule" / "bad.md").write_text("x")
    said = failures(cases(folder, tmp_path / "own.toml")["argvalues"])
    assert said[0].startswith("no-rule/bad.md: no rule is called no-rule (there are: old-host)")
    assert "bad.txt: missing" in said[1]
    assert said[2].startswith("old-host/bad.md: a rule needs a page that it finds something on")


def test_rules_come_from_packages_folders_files_or_as_they_are(tmp_path: Path) -> None:
    assert "INC402" in {rule.code for rule in rules_of("linters")}
    assert {rule.code[:2] for rule in rules_of("linters.hygiene")} == {"KB"}
    (tmp_path / "own.toml").write_text(TABLE)
    (tmp_path / "mine.py").write_text(
        "from kb.rules.registry import Rule; from kb.model.finding import Severity\nRule('ACME032', "
        "__name__, Severity.INFO)\n"
    )
    assert {rule.code for rule in rules_of(tmp_path)} == {"ACME031", "ACME032"}
    assert {rule.code for rule in rules_of(str(tmp_path / "mine.py"))} == {"ACME032"}
    assert rules_of([a_rule()]) == (a_rule(),)


def test_the_tester_needs_no_pytest() -> None:
    code = "import sys, kb.lint.testing.check; print('pytest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
