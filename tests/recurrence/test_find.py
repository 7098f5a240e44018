"""Which incidents are the same trouble again: said, stated, answered or likely, and what looks like it and is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest

from kb.model.document import Document, Kind, Markup, Source, Visibility, copy_head
from kb.model.page import Entry, PagePolicy
from kb.model.recurrence import MOST_TOLD, Recurrence, RepeatKind
from kb.reading.facts import read_facts
from kb.recurrence.find import find_recurrences
from kb.recurrence.record import IncidentRecord, build_record
from kb.secrets.mask_document import mask_text

POLICY = PagePolicy(incident=("障害/*",))


@dataclass(frozen=True)
class Told:
    """An incident as somebody wrote it down."""

    number: int
    day: str
    title: str
    cause: str
    more: str = ""
    scene: str = ""
    visibility: Visibility = Visibility.MEMBERS
    category: str = "障害/2024"

    def record(self) -> IncidentRecord:
        scene = f"## 概要\n{self.scene}\n\n" if self.scene else ""
        body = f"{self.more}\n\n{scene}## 原因\n{self.cause}\n\n## 対応\n直した。\n\n## 再発防止\n- [ ] 監視を足す\n"
        document: Document[str] = Document(
            f"esa:{self.number}",
            Source.ESA,
            Kind.POST,
            self.title,
            body,
            Markup.MARKDOWN,
            category=self.category,
            url=f"https://docs.esa.io/posts/{self.number}",
            created_at=f"{self.day}T10:00:00+09:00",
            visibility=self.visibility,
        )
        facts = read_facts(document, POLICY)
        head = copy_head(document) | {"title": mask_text(self.title), "category": mask_text(self.category)}
        record = build_record(Entry(**head, facts=facts), marked_done=False)
        assert record is not None
        return record


FIRST = Told(1, "2024-03-02", "採点が返らない", "grader-02 が答案をまとめて読み、ヒープを使い切った。")
OTHERS = [
    Told(80 + at, f"2023-0{1 + at}-11", title, cause)
    for at, (title, cause) in enumerate(
        [
            ("領収書が二重", "再送のたびに新しい番号を振っていた。"),
            ("地図が灰色", "地図サービスの鍵の参照元に新しい名前がなかった。"),
            ("音が切れる", "turn-07 の帯域の契約を使い切った。"),
            ("字が豆腐になる", "土台のイメージからフォントが抜けた。"),
            ("予約が重なる", "空き確認と登録の間に別の取引が割り込めた。"),
        ]
    )
]


def find(*told: Told, answers: dict[frozenset[str], bool] | None = None) -> dict[str, Recurrence]:
    return find_recurrences([each.record() for each in (*told, *OTHERS)], answers or {})


def ids(earlier: Iterable[object]) -> list[object]:
    return [getattr(each, "doc", each) for each in earlier]


@pytest.mark.parametrize(
    "later",
    [
        Told(9, "2024-09-05", "【再発】採点が止まった", "大きな答案で溢れた。前回は https://docs.esa.io/posts/1 。"),
        Told(9, "2024-09-05", "採点が止まった", "#1 と同じ。読み方を直していなかった。"),
        Told(9, "2024-09-05", "採点が止まった", "/posts/1 のときと同じ原因。"),
        Told(9, "2024-09-05", "採点が止まった", "「採点が返らない」と同じ障害です。"),
        Told(9, "2024-09-05", "Grading is down", "Same root cause as #1."),
    ],
    ids=lambda told: told.cause,
)
def test_a_page_says_that_it_came_again(later: Told) -> None:
    found = find(FIRST, later)["esa:9"]
    assert (ids(found.earlier), found.kind, ids(found.likely)) == (["esa:1"], RepeatKind.SAID, [])


def test_the_day_of_an_earlier_one_names_it_where_that_tells_its_day() -> None:
    later = Told(9, "2024-09-05", "採点が止まった", "3/2 の障害と同じ原因。")
    assert ids(find(replace(FIRST, scene="3/2 10:00 から採点が返らない。"), later)["esa:9"].earlier) == ["esa:1"]
    assert ids(find(FIRST, later)["esa:9"].likely) == ["esa:1"]


def test_a_page_that_does_not_say_which_one_came_again_is_asked() -> None:
    found = find(FIRST, Told(9, "2024-09-05", "採点が返らない（2 回目）", "grader-02 がまた溢れた。"))["esa:9"]
    assert (ids(found.earlier), found.kind, ids(found.likely)) == ([], RepeatKind.SAID, ["esa:1"])
    several = Told(9, "2024-09-05", "【再発】採点が止まった", "また溢れた。", "参考: #1 #80")
    found = find(FIRST, several)["esa:9"]
    assert (ids(found.earlier), set(ids(found.likely)) >= {"esa:1", "esa:80"}) == ([], True)


@pytest.mark.parametrize(
    "later",
    [
        Told(9, "2024-09-05", "採点が止まった", "設定の書き間違い。#1 とは別の原因。"),
        Told(9, "2024-09-05", "採点が止まった", "設定の書き間違い。複製は正常で再発ではない。", "参考: #1"),
        Told(9, "2024-09-05", "採点が返らない", "停止していた。"),
        Told(9, "2024-09-05", "採点が返らない", "依存の書き間違い。2 回目の再起動で正常になった。"),
        Told(9, "2024-09-05", "採点の点数が倍", "grader-02 が配点の表を二度取り込んだ。", scene="採点の点数が倍。"),
        Told(9, "2024-03-02", "採点が返らない（続報）", FIRST.cause, "https://docs.esa.io/posts/1 の続報です。"),
        Told(9, "2024-03-04", "採点が返らない", FIRST.cause),
        Told(9, "2024-09-05", "帳票が出ない", "書体が抜けた。再発防止は #1 と同じにする。"),
        Told(9, "2024-09-05", "採点の画面が白い", "リリースの誤り。また、一覧も開けなかった。", "対策は #1 のとおり"),
    ],
    ids=lambda told: told.cause + told.title,
)
def test_what_looks_like_it_and_is_not(later: Told) -> None:
    assert "esa:9" not in find(FIRST, later)


def test_the_same_cause_in_the_same_words_is_stated() -> None:
    found = find(FIRST, Told(9, "2024-09-05", "期末の採点が進まない", FIRST.cause))["esa:9"]
    assert (found.kind, ids(found.earlier)) == (RepeatKind.STATED, ["esa:1"])


def test_the_same_mechanism_on_the_same_part_is_asked() -> None:
    later = Told(9, "2024-09-05", "期末が終わらない", "画像入りの答案を grader-02 が一度に読み、ヒープが溢れた。")
    found = find(FIRST, later)["esa:9"]
    assert (found.kind, ids(found.earlier), ids(found.likely)) == (RepeatKind.LIKELY, [], ["esa:1"])


def test_the_same_words_about_another_part_are_not() -> None:
    first = Told(1, "2024-03-02", "メールが届かない", "mta-01 の証明書の期限が切れた。通知は退職者に届いていた。")
    later = Told(9, "2024-09-05", "決済できない", "pay-gw の証明書の期限が切れた。通知は退職者に届いていた。")
    assert "esa:9" not in find(first, later)


def test_nothing_follows_from_what_other_pages_repeat() -> None:
    second = Told(5, "2024-05-11", "採点が止まった", "#1 と同じ。")
    third = Told(9, "2024-09-05", "採点の一覧が空", "#5 と同じ。")
    found = find(FIRST, second, third)["esa:9"]
    assert (ids(found.earlier), ids(found.likely), found.count) == (["esa:5"], [], 0)


def test_names_all_earlier_ones_that_a_page_names_oldest_first() -> None:
    second = Told(5, "2024-05-11", "採点が返らない（2 回目）", "#1 と同じ。")
    third = Told(9, "2024-09-05", "採点が返らない（3 回目）", "#5、#1 と同じ。")
    found = find(FIRST, second, third)["esa:9"]
    assert (ids(found.earlier), found.count) == (["esa:1", "esa:5"], 3)


def test_across_the_folders_of_teams_only_a_named_one_counts() -> None:
    ours = replace(FIRST, category="配信/障害/2024")
    theirs = Told(9, "2024-09-05", "期末の採点が進まない", FIRST.cause, category="課金/障害")
    assert "esa:9" not in find(ours, theirs)
    assert ids(find(ours, replace(theirs, category="Archived/配信/障害/2023"))["esa:9"].earlier) == ["esa:1"]
    named = replace(theirs, cause="#1 と同じ。")
    assert ids(find(ours, named)["esa:9"].earlier) == ["esa:1"]


def test_the_page_counts_better_than_the_mirror() -> None:
    later = Told(9, "2024-09-05", "採点が返らない（4 回目）", "#1 と同じ。")
    assert find(FIRST, later)["esa:9"].count == 4


def test_an_answer_holds_whatever_the_pages_say() -> None:
    pair = frozenset({"esa:1", "esa:9"})
    said = Told(9, "2024-09-05", "採点が止まった", "#1 と同じ。")
    assert "esa:9" not in find(FIRST, said, answers={pair: False})
    silent = Told(9, "2024-09-05", "採点が止まった", "設定の書き間違い。")
    found = find(FIRST, silent, answers={pair: True})["esa:9"]
    assert (found.kind, ids(found.earlier)) == (RepeatKind.CONFIRMED, ["esa:1"])


def test_what_not_every_reader_may_see_is_not_named() -> None:
    private = Told(1, "2024-03-02", FIRST.title, FIRST.cause, visibility=Visibility.PRIVATE)
    later = Told(9, "2024-09-05", "採点が止まった", "#1 と同じ。")
    assert "esa:9" not in find(private, later)
    both = Told(9, "2024-09-05", "採点が止まった", "#1 と同じ。", visibility=Visibility.PRIVATE)
    assert ids(find(private, both)["esa:9"].earlier) == ["esa:1"]


def test_what_not_every_reader_may_see_joins_and_counts_nothing_for_others() -> None:
    private = Told(5, "2024-05-11", "採点が返らない（2 回目）", "#1 と同じ。", visibility=Visibility.PRIVATE)
    later = Told(9, "2024-09-05", "採点が止まった", "#5 と同じ。")
    assert find(FIRST, private, later) == find(FIRST, later) | {
        key: told for key, told in find(FIRST, private, later).items() if key == "esa:5"
    }
    third = Told(9, "2024-09-05", "採点が止まった", "#1 と同じ。")
    assert ids(find(FIRST, private, third)["esa:9"].earlier) == ["esa:1"]


def test_a_link_to_another_team_leads_nowhere() -> None:
    later = Told(9, "2024-09-05", "別のものが止まった", "設定が空だった。", "https://other.esa.io/posts/1 と同じ。")
    assert "esa:9" not in find(FIRST, later)


def test_of_a_long_row_the_first_and_the_last_are_told() -> None:
    row = [Told(100 + at, f"{2000 + at}-03-02", "採点が返らない", FIRST.cause) for at in range(MOST_TOLD + 6)]
    found = find(*row)[f"esa:{100 + MOST_TOLD + 5}"]
    assert len(found.earlier) == MOST_TOLD
    assert found.earlier[-1].doc == f"esa:{100 + MOST_TOLD + 4}"


def test_the_order_of_the_pages_makes_no_difference() -> None:
    told = [FIRST, Told(5, "2024-05-11", "採点が返らない（2 回目）", "#1 と同じ。"), *OTHERS]
    records = [each.record() for each in told]
    assert find_recurrences(records) == find_recurrences(records[::-1])


def test_comparisons_grow_with_the_number_of_incidents(monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.recurrence import likeness

    compared = 0
    real = likeness.Vocabulary.compare

    def counting(self: likeness.Vocabulary, a: likeness.Measured, b: likeness.Measured) -> likeness.Likeness:
        nonlocal compared
        compared += 1
        return real(self, a, b)

    monkeypatch.setattr(likeness.Vocabulary, "compare", counting)
    record = FIRST.record()
    many = [
        IncidentRecord(
            f"esa:{at}", f"esa:{at}", record.source, record.host, record.visibility, record.created,
            f"{1900 + at // 12}-{1 + at % 12:02}-01", True, "", record.sketch, (), record.earlier,
        )
        for at in range(600)
    ]  # fmt: skip
    find_recurrences(many)
    assert compared <= 600 * (likeness.MOST_COMPARED + 20)
