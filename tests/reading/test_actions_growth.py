"""What reading actions costs grows with the length of a section, whatever the section is made of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pace import growth

from kb.markup.outline import read_units
from kb.markup.parse import iter_blocks
from kb.model.document import Markup
from kb.model.facts import Role
from kb.reading.claims.attributes import peel, read_attribute_line
from kb.reading.claims.items import read_items
from kb.reading.claims.read_claims import read_claims
from kb.reading.phrases.day_phrases import find_day_phrases
from kb.reading.sections.section import Section
from kb.text.lines import LineIndex, encode

DOUBLED = 2.6  # beside other work; what looks at each pair costs four times


def read(text: str) -> Callable[[], object]:
    body = encode(text)
    units = read_units(body, iter_blocks(body, Markup.MARKDOWN, None))

    def work() -> None:
        peel.cache_clear()
        read_attribute_line.cache_clear()
        found = Section((Role.PREVENTION,), None, None, 0, len(body), units=list(units))
        read_items(Role.PREVENTION, read_claims(found), LineIndex(body), None)

    return work


@pytest.mark.parametrize(
    "piece",
    [
        "- 検査を足す（大野、5/16）\n",
        "- 検査を足す\n  - 担当: 大野\n",
        "  - 担当: 大野\n",
        "検査を足す。そこで、欄を増やす。",
        "検査を足す、\n",
        "- [ ] 検査\n  - [ ] 欄を足す\n",
        "検査を足す\n→ 済\n",
        "参考: 前の回の資料\n",
        "|対策|担当|\n|-|-|\n|検査を足す|大野|\n",
        "検査を足す｜大野｜5/16｜済\n",
        "検査を足す（大野）／",
        "- ~~検査を足す（大野）~~ 済\n",
        "検査\n: 足す。担当は大野\n\n",
        "- 検査を足す：大野\n- 欄を足す：購買\n",
        "大野さん\n- 検査を足す\n",
    ],
)
def test_reading_actions_of_a_long_section(piece: str) -> None:
    assert growth(lambda size: read(piece * (size // len(piece))), 4_000, 2, below=DOUBLED) < DOUBLED


@pytest.mark.parametrize(
    "piece",
    [
        *"(第で は、@",
        "（大野、",
        "担当: ",
        "→ ",
        "5/16〜",
        "大野 5/16 ",
        "1月",
        "20",
        "さんと",
        "#1 ",
        "https://a/",
        "期限 ",
        "製造課の大野が",
        "5/16 大野：",
        "までに大野が",
        "/大野/5月16日",
        "第1営業日",
    ],
)
def test_no_line_makes_a_pattern_wander(piece: str) -> None:
    def look(size: int) -> Callable[[], object]:
        text = f"{piece * (size // len(piece))}を足す"

        def work() -> None:
            peel.cache_clear()
            read_attribute_line.cache_clear()
            peel(text)
            read_attribute_line(text)
            find_day_phrases(text, None)

        return work

    assert growth(look, 20_000, 2, below=DOUBLED) < DOUBLED
