"""Four hundred findings, one sitting: each output says exactly what changed.

`sitting.txt` is the script and its specification. After a change of wording or of rules,
`KB_UPDATE_GOLDEN=1 pytest tests/sitting` writes its outputs anew, to be read in review.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sitting import script
from sitting.conftest import Play, Played

SCRIPT = Path(__file__).with_name("sitting.txt")

FINDINGS = r"指摘 (\d+) 件"
ASIDE = r"出していないもの (\d+) 件"
PRESSING = r"エラーと秘密 (\d+) 件は加えません"
CHANGED = r"kb-baseline\.toml: (\d+) 件を加え、(\d+) 件を外しました"


@pytest.fixture(scope="module")
def played(play: Play) -> list[Played]:
    return play(*script.commands(SCRIPT))


@pytest.fixture(scope="module")
def steps(played: list[Played]) -> dict[str, Played]:
    """The outcomes of the script's `kb`, by what was done."""
    names = (
        "first", "triage", "decided", "suppressed", "baseline", "known", "offered", "diff", "fix", "fixed",
        "shrunk", "accepted", "edited",
    )  # fmt: skip
    return dict(zip(names, (each for each in played if each.command.startswith("kb ")), strict=True))


def test_the_sitting_reads_as_it_is_written_down(played: list[Played]) -> None:
    outcomes = [(each.output, each.code) for each in played]
    assert not [line for output, _ in outcomes for line in output.splitlines() if line.startswith(("$ ", "# "))]
    if os.environ.get("KB_UPDATE_GOLDEN"):
        SCRIPT.write_text(script.rewritten(SCRIPT, outcomes), encoding="utf-8")
    assert [(each.command, each.output, each.code) for each in played] == script.stated(SCRIPT)


def test_there_are_three_hundred_findings_or_so(steps: dict[str, Played]) -> None:
    assert 270 <= steps["first"].figures(FINDINGS)[0] <= 370


def test_every_finding_is_accounted_for_at_every_step(steps: dict[str, Played]) -> None:
    (all_of_them,) = steps["first"].figures(FINDINGS)
    accept, snooze, ask, ticket = steps["triage"].figures(
        r"10 件を決めました（受け入れ (\d+)、あとで (\d+)、聞いた (\d+)、チケット (\d+)）"
    )
    assert accept + snooze + ask + ticket == 10
    assert steps["triage"].figures(r"残り (\d+) 件") == [all_of_them - 10]
    assert steps["decided"].figures(FINDINGS) == [all_of_them - accept - snooze]
    assert steps["decided"].figures(rf"{ASIDE}（受け入れ (\d+)、あとで (\d+)）") == [accept + snooze, accept, snooze]
    assert steps["decided"].figures(r"聞いた (\d+)、チケット (\d+)") == [ask, ticket]
    aside = accept + snooze + 1
    assert steps["suppressed"].figures(FINDINGS) == [all_of_them - aside]
    assert steps["suppressed"].figures(rf"{ASIDE}（コメントで抑制 (\d+)") == [aside, 1]
    (secrets,) = steps["baseline"].figures(PRESSING)
    assert steps["baseline"].figures(CHANGED) == [all_of_them - aside - secrets, 0]
    for name in ("baseline", "known"):
        assert steps[name].figures(ASIDE) == [all_of_them - secrets]
        assert steps[name].figures(FINDINGS) == [secrets]


def test_errors_and_secrets_stay_out_of_the_baseline_and_are_told_to_the_end(steps: dict[str, Played]) -> None:
    (secrets,) = steps["baseline"].figures(PRESSING)
    assert secrets >= 4
    for name in ("known", "fixed", "accepted"):
        assert "エラー SEC101" in steps[name].output
        assert steps[name].code == 1
    assert not [each for each in steps.values() if "パスワード: " in each.output]


def test_after_two_fixes_lint_says_what_was_mended_and_what_was_rewritten(steps: dict[str, Played]) -> None:
    assert steps["diff"].output.count("\n+++ b/kb-pages/") == 2
    assert "直せるもの 2 件（2 ファイル）。まだ何も書いていません。" in steps["diff"].output
    assert "2 ファイルで 2 件を直しました。" in steps["fix"].output
    (before,) = steps["known"].figures(r"ベースライン (\d+)")
    (rewritten,) = steps["fixed"].figures(r"うち (\d+) 件は、そこが書き直された")
    assert steps["fixed"].figures(r"もう当たらない指摘が (\d+) 件") == [2]
    (secrets,) = steps["baseline"].figures(PRESSING)
    assert steps["fixed"].figures(FINDINGS) == [secrets + rewritten]
    assert steps["fixed"].figures(r"ベースライン (\d+)") == [before - 2 - rewritten]
    assert steps["shrunk"].figures(CHANGED) == [0, 2 + rewritten]
    assert steps["shrunk"].figures(r"（直った (\d+)、書き直された (\d+)）") == [2, rewritten]
    assert steps["accepted"].figures(CHANGED) == [rewritten, 0]
    assert steps["accepted"].figures(r"ベースライン (\d+)") == [before - 2]


def test_what_an_edit_rewrote_comes_back_as_new(steps: dict[str, Played]) -> None:
    (back,) = steps["edited"].figures(r"うち (\d+) 件は、そこが書き直された")
    assert steps["edited"].figures(FINDINGS) == [back] == [1]
    assert "もう当たらない" not in steps["edited"].output
    rule, place, *_ = steps["edited"].output.splitlines()
    assert "警告   INC203" in rule
    assert "kb-pages/1397.md" in place


@pytest.mark.long
def test_the_same_sitting_in_english_ends_alike(play: Play, played: list[Played]) -> None:
    english = play(*script.commands(SCRIPT), lang="en")
    assert [(each.command, each.code) for each in english] == [(each.command, each.code) for each in played]
    said = "\n".join(each.output for each in english)
    for line in (
        "Decided on 10 (4 accepted, 2 snoozed, 2 asked, 2 in tickets); ",
        "being seen to already: 4 of the findings (2 asked, 2 in tickets).",
        "errors and secrets are never added (",
        "2 to fix in 2 files; nothing was written.",
        "fixed 2 in 2 files.",
    ):
        assert line in said
