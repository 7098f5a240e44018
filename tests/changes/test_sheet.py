"""A plan through a spreadsheet and back: nothing lost, nothing computed, and only decisions taken."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from changes.made import change, closed, moved, titled
from changes.test_plan_file import changes, plan
from hypothesis import example, given, settings
from hypothesis import strategies as st
from properties import examples

from kb.errors import InputError
from kb.model.plan import Change, Plan, Verb, new_plan
from kb.plan.csv import export_csv, import_csv
from kb.plan.file.parse import parse_plan
from kb.plan.file.patch import patch_decisions
from kb.plan.file.render import render_plan
from kb.plan.spreadsheet import BOM, CP932, UTF8

ONE = plan(
    titled(1, "障害", "【完了】障害"),
    moved(2, "不具合共有/2025", "不具合共有/対応完了/2025"),
    change("esa:3", Verb.SHIP, wip=(True, False), tags=(("a", "b c"), ("a",))),
    replace(closed(45), note="対応が終わっているので、\n閉じます。"),
)

Rows = list[list[str]]


def rows_of(data: bytes, encoding: str = "utf-8-sig") -> Rows:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline="")))


def data_of(rows: Rows, encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows(rows)
    return out.getvalue().encode(encoding)


def edited(edit: Callable[[Rows], object], one: Plan = ONE) -> Rows:
    rows = rows_of(export_csv(one))
    edit(rows)
    return rows


def at(rows: Rows, target: str, column: str) -> tuple[list[str], int]:
    """The row of a target, and where in it a column stands."""
    row = next(row for row in rows if row[rows[0].index("target")] == target)
    return row, rows[0].index(column)


def put(target: str, column: str, value: str) -> Callable[[Rows], None]:
    def edit(rows: Rows) -> None:
        row, index = at(rows, target, column)
        row[index] = value

    return edit


def taken(edit: Callable[[Rows], object], **how: str) -> Plan:
    found = import_csv(data_of(edited(edit), **how), ONE, "plan.csv")
    assert found.troubles == ()
    return found.plan


def by(one: Plan, target: str) -> Change:
    return next(each for each in one.changes if each.target == target)


# -- there and back -----------------------------------------------------------------------------


@given(st.lists(changes(), max_size=4), st.sampled_from((UTF8, CP932)))
@settings(max_examples=examples(100), deadline=None)
@example([titled(1, "障害\r\n1", "【完了】障害")], UTF8)
def test_what_nobody_touched_comes_back_as_it_was(given_changes: list[Change], encoding: str) -> None:
    one = plan(*given_changes)
    found = import_csv(export_csv(one, encoding), one, "plan.csv")
    assert found.troubles == ()
    assert found.changed == 0
    assert found.plan == one


def test_the_columns_are_those_of_the_plans_own_keys() -> None:
    heads = rows_of(export_csv(ONE))[0]
    assert heads[:5] == ["id", "accept", "group", "target", "title"]
    assert heads[5:-2] == [
        f"{when}.{key}" for key in ("title", "category", "tags", "wip", "status") for when in ("before", "after")
    ]
    assert heads[-2:] == ["note", "reason"]
    assert "before.tags" not in rows_of(export_csv(plan(titled(1, "a", "b"))))[0]


def test_excel_knows_the_file_as_utf_8_and_an_older_one_as_cp932() -> None:
    assert export_csv(ONE).startswith(BOM)
    assert b"\r\n" in export_csv(ONE)
    assert "【完了】障害" in export_csv(ONE, CP932).decode("cp932")


@pytest.mark.parametrize(
    "title",
    ["😀 完了", "〜から〜まで", "−1", "é", "한글", "&#x41;", "‖", "\u202e逆", "\x1b[31m", "a\tb", "&#128512; &#0;"],
)
@pytest.mark.parametrize("encoding", [UTF8, CP932])
def test_signs_a_spreadsheet_would_lose_are_written_out_and_come_back(title: str, encoding: str) -> None:
    one = plan(titled(1, title, "x"))
    data = export_csv(one, encoding)
    assert import_csv(data, one, "plan.csv").changed == 0
    row, index = at(rows_of(data, "cp932" if encoding == CP932 else "utf-8-sig"), "esa:1", "before.title")
    assert not set(row[index]) & set("\u202e\x1b\t")


@pytest.mark.parametrize(
    "title",
    ["=1+1", "+1", "-1", "@sum(A1)", "＝1", " =1", "\u3000@x", "'=1", "'", "2025/05/12", "2025-05-12", "1e5", "007",
     "1-2", "Mar 5", "5月1日", "true", "９９"],
)  # fmt: skip
def test_nothing_in_a_cell_is_computed_or_taken_for_a_date(title: str) -> None:
    one = plan(titled(1, title, title + "x"))
    data = export_csv(one)
    row, index = at(rows_of(data), "esa:1", "before.title")
    assert row[index].startswith("'")
    assert import_csv(data, one, "plan.csv").changed == 0


def test_what_libreoffice_writes_for_a_sign_that_cp932_lacks_is_that_sign() -> None:
    rows = edited(put("esa:1", "after.title", "完了 &#128512; &#134071; R&#38;D 入口&#47;出口 &#99999999;"))
    found = import_csv(data_of(rows, "cp932"), ONE, "plan.csv")
    assert found.plan.changes[0].after == {"title": "完了 😀 𠮷 R&#38;D 入口&#47;出口 &#99999999;"}


def test_ordinary_titles_stay_as_they_are() -> None:
    for title in ("障害", "入口&#47;出口", "web01 が停止した", "3 号機の件", "A=B", "5/12 定例"):
        row, index = at(rows_of(export_csv(plan(titled(1, title, "x")))), "esa:1", "before.title")
        assert row[index] == title


# -- what is taken ------------------------------------------------------------------------------


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("cp932", "\r\n")])
def test_accept_after_and_note_are_taken_in_any_of_the_encodings(encoding: str, end: str) -> None:
    def edit(rows: Rows) -> None:
        put("esa:1", "accept", "False")(rows)
        put("esa:1", "after.title", "【完了】障害（決済）")(rows)
        put("esa:3", "after.tags", "a\nz")(rows)
        put("redmine:45", "note", "お疲れさまでした。")(rows)

    found = import_csv(data_of(edited(edit), encoding, end), ONE, "plan.csv")
    assert found.troubles == ()
    assert found.changed == 3
    assert not by(found.plan, "esa:1").accept
    assert by(found.plan, "esa:1").after == {"title": "【完了】障害（決済）"}
    assert by(found.plan, "esa:1").edited
    assert by(found.plan, "esa:3").after["tags"] == ("a", "z")
    assert by(found.plan, "redmine:45").note == "お疲れさまでした。"
    assert not by(found.plan, "esa:2").edited


@pytest.mark.parametrize(
    ("word", "accept"),
    [
        ("TRUE", True),
        ("true", True),
        ("1", True),
        ("はい", True),
        ("○", True),
        ("FALSE", False),
        (" no ", False),
        ("×", False),
    ],
)
def test_yes_and_no_are_understood_as_people_write_them(word: str, accept: bool) -> None:
    assert by(taken(put("esa:2", "accept", word)), "esa:2").accept is accept


def test_a_note_that_is_too_long_or_holds_a_secret_is_left() -> None:
    for note, why in (("あ" * 20_001, "note: 注記が長すぎます"), ("password: Kaze-41x9", "note: 秘密の値")):
        found = import_csv(data_of(edited(put("redmine:45", "note", note))), ONE, "plan.csv")
        assert why in str(found.troubles[0])
        assert found.plan == ONE


def test_columns_may_be_moved_and_others_added_and_rows_sorted() -> None:
    rows = rows_of(export_csv(ONE))
    order = [len(rows[0]) - 1, *range(len(rows[0]) - 1)]
    turned = [[row[index] for index in order] + ["メモ"] for row in [rows[0], *reversed(rows[1:])]]
    found = import_csv(data_of(turned), ONE, "plan.csv")
    assert (found.changed, found.troubles) == (0, ())


def test_what_was_only_there_to_be_read_is_not_taken() -> None:
    for column in ("group", "title", "reason", "target"):
        rows = edited(lambda rows: None)
        index = rows[0].index(column)
        for row in rows[1:]:
            row[index] = "書き換えた"
        assert import_csv(data_of(rows), ONE, "plan.csv").changed == 0


def test_a_plan_keeps_the_comments_somebody_gave_it() -> None:
    text = render_plan(ONE).replace("[[change]]", "# 佐藤さんに確認\n[[change]]", 1)
    found = taken(put("esa:2", "accept", "FALSE"))
    made = patch_decisions(text, parse_plan(text, "plan.toml"), found)
    assert "# 佐藤さんに確認" in made
    assert not by(parse_plan(made, "plan.toml"), "esa:2").accept


# -- what is not --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (put("esa:1", "before.title", "x"), "before.title が変更案と違います"),
        (put("esa:1", "before.title", "2025/5/12"), "before.title が変更案と違います"),
        (put("esa:1", "accept", "たぶん"), "TRUE か FALSE"),
        (put("esa:1", "accept", ""), "TRUE か FALSE"),
        (put("esa:1", "after.title", ""), "after.title が空です"),
        (put("esa:2", "after.category", ""), "after.category が空です"),
        (put("esa:2", "after.category", "A//B"), "「//」"),
        (put("esa:2", "after.category", "/A"), "「/」で始まるか"),
        (put("esa:1", "after.title", "a\nb"), "改行や制御文字"),
        (put("esa:1", "after.title", "あ" * 1001), "1,000 文字"),
        (put("esa:1", "after.category", "B"), "category に触れません"),
        (put("esa:3", "after.wip", "公開"), "TRUE か FALSE"),
        (put("esa:1", "id", "0123456789ab-012345"), "変更案にありません"),
        (put("esa:1", "id", ""), "変更案にありません"),
        (lambda rows: rows.append(rows[1]), "二度あります"),
        (lambda rows: rows.pop(), "行が 1 件足りません"),
        (lambda rows: rows.__delitem__(slice(1, None)), "行が 4 件足りません"),
    ],
)
def test_what_cannot_be_taken_is_one_sentence_with_its_line(edit: Callable[[Rows], object], said: str) -> None:
    found = import_csv(data_of(edited(edit)), ONE, "plan.csv")
    assert any(said in str(each) for each in found.troubles), found.troubles
    assert all(str(each).endswith("。") or str(each).endswith("）。") for each in found.troubles)


def test_every_trouble_has_its_sentence() -> None:
    def edit(rows: Rows) -> None:
        put("esa:1", "accept", "?")(rows)
        put("esa:2", "after.category", "//")(rows)
        put("esa:3", "before.wip", "FALSE")(rows)

    found = import_csv(data_of(edited(edit)), ONE, "plan.csv")
    assert len(found.troubles) == 3
    assert {word for word in ("esa:1", "esa:2", "esa:3") for each in found.troubles if word in str(each)} == {
        "esa:1",
        "esa:2",
        "esa:3",
    }


@pytest.mark.parametrize("column", ["id", "accept", "before.title", "after.category", "note"])
def test_a_missing_column_is_named(column: str) -> None:
    rows = edited(lambda rows: None)
    index = rows[0].index(column)
    with pytest.raises(InputError, match=column.replace(".", r"\.")):
        import_csv(data_of([[*row[:index], *row[index + 1 :]] for row in rows]), ONE, "plan.csv")
    rows[0].append(column)
    with pytest.raises(InputError, match="二度"):
        import_csv(data_of(rows), ONE, "plan.csv")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"\x00\x01",
        b"id;accept\n",
        "id\taccept\n".encode("utf-16"),
        b"\x81\xff\xfe,",
        b'"',
        b"a" * 200_000,
        b"\xff" * 10,
    ],
)
def test_what_is_no_such_table_is_a_sentence(data: bytes) -> None:
    with pytest.raises(InputError) as error:
        import_csv(data, ONE, "plan.csv")
    assert error.value.next_step is not None


def test_question_marks_in_place_of_lost_signs_are_not_taken_for_an_edit() -> None:
    one = plan(titled(1, "完了", "✅完了"), titled(2, "a", "😀a"))
    rows = rows_of(export_csv(one))
    for target, spoiled in (("esa:1", "?完了"), ("esa:2", "??a")):
        put(target, "after.title", spoiled)(rows)
    found = import_csv(data_of(rows, "cp932"), one, "plan.csv")
    assert len(found.troubles) == 2
    assert all("「?」に変わっています" in str(each) for each in found.troubles)


def test_a_secret_is_not_taken_and_not_repeated() -> None:
    value = "Kx7" + "q9Zt4LmW"
    for column, target in (("after.title", "esa:1"), ("note", "redmine:45")):
        found = import_csv(data_of(edited(put(target, column, f"パスワード: {value}"))), ONE, "plan.csv")
        assert any("秘密の値" in str(each) for each in found.troubles)
        assert not any(value in str(each) for each in found.troubles)
    found = import_csv(data_of(edited(put("esa:1", "id", f"パスワード: {value}"))), ONE, "plan.csv")
    assert not any(value in str(each) for each in found.troubles)


def test_what_could_not_be_taken_is_called_by_its_title_without_secrets() -> None:
    value = "hunter2Kq9" + "Zw81"
    change = replace(titled(1, "手順", "新しい手順"), title=f"再起動の手順 パスワード: {value}")
    plan = parse_plan(render_plan(new_plan("docs", "2026-01-01T00:00:00Z", "1", [change])), "plan.toml")
    for spoil in (put("esa:1", "after.title", ""), lambda rows: rows.pop()):
        (told,) = import_csv(data_of(edited(spoil, plan)), plan, "plan.csv").troubles
        for words in (told.ja, told.en):
            assert "再起動の手順" in words
            assert value not in words
