"""What is pasted below the words of a section is none of its claims."""

from __future__ import annotations

import pytest

from kb.markup import blocks, parse
from kb.markup.outline import read_units
from kb.model.document import Markup
from kb.reading.claims.read_claims import read_claims
from kb.reading.sections.find_sections import find_sections

PASTED = [
    pytest.param("9:02 辻: 見ています\n9:03 浜田: 再起動お願いします\n9:04 辻: 押しました", id="a chat"),
    pytest.param("以 上\n添付: 別紙 2", id="the end of a letter"),
    pytest.param("```\n2025-02-03 04:05:06 INFO ready\n```", id="a log"),
]
OWN = [
    pytest.param(
        "9:02 監視: 警報\n9:03 監視: 再起動を依頼", ["9:02 監視: 警報", "9:03 監視: 再起動を依頼"], id="a log by one"
    ),
    pytest.param("→ 高梨さん記入お願いします", ["→ 高梨さん記入お願いします"], id="an arrow is no sub-heading"),
]


def told(body: str) -> list[str]:
    """The claims of the section on prevention."""
    text = f"## 原因\n\n停止\n\n## 再発防止\n\n{body}\n".encode()
    found = find_sections(read_units(text, blocks.unpack_structure(parse.parse_structure(text, Markup.MARKDOWN))))
    return [
        claim.text
        for section in found
        if section.head and section.head.label == "再発防止"
        for claim in read_claims(section)
    ]


@pytest.mark.parametrize("pasted", PASTED)
def test_pasted_lines_are_no_claims(pasted: str) -> None:
    assert told(f"後日記入\n\n{pasted}") == ["後日記入"]


@pytest.mark.parametrize(("body", "said"), OWN)
def test_what_a_section_says_itself_stays(body: str, said: list[str]) -> None:
    assert told(body) == said
