#!/usr/bin/env python3
"""Record what kb does, and compare two recordings: one made before a restructuring, one after.

    python bench/behaviour.py record .venv/bin/python before
    python bench/behaviour.py record .venv/bin/python after --inputs before/in
    python bench/behaviour.py compare before after

kb is run by its public names only (`python -m kb …`), so the modules may move. `record` copies what it lints to
OUT/in, where the next recording finds the very same with `--inputs`. Everything is dated by KB_NOW.

| part | records |
|---|---|
| lint | the findings of every corpus in tests/corpus, of the pages of tests/rules, of made posts and tickets |
| golden | a hash of every data file of tests/ and docs/rules |
| help | `--help` of every command, in Japanese and in English |
| sandbox | the answers of `kb sandbox` to a fixed series of requests |
| sync | the requests of three syncs, by route; what kb says of the mirror |
| startup | CPU of commands that have nothing to do |
| lint_cpu | CPU of `kb lint` over made posts |
| size | bytes of the wheel; files and lines of kb, by room |

`record PYTHON OUT PYTHON OUT --only startup,lint_cpu` lets two checkouts take turns: measure figures that are to be
compared so, on a quiet machine.

`compare` prints a table and what differs, and exits with 1 if anything does. Figures may differ: CPU by 5 %, and the
wheel may shrink. English wording is listed and does no harm, unless --strict is given.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from behaviour_compare import Json, compare, read_json
from behaviour_requests import Server, esa_series, faults, redmine_series

ROOT = Path(__file__).parents[1]
NOW = "2026-11-23T09:00:00+09:00"
LANGUAGES = ("ja", "en")
POSTS, TICKETS, CPU_POSTS = 20_000, 2_000, 4_000
EVERYTHING = ("--pages", "--profile", "strict", "--min-confidence", "low", "--exit-zero")


@dataclass(frozen=True)
class Checkout:
    """The kb that an interpreter runs, and where it is recorded to."""

    python: Path
    out: Path

    def run(self, *words: str, folder: Path, env: Json | None = None, into: Path | None = None) -> str:
        """Stdout of `kb …`, followed by its exit code; written to a file if one is given."""
        done = subprocess.run(
            [str(self.python), "-m", "kb", *words],
            cwd=folder,
            env=environment(folder) | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if "Traceback" in done.stderr:
            raise SystemExit(f"kb {' '.join(words)}:\n{done.stderr}")
        text = f"{done.stdout}[exit code {done.returncode}]\n"
        if into is not None:
            write(into, text)
        return text

    def root(self) -> Path:
        """The folder of the checkout."""
        asked = [str(self.python), "-c", "import kb; print(kb.__file__)"]
        found = subprocess.run(asked, capture_output=True, text=True, check=True, cwd="/")
        return Path(found.stdout.strip()).parents[1]


def environment(folder: Path) -> dict[str, str]:
    """An environment in which nothing of this machine shows: no tokens, no settings, the time and the key fixed."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
    fixed = {"HOME": str(folder / "home"), "KB_NOW": NOW, "KB_KEY": "5e" * 32, "TZ": "Asia/Tokyo", "COLUMNS": "100"}
    return kept | fixed | {"PYTHONHASHSEED": "0"}


