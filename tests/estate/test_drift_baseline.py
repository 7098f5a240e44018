"""`kb diagram check --drift` and kb-baseline.toml: by the same means as kb lint, and nothing of a machine in git."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from estate.kit import KURUMI, MODEL
from estate.test_drift_commands import NOW
from estate.test_drift_commands import estate as collected  # noqa: F401 -- fixture
from lint.conftest import Said, folder, kb, workspace  # noqa: F401 -- fixtures

Kb = Callable[..., Said]
CHECK = ("diagram", "check", "--drift", *NOW)
LATER = ("diagram", "check", "--drift", "--now", "2026-12-04T09:00:00+09:00")
OTHER_KEY = "aa" * 32


@pytest.fixture
def estate(collected: Path) -> Path:  # noqa: F811
    """The same in a workspace, which has a key and a memory."""
    (collected / "kb.toml").write_text('[esa]\nteam = "kurumi"\n', "utf-8")
    return collected


def entries(folder: Path) -> list[dict[str, Any]]:  # noqa: F811
    found: list[dict[str, Any]] = tomllib.loads((folder / "kb-baseline.toml").read_text("utf-8"))["finding"]
    return found


def rows(said: Said) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(said.out)["findings"]
    return found


def test_what_is_in_the_baseline_is_set_aside_counted_and_told_as_by_lint(kb: Kb, estate: Path) -> None:  # noqa: F811
    before = kb(*CHECK, "--format", "json")
    said = kb(*CHECK, "--update-baseline")
    found = entries(estate)
    assert f"kb-baseline.toml: {len(found)} 件を加え、0 件を外しました。" in said.err
    assert "- エラーと、取り込み元についての指摘 3 件は加えません。" in said.err
    assert "まで効きます" in said.err
    after = kb(*CHECK, "--format", "json")
    left = rows(after)
    assert [each["code"] for each in left] == ["SYS201", "SYS234", "SYS246"]
    assert len(rows(before)) == len(left) + len(found)
    assert json.loads(after.out)["counts"]["waived"]["baselined"] == len(found)
    text = kb(*CHECK)
    assert f"出していないもの {len(found)} 件（ベースライン {len(found)}）" in text.err
    assert "指摘 3 件（エラー 2、警告 1、情報 0）" in text.err
    assert len(rows(kb(*CHECK, "--format", "json", "--baseline", "/dev/null"))) == len(rows(before))
    again = kb(*CHECK, "--update-baseline")
    assert "kb-baseline.toml: 変わりません。" in again.err


def test_the_file_for_git_holds_codes_and_nodes_of_the_model_and_no_name_of_a_machine(kb: Kb, estate: Path) -> None:  # noqa: F811
    found = rows(kb(*CHECK, "--format", "json"))
    kb(*CHECK, "--update-baseline")
    text = (estate / "kb-baseline.toml").read_text("utf-8")
    nodes = {node.id for node in MODEL.nodes}
    outside = {each["target"] for each in found if each["target"].partition("/")[0] not in nodes}
    assert outside
    words = {word for target in outside for word in target.partition(":")[2].split("/") or [target] if len(word) > 4}
    words |= {target for target in outside if ":" not in target}
    assert [word for word in words if word in text] == []
    assert "10." not in text
    assert {each["doc"] for each in entries(estate)} <= {"system", *(f"system:{node}" for node in nodes)}
    keyed = [each for each in entries(estate) if each["doc"] == "system"]
    assert keyed
    assert all(each["key"] for each in keyed)


def test_entries_are_the_same_whatever_the_order_the_day_and_the_snapshot(kb: Kb, estate: Path) -> None:  # noqa: F811
    kb(*CHECK, "--update-baseline")
    before = (estate / "kb-baseline.toml").read_text("utf-8")
    whole = json.loads((KURUMI / "ec2.json").read_text("utf-8"))
    whole["Reservations"].reverse()
    (estate / "shuffled.json").write_text(json.dumps(whole), "utf-8")
    taken = ("--taken-at", "2026-11-28T06:30:00+09:00")
    assert kb("diagram", "collect", "ec2", "--from", "shuffled.json", *taken).code == 0
    (estate / "kb-baseline.toml").unlink()
    kb("diagram", "check", "--drift", "--now", "2026-11-28T10:00:00+09:00", "--update-baseline")
    assert (estate / "kb-baseline.toml").read_text("utf-8") == before


def test_with_another_key_only_the_model_s_own_nodes_stay_set_aside(
    kb: Kb,  # noqa: F811
    estate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kb(*CHECK, "--update-baseline")
    keyed = sum(each.get("key", "") != "" for each in entries(estate))
    monkeypatch.setenv("KB_KEY", OTHER_KEY)
    said = kb(*CHECK, "--format", "json")
    assert len(rows(said)) == 3 + keyed
    assert f"鍵で印を付けた項目 {keyed} 件は、鍵 " in said.err
    kept = len(entries(estate))
    kb(*CHECK, "--update-baseline")
    assert len(entries(estate)) == kept  # what another key made is not taken for mended


def test_a_first_baseline_goes_beside_that_of_lint_and_neither_touches_the_other_s(kb: Kb, estate: Path) -> None:  # noqa: F811
    (estate / "notes").mkdir()
    page = "# 配信APIの停止\n\n## 事象\n配信が止まった。\n\n## 原因\n不明\n\n## 対応\n再起動した。\n"
    (estate / "notes/0508.md").write_text(page, "utf-8")
    assert "加え" in kb("lint", "notes", "--update-baseline", *NOW).err
    pages = entries(estate)
    assert pages
    assert "を加え、0 件を外しました" in kb(*CHECK, "--update-baseline").err
    both = entries(estate)
    assert [each for each in both if not each["doc"].startswith("system")] == pages
    (estate / "notes/0508.md").write_text("# 静か\n", "utf-8")
    assert f"0 件を加え、{len(pages)} 件を外しました" in kb("lint", "notes", "--update-baseline", *NOW).err
    assert entries(estate) == [each for each in both if each["doc"].startswith("system")]
    assert "もう当たらない" not in kb("lint", "notes", *NOW).err
    (estate / "notes/0508.md").write_text(page, "utf-8")
    assert "を加え、0 件を外しました" in kb("lint", "notes", "--update-baseline", *NOW).err  # the first of its kind


@pytest.mark.parametrize("source", ["ec2", "codedeploy", "zabbix", "hosts"])
@pytest.mark.parametrize("how", ["missing", "empty", "one host less"])
def test_a_source_that_is_silent_takes_nothing_out_of_the_baseline(
    kb: Kb,  # noqa: F811
    estate: Path,
    source: str,
    how: str,
) -> None:
    kb(*CHECK, "--update-baseline")
    before = (estate / "kb-baseline.toml").read_text("utf-8")
    if how == "one host less":
        if source != "hosts":
            return
        fewer = estate / "fewer"
        shutil.copytree(KURUMI / "hosts", fewer)
        (fewer / "kr-prd-stats-01.txt").unlink(missing_ok=True)
        next(iter(sorted(fewer.iterdir()))).unlink()
        kb("diagram", "collect", "hosts", "--from", str(fewer))
    elif how == "missing":
        (estate / f".kb/snapshots/{source}.json").unlink()
    else:
        (estate / "nothing").write_text("", "utf-8")
        assert kb("diagram", "collect", source, "--from", "nothing").code == 3
    said = kb(*CHECK)
    assert "もう当たらない" not in said.err
    kb(*CHECK, "--update-baseline")
    assert (estate / "kb-baseline.toml").read_text("utf-8") == before


def test_what_was_mended_leaves_the_baseline(kb: Kb, estate: Path) -> None:  # noqa: F811
    kb(*CHECK, "--update-baseline")
    before = entries(estate)
    whole = json.loads((KURUMI / "ec2.json").read_text("utf-8"))
    for each in whole["Reservations"]:
        each["Instances"] = [one for one in each["Instances"] if "test-yamada" not in json.dumps(one)]
    (estate / "less.json").write_text(json.dumps(whole), "utf-8")
    taken = ("--taken-at", "2026-11-28T07:00:00+09:00")
    assert kb("diagram", "collect", "ec2", "--from", "less.json", *taken).code == 0
    assert "kb-baseline.toml に、もう当たらない指摘が" in kb(*CHECK).err
    kb(*CHECK, "--update-baseline")
    after = entries(estate)
    assert [each for each in after if each not in before] == []
    assert {each["code"] for each in before if each not in after} >= {"SYS211"}


def test_new_only_tells_what_came_since_the_last_run_and_what_sources_cannot_say(kb: Kb, estate: Path) -> None:  # noqa: F811
    assert len(rows(kb(*CHECK, "--format", "json", "--new-only"))) > 20
    assert [each["code"] for each in rows(kb(*CHECK, "--format", "json", "--new-only"))] == ["SYS201"]
    whole = json.loads((KURUMI / "ec2.json").read_text("utf-8"))
    one = json.loads(json.dumps(whole["Reservations"][0]["Instances"][0]))
    one |= {"InstanceId": "i-0feedfeedfeedfeed", "Tags": [{"Key": "Name", "Value": "tmp-new"}], "PrivateIpAddress": ""}
    whole["Reservations"].append({"Instances": [one]})
    (estate / "more.json").write_text(json.dumps(whole), "utf-8")
    assert kb("diagram", "collect", "ec2", "--from", "more.json", "--taken-at", "2026-11-28T07:00:00+09:00").code == 0
    found = rows(kb(*CHECK, "--format", "json", "--new-only"))
    assert ("SYS211", "i-0feedfeedfeedfeed") in {(each["code"], each["target"]) for each in found}
    assert not {each["code"] for each in found} & {"SYS234", "SYS246", "SYS225"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--accept-new",), "--accept-new は --update-baseline と使います"),
        (("--until", "4w"), "--until は --update-baseline と使います"),
        (("--baseline", "none.toml"), "がありません"),
        (("--update-baseline", "--new-only"), "一部だけを見る指定"),
    ],
)
def test_flags_that_contradict_each_other_are_refused_as_by_lint(
    kb: Kb,  # noqa: F811
    estate: Path,
    words: tuple[str, ...],
    said: str,
) -> None:
    found = kb(*CHECK, *words)
    assert found.code == 2
    assert said in found.err


def test_new_only_needs_a_memory(kb: Kb, estate: Path) -> None:  # noqa: F811
    found = kb("diagram", "check", "--new-only")
    assert found.code == 2
    assert "--drift" in found.err


def test_without_a_key_what_the_model_does_not_name_is_refused_and_told(kb: Kb, collected: Path) -> None:  # noqa: F811
    said = kb(*CHECK, "--update-baseline")
    assert "- 図にないもの 9 件は加えません。鍵がないので" in said.err
    assert {each["doc"] for each in entries(collected)} <= {f"system:{node.id}" for node in MODEL.nodes}


def test_denied_sections_may_be_set_aside_and_what_is_cut_is_told_all_the_same(kb: Kb, estate: Path) -> None:  # noqa: F811
    hosts = estate / "hosts"
    shutil.copytree(KURUMI / "hosts", hosts)

    def collect(state: str) -> None:
        for path in hosts.iterdir():
            text = (KURUMI / "hosts" / path.name).read_text("utf-8")
            head, end, count = text.rpartition("=== end ok ")
            path.write_text(f"{head}=== cron {state} 0\n{end}{int(count) + 1}\n", "utf-8")
        said = kb("diagram", "collect", "hosts", "--from", str(hosts))
        assert said.code == 3
        assert ("権限がなく読めない欄があります（cron）" in said.err) is (state == "denied")
        assert ("全部ではありません" in said.err) is (state == "cut")

    def about_hosts() -> list[tuple[str, str]]:
        found = rows(kb(*CHECK, "--format", "json"))
        return [(each["code"], each["severity"]) for each in found if each["target"] == "source:hosts"]

    collect("denied")
    assert about_hosts() == [("SYS204", "info")]
    kb(*CHECK, "--update-baseline")
    assert about_hosts() == []
    collect("cut")
    assert about_hosts() == [("SYS204", "warning")]
    kb(*CHECK, "--update-baseline")
    assert about_hosts() == [("SYS204", "warning")]
