"""`kb triage` on what differs between the model and what runs: cards, decisions, and what goes into files for git."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from estate.kit import KURUMI
from lint.conftest import Said, folder, kb, posts, workspace  # noqa: F401 -- fixtures

Kb = Callable[..., Said]
NOW = ("--now", "2026-11-28T09:00:00+09:00")
CHECK = ("diagram", "check", "--drift", *NOW, "--format", "json")


@pytest.fixture
def team(kb: Kb, posts: Any, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    """A workspace with a page, and the labelled estate collected but for its repositories."""
    posts.put((1, "静か", "# 静か\n"))
    (workspace / "diagrams").mkdir()
    shutil.copy(KURUMI / "system.toml", workspace / "diagrams/system.toml")
    for source, name in (("ec2", "ec2.json"), ("codedeploy", "codedeploy.json"), ("zabbix", "zabbix.json")):
        taken = ("--taken-at", "2026-11-28T06:00:00+09:00")
        assert kb("diagram", "collect", source, "--from", str(KURUMI / name), *taken).code == 0
    assert kb("diagram", "collect", "hosts", "--from", str(KURUMI / "hosts")).code == 0
    return workspace


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def give(*lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return give


def triage(kb: Kb, *words: str) -> Said:  # noqa: F811
    return kb("triage", "--by", "小野", *NOW, *words)


def open_findings(kb: Kb) -> set[tuple[str, str]]:  # noqa: F811
    return {(each["code"], each["target"]) for each in json.loads(kb(*CHECK).out)["findings"]}


def decisions(team: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((team / "kb-decisions.toml").read_text("utf-8"))["decision"]
    return found


def test_each_finding_is_a_card_with_where_it_was_seen_and_what_to_do_next(kb: Kb, team: Path, script: Any) -> None:  # noqa: F811
    script("q")
    said = triage(kb, "--select", "SYS246")
    assert said.code == 0
    assert re.search(r"^1/1 エラー SYS246 replica-down ", said.out, re.M)
    assert "場所    diagrams/system.toml:50" in said.out
    assert re.search(r"^証拠 +hosts 2026-11-28: kr-prd-cache-02:6379 がプライマリーから切れて 19 時間$", said.out, re.M)
    assert re.search(r"^次に +redis-cli info replication で確かめ", said.out, re.M)
    assert "言葉" not in said.out


def test_without_a_choice_of_rules_drift_stands_among_the_findings_on_pages(kb: Kb, team: Path, script: Any) -> None:  # noqa: F811
    script("q")
    total = len(open_findings(kb))
    heads = re.findall(r"^1/(\d+) ", triage(kb).out, re.M)
    assert [int(each) >= total for each in heads] == [True]
    script("q")
    assert "SYS" not in triage(kb, "--select", "INC,PST").out
    assert "SYS" not in triage(kb, "--page", "esa:1").out


def test_what_is_accepted_has_a_reason_and_an_end_and_comes_back_after_it(kb: Kb, team: Path, script: Any) -> None:  # noqa: F811
    before = open_findings(kb)
    script("a 年度末に作り直す", "2027-01-31")
    said = triage(kb, "--select", "SYS246")
    assert "✓ 受け入れました（2027-01-31 まで）: kb-decisions.toml" in said.out
    (made,) = decisions(team)
    assert (made["doc"], made["code"], made["what"]) == ("system:cache", "SYS246", "accept")
    assert made["until"] == "2027-01-31"
    assert open_findings(kb) == before - {("SYS246", "cache")}
    text = kb("diagram", "check", "--drift", *NOW)
    assert "出していないもの 1 件（受け入れ 1）" in text.err
    settings = (team / "kb.toml").read_text("utf-8")
    (team / "kb.toml").write_text(settings + "\n[drift]\nmax_age = { hosts = 99, ec2 = 99 }\n", "utf-8")
    script("q")
    late = kb("triage", "--by", "小野", "--now", "2027-02-01T09:00:00+09:00", "--select", "SYS246")
    assert "1/1 エラー SYS246" in late.out


def test_an_empty_end_is_three_months_and_no_reason_decides_nothing(kb: Kb, team: Path, script: Any) -> None:  # noqa: F811
    script("a 理由", "", "a", "", "s")
    triage(kb, "--select", "SYS246,SYS234")
    (made,) = decisions(team)
    assert made["until"] == "2027-02-28"


def test_what_the_model_does_not_name_goes_into_git_by_a_keyed_hash_alone(kb: Kb, team: Path, script: Any) -> None:  # noqa: F811
    before = open_findings(kb)
    outside = sorted(target for code, target in before if code == "SYS211")
    script(f"a {outside[0]} は試し", "a 試しに起動したもの", "2027-01-31", "m", "s", "q")
    said = triage(kb, "--select", "SYS211")
    assert "図にないものの名前が入っているので" in said.out
    assert "何のためのものですか" in said.out
    assert any(target in said.out for target in outside)  # the terminal may say it
    text = (team / "kb-decisions.toml").read_text("utf-8")
    assert [target for target in outside if target in text] == []
    assert "yamada" not in text
    accepted, asked = decisions(team)
    assert (accepted["doc"], accepted["what"], asked["what"]) == ("system", "accept", "ask")
    assert accepted["key"]
    assert accepted["key"] == asked["key"]
    assert "インスタンス" in asked["reason"]
    assert len(open_findings(kb)) == len(before) - 1  # what was asked is still told
    assert "手を打ってあります" in kb("diagram", "check", "--drift", *NOW).err
    script("q")
    assert "決めるべき指摘はありません" in triage(kb, "--select", "SYS211").err


def test_all_of_a_rule_are_decided_at_once_and_taken_back(kb: Kb, team: Path, script: Any) -> None:  # noqa: F811
    script("r a 移行まで", "2027-01-31", "b", "q")
    said = triage(kb, "--select", "SYS211,SYS215")
    assert "受け入れました（2 件）" in said.out
    assert "前の決定を取り消しました" in said.out
    assert (team / "kb-decisions.toml").read_text("utf-8").strip() == ""


def test_one_member_sees_the_nodes_that_are_theirs(kb: Kb, team: Path, script: Any) -> None:  # noqa: F811
    people = '\n[people.same]\nimai = ["今井 聡"]\nono = ["小野 遥"]\n'
    (team / "kb.toml").write_text((team / "kb.toml").read_text("utf-8") + people, "utf-8")
    path = team / "diagrams/system.toml"
    head, mark, rest = path.read_text("utf-8").partition('id = "cache"')
    path.write_text(head + mark + rest.replace('owner = "運用チーム"', 'owner = "佐藤、小野 遥"', 1), "utf-8")
    for member, shown in (("imai", False), ("ono", True)):
        script("q")
        said = triage(kb, "--for", member)
        assert ("SYS246" in said.out) is shown, said
        assert "SYS211" not in said.out


def test_a_snapshot_that_cannot_be_read_is_told_and_pages_are_decided_on(kb: Kb, team: Path, script: Any) -> None:  # noqa: F811
    (team / ".kb/snapshots/ec2.json").write_text("{", "utf-8")
    script("q")
    said = triage(kb)
    assert "スナップショット ec2 を読めません" in said.err
    assert said.code == 2
