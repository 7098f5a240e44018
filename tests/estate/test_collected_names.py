"""Names of machines that were collected: which are fed, whose they are, and where they fold what pages say."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from estate.kit import MODEL, NOW, snapshots
from lint.conftest import folder, kb, posts, registry, workspace  # noqa: F401 -- fixtures
from reports.week.test_gather import Call, edited
from reports.week.test_gather import at as at
from reports.week.test_gather import team as team

from kb.estate.drift.estate import Estate
from kb.estate.drift.names import name_machines, seal_names
from kb.model.host_names import NO_COLLECTED_NAMES, NO_HOSTS, CollectedName, HostNames


def names_of_kurumi(own: HostNames = NO_HOSTS) -> dict[str, CollectedName]:
    found = name_machines(Estate(MODEL, snapshots(), NOW), own, NO_COLLECTED_NAMES)
    return {each.spelling: each for each in found.names}


def test_a_machine_is_known_by_what_each_source_calls_it() -> None:
    found = names_of_kurumi()
    for spelling in ("kr-prd-etl-01", "srv-etl", "10.5.6.1", "ip-10-5-6-1", "i-000e1ddd000273aa7"):
        assert found[spelling] == (spelling, "kr-prd-etl-01", "etl")


def test_what_two_nodes_claim_and_what_none_claims_is_not_fed() -> None:
    found = names_of_kurumi()
    assert {each.node for each in found.values()} <= set(MODEL.node_by_id)
    assert not {"kr-prd-px-02", "ip-10-5-9-2", "test-yamada", "gone-01", "web-check", "Zabbix server"} & set(found)


def test_an_ordinary_word_is_fed_only_where_kb_toml_calls_it_a_host() -> None:
    assert "worker" not in names_of_kurumi()
    assert names_of_kurumi(HostNames(names=("worker",)))["worker"].node == "worker"


def test_the_order_of_the_snapshots_changes_no_name() -> None:
    whole = name_machines(Estate(MODEL, snapshots(), NOW), NO_HOSTS, NO_COLLECTED_NAMES)
    again = name_machines(Estate(MODEL, snapshots()[::-1], NOW), NO_HOSTS, NO_COLLECTED_NAMES)
    assert (whole.digest, whole.names) == (again.digest, again.names)


def test_no_source_less_gives_a_name_to_another_node() -> None:
    whole = names_of_kurumi()
    for count in range(1, len(snapshots())):
        for given in combinations(snapshots(), count):
            found = name_machines(Estate(MODEL, given, NOW), NO_HOSTS, NO_COLLECTED_NAMES).names
            assert [each for each in found if whole[each.spelling].node != each.node] == []


def test_an_instance_that_is_gone_stays_known_as_long_as_its_node_is() -> None:
    old = CollectedName("i-0123456789abcdef0", "web-99", "web")
    lost = CollectedName("i-0fedcba9876543210", "x", "no-such-node")
    address = CollectedName("10.9.9.9", "web-99", "web")
    before = seal_names({each.spelling: each for each in (old, lost, address)})
    found = {each.spelling: each for each in name_machines(Estate(MODEL, snapshots(), NOW), NO_HOSTS, before).names}
    assert found[old.spelling] == old
    assert lost.spelling not in found
    assert address.spelling not in found


# The same at work: pages, a model, and what EC2 prints.

DIAGRAM = """
[[node]]
id = "web"
label = "管理画面"
match = { tag = { "Role" = "admin" } }

