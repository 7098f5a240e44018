"""Known values in texts that only hold them: where they are found, and what is no value."""

from __future__ import annotations

import html
import json
import pickle
import random
import string
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from pace import TRIES, cpu_s

from kb.lint.cache.known_values import strong_values
from kb.model.document import Document, Kind, Markup, Source
from kb.secrets.find import find_secrets_in
from kb.secrets.mask_document import mask_document, mask_name, mask_text
from kb.secrets.masking import registry
from kb.secrets.masking.known import NO_KNOWN_VALUES, KnownHashes, derive_key, undo_escapes, unescape_value
from kb.secrets.masking.mask import cut_span, make_id_of_value
from kb.secrets.scoring.entropy import is_strong

PLAIN = "Kv7tRq2mZx"
MARKED = 'Wf8&pT%q"3L<z'
KEY = derive_key(b"k" * 32)


@pytest.fixture
def known() -> Iterator[KnownHashes]:
    known = KnownHashes(KEY).with_values([PLAIN, MARKED])
    registry.use_known(known)
    yield known
    registry.forget_known()


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "値は{}です",
        "「{}」",
        "“{}”、",
        "x={}&y=1",
        "a:{},b",
        "root:{}@db/main",
        "path/{}/x",
        "#{}",
        "({})",
        "[{}](https://example.jp)",
        "mysql -p{}",
        "x{}y",
        "00{}00",
        "{}.txt",
        "{}。",
        "> {}",
        "`{}`",
    ],
)
@pytest.mark.parametrize("value", [PLAIN, MARKED])
def test_a_value_is_found_whatever_stands_around_it(known: KnownHashes, around: str, value: str) -> None:
    text = f"前の行\n{around.format(value)}\n次の行"
    at = text.index(value)
    assert known.ranges(text) == [(at, at + len(value))]
    assert value not in mask_text(text)


@pytest.mark.parametrize(
    "write",
    [
        html.escape,
        lambda value: html.escape(value, quote=False),
        lambda value: "".join(f"&#{ord(each)};" for each in value),
        lambda value: quote(value, safe=""),
        lambda value: quote(quote(value, safe=""), safe=""),
        lambda value: html.escape(html.escape(value)),
        lambda value: html.escape(json.dumps(value)),
        lambda value: json.dumps(value)[1:-1],
        lambda value: "".join(f"\\u{ord(each):04x}" for each in value),
        lambda value: "".join(f"%{ord(each):02x}" for each in value),
        lambda value: "".join(chr(ord(each) + 0xFEE0) for each in value),
    ],
)
def test_a_value_is_found_as_it_is_escaped(known: KnownHashes, write: Callable[[str], str]) -> None:
    written = write(MARKED)
    text = f"前 {written} 後"
    (found,) = known.ranges(text)
    assert text[slice(*found)].strip('"') in (written, written.removeprefix("&quot;").removesuffix("&quot;"))
    assert mask_text(text).count("前 ") == mask_text(text).count(" 後") == 1


def test_several_values_on_a_line_are_masked_each(known: KnownHashes) -> None:
    assert mask_text(f"{PLAIN} と {PLAIN},{MARKED}") == "******** と ********,********"


def test_a_document_shows_no_value_in_any_of_its_texts(known: KnownHashes) -> None:
    document = Document(
        doc=f"files:notes/{PLAIN}/a.md",
        source=Source.FILES,
        kind=Kind.FILE,
        title=f"{PLAIN} の手順",
        markup=Markup.MARKDOWN,
        body=f"{PLAIN}\n",
        category=f"運用/{PLAIN}",
        tags=(PLAIN,),
        author=PLAIN,
        human_by=PLAIN,
        url=f"https://example.jp/{PLAIN}?q={quote(MARKED)}",
        meta={"status": PLAIN},
    )
    seen = repr(mask_document(document))
    assert PLAIN not in seen
    assert quote(MARKED) not in seen


