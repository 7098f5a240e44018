"""What a text has no mark of holds nothing: with the pass over it the same is found as without.

The patterns of the pass are proved one by one with texts made from the patterns they were widened from, and together
by texts mixed from all wordings.
"""

from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from kb.lint.cache import engines
from kb.model.document import Markup
from kb.model.secret import Secret
from kb.secrets.detectors import load_detectors
from kb.secrets.detectors.tables import list_headers
from kb.secrets.page.marks import HyperscanPass, Mark, MarkPattern, Marks, Pass, provide_pass, read_marks
from kb.secrets.page.prefilter import LoweredText, find_signs, list_signs
from kb.secrets.page.text_page import TextPage, narrow_blanks
from kb.secrets.page.widen import TooWide, widen, widen_branches
from kb.secrets.quick_scan import scan_text
from kb.secrets.scoring.clauses import list_governing
from kb.secrets.scoring.labels import find_labels, list_label_patterns, list_label_words
from kb.text.fold import fold, fold_text

WORDINGS = Path(__file__).parent / "wordings"


@pytest.fixture(scope="module")
def scanner() -> Pass:
    """The pass as it is made for a user, in another process; once, since it takes longer than all these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "compile_pass", lambda: pytest.fail("it was compiled here"))
        return engines._make_pass()


@pytest.fixture
def passed(scanner: Pass) -> Iterator[None]:
    provide_pass(lambda make: scanner, loaded_after=-1)
    yield
    provide_pass(None)


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - texts, no keys


def make(parts: Any, rng: random.Random) -> str:
    """A text that a parsed pattern may match: look-around is not heeded."""
    made = ""
    for op, value in parts:
        if op in (ops.LITERAL, ops.NOT_LITERAL):
            made += chr(value) if op is ops.LITERAL else "x"
        elif op is ops.IN:
            made += member(value, rng)
        elif op is ops.ANY:
            made += rng.choice("aあ5 ")
        elif op is ops.BRANCH:
            made += make(rng.choice(value[1]), rng)
        elif op is ops.SUBPATTERN:
            made += make(value[3], rng)
        elif op is ops.ATOMIC_GROUP:
            made += make(value, rng)
        elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            least, most, repeated = value
            made += "".join(make(repeated, rng) for _ in range(rng.randint(least, min(most, least + 3))))
        elif op is ops.ASSERT and value[0] > 0 and rng.random() < 0.9:
            made += make(value[1], rng)
    return made


def member(members: Any, rng: random.Random) -> str:
    if members[0][0] is ops.NEGATE:
        return rng.choice("aZ7あ漢")
    op, value = rng.choice(members)
    if op is ops.LITERAL:
        return chr(value)
    if op is ops.RANGE:
        return chr(rng.randint(*value))
    return {ops.CATEGORY_DIGIT: "7", ops.CATEGORY_SPACE: " ", ops.CATEGORY_WORD: rng.choice("aZ7_あ")}.get(value, "-")


def widths(text: str, rng: random.Random) -> str:
    """The text as people may type it: some of its signs and letters full-width, in any case."""
    chars = [chr(ord(char) + 0xFEE0) if "!" <= char <= "~" and rng.random() < 0.2 else char for char in text]
    return "".join(char.upper() if rng.random() < 0.2 else char for char in chars)


SOURCES = {
    Mark.LABEL: list_label_patterns,
    Mark.CORE: list_label_words,
    Mark.GOVERNOR: list_governing,
    Mark.TABLE: list_headers,
}


@pytest.mark.usefixtures("passed")
@pytest.mark.parametrize("mark", SOURCES, ids=lambda mark: mark.name)
def test_what_a_pattern_matches_is_marked(mark: Mark) -> None:
    rng = chance(mark)
    tried = 0
    for source in SOURCES[mark]():
        pattern, parsed = re.compile(source, re.I), parser.parse(source, re.I)
        for _ in range(400):
            text = widths(
                rng.choice(("", "設定の", "a ", "(")) + make(parsed, rng) + rng.choice(("", "。", ": x", "x")), rng
            )
            if "\n" in text or not pattern.search(fold_text(text)):
                continue
            tried += 1
            lowered = LoweredText(f"{text}\n{'-' * 100}")
            assert lowered.marks is not None
            assert mark in lowered.marks, ascii(text)
    assert tried > 300


AROUND = (("", ""), ("- " * 20, "。"), ("あ" * 10 + "x" * 90 + "：", " " + "a" * 40))
"""What stands before and behind: Hyperscan looks for the parts of a pattern by where they may stand."""


@pytest.mark.usefixtures("passed")
def test_what_a_line_needs_is_marked_by_its_number() -> None:
    rng = chance(5)
    tried = 0
    for detector in load_detectors()[0]:
        needs = detector.needs
        assert needs.label or needs.patterns or needs.text or needs.beside, detector.find
        for mark, sources in enumerate((needs.patterns, needs.worth, needs.amid), detector.mark):
            for source in sources:
                pattern, parsed = re.compile(source, re.I), parser.parse(source, re.I)
                for _ in range(40):
                    before, behind = rng.choice(AROUND)
                    text = before + widths(make(parsed, rng), rng) + behind
                    if "\n" in text or not pattern.search(narrow_blanks(fold(text)).text):
                        continue
                    tried += 1
                    marks = LoweredText(f"{'-' * rng.choice((0, 100))}\n\n{text}\n-").marks
                    assert marks is not None
                    assert 2 in marks.on(mark) or (mark in marks and sources is needs.amid), ascii((text, source))
    assert tried > 4_000


@pytest.mark.usefixtures("passed")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("find_in_command", "openssl enc -d -in a.enc -pass pass:Kumo-71x"),
        ("find_in_command", "netsh wlan set profileparameter name=a keyMaterial=Kumo-71x"),
        ("find_in_headers", "X-Cybozu (kintone): " + "aB3dE5fG7h" * 4),
    ],
)
def test_what_no_text_is_made_for_is_marked(name: str, text: str) -> None:
    marks = LoweredText(f"{'-' * 100}\n{text}").marks
    assert marks is not None
    assert any(1 in marks.on(each.mark) for each in load_detectors()[0] if each.find.__name__ == name)


@pytest.mark.usefixtures("passed")
def test_labels_are_on_the_lines_that_may_hold_one() -> None:
    text = "-" * 100 + "\nエラーコードを見る\nAPIキー\n解錠(玄関)コード\nキーワード\ncompass\nPW\n"
    assert TextPage(text, "", Markup.MARKDOWN, None).labels == {2, 3, 6}
    rng = chance(6)
    for source in list_label_patterns():
        parsed = parser.parse(source, re.I)
        for _ in range(300):
            line = rng.choice(("", "a", "の", "_")) + make(parsed, rng) + rng.choice(("", ":", "a", "_", "（共通）"))
            if "\n" not in line and find_labels(fold_text(line)):
                assert 1 in TextPage(f"{'-' * 100}\n{line}", "", Markup.MARKDOWN, None).labels, ascii(line)


def test_signs_are_the_same_with_marks_and_without(scanner: Pass) -> None:
    rng = chance(7)
    signs = [re.sub(r"\\(.)", r"\1", sign) for sign, _ in list_signs()]
    for _ in range(300):
        lines = ["".join(rng.choice((*signs, " ", "x", "-", ":")) for _ in range(rng.randrange(6))) for _ in range(20)]
        text = "\n".join(lines) + "-" * 100
        provide_pass(lambda make: scanner, loaded_after=-1)
        marked = find_signs(LoweredText(text)), find_signs(LoweredText(text), 3)
        provide_pass(None)
        assert marked == (find_signs(LoweredText(text)), find_signs(LoweredText(text), 3))


def texts() -> Iterator[tuple[str, str, Markup]]:
    """A tenth of the wordings, and lines of all mixed: in code, in tables, below headings, in other widths."""
    pool: list[str] = []
    for path in sorted(WORDINGS.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("# "):
                body = re.sub(r"⟦(?:\w+\|)?(.*?)⟧", r"\1", re.sub(r" ?⏎ ?", "\n", line.removeprefix("!")))
                markup = Markup.TEXTILE if body.startswith("T:") else Markup.MARKDOWN
                if len(pool) % 10 == 0:
                    yield body.removeprefix("T:") + "\n" + "-" * 100, "", markup
                pool += body.split("\n")
    rng = chance(8)
    heads = (
        "# 接続情報",
        "## パスワード",
        "",
        "```",
        "| ID | PW |\n|---|---|",
        "| アカウント | 認証 |\n|-|-|",
        "管理画面:",
    )
    changes = (
        lambda line: line,
        lambda line: f"    {line}",
        lambda line: f"| {line.replace(' ', ' | ')} |",
        lambda line: line.replace(":", "：").replace("(", "（").replace("/", "／"),
        lambda line: widths(line, rng),
        lambda line: line[rng.randrange(len(line) + 1) :],
    )
    for _ in range(250):
        lines = [
            rng.choice(changes)(rng.choice(pool if rng.random() < 0.8 else heads)) for _ in range(rng.randrange(3, 9))
        ]
        yield "\n".join(lines) + "-" * 100, rng.choice(("", "手順", "DB のパスワード", "接続情報")), Markup.MARKDOWN


def test_the_same_is_found_with_marks_and_without(scanner: Pass) -> None:
    different = []
    for number, (text, title, markup) in enumerate(texts()):
        found: list[tuple[Secret, ...]] = []
        for load in (lambda make: scanner, None):
            provide_pass(load, loaded_after=-1)
            found.append(scan_text(text, title, markup, is_value=number % 7 == 0))
        if found[0] != found[1]:
            different.append(number)
    assert different == []


def test_the_pass_is_kept_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_make_pass", make_small)
    for _ in range(2):
        scanner = engines.open_pass(tmp_path)
        assert scanner is not None
        assert scanner.scan("x\nパス".encode()) == [(8, Mark.LABEL)]
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.setenv(engines.GATE_VARIABLE, "re")
    assert engines.open_pass(tmp_path) is None


def make_small(compile_: Any = HyperscanPass.compile) -> HyperscanPass:
    made: HyperscanPass = compile_([MarkPattern(Mark.LABEL, "パス")])
    return made


def test_the_oldest_of_what_is_kept_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_make_pass", make_small)
    for age in range(12):
        old = tmp_path / f"marks-{age}.hs"
        old.touch()
        os.utime(old, (age, age))
    (tmp_path / "gate-0.hs").touch()
    engines.open_pass(tmp_path)
    left = sorted(each.name for each in tmp_path.iterdir() if len(each.stem) < 10)
    assert left == ["gate-0.hs", "marks-10.hs", "marks-11.hs", *(f"marks-{age}.hs" for age in range(5, 10))]


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere"])
def test_the_pass_is_compiled_apart_or_else_here(program: str, scanner: Pass, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled_here: list[object] = []
    monkeypatch.setattr(engines, "compile_pass", lambda: compiled_here.append(1) or make_small())
    monkeypatch.setattr(sys, "executable", program)
    for made in (scanner, engines._make_pass()):
        assert Mark.LABEL in {mark for _, mark in made.scan("\nパスワード\n".encode())}
    assert compiled_here == [1]


def test_nothing_is_marked_of_a_text_too_long(scanner: Pass) -> None:
    provide_pass(lambda make: scanner, loaded_after=-1)
    try:
        sizes = [LoweredText(text).marks is None for text in ("x" * 5_000, "x\n" * 60_000, "x\n" * 1_000)]
    finally:
        provide_pass(None)
    assert sizes == [True, True, False]


@pytest.mark.usefixtures("passed")
def test_a_mark_at_either_end_of_a_text_is_on_its_line() -> None:
    marks = read_marks("pw", folded=True)
    assert isinstance(marks, Marks)
    assert (marks.signs.keys(), marks.on(Mark.LABEL)) == ({0}, {0})


@pytest.mark.parametrize(
    ("pattern", "wide", "narrow"),
    [
        (r"(?<![a-z])pw(?![a-z])", "\npw:", "http-pwd"),
        (r"a(?:b|)c", "ac", "adc"),
        (r"x(?=:)\s{0,9}y", "x\u3000y", "xz"),
        (r"[^a]b\1?", "cb", "\nb"),
        (r"(?<=の)パス", "のパス", "の ス"),
        (r"p:", "p：", "p;"),
        (r"q{16}", "q" * 8, "q" * 7),
        (r"a[^\s:A]b", "aAb", "a:b"),
        (r"\w* ?pw[a-z]*", "-pw", "p w"),
        (r"(?<![\w-])pw", " pw", "-pw"),
        (r"x[ \t]{1,2}y", "x      y", "xy"),
    ],
)
def test_a_wide_pattern_matches_more(pattern: str, wide: str, narrow: str) -> None:
    found = re.compile(widen(pattern.replace(r"\1?", ""), re.I))
    assert found.search(wide)
    assert not found.search(narrow)


def test_a_pattern_that_may_match_nothing_is_refused() -> None:
    with pytest.raises(TooWide):
        widen("a*(?!b)")
    assert list(widen_branches("a|bc")) == ["[a]", "[b][c]"]
