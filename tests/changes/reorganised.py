"""Send a reorganisation in the sandbox and click on every link before and after; take it back to the byte."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from changes.crawler import Api, Page, Reader, names_of
from changes.site import Site

from kb.execute.apply import prepare_apply
from kb.execute.preflight.check import forecast_apply
from kb.execute.preflight.link_changes import propose_link_changes
from kb.execute.run_control import ApplyOptions, ApplyResult
from kb.mirror.store import Mirror
from kb.model.plan import Change, Plan, SeenState, Verb
from kb.model.request import RequestPreview
from kb.plan.values import ASIDE_MARK
from kb.settings.workspace import open_workspace
from kb.sources.esa.writes import EsaWrites
from kb.sources.transport.call import Answer
from kb.text.json_fields import utc_field

Place = tuple[str, str]
"""Category and title."""

Send = Callable[[list[Place], list[Place], list[str]], bool]
"""Sends posts from one place to the other, each page with a body; returns whether apply took the plan."""


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


def renamed(table: Mapping[str, str], category: str) -> str:
    """Return where a category is once those of the table were renamed at once, the longest that fits."""
    old = max((each for each in table if category == each or category.startswith(f"{each}/")), key=len, default="")
    return f"{table[old]}{category[len(old) :]}" if old else category


def try_in_esa(here: Site, before: list[Place], after: list[Place]) -> bool:
    """Plan, review, rehearse, apply and undo; crawl before and after. Returns whether apply took the plan."""
    bodies = stored(here)
    then = crawled(here)
    asked = [each for n, pair in enumerate(zip(before, after, strict=True), 1) for each in moved(here, n, *pair)]
    with Mirror.open(here.folder / ".kb" / "mirror.db", readonly=True) as mirror:
        along = propose_link_changes(mirror, "docs", asked).changes
    plan = here.plan((*asked, *along))
    if not plan.accepted or "直してから" in (here.kb("review", "plan.toml"), here.said)[1]:
        return False  # names that would clash: apply refuses those
    listed = here.kb("review", "plan.toml", "--links")
    assert all(f"{each.target}:{each.seen.line}" in listed for each in along)
    figures, foreseen = rehearsed(plan)
    foretold = forecast(plan)
    here.sandbox.reset(counters=True)
    with pytest.MonkeyPatch.context() as patch:
        written = watched(patch)
        sent = here.apply("--yes", "--allow", "1000")
    assert (sent["failed"], sent["stale"], sent["skipped"]) == (0, 0, 0)
    assert written == foreseen
    assert sent["done"] == figures.stats.done
    aside = sum(str(each.body.get("post", {}).get("name", "")).endswith(ASIDE_MARK) for each in written)
    assert sum(each.method == "PATCH" for each in written) <= sent["done"] + aside  # one a post, whatever it changes
    assert sent["requests"] == figures.requests + len(written) == here.counted()["total"]
    assert foretold == sent["requests"], (foretold, here.counted(), len(along), sent)
    now = crawled(here)
    for number, (shown, code) in then.items():
        unsure = any(not each.accept for each in along if each.number == number)
        assert code == now[number][1]
        assert unsure or all(one & other for one, other in zip(shown, now[number][0], strict=True) if one)
    here.undo("last")
    assert stored(here) == bodies
    return True


def rehearsed(plan: Plan) -> tuple[ApplyResult, list[RequestPreview]]:
    """Return what a rehearsal counts, and each request it would send."""
    found: list[RequestPreview] = []
    with prepare_apply(open_workspace(), plan, ApplyOptions(rehearse=True)) as ready:
        return ready.rehearse(preview=found.append), found


def forecast(plan: Plan) -> int:
    """Return how many requests the review foretells."""
    workspace = open_workspace()
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        return forecast_apply(workspace, mirror, plan.accepted).consequences.requests


def watched(patch: pytest.MonkeyPatch) -> list[RequestPreview]:
    """Return the list of what is written to esa from now on."""
    written: list[RequestPreview] = []
    right = EsaWrites._write

    def write(self: EsaWrites, method: str, path: str, body: dict[str, Any], number: int = 0) -> Answer:
        written.append(RequestPreview(method, self._ask.url(self._ask.in_team(path)), body))
        return right(self, method, path, body, number)

    patch.setattr(EsaWrites, "_write", write)
    return written


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