def write(path: Path, text: str) -> None:
    """Write a text, its folder too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_json(path: Path, value: object) -> None:
    """Write JSON that a person can read."""
    write(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


# --- inputs


def make_inputs(folder: Path, docs: int) -> None:
    """Copy the corpora of this checkout, and make posts and tickets, unless they are there."""
    if folder.exists():
        return
    fresh = folder.with_name("in.part")
    shutil.rmtree(fresh, ignore_errors=True)
    for path in sorted((ROOT / "tests" / "corpus").glob("*/docs.jsonl")):
        write(fresh / "corpora" / f"{path.parent.name}.jsonl", path.read_text(encoding="utf-8"))
    shutil.copytree(ROOT / "tests" / "rules", fresh / "pages", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copy(ROOT / "tests" / "contract" / "seed.json", fresh / "seed.json")
    for kind, count in (("posts", docs), ("tickets", docs * TICKETS // POSTS)):
        maker = [sys.executable, str(ROOT / "bench" / "make_corpus.py"), "--kind", kind, "--docs", str(count)]
        subprocess.run([*maker, "--out", str(fresh / f"{kind}.jsonl")], check=True, stderr=subprocess.DEVNULL)
    with (fresh / "tickets.jsonl").open(encoding="utf-8") as lines:
        tickets = [as_document(json.loads(line)) for line in lines]
    write(fresh / "tickets.jsonl", "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in tickets))
    # The team of `kb demo`, whose dates follow from the day it is made on: made once, with the inputs.
    team = "import datetime, pathlib, sys\nfrom kb.sandbox.team import build, write\n"
    team += f"write(build(datetime.datetime.fromisoformat({NOW!r})), pathlib.Path(sys.argv[1]))"
    (fresh / "team").mkdir()
    subprocess.run([sys.executable, "-c", team, str(fresh / "team")], check=True)
    # A world is one line of `--data`.
    world = read_json(fresh / "seed.json")
    write(fresh / "seed.json", json.dumps(world, ensure_ascii=False) + "\n")
    fresh.rename(folder)


def as_document(ticket: Json) -> Json:
    """A ticket as `kb lint --input` takes it."""
    times = {"created_at": ticket["created_on"], "updated_at": ticket["updated_on"]}
    return {"id": ticket["id"], "source": "redmine", "title": ticket["subject"], "body": ticket["description"]} | times


def hashes(folder: Path) -> dict[str, str]:
    """A hash of each file below a folder, by its path there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# --- what kb does


def record_lint(kb: Checkout, rounds: int) -> None:
    """Findings of each corpus: all of them in Japanese, those of the usual settings in English."""
    inputs = kb.out / "in"
    for path in [*sorted((inputs / "corpora").glob("*.jsonl")), inputs / "tickets.jsonl"]:
        with workspace() as folder:
            words = ["lint", "--format", "jsonl", "--input", str(path)]
            kb.run(*words, *EVERYTHING, folder=folder, into=kb.out / "lint" / "ja" / path.name)
            kb.run("--lang", "en", *words, folder=folder, into=kb.out / "lint" / "en" / path.name)
    with workspace() as folder:
        shutil.copytree(inputs / "pages", folder / "pages")
        into = kb.out / "lint" / "ja"
        kb.run("lint", "--format", "jsonl", "pages", *EVERYTHING, folder=folder, into=into / "pages.jsonl")
        posts = str(inputs / "posts.jsonl")
        kb.run("lint", "--format", "jsonl", "--input", posts, folder=folder, into=into / "posts.jsonl")


def record_golden(kb: Checkout, rounds: int) -> None:
    """A hash of each file under tests/ and docs/rules that is not code."""
    root = kb.root()
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "tests", "docs/rules"], capture_output=True, text=True, check=True
    )
    names = [name for name in listed.stdout.split("\0") if name and not name.endswith(".py")]
    found = {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in names if (root / name).exists()}
    write_json(kb.out / "golden.json", found)


def record_help(kb: Checkout, rounds: int) -> None:
    """`--help` of kb, of each group and of each command, as the help of kb lists them."""
    with workspace() as folder:
        for language in LANGUAGES:
            top = kb.run("--lang", language, "--help", folder=folder, into=kb.out / "help" / language / "kb.txt")
            commands = re.findall(r"^  ([a-z][a-z-]*(?: [a-z-]+)?)(?:  |$)", top, re.M)
            groups = {name.split()[0] for name in commands if " " in name}
            for name in sorted({*commands, *groups}):
                file = kb.out / "help" / language / f"{name.replace(' ', '-')}.txt"
                kb.run("--lang", language, *name.split(), "--help", folder=folder, into=file)


