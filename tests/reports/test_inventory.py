"""What stands in each category: counted with what is below, sorted, without what not everybody may read."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from kb.cli.app import run
from kb.mirror.documents import SourceRow
from kb.mirror.limited import LIMITED_MARK
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility
from kb.plan.category_map import read_category_map
from kb.reports.inventory import Inventory, InventorySort, gather_inventory
from kb.settings.workspace import Workspace, parse_settings

KB_TOML = '[esa]\nteam = "docs"\nlimited = ["採用/**"]\n'
POSTS: tuple[tuple[str, str, bool, str, Visibility], ...] = (
    ("手順", "ono", False, "2026-11-20T23:30:00Z", Visibility.MEMBERS),
    ("手順/DB", "sato", True, "2026-03-01T00:00:00Z", Visibility.MEMBERS),
    ("手順/DB/復旧", "sato", False, "2026-02-01T00:00:00Z", Visibility.INTERNET),
    ("手順/NW", "kato", False, "2024-02-01T00:00:00Z", Visibility.MEMBERS),
    ("議事録/2026", "ono", False, "2026-11-01T00:00:00Z", Visibility.MEMBERS),
    ("2026/11", "ono", False, "", Visibility.MEMBERS),
    ("", "sato", True, "2026-01-01T00:00:00Z", Visibility.MEMBERS),
    ("Users/kato", "kato", True, "2025-01-01T00:00:00Z", Visibility.MEMBERS),
    ("Users/sato/下書き", "sato", True, "2025-06-01T00:00:00Z", Visibility.MEMBERS),
    ("採用/選考", "ono", True, "2026-11-25T00:00:00Z", Visibility.LIMITED),
    ("採用/募集", "ono", True, "2026-11-25T00:00:00Z", Visibility.INTERNET),
    ("手順/面談", "ono", True, "2026-11-25T00:00:00Z", Visibility.LIMITED),
)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    (tmp_path / "kb.toml").write_text(KB_TOML, encoding="utf-8")
    (tmp_path / ".kb").mkdir(mode=0o700)
    monkeypatch.chdir(tmp_path)
    with Mirror.open(tmp_path / ".kb" / "mirror.db") as opened, opened.write() as writer:
        writer.mark(LIMITED_MARK, json.dumps(["採用/**"]))
        members = {"ono": "小野 遥", "sato": "佐藤 健"}
        writer.things(Source.ESA, "member", {key: {"screen_name": key, "name": name} for key, name in members.items()})
        writer.things(Source.ESA, "former-member", {"kato": {"screen_name": "kato", "name": "加藤 誠"}})
        for number, (category, author, wip, edited, visibility) in enumerate(POSTS, 1):
            writer.put([
                SourceRow(Source.ESA, Kind.POST, str(number), f"esa:{number}", "題名", "本文", {}, number=number,
                          category=category, wip=wip, author=author, edited_at=edited, edited_by=author,
                          visibility=visibility)
            ])  # fmt: skip
    return Workspace(tmp_path, parse_settings(KB_TOML))


def lines(found: Inventory) -> list[tuple[str, int, int, int, str, str]]:
    return [(row.category, row.posts, row.own, row.wip, row.edited, "、".join(row.owners)) for row in found.rows]


def test_a_category_counts_what_is_below_it_and_who_looks_after_it(workspace: Workspace) -> None:
    found = gather_inventory(workspace)
    assert lines(found) == [
        ("手順", 4, 1, 1, "2026-11-21", "佐藤 健、小野 遥"),
        ("手順/DB", 2, 1, 1, "2026-03-01", "佐藤 健"),
        ("手順/NW", 1, 1, 0, "2024-02-01", ""),
        ("2026", 1, 0, 0, "", "小野 遥"),
        ("2026/11", 1, 1, 0, "", "小野 遥"),
        ("議事録", 1, 0, 0, "2026-11-01", "小野 遥"),
        ("議事録/2026", 1, 1, 0, "2026-11-01", "小野 遥"),
    ]
    assert (found.total.posts, found.total.wip, found.hidden) == (9, 4, 3)
    assert (found.loose.posts, found.personal.posts, found.folders, found.personal.owners) == (1, 2, 2, ())


def test_the_longest_untouched_come_first_where_that_is_asked_for(workspace: Workspace) -> None:
    found = gather_inventory(workspace, depth=1, sort=InventorySort.EDITED)
    assert [row.category for row in found.rows] == ["2026", "議事録", "手順"]
    below = gather_inventory(workspace, "/手順/", depth=1, sort=InventorySort.NAME)
    assert [(row.category, row.posts) for row in below.rows] == [("手順", 4), ("手順/DB", 2), ("手順/NW", 1)]
    assert below.hidden == 1
    mine = gather_inventory(workspace, "Users/sato")
    assert [(row.category, row.posts) for row in mine.rows] == [("Users/sato", 1), ("Users/sato/下書き", 1)]


def test_every_form_names_nothing_limited_and_the_table_moves_nothing_as_it_is(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = {}
    for form in ("text", "json", "csv"):
        assert run(["inventory", "--format", form, "--depth", "3"]) == 0
        printed[form] = capsys.readouterr()
        assert "読める人が限られた記事 3 件" in printed[form].err
        assert not any(word in printed[form].out for word in ("採用", "面談", "kato", "加藤"))
    assert "  DB" in printed["text"].out
    assert "（個人のフォルダー 2）" in printed["text"].out
    made = json.loads(printed["json"].out)
    assert (made["left_out"], made["posts"], made["no_category"]["posts"], made["personal"]["folders"]) == (3, 9, 1, 2)
    assert made["categories"][0] == {
        "category": "手順", "depth": 1, "posts": 4, "own": 1, "wip": 1, "edited": "2026-11-21",
        "owners": ["佐藤 健", "小野 遥"],
    }  # fmt: skip
    table = printed["csv"].out
    rows = list(csv.reader(io.StringIO(table.removeprefix("\ufeff"))))
    assert rows[0] == ["旧", "新", "記事", "WIP", "最後の編集", "担当"]
    assert ["'2026/11", "'2026/11", "1", "0", "", "小野 遥"] in rows
    changed = table.replace("手順/DB,手順/DB", "手順/DB,データベース").encode()
    found = read_category_map(changed, "old-new.csv")
    assert found.troubles == ()
    assert {row.old: row.new for row in found.rows.values() if row.old != row.new} == {"手順/DB": "データベース"}
    assert "2026/11" in found.rows


def test_a_place_without_posts_is_told(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inventory", "--in", "手順書"]) == 2
    assert "「手順書」とその下には、記事がありません" in capsys.readouterr().err
