"""docs/walkthrough-week.ja.md says what the commands print, and its pictures are there and small."""

from __future__ import annotations

import importlib.util
import re
import struct
import sys
from pathlib import Path
from types import ModuleType

import pytest
from servers import warm_kb

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "walkthrough-week.ja.md"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_walkthrough", DOCS / "make_walkthrough.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made  # dataclasses look their module up
    spec.loader.exec_module(made)
    return made


def test_the_page_is_what_the_commands_print(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python docs/make_walkthrough.py --write` makes it anew, pictures included."""
    warm_kb().write(tmp_path / "kb")
    monkeypatch.setattr(script, "KB", (str(tmp_path / "kb"),))
    walked = script.walk(tmp_path / "walk")
    assert script.page(walked) == PAGE.read_text(encoding="utf-8")
    assert "ナレッジの週報" in walked.page
    assert "この文章はチームのものです" in walked.post
    assert walked.post.count("kb:report begin") == 1


def test_every_step_says_what_one_sees_and_what_to_do_next() -> None:
    steps = re.split(r"^## \d+\. ", PAGE.read_text(encoding="utf-8"), flags=re.M)[1:]
    assert len(steps) >= 8
    for step in steps:
        assert "**次にすること**: " in step, step.splitlines()[0]


def test_its_pictures_are_there_all_used_and_compressed() -> None:
    used = re.findall(r"\]\(images/(week-[a-z]+\.png)\)", PAGE.read_text(encoding="utf-8"))
    there = sorted(path.name for path in (DOCS / "images").glob("*.png"))
    assert "](images/drift.png)" in (DOCS / "drift.md").read_text(encoding="utf-8")
    assert sorted([*used, "drift.png"]) == there
    for name in there:
        data = (DOCS / "images" / name).read_bytes()
        depth, colour = struct.unpack(">BB", data[24:26])
        assert (depth, colour) in {(8, 3), (4, 3)}, name  # a palette
        assert len(data) < 120_000, name
    assert sum((DOCS / "images" / name).stat().st_size for name in there) < 520_000
