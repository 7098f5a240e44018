"""What the report remembers of the labelled estate: a source, or one host, that went quiet mends nothing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from estate.kit import MODEL, NOW, RULES, snapshots
from estate.test_drift_rules import read_snapshots
from estate.test_estate import SOURCES, WAYS, spoilt, with_denied

from kb.diagram.model.rules import SystemContext
from kb.diagram.model.toml import merge_texts
from kb.estate.drift.estate import Estate
from kb.estate.drift.items.hosts import HostsItems
from kb.estate.drift.judge import judge_drift
from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.snapshot import Snapshot
from kb.mirror.history.drift import DriftMoves, DriftRecord
from kb.mirror.history.state import StateDb
from kb.reports.drift.gather import READ_PAGES
from kb.reports.drift.survey import record_drift

KNOWN = [rule for rule in RULES if rule.code not in READ_PAGES]
DAY = timedelta(days=1)
SILENT = {("halved", SourceKind.CODEDEPLOY), ("halved", SourceKind.REPOS)}  # a list of two that has one is not told


def look(state: StateDb, given: Sequence[Snapshot], now: datetime) -> DriftMoves:
    """Record what is there at a time, and return what moved on that day."""
    estate = Estate(MODEL, given, now)
    record_drift(state, judge_drift(estate, SystemContext(MODEL, now.date()), KNOWN), estate, now, now)
    return state.drift.moves(now - DAY / 2, now + DAY / 2)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDb]:
    with StateDb(tmp_path / "state.db") as opened:
        yield opened


def test_the_first_look_is_neither_new_nor_mended_and_the_second_says_nothing(state: StateDb) -> None:
    first = look(state, snapshots(), NOW)
    assert (first.new, first.mended) == ((), ())
    assert first.first > 15
    assert look(state, snapshots(), NOW + DAY) == DriftMoves()


@pytest.mark.parametrize("way", WAYS)
def test_no_spoilt_source_and_no_pair_of_them_mends_anything(tmp_path: Path, way: str) -> None:
    chosen = [(each,) for each in SOURCES] + list(itertools.combinations(SOURCES, 2))
    for number, few in enumerate(chosen):
        if any((way, each) in SILENT for each in few):
            continue
        with StateDb(tmp_path / f"{number}.db") as state:
            look(state, snapshots(), NOW)
            less = look(state, spoilt(dict.fromkeys(few, way)), NOW + DAY)
            assert (less.new, less.mended) == ((), ()), few
            back = look(state, snapshots(), NOW + 2 * DAY)
            assert (back.new, back.mended) == ((), ()), few


def test_no_host_that_is_left_out_mends_anything(tmp_path: Path) -> None:
    (hosts,) = [each for each in snapshots() if each.source is SourceKind.HOSTS]
    items = hosts.read_items()
    assert isinstance(items, HostsItems)
    for number in range(len(items.hosts)):
        left = HostsItems(items.hosts[:number] + items.hosts[number + 1 :])
        fewer = msgspec.structs.replace(hosts, items=msgspec.Raw(msgspec.json.encode(left)))
        with StateDb(tmp_path / f"{number}.db") as state:
            look(state, snapshots(), NOW)
            given = [fewer if each is hosts else each for each in snapshots()]
            assert look(state, given, NOW + DAY).mended == (), items.hosts[number].name


@pytest.mark.parametrize("section", ["cron", "ps", "redis", "jars", "units"])
def test_a_section_that_is_denied_mends_nothing_that_rests_on_it_and_holds_up_nothing_else(
    tmp_path: Path, section: str
) -> None:
    with StateDb(tmp_path / "state.db") as state:
        look(state, snapshots(), NOW)
        less = look(state, with_denied(section), NOW + DAY)
        assert (less.new, less.mended) == ((), ())
        back = look(state, snapshots(), NOW + 2 * DAY)
        assert (back.new, back.mended) == ((), ())
        (hosts,) = [each for each in with_denied(section) if each.source is SourceKind.HOSTS]
        quiet = msgspec.structs.replace(hosts, items=without_containers(hosts))
        given = [quiet if each.source is SourceKind.HOSTS else each for each in snapshots()]
        assert {each.code for each in look(state, given, NOW + 3 * DAY).mended} == {"SYS244"}


@pytest.mark.parametrize("section", ["ps", "redis", "containers"])
def test_what_a_section_tells_when_it_can_first_be_read_is_not_new(state: StateDb, section: str) -> None:
    look(state, with_denied(section), NOW)
    then = look(state, snapshots(), NOW + DAY)
    assert (then.new, then.mended) == ((), ())
    assert look(state, snapshots(), NOW + 2 * DAY) == DriftMoves()


def test_what_comes_to_a_section_that_was_read_before_is_new(state: StateDb) -> None:
    (hosts,) = [each for each in snapshots() if each.source is SourceKind.HOSTS]
    quiet = msgspec.structs.replace(hosts, items=without_containers(hosts))
    look(state, [quiet if each.source is SourceKind.HOSTS else each for each in snapshots()], NOW)
    look(state, with_denied("containers"), NOW + DAY)
    assert {each.code for each in look(state, snapshots(), NOW + 2 * DAY).new} == {"SYS244"}


def test_a_jar_that_lies_idle_is_not_new_where_no_list_of_jars_was_read_to_its_end(state: StateDb) -> None:
    folder = Path(__file__).parents[2] / "estate/drift_rules/not-running"
    model = merge_texts([("diagrams/system.toml", (folder / "bad-jar-on-disk.toml").read_text("utf-8"))])
    given = json.loads((folder / "bad-jar-on-disk.json").read_text("utf-8"))
    for day, way in enumerate(("cut", "ok")):
        now = NOW + day * DAY
        given["hosts"] |= {"state": "ok" if way == "ok" else "incomplete", "taken_at": now.isoformat()}
        given["hosts"]["why"] = [] if way == "ok" else [{"kind": "cut", "of": "web-01", "part": "jars"}]
        for host in given["hosts"]["items"]["hosts"]:
            host["sections"]["jars"] = way
            host["taken_at"] = now.isoformat()
        estate = Estate(model, read_snapshots(json.dumps(given)), now)
        record_drift(state, judge_drift(estate, SystemContext(model, now.date()), KNOWN), estate, now, now)
    moves = state.drift.moves(NOW + DAY / 2, NOW + 2 * DAY)
    assert ([each for each in moves.new if each.code == "SYS245"], moves.first > 0) == ([], True)


def without_containers(hosts: Snapshot) -> msgspec.Raw:
    items = hosts.read_items()
    assert isinstance(items, HostsItems)
    changed = (msgspec.structs.replace(host, containers=()) for host in items.hosts)
    return msgspec.Raw(msgspec.json.encode(HostsItems(tuple(changed))))


def test_what_came_and_went_in_one_week_is_neither_and_what_comes_back_is_new(state: StateDb) -> None:
    def at(day: int, *names: str) -> None:
        found = [DriftRecord(name, "SYS211", rests_on=("ec2",)) for name in names]
        state.drift.record(found, {"ec2"}, NOW + day * DAY, lambda _: True)

    def names(first: int, last: int) -> tuple[list[str], list[str]]:
        moves = state.drift.moves(NOW + first * DAY - DAY / 2, NOW + last * DAY + DAY / 2)
        return [each.fingerprint for each in moves.new], [each.fingerprint for each in moves.mended]

    at(0)
    at(1, "a", "b")
    at(2, "a")
    assert names(1, 2) == (["a"], [])
    assert names(1, 1) == (["a", "b"], [])
    assert names(2, 2) == ([], ["b"])
    at(8, "a", "b")
    assert names(8, 8) == (["b"], [])
    at(3)  # an earlier time than the last changes nothing
    assert names(3, 8) == (["b"], [])
