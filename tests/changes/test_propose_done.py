"""What finished incident pages become, and what other findings carry."""

from __future__ import annotations

from typing import Any

import pytest

from kb.model.facts import Confidence
from kb.model.finding import Edit, Field, Safety
from kb.model.plan import Change, ChangeKey, Verb
from kb.plan.propose import post
from kb.plan.propose.done import (
    OUTDATED_EDITS,
    OVERLAPPING_EDITS,
    SIGN_REASONS,
    DoneSign,
    FindingEdits,
    IncidentPost,
    propose_done,
    propose_edits,
)
from kb.plan.propose.post import PostHead
from kb.text.lang import t

FOLDERS = ("Users/*",)
HERE, DONE = "不具合共有/2025", "不具合共有/対応完了/2025"
HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW


def page(
    *signs: DoneSign, title: str = "止まった", bare: str = "止まった", category: str = HERE, **fields: Any
) -> IncidentPost:
    given = {"done_place": DONE, "open_place": HERE, "inside": category == DONE, **fields}
    sure = dict.fromkeys(signs, HIGH)
    return IncidentPost(PostHead(5, title, category, revision=2), sure, f"【完了】{bare}", bare, **given)


def proposed(incident: IncidentPost) -> Change:
    found = propose_done(incident, FOLDERS)
    assert isinstance(found, Change), found
    assert found.kind is Verb.DONE
    return found


@pytest.mark.parametrize(
    ("incident", "after"),
    [
        (page(DoneSign.FINISHED), {ChangeKey.TITLE: "【完了】止まった", ChangeKey.CATEGORY: DONE}),
        (page(DoneSign.FINISHED, category=DONE), {ChangeKey.TITLE: "【完了】止まった"}),
        (page(DoneSign.FINISHED, done_place=""), {ChangeKey.TITLE: "【完了】止まった"}),
        (page(DoneSign.KEPT_DONE, category=DONE), {ChangeKey.TITLE: "【完了】止まった"}),
        (page(DoneSign.ELSEWHERE, title="【完了】止まった"), {ChangeKey.CATEGORY: DONE}),
        (page(DoneSign.VARIANT, title="[完了] 止まった", category=DONE), {ChangeKey.TITLE: "【完了】止まった"}),
        (page(DoneSign.VARIANT, title="[完了] 止まった"), {ChangeKey.TITLE: "【完了】止まった"}),
        (
            page(DoneSign.VARIANT, DoneSign.ELSEWHERE, title="[完了] 止まった"),
            {ChangeKey.TITLE: "【完了】止まった", ChangeKey.CATEGORY: DONE},
        ),
        (page(DoneSign.MARKED_OPEN, title="【完了】止まった"), {ChangeKey.TITLE: "止まった"}),
        (
            page(DoneSign.MARKED_OPEN, title="【完了】止まった", category=DONE),
            {ChangeKey.TITLE: "止まった", ChangeKey.CATEGORY: HERE},
        ),
        (page(DoneSign.MOVED_OPEN, category=DONE), {ChangeKey.CATEGORY: HERE}),
    ],
)
def test_title_and_place_come_as_one_change(incident: IncidentPost, after: dict[ChangeKey, str]) -> None:
    found = proposed(incident)
    assert found.after == after
    assert found.before == {key: incident.post.values[key] for key in after}
    assert found.seen == incident.post.seen


@pytest.mark.parametrize(
    "incident",
    [
        page(),
        page(DoneSign.KEPT_DONE, title="【完了】止まった", category=DONE),
        page(DoneSign.ELSEWHERE, done_place=""),
        page(DoneSign.MOVED_OPEN, open_place="", category=DONE),
        page(DoneSign.MARKED_OPEN, title="【完了】", bare=""),
    ],
)
def test_what_is_so_already_or_cannot_be_told_is_no_change(incident: IncidentPost) -> None:
    assert propose_done(incident, FOLDERS) is None


def test_only_what_goes_forward_is_accepted_beforehand() -> None:
    for sign in DoneSign:
        found = propose_done(
            page(sign, title="[完了] 止まった", category=DONE if sign is DoneSign.MOVED_OPEN else HERE), FOLDERS
        )
        if isinstance(found, Change):
            assert found.accept is (sign not in (DoneSign.MARKED_OPEN, DoneSign.MOVED_OPEN)), sign


def test_solved_is_for_a_person_to_decide() -> None:
    found = proposed(page(DoneSign.VARIANT, title="【解決】止まった", same=False))
    assert not found.accept
    assert "完了と同じ意味かどうか" in found.reason
    assert proposed(page(DoneSign.FINISHED, same=False)).accept


