"""Whatever moves: no link that led somewhere leads nowhere, nothing in code changes, and all of it can be taken back.

Trees of categories are moved, renamed inside each other, swapped and chained, titles are changed, and pages full of
links in every spelling are crawled before and after by a reader that shares nothing with kb.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from changes.crawler import Api, Page, Reader, Tree, names_of
from changes.link_edits import apply_link_edits
from changes.site import Site, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties import examples
from servers import Row, Sandbox

from kb.execute.preflight.link_changes import propose_link_changes
from kb.mirror.store import Mirror
from kb.model.plan import Change, SeenState, Verb
from kb.plan.links.find import find_links
from kb.plan.links.moves import PathMoves, PostMove
from kb.plan.links.rewrite import follow_links
from kb.text.json_fields import utc_field

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
Place = tuple[str, str]


@st.composite
def moves(draw: st.DrawFn) -> tuple[list[Place], list[Place]]:
    """Draw posts, and where they are after category after category was renamed at once."""
    places = draw(st.lists(st.tuples(paths, st.sampled_from(TITLES)), min_size=3, max_size=14, unique=True))
    categories = sorted({place for place, _ in places})
    kind = draw(st.sampled_from(("rename", "swap", "chain", "mixed")))
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
        old = max((each for each in table if category == each or category.startswith(f"{each}/")), key=len, default="")
        new = f"{table[old]}{category[len(old) :]}" if old and title != "README" else category
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


def spellings(path: str, category: str) -> list[str]:
    whole, half = quote(f"/{path}", safe=""), quote(f"/{path}", safe="/")
    raw = "".join(quote(each, safe="") if each in ' %#&()"' else each for each in f"/{path}")
    lower = "".join(each.lower() if at % 2 else each for at, each in enumerate(whole.split("%"))) and whole.lower()
    term = quote(category, safe="")
    return [
        f"[手順](/#path={whole})",
        f"[手順](https://docs.esa.io/#path={half})",
        f"[手順](/#path={raw}) と",
        f'[手順](</#path={raw}> "題")',
        f"<https://docs.esa.io/#path={whole}>",
        f"見る https://docs.esa.io/#path={whole} まで",
        f'<a href="/#path={half}">x</a>',
        f"[手順][t{len(path)}{abs(hash(path)) % 97}]\n\n[t{len(path)}{abs(hash(path)) % 97}]: /#path={whole}",
        f"[探す](/posts?q=in%3A%22{term}%22+-wip%3Atrue)",
        f"[探す](https://docs.esa.io/posts?sort=updated&q=on:%22{term}%22)",
        f'検索 in:"{category}" です',
        f"[書く](/posts/new?category_path={quote('/' + category, safe='')}&template_post_id=3)",
        f"[道]({half})",
        f"| a | b |\n|---|---|\n| [手順](/#path={lower}) | x |",
    ]


def crawl(reader: Reader, body: str, category: str) -> list[frozenset[int]]:
    return [reader.shows(link, category) for link in Page.read(body).links]


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


def try_in_esa(here: Site, before: list[Place], after: list[Place]) -> None:
    """Plan, review, rehearse, apply and undo; crawl before and after."""
    bodies = stored(here)
    then = crawled(here)
    asked = [each for n, pair in enumerate(zip(before, after, strict=True), 1) for each in moved(here, n, *pair)]
    with Mirror.open(here.folder / ".kb" / "mirror.db", readonly=True) as mirror:
        along = propose_link_changes(mirror, "docs", asked).changes
    plan = here.plan((*asked, *along))
    if not plan.accepted or "直してから" in (here.kb("review", "plan.toml"), here.said)[1]:
        return  # names that would clash, or moves into a category that moves away as a whole: apply refuses those
    listed = here.kb("review", "plan.toml", "--links")
    assert all(f"{each.target}:{each.seen.line}" in listed for each in along)
    rehearsed = here.apply("--rehearse", "--allow", "100")
    here.sandbox.reset(counters=True)
    sent = here.apply("--yes", "--allow", "100")
    assert (sent["failed"], sent["stale"], sent["skipped"]) == (0, 0, 0)
    assert sent["done"] == rehearsed["done"]
    assert here.counted().get("PATCH /posts/{number}", 0) <= sent["done"]  # one a post, however many changes
    now = crawled(here)
    for number, (shown, code) in then.items():
        unsure = any(not each.accept for each in along if each.number == number)
        assert code == now[number][1]
        assert unsure or all(one & other for one, other in zip(shown, now[number][0], strict=True) if one)
    here.undo("last")
    assert stored(here) == bodies


def moved(here: Site, number: int, before: Place, after: Place) -> list[Change]:
    row = here.seen(number)
    seen = SeenState(utc_field(row["updated_at"]), row["revision_number"])
    pairs = (("category", Verb.MOVE, before[0], after[0]), ("title", Verb.RETITLE, before[1], after[1]))
    return [
        Change(verb, f"esa:{number}", {key: old}, {key: new}, seen, "まとめて", title=before[1])
        for key, verb, old, new in pairs
        if old != new
    ]


def stored(here: Site) -> dict[int, tuple[str, str, str]]:
    rows = (row for row in here.sandbox.dump("esa") if "number" in row)
    return {row["number"]: (row["name"], row["category"], row["body_md"]) for row in rows}


def crawled(here: Site) -> dict[int, tuple[list[frozenset[int]], list[str]]]:
    """Return what the links of every post show, and its code."""
    found = stored(here)
    named = names_of({"name": name, "category": place, "number": n} for n, (name, place, _) in found.items())
    reader = Reader(Api(here.sandbox.esa, here.sandbox.token), named)
    return {n: (crawl(reader, body, place), Page.read(body).code) for n, (_, place, body) in found.items()}


def names(places: list[Place]) -> dict[str, int]:
    return names_of({"category": place, "name": title, "number": n} for n, (place, title) in enumerate(places))
