"""The dates of categories are folded, and put back for a page's day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.model.document import Document, Kind, Markup, Source
from kb.plan.destinations.families import DatedPlaces, DaySource, fill_place, fold_place, is_dated
from kb.plan.destinations.survey import TeamSurvey


@pytest.mark.parametrize(
    ("category", "folded"),
    [
        ("障害/2024", "障害/{year}"),
        ("日報/2025/07", "日報/{year}/{month}"),
        ("日報/2025/7", "日報/{year}/{month}"),
        ("議事録/2025-05", "議事録/{year}-{month}"),
        ("議事録/2025年5月", "議事録/{year}年{month}月"),
        ("計画/2025年度", "計画/{fiscal}年度"),
        ("計画/FY2025/Q3", "計画/FY{fiscal}/Q{quarter}"),
        ("週報/2025/W07", "週報/{year}/W{week}"),
        ("日報/202507", "日報/{year}{month}"),
        ("日報/20250703", "日報/{year}{month}{day}"),
        ("日報/2025/07/03", "日報/{year}/{month}/{day}"),
        ("設計/v2", "設計/v2"),
        ("振り返り/スプリント42", "振り返り/スプリント42"),
        ("手順/web-01", "手順/web-01"),
        ("", ""),
    ],
)  # fmt: skip
def test_dates_are_folded_and_what_is_none_stays(category: str, folded: str) -> None:
    assert fold_place(category) == folded


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.booleans())
def test_a_folded_place_filled_with_a_day_folds_again(day: date, padded: bool) -> None:
    for place in ("障害/{year}", "日報/{year}/{month}", "議事録/{year}年{month}月", "週報/{year}/W{week}"):
        assert fold_place(fill_place(place, day, padded=padded)) == place
        assert is_dated(place)
    assert fold_place(fill_place("日報/{year}{month}{day}", day)) == "日報/{year}{month}{day}"


def test_a_place_goes_by_the_day_its_pages_went_by() -> None:
    places = DatedPlaces()
    made, told = date(2026, 1, 5), date(2025, 12, 28)
    days = {DaySource.TITLE: told, DaySource.CREATED: made}
    places.add("障害/{year}", "障害/2025", days)
    places.add("議事録/{year}", "議事録/2026", days)
    assert places.resolve("障害/{year}", days) == "障害/2025"
    assert places.resolve("議事録/{year}", days) == "議事録/2026"
    assert places.resolve("障害/{year}", {DaySource.CREATED: made}) == "障害/2026"
    assert places.resolve("障害/{year}", {}) == ""
    assert places.resolve("手順書", {}) == "手順書"


@pytest.mark.parametrize(("category", "counted"), [("障害/2024", 1), ("障害/{year}", 0), ("手順/{host}", 1)])
def test_a_category_that_is_called_as_a_folded_one_is_no_place(category: str, counted: int) -> None:
    """Its pages would go to a year that no category has."""
    survey = TeamSurvey()
    page = Document("esa:1", Source.ESA, Kind.POST, "停止", "本文", Markup.MARKDOWN, category=category)
    survey.count(page, date(2026, 1, 5))
    assert survey.statistics.total == counted


def test_months_are_written_as_the_place_writes_them() -> None:
    places = DatedPlaces()
    places.add("日報/{year}/{month}", "日報/2025/7", {DaySource.CREATED: date(2025, 7, 1)})
    places.add("日報/{year}/{month}", "日報/2025/11", {DaySource.CREATED: date(2025, 11, 1)})
    assert places.resolve("日報/{year}/{month}", {DaySource.CREATED: date(2025, 8, 1)}) == "日報/2025/8"
