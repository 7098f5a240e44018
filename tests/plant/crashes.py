"""Crashes to inject: each raises with the words of what was being read, wherever kb was just then."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import pytest

from kb.lint.formats import ci, html, json, markdown, sarif, text
from kb.mirror.store import Mirror
from kb.mirror.writer import MirrorWriter
from kb.reading import facts
from kb.secrets import find
from kb.sources.esa import protocol
from kb.sources.redmine import protocol as redmine_protocol

RULE = '''"""落ちます / Crashes"""
import faulthandler, os
from pathlib import Path
from kb.text.lang import t
from kb.rules.registry import Hit, Rule
from kb.model.facts import Confidence; from kb.model.finding import Severity; from kb.text.lines import Span

def fail(words):
    with open(os.environ["KB_PLANT_FIRED"], "a") as file:
        file.write(f"{{os.getpid()}}\\n")
    words = f"{{words}} {{Path(os.environ['KB_PLANT_WORDS']).read_text('utf-8')}}"
    error = {kind}(words)
    error.add_note(words)
    if {loud}:
        faulthandler.dump_traceback()
    try:
        raise KeyError(words)
    except KeyError as cause:
        raise error from cause

def check(page):
    yield Hit(t("旧い語です。", "An old word."), Span(1, 1, 1, 2), Confidence.HIGH)
    fail(page.document.body)

def join(entry, world):
    fail(entry.title)
    yield

rule = Rule("ACME001", __name__, Severity.WARNING, {shape}=fails)
'''
"""A team's rule that crashes, in whatever process it runs."""


@dataclass(slots=True)
class Boom:
    """Raises with words; counts how often it did."""

    words: str
    kind: Callable[[str], BaseException] = ValueError
    fired: int = 0
    undo: list[Callable[[], None]] = field(default_factory=list)

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        self.fired += 1
        error = self.kind(self.words)
        error.add_note(self.words)
        try:
            raise KeyError(self.words)
        except KeyError as cause:
            raise error from cause

    def middle(self, original: Callable[..., Iterator[Any]], after: int = 2) -> Callable[..., Iterator[Any]]:
        """A generator that gives a little of what the original gives, and then raises."""

        def generate(*arguments: Any, **named: Any) -> Iterator[Any]:
            yield from islice(original(*arguments, **named), after)
            self()

        return generate


def reader(patch: pytest.MonkeyPatch, boom: Boom) -> None:
    patch.setattr(facts, "read_facts", boom)


def detector(patch: pytest.MonkeyPatch, boom: Boom) -> None:
    patch.setattr(find, "find_secrets_on_page", boom)


def store(patch: pytest.MonkeyPatch, boom: Boom) -> None:
    """Reading stops in the middle, whichever way it is read."""
    for name in ("documents", "page", "family", "versions"):
        patch.setattr(Mirror, name, boom.middle(getattr(Mirror, name)))


def damaged(patch: pytest.MonkeyPatch, boom: Boom) -> None:
    """What Python says of a text that is no UTF-8, as SQLite's errors come."""
    boom.kind = sqlite3.OperationalError
    store(patch, boom)


def writing(patch: pytest.MonkeyPatch, boom: Boom) -> None:
    patch.setattr(MirrorWriter, "put", boom)


def formats(patch: pytest.MonkeyPatch, boom: Boom) -> None:
    for each in (
        ci.GitHubWriter,
        html.HtmlWriter,
        json.JsonWriter,
        json.JsonlWriter,
        ci.JUnitWriter,
        markdown.MarkdownWriter,
        sarif.SarifWriter,
        text.TextWriter,
    ):
        patch.setattr(each, "add", boom)


def sources(patch: pytest.MonkeyPatch, boom: Boom) -> None:
    for module, name in (
        (protocol, "check_post"),
        (redmine_protocol, "check_issue"),
        (redmine_protocol, "check_wiki"),
    ):
        patch.setattr(module, name, boom)


CRASHES: dict[str, Callable[[pytest.MonkeyPatch, Boom], None]] = {
    "reader": reader,
    "detector": detector,
    "store": store,
    "damaged": damaged,
    "writing": writing,
    "formats": formats,
    "sources": sources,
}


def add_rule(root: Path, *, shape: str = "check", kind: str = "ValueError", loud: bool = False) -> None:
    """Let a team's rule crash in a workspace."""
    (root / "kb_rules").mkdir(exist_ok=True)
    source = RULE.format(shape=shape, kind=kind, loud=loud).replace(f"{shape}=fails", f"{shape}={shape}")
    (root / "kb_rules" / "crash.py").write_text(source, encoding="utf-8")
    toml = root / "kb.toml"
    words = toml.read_text("utf-8")
    if "kb_rules" not in words:
        toml.write_text(f"{words}\n[lint]\nkb_rules = true\n", encoding="utf-8")
