"""Similar pages are found by terms that survive other words, another language, and a slip of the finger."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.reading.traits.rank import MAX_POSTINGS, MAX_TERMS, MemoryIndex, is_misspelt, rank_pages
from kb.reading.traits.read_traits import read_incident_sections
from kb.reading.traits.sounds import sound_of_english, sound_of_katakana
from kb.reading.traits.terms import iter_error_terms, iter_terms, read_page_terms, read_query_terms

PAGES = {
    1: ("荷札が印刷されない", "## 原因\nラベルのプリンターのスプーラが固まった。\n## 対応\nスプーラを消した。"),
    2: ("ドックの扉が開かない", "## 原因\ndock-ctl-03 の証明書が切れ、命令を拒んだ。\n## 対応\n証明書を替えた。"),
    3: (
        "棚卸の数が合わない",
        "## 原因\n同じ入荷を二度取り込んだ。\n## 対応\n片方を消した。\n```\nORA-00001: unique constraint\n```",
    ),
    4: ("食堂の献立", "今週はカレーです。"),
}


def terms_of(title: str, body: str) -> dict[str, float]:
    document = Document("esa:1", Source.ESA, Kind.POST, title, body, Markup.MARKDOWN)
    return read_page_terms(title, read_incident_sections(document), body)


INDEX = MemoryIndex((page, terms_of(*text)) for page, text in PAGES.items())


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("ラベルが出ない", 1),
        ("printer spooler hung", 1),
        ("プリンタ 動かない", 1),
        ("priter spooler", 1),
        ("dock-ctl-3", 2),
        ("certificate expired", 2),
        ("SSL 期限", 2),
        ("ORA-00001", 3),
        ("two deliveries imported, duplicate stock", 3),
        ("ｶﾚｰ", 4),
    ],
)
def test_the_page_comes_first(query: str, page: int) -> None:
    assert rank_pages(INDEX, read_query_terms(query), {}).pages[0][0] == page


@pytest.mark.parametrize("query", ["", " ", "。、", "\x00\ud800", "AND OR NOT NEAR(", '"*:^', "🎌"])
def test_a_query_without_terms_finds_nothing(query: str) -> None:
    assert rank_pages(INDEX, read_query_terms(query), {}).pages == []


def test_the_prior_and_the_page_itself() -> None:
    query = read_query_terms("証明書 二度")
    first, second = (page for page, _ in rank_pages(INDEX, query, {}).pages[:2])
    assert rank_pages(INDEX, query, {first: 0.01}).pages[0][0] == second
    assert all(page != first for page, _ in rank_pages(INDEX, query, {}, apart_from=(first,)).pages)


def test_common_terms_are_looked_up_among_the_best_alone() -> None:
    class Counted(MemoryIndex):
        """Counts the pages it was asked for."""

        asked = 0

        def find_pages(self, term: str, among: Collection[int] | None = None) -> Iterable[tuple[int, float]]:
            found = list(super().find_pages(term, among))
            self.asked += len(found)
            return found

    index = Counted(
        (page, {"gああ": 1.0, "gいい": 1.0, **({"wrare": 1.0} if page % 5000 == 0 else {})}) for page in range(30_000)
    )
    found = rank_pages(index, {"wrare": 1.0, "gああ": 1.0, "gいい": 1.0}, {})
    assert {page for page, _ in found.pages[:6]} == {0, 5000, 10_000, 15_000, 20_000, 25_000}
    assert index.asked < 3 * MAX_POSTINGS
    assert index.count_terms(["gああ"])["gああ"] == 30_000
    alone = rank_pages(index, {"gああ": 1.0}, {})
    assert [page for page, _ in alone.pages[:3]] == [29_999, 29_998, 29_997]
    assert index.asked < 3 * MAX_POSTINGS


def test_a_whole_page_is_ranked_by_all_its_terms_too() -> None:
    """Of more terms than are looked up the others decide between pages, whose scores stay those of the first order."""
    rare = {f"wrare{number:03}": 2.0 for number in range(MAX_TERMS)}
    rest = {f"wrest{number:03}": 1.0 for number in range(MAX_TERMS)}
    pages = [
        (1, dict.fromkeys([*rare][:30], 1.0)),
        (2, dict.fromkeys([*[*rare][:29], *rest], 1.0)),
        (3, dict.fromkeys([*rare][:8], 1.0)),
        *((number, dict.fromkeys(rest, 0.1)) for number in range(4, 10)),
    ]
    few = rank_pages(MemoryIndex(pages), rare, {}).pages
    both = rank_pages(MemoryIndex(pages), rare | rest | {"wrest000": 0.0}, {}).pages  # damaged: no weight at all
    assert [page for page, _ in few] == [1, 2, 3]
    assert [page for page, _ in both[:3]] == [2, 1, 3]
    assert [score for _, score in both] == sorted((score for _, score in both), reverse=True)


def test_few_unknown_words_are_guessed_at() -> None:
    class Asked(MemoryIndex):
        """Counts what it was asked for."""

        count = 0

        def find_words(self, start: str, shortest: int, longest: int) -> Iterable[str]:
            self.count += 1
            return super().find_words(start, shortest, longest)

    index = Asked([(1, {"wspool": 1.0})])
    text = " ".join(f"unknown{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(300))
    assert rank_pages(index, read_query_terms(text), {}).pages == []
    assert index.count <= 16


@pytest.mark.parametrize(
    ("katakana", "english"),
    [
        ("タブレット", "tablet"),
        ("サイネージ", "signage"),
        ("トークン", "token"),
        ("ストレージ", "storage"),
        ("レプリケシヨン", "replication"),
        ("バックアップ", "backup"),
        ("エレベータ", "elevator"),
    ],
)
def test_a_loan_word_sounds_like_its_english(katakana: str, english: str) -> None:
    assert sound_of_katakana(katakana) == sound_of_english(english) != ""


@pytest.mark.parametrize("word", ["サーバ", "ジョブ", "キー", "job", "key", "aeiou", "", "123"])
def test_a_short_word_has_no_sound(word: str) -> None:
    assert sound_of_katakana(word) == "" == sound_of_english(word)


@pytest.mark.parametrize(
    ("word", "other", "expected"),
    [
        ("ldap", "ladp", True),
        ("ldap", "ldp", True),
        ("ldap", "ldaap", True),
        ("ldap", "ldas", True),
        ("ldap", "ldap", False),
        ("ldap", "pdla", False),
        ("", "a", True),
    ],
)
def test_a_slip_of_the_finger(word: str, other: str, expected: bool) -> None:
    assert is_misspelt(word, other) is expected is is_misspelt(other, word)


def test_terms_are_of_known_sorts() -> None:
    found = [term for text in PAGES.values() for part in text for term in iter_terms(part)]
    assert {term[0] for term in found} <= set("wngkcse")


def test_a_title_counts_more_than_prevention() -> None:
    def weight(found: Mapping[str, float]) -> float:
        return found["wkafka"]

    assert weight(terms_of("kafka", "## 原因\n鍵")) > weight(terms_of("x", "## 原因\n鍵\n## 再発防止\nkafka を見る"))


@pytest.mark.parametrize(
    "piece", ["web-", "@a", "503 ", "止ま", "ー", "A", "a.b_", "🎌\ud800", "Error: ", "ァ", "0x1 ", "`", "\n"]
)
def test_terms_take_as_long_as_their_text(piece: str) -> None:
    def spend(count: int) -> float:
        began = time.process_time()
        read_query_terms(piece * count)
        list(iter_error_terms(piece * count))
        return time.process_time() - began

    spend(100)
    assert spend(16_000) < 30 * max(spend(1_600), 0.01)


def test_a_huge_query_asks_for_few_terms() -> None:
    text = " ".join(f"w{number}x{number * 7919 % 9973}" for number in range(20_000))
    terms = read_query_terms(text)
    index = MemoryIndex([(1, dict.fromkeys(terms, 1.0)), (2, {"wother": 1.0})])
    assert len(rank_pages(index, terms, {}).terms) <= 90