def test_the_name_of_a_file_is_masked_across_its_slashes(known: KnownHashes) -> None:
    registry.use_known(known.with_values(["Ab3/xY9/zQ1"]))
    assert mask_name("notes/Ab3/xY9/zQ1/a.md") == "notes/********/a.md"


def test_names_and_hosts_of_the_team_are_never_masked() -> None:
    known = KnownHashes(KEY, names=frozenset({"suzuki.taro01"}), host="[a-z]+-prd-[0-9]+x").with_values(
        ["Suzuki.Taro01", "tokyo-prd-01x", PLAIN]
    )
    assert known.ranges("Suzuki.Taro01 が tokyo-prd-01x を見た") == []
    assert known.holds(PLAIN)


@pytest.mark.parametrize(
    "value",
    [PLAIN, MARKED, "sakura77", "Fumi-Maguro2", "AbCdEfGh", "0f1e2d3c4b5a69788796", "bWFuYWdlcjpNbmctMDYxMg==",
     "dXNlcjpwYXNzd29yZDE="],
)  # fmt: skip
def test_what_people_and_machines_make_up_is_looked_for(value: str) -> None:
    assert is_strong(value)


@pytest.mark.parametrize(
    "value",
    ["Kv7tRq2", "password", "postgres", "Password1", "postgres14", "password-2024", "maintenance", "Kaiseki",
     "20261128", "2026-11-28", "03-1234-5678", "192.168.10.20", "web-prd-03", "db01.example.com", "sato@web01",
     "nginx-1.24.0", "/etc/passwd1", "https://example.jp/1", "DB_PASSWORD", "${DB_PASS1}", "********", "ひみつの123ab",
     "host=db01x", "DB_PASSWORD="],
)  # fmt: skip
def test_words_numbers_and_names_of_machines_are_not_looked_for(value: str) -> None:
    assert not is_strong(value)


def test_an_escape_that_ends_in_the_middle_stands_for_itself() -> None:
    assert [text for text, _ in undo_escapes("a%4 &amp b\\")] == []
    assert [text for text, _ in undo_escapes("a%41&lt;\\u0042")] == ["aA<B"]
    assert [text for text, _ in undo_escapes("%E3%81%82%FFx")] != []


def test_known_values_travel_to_workers_and_show_nothing(known: KnownHashes) -> None:
    again = pickle.loads(pickle.dumps(known))  # noqa: S301 - our own
    assert again == known
    assert again.holds(MARKED)
    assert PLAIN.encode() not in pickle.dumps(known)
    assert KEY.hex() not in repr(known)


def _page(seed: int) -> str:
    """A page as teams write them: prose, addresses, hosts, hashes, times, and where passwords are kept."""
    rest = random.Random(seed)  # noqa: S311 - pages, no keys
    lines = []
    for number in range(30):
        lines += [
            f"- 10:{number:02} 監視が鳴った。web-prd-{rest.randrange(90):02} の再起動で戻った（担当: 佐藤、来週まで）",
            f"手順 https://docs.example.jp/posts/{rest.randrange(99_999)}#{rest.choice('abc')}{number} を参照。",
            f"2026-11-{number + 1:02}T10:00:00+09:00 commit {rest.getrandbits(60):015x} を戻した。影響はありません。",
            f"DB のパスワードは 1Password の「app-{number}」を参照。管理者 / 別途共有（password は変更済み）",
            "原因は接続プールの枯渇で、恒久対応は上限の見直しと監視の追加です。次の定例で確認します。",
        ]
    return "\n".join(lines)


def _values(many: int) -> list[str]:
    rest = random.Random(7)  # noqa: S311 - the same each time
    letters = string.ascii_letters + string.digits
    return ["".join(rest.choices(letters, k=rest.choice((8, 10, 12, 12, 16, 20, 32, 40)))) for _ in range(many)]


