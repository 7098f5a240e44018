"""Hosts as they stand in running Japanese text: by pattern, by list, by alias."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pace import growth

from kb.model.host_names import CollectedName, CollectedNames, HostNames
from kb.reading.hosts.find_hosts import find_hosts
from kb.text.links import MAX_LINKS

PATTERN = "[a-z]+-(?:prd|stg)-[a-z]+-[0-9]{2}"
HOSTS = HostNames(
    PATTERN,
    ("drawbridge", "web01", "FS02", "db.internal", "momo", "gitlab", "倉庫機"),
    (("web-03", "ad-prd-web-03"), ("お城", "drawbridge"), ("db", "db.internal")),
)


def test_a_pattern_needs_a_name_that_stands_alone() -> None:
    hosts = HostNames(PATTERN)
    assert find_hosts("ad-prd-web-01とad-stg-db-12（旧ad-prd-web-01）", hosts) == ("ad-prd-web-01", "ad-stg-db-12")
    assert find_hosts("xad-prd-web-011 my.ad-prd-web-01", hosts) == ()
    assert find_hosts("ad-prd-web-01", HostNames()) == ()
    assert find_hosts("ad-prd-web-01", HostNames("(")) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`drawbridge`から web01 へ", ("drawbridge", "web01")),
        ("ｗｅｂ０１ と WEB01 と fs02", ("web01", "FS02")),
        ("ssh ops@web01.example.jp、web01.lan", ("web01",)),
        ("http://momo:3000/ と \\\\FS02\\share", ("momo", "FS02")),
        ("db.internal が重い。db も", ("db.internal",)),
        ("web-03 は ad-prd-web-03 のこと", ("ad-prd-web-03",)),
        ("お城に入る。倉庫機も", ("drawbridge", "倉庫機")),
        ("ad-stg-db-01、web01、ad-stg-db-02", ("ad-stg-db-01", "web01", "ad-stg-db-02")),
    ],
)
def test_a_listed_name_counts_in_any_width_and_case(text: str, found: tuple[str, ...]) -> None:
    assert find_hosts(text, HOSTS) == found


@pytest.mark.parametrize(
    "text",
    [
        *("/backup/momo/ に置く", "momo.yml を直す", "fix-momo ブランチ", "momo さん復帰", "@momo 確認お願いします"),
        *(
            "GitLab を更新",
            "#momo で話す",
            "gitlab/gitlab-ce:latest",
            "web01.sh を動かす",
            "web012",
            "web01-old",
            "xmomo",
        ),
    ],
)
def test_what_only_looks_like_a_listed_name_is_none(text: str) -> None:
    assert find_hosts(text, HOSTS) == ()


def test_spellings_of_a_host() -> None:
    assert HOSTS.resolve("WEB-03") == "ad-prd-web-03"
    assert HOSTS.spellings("AD-PRD-WEB-03") == ("AD-PRD-WEB-03", "web-03")
    assert HOSTS.resolve("other") == "other"


@pytest.mark.parametrize("piece", ["web01 ", "w", "web01.", "w-", "/web01", "お城", "ｗｅｂ０１　", "drawbridge さん"])
def test_time_grows_with_the_text(piece: str) -> None:
    def prepare(size: int) -> Callable[[], object]:
        text = piece * (size // len(piece))
        return lambda: find_hosts(text, HOSTS)

    assert growth(prepare, 20_000, 10, below=25) < 25


def collected(*names: str) -> HostNames:
    return HostNames(collected=CollectedNames("|".join(names), tuple(CollectedName(each, "m", "n") for each in names)))


COLLECTED = collected(
    "i-0abc12345678def90", "10.0.1.5", "ip-10-0-1-5", "wk1", "kr-prd-web-01", "DB-Main", "配信API 1", "配信API 12号機"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("i-0abc12345678def90を再起動", ("i-0abc12345678def90",)),
        ("10.0.1.5:3306 と http://10.0.1.5/ に届かない", ("10.0.1.5",)),
        ("[ec2-user@ip-10-0-1-5 ~]$ ping ip-10-0-1-5.ap-northeast-1.compute.internal.", ("ip-10-0-1-5",)),
        ("WK1 と db-main、ｗｋ１", ("wk1", "DB-Main")),
        ("配信API 1 が遅い", ("配信API 1",)),
        ("配信API 12号機が遅い", ("配信API 12号機",)),
        ("配信API 1、配信API 1 の順に", ("配信API 1",)),
        ("配信API 1 件、配信API 1回、配信API 1 つ、配信API 1か月、配信API 1 %", ()),
        ("wk12 10.0.1.50 210.0.1.5 1.10.0.1.5 old-wk1 wk1.sh /wk1 #wk1 配信API 13 配信API 1a", ()),
        ("i-0abc12345678def901 と kr-prd-web-011", ()),
    ],
)
def test_a_collected_name_is_given_as_the_sources_write_it(text: str, found: tuple[str, ...]) -> None:
    assert find_hosts(text, COLLECTED) == found


def test_what_kb_toml_calls_a_host_goes_before_what_was_collected() -> None:
    hosts = replace(collected("web-03", "kr-prd-web-01.example.jp", "10.0.1.5"), aliases=(("web-03", "kr-prd-web-03"),))
    hosts = replace(hosts, pattern="kr-prd-web-[0-9]{2}")
    text = "10.0.1.5 から web-03、kr-prd-web-01.example.jp へ"
    assert find_hosts(text, hosts) == ("10.0.1.5", "kr-prd-web-03", "kr-prd-web-01")
    assert find_hosts(text, hosts.own) == ("kr-prd-web-03", "kr-prd-web-01")


def test_what_was_collected_crowds_out_no_host_of_kb_toml() -> None:
    many = [f"10.0.{number // 250}.{number % 250}" for number in range(1, 3000)]
    hosts = replace(collected(*many), pattern="kr-prd-web-[0-9]{2}", names=("drawbridge",))
    text = " ".join([*many, "kr-prd-web-01.example.jp drawbridge"])
    found = find_hosts(text, hosts)
    assert found[:2] == find_hosts(text, hosts.own) == ("kr-prd-web-01", "drawbridge")
    assert len(found) == MAX_LINKS


@pytest.mark.parametrize("piece", ["a-", "配信機", "aaaa", "a.b-", "0", "10.0.", "a-1 "])
def test_among_thousands_of_collected_names_time_grows_with_the_text_alone(piece: str) -> None:
    many = collected(*(f"a-{n}" for n in range(3000)), *(f"配信機{n}" for n in range(1000, 2000)))

    def prepare(size: int) -> Callable[[], object]:
        text = piece * (size // len(piece))
        return lambda: find_hosts(text, many)

    assert growth(prepare, 20_000, 10, below=25) < 25
