"""Patterns for host names: what could run for ever is refused, what teams write is taken, and stays quick."""

from __future__ import annotations

import pytest
from pace import peers

from kb.model.host_names import HostNames
from kb.reading.hosts.find_hosts import find_hosts
from kb.text.pattern_cost import MAX_WAYS, count_ways, find_pattern_fault

CATASTROPHIC = [
    "(a+)+",
    "(a*)*",
    "([a-z]+)*",
    "([a-z-]+)+-[0-9]+",
    "(?:[a-z0-9]+-?)+",
    "(a|a)+",
    "(a|aa)+",
    "(?:a?){30}a{30}",
    "[a-z]+[a-z]+[a-z]+[a-z]+[a-z]+[0-9]",
    r"(?:\w+\s?)+",
    "(.*)*",
    "(.+)+x",
    "(?:.*a){20}",
    r"(\w+)*-prd",
    "([a-z]+[0-9]*)+x",
    "(?:(?:a+)+)+",
    "(a{1,100}){1,100}",
    "(?:[a-z-]*-){15}[0-9]",
    r".*-prd-.*-.*[0-9]",
    r"(?=([a-z]+)+x)[a-z]+",
    "(?i:(Ab|a[a-z])+)x",
]
USUAL = [
    "[a-z]+-prd-[a-z]+-[0-9]{2}",
    "[a-z]+-(prd|stg|db)-?[0-9]+",
    "[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*){1,3}-[0-9]{2,3}",
    "(?:[a-z]+-)+[0-9]+",
    "(?:[a-z]+-)*[a-z]+[0-9]+",
    "[a-z0-9]+(?:-[a-z0-9]+)+",
    "[a-z0-9-]+-(?:prd|stg)-[a-z0-9-]+-[0-9]+",
    r"[a-z0-9-]+\.prd\.example\.jp",
    r"[A-Za-z]+-\w+-\w+-\d+",
    r"(?:\d{1,3}\.){3}\d{1,3}",
    "(?i:web|db|app)[0-9]{2}",
    r"web\d+|db\d+",
    ".+-prd-[0-9]+",
    r"\S+\.example\.jp",
    "(?<!x)web[0-9]+",
    r"([a-z]+)-\1",
]


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_a_pattern_that_could_run_for_ever_is_refused_at_once(pattern: str) -> None:
    assert find_pattern_fault(pattern) is not None
    assert peers(lambda: find_pattern_fault(pattern), below=0.5) < 0.5


@pytest.mark.parametrize("pattern", USUAL)
def test_what_teams_write_is_taken_and_ends_on_hostile_texts(pattern: str) -> None:
    assert find_pattern_fault(pattern) is None
    for text in ("a-" * 20_000, "a" * 40_000, "web-prd-" * 5_000, "1" * 40_000, "ab-" * 80 + "!\n", "a1.b " * 8_000):
        assert peers(lambda text=text: find_hosts(text, HostNames(pattern)), below=5) < 5


@pytest.mark.parametrize("pattern", ["[", "a{99999999999}", "(?P<a", "a)(?:b", "(?i)web", "a" * 501, "(" * 400])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    assert find_pattern_fault(pattern) is not None


def test_only_a_choice_that_can_begin_alike_costs_something() -> None:
    assert count_ways("(?:prd|stg)-[0-9]+") == 1
    assert count_ways("(?:ab|[a-z]c)+-x") > MAX_WAYS
