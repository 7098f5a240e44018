"""Every layout, with contents that call for every verdict: the structure must not change a judgement."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from together import together

from kb.model.document import Document, Kind, Source
from kb.model.facts import Role, Verdict
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts


def _load() -> object:
    path = Path(__file__).with_name("layouts.py")
    spec = importlib.util.spec_from_file_location("reading_layouts", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["reading_layouts"] = module
    spec.loader.exec_module(module)
    return module


layouts = _load()
Told = layouts.Told  # type: ignore[attr-defined]

BARE = Told(
    "10/2 21:40 から会員サイトにログインできなかった",
    ("認証サーバが応答しなくなっていた",),
    ("認証サーバを立ち上げ直した",),
    ("チームで相談して決める",),
)
GOOD = Told(
    "10/2 21:40 から会員サイトにログインできなかった",
    ("認証サーバが応答しなくなっていた。", "夜間のバックアップと再索引が同じ時刻に走り、接続を使い切ったため。"),
    ("再索引の時刻を 4 時に変更した",),
    ("接続数が 8 割を超えたら通知する（宮本、11/1 まで）", "バックアップ専用の接続を分ける（岸、11/8 まで）"),
)
CASES = [(name, which) for name in layouts.LAYOUTS for which in ("bare", "good")]  # type: ignore[attr-defined]


@together(("name", "which"), CASES)
def test_a_layout_does_not_change_the_judgement(name: str, which: str) -> None:
    made, markup = layouts.LAYOUTS[name]  # type: ignore[attr-defined]
    body = made(BARE if which == "bare" else GOOD)
    document = Document("x", Source.ESA, Kind.POST, "会員サイトにログインできない", body, markup)
    facts = read_facts(document, PagePolicy(incident=("**",)))
    found = {fact.role: fact.verdict for fact in facts.roles}
    wanted = (Verdict.SHALLOW, Verdict.RESTART, Verdict.PLACEHOLDER) if which == "bare" else (Verdict.CONCRETE,) * 3
    assert (found[Role.CAUSE], found[Role.FIX], found[Role.PREVENTION]) == wanted, body
    assert read_facts(document, PagePolicy()).is_incident, body
