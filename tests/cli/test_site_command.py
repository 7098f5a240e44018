"""`kb site`: the same bytes twice, no word of a text nobody asked for, links that lead somewhere, its own folder."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli.test_triage_command import BLANK

from kb.errors import Exit
from kb.mirror.history.state import StateDb
from kb.mirror.limited import LIMITED_MARK
from kb.mirror.search import split_terms
from kb.mirror.store import Mirror

Call = Callable[..., Any]
SECRET = "Tr0ub4dor&3xyz"
BODY = BLANK + f"\nhonbunnokotoba を見る。\n\n- password: {SECRET}\n- [次の話](https://docs.esa.io/posts/2)\n"


@pytest.fixture
def team(posts: Any, workspace: Path) -> Path:
    """Three posts for everybody and one that is not, as of a sync."""
    (workspace / "kb.toml").write_text('[esa]\nteam = "docs"\nlimited = ["採用/**"]\n', encoding="utf-8")
    posts.put((1, "止まった話", BODY), (2, "また止まった話", BODY), (3, "手順 <b>", "やること\n"))
    with StateDb(workspace / ".kb" / "state.db") as state:
        state.record("sync", datetime.now(UTC), Exit.OK, {})
    with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.mark(LIMITED_MARK, json.dumps(["採用/**"]))
    return workspace


def files(folder: Path) -> Mapping[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_the_same_mirror_gives_the_same_bytes(team: Path, kb: Call) -> None:
    assert kb("site", "one").code == 0
    assert kb("site", "two").code == 0
    assert files(team / "one") == files(team / "two")
    before = files(team / "one")
    assert kb("site", "one").code == 0
    assert files(team / "one") == before


def test_without_texts_no_word_of_one_is_in_it_and_with_them_no_value(team: Path, kb: Call) -> None:
    kb("site", "plain")
    kb("site", "texts", "--with-text")
    plain, texts = (b"".join(files(team / name).values()).decode() for name in ("plain", "texts"))
    assert "honbunnokotoba" not in plain
    assert "honbunnokotoba" in texts
    for text in (plain, texts):
        assert "止まった話" in text
        assert SECRET not in text
        assert SECRET.casefold() not in text.casefold()


def links(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*.html"):
        for target in re.findall(r'(?:href|src|action)="([^"#]+)', path.read_text("utf-8")):
            yield path.relative_to(folder).as_posix(), target


def test_every_link_inside_leads_somewhere(team: Path, kb: Call) -> None:
    kb("diagram", "init")
    kb("site", "pages", "--with-text")
    found = list(links(team / "pages"))
    assert len(found) > 50
    lost = [
        (page, target)
        for page, target in found
        if not target.startswith(("http://", "https://"))
        and not (team / "pages" / page).parent.joinpath(target).is_file()
    ]
    assert lost == []


def index(folder: Path) -> list[list[str]]:
    rows = []
    for path in sorted(folder.glob("search-*.js")):
        rows += json.loads(path.read_text("utf-8").removeprefix("kbIndex.push(...").removesuffix(");\n"))
    return rows


def test_the_index_finds_what_search_finds(team: Path, kb: Call) -> None:
    kb("site", "texts", "--with-text")
    rows = index(team / "texts")
    for query in (
        "止まった",
        "また",
        "再起動",
        "honbunnokotoba",
        "手順",
        "ｈｏｎｂｕｎ",
        "ない言葉",
        "停止したため 再起動",
    ):
        hits = {row["doc"] for row in json.loads(kb("search", *query.split(), "--json").out)["hits"]}
        found = {f"esa:{name[4:]}" for name, _, _, text, _ in rows if all(term in text for term in split_terms(query))}
        assert found == hits, query


def test_a_page_that_became_limited_is_gone_with_the_next(team: Path, kb: Call, posts: Any) -> None:
    kb("site", "pages")
    assert (team / "pages" / "docs" / "esa-3.html").exists()
    posts.put((3, "himitsunodai", "himitsu\n"), category="採用/2026", updated_at="2025-07-01T00:00:00Z")
    assert kb("site", "pages").code == 0
    assert not (team / "pages" / "docs" / "esa-3.html").exists()
    assert b"himitsu" not in b"".join(files(team / "pages").values())


@pytest.mark.parametrize("name", ["memo.txt", ".kb-site", "docs/esa-1.html"])
def test_a_folder_of_others_stays_as_it_is(team: Path, kb: Call, name: str) -> None:
    (team / "notes" / name).parent.mkdir(parents=True)
    (team / "notes" / name).write_text("mine", encoding="utf-8")
    if name == ".kb-site":
        (team / "notes" / "memo.txt").write_text("mine", encoding="utf-8")
    before = files(team / "notes")
    assert kb("site", "notes").code == 2
    assert files(team / "notes") == before
    assert not list(team.glob(".notes-*"))


def test_what_somebody_put_among_the_pages_is_not_swept_away(team: Path, kb: Call) -> None:
    kb("site", "pages")
    (team / "pages" / "CNAME").write_text("kb.example.jp", encoding="utf-8")
    said = kb("site", "pages")
    assert said.code == 2
    assert "CNAME" in said.err
    assert (team / "pages" / "CNAME").exists()


def test_a_link_is_not_followed(team: Path, kb: Call) -> None:
    (team / "elsewhere").mkdir()
    (team / "pages").symlink_to(team / "elsewhere")
    assert kb("site", "pages").code == 2
    assert not list((team / "elsewhere").iterdir())


def test_before_the_first_sync_it_says_what_to_do(workspace: Path, posts: Any, kb: Call) -> None:
    posts.put((1, "止まった話", BODY))
    said = kb("site", "pages")
    assert said.code == 2
    assert "kb sync" in said.err
    assert not (workspace / "pages").exists()