[[node]]
id = "db"
label = "広告 DB"
match = { ec2_name = ["adsv-prd-db-*"] }
"""
OLD, NEW = "i-0aaaaaaaaaaaaaa01", "i-0aaaaaaaaaaaaaa02"


def ec2(*rows: tuple[str, str, str], role: str = "admin") -> str:
    instances = [
        {
            "InstanceId": each,
            "State": {"Name": "running"},
            "InstanceType": "t3.small",
            "PrivateIpAddress": ip,
            "Tags": [{"Key": "Name", "Value": name}, {"Key": "Role", "Value": role if name != "stray-9" else "x"}],
        }
        for each, name, ip in rows
    ]
    return json.dumps({"Reservations": [{"Instances": instances}]})


STRAY = ("i-0bbbbbbbbbbbbbb01", "stray-9", "10.0.9.9")


def collect(kb: Call, team: Path, rows: Iterable[tuple[str, str, str]], taken: str = "2026-07-07") -> None:  # noqa: F811
    (team / "diagrams").mkdir(exist_ok=True)
    (team / "diagrams/system.toml").write_text(DIAGRAM, encoding="utf-8")
    (team / "ec2.json").write_text(ec2(*rows), encoding="utf-8")
    kb("diagram", "collect", "ec2", "--from", "ec2.json", "--taken-at", f"{taken}T06:00:00+09:00", "--accept-smaller")


def said(*words: str) -> str:
    return f"## 概要\n2026/06/03 の 09:40 から、{'、'.join(words)} が止まった。\n## 原因\n不明\n## 対応\n再起動\n"


@pytest.fixture
def pages(kb: Call, posts: Any, team: Path, at: Any) -> Path:  # noqa: F811
    at("2026-07-08T09:00")
    edited(posts, "2026-06-10", (1, said(OLD)), (2, said("10.0.1.5")), (3, said("adm-7")), (4, said("10.0.9.9")))
    edited(posts, "2026-06-11", (5, said("adsv-prd-db-01")))
    return team


def groups(kb: Call, *words: str) -> dict[str, list[int]]:  # noqa: F811
    found = json.loads(kb("incidents", "--by", "node", "--format", "json", *words).out)
    return {
        group["key"]: sorted(int(str(doc).rpartition(":")[2]) for doc in group["docs"]) for group in found["groups"]
    }


def test_incidents_fold_to_the_node_whatever_its_machine_is_called(kb: Call, pages: Path) -> None:  # noqa: F811
    assert groups(kb) == {"adsv-prd-db-01": [5], "": [1, 2, 3, 4]}
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5"), STRAY])
    assert groups(kb) == {"web": [1, 2, 3], "db": [5], "": [4]}
    text = kb("incidents", "--by", "node").out
    assert "管理画面  3 件" in text
    assert OLD in text


def test_what_is_passed_on_names_the_node_and_no_machine_of_a_source(kb: Call, pages: Path) -> None:  # noqa: F811
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5"), STRAY])
    for words in (("incidents", "--by", "node", "--format", form) for form in ("markdown", "csv", "html")):
        shown = kb(*words).out
        assert "管理画面" in shown
        for secret in (OLD, "10.0.1.5", "adm-7", "10.0.9.9"):
            assert secret not in shown
    for form in ("text", "markdown", "html", "json"):
        shown = kb("report", "--format", form).out
        for secret in (OLD, "10.0.1.5", "adm-7", "10.0.9.9"):
            assert secret not in shown


def judged_again(kb: Call, team: Path) -> list[int]:  # noqa: F811
    """The pages that a lint judges anew."""
    with closing(sqlite3.connect(team / ".kb/cache/judged.db")) as db, db:
        db.executescript(
            "CREATE TABLE IF NOT EXISTS log(id); DELETE FROM log; CREATE TRIGGER IF NOT EXISTS note AFTER INSERT "
            "ON judged BEGIN INSERT INTO log VALUES (NEW.id); END"
        )
    kb("lint", "--exit-zero")
    with closing(sqlite3.connect(team / ".kb/cache/judged.db")) as db:
        return [here for (here,) in db.execute("SELECT id FROM log ORDER BY id")]


def test_only_pages_with_a_name_that_came_or_went_are_judged_again(kb: Call, pages: Path) -> None:  # noqa: F811
    kb("lint", "--exit-zero")
    assert judged_again(kb, pages) == []
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5"), STRAY])
    assert judged_again(kb, pages) == [1, 2, 3]
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5"), STRAY], "2026-07-08")
    assert judged_again(kb, pages) == []
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.6"), STRAY], "2026-07-08")
    assert judged_again(kb, pages) == [2]


def test_names_are_kept_for_their_owner_and_hold_no_time(kb: Call, pages: Path) -> None:  # noqa: F811
    path = pages / ".kb/hosts.json"
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5"), STRAY])
    groups(kb)
    assert path.stat().st_mode & 0o777 == 0o600
    first = json.loads(path.read_text())
    assert "stray-9" not in path.read_text()
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5"), STRAY], "2026-07-08")
    groups(kb)
    again = json.loads(path.read_text())
    assert (again["digest"], again["names"]) == (first["digest"], first["names"])


def test_an_instance_is_still_its_nodes_when_the_next_took_its_place(kb: Call, pages: Path) -> None:  # noqa: F811
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5")])
    assert groups(kb)["web"] == [1, 2, 3]
    collect(kb, pages, [(NEW, "adm-8", "10.0.1.8")])
    assert groups(kb)["web"] == [1]


def test_names_of_before_stay_where_a_snapshot_or_the_model_cannot_be_read(kb: Call, pages: Path) -> None:  # noqa: F811
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5")])
    assert groups(kb)["web"] == [1, 2, 3]
    (pages / ".kb/snapshots/ec2.json").write_text("{")
    assert groups(kb)["web"] == [1, 2, 3]
    (pages / ".kb/hosts.json").write_text("{")
    assert "web" not in groups(kb)
    assert os.listdir(pages / ".kb")


def test_search_finds_pages_by_the_other_names_of_a_machine(kb: Call, pages: Path) -> None:  # noqa: F811
    def found(*words: str) -> list[str]:
        return sorted(hit["doc"] for hit in json.loads(kb("search", *words, "--json").out)["hits"])

    assert found("adm-7") == ["esa:3"]
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5"), ("i-0ccccccccccccc001", "adm-70", "10.0.1.50"), STRAY])
    assert found("adm-7") == found(OLD) == found("10.0.1.5") == ["esa:1", "esa:2", "esa:3"]
    assert found("adm-7", "止まった") == ["esa:1", "esa:2", "esa:3"]
    assert found("adm-7", "止まらない") == found("adm-70") == []
    assert found("10.0.9.9") == ["esa:4"]
    assert f"adm-7 の別の名前でも探しました: 10.0.1.5、{OLD}" in kb("search", "adm-7").err


def test_show_says_which_node_a_page_is_about(kb: Call, pages: Path) -> None:  # noqa: F811
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5"), STRAY])
    assert f"ノード: 管理画面 ({OLD})" in kb("show", "esa:1").out
    assert "ノード: 広告 DB (adsv-prd-db-01)" in kb("show", "esa:5").out
    assert "ノード" not in kb("show", "esa:4").out


def test_an_owner_of_a_host_owns_pages_that_call_it_otherwise(kb: Call, pages: Path) -> None:  # noqa: F811
    with (pages / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('[[owners.rule]]\nnode = "adm-*"\nto = ["noguchi"]\n')
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5"), STRAY])
    lines = kb("lint", "--for", "noguchi", "--format", "jsonl").out.splitlines()
    assert {json.loads(line)["doc"] for line in lines} == {"esa:1", "esa:2", "esa:3"}


def test_nodes_that_need_attention_come_first_and_say_why(
    kb: Call,  # noqa: F811
    posts: Any,  # noqa: F811
    pages: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    edited(posts, "2026-06-12", *((number, said("adsv-prd-db-02")) for number in range(6, 9)))
    owned = DIAGRAM.replace('label = "広告 DB"', 'label = "広告 DB"\nowner = "基盤"\nesa = 12')
    collect(kb, pages, [(OLD, "adm-7", "10.0.1.5"), STRAY])
    (pages / "diagrams/system.toml").write_text(owned, encoding="utf-8")
    assert kb("report").code == 0  # which remembers the drift
    lines = kb("incidents", "--by", "node").out.splitlines()
    why = {line.partition("  ")[0]: after for line, after in pairwise(lines) if after.startswith("気になるところ")}
    assert why == {
        "管理画面": "気になるところ: 90 日で障害 3 件、対応中 3 件、手順書が見つかりません、担当が決まっていません",
        "広告 DB": "気になるところ: 90 日で障害 4 件、対応中 4 件、図と実物の違い 1 件",
    }
    assert list(why) == ["管理画面", "広告 DB"]
    spots = {each["node"]: each["weight"] for each in json.loads(kb("report", "--format", "json").out)["hot_spots"]}
    found = json.loads(kb("incidents", "--by", "node", "--format", "json").out)["groups"]
    assert {each["key"]: each.get("weight") for each in found} == {
        "web": spots["管理画面"], "db": spots["広告 DB"], "": None
    }  # fmt: skip
    shown = kb("incidents", "--by", "node", "--format", "markdown").out
    assert "## 管理画面" in shown
    assert "担当が決まっていません" in shown
