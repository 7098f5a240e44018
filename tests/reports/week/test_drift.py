"""Drift in the weekly report: weeks that are played with snapshots, and what each format may say of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from estate.kit import expected
from reports.week.made import DRIFT, rich
from reports.week.test_gather import GOOD, Call, edited
from reports.week.test_gather import at as at
from reports.week.test_gather import team as team

from kb.estate.drift.rules import NEEDS
from kb.reports.week.html import render_html
from kb.reports.week.markdown import render_markdown
from kb.reports.week.short import render_json, render_short, render_text

MODEL = """
[[node]]
id = "web"
label = "管理画面"
match = { ec2_name = ["web-*"] }

[[node]]
id = "batch"
label = "夜間処理"
match = { ec2_name = ["batch-*"] }

[[node]]
id = "files"
label = "受け渡し"
match = { ec2_name = ["sftp-*"] }
"""
IGNORE = """
[[ignore]]
code = "{code}"
target = "{target}"
reason = "{reason}"
owner = "Sato"
until = "2027-01-31"
"""
NO_OTHER_SOURCE = "".join(
    IGNORE.format(code="source-missing", target=f"source:{name}", reason="使っていない") for name in ("zabbix", "hosts")
)
MACHINES = ("web-01", "batch-01", "sftp-01")
HOST = """#kb-hosts 1
#taken {taken}
#user deploy
=== id ok 1
hostname\t{name}
=== nproc ok 1
2
=== loadavg ok 1
{load} {load} {load} 2/400 30000
=== ps ok 1
1\troot\t40000000\t9000\t/usr/lib/systemd/systemd
=== end ok 4
"""


class Team:
    """A team that collects from EC2 and its hosts on Mondays, and then makes its report."""

    def __init__(self, kb: Call, at: Any, folder: Path) -> None:
        self.kb, self.at, self.folder = kb, at, folder
        self.denied = False
        (folder / "diagrams").mkdir()
        self.model()

    def model(self, *more: str, ignores: str = NO_OTHER_SOURCE) -> None:
        (self.folder / "diagrams/system.toml").write_text(MODEL + ignores + "".join(more), "utf-8")

    def ec2(self, day: str, machines: Iterable[str], name: str = "ec2") -> None:
        rows = [
            {
                "InstanceId": f"i-0{ord(each[0]):x}{sum(each.encode()):06x}",
                "State": {"Name": "running"},
                "PrivateIpAddress": "10.9.8.7",
                "Tags": [{"Key": "Name", "Value": each}],
            }
            for each in machines
        ]
        file = self.folder / "ec2.json"
        file.write_text(json.dumps({"Reservations": [{"Instances": rows}]}), "utf-8")
        said = self.kb(
            "diagram", "collect", "ec2", "--from", str(file), "--name", name, "--taken-at", f"{day}T06:00:00+09:00"
        )
        assert said.code == 0, said

    def hosts(self, day: str, loads: dict[str, str]) -> None:
        place = self.folder / f"hosts-{day}"
        place.mkdir()
        for name, load in loads.items():
            text = HOST.format(taken=f"{day}T06:00:00+09:00", name=name, load=load)
            if self.denied:
                text = text.replace("=== end ok 4", "=== cron denied 0\n=== end ok 5")
            (place / f"{name}.txt").write_text(text, "utf-8")
        assert self.kb("diagram", "collect", "hosts", "--from", str(place)).code == (3 if self.denied else 0)

    def json(self, day: str, *words: str) -> dict[str, Any]:
        self.at(f"{day}T09:00")
        said = self.kb("report", "--format", "json", *words)
        assert said.code == 0, said.err
        found: dict[str, Any] = json.loads(said.out)
        return found

    def drift(self, day: str, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = self.json(day, *words)["drift"]
        return found

    def text(self, day: str) -> str:
        self.at(f"{day}T09:00")
        said = self.kb("report")
        assert said.code == 0, said.err
        return str(said.out)


@pytest.fixture
def watch(kb: Call, posts: Any, team: Path, at: Any) -> Team:
    at("2026-11-02T09:00")  # a Monday, as they all are
    edited(posts, "2026-10-10", (1, GOOD))
    return Team(kb, at, team)


def moves(drift: dict[str, Any]) -> dict[str, list[tuple[str, str, int]]]:
    found: dict[str, list[tuple[str, str, int]]] = {}
    for row in drift["rows"]:
        found.setdefault(row["kind"], []).append((row["code"], row["label"], row["count"]))
    return found


def test_without_a_snapshot_nothing_is_said(watch: Team) -> None:
    assert watch.json("2026-11-02")["drift"] is None
    assert "構成のずれ" not in watch.text("2026-11-02")


def test_one_line_says_that_all_is_fresh_and_quiet(watch: Team) -> None:
    watch.ec2("2026-11-01", MACHINES)
    line = "構成のずれ: なし（1 つの取り込み元、最後は 11/1）"
    assert line in watch.text("2026-11-02").splitlines()
    assert line in watch.kb("report", "--format", "markdown").out.replace("\\:", ":")
    assert f'<li class="drift">{line}</li>' in watch.kb("report", "--format", "html").out
    assert 'id="drift"' not in watch.kb("report", "--format", "html").out


def test_weeks_say_what_is_new_and_mended_and_the_first_look_is_neither(watch: Team) -> None:
    watch.ec2("2026-11-01", ("web-01", "sftp-01"))
    first = watch.drift("2026-11-02")
    assert (first["open"], first["first"], moves(first)) == (1, 1, {})
    watch.ec2("2026-11-08", (*MACHINES, "tmp-check"))
    second = watch.drift("2026-11-09")
    assert moves(second) == {"new": [("SYS211", "", 1)], "mended": [("SYS212", "夜間処理", 1)]}
    assert second["open"] == 1
    assert [row["code"] for row in second["by_rule"]] == ["SYS211", "SYS212"]
    assert moves(watch.drift("2026-11-09")) == moves(second)  # made again
    middle = watch.drift("2026-11-11")
    assert (middle["first"], moves(middle)) == (0, {})  # each is of one week
    watch.ec2("2026-11-15", (*MACHINES, "tmp-check"))
    third = watch.drift("2026-11-16")
    assert (third["open"], moves(third)) == (1, {})
    watch.ec2("2026-11-22", MACHINES)
    assert moves(watch.drift("2026-11-23")) == {"mended": [("SYS211", "", 1)]}
    past = watch.drift("2026-11-25", "--week", "2026-W45")
    assert (past["open"], moves(past)) == (None, moves(second))


def test_a_source_that_is_old_mends_nothing_and_is_named(watch: Team) -> None:
    watch.ec2("2026-11-01", (*MACHINES, "tmp-check"))
    watch.drift("2026-11-02")
    late = watch.drift("2026-11-16")
    assert [(row["code"], row["open"]) for row in late["by_rule"]] == [("SYS205", 3)]
    assert moves(late) == {}
    assert [(each["name"], each["code"], each["taken_on"]) for each in late["troubles"]] == [
        ("ec2", "SYS202", "2026-11-01")
    ]
    said = "ec2（古い、最後は 11/1）。"
    assert said in watch.text("2026-11-16")
    assert said in watch.kb("report", "--format", "markdown").out
    watch.ec2("2026-11-22", (*MACHINES, "tmp-check"))
    again = watch.drift("2026-11-23")
    assert (again["open"], moves(again)) == (1, {})


def test_a_source_nobody_took_is_named_until_it_is_set_aside(watch: Team) -> None:
    watch.model(ignores="")
    watch.ec2("2026-11-01", MACHINES)
    found = watch.drift("2026-11-02")
    assert [(each["name"], each["code"]) for each in found["troubles"]] == [("hosts", "SYS201"), ("zabbix", "SYS201")]
    assert "hosts（まだ取り込んでいない）" in watch.text("2026-11-02")


def test_a_deployment_group_nobody_listed_this_week_is_not_mended(watch: Team) -> None:
    listed = '{"applications": ["shop"]}{"applicationName": "shop", "deploymentGroups": ["web", "old"]}'
    group = '{{"deploymentGroupInfo": {{"applicationName": "shop", "deploymentGroupName": "{}"}}}}'
    weeks = {"2026-11-08": listed + group.format("web") + group.format("old"), "2026-11-15": group.format("web")}
    for day, answers in weeks.items():
        watch.ec2(day, MACHINES)
        (watch.folder / "deploy.json").write_text(answers, "utf-8")
        taken = ("--taken-at", f"{day}T06:00:00+09:00")
        assert (
            watch.kb("diagram", "collect", "codedeploy", "--from", str(watch.folder / "deploy.json"), *taken).code == 0
        )
        last = watch.drift(day.replace("08", "09").replace("15", "16"))
    assert "mended" not in moves(last)


def test_a_host_that_printed_nothing_this_week_is_not_mended(watch: Team) -> None:
    watch.ec2("2026-11-01", MACHINES)
    watch.hosts("2026-11-01", {each: "9.0" if each == "web-01" else "0.1" for each in MACHINES})
    assert [row["code"] for row in watch.drift("2026-11-02")["by_rule"]] == ["SYS241"]
    watch.ec2("2026-11-08", MACHINES)
    watch.hosts("2026-11-08", {each: "0.1" for each in MACHINES if each != "web-01"})
    gone = watch.drift("2026-11-09")
    assert "mended" not in moves(gone)
    watch.ec2("2026-11-15", MACHINES)
    watch.hosts("2026-11-15", dict.fromkeys(MACHINES, "0.1"))
    assert moves(watch.drift("2026-11-16")) == {"mended": [("SYS241", "管理画面", 1)]}


def test_a_section_its_user_may_not_read_is_told_in_the_first_week_alone(watch: Team) -> None:
    watch.denied = True
    for week, day in enumerate(("2026-11-01", "2026-11-08", "2026-11-15")):
        watch.ec2(day, MACHINES)
        watch.hosts(day, dict.fromkeys(MACHINES, "0.1"))
        found = watch.drift(f"{day[:8]}{int(day[8:]) + 1:02}")
        told = [(each["name"], each["code"], each["only_sections"]) for each in found["troubles"]]
        assert told == ([("hosts", "SYS204", True)] if not week else [])
        assert (found["open"], moves(found)) == (0, {})
    assert "構成のずれ: なし（2 つの取り込み元、最後は 11/15）" in watch.text("2026-11-16")


def test_what_came_with_a_source_nobody_had_looked_at_is_not_new(watch: Team) -> None:
    watch.ec2("2026-11-01", MACHINES)
    watch.drift("2026-11-02")
    watch.ec2("2026-11-08", MACHINES)
    watch.hosts("2026-11-08", dict.fromkeys(MACHINES, "9.0"))
    found = watch.drift("2026-11-09")
    assert (found["open"], found["first"], moves(found)) == (3, 3, {})


def test_what_is_ignored_comes_with_its_day_and_for_who_runs_it_with_the_reason(watch: Team) -> None:
    reason = "10.9.8.7 は年末まで残す"
    watch.model(IGNORE.format(code="ghost-node", target="batch", reason=reason))
    watch.ec2("2026-11-01", ("web-01", "sftp-01"))
    found = watch.drift("2026-11-02")
    assert (found["open"], moves(found)) == (0, {"ignored": [("SYS212", "夜間処理", 1)]})
    assert f"見送り: SYS212 batch（2027-01-31 まで: {reason}）" in watch.text("2026-11-02")
    post = watch.kb("report", "--format", "markdown").out
    assert "見送り `SYS212`: 夜間処理（2027-01-31 まで）" in post
    shared = (post, watch.kb("report", "--format", "html").out, watch.kb("report", "--format", "json").out)
    assert not [text for text in shared if reason in text]
    watch.ec2("2026-11-08", MACHINES)  # and what was set aside was nobody's to mend
    assert moves(watch.drift("2026-11-09")) == {}


def test_one_person_sees_all_of_it_and_what_is_on_their_nodes_first(watch: Team) -> None:
    with (watch.folder / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('[people]\nsame = {sato = ["佐藤 健"], ono = ["小野 遥"]}\n')
    owned = MODEL.replace('label = "受け渡し"', 'label = "受け渡し"\nowner = "小野 遥、運用チーム"')
    (watch.folder / "diagrams/system.toml").write_text(owned + NO_OTHER_SOURCE, "utf-8")
    watch.ec2("2026-11-01", MACHINES)
    watch.drift("2026-11-02")
    watch.ec2("2026-11-08", ("web-01", "tmp-check"))
    team, ono, sato = (watch.drift("2026-11-09", *words) for words in ((), ("--for", "ono"), ("--for", "sato")))
    assert (team["own"], ono["own"], sato["own"]) == (None, 1, 0)
    assert team["rows"][0]["label"] == ""
    assert ono["rows"][0]["label"] == "受け渡し"
    for other in (ono, sato):  # nothing more, nothing less
        assert sorted(map(str, other["rows"])) == sorted(map(str, team["rows"]))
        assert (other["open"], other["by_rule"]) == (team["open"], team["by_rule"])
    watch.at("2026-11-09T09:00")
    said = watch.kb("report", "--for", "ono")
    assert "（担当のノード 1 件）" in said.out
    assert "（新しい SYS212 files" in said.out
    post = watch.kb("report", "--for", "ono", "--format", "markdown").out
    assert not [word for word in ("tmp-check", "10.9.8.7", "web-01") if word in post]


def test_targets_are_for_the_terminal_alone(watch: Team) -> None:
    watch.ec2("2026-11-01", MACHINES)
    watch.drift("2026-11-02")
    watch.ec2("2026-11-08", (*MACHINES, "tmp-check"))
    text = watch.text("2026-11-09")
    target = "i-074" + f"{sum(b'tmp-check'):06x}"
    assert (
        f"構成のずれ: 新しい 1 件、直った 0 件、残り 1 件（新しい SYS211 {target}） → kb diagram check --drift" in text
    )
    told = [watch.kb("report", "--format", each, *more) for each in ("markdown", "html", "json") for more in ((),)]
    told.append(watch.kb("report", "--format", "markdown", "--include-private"))
    for said in told:
        assert "SYS211" in said.out
        assert not [word for word in (target, "tmp-check", "10.9.8.7", "web-01") if word in said.out]
    state = (watch.folder / ".kb/state.db").read_bytes()
    assert not [word for word in (target, "tmp-check", "10.9.8.7", "web-01") if word.encode() in state]


def test_a_snapshot_that_cannot_be_read_is_told_and_the_report_is_made(watch: Team) -> None:
    watch.ec2("2026-11-01", MACHINES)
    (watch.folder / ".kb/snapshots/ec2.json").write_text("{", "utf-8")
    watch.at("2026-11-02T09:00")
    said = watch.kb("report", "--format", "json")
    assert said.code == 3
    assert json.loads(said.out)["drift"] is None
    assert "ec2" in said.err


def test_one_person_s_report_and_an_earlier_day_leave_the_memory_as_it_is(watch: Team) -> None:
    watch.ec2("2026-11-08", MACHINES)
    watch.drift("2026-11-09")
    watch.ec2("2026-11-15", (*MACHINES, "tmp-check"))
    assert watch.drift("2026-11-08")["first"] == 0  # before the first look: nothing is recorded
    assert moves(watch.drift("2026-11-16")) == {"new": [("SYS211", "", 1)]}


def test_what_a_rule_needs_to_say_that_something_is_gone_is_remembered() -> None:
    assert [each for each in expected() if each.gone and not each.needs <= {*NEEDS.get(each.code, ())}] == []


def test_drift_takes_no_line_of_the_terminal_from_today_s_three() -> None:
    lines, before = render_text(replace(rich(), drift=DRIFT)), render_text(rich())
    assert [line for line in before if line not in lines] == []
    assert len(lines) == len(before) + 3
    assert [line for line in lines if line.startswith("構成のずれ: 新しい 3 件、直った 1 件、残り 12 件、見送り 2 件")]
    assert len(render_short(replace(rich(), drift=DRIFT))) <= 6


def test_a_rule_names_a_few_nodes_and_says_how_many_more() -> None:
    rows = tuple(replace(DRIFT.rows[1], label=f"機械{number:02}") for number in range(40))
    post = "".join(render_markdown(replace(rich(), drift=replace(DRIFT, rows=rows))))
    assert "新しい 40 件" in post
    assert "機械00、" in post
    assert "機械07、ほかに 32\n" in post


def test_hostile_labels_stay_text() -> None:
    rows = (replace(DRIFT.rows[0], label="<img src=x onerror=1>|`@all`\u202e"),)
    week = replace(rich(), drift=replace(DRIFT, rows=rows))
    assert "<img" not in "".join(render_html(week))
    post = "".join(render_markdown(week))
    assert "<img" not in post
    assert "@all" not in post
    assert "\u202e" not in post + "".join(render_html(week))
    json.loads("".join(render_json(week)))
