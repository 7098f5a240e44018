"""Patterns are compiled when a process first uses them, and all of them can be."""

import gc
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kb
import linters
from kb.text.lazy_pattern import LazyPattern, compile_lazy, decode_pattern, encode_pattern
from kb.text.patterns import PLAIN_FOR, compile_words

ROOT = Path(__file__).parents[2]

COUNTED = """
import re._compiler as compiler, sys
make, made = compiler._code, []
compiler._code = lambda *given: made.append(given) or make(*given)
from kb.cli.app import run
run(sys.argv[1:])
print(len(made))
"""

PAGE = """**概要**
5/19、講座の絵が全部ない。

**影響**
3 拠点。

**原因**
規則の書き直しで接頭辞が空になり、全部が 7 日で消えた。2 回目。

**対応**
控えから戻した。

**今後の対応**

- 復元の試験を毎月行う（倉持、7月末）
- 設定の取得を並列にする（矢作）
"""


def test_a_pattern_not_compiled_yet_does_what_a_compiled_one_does() -> None:
    now, later = re.compile("(?P<digit>[0-9])|a", re.I), compile_lazy("(?P<digit>[0-9])|a", re.I)
    search = later.search
    assert isinstance(later, re.Pattern)
    assert later.pattern == now.pattern
    assert vars(later)["_compiled"] is None
    for _ in range(2):  # not compiled at first
        assert [search("xA1", at).span() for at in (0, 2)] == [(1, 2), (2, 3)]  # type: ignore[union-attr]
        assert later.search(string="xA1", pos=0).span() == now.search("xA1").span()  # type: ignore[union-attr, call-overload]
        assert later.findall("1a2") == now.findall("1a2")
        assert later.split("x1y") == now.split("x1y")
        assert later.subn("", "1a") == now.subn("", "1a")
        assert (later.groups, later.flags, later.groupindex) == (now.groups, now.flags, now.groupindex)
    assert re.sub(compile_lazy("[a-z]"), "-", "xA1") == "-A1"
    with pytest.raises(AttributeError):
        later.nothing  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(re.error):
        compile_lazy("(").search("")


def test_short_texts_are_searched_with_the_plain_pattern() -> None:
    words = "原因|\\bwhy\\b"
    pattern = compile_words(words, re.I)
    text = "why の原因" * 20
    expected = [each.span() for each in re.finditer(words, text, re.I)]
    for _ in range(PLAIN_FOR // len(text)):
        assert [each.span() for each in pattern.finditer(text)] == expected
        assert vars(pattern)["_compiled"] is None
    assert [each.span() for each in pattern.finditer(text)] == expected
    assert vars(pattern)["_compiled"].pattern == "(?=(?-i:[原wW]))(?:原因|\\bwhy\\b)"
    assert pattern.sub("x", text) == re.sub(words, "x", text, flags=re.I)


def test_every_pattern_of_the_house_compiles() -> None:
    for package in (kb, linters):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)
    gc.collect()  # the tests above compile patterns that are wrong on purpose
    patterns = [each for each in gc.get_objects() if type(each) is LazyPattern]
    assert len(patterns) > 1_000
    for each in patterns:
        pattern, flags = each._asked
        for written in {pattern, each.pattern}:
            assert decode_pattern(encode_pattern(written, flags)) == re.compile(written, flags)


def test_no_module_compiles_its_patterns_at_once() -> None:
    told = [
        f"{path.relative_to(ROOT)}:{number}"
        for room in ("kb", "linters")
        for path in sorted((ROOT / room).rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.match(r"[^\s#].*\bre\.compile\(", line)
    ]
    assert told == []


def compilations(folder: Path, env: dict[str, str]) -> int:
    """How many patterns a lint of a folder compiles."""
    command = [sys.executable, "-c", COUNTED, "lint", "."]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=env, check=True)
    assert ("INC101" in done.stdout) is any(folder.iterdir())
    return int(done.stdout.splitlines()[-1])


def test_a_run_compiles_the_patterns_it_uses_and_the_next_one_hardly_any(tmp_path: Path) -> None:
    pages, empty = tmp_path / "pages", tmp_path / "empty"
    pages.mkdir()
    empty.mkdir()
    (pages / "page.md").write_text(PAGE, "utf-8")
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert compilations(empty, env) <= 50
    assert 100 < compilations(pages, env) <= 390
    assert compilations(pages, env) <= 90
    (kept,) = (tmp_path / "cache" / "kb").glob("patterns-*.bin")
    kept.write_bytes(kept.read_bytes()[:-3])
    assert compilations(pages, env) > 100
