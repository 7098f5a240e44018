"""The rows of `kb diagram check` on a terminal: the worst, and one of each kind."""

from __future__ import annotations

import pytest
from estate.kit import findings, snapshots

from kb.commands.diagram.check_rows import choose_rows
from kb.model.finding import Severity


@pytest.mark.parametrize("most", [40, 60, 400])
def test_a_row_of_each_kind_comes_before_a_second_of_any(most: int) -> None:
    found = findings(snapshots()) * 4
    shown = choose_rows(found, most)
    assert len(shown) == min(most, len(found))
    assert {each.code for each in shown} == {each.code for each in found}
    assert [each.severity for each in shown] == sorted((each.severity for each in shown), reverse=True)
    assert sum(each.severity is Severity.INFO for each in shown) >= 1


def test_the_worst_kinds_come_first_where_there_is_no_room_for_all() -> None:
    found = findings(snapshots())
    assert {each.severity for each in choose_rows(found, 1)} == {Severity.ERROR}
    assert choose_rows([], 3) == []
