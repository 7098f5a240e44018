"""Names made to steer a terminal, in every place a name can stand: nothing of it comes out of any command.

Everything shown goes through the same few functions (`kb.console.terminal`), so this is a table of places and commands.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lint.ticket_kit import BASE, issue, put_tickets

from kb.text.display import sanitize_json

EVIL = "\x1b]8;;http://evil.example.com\x1b\\x\x1b]8;;\x1b\\\x1b[2J\x9b31m\u202eabc\r\x07\u2066\u200b\x7f"
HOSTILE = re.compile("(?!\n)[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
BODY = f"## 原因\n停止 {EVIL}\n## 再発防止\n- 監視を追加する\n\nパスワード: Kaze-41x{EVIL}\n"

FORMATS = ("text", "json", "jsonl", "sarif", "github", "junit", "markdown", "html")
ARGUMENTS = (
    ("lint", EVIL),
    ("lint", f"esa:1{EVIL}"),
    ("lint", "--select", EVIL),
    ("lint", "--format", EVIL),
    ("lint", "--jobs", EVIL),
    ("lint", "--since", EVIL),
    ("lint", f"--{EVIL}"),
    ("lint", "--for", EVIL),
    ("--lang", EVIL),
    ("--config", EVIL, "lint"),
    ("show", EVIL),
    ("show", f"esa:{EVIL}"),
    ("explain", EVIL),
    ("search", EVIL),
    ("review", EVIL),
    ("apply", EVIL),
    ("undo", EVIL),
    ("history", EVIL),
    ("plan", EVIL),
    (EVIL,),
    ("plan", "move", "--from", EVIL, "--to", EVIL),
    ("plan", "refresh", EVIL),
    ("plan", "retitle", "--match", EVIL, "--to", EVIL),
    ("plan", "from-csv", EVIL, EVIL),
    ("diagram", "check", EVIL),
    ("diagram", "diff", EVIL, EVIL),
    ("sync", "--source", EVIL),
    ("secrets", "rotated", EVIL, "--on", EVIL, "--by", EVIL),
    ("state", "import", EVIL),
    ("report", "--week", EVIL),
    ("incidents", "--by", EVIL),
    ("triage", "--for", EVIL),
    ("sandbox", "--data", EVIL),
)
MIRRORED = (
    ("lint",),
    ("lint", "--all"),
    *(("lint", "--format", name, "--secret-places") for name in FORMATS),
    ("lint", "--items", "--format", "jsonl"),
    ("lint", "--pages", "--format", "jsonl"),
    ("lint", "--group-by", "page"),
    ("lint", "--group-by", "category"),
    ("lint", "--statistics"),
    ("lint", "--explain-finding"),
    ("show", "esa:1"),
    ("show", "esa:1", "--findings"),
    ("search", "監視"),
    ("search", "監視", "--json"),
    ("incidents",),
    *(("incidents", "--format", name) for name in ("json", "csv", "markdown", "html")),
    ("report",),
    *(("report", "--format", name) for name in ("json", "markdown", "html")),
    ("secrets", "list"),
    ("secrets", "list", "--format", "json"),
    ("plan", "done"),
    ("plan", "move", "--from", "不具合共有", "--to", "新"),
    ("doctor", "--handover"),
    ("doctor", "--handover", "--json"),
    (),
)


def assert_quiet(said: Any) -> None:
    """Neither stream holds what could steer a terminal; what is left of a name is only its letters."""
    for text in (said.out.removeprefix("\ufeff").replace("\r\n", "\n"), said.err):  # as a CSV begins, and its lines end
        found = HOSTILE.search(text)
        assert found is None, repr(text[max(0, found.start() - 60) : found.end() + 20])
    assert "Traceback" not in said.err


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("words", ARGUMENTS, ids=lambda words: " ".join(each for each in words if each != EVIL)[:30])
def test_no_error_gives_back_what_steers_a_terminal(
    kb: Callable[..., Any], workspace: Path, words: tuple[str, ...], lang: str
) -> None:
    said = kb("--lang", lang, *words)
    assert said.code not in (0, 1) or words[0] in ("lint", "search", "triage")
    assert_quiet(said)


@pytest.fixture
def mirrored(posts: Any) -> None:
    posts.put((1, f"【障害】検索が停止{EVIL}", BODY), category=f"不具合共有/2025/{EVIL}")
    posts.put((2, EVIL, BODY), category=EVIL)
    posts.comment(1, 91, f"{EVIL} 監視を追加した。パスワード: Kaze-42y{EVIL}")


def test_no_command_over_a_mirror_lets_hostile_names_out(kb: Callable[..., Any], mirrored: None) -> None:
    for words in MIRRORED:
        assert_quiet(kb(*words))


def test_no_format_lets_the_names_of_files_and_documents_out(kb: Callable[..., Any], folder: Path) -> None:
    row = {"id": f"esa:1{EVIL}", "source": "esa", "title": EVIL, "category": EVIL, "tags": [EVIL], "body": BODY}
    (folder / "in.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    good = {"id": f"x{EVIL}", "body": BODY}
    bad = [{**good, name: EVIL} for name in ("source", "kind", "markup", "tags", "wip")] + [{**good, "title": 3}]
    lines = [*map(json.dumps, (*bad, good, good)), "{" + EVIL]  # a line for each value that an error quotes; a double
    (folder / "bad.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "notes").mkdir()
    (folder / "notes" / f"a{EVIL.replace('/', '')}\nb.md").write_text("# 手順\n\nパスワード: Kaze-41x\n")
    for name in FORMATS:
        for words in (("--input", "in.jsonl"), ("--input", "bad.jsonl"), ("notes",)):
            assert_quiet(kb("lint", *words, "--format", name, "--secret-places"))


def test_json_keeps_every_character_of_a_name(kb: Callable[..., Any], folder: Path) -> None:
    value = {"name": EVIL, "lone": "\udc80", "tag": "\U000e0041", "plain": "日本語"}
    written = sanitize_json(value)
    assert json.loads(written) == value
    assert "日本語" in written
    assert HOSTILE.search(written) is None
    row = {"id": f"esa:1{EVIL}", "source": "esa", "title": "手順", "body": "パスワード: Kaze-41x\n"}
    (folder / "in.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert kb("lint", "--input", "in.jsonl", "--format", "jsonl").rows[0]["doc"] == row["id"]


def test_a_suggested_command_is_one_a_shell_takes_as_it_is_meant(kb: Callable[..., Any], folder: Path) -> None:
    name = "a b; touch pwned $(x) '.md"
    (folder / "kb.toml").write_text('[[source]]\nkind = "files"\nname = "minutes"\npath = "notes"\n', encoding="utf-8")
    (folder / "notes").mkdir()
    (folder / "notes" / name).write_text("# 手順\n\n監視を見る\n", encoding="utf-8")
    assert kb("sync", "--source", "files").code == 0
    said = kb("search", "監視を見る")
    command = shlex.split(said.err.partition("→ ")[2])
    assert command == ["kb", "show", f"files:minutes/{name}"]
    assert "監視を見る" in kb(*command[1:]).out


def test_names_of_mirrored_files_are_shown_without_what_steers_a_terminal(kb: Callable[..., Any], folder: Path) -> None:
    (folder / "kb.toml").write_text('[[source]]\nkind = "files"\nname = "minutes"\npath = "notes"\n', encoding="utf-8")
    (folder / "notes").mkdir()
    (folder / "notes" / f"a{EVIL.replace('/', '')}\nb.md").write_text("# 手順\n\n監視を見る\nパスワード: Kaze-41x\n")
    for words in (("sync", "--source", "files"), *MIRRORED, ("search", "監視を見る"), ("search", "見る", "--json")):
        assert_quiet(kb(*words))


def test_a_mirrored_file_is_shown_without_what_steers_a_terminal(kb: Callable[..., Any], folder: Path) -> None:
    name = f"a{EVIL.replace('/', '')}.md"
    (folder / "kb.toml").write_text('[[source]]\nkind = "files"\nname = "minutes"\npath = "notes"\n', encoding="utf-8")
    (folder / "notes").mkdir()
    (folder / "notes" / name).write_text("# 手順\n\n監視を見る\n", encoding="utf-8")
    assert kb("sync", "--source", "files").code == 0
    said = kb("show", f"files:minutes/{name}")
    assert said.code == 0
    assert_quiet(said)


def test_custom_fields_are_shown_without_what_steers_a_terminal(kb: Callable[..., Any], workspace: Path) -> None:
    (workspace / "kb.toml").write_text(f'[redmine]\nurl = "{BASE}"\n[incidents]\ntrackers = ["障害"]\n', "utf-8")
    values = {f"再発防止{EVIL}": "検討中", f"再発防止 {EVIL}": f"検討中{EVIL}", "根本原因": f"不明{EVIL}", EVIL: BODY}
    fields = [{"id": at, "name": name, "value": value} for at, (name, value) in enumerate(values.items(), 1)]
    put_tickets(workspace, issue(1, tracker={"id": 1, "name": f"障害{EVIL}"}, custom_fields=fields))
    put_tickets(workspace, issue(2, tracker={"id": 1, "name": "障害"}, subject=EVIL, custom_fields=fields))
    for words in (*MIRRORED, *(("show", f"redmine:{number}", "--findings") for number in (1, 2))):
        assert_quiet(kb(*words))


def test_the_place_of_a_finding_stands_whole(kb: Callable[..., Any], folder: Path) -> None:
    place = Path("notes") / "とても長い名前のフォルダー" / "手順.md"
    (folder / place.parent).mkdir(parents=True)
    (folder / place).write_text("# 手順\n\nパスワード: Kaze-41x\n", encoding="utf-8")
    assert f"{place}:3" in kb("lint", "notes").out
