"""The first day's screen and report: what hurts, what to do first, how to start; afterwards they are as usual."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kb.lint.formats.text import MAX_ROWS, ROWS_BELOW_LEAD
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility

Call = Callable[..., Any]

BAD = """## 影響
2025/06/03 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号発行が停止したため。

## 対応
番号発行を再起動した。

## 再発防止
"""
VALUE = "Kumo7-Hikari"
DAY = ("--now", "2026-11-25T10:00")


def secret(number: int, value: str, visibility: Visibility = Visibility.MEMBERS) -> SourceRow:
    return SourceRow(
        Source.ESA, Kind.POST, str(number), f"esa:{number}", f"控え{number}", f"- パスワード: {value}\n", {},
        number=number, created_at="2025-05-01T00:00:00Z", updated_at="2025-05-01T00:00:00Z", visibility=visibility,
    )  # fmt: skip


@pytest.fixture
def team(posts: Any) -> Any:
    """Nine incidents, two with a prevention to do and six without any, and three places of two passwords."""
    posts.put(*((number, f"番号が発行されない {number}", BAD + "TODO\n") for number in range(1, 7)))
    posts.put(
        *((number, f"番号が足りない {number}", BAD + "- [ ] 監視を足す\n- [ ] 手順に書く\n") for number in (7, 8))
    )
    posts.put((9, "番号が重なる", BAD + "- [x] 発行の前に確かめるようにした（担当: 野口 / 2025-06-20）\n"))
    rows = (secret(20, VALUE), secret(21, VALUE, Visibility.LIMITED), secret(22, "Fumi-Maguro9", Visibility.LIMITED))
    with Mirror.open(posts.root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(rows)
    return posts


def lead(said: Any) -> list[str]:
    """The lines above the findings."""
    lines = said.out.splitlines()
    return lines[: lines.index("急ぐものから")] if "急ぐものから" in lines else []


def test_the_first_screen_says_what_hurts_what_to_do_first_and_how_to_start(kb: Call, team: Any) -> None:
    said = kb("lint", *DAY)
    lines = lead(said)
    assert lines[0] == "いま困ること"
    assert [line.split() for line in lines[2:4]] == [
        ["1", "件", "メンバー全員"],  # where most can read it
        ["1", "件", "プロジェクトや限られたカテゴリーのメンバー"],
    ]
    assert "障害 8 件（10 か所）" in lines[4]
    assert [line.split("  ")[1] for line in lines[lines.index("まずすること") + 1 :][:2]] == [
        "kb secrets list",
        "kb triage --select INC4",
    ]
    assert lines[-3].strip() == "kb lint --update-baseline"
    assert "2027-02-25 まで脇に置き" in lines[-2]
    assert VALUE not in said.out
    assert len(said.out.splitlines()) <= 30


def test_what_it_promises_is_what_the_baseline_does(kb: Call, team: Any) -> None:
    promised = next(line for line in lead(kb("lint", *DAY)) if "脇に置き" in line)
    calm = int(promised.partition("警告 ")[2].partition(" 件")[0])
    assert f"{calm} 件を加え" in kb("lint", "--update-baseline", *DAY).err


def test_below_the_lead_secrets_leave_room_for_all_else(kb: Call, team: Any) -> None:
    lines = kb("lint", *DAY).out.splitlines()
    rows = [line for line in lines if line.startswith("  esa:")]
    assert len(rows) == 2 * ROWS_BELOW_LEAD
    assert sum("控え" in line for line in rows) == ROWS_BELOW_LEAD


def test_the_same_day_it_is_the_same_and_the_next_day_it_is_over(kb: Call, team: Any) -> None:
    first = kb("lint", *DAY).out
    assert kb("lint", "--now", "2026-11-25T18:00").out == first
    after = kb("lint", "--now", "2026-11-26T09:00")
    assert lead(after) == []
    assert sum(line.startswith("  esa:") for line in after.out.splitlines()) == MAX_ROWS


@pytest.mark.parametrize(
    "words",
    [
        ("--select", "INC"),
        ("--all",),
        ("--group-by", "page"),
        ("--min-confidence", "low"),
        ("--statistics",),
        ("esa:1",),
    ],
)
def test_a_look_at_a_part_or_at_all_of_it_has_no_lead(kb: Call, team: Any, words: tuple[str, ...]) -> None:
    assert "いま困ること" not in kb("lint", *words, *DAY).out


def test_who_set_something_aside_has_begun(kb: Call, team: Any) -> None:
    kb("lint", "--update-baseline", *DAY)
    assert "いま困ること" not in kb("lint", *DAY).out


def test_what_fits_on_a_screen_needs_no_lead(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", BAD + "TODO\n"))
    assert "いま困ること" not in kb("lint", *DAY).out


def test_the_first_report_leads_with_what_hurts_and_the_next_does_not(kb: Call, team: Any) -> None:
    kb("lint", *DAY)
    said = kb("report", *DAY)
    head, secrets, preventions, *rest = said.out.splitlines()
    assert head.startswith("2026-W48")
    assert "認証情報 2 件（読める人: メンバー全員 1 件、プロジェクトや一部のメンバー 1 件）" in secrets
    assert "障害 8 件（10 か所）" in preventions
    assert rest[0].startswith("先に: ")
    assert any(line.startswith("始め方: ") and line.endswith("→ kb lint --update-baseline") for line in rest)
    assert len(said.out.splitlines()) <= 9
    monday = kb("report", "--now", "2026-11-30T09:00").out  # of the week that was the first
    assert "始め方: " in monday
    assert "始め方: " not in kb("report", "--now", "2026-12-02T09:00").out
    assert "始め方: " not in kb("report", "--for", "野口", *DAY).out
