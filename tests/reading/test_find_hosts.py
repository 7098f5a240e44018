"""Hosts as they stand in running Japanese text: by pattern, by list, by alias."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pace import growth

from kb.model.host_names import HostNames
from kb.reading.hosts.find_hosts import find_hosts

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
