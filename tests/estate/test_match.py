"""Which node a machine belongs to: the order of signs, patterns, what is claimed twice, and how long it takes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.diagram.model.nouns import Node, NodeMatch
from kb.estate.match import machines
from kb.estate.match.machines import Machine, MachineMatch, MatchedBy, Matcher, NamePatterns, is_match

NODES = (
    Node("by-id", match=NodeMatch(ec2_id=("i-1",))),
    Node("by-tag", match=NodeMatch(tag=(("role", "api"), ("env", "prd")))),
    Node("by-asg", match=NodeMatch(asg=("web-asg-*",))),
    Node("by-name", match=NodeMatch(ec2_name=("web-*",))),
    Node("by-host", match=NodeMatch(host=("db-??",))),
    Node("by-ip", match=NodeMatch(ip=("192.0.2.1",))),
    Node("tagged"),
)
API = (("env", "prd"), ("role", "api"))


@pytest.mark.parametrize(
    ("machine", "node", "by"),
    [
        (Machine("web-1", "i-1", "web-asg-1", "192.0.2.1", API), "by-id", MatchedBy.ID),
        (Machine("web-1", "i-2", "web-asg-1", "192.0.2.1", API), "by-tag", MatchedBy.TAG),
        (Machine("web-1", "i-2", "web-asg-1", "192.0.2.1", API[:1]), "by-asg", MatchedBy.ASG),
        (Machine("web-1", "i-2", "web-asg-1", "192.0.2.1", API[1:]), "by-asg", MatchedBy.ASG),
        (Machine("web-1", "i-2", "", "192.0.2.1"), "by-name", MatchedBy.NAME),
        (Machine("other", "i-2", "", "192.0.2.1"), "by-ip", MatchedBy.IP),
        (Machine("db-01.example.jp"), "by-host", MatchedBy.NAME),
        (Machine("ＤＢ-01"), "by-host", MatchedBy.NAME),
        (Machine("web-1", tags=(("kb:node", "tagged"),)), "tagged", MatchedBy.TAG),
    ],
)
def test_the_surest_sign_decides(machine: Machine, node: str, by: MatchedBy) -> None:
    assert Matcher(NODES).find(machine) == MachineMatch((node,), by)


@pytest.mark.parametrize(
    "machine", [Machine(), Machine("db-1"), Machine("db-001"), Machine("mail", "i-9"), Machine("192.0.2.9")]
)
def test_what_no_node_claims_belongs_to_none(machine: Machine) -> None:
    assert Matcher(NODES).find(machine) == MachineMatch()


def test_a_machine_that_two_nodes_claim_is_given_to_neither() -> None:
    nodes = (Node("b", match=NodeMatch(host=("api-*",))), Node("a", match=NodeMatch(ec2_name=("*-01",))))
    matched = Matcher(nodes).find(Machine("api-01"))
    assert matched == MachineMatch(("a", "b"), MatchedBy.NAME)
    assert matched.ambiguous
    assert not Matcher(nodes).find(Machine("api-02")).ambiguous


def test_a_node_that_claims_by_two_patterns_claims_once() -> None:
    nodes = (Node("a", match=NodeMatch(host=("api-*", "*-01", "api-01"))),)
    assert Matcher(nodes).find(Machine("api-01")) == MachineMatch(("a",), MatchedBy.NAME)


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=10))
def test_patterns_mean_what_they_mean_elsewhere(pattern: str, name: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(one, one) for one in pattern)
    expected = re.fullmatch(expression, name) is not None
    assert is_match(pattern, name) is expected
    patterns = NamePatterns()
    patterns.add(pattern, "x")
    assert patterns.find(name) == ({"x"} if expected and name else set())


def test_a_pattern_of_many_wildcards_ends() -> None:
    assert not is_match("*a" * 100 + "*b", "a" * 200)  # tried in every way it would not end


@pytest.mark.parametrize(
    "form", ["svc{0:04}-*", "*-svc{0:04}", "ad-*-{0:04}", "*{0:04}*", "*-{0:04}-??", "svc{0:04}-prd-0?"]
)
def test_each_pattern_is_not_tried_on_each_name(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0

    def counted(pattern: str, name: str) -> bool:
        nonlocal tried
        tried += 1
        return is_match(pattern, name)

    monkeypatch.setattr(machines, "is_match", counted)
    count = 1000
    matcher = Matcher(Node(f"n{n}", match=NodeMatch(host=(form.format(n),))) for n in range(count))
    for n in range(count):
        name = form.format(n).replace("*", "x").replace("?", "1")
        assert f"n{n}" in matcher.find(Machine(name)).nodes
    assert tried < 20 * count  # each on each would be a thousand times
