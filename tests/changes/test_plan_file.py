"""plan.toml: what is written is read back, what people may edit is taken, and what kb did not write is refused."""

from __future__ import annotations

import contextlib
import re
import string
from collections.abc import Callable
from dataclasses import replace

import pytest
from changes.made import change, closed, moved, titled
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pace import growth
from properties import examples

from kb.errors import InputError
from kb.model.document import Source
from kb.model.facts import Confidence
from kb.model.plan import (
    KEY_TYPES,
    Change,
    ChangeKey,
    Plan,
    SeenState,
    Value,
    Verb,
    digest_group,
    group_by_target,
    keys_of,
    merge_values,
    new_plan,
)
from kb.plan.file.parse import parse_plan
from kb.plan.file.render import render_plan
from kb.plan.values import MAX_VALUE_LENGTH, check_value
from kb.text.lang import t

AT = "2026-11-26T00:00:00Z"


def plan(*changes: Change) -> Plan:
    return new_plan("docs", AT, "0.1", changes, redmine="https://redmine.example.jp")


TEXT = render_plan(
    plan(
        titled(1, "障害", "【完了】障害"),
        moved(2, "不具合共有/2025", "不具合共有/対応完了/2025"),
        change("esa:3", Verb.SHIP, wip=(True, False), tags=(("a", "b"), ())),
        replace(closed(45), note="対応が終わっているので閉じます。", along=("redmine:46",)),
    )
)


def refused(text: str) -> str:
    """What is said of a file that cannot be believed."""
    with pytest.raises(InputError) as error:
        parse_plan(text, "plan.toml")
    assert error.value.next_step is not None
    return str(error.value)


# -- what is written is read back ---------------------------------------------------------------

words = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
safe_words = st.text(st.sampled_from("障害完了 手順ab'\"\\#=[]{}、。😀\u3000"), min_size=1, max_size=12).filter(
    str.strip
)


def test_a_text_cannot_be_written_in_a_file() -> None:
    text = TEXT.replace('{"title"', '{"body"').replace("{title", "{body")
    assert "書けるのは title、category、tags、wip、link、mark、number、secret です" in refused(text)


def values(key: ChangeKey, sendable: bool) -> st.SearchStrategy[Value]:
    """Values of a key: any that could stand in a system, or those kb can send."""
    texts = safe_words if sendable else words
    if key is ChangeKey.PRIVATE and not sendable:
        return st.just(False)  # whatever it becomes: a file opens nothing
    if KEY_TYPES[key] is bool:
        return st.booleans()
    if key is ChangeKey.NOTES and sendable:
        return st.lists(st.sampled_from(("812 private", "9 private")), min_size=1, max_size=3).map(tuple)
    if KEY_TYPES[key] is tuple:
        return st.lists(texts, max_size=3).map(tuple)
    return st.just("佐藤 健 #7") if key is ChangeKey.ASSIGNEE and sendable else texts


@st.composite
def changes(draw: st.DrawFn) -> Change:
    source = draw(st.sampled_from((Source.ESA, Source.REDMINE)))
    apart = (ChangeKey.BODY, ChangeKey.NUMBER)
    written_down = [each for each in keys_of(f"{source}:1") if each not in apart]
    keys = draw(st.lists(st.sampled_from(written_down), min_size=1, unique=True))
    return Change(
        kind=draw(st.sampled_from([each for each in Verb if each is not Verb.TICKETS])),
        target=f"{source}:{draw(st.integers(1, 10**17))}",
        before={key.value: draw(values(key, sendable=False)) for key in keys},
        after={key.value: draw(values(key, sendable=True)) for key in keys},
        seen=SeenState(draw(st.sampled_from(("", AT))), draw(st.integers(0, 9))),
        group=draw(words),
        reason=draw(words),
        confidence=draw(st.sampled_from(list(Confidence))),
        accept=draw(st.booleans()),
        title=draw(words),
        note=draw(safe_words),
        along=("redmine:46",) if source is Source.REDMINE and draw(st.booleans()) else (),
        warning=draw(words),
    )