@pytest.mark.parametrize("many", [10, 300])
def test_masking_with_known_values_costs_little_more_than_without(many: int) -> None:
    pages = [_page(seed) for seed in range(40)]
    prepared = KnownHashes(KEY).with_values(_values(many))

    def work(known: KnownHashes) -> float:
        registry.use_known(known)
        try:
            return cpu_s(lambda: [mask_text(page) for page in pages])
        finally:
            registry.forget_known()

    without = with_them = float("inf")
    for _ in range(TRIES):
        without = min(without, work(NO_KNOWN_VALUES))
        fresh = KnownHashes(prepared.key, prepared.values, prepared.lengths)  # it has seen none of these pages
        with_them = min(with_them, work(fresh))
        if with_them < 2 * without:
            break
    assert with_them < 2 * without


TYPED = "Kb#9x!" + "Tsuki77"
ESCAPED = (
    TYPED.replace("#", "%23").replace("!", "%21"),
    TYPED.replace("#", "&#35;"),
    TYPED.replace("#", "&#x23;").replace("!", "&excl;"),
    TYPED.replace("#", "&#35;").replace("!", "%21"),
)


SIGNED = (
    "%5Ew9GY+A" + "Yucvx%40",
    "nora%3D" + "4928",
    "wane=" + "6849",
    "s-44wnu" + "5B_%40",
    "cG7%2FvA" + "%2F9nN",
    "%24kemu" + "344!",
)
"""A password that begins with a sign, or looks like a figure, a name at a host, a path or a variable elsewhere."""


@pytest.mark.parametrize("written", [TYPED, *ESCAPED[:1], "Kura@" + "momiji90", "Kura%40" + "momiji90", *SIGNED])
def test_what_an_address_tells_is_masked_as_it_is_typed_elsewhere(written: str) -> None:
    page = f"手順: https://deploy:{written}@ftp-03.example.co.jp/path を使う"
    typed = unescape_value(written)
    found = [(page, each) for each in find_secrets_in(page)]
    known = KnownHashes(KEY).with_values(strong_values(found))
    for line in (f"- deploy:{typed} で入る", f"接続 deploy: {typed}", f"deploy：{typed}", f"`deploy:{typed}`。"):
        shown = known.replaced(line, lambda value: "*" * len(value))
        assert typed[:-1] not in shown


@pytest.mark.parametrize("written", ESCAPED)
def test_an_escaped_copy_is_a_place_of_the_same_value(written: str) -> None:
    text = f"パスワード: {TYPED}\n[入る](https://ftp.example.jp/?next={written})\n"
    found = find_secrets_in(text)
    values = [cut_span(text, each.span) for each in found]
    assert [each == TYPED for each in values] == [True, False]
    assert len({make_id_of_value(value, b"k" * 32) for value in values}) == 1
    assert unescape_value(values[1]) == TYPED
    assert unescape_value("100%") == "100%"


PHRASE = "さくらもち" + "2026#夜道カフェ"


@pytest.mark.parametrize(
    "write",
    [
        str,
        lambda value: quote(value, safe=""),
        lambda value: value.replace("#", "%23"),
        lambda value: value.replace("#", "&#35;"),
        lambda value: "".join(f"&#{ord(each)};" for each in value),
        lambda value: value.replace("2026#", "２０２６＃"),
        lambda value: value.replace("カフェ", "ｶﾌｪ"),
        lambda value: json.dumps(value)[1:-1],
    ],
)
def test_a_passphrase_in_japanese_is_found_as_it_is_written(write: Callable[[str], str]) -> None:
    told = f"パスワード: {PHRASE}\n"
    known = KnownHashes(KEY).with_values(strong_values((told, each) for each in find_secrets_in(told)))
    known = pickle.loads(pickle.dumps(known))  # noqa: S301 - our own
    written = write(PHRASE)
    text = f"昨日のパスワードは{written}でしたが、夜道は2026年に閉じた。\n"
    at = text.index(written)
    assert known.places(text) == known.ranges(text) == [(at, at + len(written))]
    registry.use_known(known)
    try:
        assert "夜道" not in mask_text(text[:30])
        assert make_id_of_value(written, b"k" * 32) == make_id_of_value(PHRASE, b"k" * 32)
    finally:
        registry.forget_known()
