"""Whatever moves: no link that led somewhere leads nowhere, nothing in code changes, and all of it can be taken back.

Trees of categories are moved, renamed inside each other, swapped and chained, titles are changed, and pages full of
links in every spelling are crawled before and after by a reader that shares nothing with kb.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from changes.crawler import Page, Reader, Tree
from changes.link_edits import apply_link_edits
from changes.reorganised import Place, crawl, names, renamed, spellings, try_in_esa
from changes.site import opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties import examples
from servers import Row, Sandbox

from kb.plan.links.find import find_links
from kb.plan.links.moves import PathMoves, PostMove
from kb.plan.links.rewrite import follow_links

FOLDERS = (
    "運用",
    "手順",
    "設計",
    "A",
    "B",
    "C#",
    "old docs",
    "ＡＢＣ／全角",
    "(案)",
    "R&D",
    "100%",
    "ガイド",
    "a_b",
    "2025",
)
TITLES = ("概要", "A/B の比較", "C# の手引き", "全角／題名（案）", "README", "50% off", "x")

paths = st.lists(st.sampled_from(FOLDERS), min_size=1, max_size=3).map("/".join)


@st.composite
def moves(draw: st.DrawFn) -> tuple[list[Place], list[Place]]:
    """Draw posts, and where they are after category after category was renamed at once, or they took each other's."""
    places = draw(st.lists(st.tuples(paths, st.sampled_from(TITLES)), min_size=3, max_size=14, unique=True))
    categories = sorted({place for place, _ in places})
    kind = draw(st.sampled_from(("rename", "swap", "chain", "mixed", "exchange")))
    if kind == "exchange":  # posts take each other's places, most of one title: rings beside what stays
        count = draw(st.integers(2, len(places)))
        return places, [*draw(st.permutations(places[:count])), *places[count:]]
    some = draw(st.lists(st.sampled_from(categories), min_size=1, max_size=4, unique=True))
    if kind == "swap":
        table = dict(zip(some, some[1:] + some[:1], strict=True))
    elif kind == "chain":
        table = dict(zip(some, [*some[1:], draw(paths)], strict=True))
    else:
        table = {old: draw(paths) for old in some}
    after = []
    taken: set[Place] = set()
    for category, title in places:
        new = renamed(table, category) if title != "README" else category
        name = draw(st.sampled_from((title, title, f"{title}（改）", f"新/{title} #1"))) if title != "README" else title
        if (new, name) in taken:
            new, name = new, f"{name} {len(taken)}"
        taken.add((new, name))
        after.append((new, name))
    return places, after


@st.composite
def links(draw: st.DrawFn, places: list[Place]) -> str:
    """Draw a page of links to places, to their parents and names, in many spellings, and the same in code."""
    lines = []
    for _ in range(draw(st.integers(3, 12))):
        category, title = draw(st.sampled_from(places))
        deep = draw(st.integers(1, category.count("/") + 1))
        path = "/".join(category.split("/")[:deep])
        if deep == category.count("/") + 1 and draw(st.booleans()):
            path = f"{category}/{title}"
        lines.append(draw(st.sampled_from(spellings(path, category))))
    code = draw(st.sampled_from(("```\n{}\n```", "~~~\n{}\n~~~", "<pre>\n{}\n</pre>", "段落\n\n    {}")))
    return "\n\n".join((*lines, code.format(draw(st.sampled_from(lines)).replace("\n", " ")), *lines[:2]))


@settings(max_examples=examples(360), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_link_that_worked_is_broken_and_no_code_changes(data: st.DataObject) -> None:
    before, after = data.draw(moves())
    body = data.draw(links(before))
    page, goes = data.draw(st.sampled_from([(("案内", "x"), ("案内", "x")), *zip(before, after, strict=True)]))
    all_moves = PathMoves.of(PostMove(*one, *other) for one, other in zip(before, after, strict=True))
    edits = [
        each for each in follow_links(body, find_links(body, "docs"), all_moves, page[0], goes[0]) if not each.code
    ]
    changed = apply_link_edits(body, [each for each in edits if each.sure])
    then, now = (Reader(Tree(dict(enumerate(place for place, _ in some))), names(some)) for some in (before, after))
    unsure = {each.path for each in edits if not each.sure}
    shown = list(zip(crawl(then, body, page[0]), crawl(now, changed, goes[0]), Page.read(body).links, strict=True))
    for one, other, link in shown:
        if one and not unsure:
            assert one & other, (link, one, other, changed)
    assert Page.read(changed).code == Page.read(body).code
    assert len(Page.read(changed).links) == len(Page.read(body).links)
    back = [each for each in edits if each.sure]
    assert sum(len(each.after) - len(each.before) for each in back) == len(changed) - len(body)


@settings(
    max_examples=examples(6), deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.data())
def test_the_same_in_esa_with_review_rehearsal_and_undo(
    sandbox: Callable[..., Sandbox],
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    data: st.DataObject,
) -> None:
    before, after = data.draw(moves())
    before = [(place, f"{title} {n}" if title != "README" else title) for n, (place, title) in enumerate(before, 1)]
    after = [(place, f"{title} {n}" if title != "README" else title) for n, (place, title) in enumerate(after, 1)]
    rows: list[Row] = [
        {"number": n, "name": title, "category": place, "body_md": data.draw(links(before))}
        for n, (place, title) in enumerate(before, 1)
    ]
    with pytest.MonkeyPatch.context() as patch:
        box = sandbox("--profile", "nolimit", data=rows)
        here = opened(box, tmp_path_factory.mktemp("site"), patch, capsys)
        try_in_esa(here, before, after)
