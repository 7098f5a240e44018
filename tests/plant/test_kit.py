"""The search can fail: a command that gives values away is caught, whatever way it gives them."""

from __future__ import annotations

import base64
import html
import json
import logging
import os
import sys
import urllib.parse
import warnings
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import pytest
from plant import kit, places
from plant.manner import front
from plant.values import MARK, Search, Value, values

from kb.commands import registry
from kb.text.lang import t

WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in upper case": str.upper,
    "wide": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "as JSON": json.dumps,
    "in a URL": lambda text: urllib.parse.quote(text, safe=""),
    "as a query": urllib.parse.quote_plus,
    "as HTML": html.escape,
    "as Python": repr,
    "as bytes": lambda text: repr(text.encode()),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "within words": lambda text: f"x{text}y",
}


@pytest.fixture(scope="module")
def search() -> Search:
    return Search(values(), ((each.label, front(each), each.core) for each in values() if each.plain))


@pytest.mark.parametrize("way", WAYS)
def test_values_are_found_however_they_are_written(way: str, search: Search) -> None:
    missed = [each.label for each in values() for told in each.told_by if not search(WAYS[way](told), way)]
    assert missed == []


def test_a_plain_word_is_found_behind_what_it_was_planted_behind(search: Search) -> None:
    plain = [each for each in values() if each.plain]
    assert plain
    for each in plain:
        assert search(f"in-title {front(each)}{each.core}", "") != []
        assert search(f"{front(each)}{each.core}s", "") == []
        assert search(f"2026-11-25 {each.core}", "") == []


def test_a_hit_names_the_place_and_never_the_value(search: Search) -> None:
    for each in values():
        for hit in search(f"in-comment {front(each)}{each.core}", "stdout"):
            assert (hit.where, hit.planted) == ("stdout", "in-comment")
            assert each.core not in repr(hit) + str(hit) + repr(each) or each.core.isdigit()


def test_each_place_gets_every_value_that_can_stand_there() -> None:
    decks = places.Decks(values())
    dealt = {decks.one("somewhere") for _ in values()}
    assert len(dealt) == len([each for each in values() if "\n" not in each.text])
    assert all(MARK.match(text) for text in dealt)


def leak(way: str, value: Value) -> None:
    """Give a value away."""
    text = f"{front(value)}{value.core}"
    if way == "stdout":
        print(text)
    elif way == "stderr":
        print(text, file=sys.stderr)
    elif way == "log":
        logging.getLogger("httpx").debug("got %s", text)
    elif way == "exception in the log":
        try:
            raise ValueError(text)
        except ValueError:
            logging.getLogger("kb").exception("failed")
    elif way == "warning":
        warnings.warn(text, stacklevel=1)
    elif way == "descriptor":
        os.write(2, text.encode())
    elif way == "file":
        Path(".kb/cache").mkdir(parents=True, exist_ok=True)
        Path(".kb/cache/left").write_text(text, encoding="utf-8")
    elif way == "name of a file":
        Path(normalize("NFKC", text).replace("/", "_")[:60]).touch()
    elif way == "home":
        Path(os.environ["XDG_CACHE_HOME"], "left").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "way",
    ["stdout", "stderr", "log", "exception in the log", "warning", "descriptor", "file", "name of a file", "home"],
)
def test_a_command_that_gives_a_value_away_is_caught(
    way: str, home: Path, tmp_path: Path, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = next(each for each in values() if each.kind == "password" and not each.plain)
    found = registry.Command("leak", t("漏らす", "leak"), "kb leak", False, (), lambda: leak(way, value))
    monkeypatch.setitem(registry.REGISTERED, "leak", found)
    bench = kit.Bench(tmp_path, search, home)
    bench.kb("leak")
    bench.look_at_files("after it")
    (home / "xdg_cache_home" / "left").unlink(missing_ok=True)
    assert [hit.label for hit in bench.taken()] == [value.label]