@given(st.lists(changes(), max_size=4))
@settings(max_examples=examples(60), deadline=None)
@example([])
@example([titled(1, "\x00\x7f\u2028'''\"\"\"\\", "[[change]]\u3000# accept = false")])
def test_a_plan_is_read_back_as_it_was_written(given_changes: list[Change]) -> None:
    one = plan(*given_changes)
    other = parse_plan(render_plan(one), "plan.toml")
    assert replace(other, changes=()) == replace(one, changes=())
    assert {each.id: each for each in other.changes} == {each.id: each for each in one.changes}
    assert render_plan(other) == render_plan(one)
    assert not other.decided


def test_two_runs_write_the_same_bytes() -> None:
    found = [moved(n, "A", "B", group=f"組 {n % 2}") for n in range(1, 9)]
    assert render_plan(plan(*found)) == render_plan(plan(*reversed(found)))


def test_changes_stand_by_group_and_each_group_has_its_count() -> None:
    text = render_plan(plan(*(moved(n, "A", "B", group=f"A → B: 理由 {n % 2}") for n in range(1, 6))))
    assert re.findall(r"^# ── (.*)$", text, re.M) == ["A → B: 理由 0（2）", "A → B: 理由 1（3）"]
    assert re.findall(r'^target = "esa:(\d)"', text, re.M) == ["2", "4", "1", "3", "5"]


def test_changes_of_one_post_are_decided_apart_and_sent_as_one() -> None:
    found = plan(titled(1, "a", "b"), moved(1, "A", "B"), change("esa:1", Verb.SHIP, wip=(True, False)))
    assert len(found.changes) == 3
    together = group_by_target(found.changes)
    assert list(together) == ["esa:1"]
    assert merge_values(together["esa:1"]) == {"title": "b", "category": "B", "wip": False}


# -- what people may edit -----------------------------------------------------------------------


def test_a_change_that_was_declined_or_edited_by_hand_is_known_as_such() -> None:
    text = TEXT.replace("\naccept = true", "\naccept = false", 1).replace('"【完了】障害"', '"【完了】障害（決済）"')
    found = parse_plan(text, "plan.toml")
    first = next(each for each in found.changes if each.target == "esa:1")
    assert found.decided
    assert [each.target for each in found.changes if not each.accept] == [found.changes[0].target]
    assert first.edited
    assert first.after == {"title": "【完了】障害（決済）"}
    assert first.own_id != first.id
    assert found.digest == parse_plan(TEXT, "plan.toml").digest
    assert [each.edited for each in found.changes].count(True) == 1


def test_comments_blank_lines_and_windows_line_ends_change_nothing() -> None:
    text = TEXT.replace("[[change]]", "# 佐藤さんに確認\n\n[[change]]").replace("\n", "\r\n")
    assert parse_plan("\ufeff" + text, "plan.toml") == parse_plan(TEXT, "plan.toml")