@contextmanager
def workspace() -> Iterator[Path]:
    """An empty folder to run in."""
    with tempfile.TemporaryDirectory(prefix="kb-behaviour-") as folder:
        (Path(folder) / "home").mkdir()
        yield Path(folder)


# --- the sandbox


@contextmanager
def served(kb: Checkout, folder: Path, *words: str) -> Iterator[Server]:
    """A sandbox, ended afterwards."""
    command = [str(kb.python), "-m", "kb", "sandbox", "--port", "0", *words]
    with subprocess.Popen(
        command, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield Server(process)
        finally:
            process.terminate()


def team_words(kb: Checkout) -> list[str]:
    """Words that load the invented team."""
    return [word for path in sorted((kb.out / "in" / "team").resolve().iterdir()) for word in ("--data", str(path))]


def record_sandbox(kb: Checkout, rounds: int) -> None:
    """Answers of the sandbox: the invented team in three profiles, and the world of a real Redmine."""
    worlds: dict[str, Iterable[str]] = {
        "team": team_words(kb),
        "strict": (*team_words(kb), "--profile", "strict"),
        "redmine-3.4": (*team_words(kb), "--profile", "redmine-3.4"),
        "seed": ("--data", str((kb.out / "in" / "seed.json").resolve())),
    }
    for world, words in worlds.items():
        answers: list[Json] = []
        with workspace() as folder, served(kb, folder, *words) as server:
            posts = server.ask("GET", "/v1/teams/docs/posts?sort=number&order=asc")["body"]["posts"]
            tickets = server.ask("GET", "/redmine/issues.json?sort=id&status_id=open")["body"]["issues"]
            numbers = [each["number"] for each in posts] or [1, 2]
            ids = [each["id"] for each in tickets] or [1, 2]
            steps = [*esa_series(numbers[0], numbers[1]), *redmine_series(ids[0], ids[1])]
            steps.extend(("GET", f"/redmine/issues/{each}.json?include=journals", None) for each in ids)
            answers.extend(
                {"request": f"{method} {path} {json.dumps(body, ensure_ascii=False)}"} | server.ask(method, path, body)
                for method, path, body in steps
            )
            closed = ("/v1/user", "/redmine/issues.json")
            answers.extend(
                {"request": f"GET {path} as nobody"} | server.ask("GET", path, key="0" * 40) for path in closed
            )
            answers.extend({"request": name} | answer for name, answer in faults(server))
        lines = [json.dumps(each, ensure_ascii=False) for each in answers]
        write(kb.out / "sandbox" / f"{world}.jsonl", "\n".join(lines) + "\n")


# --- syncs

EDITS: tuple[Json, ...] = (
    {
        "system": "esa",
        "action": "create",
        "fields": {"name": "運用/台帳/増えた記事", "body_md": "パスワードは後で書く。\n"},
    },
    {"system": "esa", "action": "update", "number": 0, "fields": {"body_md": "## 原因\n\n調査中\n"}},
    {"system": "esa", "action": "move", "number": 1, "fields": {"category": "運用"}, "quiet": True},
    {"system": "esa", "action": "delete", "number": 2},
    {"system": "esa", "action": "comment", "number": 3, "fields": {"body": "直りました"}},
)


def record_sync(kb: Checkout, rounds: int) -> None:
    """Requests of a first sync, of one after edits, of one with nothing new; then what kb says of the mirror."""
    counts: Json = {}
    with workspace() as folder, served(kb, folder, *team_words(kb), "--profile", "nolimit") as server:
        write(folder / "kb.toml", f'[esa]\nteam = "docs"\n[redmine]\nurl = "{server.info["redmine"]}"\n')
        posts = server.ask("GET", "/v1/teams/docs/posts?sort=number&order=asc")["body"]["posts"]
        for name in ("first", "after edits", "nothing new"):
            if name == "after edits":
                for order in EDITS:
                    number = {"number": posts[order["number"]]["number"]} if "number" in order else {}
                    server.control("POST", "edit", order | number | {"as": "sato"})
            server.control("POST", "reset", {"counters": True})
            text = kb.run("sync", folder=folder, env=server.env())
            write(kb.out / "mirror" / f"ja/sync-{name.replace(' ', '-')}.txt", text)
            counts[name] = server.control("GET", "requests")
        for language in LANGUAGES:
            for file, words in MIRROR.items():
                text = kb.run("--lang", language, *words, folder=folder, env=server.env())
                write(kb.out / "mirror" / language / file, server.normal(text).replace(str(folder), "FOLDER"))
    write_json(kb.out / "requests.json", counts)


MIRROR = {
    "lint.jsonl": ("lint", "--format", "jsonl", *EVERYTHING),
    "lint.txt": ("lint", "--all", "--exit-zero"),
    "report.txt": ("report",),
    "incidents.txt": ("incidents",),
    "secrets.txt": ("secrets", "list"),
    "search.txt": ("search", "再起動"),
    "status.txt": (),
}


# --- figures


def cpu_s(words: list[str | Path], folder: Path) -> float:
    """CPU seconds of a child process and of those it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    quiet = subprocess.DEVNULL
    done = subprocess.run(
        words, cwd=folder, env=environment(folder), stdin=quiet, stdout=quiet, stderr=quiet, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(f"exit code {done.returncode}: {words}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def take_turns(checkouts: list[Checkout], part: str, commands: dict[str, tuple[str, ...]], rounds: int) -> None:
    """Measure commands, all checkouts in turn. The lowest of the rounds counts, after one that warms the caches."""
    best: dict[Path, dict[str, float]] = {each.out: {} for each in checkouts}
    with workspace() as folder:
        (folder / "empty").mkdir()
        for turn in range(rounds + 1):
            for name, words in commands.items():
                for kb in checkouts:
                    given = [word.replace("IN/", f"{(kb.out / 'in').resolve()}/") for word in words]
                    fresh = cpu_s([kb.python, "-m", "kb", *given], folder)
                    if turn:
                        best[kb.out][name] = min(best[kb.out].get(name, fresh), fresh)
    for kb in checkouts:
        update_figures(kb, part, {name: round(value, 4) for name, value in best[kb.out].items()})


def update_figures(kb: Checkout, part: str, figures: Json) -> None:
    """Write the figures of a part beside those of the others."""
    write_json(kb.out / "figures.json", read_json(kb.out / "figures.json") | {part: figures})


def measure_startup(checkouts: list[Checkout], rounds: int) -> None:
    """CPU seconds of commands that have nothing to do."""
    commands = {
        "kb --help": ("--help",),
        "kb --version": ("--version",),
        "kb": (),
        "kb lint EMPTY": ("lint", "empty"),
    }
    take_turns(checkouts, "startup", commands, rounds * 7)  # short, so that noise weighs more


def measure_lint_cpu(checkouts: list[Checkout], rounds: int) -> None:
    """CPU seconds of a lint of the first made posts."""
    for kb in checkouts:
        with (kb.out / "in" / "posts.jsonl").open(encoding="utf-8") as lines:
            text = "".join(line for line, _ in zip(lines, range(CPU_POSTS), strict=False))
        write(kb.out / "some" / "posts.jsonl", text)
    command = ("lint", "--format", "jsonl", "--jobs", "1", "--input", "IN/../some/posts.jsonl")
    take_turns(checkouts, "lint_cpu", {f"kb lint, {CPU_POSTS} posts": command}, rounds)
    for kb in checkouts:
        shutil.rmtree(kb.out / "some")


def record_size(kb: Checkout, rounds: int) -> None:
    """The wheel's bytes, and files and lines of kb: in all without the sandbox, and by room."""
    root = kb.root()
    with tempfile.TemporaryDirectory() as folder:
        builder = [str(kb.python), "-m", "build", "--wheel", "--no-isolation", "-o", folder, str(root)]
        subprocess.run(builder, check=True, stdout=subprocess.DEVNULL)
        wheel = next(Path(folder).glob("*.whl")).stat().st_size
    rooms: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0, 0])
    for place, folders, names in os.walk(root / "kb"):
        folders[:] = [name for name in folders if name != "__pycache__"]
        inside = Path(place).relative_to(root / "kb").parts
        code = [name for name in names if name.endswith(".py")]
        lines = sum((Path(place) / name).read_bytes().count(b"\n") for name in code)
        room = rooms[inside[0] if inside else "."]
        room[:] = [room[0] + len(code), room[1] + lines, max(room[2], len(folders) + len(names))]
    counted = [each for name, each in rooms.items() if name != "sandbox"]
    figures = {"wheel": wheel, "files": sum(each[0] for each in counted), "lines": sum(each[1] for each in counted)}
    update_figures(kb, "size", figures | {"rooms": dict(sorted(rooms.items()))})


