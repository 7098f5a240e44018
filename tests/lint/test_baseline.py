"""The baseline: known by content, with counts, growing only when told to."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import InputError
from kb.lint.waivers.baseline import Baseline, BaselineEntry, BaselineUpdate
from kb.lint.waivers.messages import describe_foreign_entries
from kb.model.document import RawDocId
from kb.model.facts import Confidence
from kb.model.finding import Finding, Severity, Waiver, WaiverKind
from kb.model.secret import LengthClass, Secret, SecretKind
from kb.text.fold import hash_content
from kb.text.lang import t
from kb.text.lines import Span

PRESSING = frozenset({"SEC101", "INC502"})


def finding(
    doc: RawDocId = "esa:1", code: str = "INC402", content: str = "c", line: int = 1, part: str = "body"
) -> Finding:
    place = Span(line, 1, line, 5)
    return Finding(
        doc, part, code, "a-rule", place, Severity.WARNING, Confidence.HIGH, t("あ", "a"), f"f{line}", content
    )


def begun(*findings: Finding) -> Baseline:
    """A first baseline of these findings."""
    return Baseline().updated(findings, accept_new=True, pressing=PRESSING)[0]


def left(baseline: Baseline, *findings: Finding) -> list[Finding]:
    """The findings a baseline does not know."""
    return [each for each in findings if baseline.match(each) is None]


def counts(known: tuple[BaselineEntry, ...]) -> list[tuple[str, int]]:
    return [(each.code, each.count) for each in known]


def test_a_finding_that_moved_is_known_and_an_edited_one_is_not() -> None:
    baseline = begun(finding(line=3))
    assert left(baseline, finding(line=90)) == []
    assert left(begun(finding()), finding(content="other")) == [finding(content="other")]


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("3. 再発防止\nTODO", "4. 再発防止\n\nTODO", True),
        ("３．再発防止　TODO", "2. 再発防止 TODO", True),
        ("1.2 原因\nx", "1.10 原因\nx", True),
        ("第3章 原因", "第4章 原因", True),
        ("(1) 原因", "(2) 原因", True),
        ("原因\n停止した", "原因\n<!-- kb:ignore INC203\n調査中 -->\n停止した <!-- x -->", True),
        ("原因\n停止した <!-- x", "原因\n停止した", False),
        ("3. 再発防止\nTODO", "3. 再発防止\n検討中", False),
        ("3 台に増やす", "5 台に増やす", False),
        ("3.5 GB", "4.5 GB", False),
        ("10:30 停止", "10:40 停止", False),
    ],
)
def test_a_renumbered_or_commented_section_says_the_same(before: str, after: str, same: bool) -> None:
    assert (hash_content(before) == hash_content(after)) is same


def test_counts_are_used_up() -> None:
    baseline = begun(finding(line=1), finding(line=2))
    assert left(baseline, finding(line=1), finding(line=2), finding(line=3)) == [finding(line=3)]


@pytest.mark.parametrize("other", [{"doc": "esa:2"}, {"code": "INC401"}, {"part": "title"}, {"doc": 1}])
def test_another_document_part_or_code_is_another_finding(other: dict[str, str]) -> None:
    assert left(begun(finding()), finding(**other)) == [finding(**other)]  # type: ignore[arg-type]
    assert left(begun(finding(doc="1")), finding(doc=1)) == [finding(doc=1)]


def test_what_no_longer_matches_is_stale() -> None:
    baseline = begun(finding(line=1), finding(line=2), finding(code="INC203"))
    assert left(baseline, finding()) == []
    assert counts(baseline.stale()) == [("INC203", 1), ("INC402", 1)]
    assert counts(baseline.stale(lambda known: known.code == "INC402")) == [("INC402", 1)]


def test_a_stale_entry_whose_rule_still_speaks_there_was_rewritten() -> None:
    baseline = begun(finding(line=1), finding(line=2), finding(code="INC203"), finding(doc="esa:2"))
    left(baseline, finding(content="other"), finding(code="INC401"), finding(doc="esa:3"))
    assert counts(baseline.rewritten()) == [("INC402", 1)]
    assert baseline.rewritten(lambda known: known.doc == "esa:2") == ()
    assert counts(baseline.stale()) == [("INC203", 1), ("INC402", 2), ("INC402", 1)]


def test_an_update_only_shrinks() -> None:
    old = begun(finding(line=1), finding(line=2), finding(code="INC203"))
    new, report = old.updated([finding(), finding(code="INC401")], accept_new=False, pressing=PRESSING)
    assert counts(report.removed) == [("INC203", 1), ("INC402", 1)]
    assert counts(report.refused) == [("INC401", 1)]
    assert (report.added, report.pressing) == ((), ())
    assert (len(new), len(old)) == (1, 3)


def test_an_update_grows_when_told_to() -> None:
    new, report = begun(finding()).updated(
        [finding(), finding(), finding(code="INC401")], accept_new=True, pressing=PRESSING
    )
    assert counts(report.added) == [("INC401", 1), ("INC402", 1)]
    assert (report.removed, report.refused, len(new)) == ((), (), 3)


@pytest.mark.parametrize("accept_new", [True, False])
def test_what_presses_is_never_taken_in(accept_new: bool) -> None:
    for old in (Baseline(), begun(finding())):
        new, report = old.updated([finding(), finding(code="SEC101")], accept_new=accept_new, pressing=PRESSING)
        assert counts(report.pressing) == [("SEC101", 1)]
        assert left(new, finding(code="SEC101")) == [finding(code="SEC101")]


def test_an_entry_somebody_wrote_for_what_presses_stays_while_it_matches() -> None:
    old = Baseline([BaselineEntry("esa:1", "body", "SEC101", "a-rule", "c")])
    new, report = old.updated([finding(code="SEC101")], accept_new=False, pressing=PRESSING)
    assert (new.dump(), report) == (old.dump(), BaselineUpdate())


def test_what_the_run_did_not_look_at_stays() -> None:
    old = begun(finding(), finding(code="INC203"))
    new, report = old.updated([], accept_new=False, pressing=PRESSING, looked_at=lambda known: known.code == "INC402")
    assert counts(report.removed) == [("INC402", 1)]
    assert left(new, finding(code="INC203")) == []


@pytest.mark.parametrize("kind", [WaiverKind.SUPPRESSED, WaiverKind.ACCEPTED, WaiverKind.SNOOZED])
def test_what_is_set_aside_otherwise_needs_no_baseline(kind: WaiverKind) -> None:
    assert len(begun(replace(finding(), waiver=Waiver(kind)))) == 0
    assert len(begun(replace(finding(), waiver=Waiver(WaiverKind.BASELINED)))) == 1


# ---- secrets: known by a key


def secret(value_id: str, code: str = "PII101", content: str = "") -> Finding:
    """A finding on a secret whose value has this name, "" for none; its content is the value's own, as the judge's."""
    found = finding(code=code, content=content or f"c{value_id}")
    of = Secret(SecretKind.PHONE, found.span, Confidence.HIGH, LengthClass.MIDDLE, "r", value_id=value_id)
    return replace(found, secret=of)


def keyed(*findings: Finding, key_id: str = "1a2b3c4d") -> Baseline:
    return Baseline().updated(findings, accept_new=True, pressing=PRESSING, key_id=key_id)[0]


def test_the_file_says_with_which_key_its_secrets_were_named() -> None:
    text = keyed(secret("v"), finding()).dump()
    assert text.startswith('format = 1\nkey = "1a2b3c4d"\n\n[[finding]]\n')
    again = Baseline.parse(text, "b")
    assert (again.key, again.dump()) == ("1a2b3c4d", text)
    assert left(again, secret("v"), secret("w")) == [secret("w")]
    assert "key" not in keyed(finding()).dump()
    mended, _ = again.updated([finding()], accept_new=False, pressing=PRESSING, key_id="1a2b3c4d")
    assert "key" not in mended.dump()


def test_a_secret_without_a_name_is_never_known() -> None:
    nameless = secret("", content="c")
    new, report = Baseline().updated([nameless, finding()], accept_new=True, pressing=PRESSING)
    assert (counts(report.added), counts(report.unkeyed)) == ([("INC402", 1)], [("PII101", 1)])
    assert left(new, nameless) == [nameless]
    written = Baseline([BaselineEntry("esa:1", "body", "PII101", "a-rule", "c")])
    assert left(written, nameless) == [nameless]


@pytest.mark.parametrize("key_id", ["9f8e7d6c", ""])
def test_entries_of_another_key_stay_and_match_nothing(key_id: str) -> None:
    old = keyed(secret("v"), finding())
    seen = [secret("x" if key_id else "", content="cx"), finding(code="INC401")]
    assert left(old, *seen) == seen
    new, report = old.updated(seen, accept_new=True, pressing=PRESSING, key_id=key_id)
    assert counts(report.removed) == [("INC402", 1)]
    assert counts(report.added) == [("INC401", 1)]
    assert counts(report.unkeyed) == [("PII101", 1)]
    assert new.key == "1a2b3c4d"
    assert left(Baseline.parse(new.dump(), "b"), secret("v")) == []  # once the key is back


def test_pressing_secrets_of_another_key_are_told_as_pressing() -> None:
    _, report = keyed(secret("v")).updated([secret("x", "SEC101")], accept_new=True, pressing=PRESSING, key_id="9f")
    assert (counts(report.pressing), report.unkeyed) == ([("SEC101", 1)], ())


def test_entries_nobody_named_a_key_for_are_taken_for_the_one_in_use() -> None:
    old = Baseline([BaselineEntry("esa:1", "body", "PII101", "a-rule", "cv")])
    new, report = old.updated([secret("v")], accept_new=False, pressing=PRESSING, key_id="9f8e7d6c")
    assert (report, new.key) == (BaselineUpdate(), "9f8e7d6c")
    gone, report = old.updated([], accept_new=False, pressing=PRESSING, key_id="9f8e7d6c")
    assert (counts(report.removed), len(gone)) == ([("PII101", 1)], 0)


# ---- the file


def test_the_file_is_sorted_and_read_back() -> None:
    baseline = begun(finding("esa:2"), finding("esa:1", "INC402"), finding("esa:1", "INC203"), finding(7))
    text = baseline.dump()
    rows = tomllib.loads(text)["finding"]
    assert [(row["doc"], row["code"]) for row in rows] == [
        (7, "INC402"), ("esa:1", "INC203"), ("esa:1", "INC402"), ("esa:2", "INC402"),
    ]  # fmt: skip
    assert Baseline.parse(text, "b").dump() == text
    assert Baseline.parse(text.replace("\n", "\r\n"), "b").dump() == text
    assert Baseline.parse("", "b").dump() == "format = 1\n"


def test_a_block_holds_one_entry_and_no_word_of_the_page() -> None:
    text = begun(replace(finding(), quote="秘密の言葉")).dump()
    assert text == (
        'format = 1\n\n[[finding]]\ndoc = "esa:1"\npart = "body"\n'
        'code = "INC402"\nrule = "a-rule"\ncontent = "c"\ncount = 1\n'
    )


def test_the_same_entry_from_two_branches_is_one() -> None:
    text = begun(finding(), finding()).dump()
    twice = text + text.partition("\n")[2]
    assert len(Baseline.parse(twice, "b")) == 2


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("format = 2\n", "1 行目", "format = 2"),
        ("format = true\n", "1 行目", "format"),
        ("x = [", "1 行目", "TOML として読めません"),
        ('format = 1\n[[finding]]\ndoc = "a"\n"', "4 行目", "TOML として読めません"),
        ("format = 1\n<<<<<<< HEAD\n[[finding]]\n", "2 行目", "git の競合"),
        ("finding = 3\n", "1 行目", "[[finding]]"),
        ("findings = 3\n", "1 行目", "finding ではありませんか"),
        ('[[finding]]\ndoc = "a"\ncode = "C"\ncontent = "c"\n\n[[finding]]\ncontnt = "x"\n', "7 行目", "content では"),
        ('[[finding]]\ncode = "C"\ncontent = "c"\n', "1 行目", "doc がありません"),
        ('[[finding]]\ndoc = 1.5\ncode = "C"\ncontent = "c"\n', "2 行目", "doc"),
        ('[[finding]]\ndoc = true\ncode = "C"\ncontent = "c"\n', "2 行目", "doc"),
        ('[[finding]]\ndoc = "a"\ncode = 3\ncontent = "c"\n', "3 行目", "code"),
        ('[[finding]]\ndoc = "a"\ncode = "C"\ncontent = " "\n', "4 行目", "content がありません"),
        ('[[finding]]\ndoc = "a"\ncode = "C"\ncontent = "c"\ncount = 0\n', "5 行目", "count"),
        ('[[finding]]\ndoc = "a"\ncode = "C"\ncontent = "c"\ncount = 99999999999999999999\n', "5 行目", "1,000,000"),
        ('[[finding]]\ndoc = "a"\ncode = "C"\ncontent = "c"\ncount = "2"\n', "5 行目", "count = 1"),
        ('format = 1\nkey = 3\n', "2 行目", "key"),
        ('format = 1\nkye = "x"\n', "2 行目", "key ではありませんか"),
        ("a = " + "[" * 100_000, "", "TOML"),
        ("a = " + "9" * 10_000, "", "TOML"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_told_with_its_line_and_the_next_step(text: str, line: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        Baseline.parse(text, "kb-baseline.toml")
    told = str(caught.value)
    assert told.startswith(f"kb-baseline.toml {line}".rstrip())
    assert says in told
    assert caught.value.next_step is not None


@pytest.mark.parametrize("written", ["0f" * 32, "password: hanami-2026", "\x1b[31m", "1A2B3C4D"])
def test_what_stands_in_place_of_the_id_of_a_key_is_not_shown(written: str) -> None:
    """Somebody may have put the key itself."""
    told = describe_foreign_entries("kb-baseline.toml", written, 3, "")
    assert written[:5] not in told.ja + told.en
    assert "1a2b3c4d" in describe_foreign_entries("kb-baseline.toml", "1a2b3c4d", 3, "").ja


# ---- whatever is found

_FINDINGS = st.lists(
    st.builds(
        finding,
        doc=st.sampled_from(["esa:1", "esa:2", 1, 'q"\\\n\x7f\ud800']),
        code=st.sampled_from(["INC401", "INC402", "SEC101", "INC502"]),
        content=st.sampled_from(["a", "b"]),
        line=st.integers(1, 9),
        part=st.sampled_from(["body", "title"]),
    ),
    max_size=12,
)


@given(_FINDINGS)
def test_a_baseline_sets_aside_all_it_was_made_of_but_what_presses(found: list[Finding]) -> None:
    baseline = Baseline.parse(begun(*found).dump(), "b")
    kept = [replace(each, doc=_clean(each.doc)) for each in found]
    assert left(baseline, *kept) == [each for each in kept if each.code in PRESSING]
    assert baseline.stale() == ()


@given(_FINDINGS, _FINDINGS)
def test_updating_twice_is_updating_once_and_never_grows_unasked(before: list[Finding], after: list[Finding]) -> None:
    old = begun(*before)
    once, report = old.updated(after, accept_new=False, pressing=PRESSING)
    twice, again = once.updated(after, accept_new=False, pressing=PRESSING)
    assert once.dump() == twice.dump()
    assert (again.added, again.removed) == ((), ())
    assert len(once) == len(old) - sum(each.count for each in report.removed)
    assert Counter(each.code for each in left(once, *after)) == Counter(
        {code: sum(each.count for each in (*report.refused, *report.pressing) if each.code == code)
         for code in {each.code for each in (*report.refused, *report.pressing)}}
    )  # fmt: skip


def _clean(doc: RawDocId) -> RawDocId:
    return doc.replace("\ud800", "\ufffd") if isinstance(doc, str) else doc


@pytest.mark.parametrize("accept_new", [True, False])
def test_an_error_is_never_taken_in(accept_new: bool) -> None:
    error = replace(finding(code="INC401"), severity=Severity.ERROR)
    new, report = begun(finding()).updated([finding(), error], accept_new=accept_new, pressing=PRESSING)
    assert counts(report.pressing) == [("INC401", 1)]
    assert left(new, error) == [error]


def test_its_last_day_is_written_once_and_read_back() -> None:
    made, _ = Baseline().updated([finding()], accept_new=True, pressing=PRESSING, until="2027-02-28")
    assert made.dump().count("until") == 1
    read = Baseline.parse(made.dump(), "kb-baseline.toml")
    assert read.until == "2027-02-28"
    assert [read.has_ended(date(2027, *day)) for day in ((2, 28), (3, 1))] == [False, True]
    assert not Baseline().has_ended(date(9999, 1, 1))
    kept, _ = read.updated([], accept_new=False, pressing=PRESSING)
    assert kept.until == "2027-02-28"
