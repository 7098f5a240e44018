"""Decisions: what they set aside, until when, and how their file is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import growth

from kb.errors import InputError
from kb.lint.waivers.decisions import (
    Decision,
    DecisionKind,
    Decisions,
    place_decision,
    render_decision,
    rotation_decision,
)
from kb.model.facts import Confidence
from kb.model.finding import Finding, Severity, Waiver, WaiverKind
from kb.model.secret import LengthClass, Secret, SecretKind
from kb.text.lang import t
from kb.text.lines import Span

TODAY = date(2026, 11, 25)
FINDING = Finding(
    "esa:1", "body", "INC402", "a-rule", Span(1, 1, 1, 5), Severity.ERROR, Confidence.HIGH, t("あ", "a"), "f1", "c"
)
ACCEPT = Decision("f1", "esa:1", "body", "INC402", DecisionKind.ACCEPT, "ono", "2026-11-20", "機能を廃止するため")


def read(*decisions: Decision) -> Decisions:
    return Decisions.parse("\n".join(map(render_decision, decisions)), "kb-decisions.toml")


def test_an_accepted_finding_is_set_aside_with_its_reason() -> None:
    assert read(ACCEPT).match(FINDING, TODAY) == Waiver(WaiverKind.ACCEPTED, "機能を廃止するため", "", "ono")
    assert read(ACCEPT).match(replace(FINDING, fingerprint="f2"), TODAY) is None


def test_until_is_the_last_day() -> None:
    snooze = replace(ACCEPT, what=DecisionKind.SNOOZE, reason="", until="2026-11-25")
    assert read(snooze).match(FINDING, TODAY) == Waiver(WaiverKind.SNOOZED, "", "2026-11-25", "ono")
    assert read(snooze).match(FINDING, date(2026, 11, 26)) is None
    accepted = replace(ACCEPT, until="2026-11-24")
    assert read(accepted).match(FINDING, TODAY) is None


@pytest.mark.parametrize("what", [DecisionKind.ASK, DecisionKind.TICKET])
def test_asking_or_a_ticket_sets_nothing_aside_but_settles_who_looks_at_it(what: DecisionKind) -> None:
    decision = replace(ACCEPT, what=what, ticket="#45", until="2026-12-09")
    assert read(decision).match(FINDING, TODAY) is None
    assert read(decision).settles(FINDING, TODAY)
    assert not read(decision).settles(FINDING, date(2026, 12, 10))


def test_the_last_decision_counts() -> None:
    later = replace(ACCEPT, what=DecisionKind.SNOOZE, until="2026-12-31")
    found = read(ACCEPT, later)
    assert len(found) == 1
    assert found.on(FINDING) == later
    taken_back = replace(ACCEPT, what=DecisionKind.SNOOZE, until="2026-11-01")
    assert read(ACCEPT, taken_back).match(FINDING, TODAY) is None


def secret(code: str = "SEC101", value_id: str = "v1") -> Finding:
    of = Secret(SecretKind.PASSWORD, FINDING.span, Confidence.HIGH, LengthClass.MIDDLE, "r", value_id=value_id)
    return replace(FINDING, code=code, secret=of)


def test_a_secret_is_allowed_only_where_its_value_has_a_name() -> None:
    allowed = replace(ACCEPT, code="SEC101", key="1a2b3c4d")
    assert render_decision(allowed).endswith('key = "1a2b3c4d"\n')
    assert read(allowed).match(secret(), TODAY) == Waiver(WaiverKind.ACCEPTED, "機能を廃止するため", "", "ono")
    assert read(allowed).match(secret(value_id=""), TODAY) is None


def test_that_a_value_was_rotated_settles_its_history_and_nothing_on_a_page() -> None:
    rotated = rotation_decision("v1", by="ono", on="2026-11-20", key="1a2b3c4d")
    assert render_decision(rotated) == (
        '[[decision]]\nwhat = "rotated"\nby = "ono"\non = "2026-11-20"\nvalue_id = "v1"\nkey = "1a2b3c4d"\n'
    )
    found = read(rotated, ACCEPT)
    assert len(found) == 2
    history = replace(secret("SEC201"), fingerprint="f9")
    assert found.match(history, TODAY) == Waiver(WaiverKind.ROTATED, "2026-11-20", "", "ono")
    assert found.match(history, date(2026, 11, 19)) is None
    assert found.match(replace(secret("SEC201", "v2"), fingerprint="f9"), TODAY) is None
    assert read(rotated).match(secret(), TODAY) is None
    careless = rotation_decision("v1", by="PW: Kumo7-Hikari", on="2026-11-20", key="1a2b3c4d")
    waiver = read(careless).match(history, TODAY)
    assert waiver is not None
    assert "Kumo7" not in waiver.by
    assert found.rotated("v1", TODAY) == rotated
    assert found.rotated("v1", date(2026, 11, 19)) is None


def test_decisions_are_counted_by_the_key_they_were_made_with() -> None:
    of_key = replace(ACCEPT, fingerprint="f2", code="SEC101", key="1a2b3c4d")
    found = read(ACCEPT, of_key, rotation_decision("v1", by="ono", on="2026-11-20", key="1a2b3c4d"))
    assert found.keys() == {"1a2b3c4d": 2}


def test_no_file_is_no_decision() -> None:
    assert not Decisions.parse("", "d").settles(FINDING, TODAY)
    assert len(Decisions.parse("# ここに決めたことが並びます\n", "d")) == 0


def test_a_block_is_appended_below_what_people_wrote() -> None:
    text = (
        "# 廃止する機能の分\n"
        + render_decision(ACCEPT)
        + "\n# 12 月に見直す\n"
        + render_decision(replace(ACCEPT, fingerprint="f2", doc=7))
    )
    found = Decisions.parse(text, "d")
    assert len(found) == 2
    assert render_decision(ACCEPT) == (
        '[[decision]]\nfingerprint = "f1"\ndoc = "esa:1"\npart = "body"\ncode = "INC402"\nwhat = "accept"\n'
        'by = "ono"\non = "2026-11-20"\nreason = "機能を廃止するため"\n'
    )


def test_dates_may_be_written_bare() -> None:
    text = render_decision(replace(ACCEPT, until="2026-12-31")).replace('"2026-12-31"', "2026-12-31")
    assert Decisions.parse(text, "d").on(FINDING) == replace(ACCEPT, until="2026-12-31")


HEAD = '[[decision]]\nfingerprint = "f"\ndoc = "esa:1"\ncode = "INC402"\n'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (HEAD + 'what = "accept"\n', "1 行目", "reason がありません"),
        (HEAD + 'what = "accept"\nreason = "\u3000"\n', "6 行目", "reason がありません"),
        (HEAD + 'what = "snooze"\n', "5 行目", 'until = "2026-12-31"'),
        (HEAD + 'what = "snooze"\nuntil = "来月"\n', "6 行目", "2026-12-31"),
        (HEAD + 'what = "snooze"\nuntil = 2026-12-31T10:00:00\n', "6 行目", "until"),
        (HEAD + 'what = "snooze"\nuntil = "20261231"\n', "6 行目", "until"),
        (HEAD + 'what = "ticket"\n', "1 行目", "ticket がありません"),
        (HEAD + 'what = "allow"\n', "5 行目", "accept、snooze、ask、ticket"),
        (HEAD + "what = 3\n", "5 行目", "what"),
        (HEAD, "1 行目", "what がありません"),
        ('[[decision]]\nwhat = "rotated"\nby = "ono"\non = "2026-11-20"\n', "1 行目", "value_id がありません"),
        ('[[decision]]\nwhat = "rotated"\nvalue_id = "v"\non = "2026-11-20"\n', "1 行目", "by がありません"),
        ('[[decision]]\nwhat = "rotated"\nvalue_id = "v"\nby = "ono"\n', "1 行目", "on がありません"),
        (HEAD + 'what = "accept"\nreasn = "x"\n', "6 行目", "reason ではありませんか"),
        (HEAD + 'what = "accept"\nreason = "x"\n\n' + HEAD + 'what = "accept"\n', "8 行目", "reason がありません"),
        ('[[decision]]\ndoc = 1\ncode = "C"\nwhat = "ask"\n', "1 行目", "fingerprint がありません"),
        (HEAD + 'what = "same"\nother = "esa:1"\n', "6 行目", "other が doc と同じです"),
        ("decision = 1\n", "1 行目", "[[decision]]"),
        (HEAD + "<<<<<<< HEAD\n", "5 行目", "git の競合"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line_and_the_next_step(text: str, line: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        Decisions.parse(text, "kb-decisions.toml")
    assert str(caught.value).startswith(f"kb-decisions.toml {line}")
    assert says in str(caught.value)


_TEXT = st.text(max_size=30)


@given(
    st.builds(
        Decision,
        fingerprint=_TEXT.filter(str.strip),
        doc=_TEXT.filter(bool) | st.integers(),
        part=_TEXT.filter(bool),
        code=_TEXT.filter(str.strip),
        what=st.sampled_from([DecisionKind.ACCEPT, DecisionKind.SNOOZE, DecisionKind.ASK, DecisionKind.TICKET]),
        by=_TEXT,
        on=st.dates().map(date.isoformat),
        reason=_TEXT.filter(str.strip),
        until=st.dates().map(date.isoformat),
        ticket=_TEXT.filter(str.strip),
        key=_TEXT,
    )
)
def test_what_is_written_is_read_back(decision: Decision) -> None:
    found = Decisions.parse(render_decision(decision), "d")
    assert found.on(replace(FINDING, fingerprint=decision.fingerprint)) == decision


def test_decisions_on_places_are_read_back_and_are_none_on_findings() -> None:
    rows = [
        place_decision("esa:7", "運用/監視", refused=True, on="2026-11-01"),
        place_decision("esa:7", "運用/手順", refused=True, on="2026-11-01"),
        place_decision("esa:7", "運用/手順", refused=False, on="2026-11-02"),
        place_decision("esa:8", "設計", refused=True, on="2026-11-01"),
    ]
    found = Decisions.parse("\n".join(map(render_decision, rows)), "d")
    assert len(found) == 0
    for each in (found, Decisions().joined(found), found.joined(Decisions())):
        assert each.refused_places() == {"esa:7": {"運用/監視"}, "esa:8": {"設計"}}
        assert each.chosen_places() == {"esa:7": "運用/手順"}
    with pytest.raises(InputError):
        Decisions.parse(render_decision(replace(rows[0], place="")), "d")


def test_the_places_a_page_was_refused_for_are_gathered_in_time_that_grows_with_them() -> None:
    def prepare(size: int) -> Callable[[], object]:
        rows = (place_decision("esa:7", f"運用/{n}", refused=True, on="2026-11-28") for n in range(size))
        return Decisions(rows).refused_places

    assert prepare(3)() == {"esa:7": {"運用/0", "運用/1", "運用/2"}}
    assert growth(prepare, 1_000, 8, below=25.0) < 25.0
