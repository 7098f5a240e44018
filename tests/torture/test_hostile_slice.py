"""A slice of bench/hostile.py: pages of every family, and the worst there were."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pace import peers
from torture_kit import gate_pages
from torture_kit.hostile_pages import MIDDLE, SMALL, Hostile, families, in_turn, page, set_in
from torture_kit.hostile_texts import generated
from torture_kit.trial import LIMIT_S, Court

from kb.model.document import Markup
from kb.rules.gate import Gate
from kb.text.lines import Span

ROOT = Path(__file__).parents[2]

# What once crashed kb, took minutes, or placed a finding outside of the page.
WORST = (
    ("sign '#'", "in HTML", MIDDLE),
    ("sign '→'", "alone", MIDDLE),
    ("sign '>'", "in a quote", 5_000_000),
    ("word 'root cause '", "in a quote", 5_000_000),
    ("word 'IV. '", "in cells", MIDDLE),
    ("line 'a\\tb\\n'", "in decorated heads", MIDDLE),
    ("line '** a\\n'", "in HTML", 1_000_000),
    ("line '- a\\n  - b\\n'", "behind labels", MIDDLE),
    ("incidents", "behind labels", MIDDLE),
    ("comments left open", "in measures", MIDDLE),
    ("Textile fences", "in Textile", MIDDLE),
    ("Textile parentheses", "in Textile", MIDDLE),
    ("address with closers", "in a comment", MIDDLE),
    ("wide head, short rows", "in HTML", MIDDLE),
    ("all of the plane", "in measures", MIDDLE),
    ("line feeds, then words", "in a title", SMALL),
)


PEERS = 80
"""What a page may take beside a peer (tests/pace.py): some four seconds on a machine that does nothing else, for one
that takes two there."""


def pages() -> Iterator[Hostile]:
    made = families()
    yield from in_turn(SMALL)
    yield from (set_in(family, made[family], setting, size) for family, setting, size in WORST)
    yield from generated(7, 100)
    yield Hostile("rows of brackets", "in Textile", page("h2. a\n\nh2" + "()" * 40 + "x", markup=Markup.TEXTILE))


def test_hostile_pages_are_judged_and_every_place_lies_in_them() -> None:
    court, faults, slow = Court(limit_s=math.inf), [], []
    for number, each in enumerate(pages()):
        judge = partial(court.try_page, each.document, "on their own" if number % 10 == 0 else "every page")
        verdict = judge()
        faults += [f"{each.name}: {fault}" for fault in verdict.faults]
        slow += [each.name] if verdict.seconds > LIMIT_S and peers(judge, below=PEERS) >= PEERS else []
    court.end()
    assert faults == []
    assert slow == []


def test_both_engines_of_the_gate_agree_whatever_folds() -> None:
    compared, differ = gate_pages.differences(sample=40)
    assert compared > 800
    assert differ == []


@pytest.mark.parametrize("sign", ["#", "＃", "﹟"])
@pytest.mark.parametrize("word", ["path", "category", "Path", "ｐａｔｈ"])
def test_a_link_to_a_place_is_let_in_whatever_its_sign(sign: str, word: str) -> None:
    for engine in (gate_pages.FAST, gate_pages.SLOW):
        assert "link" in Gate(gate_pages.GROUPS, engine).opened(f"https://docs.esa.io/{sign}{word}=/a".encode())


def test_every_character_that_folds_is_tried() -> None:
    tried = {char for text, _ in gate_pages.texts() for char in text}
    assert set(gate_pages.foldable()) <= tried


def test_the_court_sees_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linters.titles.title_span", lambda title: Span(9, 9, 9, 9))
    body = "## 原因\n停止\n## 対応\n直した\n## 再発防止\n監視を追加した（済）\n"
    court = Court()
    verdict = court.try_page(page(body, title="[完了] 検索が停止した"))
    court.end()
    assert any("at Span" in fault for fault in verdict.faults)


@pytest.mark.long
def test_the_whole_of_it_can_be_run_small() -> None:
    command = [sys.executable, ROOT / "bench" / "hostile.py", "--pages", "40", "--limit-s", "inf", "--out", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert result["pages"] == 40
    assert result["faults"] == []
