"""Versions of reader and detector: what changes them, and when they are computed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kb.text import versions
from kb.text.versions import compute_versions, load_versions

CODE = '"""A room."""\n\nLIMIT = 3  # for a reason\n'
TABLE = "# notes\nmind = '''\n気を\n'''\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for room in ("text", "markup", "reading", "secrets"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "code.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "reading" / "lexicon").mkdir()
    (tmp_path / "reading" / "lexicon" / "care.toml").write_text(TABLE, encoding="utf-8")
    return tmp_path


def changed(package: Path, file: str, old: str, new: str) -> tuple[bool, bool]:
    """Whether the reader's and the detector's version change with a text in a file."""
    before = compute_versions(package)
    path = package / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    after = compute_versions(package)
    return before[0] != after[0], before[1] != after[1]


@pytest.mark.parametrize(
    ("file", "old", "new", "which"),
    [
        ("reading/code.py", "3", "4", (True, False)),
        ("secrets/code.py", "3", "4", (False, True)),
        ("text/code.py", "3", "4", (True, True)),
        ("reading/lexicon/care.toml", "気を", "気に", (True, False)),
        ("reading/code.py", "for a reason", "for none", (False, False)),
        ("reading/code.py", "A room.", "Another room.", (False, False)),
        ("reading/code.py", "LIMIT = 3", "LIMIT = (\n    3\n)", (False, False)),
        ("reading/lexicon/care.toml", "# notes", "# other notes\n", (False, False)),
    ],
)
def test_code_and_words_change_a_version_and_notes_do_not(
    package: Path, file: str, old: str, new: str, which: tuple[bool, bool]
) -> None:
    assert changed(package, file, old, new) == which


def test_a_renamed_table_changes_the_version(package: Path) -> None:
    before = compute_versions(package)
    (package / "reading" / "lexicon" / "care.toml").rename(package / "reading" / "lexicon" / "mind.toml")
    assert compute_versions(package)[0] != before[0]


def test_versions_are_computed_once_for_the_same_files(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_versions(package)
    assert first == compute_versions(package)
    monkeypatch.setattr(versions, "compute_versions", lambda package: ("computed", "again"))
    assert load_versions(package) == first
    os.utime(package / "text" / "code.py", (1, 1))
    assert load_versions(package) == ("computed", "again")


def test_a_cut_off_record_is_computed_again(package: Path) -> None:
    first = load_versions(package)
    (package / "text" / "__pycache__" / "versions.txt").write_text("0123", encoding="ascii")
    assert load_versions(package) == first


def test_what_was_built_counts(package: Path) -> None:
    (package / "_assets").mkdir()
    (package / "_assets" / "versions.txt").write_text("aaaaaaaaaaaa bbbbbbbbbbbb", encoding="ascii")
    assert load_versions(package) == ("aaaaaaaaaaaa", "bbbbbbbbbbbb")
