"""The labelled estate: all of it is told, and nothing is called gone by a source that is missing, cut, or old."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from estate.kit import INPUTS, KURUMI, NOW, TAKEN, collect, expected, findings, pairs, snapshots
from pace import growth

from kb.estate.drift.items.hosts import Host, HostsItems
from kb.estate.drift.items.processes import Process, Unit
from kb.estate.drift.kinds import GapKind, SectionState, SnapshotState, SourceKind
from kb.estate.drift.programs import list_unsupervised
from kb.estate.drift.rules import SECTIONS
from kb.estate.drift.snapshot import Gap, Snapshot, make_snapshot
from kb.model.finding import Severity

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


SECTION_FIELDS = {
    "ps": "processes", "listen": "listeners", "units": "units", "containers": "containers", "git": "clones",
    "files": "files", "jars": "jars", "redis": "redis", "cron": "cron", "disk": "disks", "tls": "certificates",
    "restart": "restarts", "services": "services", "nproc": "processors", "loadavg": "load", "mem": "memory",
    "id": "ips",
}  # fmt: skip


def denied(one: Snapshot, section: str, *, hosts: int | None = None) -> Snapshot:
    """The hosts as a user prints them who may not read a section, on all or on the first few of them."""
    items = one.read_items()
    assert isinstance(items, HostsItems)
    changed, gaps = [], []
    for number, host in enumerate(items.hosts):
        if hosts is None or number < hosts:
            empty = getattr(Host("", ""), SECTION_FIELDS[section])
            sections = {**host.sections, section: SectionState.DENIED}
            host = msgspec.structs.replace(host, sections=sections, **{SECTION_FIELDS[section]: empty})
            gaps.append(Gap(GapKind.DENIED, host.name, section))
        changed.append(host)
    return make_snapshot(
        one.source,
        HostsItems(tuple(changed)),
        name=one.name,
        scope="",
        taken_at=TAKEN,
        collected_at=TAKEN,
        gaps=tuple(gaps),
        previous=one,
    )


def with_denied(section: str, hosts: int | None = None, ways: dict[SourceKind, str] | None = None) -> list[Snapshot]:
    return [
        denied(each, section, hosts=hosts) if each.source is SourceKind.HOSTS else each for each in spoilt(ways or {})
    ]


@pytest.mark.parametrize("hosts", [None, 1])
@pytest.mark.parametrize("section", SECTION_FIELDS)
def test_a_denied_section_silences_what_rests_on_it_alone_and_is_told_once(section: str, hosts: int | None) -> None:
    found = findings(with_denied(section, hosts))
    gone = {each for each in pairs(found) if each[0] in {code for code, _ in GONE}}
    assert gone <= set(GONE)
    rests = {(code, target) for code, target in GONE if section == "id" or section in SECTIONS.get(code, ())}
    assert set(GONE) - gone <= rests
    (told,) = [each for each in found if each.target == "source:hosts"]
    assert (told.code, told.severity) == ("SYS204", Severity.WARNING if section == "id" else Severity.INFO)
    silent = {each.code for each in findings(snapshots())} - {each.code for each in found}
    assert silent <= {code for code, sections in SECTIONS.items() if section in sections} | (
        {"SYS245"} if section == "id" else set()
    )


@pytest.mark.parametrize("section", SECTION_FIELDS)
def test_a_denied_section_beside_a_spoilt_source_calls_nothing_gone(section: str) -> None:
    for source, way in itertools.product([each for each in SOURCES if each is not SourceKind.HOSTS], WAYS):
        told = pairs(findings(with_denied(section, ways={source: way})))
        beside = {each for each in told if each[0] in {code for code, _ in GONE}}
        whole = {each for each in pairs(findings(spoilt({source: way}))) if each in GONE} | {("SYS214", "worker")}
        assert beside <= whole


@pytest.mark.parametrize("kind", [GapKind.CUT, GapKind.FAILED])
@pytest.mark.parametrize(("host", "is_told"), [("kr-prd-web-01", True), ("kr-prd-etl-01", False), ("file-7", False)])
def test_a_cut_host_says_nothing_of_its_node_and_one_that_nobody_knows_of_any(
    kind: GapKind, host: str, is_told: bool
) -> None:
    given = []
    for one in with_denied("cron"):
        if one.source is SourceKind.HOSTS:
            one = msgspec.structs.replace(one, why=(*one.why, Gap(kind, host, "disk")))
        given.append(one)
    found = findings(given)
    assert ("SYS245" in {each.code for each in found}) is is_told
    assert [each.severity for each in found if each.target == "source:hosts"] == [Severity.WARNING]


def test_what_another_source_was_denied_is_never_a_section() -> None:
    for one in snapshots():
        if one.source is not SourceKind.HOSTS:
            gaps = (Gap(GapKind.DENIED, "DescribeInstances", "UnauthorizedOperation"),)
            made = make_snapshot(
                one.source, one.read_items(), name=one.name, scope="", taken_at=TAKEN, collected_at=TAKEN, gaps=gaps
            )
            assert (made.state, made.accepted) == (SnapshotState.INCOMPLETE, {})


def test_fewer_hosts_are_a_shrunk_source_though_sections_are_denied() -> None:
    (one,) = [each for each in snapshots() if each.source is SourceKind.HOSTS]
    first = denied(one, "cron")
    assert (first.state, first.accepted) == (SnapshotState.INCOMPLETE, one.counts)
    less = halved(first)
    fewer = denied(msgspec.structs.replace(less, accepted=first.accepted, state=SnapshotState.OK), "cron")
    assert fewer.state is SnapshotState.SHRUNK
    assert fewer.accepted == one.counts
    given = [fewer if each.source is SourceKind.HOSTS else each for each in snapshots()]
    assert "SYS245" not in {each.code for each in findings(given)}


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


def test_a_host_of_many_programs_and_units_is_looked_at_in_time_that_grows_with_them() -> None:
    def prepare(size: int) -> Callable[[], object]:
        host = Host(
            "web-01",
            "2026-11-26T00:00:00+00:00",
            processes=tuple(Process(n, "app", 9, 9, f"/opt/program{n}x/run") for n in range(size)),
            units=tuple(Unit(f"other{n}-of-many.service", "active") for n in range(size)),
            sections=dict.fromkeys(("ps", "units", "cron", "containers"), SectionState.OK),
        )
        return lambda: list_unsupervised(host)

    assert prepare(20)() == ["run"]
    assert growth(prepare, 300, 5, below=12.0) < 12.0
