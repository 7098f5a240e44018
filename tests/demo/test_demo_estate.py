"""The estate of the demo's team: exactly what was planted is told, on any day, and nothing secret is kept of it."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from demo.planted_drift import collect, judge, pairs, planted

from kb.estate.drift.kinds import SnapshotState, SourceKind
from kb.sandbox.team.estate import SOURCES, list_estate
from kb.sandbox.team.estate.machines import instance_id
from kb.sandbox.team.planted import ESTATE_SECRET, PLANTED
from kb.sandbox.team.weeks import first_monday
from kb.sandbox.team.words import JST
from kb.secrets.mask_document import mask_text

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=JST)
START = first_monday(NOW)
LAST = START + timedelta(weeks=4)


@pytest.mark.parametrize(
    "now",
    [
        LAST,
        NOW,
        datetime(2026, 11, 23, 0, 1, tzinfo=JST),
        datetime(2028, 2, 29, 23, 50, tzinfo=UTC),
        datetime(2027, 1, 3, 23, 59, tzinfo=JST),
    ],
)
def test_what_is_told_is_what_was_planted_on_any_day(tmp_path: Path, now: datetime) -> None:
    start = first_monday(now)
    for snapshot in collect(tmp_path, start, now):
        assert snapshot.state is SnapshotState.OK, snapshot.why
    found = judge(tmp_path, now)
    assert pairs(found) == planted()
    assert pairs([each for each in found if each.waiver is None]) == planted(ignored=False)
    assert all(each.proof and each.next_step for each in found)


def test_it_stays_true_for_a_week_after_the_demo(tmp_path: Path) -> None:
    collect(tmp_path, START, NOW)
    assert pairs(judge(tmp_path, NOW + timedelta(days=7))) == planted()


def test_from_monday_to_monday_two_come_and_one_goes(tmp_path: Path) -> None:
    collect(tmp_path, START, LAST - timedelta(weeks=1))
    before = pairs(judge(tmp_path, LAST - timedelta(weeks=1)))
    collect(tmp_path, START, LAST)
    after = pairs(judge(tmp_path, LAST))
    assert after - before == {("SYS246", "redis"), ("SYS263", "web")}
    assert before - after == {("SYS213", instance_id("tmp-miura-migrate"))}


def test_without_git_the_clone_is_told_as_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    states = {each.source: each.state for each in collect(tmp_path, START, NOW)}
    assert states.pop(SourceKind.REPOS) is SnapshotState.INCOMPLETE
    assert set(states.values()) == {SnapshotState.OK}
    assert ("SYS204", "source:repos") in pairs(judge(tmp_path, NOW))


def test_the_last_look_at_what_a_list_holds_is_evidence(tmp_path: Path) -> None:
    collect(tmp_path, START, NOW)
    vps = next(each for each in judge(tmp_path, NOW) if each.target == "old-ad")
    assert ["最後に確かめたのは" in str(what) for source, _, what in vps.proof if source == "csv"] == [True]


def test_the_noise_is_told_with_the_threshold_that_would_be_quiet(tmp_path: Path) -> None:
    collect(tmp_path, START, NOW)
    noise = next(each for each in judge(tmp_path, NOW) if each.code == "SYS225")
    assert "80 から 90" in str(noise.next_step)


def test_the_password_in_a_tag_is_in_its_listing_and_nowhere_else(tmp_path: Path) -> None:
    collect(tmp_path, START, NOW)
    kept = "".join(path.read_text("utf-8") for path in (tmp_path / ".kb" / "snapshots").iterdir())
    assert '"ftp_password": "***"' in kept
    assert ESTATE_SECRET not in kept
    told = "".join(repr(each) for each in judge(tmp_path, NOW))
    assert ESTATE_SECRET not in told
    listed = [path for path in (tmp_path / "listings").rglob("*") if path.is_file()]
    assert [path.name for path in listed if ESTATE_SECRET.encode() in path.read_bytes()] == ["page-2.json"]
    assert (tmp_path / "listings").stat().st_mode & 0o077 == 0


def test_no_listing_holds_another_secret() -> None:
    for name, data in list_estate(START, NOW).items():
        if "/objects/" in name:
            continue
        text = data.decode()
        assert not any(each.value in text for each in PLANTED if each.key not in ("zabbix", "aws-id")), name
        lines = [line for line in text.splitlines() if ESTATE_SECRET not in line and not line.startswith('{"taken_at"')]
        assert [line for line in lines if mask_text(line) != line] == []


def test_the_same_times_give_the_same_bytes_and_another_time_other_days() -> None:
    assert list_estate(START, NOW) == list_estate(START, NOW)
    later = timedelta(days=371)
    moved = list_estate(START + later, NOW + later)
    assert list(moved) != []
    launched = [
        json.loads(files[f"{SOURCES['ec2']}/page-1.json"])["Reservations"][0]["Instances"][0]["LaunchTime"]
        for files in (list_estate(START, NOW), moved)
    ]
    assert datetime.fromisoformat(launched[1]) - datetime.fromisoformat(launched[0]) == later


def test_pages_go_on_until_one_has_no_token() -> None:
    files = list_estate(START, NOW)
    first, second = (json.loads(files[f"{SOURCES['ec2']}/page-{number}.json"]) for number in (1, 2))
    assert first["NextToken"]
    assert "NextToken" not in second


def test_git_finds_nothing_wrong_with_the_clone(tmp_path: Path) -> None:
    collect(tmp_path, START, NOW)
    clone = tmp_path / SOURCES["repos"] / "adsv-admin.git"
    done = subprocess.run(["git", "-C", clone, "fsck", "--strict"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    log = subprocess.run(["git", "-C", clone, "log", "--format=%H", "main"], capture_output=True, text=True, check=True)
    heads = {
        line.split("\t")[1]
        for name in ("adsv-prd-adm-01", "adsv-prd-adm-02")
        for line in (tmp_path / SOURCES["hosts"] / f"{name}.txt").read_text("utf-8").splitlines()
        if line.startswith("/srv/adsv-admin\t") and line.count("\t") == 4
    }
    commits = log.stdout.split()
    assert heads == {commits[0], commits[3]}
