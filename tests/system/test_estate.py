"""The labelled estate: all of it is told, and nothing is called gone by a source that is missing, cut, or old."""

from __future__ import annotations

import itertools
import json
import random
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from system.estate_kit import INPUTS, KURUMI, NOW, TAKEN, collect, expected, findings, pairs, snapshots

from kb.system.drift.kinds import GapKind, SnapshotState, SourceKind
from kb.system.drift.snapshot import Gap, Snapshot, make_snapshot

GONE = {(each.code, each.target): each.needs for each in expected() if each.gone}


def test_the_whole_estate_is_told_and_nothing_else() -> None:
    found = findings(snapshots())
    assert pairs(found) == {(each.code, each.target) for each in expected()}
    assert all(each.proof and each.next_step for each in found)


def emptied(one: Snapshot) -> Snapshot:
    items = type(one.read_items())()
    return make_snapshot(one.source, items, name=one.name, scope="", taken_at=TAKEN, collected_at=TAKEN, previous=one)


def halved(one: Snapshot) -> Snapshot:
    items = one.read_items()
    fields = {name: getattr(items, name) for name in items.__struct_fields__}
    half = msgspec.structs.replace(
        items, **{name: value[: len(value) // 2] for name, value in fields.items() if isinstance(value, tuple)}
    )
    return make_snapshot(one.source, half, name=one.name, scope="", taken_at=TAKEN, collected_at=TAKEN, previous=one)


def cut(one: Snapshot, kind: GapKind = GapKind.PAGE) -> Snapshot:
    return make_snapshot(
        one.source, one.read_items(), name=one.name, scope="", taken_at=TAKEN, collected_at=TAKEN, gaps=(Gap(kind),)
    )


def aged(one: Snapshot) -> Snapshot:
    old = (NOW - timedelta(days=9)).isoformat()
    items = json.loads(bytes(one.items))
    for host in items.get("hosts", []):
        if "taken_at" in host:
            host["taken_at"] = old
    return msgspec.structs.replace(one, taken_at=old, items=msgspec.Raw(msgspec.json.encode(items)))


WAYS = {"removed": None, "emptied": emptied, "halved": halved, "cut": cut, "aged": aged}
TOLD = {"removed": "SYS201", "emptied": "SYS204", "halved": "SYS203", "cut": "SYS204", "aged": "SYS202"}
SOURCES = [each.source for each in snapshots()]


def spoilt(ways: dict[SourceKind, str]) -> list[Snapshot]:
    given = []
    for one in snapshots():
        way = ways.get(one.source)
        if way is None:
            given.append(one)
        elif (change := WAYS[way]) is not None:
            given.append(change(one))
    return given


def wrongly_gone(ways: dict[SourceKind, str]) -> set[tuple[str, str]]:
    """What is told to be gone although a source it rests on does not say so, or that nobody expects."""
    told = {each for each in pairs(findings(spoilt(ways))) if each[0] in {code for code, _ in GONE}}
    below = {("SYS214", "worker")}  # more than `count` is told by whatever shows it
    return {each for each in told if each not in GONE or (GONE[each] & set(ways) and each not in below)}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("way", WAYS)
def test_a_source_that_is_not_whole_is_told_and_calls_nothing_gone(source: SourceKind, way: str) -> None:
    found = pairs(findings(spoilt({source: way})))
    assert wrongly_gone({source: way}) == set()
    is_told = {(code, target) for code, target in found if target == f"source:{source}"}
    if (source, way) == (SourceKind.CSV, "removed"):  # no list is asked for
        assert not is_told
    elif len(SOURCES) and not (way == "halved" and source in (SourceKind.CODEDEPLOY, SourceKind.REPOS)):
        assert is_told == {(TOLD[way], f"source:{source}")}


@pytest.mark.parametrize("way", WAYS)
def test_no_pair_of_spoilt_sources_calls_anything_gone(way: str) -> None:
    for first, second in itertools.combinations(SOURCES, 2):
        for other in WAYS:
            assert wrongly_gone({first: way, second: other}) == set()


def test_no_subset_of_sources_calls_more_gone() -> None:
    whole = {each for each in pairs(findings(snapshots())) if each in GONE}
    for count in range(len(SOURCES)):
        for chosen in itertools.combinations(snapshots(), count):
            told = {each for each in pairs(findings(chosen)) if each[0] in {code for code, _ in GONE}}
            assert told <= whole


def test_the_order_of_the_inputs_changes_nothing() -> None:
    once = findings(snapshots())
    for seed in range(5):
        rng = random.Random(seed)  # noqa: S311 -- the order, not a secret
        given = []
        for one in rng.sample(snapshots(), len(SOURCES)):
            items = json.loads(bytes(one.items))
            for rows in items.values():
                if isinstance(rows, list):
                    rng.shuffle(rows)
            given.append(msgspec.structs.replace(one, items=msgspec.Raw(msgspec.json.encode(items))))
        assert findings(given) == once


def test_no_secret_of_the_inputs_is_in_a_snapshot_or_a_finding() -> None:
    secrets = (KURUMI / "secrets.txt").read_text("utf-8").split("\n")
    text = "".join(str(msgspec.json.encode(each), "utf-8") for each in snapshots())
    text += "".join(str(each) for each in findings(snapshots()))
    assert [each for each in secrets if each and each in text] == []


def test_a_source_shrinks_until_somebody_says_it_is_right_and_grows_at_once(tmp_path: Path) -> None:
    whole = json.loads((KURUMI / "ec2.json").read_text("utf-8"))
    instances = [each for reservation in whole["Reservations"] for each in reservation["Instances"]]
    small = json.dumps({"Reservations": [{"Instances": instances[:10]}]})
    (tmp_path / "small.json").write_text(small)
    full = KURUMI / INPUTS[SourceKind.EC2]
    private = tmp_path / ".kb"

    def states(path: Path, *, accept: bool = False) -> SnapshotState:
        return collect(SourceKind.EC2, [path], private, accept_smaller=accept).state

    assert states(full) is SnapshotState.OK
    assert states(tmp_path / "small.json") is SnapshotState.SHRUNK
    assert states(tmp_path / "small.json") is SnapshotState.SHRUNK  # asking again is no answer
    assert states(tmp_path / "small.json", accept=True) is SnapshotState.OK
    assert states(tmp_path / "small.json") is SnapshotState.OK
    assert states(full) is SnapshotState.OK
    assert states(tmp_path / "small.json") is SnapshotState.SHRUNK


def test_the_days_of_evidence_are_the_teams() -> None:
    """Eight on Monday in Tokyo is Sunday in UTC, in which aws and the hosts script print their times."""
    in_utc = "2026-11-27T21:00:00+00:00"
    given = []
    for one in snapshots():
        items = json.loads(bytes(one.items))
        for host in items.get("hosts", []):
            if "taken_at" in host:
                host["taken_at"] = in_utc
        given.append(msgspec.structs.replace(one, taken_at=in_utc, items=msgspec.Raw(msgspec.json.encode(items))))
    found = findings(given)
    assert pairs(found) == pairs(findings(snapshots()))
    told = {taken_at for each in found for source, taken_at, _ in each.proof if source not in ("mirror", "model")}
    assert told == {"2026-11-28T06:00:00+09:00"}
