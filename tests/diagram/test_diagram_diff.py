"""`kb diagram diff`: what changed, by ids, as words, as JSON and as one picture; revisions read from git alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from diagram.kit import parsed, read, shuffling, system, texts, toml
from lint.conftest import Said, folder, kb  # noqa: F401 -- fixtures
from pace import growth

from kb.diagram.draw.difference import ChangeSign, ModelDifference, build_union, compare_models
from kb.diagram.model.lifecycle import Lifecycle
from kb.diagram.model.nouns import Edge, Model, Node
from kb.diagram.revisions import load_model_at
from kb.errors import Exit, InputError

BEFORE = """
[system]
title = "広告配信システム"
[[group]]
id = "delivery"
label = "配信"
[[group]]
id = "old"
label = "旧環境"
[[node]]
id = "api"
label = "配信 API"
kind = "ec2"
group = "delivery"
owner = "佐藤"
[[node]]
id = "db"
label = "入札ログ"
kind = "rds"
group = "delivery"
[[node]]
id = "batch"
label = "夜間バッチ"
group = "old"
[[edge]]
from = "api"
to = "db"
label = "書く"
[[edge]]
from = "batch"
to = "db"
"""
AFTER = """
[system]
title = "広告配信システム"
[[group]]
id = "delivery"
label = "配信"
[[node]]
id = "db"
label = "入札ログ"
kind = "rds"
group = "delivery"
[[node]]
id = "cache"
label = "在庫"
kind = "redis"
group = "delivery"
[[node]]
id = "api"
label = "配信 API"
kind = "ec2"
group = "delivery"
owner = "配信チーム"
match = { host = ["api-*"] }
[[edge]]
from = "api"
to = "cache"
[[edge]]
from = "api"
to = "db"
label = "書く"
proto = "SQL"
"""
SAID = """\
－ グループ old（旧環境）
△ ノード api（配信 API）
    owner: "佐藤" → "配信チーム"
    match.host: [] → ["api-*"]
－ ノード batch（夜間バッチ）
＋ ノード cache（在庫）
＋ つながり api → cache
△ つながり api → db（書く）
    proto: "" → "SQL"
