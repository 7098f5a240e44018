"""What two incidents can share, and the spellings that make no difference to it."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.host_names import HostNames
from kb.reading.traits.concepts import find_concepts
from kb.reading.traits.error_texts import find_error_texts
from kb.reading.traits.fold_words import fold_numbering, fold_word, split_latin, stem_english
from kb.reading.traits.read_traits import Traits, read_traits
from kb.reading.traits.repeats import find_repeats
from kb.text.word_tables import read_words

PAGE = """\
## 事象
7/11 10:20 ごろから、車載端末に経路が届かない。`java.sql.SQLException: Too many connections (pid 40213)`

## 対象サービス
route-api / 車載端末

## 原因
db-prd-02 の接続の上限に達した。前回（https://t.esa.example/posts/12）と同じ原因。

## 対応
プールを返すようにした。

## 再発防止
- [ ] 監視を足す
"""


def read(body: str, title: str = "経路が届かない", markup: Markup = Markup.MARKDOWN) -> Traits:
    return read_traits(Document("esa:1", Source.ESA, Kind.POST, title, body, markup))


def test_the_traits_of_an_incident() -> None:
    found = read(PAGE, "【再発】経路が届かない（3回目） #障害")
    assert found.nodes == {"db-prd-2"}
    assert {"route-api", "車載端末"} <= found.components
    assert any("too many connections" in each for each in found.errors)
    assert "unreachable" in found.symptoms
    assert {"limit", "pool"} <= found.cause <= found.mechanisms | found.symptoms
    assert "https://t.esa.example/posts/12" in found.links
    assert found.says_again
    assert max(each.count for each in found.repeats) == 3
    assert "#障害" not in found.title


def test_numbers_that_change_each_time_make_no_other_error() -> None:
    one, other = (
        read(f"```\n{day} 03:0{pid % 10}:11 ERROR connect to 10.0.0.{pid} failed: timed out after {pid}0000 ms\n```")
        for day, pid in (("2026-01-02", 4), ("2027-03-09", 7))
    )
    assert one.errors & other.errors


@pytest.mark.parametrize("text", ["503 のエラーが 12 件", "画面が 503", "`503 Service Unavailable`"])
def test_a_status_code_is_an_error(text: str) -> None:
    assert any(each.split()[0] == "503" for each in find_error_texts(text))


@pytest.mark.parametrize("text", ["503 件に影響", "1,503", "v4.503", "費用は 503 円", "12:503"])
def test_a_number_is_no_error(text: str) -> None:
    assert list(find_error_texts(text)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("サーバー", "サーバ"),
        ("ｻｰﾊﾞｰ", "サーバ"),
        ("コネクシヨン", "コネクション"),
        ("ＯＯＭ", "oom"),
    ],
)
def test_one_spelling_of_a_word(one: str, other: str) -> None:
    assert fold_word(one) == fold_word(other)


def test_one_spelling_of_latin_words() -> None:
    assert split_latin("OutOfMemoryError") == split_latin("out_of_memory-error") == ("out", "of", "memory", "error")
    assert {fold_numbering(name) for name in ("web-01", "WEB1", "web_1", "web01")} == {"web-1"}
    assert len({stem_english(word) for word in ("expire", "expires", "expired", "expiring")}) == 1
    assert stem_english("status") == "status"
    assert len({stem_english(word) for word in ("exceed", "exceeds", "exceeded", "exceeding")}) == 1
    assert len({stem_english(word) for word in ("reply", "replies", "replied")}) == 1


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("配信が止まった", "the stream went down", "failing.stop"),
        ("証明書の期限切れ", "certificate expired", "mechanism.expire"),
        ("メモリ不足で落ちた", "OOMKilled", "mechanism.memory"),
        ("ﾃﾞｨｽｸが満杯", "No space left on device", "mechanism.disk"),
        ("二重に請求した", "charged twice", "failing.duplicate"),
        ("名前解決ができない", "could not resolve host", "mechanism.dns"),
        ("キューが詰まった", "backlog of the queue", "part.queue"),
        ("とまってる", "停止", "failing.stop"),
    ],
)
def test_other_words_for_the_same(one: str, other: str, shared: str) -> None:
    for text in (one, other):
        assert shared in {str(each) for each in find_concepts(text)}, text


@pytest.mark.parametrize("text", ["feedback", "つまり、そうなる", "シンプルな画面を示す", "確認した"])
def test_a_word_inside_another_is_no_concept(text: str) -> None:
    assert {str(each) for each in find_concepts(text)} <= {"part.screen"}


@pytest.mark.parametrize(
    "text",
    [
        "採点がまた止まった",
        "2 回目。",
        "前回と同じ原因",
        "先月も同じ障害が起きた",
        "再発した",
        "It happened again",
        "三度目の停止",
    ],
)
def test_a_page_says_that_it_came_again(text: str) -> None:
    assert [each.apart for each in find_repeats([text])] == [False]


@pytest.mark.parametrize(
    "text",
    [
        "再発防止を検討する",
        "再発がないか見守る",
        "再発なし",
        "影響は 2 件。また、問い合わせ 4 件",
        "2 回再起動した",
        "または停止",
    ],
)
def test_a_hope_is_no_repeat(text: str) -> None:
    assert list(find_repeats([text])) == []


@pytest.mark.parametrize("text", ["前回とは別の原因 #120", "メモリの件 #3271 とは別。", "unrelated to #12"])
def test_a_page_says_that_it_is_another(text: str) -> None:
    (found,) = find_repeats([text])
    assert found.apart
    assert found.links or "unrelated" not in text


def test_the_hosts_of_kb_toml_are_nodes() -> None:
    document = Document("esa:1", Source.ESA, Kind.POST, "gitlab が重い", "gitlab と sql7", Markup.MARKDOWN)
    assert "gitlab" in read_traits(document, HostNames(names=("gitlab",))).nodes


@pytest.mark.parametrize(
    "piece", ["`a", "また", "12:00 a: ", "Error ", "web-", "503 ", "🎌" * 9, "\ud800", "--", "対象: a/"]
)
def test_a_long_page_takes_as_long_as_its_text(piece: str) -> None:
    def spend(count: int) -> float:
        start = time.process_time()
        read(piece * count)
        return time.process_time() - start

    spend(200)
    assert spend(8000) < 30 * max(spend(800), 0.01)


def test_each_word_of_the_table_means_its_concept() -> None:
    table = read_words("kb.reading", "lexicon/traits/concepts.toml")
    lost = [
        f"{name}: {word}"
        for name in table.names()
        for word in table.words(name)
        if name not in {str(each) for each in find_concepts(word.replace("_", " "))}
    ]
    assert lost == []


def test_no_word_stands_twice_in_a_list() -> None:
    table = read_words("kb.reading", "lexicon/traits/concepts.toml")
    twice = {name: [word for word, count in Counter(table.words(name)).items() if count > 1] for name in table.names()}
    assert {name: words for name, words in twice.items() if words} == {}
