"""`kb export`: a tree for git that says what the mirror says, masked, and never leaves its folder."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Markup, Source, Visibility

Call = Callable[..., Any]
POST = SourceRow(
    Source.ESA,
    Kind.POST,
    "7",
    "esa:7",
    "復旧手順",
    "# 手順\r\n1. 止める\r\n",
    {},
    category="運用/手順",
    tags=("復旧", 'a"b'),
    author="sato",
    url="https://docs.esa.io/posts/7",
    created_at="2025-05-01T00:00:00Z",
    updated_at="2025-06-01T00:00:00Z",
    edited_by="tanaka",
)
COMMENT = SourceRow(
    Source.ESA,
    Kind.COMMENT,
    "91",
    "esa:7",
    "復旧手順",
    "確認しました。",
    {},
    part="comment:91",
    parent=(Kind.POST, "7"),
    author="suzuki",
    created_at="2025-06-02T00:00:00Z",
)
TICKET = SourceRow(
    Source.REDMINE,
    Kind.TICKET,
    "45",
    "redmine:45",
    "配信が止まる",
    "h2. 現象\n\n止まる。",
    {},
    category="infra",
    markup=Markup.TEXTILE,
    created_at="2025-05-01T00:00:00Z",
    updated_at="2025-05-01T00:00:00Z",
    meta={"tracker": "障害", "status": "新規", "closed": False, "assigned_to": "", "due_date": "", "private": False},
)
NOTE = SourceRow(
    Source.REDMINE,
    Kind.NOTE,
    "5",
    "redmine:45",
    "配信が止まる",
    "社外秘のメモ",
    {},
    part="journal:5",
    parent=(Kind.TICKET, "45"),
    markup=Markup.TEXTILE,
    visibility=Visibility.PRIVATE,
)


@pytest.fixture
def put(workspace: Path) -> Callable[..., None]:
    """Writes rows into the mirror, as a sync would."""

    def write(*rows: SourceRow) -> None:
        with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
            writer.put(rows)

    return write


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def test_a_page_with_its_comments_is_one_file(kb: Call, put: Call, workspace: Path) -> None:
    put(POST, COMMENT)
    said = kb("export", "out")
    assert (said.code, said.out) == (0, "書き出し: 新規 1・変更 0・削除 0・そのまま 0\n")
    assert (workspace / "out/esa/運用/手順/復旧手順-7.md").read_text("utf-8") == (
        '---\nid: "esa:7"\nkind: "post"\ntitle: "復旧手順"\ncategory: "運用/手順"\ntags: ["復旧", "a\\"b"]\n'
        'author: "sato"\ncreated_at: "2025-05-01T00:00:00Z"\nupdated_at: "2025-06-01T00:00:00Z"\n'
        'human_at: "2025-06-01T00:00:00Z"\nhuman_by: "tanaka"\nurl: "https://docs.esa.io/posts/7"\n'
        'visibility: "members"\n---\n\n# 手順\n1. 止める\n\n---\n\n'
        "## comment:91 · suzuki · 2025-06-02T00:00:00Z\n\n確認しました。\n"
    )


def test_a_textile_page_stays_textile(kb: Call, put: Call, workspace: Path) -> None:
    put(TICKET, replace(NOTE, visibility=Visibility.MEMBERS, body="直した。"))
    kb("export", "out")
    text = (workspace / "out/redmine/infra/配信が止まる-45.textile").read_text("utf-8")
    assert 'tracker: "障害"\nstatus: "新規"\n' in text
    assert text.endswith("---\n\nh2. 現象\n\n止まる。\n\n---\n\nh2. journal:5\n\n直した。\n")


def test_the_same_mirror_gives_the_same_bytes(kb: Call, put: Call, workspace: Path) -> None:
    put(POST, COMMENT, TICKET)
    kb("export", "one")
    kb("export", "two", "--lang", "en")
    assert tree(workspace / "one") == tree(workspace / "two")
    before = {path: path.stat().st_mtime_ns for path in (workspace / "one").rglob("*")}
    assert kb("export", "one").out == "書き出し: 新規 0・変更 0・削除 0・そのまま 2\n"
    assert {path: path.stat().st_mtime_ns for path in (workspace / "one").rglob("*")} == before


def test_files_are_readable_by_whom_the_folder_lets_in(kb: Call, put: Call, workspace: Path) -> None:
    put(POST)
    old = os.umask(0o077)
    try:
        kb("export", "out")
    finally:
        os.umask(old)
    files = [path for path in (workspace / "out").rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o644}


def test_passwords_are_masked_in_files_names_and_addresses(kb: Call, posts: Any, put: Call, workspace: Path) -> None:
    title, value = "踏み台のパスワード：Yama3kawa!", "Yama3kawa!"
    posts.put((1, title, "パスワードは「Tsuki-0412x」です。"))
    wiki = SourceRow(
        Source.REDMINE, Kind.WIKI, f"infra/{title}", f"redmine:wiki:infra/{title}", title, "本文", {},
        category="infra", url=f"https://redmine.example.jp/projects/infra/wiki/{title}",
    )  # fmt: skip
    put(wiki)
    kb("export", "out")
    everything = b"".join([*tree(workspace / "out").values(), *map(str.encode, tree(workspace / "out"))]).decode()
    leaked = [number for number, each in enumerate((value, "Tsuki-0412x")) if each in everything]
    assert not leaked
    assert "パスワードは「********」です。" in everything


def test_what_not_every_member_can_see_is_left_out_and_counted(kb: Call, put: Call, workspace: Path) -> None:
    put(POST, TICKET, NOTE, replace(TICKET, key="46", doc="redmine:46", visibility=Visibility.PRIVATE))
    said = kb("export", "out")
    assert "メンバー全員には見えない 2 件を除きました（入れるなら --include-private）。" in said.err
    assert "社外秘" not in b"".join(tree(workspace / "out").values()).decode()
    assert len(tree(workspace / "out")) == 3
    said = kb("export", "out", "--include-private")
    assert (said.out, "除きました" in said.err) == ("書き出し: 新規 1・変更 1・削除 0・そのまま 1\n", False)
    assert b"h2. journal:5 \xc2\xb7 private\n" in (workspace / "out/redmine/infra/配信が止まる-45.textile").read_bytes()
    assert "新規 0・変更 1・削除 1・そのまま 1" in kb("export", "out").out
    assert "社外秘" not in b"".join(tree(workspace / "out").values()).decode()


def test_edits_renames_and_deletions_are_followed(kb: Call, put: Call, posts: Any, workspace: Path) -> None:
    put(POST, TICKET)
    kb("export", "out")
    put(replace(POST, title="復旧のしかた", category="手順"))
    assert "新規 1・変更 0・削除 1・そのまま 1" in kb("export", "out").out
    assert set(tree(workspace / "out")) == {
        ".kb-export.json",
        "esa/手順/復旧のしかた-7.md",
        "redmine/infra/配信が止まる-45.textile",
    }
    assert not (workspace / "out/esa/運用").exists()
    posts.bury(7)
    assert "新規 0・変更 0・削除 1・そのまま 1" in kb("export", "out").out
    assert not (workspace / "out/esa").exists()


def test_what_somebody_wrote_by_hand_stays(kb: Call, put: Call, posts: Any, workspace: Path) -> None:
    put(POST, TICKET)
    kb("export", "out")
    page, ticket = (
        workspace / "out" / name for name in ("esa/運用/手順/復旧手順-7.md", "redmine/infra/配信が止まる-45.textile")
    )
    page.write_text("書き足し", encoding="utf-8")
    ticket.write_text("書き足し", encoding="utf-8")
    (workspace / "out/README.md").write_text("読み方", encoding="utf-8")
    put(replace(POST, body="新しい本文"))
    with Mirror.open(workspace / ".kb/mirror.db") as mirror, mirror.write() as writer:
        writer.mark_gone(2)
    said = kb("export", "out")
    assert said.code == 1
    assert "手で書かれた 2 個のファイルは、そのままにしました:" in said.err
    assert "  esa/運用/手順/復旧手順-7.md\n" in said.err
    assert page.read_text("utf-8") == ticket.read_text("utf-8") == "書き足し"
    page.unlink()
    ticket.unlink()
    assert kb("export", "out").code == 0
    assert "新しい本文" in page.read_text("utf-8")
    assert (workspace / "out/README.md").exists()


def test_a_folder_with_other_things_is_refused(kb: Call, put: Call, workspace: Path) -> None:
    put(POST)
    (workspace / "notes").mkdir()
    (workspace / "notes" / "a.md").write_text("x", encoding="utf-8")
    said = kb("export", "notes")
    assert said.code == 2
    assert "kb export が書いたのではないものがあります。" in said.err
    assert "→ 空のフォルダーか、前に書き出したフォルダーを指定してください。" in said.err
    assert sorted(path.name for path in (workspace / "notes").iterdir()) == ["a.md"]
    assert kb("export", ".").code == 2
    assert kb("export", "kb.toml").code == 2
    assert kb("export", ".kb/out").code == 2


def test_an_empty_repository_is_as_good_as_an_empty_folder(kb: Call, put: Call, workspace: Path) -> None:
    put(POST)
    (workspace / "out" / ".git").mkdir(parents=True)
    (workspace / "out" / ".gitattributes").write_text("* text\n", encoding="utf-8")
    assert "→ git -C out status" in kb("export", "out").err


def test_the_next_step_of_a_folder_outside_of_git_makes_it_a_repository(
    kb: Call, put: Call, tmp_path_factory: pytest.TempPathFactory
) -> None:
    put(POST)
    out = str(tmp_path_factory.mktemp("bare") / "out")
    said = kb("export", out).err
    assert f"→ git init {out}" in said
    assert "git -C" not in said


def test_a_folder_that_sync_reads_is_refused(kb: Call, put: Call, workspace: Path) -> None:
    put(POST)
    (workspace / "kb.toml").write_text(
        '[esa]\nteam = "docs"\n[[source]]\nkind = "files"\nname = "minutes"\npath = "notes"\n', encoding="utf-8"
    )
    (workspace / "notes").mkdir()
    said = kb("export", "notes/out")
    assert said.code == 2
    assert "kb sync が読むフォルダー（source「minutes」）の中です。" in said.err
    assert list((workspace / "notes").iterdir()) == []


def test_files_of_a_private_folder_are_left_out_and_it_is_said_how_to_have_them(
    kb: Call, put: Call, workspace: Path
) -> None:
    def minutes(visibility: Visibility) -> SourceRow:
        where = {"key": "minutes/a.md", "doc": "files:minutes/a.md", "category": ""}
        return replace(POST, source=Source.FILES, kind=Kind.FILE, title="定例", visibility=visibility, **where)

    put(POST, minutes(Visibility.PRIVATE))
    said = kb("export", "out")
    assert not (workspace / "out/files").exists()
    assert 'visibility = "members"' in said.err
    assert "1 件を除きました" not in said.err
    put(minutes(Visibility.MEMBERS))
    said = kb("export", "out")
    assert "visibility" not in said.err
    assert [path.parent.name for path in (workspace / "out/files").rglob("*.md")] == ["minutes"]


@pytest.mark.parametrize("link", ["esa", "esa/運用", "esa/運用/手順/復旧手順-7.md", ".kb-export.json"])
def test_a_link_in_the_folder_leads_nowhere(kb: Call, put: Call, workspace: Path, link: str) -> None:
    put(POST)
    outside = workspace / "outside"
    outside.mkdir()
    (outside / "file").write_text("そのまま", encoding="utf-8")
    kb("export", "out")
    put(replace(POST, body="変わった"))
    there = workspace / "out" / link
    if there.is_dir():
        for path in sorted(there.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        there.rmdir()
        there.symlink_to(outside)
    else:
        there.unlink()
        there.symlink_to(outside / "file")
    said = kb("export", "out")
    assert said.code == 2
    assert "リンクなど" in said.err
    assert [path.name for path in outside.rglob("*")] == ["file"]
    assert (outside / "file").read_text("utf-8") == "そのまま"


@pytest.mark.parametrize(
    "path", ["../outside/file", "/etc/hostname", ".git/config", "esa//x", "esa/../../outside/file"]
)
def test_an_edited_manifest_removes_nothing_elsewhere(kb: Call, put: Call, workspace: Path, path: str) -> None:
    put(POST)
    kb("export", "out")
    (workspace / "outside").mkdir()
    (workspace / "outside" / "file").write_text("x", encoding="utf-8")
    manifest = workspace / "out" / ".kb-export.json"
    told = json.loads(manifest.read_text("utf-8"))
    told["files"][path] = "0" * 32
    manifest.write_text(json.dumps(told), encoding="utf-8")
    said = kb("export", "out")
    assert (said.code, "を読めません。" in said.err) == (2, True)
    assert (workspace / "outside" / "file").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 2, "files": {}}', "[" * 100_000, "\xff"])
def test_a_manifest_that_is_none_is_told(kb: Call, put: Call, workspace: Path, text: str) -> None:
    put(POST)
    kb("export", "out")
    (workspace / "out" / ".kb-export.json").write_bytes(text.encode("latin-1"))
    assert kb("export", "out").code == 2


def test_nothing_is_removed_while_a_sync_is_half_done(kb: Call, put: Call, posts: Any, workspace: Path) -> None:
    put(POST, TICKET)
    kb("export", "out")
    posts.bury(7)
    with Mirror.open(workspace / ".kb/mirror.db") as mirror, mirror.write() as writer:
        writer.mark("esa.full", "12")
    said = kb("export", "out")
    assert "削除 0" in said.out
    assert "sync が途中なので" in said.err
    assert "esa/運用/手順/復旧手順-7.md" in tree(workspace / "out")
    with Mirror.open(workspace / ".kb/mirror.db") as mirror, mirror.write() as writer:
        writer.mark("esa.full", None)
    assert "削除 1" in kb("export", "out").out


def test_an_empty_mirror_is_not_exported(kb: Call, put: Call, workspace: Path) -> None:
    assert kb("export", "out").code == 2
    put()
    said = kb("export", "out")
    assert (said.code, "書き出すものがありません。" in said.err) == (2, True)
    assert not (workspace / "out").exists()


def test_front_matter_is_yaml_whatever_a_title_says(kb: Call, put: Call, workspace: Path) -> None:
    title = "--- : # 'x' \"y\" \\ \u2028 \u0085 \x7f \x1b \ttab 🎉 yes"
    put(replace(POST, title=title, category=""))
    kb("export", "out")
    (path,) = (workspace / "out/esa").iterdir()
    line = next(line for line in path.read_text("utf-8").split("\n") if line.startswith("title: "))
    assert json.loads(line.removeprefix("title: ")) == title
    assert not {"\u2028", "\x85", "\x7f", "\x1b"} & set(line)


def test_fields_stand_in_the_front_matter_and_attachments_beside(kb: Call, put: Call, workspace: Path) -> None:
    value = "Tsuki-0412x"
    field = replace(NOTE, kind=Kind.FIELD, key="45/3", part="field:接続先", body="db-01\n(予備あり)")
    field = replace(field, visibility=Visibility.MEMBERS)
    attached = replace(field, kind=Kind.ATTACHMENT, key="8", part="attachment:my.cnf", title="my.cnf")
    put(TICKET, field, replace(attached, body=f"[client]\npassword={value}\n"), replace(attached, key="9", body=""))
    kb("export", "out")
    page = "redmine/infra/配信が止まる-45"
    assert 'fields:\n  "接続先": "db-01\\n(予備あり)"\n---\n' in (workspace / f"out/{page}.textile").read_text("utf-8")
    assert len(tree(workspace / "out")) == 2
    assert "kb sync --attachments" not in kb("export", "out", "--attachments").err
    assert (workspace / f"out/{page}.files/8-my.cnf").read_text("utf-8") == "[client]\npassword=********\n"
    assert len(tree(workspace / "out")) == 3


def test_who_asks_for_attachments_and_has_none_is_told_how_to_get_them(kb: Call, put: Call, workspace: Path) -> None:
    put(POST)
    assert "→ kb sync --attachments" in kb("export", "out", "--attachments").err