def test_groups_say_from_where_to_where_and_why() -> None:
    assert proposed(page(DoneSign.FINISHED)).group == f"{HERE} → {DONE}: 対策がすべて済んでいるため"
    assert (
        proposed(page(DoneSign.KEPT_DONE, category=DONE)).group == f"{DONE} → 題名に完了の印: 対応完了の場所にあるため"
    )
    reopened = proposed(page(DoneSign.MARKED_OPEN, title="【完了】止まった"))
    assert reopened.group == f"{HERE} → 題名の印を外す: 完了の印があるのに、残っている対策があるため"
    assert set(SIGN_REASONS) == set(DoneSign)


def test_the_reason_names_the_evidence_and_where_the_year_came_from() -> None:
    told = t("#45 は 5/12 に佐藤さんが完了にしています。", "#45 was closed by Sato.")
    year = t("発生日 2025-05-03 の年です。", "by the day it happened.")
    found = proposed(page(DoneSign.FINISHED, told=(told,), year=year))
    assert found.reason == f"{told.ja}対策がすべて済んでいます。{year.ja}"
    assert year.ja not in proposed(page(DoneSign.FINISHED, told=(told,), year=year, category=DONE)).reason


def test_the_least_sure_sign_counts() -> None:
    incident = IncidentPost(
        PostHead(5, "[完了] 止まった", HERE),
        {DoneSign.VARIANT: HIGH, DoneSign.ELSEWHERE: MEDIUM},
        "【完了】止まった",
        "止まった",
        DONE,
    )
    assert proposed(incident).confidence is MEDIUM


@pytest.mark.parametrize(
    ("category", "why"),
    [
        ("Users/sato/不具合", post.PERSONAL),
        ("Archived/不具合共有", post.ARCHIVED),
        ("Templates/不具合", post.TEMPLATE),
        ("不具合共有/2025/前半 ", post.SPLIT),
    ],
)
def test_pages_in_other_hands_and_split_titles_are_left_alone(category: str, why: object) -> None:
    assert propose_done(page(DoneSign.FINISHED, category=category), FOLDERS) == why


# -- other findings -----------------------------------------------------------------------------


def finding(code: str, *edits: Edit, confidence: Confidence = HIGH) -> FindingEdits:
    return FindingEdits(code, t("題名に日付がありません。", "no date."), confidence, edits)


def edit(after: str, before: str = "a", field: Field = Field.TITLE, safety: Safety = Safety.UNSAFE) -> Edit:
    return Edit(field, before, after, safety, t("", ""))


POST = PostHead(5, "a", "A", revision=2)


def test_edits_of_findings_become_changes_of_the_verb_they_amount_to() -> None:
    moved = edit("B", "A", Field.CATEGORY)
    put_away = edit("Archived/A", "A", Field.CATEGORY)
    for edits, kind, after in (
        ([edit("b")], Verb.RETITLE, {ChangeKey.TITLE: "b"}),
        ([moved], Verb.MOVE, {ChangeKey.CATEGORY: "B"}),
        ([put_away], Verb.ARCHIVE, {ChangeKey.CATEGORY: "Archived/A"}),
        ([edit("b"), moved], Verb.MOVE, {ChangeKey.TITLE: "b", ChangeKey.CATEGORY: "B"}),
    ):
        (found,) = propose_edits(POST, [finding("PST101", *edits)], FOLDERS)
        assert isinstance(found, Change)
        assert (found.kind, found.after) == (kind, after)
        assert "PST101 の指摘のため" in found.group
        assert found.reason == "題名に日付がありません。"


@pytest.mark.parametrize(
    ("confidence", "safety", "accept"),
    [(HIGH, Safety.UNSAFE, True), (MEDIUM, Safety.SAFE, True), (MEDIUM, Safety.UNSAFE, False)],
)
def test_what_is_not_sure_and_not_safe_is_for_a_person(confidence: Confidence, safety: Safety, accept: bool) -> None:
    (found,) = propose_edits(POST, [finding("PST101", edit("b", safety=safety), confidence=confidence)], FOLDERS)
    assert isinstance(found, Change)
    assert found.accept is accept


def test_of_two_findings_on_one_field_the_first_is_taken() -> None:
    first, second = propose_edits(POST, [finding("PST101", edit("b")), finding("PST102", edit("c"))], FOLDERS)
    assert isinstance(first, Change)
    assert second == OVERLAPPING_EDITS
    assert propose_edits(POST, [finding("PST102", edit("c"))], FOLDERS, [first]) == [OVERLAPPING_EDITS]
    (other,) = propose_edits(POST, [finding("PST103", edit("B", "A", Field.CATEGORY))], FOLDERS, [first])
    assert isinstance(other, Change)


def test_an_edit_that_no_longer_fits_and_one_of_the_body_change_nothing() -> None:
    assert propose_edits(POST, [finding("PST101", edit("b", before="z"))], FOLDERS) == [OUTDATED_EDITS]
    assert (
        propose_edits(POST, [finding("PST101", edit("x", field=Field.BODY)), finding("PST101", edit("a"))], FOLDERS)
        == []
    )
