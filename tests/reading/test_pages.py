"""Whole pages with the traps real ones have: what is struck, quoted, split, combined, or told elsewhere."""
# ruff: noqa: E501

from __future__ import annotations

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Facts, ItemState, Role
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts

SUMMARY = "## 概要\n6/1 に止まった\n"
CAUSE = "## 原因\n証明書の更新手順が無く、期限が切れた。更新通知の宛先が退職者だった。\n"
FIX = "## 対応\n証明書を差し替えた\n"
PREVENTION = "## 再発防止\n- 期限の 30 日前に通知する\n"


def page(body: str, markup: Markup = Markup.MARKDOWN) -> Facts:
    document = Document(
        "x",
        Source.ESA,
        Kind.POST,
        "会員サイトにログインできない",
        body,
        markup,
        category="不具合共有",
        created_at="2025-06-10",
    )
    return read_facts(document, PagePolicy())


def test_a_clock_before_a_step_of_the_cause_is_not_the_cause() -> None:
    cause = "## 原因\n更新の前後で同じ鍵を二つの窓口が使った。\n\n| 時刻 | 出来事 |\n|---|---|\n"
    rows = "| 12:00:05 | 古い窓口が起動 → 鍵の読み込みに失敗 |\n| 12:00:44 | 新しい窓口が起動 → 成功 |\n\n"
    assert verdicts(page(SUMMARY + cause + rows + FIX + PREVENTION)).split()[0] == "concrete"


def verdicts(facts: Facts) -> str:
    """Cause, fix and prevention; those of several incidents side by side."""
    return " ".join(
        "/".join(fact.verdict.value for fact in facts.roles if fact.role is role)
        for role in (Role.CAUSE, Role.FIX, Role.PREVENTION)
    )