－ つながり batch → db
追加 2、削除 3、変更 2（a.toml → b.toml）
"""
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


@pytest.fixture
def two(folder: Path) -> Path:  # noqa: F811
    (folder / "a.toml").write_text(BEFORE, encoding="utf-8")
    (folder / "b.toml").write_text(AFTER, encoding="utf-8")
    return folder


def compared(before: str | Model, after: str | Model) -> ModelDifference:
    return compare_models(*(read(each) if isinstance(each, str) else each for each in (before, after)))


def test_what_changed_is_told_by_ids(kb: Callable[..., Said], two: Path) -> None:  # noqa: F811
    said = kb("diagram", "diff", "a.toml", "b.toml")
    assert (said.code, said.out) == (Exit.FINDINGS, SAID)
    assert kb("diagram", "diff", "a.toml", "a.toml").code == Exit.OK
    assert kb("--lang", "en", "diagram", "diff", "a.toml", "b.toml").out.startswith("－ group old (旧環境)\n")


def test_folders_are_compared_as_files_are(kb: Callable[..., Said], two: Path) -> None:  # noqa: F811
    (two / "x" / "diagrams").mkdir(parents=True)
    (two / "a.toml").rename(two / "x" / "diagrams" / "system.toml")
    (two / "y").mkdir()
    (two / "b.toml").rename(two / "y" / "part.toml")
    assert kb("diagram", "diff", "x", "y").out == SAID.replace("a.toml → b.toml", "x → y")


def test_json_holds_the_same_changes(kb: Callable[..., Said], two: Path) -> None:  # noqa: F811
    said = kb("diagram", "diff", "a.toml", "b.toml", "--format", "json")
    whole = json.loads(said.out)
    assert said.code == Exit.FINDINGS
    assert whole["counts"] == {"added": 2, "removed": 3, "changed": 2}
    assert {"sign": "removed", "what": "group", "id": "old", "label": "旧環境", "fields": []} in whole["changes"]
    api = next(change for change in whole["changes"] if change["id"] == "api")
    assert {"name": "match.host", "before": [], "after": ["api-*"]} in api["fields"]


def test_another_order_is_no_difference() -> None:
    model = system(60)
    assert compared(toml(model), toml(model, rng=shuffling(3))).changes == ()


def test_the_way_back_has_the_other_signs() -> None:
    there, back = compared(BEFORE, AFTER), compared(AFTER, BEFORE)
    other = {
        ChangeSign.ADDED: ChangeSign.REMOVED,
        ChangeSign.REMOVED: ChangeSign.ADDED,
        ChangeSign.CHANGED: ChangeSign.CHANGED,
    }
    assert {(other[each.sign], each.what, each.id) for each in there.changes} == {
        (each.sign, each.what, each.id) for each in back.changes
    }


def test_arrows_of_the_same_ends_are_told_apart_by_what_they_say() -> None:
    nodes = (Node("a"), Node("b"))
    before = Model(nodes=nodes, edges=(Edge("a", "b", "読む"), Edge("a", "b", "書く")))
    after = Model(nodes=nodes, edges=(Edge("a", "b", "読む"), Edge("a", "b", "消す"), Edge("b", "a")))
    assert [(each.sign, each.id, each.label) for each in compared(before, after).changes] == [
        (ChangeSign.CHANGED, "a → b", "消す"),
        (ChangeSign.ADDED, "b → a", ""),
    ]


def test_ten_times_the_nodes_are_compared_in_about_ten_times_the_time() -> None:
    def work(nodes: int) -> Callable[[], object]:
        model = system(nodes)
        other = replace(model, nodes=(*model.nodes[1:], Node("new")))
        assert len(compared(model, other).changes) == 2
        return lambda: compared(model, other)

    assert growth(work, 300, 10, below=40) < 40  # each with each is a hundred


# -- the picture ----------------------------------------------------------------------------------


def test_the_picture_tells_by_signs_and_lines_what_it_tells_by_colour() -> None:
    before, after = read(BEFORE), read(AFTER)
    scene = build_union(before, after, compare_models(before, after))
    assert {card.id: card.sign for card in scene.cards} == {"api": "△", "batch": "－", "cache": "＋", "db": ""}
    assert next(card.mark for card in scene.cards if card.id == "api").startswith("owner: 佐藤 → 配信チーム")
    assert {(line.source, line.target, line.sign, line.label) for line in scene.lines} == {
        ("api", "cache", "＋", "追加"),
        ("api", "db", "△", "書く (SQL)"),
        ("batch", "db", "－", "削除"),
    }
    assert [box.label for box in scene.boxes] == ["配信", "－ 旧環境"]
    assert scene.note == "＋ 追加 2、－ 削除 3、△ 変更 2"


def test_what_is_retired_now_is_shown_as_changed_and_what_was_before_is_not() -> None:
    retired = Lifecycle.RETIRED.value
    before = Model(nodes=(Node("a"), Node("b", lifecycle=retired), Node("c")))
    after = Model(nodes=(Node("a", lifecycle=retired), Node("b", lifecycle=retired), Node("c")))
    assert {card.id: card.sign for card in build_union(before, after, compare_models(before, after)).cards} == {
        "a": "△",
        "c": "",
    }


@pytest.mark.parametrize(("count", "touched"), [(300, 2), (300, 40), (3000, 2900)])
def test_of_a_large_model_only_what_changed_and_its_neighbours_are_drawn(count: int, touched: int) -> None:
    before = system(count)
    nodes = tuple(replace(node, owner="別の人") if n < touched else node for n, node in enumerate(before.nodes))
    after = replace(before, nodes=nodes)
    scene = build_union(before, after, compare_models(before, after))
    assert len(scene.cards) <= 100
    assert sum(card.sign == "△" for card in scene.cards) == min(touched, 100)
    assert f"変わらない {count - len(scene.cards)} ノードは省きました" in scene.note or touched > 100


@needs_dot
def test_the_picture_is_drawn_and_the_same_each_time(kb: Callable[..., Said], two: Path) -> None:  # noqa: F811
    words = ("diagram", "diff", "a.toml", "b.toml", "--picture", "d.svg", "--picture", "d.PNG")
    said = kb(*words)
    assert (said.code, said.out) == (Exit.FINDINGS, SAID)
    first = [(two / name).read_bytes() for name in ("d.svg", "d.PNG")]
    seen = texts(first[0].decode())
    assert {"＋ 在庫", "－ 夜間バッチ", "△ 配信 API", "－ 削除", "△ 書く (SQL)"} <= set(seen)
    dashed = [part for part in parsed(first[0].decode()).iter() if part.get("stroke-dasharray")]
    assert len(dashed) >= 2
    assert kb(*words).code == Exit.FINDINGS
    assert [(two / name).read_bytes() for name in ("d.svg", "d.PNG")] == first
    assert sorted(path.name for path in two.iterdir()) == ["a.toml", "b.toml", "d.PNG", "d.svg"]


def test_without_dot_there_is_no_picture_and_no_file(
    kb: Callable[..., Said],  # noqa: F811
    two: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(two))
    said = kb("diagram", "diff", "a.toml", "b.toml", "--picture", "d.svg")
    assert said.code == Exit.SOURCE
    assert "Graphviz" in said.err
    assert not (two / "d.svg").exists()


@pytest.mark.parametrize("name", ["d.pdf", "d", "svg"])
def test_another_kind_of_picture_is_refused(kb: Callable[..., Said], two: Path, name: str) -> None:  # noqa: F811
    said = kb("diagram", "diff", "a.toml", "b.toml", "--picture", name)
    assert said.code == Exit.USAGE
    assert not (two / name).exists()


# -- git ------------------------------------------------------------------------------------------


def git(place: Path, *words: str) -> str:
    who = ("-c", "user.name=kb", "-c", "user.email=kb@example.jp", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *words], cwd=place, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def repository(folder: Path) -> Path:  # noqa: F811
    """A repository whose folder `ops` holds a model: none, then BEFORE, then AFTER, and another in the working tree."""
    git(folder, "init", "-q", "-b", "main")
    (folder / "ops" / "diagrams").mkdir(parents=True)
    (folder / "ops" / "note.md").write_text("メモ", encoding="utf-8")
    for text in ("", BEFORE, AFTER):
        if text:
            (folder / "ops" / "diagrams" / "system.toml").write_text(text, encoding="utf-8")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "構成図")
    (folder / "ops" / "diagrams" / "system.toml").write_text(AFTER + '\n[[node]]\nid = "new"\n', encoding="utf-8")
    os.chdir(folder / "ops")
    return folder / "ops"


def test_revisions_are_compared_without_touching_the_working_tree(
    kb: Callable[..., Said],  # noqa: F811
    repository: Path,
) -> None:
    before = (git(repository, "status", "--porcelain"), (repository.parent / ".git" / "index").read_bytes())
    assert kb("diagram", "diff", "HEAD~1", "HEAD").out == SAID.replace("a.toml → b.toml", "HEAD~1 → HEAD")
    said = kb("diagram", "diff", "main")
    assert said.out == "＋ ノード new\n追加 1、削除 0、変更 0（main → diagrams）\n"
    assert kb("diagram", "diff", "HEAD", "HEAD").code == Exit.OK
    assert (git(repository, "status", "--porcelain"), (repository.parent / ".git" / "index").read_bytes()) == before


def test_a_revision_without_a_model_is_an_empty_one(kb: Callable[..., Said], repository: Path) -> None:  # noqa: F811
    said = kb("diagram", "diff", "HEAD~2", "HEAD~1")
    assert said.code == Exit.FINDINGS
    assert "HEAD~2 には構成図のもとがありません" in said.err
    assert "＋ ノード batch（夜間バッチ）" in said.out


def test_a_model_that_cannot_be_read_is_named_with_its_revision(
    kb: Callable[..., Said],  # noqa: F811
    repository: Path,
) -> None:
    (repository / "diagrams" / "system.toml").write_text('[[node]]\nid = "a"\nkinds = "x"\n', encoding="utf-8")
    git(repository, "commit", "-q", "-a", "-m", "壊れた")
    said = kb("diagram", "diff", "HEAD", "HEAD~1")
    assert said.code == Exit.USAGE
    assert "HEAD:diagrams/system.toml 3 行目" in said.err


def test_links_and_other_files_of_a_revision_are_no_model(repository: Path) -> None:
    (repository / "diagrams" / "link.toml").symlink_to("/etc/hostname")
    (repository / "diagrams" / ".hidden.toml").write_text("broken", encoding="utf-8")
    (repository / "diagrams" / "deep").mkdir()
    (repository / "diagrams" / "deep" / "b.toml").write_text("broken", encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "ほか")
    model = load_model_at("HEAD", repository / "diagrams")
    assert model is not None
    assert "new" in model.node_by_id


HOSTILE = [
    "--output=/tmp/x", "-c", "--upload-pack=touch marker", "HEAD..main", "HEAD:ops", ":/構成図", "a b",
    "a\nb", "\x1b[2J",
    "", " ", "*", "a?", "[x]", "x" * 300, "\\",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_revision_never_reaches_git(repository: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("git was called")

    monkeypatch.setattr(subprocess, "run", never)
    with pytest.raises(InputError, match="リビジョンとして使えません") as caught:
        load_model_at(name, repository / "diagrams")
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("name", ["nothing", "HEAD~99", "@{u}", "HEAD^{tree}", "ブランチ", "refs/heads/x"])
def test_a_revision_that_nothing_is_called_is_told(kb: Callable[..., Said], repository: Path, name: str) -> None:  # noqa: F811
    said = kb("diagram", "diff", name)
    assert said.code == Exit.USAGE
    assert f"「{name}」というファイルも、git のリビジョンもありません" in said.err


def test_outside_a_repository_it_says_what_git_says(kb: Callable[..., Said], two: Path) -> None:  # noqa: F811
    said = kb("diagram", "diff", "main", "a.toml")
    assert said.code == Exit.SOURCE
    assert "git のリポジトリの中で" in said.err