ALONE: dict[str, Callable[[Checkout, int], None]] = {
    "lint": record_lint,
    "golden": record_golden,
    "help": record_help,
    "sandbox": record_sandbox,
    "sync": record_sync,
    "size": record_size,
}
TOGETHER: dict[str, Callable[[list[Checkout], int], None]] = {"startup": measure_startup, "lint_cpu": measure_lint_cpu}
CLEARED = {"lint": ["lint"], "help": ["help"], "sandbox": ["sandbox"], "sync": ["mirror"]}
"""Folders that a part writes anew."""


def record(checkouts: list[Checkout], only: list[str], inputs: Path | None, rounds: int, docs: int) -> None:
    """Record the parts, each checkout to its own folder."""
    for kb in checkouts:
        kb.out.mkdir(parents=True, exist_ok=True)
        if inputs is not None and inputs.resolve() != (kb.out / "in").resolve():
            shutil.rmtree(kb.out / "in", ignore_errors=True)
            shutil.copytree(inputs, kb.out / "in")
        make_inputs(kb.out / "in", docs)
        write_json(kb.out / "inputs.json", hashes(kb.out / "in"))
        commit = subprocess.run(
            ["git", "-C", kb.root(), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
        write_json(kb.out / "commit.json", commit.stdout.strip())
    for part in only:
        for kb in checkouts:
            for name in CLEARED.get(part, []):
                shutil.rmtree(kb.out / name, ignore_errors=True)
            if part in ALONE:
                ALONE[part](kb, rounds)
        if part in TOGETHER:
            TOGETHER[part](checkouts, rounds)
        print(part, "recorded", file=sys.stderr)


def main() -> int:
    """Record or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    orders = parser.add_subparsers(dest="order", required=True)
    making = orders.add_parser("record", help="record what one kb does, or several in turn")
    making.add_argument("pairs", nargs="+", metavar="PYTHON OUT", type=Path)
    making.add_argument("--only", default="", metavar="PART,…", help=f"of: {', '.join([*ALONE, *TOGETHER])}")
    making.add_argument("--inputs", type=Path, metavar="IN", help="the folder `in` of an earlier recording")
    making.add_argument("--rounds", type=int, default=3, help="of each measurement; the lowest counts")
    making.add_argument("--docs", type=int, default=POSTS, help="posts that are made")
    comparing = orders.add_parser("compare", help="print what differs, exit with 1 if anything does")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    comparing.add_argument("--strict", action="store_true", help="English wording is a difference too")
    given = parser.parse_args()
    if given.order == "compare":
        return compare(given.before, given.after, given.strict)
    known = [*ALONE, *TOGETHER]
    only = [part for part in given.only.split(",") if part] or known
    if len(given.pairs) % 2 or set(only) - set(known):
        parser.error(f"PYTHON OUT in pairs; parts are {', '.join(known)}")
    # `absolute`, not `resolve`: the interpreter of an environment is a link to another one.
    checkouts = [Checkout(a.absolute(), b.absolute()) for a, b in zip(given.pairs[::2], given.pairs[1::2], strict=True)]
    record(checkouts, only, given.inputs, given.rounds, given.docs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
