#!/usr/bin/env python3
"""What planning a big move costs: links that follow it, and homes for pages of personal folders.

    python bench/reorganise.py                      3,000 posts; some minutes
    python bench/reorganise.py --posts 300 --out -  a slice, result to standard output

`links` is `kb plan move --map` over a mirror in which every category gets another name and posts link to categories in
every spelling a browser takes: 8,000 places at least. It is planned for half as many and twice as many posts, too:
memory grows with the plan, some kilobytes a change. `long` are as many posts with ten times the text: not with that.
Nobody has linted there before, so each run also builds the database of the first search for secrets (7 CPU seconds, 90
MB). `homes` is `kb plan move --from 'Users/*'` for 1,200 personal pages beside 3,000 of the team's in 1,521 places,
after a lint has noted where no secret stands. Ends with 1 where a link is missed, or a target is.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).parents[1]
sys.path[:] = [str(ROOT), str(ROOT / "tests"), *(each for each in sys.path if Path(each) != ROOT / "bench")]

from torture_kit.results_file import keep  # noqa: E402

from kb.mirror import queries  # noqa: E402
from kb.mirror.documents import SourceRow  # noqa: E402
from kb.mirror.store import Mirror  # noqa: E402
from kb.model.document import Kind, Source  # noqa: E402
from kb.plan.destinations.families import fold_place  # noqa: E402

KB = [sys.executable, "-m", "kb"]
LINKS_EACH = 3
TARGETS = {"links wall s": 20.0, "homes cpu s": 10.0}
SPELLINGS = (
    "[手順](/#path={whole})",
    "<https://docs.esa.io/#path={half}>",
    "[探す](/posts?q=in%3A%22{whole}%22+-wip%3Atrue)",
    "[{place}](/{place})",
    '<a href="/#path={half}">置き場</a>',
    "[書く](/posts/new?category_path={whole}&template_post_id=3)",
)


def row_of(number: int, title: str, category: str, body: str, author: str = "sato") -> SourceRow:
    """A post as a sync would have written it."""
    moment = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}T00:00:00Z"
    return SourceRow(
        Source.ESA, Kind.POST, str(number), f"esa:{number}", title, body, {}, number=number, category=category,
        author=author, edited_by=author, created_at=moment, updated_at=moment, revision=1,
    )  # fmt: skip


def make_workspace(folder: Path, team: str, rows: Iterable[SourceRow], members: Iterable[str] = ()) -> None:
    """Write kb.toml and a mirror of these posts."""
    (folder / ".kb").mkdir(mode=0o700, parents=True)
    (folder / "kb.toml").write_text(f'[esa]\nteam = "{team}"\n[plan]\nmost_changes = 10000\n', encoding="utf-8")
    with Mirror.open(folder / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.things(Source.ESA, "member", {name: {"screen_name": name} for name in members})
        writer.mark("esa.members", json.dumps("whole"))
        writer.put(list(rows))


WATCHED = """
import json, os, subprocess, sys
began = os.times().elapsed
code = subprocess.call(sys.argv[2:])
import resource
used = resource.getrusage(resource.RUSAGE_CHILDREN)
figures = {"cpu_s": used.ru_utime + used.ru_stime, "wall_s": os.times().elapsed - began}
figures["memory_mb"] = used.ru_maxrss / 1024
json.dump([code, {name: round(value, 1) for name, value in figures.items()}], open(sys.argv[1], "w"))
"""
"""A program's figures, taken by a small one: a child counts the memory of who starts it as its own."""


def timed(folder: Path, *words: str) -> dict[str, float]:
    """Run kb; return CPU and wall seconds, and the most memory it held."""
    command = [sys.executable, "-S", "-c", WATCHED, "figures.json", *KB, *words]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(done.stdout[-800:])
    code, figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    if code:
        raise SystemExit(f"kb {' '.join(words)} ended with {code}: {done.stdout[-800:]}")
    return dict(figures)


