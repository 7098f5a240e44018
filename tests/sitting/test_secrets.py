"""A sitting over a folder full of credentials: each output says what changed, and none holds a value.

`secrets.txt` is the script and its specification, as `sitting.txt` is (see test_sitting.py).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from sitting import ops_pages, script
from sitting.conftest import Play, Played

SCRIPT = Path(__file__).with_name("secrets.txt")


@pytest.fixture(scope="module")
def played(play: Play) -> list[Played]:
    return play(*script.commands(SCRIPT))


def test_the_sitting_reads_as_it_is_written_down(played: list[Played]) -> None:
    outcomes = [(each.output, each.code) for each in played]
    if os.environ.get("KB_UPDATE_GOLDEN"):
        SCRIPT.write_text(script.rewritten(SCRIPT, outcomes), encoding="utf-8")
    assert [(each.command, each.output, each.code) for each in played] == script.stated(SCRIPT)


@pytest.fixture(scope="module")
def steps(played: list[Played]) -> dict[str, Played]:
    """The outcomes of the script, by what was done."""
    names = (
        "first", "passed-on", "explained", "triage", "keyless", "keyless-baseline", "edit", "suppressed", "baseline",
        "accept-new", "files", "sarif", "html", "diff", "fix", "fixed", "change", "changed",
    )  # fmt: skip
    return dict(zip(names, played, strict=True))


def test_no_output_holds_a_value(played: list[Played]) -> None:
    said = "\n".join(each.output for each in played) + SCRIPT.read_text(encoding="utf-8")
    values = [value for value in ops_pages.VALUES if not value.isdigit()]
    assert len(values) > 15
    assert not [value for value in (*values, "Momiji", "Tsubaki", "hina-matsuri", "Kumo7") if value in said]
    numbers = {value for value in ops_pages.VALUES if value.isdigit()}
    assert numbers.isdisjoint(re.findall(r"\d+", said))


def test_files_that_are_shared_hold_no_value_and_no_baseline_a_secret(steps: dict[str, Played]) -> None:
    assert steps["files"].output.splitlines() == ["0", "kb-baseline.toml:0", "kb-decisions.toml:0"]


def test_every_finding_is_accounted_for(steps: dict[str, Played]) -> None:
    (all_of_them,) = steps["first"].figures(r"指摘 (\d+) 件")
    accept, snooze, ask, ticket = steps["triage"].figures(
        r"10 件を決めました（受け入れ (\d+)、あとで (\d+)、聞いた (\d+)、チケット (\d+)）"
    )
    assert accept + snooze + ask + ticket == 10
    aside = accept + snooze + 1
    assert steps["suppressed"].figures(r"指摘 (\d+) 件") == [all_of_them - aside]
    assert steps["suppressed"].figures(r"出していないもの (\d+) 件（コメントで抑制 (\d+)") == [aside, 1]
    assert steps["suppressed"].figures(r"聞いた (\d+)、チケット (\d+)") == [ask, ticket]
    added, pressing = steps["baseline"].figures(
        r"(\d+) 件を加え、0 件を外しました。\n- エラーと秘密 (\d+) 件は加えません"
    )
    assert added + pressing == all_of_them - aside
    assert steps["accept-new"].figures(r"変わりません。\n- エラーと秘密 (\d+) 件は加えません") == [pressing]
    counted = sum(map(int, re.findall(r": (\d+) 件", steps["sarif"].output)))
    settled = sum(map(int, re.findall(r"出していないもの (\d+) 件", steps["sarif"].output)))
    assert counted == pressing - 2, "what is pressing besides secrets: two errors of incident pages"
    assert settled == aside + 1, "what was decided, the comment, and the telephone number in the baseline"


def test_without_a_key_nothing_about_secrets_is_set_aside(steps: dict[str, Played]) -> None:
    assert "0 件を決めました" in steps["keyless"].output
    (secrets,) = steps["keyless-baseline"].figures(r"秘密 (\d+) 件は加えません。鍵がないので")
    assert steps["keyless-baseline"].figures(r"指摘 (\d+) 件") == [secrets]


def test_two_are_mended_and_the_title_with_a_value_is_left_to_a_person(steps: dict[str, Played]) -> None:
    assert "2 ファイルで 2 件を直しました。" in steps["fix"].output
    for name in ("diff", "fix"):
        assert "incident-login.md:1 INC505: 直す言葉に、パスワードなどの秘密が入っています" in steps[name].output
    assert "仮のパスワード: ******** で" in steps["diff"].output


def test_an_accepted_value_that_changes_is_told_again(steps: dict[str, Played]) -> None:
    assert "training.md" not in steps["fixed"].output
    assert "ops/training.md:10" in steps["changed"].output


def test_in_english_nothing_is_told_either(play: Play) -> None:
    outcomes = play(*(each for each in script.commands(SCRIPT) if "--diff" in each or "--explain" in each), lang="en")
    said = "\n".join(each.output for each in outcomes)
    assert "its words hold a credential: mend it by hand" in said
    assert "found by a line of a device's configuration (isakmp), readers whoever reads the file" in said
    assert not [value for value in ops_pages.VALUES if value in said]