PAGES = [
    (
        "struck",
        SUMMARY
        + "## 原因\n~~調査中~~\n設定の上限が 10 のままで溢れた\n"
        + FIX
        + "## 再発防止\n- ~~TODO~~\n- 監視を追加\n",
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "comment only",
        SUMMARY + CAUSE + FIX + "## 再発防止\n<!-- ここに書く -->\n",
        "concrete concrete empty",
        Markup.MARKDOWN,
    ),
    ("checkbox only", SUMMARY + CAUSE + FIX + "## 再発防止\n- [ ]\n", "concrete concrete empty", Markup.MARKDOWN),
    (
        "code todo",
        SUMMARY + CAUSE + FIX + PREVENTION + "```\n# TODO: x\nunknown host\n```\n",
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "quote notice",
        SUMMARY + CAUSE + "> 原因は現在調査中です。\n\n" + FIX + PREVENTION,
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "timeline unknown",
        SUMMARY + "## 経緯\n- 10:00 原因不明のため調査中\n- 10:10 再起動\n" + CAUSE + FIX + PREVENTION,
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "combined",
        SUMMARY + "## 原因と対策\nサーバのメモリが足りず落ちたため、8GB に増やした\n",
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    ("combined todo", SUMMARY + "## 原因・再発防止\nTODO\n" + FIX, "unknown concrete placeholder", Markup.MARKDOWN),
    (
        "taisaku beside taiou",
        SUMMARY + CAUSE + FIX + "## 対策\nTODO\n",
        "concrete concrete placeholder",
        Markup.MARKDOWN,
    ),
    (
        "taisaku alone past",
        SUMMARY + CAUSE + "## 対策\n証明書を差し替えた\n",
        "concrete concrete missing",
        Markup.MARKDOWN,
    ),
    (
        "taisaku alone plan",
        SUMMARY + CAUSE + "## 対策\n- [ ] 通知を追加する\n",
        "concrete missing concrete",
        Markup.MARKDOWN,
    ),
    (
        "perm answers",
        SUMMARY + CAUSE + "## 暫定対応\n再起動\n## 恒久対応\n更新を自動化した\n",
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "perm undecided",
        SUMMARY + CAUSE + "## 暫定対応\n再起動\n## 恒久対応\n検討中\n",
        "concrete restart placeholder",
        Markup.MARKDOWN,
    ),
    (
        "cause not filled in",
        SUMMARY + "## 原因\n（なぜ起きたか、それを許したものは何かを記載）\n" + FIX + PREVENTION,
        "empty concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "cause not filled in, in English",
        SUMMARY + "## 原因\n[Describe why it happened and what allowed it]\n" + FIX + PREVENTION,
        "empty concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "cause put off in brackets",
        SUMMARY + "## 原因\n（調査の結果が出たら記載）\n" + FIX + PREVENTION,
        "unknown concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "cause filled in below what was asked",
        SUMMARY + "## 原因\n（なぜ起きたかを記載）\n更新の手順が無く、証明書の期限が切れた。\n" + FIX + PREVENTION,
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "split cause",
        SUMMARY + "## 直接原因\n証明書の期限が 6/1 に切れていた\n## 根本原因\n調査中\n" + FIX + PREVENTION,
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "split cause list",
        SUMMARY
        + "## 原因\n- 直接原因: nginx が止まった\n- 根本原因: 更新フックが失敗を無視していた\n"
        + FIX
        + PREVENTION,
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "temp perm in fix",
        SUMMARY + CAUSE + "## 対応\n- 暫定: API を再起動\n- 恒久: プールの上限を 20 に下げた\n" + PREVENTION,
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "sub headings",
        SUMMARY + CAUSE + "## 対応\n### 暫定\n再起動\n### 恒久\n未定\n" + PREVENTION,
        "concrete restart concrete",
        Markup.MARKDOWN,
    ),
    (
        "code block fix",
        SUMMARY + CAUSE + "## 対応\n```\n$ sudo systemctl restart nginx\n```\n## 再発防止\n注意する\n",
        "concrete restart weak",
        Markup.MARKDOWN,
    ),
    (
        "2 incidents",
        "# 5/1 停止\n## 原因\nAPI が停止した\n## 対応\n再起動\n## 再発防止\nTODO\n# 5/8 遅延\n"
        + CAUSE
        + FIX
        + PREVENTION,
        "shallow/concrete restart/concrete placeholder/concrete",
        Markup.MARKDOWN,
    ),
    (
        "5 whys",
        SUMMARY + "- なぜ1: API が止まった\n- なぜ2: 接続を使い切った。上限が 10 だった\n\n" + FIX + PREVENTION,
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "later resolved",
        SUMMARY + "## 原因\n当初は不明。\n追記（6/3）: 接続の解放漏れと判明した。\n" + FIX + PREVENTION,
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "still unknown",
        SUMMARY + "## 原因\n6/3 時点では不明。引き続き調査する。\n" + FIX + PREVENTION,
        "unknown concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "done/undone groups",
        SUMMARY + CAUSE + FIX + "## 再発防止\n### 完了\n- 通知を追加\n### 未着手\n- 試験を追加\n",
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "arrow done",
        SUMMARY
        + CAUSE
        + FIX
        + "## 再発防止\n- 通知を追加する → 済\n- 試験を追加する (6/20 完了予定)\n- ~~監視の二重化~~ 見送り: 機器更改で不要\n",
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "status col",
        SUMMARY
        + CAUSE
        + FIX
        + "## 再発防止\n| No | 施策 | 担当 | 進捗 |\n|-|-|-|-|\n|1|通知を追加|大野|100%|\n|2|試験|岸|50%|\n",
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "todo table",
        SUMMARY + CAUSE + FIX + "## 再発防止\n| 対策 | 担当 | 期限 |\n|-|-|-|\n| 検討中 | 未定 | 未定 |\n",
        "concrete concrete placeholder",
        Markup.MARKDOWN,
    ),
    (
        "empty table",
        SUMMARY + CAUSE + FIX + "## 再発防止\n| 対策 | 担当 | 期限 |\n|-|-|-|\n|  |  |  |\n",
        "concrete concrete empty",
        Markup.MARKDOWN,
    ),
    (
        "nested measures",
        SUMMARY + CAUSE + FIX + "## 再発防止\n- 監視\n  - 期限を 30 日前に通知する\n- 手順\n  - 更新を自動化する\n",
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "measure fields",
        SUMMARY + CAUSE + FIX + "## 再発防止\n- 対策: 通知を追加する\n- 担当: 大野\n- 期限: 6/20\n",
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "biko",
        SUMMARY + CAUSE + FIX + "## 再発防止\nTODO\n## 備考\n監視を追加する予定\n",
        "concrete concrete placeholder",
        Markup.MARKDOWN,
    ),
    (
        "textile",
        "h2. 原因\n\n-調査中-\n\nAPIサーバが落ちていた\n\nh2. 対応\n\n@systemctl restart api@\n\nh2. 再発防止\n\n* TBD\n",
        "shallow restart placeholder",
        Markup.TEXTILE,
    ),
    (
        "crlf",
        "## 概要\r\n6/1 に止まった\r\n■原因\r\nサーバ停止\r\n■対応\r\n再起動\r\n■再発防止\r\n未定\r\n",
        "shallow restart placeholder",
        Markup.MARKDOWN,
    ),
    (
        "prose",
        "6/1 にログインできなくなった。原因は認証サーバの停止。対応としてはサーバを再起動した。再発防止は検討中。",
        "shallow restart placeholder",
        Markup.MARKDOWN,
    ),
    (
        "image",
        SUMMARY + CAUSE + FIX + "## 再発防止\n![対策](https://x/y.png)\n",
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "link",
        SUMMARY + CAUSE + FIX + "## 再発防止\nhttps://redmine.example/issues/12 を参照\n",
        "concrete concrete concrete",
        Markup.MARKDOWN,
    ),
    (
        "fm",
        "---\ntitle: x\n---\n\n## 原因\n障害\n## 対応\nリブート\n## 再発防止\n後日\n",
        "shallow restart placeholder",
        Markup.MARKDOWN,
    ),
    (
        "inline bold",
        "**事象** ログイン不可\n**原因** 認証サーバダウン\n**対応** 再起動\n**再発防止** 未定\n",
        "shallow restart placeholder",
        Markup.MARKDOWN,
    ),
    (
        "keycap",
        SUMMARY + "1. **原因**\n   サーバ停止\n2. **対応**\n   再起動\n3. **再発防止**\n   未定\n",
        "shallow restart placeholder",
        Markup.MARKDOWN,
    ),
]


@pytest.mark.parametrize(("name", "body", "wanted", "markup"), PAGES, ids=[name for name, *_ in PAGES])
def test_a_page_is_judged_by_what_holds_in_the_end(name: str, body: str, wanted: str, markup: Markup) -> None:
    facts = page(body, markup)
    assert facts.is_incident, facts.kind_reason
    assert verdicts(facts) == wanted


@pytest.mark.parametrize(
    ("measures", "states"),
    [
        ("- [x] 通知を追加\n- [ ] 試験を追加\n", "done open"),
        (
            "- 通知を追加する → 済\n- 試験を追加する（6/20 完了予定）\n- 見送り: 機器更改で不要になるため\n",
            "done open settled",
        ),
        ("- 通知を追加する：対応済み（大野、6/1）\n- 試験を追加する：対応中（岸）\n", "done open"),
        ("- ✅ 通知を追加する（大野）\n- 未着手だった「試験」は 6/6 に完了\n", "done done"),
        ("### 完了\n- 通知を追加\n### 未着手\n- 試験を追加\n", "done open"),
        ("- 通知を追加する\n- 試験を追加する\n\n上記はすべて 7/11 に完了。\n", "done done"),
        ("| No | 施策 | 担当 | 進捗 |\n|-|-|-|-|\n|1|通知を追加|大野|100%|\n|2|試験|岸|50%|\n", "done open"),
        ("- なし（サービスを 5 月末で終えるため）\n", "settled"),
        ("- 通知を追加する（大野、6/20）\n- TODO\n", "unstated placeholder"),
    ],
)
def test_each_measure_has_a_state(measures: str, states: str) -> None:
    facts = page(SUMMARY + CAUSE + FIX + "## 再発防止\n" + measures)
    found = [item for item in facts.items if item.role is Role.PREVENTION]
    assert [item.state for item in found] == [ItemState(state) for state in states.split()]


def test_a_measure_knows_its_owner_its_day_and_its_ticket() -> None:
    table = "| 対策 | 担当 | 期限 |\n|-|-|-|\n| 通知を追加 #1203 | 大野 | 6/20 |\n| 試験 | 未定 | |\n"
    first, second = page(SUMMARY + CAUSE + FIX + "## 再発防止\n" + table).items[:2]
    assert (bool(first.owner), first.due, first.tickets) == (True, "2025-06-20", ("#1203",))
    assert (bool(second.owner), second.due, second.tickets) == (False, "", ())


def test_the_trigger_is_the_words_and_the_section_holds_them() -> None:
    facts = page("■概要\r\n6/1 停止\r\n■原因：　サーバが止まった\r\n■対応\r\n再起動\r\n■再発防止\r\n　・未定\r\n")
    cause = facts.role(Role.CAUSE)
    prevention = facts.role(Role.PREVENTION)
    assert cause
    assert cause.span
    assert (cause.span.line, cause.span.column, cause.span.end_column) == (3, 6, 14)
    assert prevention
    assert prevention.span
    assert prevention.section
    assert (prevention.span.line, prevention.span.column, prevention.span.end_column) == (7, 3, 5)
    assert (prevention.section.line, prevention.section.end_line) == (6, 7)


def test_the_day_is_read_from_its_line_then_the_title() -> None:
    assert page("発生日時: 2025/05/08 10:20\n\n" + SUMMARY + CAUSE + FIX).occurred_on == "2025-05-08"
    assert page("| 発生日 | 5月9日 |\n|-|-|\n| 原因 | 停止 |\n| 対応 | 再起動 |\n").occurred_on == "2025-05-09"


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("6/10 08:00", "2025-06-10"),
        ("6/11 00:10", "2025-06-11"),
        ("6/12 08:00", "2024-06-12"),
        ("12/1 9:00", "2024-12-01"),
    ],
)
def test_a_day_without_a_year_lies_before_the_page(said: str, day: str) -> None:
    assert page(f"発生日時: {said}\n\n" + SUMMARY + CAUSE + FIX).occurred_on == day


def test_the_day_of_a_measure_is_none_of_the_incident() -> None:
    told = "## 概要\n5/8 10:20 から止まった。\n\n" + CAUSE + FIX
    measure = "\n## 再発防止\n- [x] 検知の遅れを知らせる監視を足す（田中、5/20 12:00）\n"
    assert page(told + measure).occurred_on == "2025-05-08"