def linking_posts(count: int, times: int) -> Iterator[SourceRow]:
    """Posts in categories of ten, each with LINKS_EACH links to categories, and so many times the text around them."""
    places = [f"部門{at // 20:02}/業務{at % 20:02}" for at in range(max(2, count // 10))]
    filler = "手順を上から順に行い、終わったら担当に知らせます。\n" * 20 * times
    for number in range(1, count + 1):
        lines = []
        for at in range(LINKS_EACH):
            place = places[(number * 7 + at * 13) % len(places)]
            whole, half = quote(f"/{place}", safe=""), quote(f"/{place}", safe="/")
            lines.append(SPELLINGS[(number + at) % len(SPELLINGS)].format(whole=whole, half=half, place=place))
        body = f"# 作業 {number}\n\n{filler}\n- " + "\n- ".join(lines) + f"\n\n```\n{lines[0]}\n```\n"
        yield row_of(number, f"作業 {number}", places[number % len(places)], body)


def plan_links(folder: Path, count: int, times: int = 1) -> dict[str, Any]:
    """Plan the renaming of every top category; return what it cost, and the links in the plan."""
    folder.mkdir()
    make_workspace(folder, "docs", linking_posts(count, times))
    tops = sorted({row.category.partition("/")[0] for row in linking_posts(count, 0)})
    (folder / "map.csv").write_text("旧,新\n" + "".join(f"{top},移設後/{top}\n" for top in tops), encoding="utf-8")
    figures = timed(folder, "plan", "move", "--map", "map.csv", "-o", "plan.toml")
    plan = (folder / "plan.toml").read_text(encoding="utf-8")
    return {
        "posts": count,
        "links": plan.count('\nkind = "links"\n'),
        "moves": plan.count('\nkind = "move"\n'),
        **figures,
    }


def personal_posts(shared: int, personal: int, places: int) -> Iterator[SourceRow]:
    """Posts of bench/make_corpus.py: the team's, dealt out among so many of their places, then personal pages."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.jsonl"
        words = ["--docs", str(shared + personal), "--out", str(corpus)]
        subprocess.run(
            [sys.executable, ROOT / "bench" / "make_corpus.py", *words], check=True, stderr=subprocess.DEVNULL
        )
        rows = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()]
    homes = sorted({fold_place(row["category"]) for row in rows if "{" not in fold_place(row["category"])})[:places]
    for number, row in enumerate(rows[:shared], 1):
        yield row_of(number, row["name"], homes[number % len(homes)], row["body_md"], f"u{number % 40:02}")
    for number, row in enumerate(rows[shared:], shared + 1):
        who = f"u{number % 40:02}"
        yield row_of(number, row["name"], f"Users/{who}", row["body_md"], who)


def plan_homes(folder: Path, shared: int, personal: int, places: int) -> dict[str, Any]:
    """Propose homes for the pages of personal folders; return what it cost."""
    folder.mkdir()
    make_workspace(folder, "docs", personal_posts(shared, personal, places), (f"u{each:02}" for each in range(12, 40)))
    timed(folder, "lint", "--select", "SEC", "--exit-zero", "--jobs", "1")
    figures = timed(folder, "plan", "move", "--from", "Users/*", "-o", "plan.toml")
    proposed = (folder / "plan.toml").read_text(encoding="utf-8").count("\n[[change]]\n")
    with Mirror.open(folder / ".kb" / "mirror.db", readonly=True) as mirror:
        found = {fold_place(category) for _, (category, _) in queries.post_places(mirror.database)}
    places = sum(not each.startswith("Users/") for each in found)
    return {"shared": shared, "personal": personal, "places": places, "proposed": proposed, **figures}


def main() -> int:
    """Measure, judge, write the results."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--posts", type=int, default=3000)
    words.add_argument("--out", default=str(ROOT / "bench" / "results" / "reorganise.json"))
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        here, count = Path(folder), asked.posts
        links = [plan_links(here / f"links-{some}", some) for some in (count // 2, count, count * 2)]
        long = plan_links(here / "long", count, 10)
        homes = plan_homes(here / "homes", count, count * 2 // 5, count * 507 // 1000)
    missed = [
        f"{each['posts']} posts: {each['links']} links" for each in links if each["links"] != LINKS_EACH * each["posts"]
    ]
    whole = asked.posts >= 3000
    if whole and long["memory_mb"] > 1.25 * links[1]["memory_mb"]:
        missed.append(f"memory grows with the text: {links[1]['memory_mb']} MB, {long['memory_mb']} MB")
    if whole and links[1]["wall_s"] > TARGETS["links wall s"]:
        missed.append(f"links took {links[1]['wall_s']} s")
    if whole and homes["cpu_s"] > TARGETS["homes cpu s"]:
        missed.append(f"homes took {homes['cpu_s']} CPU s")
    keep({"targets": TARGETS, "links": links, "long": long, "homes": homes, "missed": missed}, asked.out)
    for each in missed:
        print(each, file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