# -- what kb did not write ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format = 1", "format = 2", "format = 2"),
        ('before = {title = "障害"}', 'before = {title = "別の障害"}', "kb の書いたものと違います"),
        ("revision = 3", "revision = 4", "kb の書いたものと違います"),
        ('kind = "retitle"', 'kind = "ship"', "kb の書いたものと違います"),
        ('target = "esa:1"', 'target = "esa:2"', "kb の書いたものと違います"),
        ('target = "esa:1"', 'target = "esa:0"', "target に"),
        ('target = "esa:1"', 'target = "files:1"', "target に"),
        ('target = "esa:1"', 'target = "esa:1; drop"', "target に"),
        ('kind = "retitle"', 'kind = "delete"', "kind に"),
        ('confidence = "high"', 'confidence = "総合的に"', "confidence に"),
        ("\naccept = true", '\naccept = "はい"', "accept に"),
        ('after = {title = "【完了】障害"}', 'after = {title = ""}', "title: 空です"),
        ('after = {title = "【完了】障害"}', "after = {title = 7}", "title の型が違います"),
        ('after = {title = "【完了】障害"}', 'after = {category = "A"}', "before と同じ項目"),
        ('after = {title = "【完了】障害"}', 'after = {title = "x", body = "y"}', "書けるのは"),
        ('after = {title = "【完了】障害"}', 'after = {title = "a\\nb"}', "改行や制御文字"),
        ('"不具合共有/対応完了/2025"}', '"不具合共有//2025"}', "「//」を含んでいます"),
        ('"不具合共有/対応完了/2025"}', '"/不具合共有"}', "「/」で始まるか"),
        ('"不具合共有/対応完了/2025"}', '"不具合共有/"}', "「/」で始まるか"),
        ("tags = []", 'tags = ["", "b"]', "空のタグ"),
        ("changes = 4", "changes = 5", "4 件しか読めません"),
        ("changes = 4", "changes = true", "changes"),
        ("digest = ", "digest = 7 #", "digest"),
        ("reason = ", "ok = true\nreason = ", "「ok」という項目はありません"),
        ("team = ", "sent = true\nteam = ", "「sent」という項目はありません"),
        ("created = ", "# created = ", "created がありません"),
        ("created = ", 'shared = ["esa:10", "redmine:5"]\ncreated = ', "shared に"),
        ("created = ", 'shared = ["esa:10 "]\ncreated = ', "shared に"),
        ("created = ", f'shared = ["esa:{"9" * 5000}"]\ncreated = ', "shared に"),
        ("reason = ", 'asked = "sato\\n# x"\nreason = ', "asked に"),
        ("reason = ", 'owner = "\\u001b[31m"\nreason = ', "owner に"),
        ("reason = ", f'owner = "{"a" * 1001}"\nreason = ', "owner に"),
    ],
)  # fmt: skip
def test_what_cannot_be_believed_is_refused_with_the_line(old: str, new: str, said: str) -> None:
    assert TEXT.count(old) >= 1
    told = refused(TEXT.replace(old, new, 1))
    assert said in told
    assert told.startswith("plan.toml")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"private": True}, {"private": False}),
        ({"notes": ("812 private",)}, {"notes": ("812 public",)}),
        ({"notes": ("812 public",)}, {"notes": ("812 private", "813 public")}),
    ],
)
@pytest.mark.parametrize("kind", [Verb.RESTRICT, Verb.CLOSE, Verb.UNDO])
def test_no_file_widens_who_may_read_a_ticket(before: dict[str, Value], after: dict[str, Value], kind: Verb) -> None:
    forged = Change(kind=kind, target="redmine:45", before=before, after=after, seen=SeenState(AT))
    assert "読める人を広げる" in refused(render_plan(plan(forged)))


def test_an_unknown_id_is_refused() -> None:
    one = parse_plan(TEXT, "plan.toml").changes[0]
    assert "kb の書いたものと違います" in refused(TEXT.replace(one.id, f"{'0' * 12}-{one.proposal}"))
    assert "kb の書いたものと違います" in refused(TEXT.replace(one.id, "まるで別物"))


def test_a_change_that_was_removed_added_or_doubled_is_refused() -> None:
    blocks = re.split(r"(?=^\[\[change\]\])", TEXT, flags=re.M)
    assert "件しか読めません" in refused("".join(blocks[:-1]))
    assert "changes = 4" in refused("".join([*blocks, blocks[1]]))
    doubled = "".join([*blocks[:-1], blocks[1]])
    assert "二度あります" in refused(doubled)
    other = render_plan(plan(moved(9, "A", "B")))
    foreign = "".join([*blocks[:-1], re.split(r"(?=^\[\[change\]\])", other, flags=re.M)[1]])
    assert "並びが" in refused(foreign)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_file_that_was_cut_is_refused_wherever_it_was(share: float) -> None:
    assert refused(TEXT[: int(len(TEXT) * share)])


@pytest.mark.parametrize(
    "text", ["", "\0", "x", "[[change]]", "format = 1", "a = [" * 5000, "<<<<<<< HEAD\n" + TEXT, "{}", "id,accept\n"]
)
def test_what_is_no_plan_is_a_sentence(text: str) -> None:
    assert refused(text)


def test_a_secret_in_after_or_note_is_refused_and_not_repeated() -> None:
    value = "Kx7" + "q9Zt4LmW"
    for old, new in (
        ('"【完了】障害"', f'"パスワード: {value}"'),
        ('"対応が終わっているので閉じます。"', f'"パスワードは {value} です。"'),
    ):
        told = refused(TEXT.replace(old, new))
        assert "秘密の値" in told
        assert value not in told


def test_a_secret_in_a_field_of_the_wrong_kind_is_not_repeated() -> None:
    value = "Kx7" + "q9Zt4LmW"
    told = refused(TEXT.replace('kind = "retitle"', f'kind = "password={value}"'))
    assert value not in told


