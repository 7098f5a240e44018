"""Which trackers and fields of a Redmine are proposed as the place of its incidents."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.reading.tickets.places import propose_places

LINES = [
    line
    for line in (Path(__file__).parent / "tickets" / "trackers.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


@pytest.mark.parametrize("line", LINES)
def test_trackers_named_for_trouble_are_proposed(line: str) -> None:
    offered, _, wanted = line.partition("=>")
    assert propose_places(_parts(offered), ()).trackers == _parts(wanted)


def test_a_field_that_sorts_tickets_comes_before_a_tracker_of_bugs() -> None:
    tickets = [
        [("種別", "障害"), ("根本原因", "上限が 5 のままだった。"), ("対象環境", "本番")],
        [("種別", "定常作業"), ("根本原因", ""), ("対象環境", "")],
        [("種別", "重大障害"), ("担当窓口", "障害者対応")],
    ]
    found = propose_places(("バグ", "機能"), tickets)
    assert (found.trackers, found.fields) == ((), (("種別", ("重大障害", "障害")),))
    assert found.sections == ("根本原因",)


def test_a_field_of_sentences_sorts_nothing() -> None:
    tickets = [[("連絡事項", "8/3 の障害について、関係する部署に伝えてください。")], [("連絡事項", "なし")]]
    assert propose_places(("タスク",), tickets).fields == ()


def test_a_tracker_named_for_trouble_needs_no_field() -> None:
    tickets = [[("種別", "障害"), ("再発防止", "")], [("種別", "作業"), ("対象環境", "本番")]]
    found = propose_places(("インシデント", "作業"), tickets)
    assert (found.trackers, found.fields, found.sections) == (("インシデント",), (), ("再発防止",))