@pytest.mark.parametrize(
    ("key", "value", "fine"),
    [
        (ChangeKey.TITLE, "a", True),
        (ChangeKey.TITLE, " ", False),
        (ChangeKey.TITLE, "a" * MAX_VALUE_LENGTH, True),
        (ChangeKey.TITLE, "a" * (MAX_VALUE_LENGTH + 1), False),
        (ChangeKey.CATEGORY, "", True),
        (ChangeKey.CATEGORY, "A/B c/D", True),
        (ChangeKey.CATEGORY, "A/ /B", False),
        (ChangeKey.CATEGORY, "A\u2028B", False),
        (ChangeKey.TAGS, (), True),
        (ChangeKey.TAGS, ("a", " "), False),
        (ChangeKey.WIP, False, True),
        (ChangeKey.STATUS, "", False),
        (ChangeKey.ASSIGNEE, "", True),
        (ChangeKey.ASSIGNEE, "佐藤 健 #7", True),
        (ChangeKey.ASSIGNEE, "#7", True),
        (ChangeKey.ASSIGNEE, "佐藤 健", False),
        (ChangeKey.ASSIGNEE, "佐藤 #0", False),
    ],
)
def test_only_what_can_be_sent_is_usable(key: ChangeKey, value: Value, fine: bool) -> None:
    assert (check_value(key, value) is None) is fine


@given(st.text(string.printable + "変更案\u202e", max_size=300))
@settings(max_examples=examples(60), deadline=None)
def test_any_text_is_a_plan_or_a_sentence(text: str) -> None:
    with contextlib.suppress(InputError):
        parse_plan(text, "plan.toml")


def test_a_plan_whose_state_was_edited_can_still_be_read_to_be_seen_anew() -> None:
    text = TEXT.replace("revision = 3", "revision = 9")
    assert refused(text)
    found = parse_plan(text, "plan.toml", sound=False)
    assert not any(each.sound for each in found.changes if each.seen.revision == 9)
    for hurt in (TEXT.replace("changes = 4", "changes = 5"), TEXT[: len(TEXT) // 2]):
        with pytest.raises(InputError):
            parse_plan(hurt, "plan.toml", sound=False)


# -- what nobody sees ---------------------------------------------------------------------------

HIDDEN = "\u00ad\u061c\u200b\u200e\u200f\u202e\u2066\u2069\u2060\u2064\ufeff\u3164\u2800\u00a0\x9b\U000e0041"


def test_what_nobody_sees_is_written_as_its_number_and_read_back() -> None:
    title = f"障{HIDDEN}害 葛\U000e0100城市 👨\u200d👩\u200d👧"
    one = plan(
        replace(moved(1, f"A{HIDDEN}", "B", group=f"A{HIDDEN} → B"), title=title, reason=HIDDEN, note=f"注{HIDDEN}")
    )
    text = render_plan(one)
    assert not set(HIDDEN) & set(text)
    assert "\\u202e" in text
    assert "葛\U000e0100城市 👨\u200d👩\u200d👧" in text
    assert parse_plan(text, "plan.toml") == one
    decided = replace(one, reviewed=(digest_group(*next(one.groups())),))
    assert not set(HIDDEN) & set(render_plan(decided))


@pytest.mark.parametrize("title", ["\u200b", "\u3164 \u2800", "\u00ad\u2060", "\U000e0041", "\ufe0f"])
def test_a_title_of_which_nothing_can_be_seen_is_refused(title: str) -> None:
    assert "目に見える文字がありません" in refused(render_plan(plan(titled(1, "障害", title))))
    assert check_value(ChangeKey.TAGS, ("a", title)) is not None
    assert check_value(ChangeKey.CATEGORY, f"運用/{title}") is not None


def test_an_empty_title_is_called_empty() -> None:
    assert check_value(ChangeKey.TITLE, " ") == t("空です", "it is empty")


def test_the_changes_of_one_post_are_gathered_in_time_that_grows_with_them() -> None:
    one = moved(2, "a", "b")

    def prepare(size: int) -> Callable[[], object]:
        changes = [one] * size
        return lambda: group_by_target(changes)

    assert growth(prepare, 4_000, 8, below=20.0) < 20.0
