"""What not every member may read is in nothing that is published, notified, exported or printed in CI; its number is.

`FACES` has a line for everything kb passes on. The tests at the end hold it against the options that exist, so that
a new form, a new command or a new step of a workflow fails here until it has its line.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from reports.private_world import (
    DRAFT,
    FINISHED,
    FIRST,
    FOLDER,
    NAMED_TICKET,
    PERSONAL,
    PLANTS,
    PUBLIC,
    PUBLIC_TITLE,
    SECOND,
    SHARED_POST,
    WEEK,
    betrayed,
    edits,
    finished,
    minutes,
    posts,
    redmine,
    tickets,
)
from servers import Sandbox, run_sandbox

from kb.cli.app import run
from kb.commands.flows import findings
from kb.commands.registry import find_command, list_commands
from kb.commands.weekly import incidents as incidents_command
from kb.commands.weekly import report as report_command
from kb.commands.weekly import similar as similar_command
from kb.errors import Exit
from kb.settings import workspace
from kb.text import lang

ROOT = Path(__file__).parents[2]
REPORT_POST, LIST_POST, REPORT_TICKET, DIAGRAM_POST = 70001, 70002, 70003, 70004
FOR_ALL = ("redmine:90100", "redmine:90102", SHARED_POST)
MINUTES = next(plant for plant in PLANTS if plant.doc.startswith("files:"))
PRIVATE_DOCS = tuple(plant.doc for plant in PLANTS if plant.doc not in ("redmine:90102", SHARED_POST, MINUTES.doc))
TAIL = "QmZ3vX81kLwT5rYp0sNc7dEa"


@dataclass(slots=True)
class World:
    """The workspace on its second Monday, the sandbox it looks at, and a channel."""

    root: Path
    box: Sandbox
    posted: list[str] = field(default_factory=list)

    def kb(self, *words: str, fine: tuple[int, ...] = (Exit.OK,), typed: str = "") -> str:
        """All that a command prints; `typed` is its standard input."""
        workspace._named = None
        lang.set_language("ja")
        out, before = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), Path.cwd()
        streams = sys.stdout, sys.stderr, sys.stdin
        os.chdir(self.root)
        sys.stdout = sys.stderr = out
        sys.stdin = io.StringIO(typed)
        try:
            code = run(list(words))
        finally:
            sys.stdout, sys.stderr, sys.stdin = streams
            os.chdir(before)
        out.flush()
        said = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
        assert code in fine, said
        return said

    def value(self) -> str:
        """The id of the password in the minutes."""
        found = json.loads(self.kb("secrets", "list", "--format", "json").splitlines()[0])
        return next(row["value_id"] for row in found["values"] if FOLDER in json.dumps(row))


def take_minutes(root: Path, text: str) -> None:
    """Write the minutes, as of the moment the workspace is looked at."""
    path = root / MINUTES.doc.removeprefix("files:")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    moment = datetime.fromisoformat(os.environ["KB_NOW"]).timestamp() - 3600
    os.utime(path, (moment, moment))


def dressed(root: Path, box: Sandbox, hook: str, *, planted: bool) -> dict[str, str]:
    """The workspace's kb.toml, and the environment it is looked at in."""
    folder = f'[[source]]\nkind = "files"\nname = "{FOLDER}"\npath = "{FOLDER}"\n' if planted else ""
    (root / "kb.toml").write_text(
        f"""[esa]
team = "docs"
webhooks = "none"
limited = ["不具合共有/hisokabunrui"]
[redmine]
url = "{box.redmine}"
[incidents]
places = ["不具合共有/**"]
esa_post = {LIST_POST}
[hosts]
pattern = '[a-z]+-(prd|stg)-[a-z]+-[0-9]{{2}}'
[report]
esa_post = {REPORT_POST}
redmine_ticket = {REPORT_TICKET}
{folder}""",
        encoding="utf-8",
    )
    return {**box.credentials, "SLACK_WEBHOOK_URL": hook, "KB_KEY": "11" * 32}


TARGETS: list[dict[str, Any]] = [
    {"number": REPORT_POST, "name": "週報", "category": "運用", "body_md": "# 週報\n", "tags": []},
    {"number": DIAGRAM_POST, "name": "構成図", "category": "運用", "body_md": "# 構成図\n", "tags": []},
    {"number": LIST_POST, "name": "一覧", "category": "運用", "body_md": "# 一覧\n", "tags": []},
    {"id": REPORT_TICKET, "project": {"id": 1, "name": "基盤"}, "tracker": {"id": 1, "name": "障害"},
     "status": {"id": 1, "name": "新規"}, "priority": {"id": 2, "name": "通常"}, "subject": "週報",
     "author": {"id": 22, "name": "小野"}, "assigned_to": {"id": 22, "name": "小野"}, "description": "",
     "created_on": "2026-11-20T00:00:00Z", "updated_on": "2026-11-20T00:00:00Z", "journals": []},
]  # fmt: skip


@contextmanager
def two_mondays(root: Path, hook: str, *, planted: bool) -> Iterator[World]:
    """A workspace that looked on two Mondays, with or without what is not for everybody."""
    gone = () if planted else (doc for doc in PRIVATE_DOCS if doc[-1].isdigit() and doc != NAMED_TICKET)
    hidden = tuple(int(doc.rpartition(":")[2]) for doc in gone)
    base = redmine()
    if not planted:
        base["wiki_pages"] = []
    rows = [row for row in (*posts(), *finished(), *tickets()) if row.get("number", row.get("id")) not in hidden]
    with (
        run_sandbox("--profile", "nolimit", data=[base, *rows, *TARGETS]) as box,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in dressed(root, box, hook, planted=planted).items():
            patch.setenv(name, value)
        world = World(root, box)
        box.clock(now=FIRST, frozen=True)
        patch.setenv("KB_NOW", FIRST)
        if planted:
            take_minutes(root, minutes())
        world.kb("sync")
        world.kb("lint", "--exit-zero")
        box.clock(now="2026-11-18T10:00:00+09:00", frozen=True)
        for edit in edits():
            if edit.get("number", edit.get("id")) not in hidden:
                box.edit(edit.pop("system"), edit.pop("action"), as_=edit.pop("as"), **edit)
        box.clock(now=SECOND, frozen=True)
        patch.setenv("KB_NOW", SECOND)
        if planted:
            take_minutes(root, minutes(prevention="検討中"))
        world.kb("sync")
        world.kb("lint", "--exit-zero")
        yield world


@pytest.fixture(scope="module")
def channel() -> Iterator[tuple[str, list[str]]]:
    """A Slack on loopback: its webhook, and what it was posted."""
    posted: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/services/T0AAAA111/B0BBBB222/{TAIL}", posted
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, channel: tuple[str, list[str]]) -> Iterator[World]:
    hook, posted = channel
    with two_mondays(tmp_path_factory.mktemp("private"), hook, planted=True) as made:
        made.posted = posted
        made.kb("diagram", "init")
        model = made.root / "diagrams" / "system.toml"
        text = model.read_text("utf-8").replace("[system]\n", f"[system]\nesa_post = {DIAGRAM_POST}\n", 1)
        model.write_text(text, encoding="utf-8")
        yield made


# -- what is passed on ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Face:
    """One thing that is passed on: the command, and what others then see.

    `counts` says what it counts of what it leaves out: `documents` (the note is one), `findings`, `incidents`, or
    nothing, where it lists nothing. `names` says whether what is for everybody is named in it, or what: else an empty
    face would pass. `first` is what has to be done before, `typed` its standard input.
    """

    words: tuple[str, ...]
    counts: str
    names: bool | str = True
    seen: Callable[[World, str], str] = lambda world, said: said
    fine: tuple[int, ...] = (Exit.OK,)
    typed: str = ""
    first: tuple[str, ...] = ()


def answered(number: int) -> Callable[[World, str], str]:
    """The post the answers to every question go into; what the local person is told stays with them."""

    def seen(world: World, said: str) -> str:
        (path,) = (world.root / ".kb" / "private" / "handover").glob("*/questions.md")
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"(?m)^- 置き場所: .*$", f"- 置き場所: esa:{number}", text)
        path.write_text(re.sub(r"(?m)^答え:$", "答え:\n\n答えです", text), encoding="utf-8")
        assert betrayed(text), "no question rests on what not everybody may read"
        world.kb("handover", "小野", "--publish", "--yes")
        return the_post(number)(world, "")

    return seen


def the_post(number: int) -> Callable[[World, str], str]:
    def seen(world: World, said: str) -> str:
        row = next(row for row in world.box.dump("esa") if row.get("number") == number)
        return said + json.dumps(row, ensure_ascii=False) + journals(world)

    return seen


def the_ticket(world: World, said: str) -> str:
    row = next(row for row in world.box.dump("redmine") if row.get("id") == REPORT_TICKET and "subject" in row)
    return said + json.dumps(row, ensure_ascii=False) + journals(world)


def journals(world: World) -> str:
    """What the runs wrote down, which may be handed over."""
    return "".join(path.read_text("utf-8") for path in (world.root / ".kb" / "runs").glob("*.jsonl"))


def the_file(name: str) -> Callable[[World, str], str]:
    return lambda world, said: said + (world.root / name).read_text("utf-8")


def below(name: str) -> Callable[[World, str], str]:
    def seen(world: World, said: str) -> str:
        files = [path for path in (world.root / name).rglob("*") if path.is_file()]
        return said + "".join(f"{path.relative_to(world.root)}\n{path.read_text('utf-8')}" for path in files)

    return seen


def once(name: str, *others: str) -> Callable[[World, str], str]:
    """A file that others read; it and `others` are removed, since they would change what comes next."""

    def seen(world: World, said: str) -> str:
        path = world.root / name
        text = path.read_text("utf-8") if path.exists() else ""
        for each in (name, *others):
            (world.root / each).unlink(missing_ok=True)
        return text

    return seen


def again(plan: str) -> Callable[[World, str], str]:
    """What is said of a plan once all of it was accepted."""

    def seen(world: World, said: str) -> str:
        world.kb("review", plan, "--accept", "all")
        said = world.kb("review", plan, "--announce")
        (world.root / plan).unlink()
        return said

    return seen


def packed(world: World, said: str) -> str:
    return said + gzip.decompress((world.root / "state.jsonl.gz").read_bytes()).decode()


def the_channel(world: World, said: str) -> str:
    assert world.posted
    return said + "".join(world.posted) + journals(world)


_PUBLISHED = ("--insert", "top", "--yes")
_RETITLE = ("plan", "retitle", "--match", "障害", "--to", "不具合")
FACES: dict[str, Face] = {
    **{
        f"report --format {form}": Face(("report", "--format", form), "documents")
        for form in report_command.SHARED_FORMATS
    },
    "report --publish esa --dry-run": Face(
        ("report", "--publish", "esa", "--insert", "top", "--dry-run"), "documents"),
    "report --publish esa": Face(("report", "--publish", "esa", *_PUBLISHED), "documents", seen=the_post(REPORT_POST)),
    "report --publish redmine --dry-run": Face(
        ("report", "--publish", "redmine", "--insert", "top", "--dry-run"), "documents", names=False),
    "report --publish redmine": Face(
        ("report", "--publish", "redmine", *_PUBLISHED), "documents", names=False, seen=the_ticket),
    "report --publish FILE": Face(
        ("report", "--publish", "week.md", *_PUBLISHED), "documents", seen=the_file("week.md")),
    "report --publish FILE, as a page": Face(
        ("report", "--publish", "week.html", *_PUBLISHED), "documents", seen=the_file("week.html")),
    **{
        f"report --publish {name}": Face(("report", "--publish", name, "--yes"), "documents", names, the_file(name))
        for name, names in (("week.json", True), ("week.txt", False))
    },
    "report --notify slack --dry-run": Face(("report", "--notify", "slack", "--dry-run"), "documents", names=False),
    "report --notify slack": Face(
        ("report", "--notify", "slack", "--yes"), "documents", names=False, seen=the_channel),
    **{
        f"incidents --format {form}": Face(("incidents", "--format", form), "incidents")
        for form in incidents_command.SHARED_INCIDENT_FORMATS
    },
    **{
        f"incidents --by repeat --format {form}": Face(("incidents", "--by", "repeat", "--format", form), "incidents",
                                                       names=False)
        for form in incidents_command.SHARED_INCIDENT_FORMATS
    },
    "incidents --publish esa --dry-run": Face(
        ("incidents", "--publish", "esa", "--insert", "top", "--dry-run"), "incidents"),
    "incidents --publish esa": Face(
        ("incidents", "--publish", "esa", *_PUBLISHED), "incidents", seen=the_post(LIST_POST)),
    "incidents --publish FILE": Face(
        ("incidents", "--publish", "list.md", *_PUBLISHED), "incidents", seen=the_file("list.md")),
    **{
        f"lint --format {form}": Face(("lint", "--format", form, "--exit-zero"), "findings")
        for form in ("sarif", "github", "junit", "markdown", "html")
    },
    "lint --new-only --format github": Face(
        ("lint", "--new-only", "--format", "github", "--exit-zero"), "", names=False),
    **{
        f"inventory --format {form}": Face(("inventory", "--format", form), "incidents", names=False)
        for form in ("text", "json", "csv")
    },
    "state export": Face(("state", "export", "state.jsonl.gz"), "", names=False, seen=packed),
    "diagram adopt": Face(("diagram", "adopt"), "", names=False),
    "diagram publish --dry-run": Face(
        ("diagram", "publish", "--insert", "top", "--dry-run"), "", names=False),
    "diagram publish": Face(
        ("diagram", "publish", "--insert", "top", "--yes"), "", names=False, seen=the_post(DIAGRAM_POST)),
    "export": Face(("export", "copies"), "documents", seen=below("copies")),
    "site": Face(("site", "pages"), "findings", seen=below("pages")),
    "site --with-text": Face(("site", "pages", "--with-text"), "documents", seen=below("pages")),
    "lint --update-baseline": Face(
        ("lint", "--update-baseline", "--exit-zero"), "", seen=once("kb-baseline.toml", ".kb/kb-baseline.toml")),
    "lint --update-baseline --baseline": Face(
        ("lint", "--update-baseline", "--baseline", "base.toml", "--exit-zero"), "",
        seen=once("base.toml", ".kb/kb-baseline.toml")),
    "triage": Face(("triage",), "", seen=once("kb-decisions.toml", ".kb/kb-decisions.toml"), typed="a 理由\n" * 90),
    "secrets rotated": Face(
        ("secrets", "rotated", "VALUE", "--on", "2026-11-23", "--by", "小野"), "", names=False,
        seen=once("kb-decisions.toml", ".kb/kb-decisions.toml")),
    **{
        name: Face((*name.split(), *more, "-o", "some.toml"), "", names, once("some.toml"))
        for name, names, more in (
            ("plan from-findings", f"esa:{FINISHED}", ()),
            ("plan done", f"esa:{FINISHED}", ()),
            ("plan ship", f"esa:{DRAFT}", ("--older-than", "1")),
            ("plan archive", True, ("--title", ".")),
            ("plan move", True, ("--title", "障害", "--to", "移動先")),
            ("plan move --from Users/*", f"esa:{PERSONAL}", ()),
            ("plan links", "", ()),
            ("plan redact", "", ("--before-rotation",)),
            ("plan restrict", "", ("--without-check",)),
            ("plan tickets", True, ("--without-check",)),
            ("plan retitle", True, ("--match", "障害", "--to", "不具合")),
            ("plan close", "redmine:90100", ("--without-check", "--status", "新規", "--quiet-days", "0")),
            ("plan reassign", "redmine:90102", ("--from", "#22", "--to", "#24")),
        )
    },
    "plan refresh": Face(
        ("plan", "refresh", "some.toml"), "", seen=once("some.toml"), first=(*_RETITLE, "-o", "some.toml")),
    "plan share": Face(
        ("plan", "share", "asked.toml", "--to", f"esa:{REPORT_POST}", "--measures", "--unverified", "不具合共有",
         "--expired", "--yes"), "", seen=the_post(REPORT_POST),
        first=(*_RETITLE, "-o", "asked.toml", "--force")),
    "plan share of a private plan": Face(
        ("plan", "share", ".kb/asked.toml", "--to", f"esa:{REPORT_POST}", "--yes"), "", seen=the_post(REPORT_POST),
        first=(*_RETITLE, "-o", ".kb/asked.toml", "--force")),
    "runbook": Face(("runbook", "web-prd-app-01"), "", names=f"esa:{PUBLIC}"),
    "runbook -o FILE": Face(
        ("runbook", "web-prd-app-01", "-o", "some.md"), "", names=f"esa:{PUBLIC}", seen=once("some.md")),
    "runbook --into ID --dry-run": Face(
        ("runbook", "web-prd-app-01", "--into", f"esa:{REPORT_POST}", "--dry-run"), "", names=f"esa:{PUBLIC}"),
    "runbook --into ID": Face(
        ("runbook", "web-prd-app-01", "--into", f"esa:{REPORT_POST}", "--yes"), "", names=f"esa:{PUBLIC}",
        seen=the_post(REPORT_POST)),
    "runbook of another node": Face(("runbook", "hisoka-prd-db-7"), "", names=False, fine=(Exit.USAGE,)),
    "plan collect": Face(
        ("plan", "collect", "asked.toml"), "", names=False, seen=once("asked.toml"), fine=(Exit.OK, Exit.USAGE),
        first=(*_RETITLE, "-o", "asked.toml", "--force")),
    "plan verify": Face(
        ("plan", "verify", "asked.toml", "-o", "some.toml"), "", names=False,
        seen=once("some.toml", "asked.toml", "asked.questions.toml"), fine=(Exit.OK, Exit.USAGE),
        first=("plan", "share", "asked.toml", "--to", f"esa:{REPORT_POST}", "--unverified", "不具合共有", "--yes")),
    "plan to-csv": Face(
        ("plan", "to-csv", ".kb/some.toml", "some.csv"), "", names=False, seen=once("some.csv", ".kb/some.toml"),
        fine=(Exit.USAGE,), first=(*_RETITLE, "-o", ".kb/some.toml")),
    "handover --publish": Face(("handover", "小野", "--announced", "2026-01-05"), "", "答えです", answered(LIST_POST)),
    "init --hosts": Face(("init", "--hosts"), "", names="yamashina"),
    "review --announce": Face(
        ("review", ".kb/some.toml", "--announce"), "", names="移動先", seen=again(".kb/some.toml"),
        first=("plan", "move", "--title", "障害", "--to", "移動先", "-o", ".kb/some.toml")),
    "plan to-csv of what everybody may read": Face(
        ("plan", "to-csv", "some.toml", "some.csv"), "", seen=once("some.csv", "some.toml"),
        first=(*_RETITLE, "-o", "some.toml")),
}  # fmt: skip

LOCAL = {
    "lint": ("text", "json", "jsonl"),
    "report": ("text", "json"),
    "incidents": ("text", "json"),
    "similar": ("text", "json", "jsonl"),
}
"""Forms for whoever runs kb, who may read what the mirror holds."""


def left_out(world: World) -> dict[str, int]:
    """How many of each there are, counted from what the local person sees."""
    found = [
        json.loads(line) for line in world.kb("lint", "--format", "jsonl", "--exit-zero").splitlines() if line[0] == "{"
    ]
    docs = {str(row["doc"]) for row in found if "code" in row}
    own = MINUTES.doc  # whoever reads what is passed on is not told that there is such a folder
    private = [row for row in found if "code" in row and row["doc"] != own and not for_all(str(row["doc"]))]
    assert {"esa:90104", "redmine:90101", "redmine:90103", own} <= docs
    return {"documents": len(PRIVATE_DOCS) + 1, "findings": len(private), "incidents": 3}


def for_all(doc: str) -> bool:
    return not any(word in doc for word in ("9010", "Hisokawiki", FOLDER)) or doc in FOR_ALL


@pytest.mark.parametrize("name", FACES)
def test_it_names_nothing_that_is_not_for_everybody_and_says_how_much_that_is(world: World, name: str) -> None:
    face = FACES[name]
    if face.first:
        world.kb(*face.first)
    words = [world.value() if word == "VALUE" else word for word in face.words]
    seen = face.seen(world, world.kb(*words, fine=face.fine, typed=face.typed))
    assert betrayed(seen) == []
    if face.names is True:
        assert PUBLIC_TITLE in seen or f"esa:{PUBLIC}" in seen
    elif face.names:
        assert face.names in seen
    if face.counts:
        number = left_out(world)[face.counts]
        sentence = re.compile(r"(?:見えない|読めない|限られた)[^。\n]{0,30}?(\d+) 件|残り (\d+)")
        said = {int(one or two) for one, two in sentence.findall(seen)}
        assert number in said, (number, said)


@pytest.mark.parametrize(
    ("words", "counts", "stands"),
    [
        (("report", "--publish", "esa"), "documents", the_post(REPORT_POST)),
        (("report", "--publish", "redmine"), "documents", the_ticket),
        (("report", "--publish", "said.md"), "documents", the_file("said.md")),
        (("report", "--publish", "said.html"), "documents", the_file("said.html")),
        (("report", "--publish", "said.txt"), "documents", the_file("said.txt")),
        (("incidents", "--publish", "esa"), "incidents", the_post(LIST_POST)),
        (("incidents", "--publish", "troubles.md"), "incidents", the_file("troubles.md")),
        (("incidents", "--publish", "troubles.html"), "incidents", the_file("troubles.html")),
        (("incidents", "--publish", "troubles.txt"), "incidents", the_file("troubles.txt")),
    ],
)
def test_what_is_published_says_itself_how_much_is_not_in_it(
    world: World, words: tuple[str, ...], counts: str, stands: Callable[[World, str], str]
) -> None:
    world.kb(*words, "--insert", "top", "--yes")
    number = left_out(world)[counts]
    assert re.search(f"(?:全員には見えない|読める人が限られた)[^。\n]{{0,12}} {number} 件", stands(world, ""))


def test_the_local_person_sees_them(world: World) -> None:
    for words in (
        ("lint", "--all", "--exit-zero"), ("lint", "--format", "json", "--exit-zero"), ("incidents",),
        ("incidents", "--format", "json"), ("report", "--format", "json"),
    ):  # fmt: skip
        said = world.kb(*words)
        assert "90104" in said, words
        assert "hisokagijiroku" in said, words
    week = json.loads(world.kb("report", "--format", "json").splitlines()[0])
    assert week["name"] == WEEK
    assert week["left_out"] == {"documents": 0, "findings": 0}
    new = {row["doc"] for row in week["changed"]["new"]["rows"]}
    assert {"esa:90104", "redmine:90101", "redmine:90103"} <= new
    found = world.kb("search", "hisokakadai", "--open-tasks")
    assert MINUTES.doc in found
    assert "- [ ] hisokakadai" in found


def test_what_is_asked_for_with_them_would_be_seen_here(world: World) -> None:
    for words in (("report", "--format", "markdown"), ("incidents", "--format", "csv")):
        assert "hisokadaimei" in betrayed(world.kb(*words, "--include-private"))


def test_no_figure_is_another_than_if_they_were_not_there(
    world: World, tmp_path: Path, channel: tuple[str, list[str]]
) -> None:
    with_them = world.kb("report", "--format", "markdown")
    with two_mondays(tmp_path, channel[0], planted=False) as other:
        without = other.kb("report", "--format", "markdown")

    def figures(text: str) -> list[str]:
        text = re.sub(r"127\.0\.0\.1:\d+", "HOST", text)
        return [line for line in text.splitlines() if "見えない" not in line and "限られた" not in line]

    assert figures(with_them) == figures(without)


UNCHANGED = (
    *("report --format markdown", "report --format html", "incidents --format html", "export", "state export"),
    *(f"lint --format {form}" for form in ("sarif", "github", "junit", "markdown", "html")),
    *("lint --new-only --format github", "lint --update-baseline", "diagram adopt", "plan from-findings"),
    "plan close",
)


def test_a_private_folder_changes_nothing_that_is_passed_on(world: World, tmp_path: Path) -> None:
    """Nothing is told of its documents, not even how many there are: without them everything reads the same."""
    other = World(tmp_path / "copy", world.box)
    shutil.copytree(world.root, other.root, symlinks=True)
    (other.root / MINUTES.doc.removeprefix("files:")).unlink()
    other.kb("sync")
    other.kb("lint", "--exit-zero")
    assert "0 件" in other.kb("search", "hisokakadai")

    def read(where: World, name: str) -> list[str]:
        face = FACES[name]
        text = face.seen(where, where.kb(*face.words, fine=face.fine)).replace(str(where.root), "")
        lines = re.sub(r"[0-9.]+ 秒", "", text).splitlines()
        own = r'visibility が "private"|^状態を|"type":"(?:kb-state|run|telling|end)"'
        return [line for line in lines if not re.search(own, line)]

    assert "files~" not in "".join(read(world, "state export"))
    for name in UNCHANGED:
        assert read(world, name) == read(other, name), name


def test_what_kb_toml_limits_anew_is_passed_on_only_after_a_sync(world: World) -> None:
    path = world.root / "kb.toml"
    before = path.read_text("utf-8")
    path.write_text(before.replace("limited = [", 'limited = ["運用", '), encoding="utf-8")
    try:
        for name, face in FACES.items():
            # plans look into kb.toml themselves; the text of a diagram is a team's own
            if face.words[0] not in ("plan", "review") and not name.startswith("diagram publish"):
                assert "kb sync" in world.kb(*face.words, fine=(Exit.USAGE,)), name
        world.kb("report")
        world.kb("lint", "--exit-zero")
    finally:
        path.write_text(before, encoding="utf-8")


# -- nothing new is forgotten ---------------------------------------------------------------------


def test_every_form_is_local_or_has_a_line() -> None:
    forms = {
        "lint": [each.value for each in findings.OutputFormat],
        "report": [each.value for each in report_command.ReportFormat],
        "incidents": [each.value for each in incidents_command.IncidentsFormat],
        "similar": [each.value for each in similar_command.SimilarFormat],
    }
    for command, values in forms.items():
        assert [
            each for each in values if each not in LOCAL[command] and f"{command} --format {each}" not in FACES
        ] == []


def test_every_command_that_others_read_has_a_line() -> None:
    names = list_commands()
    faced = {" ".join(face.words[: 2 if " ".join(face.words[:2]) in names else 1]) for face in FACES.values()}
    commands = [command for name in names if (command := find_command(name))]
    assert {command.name for command in commands if command.shared} == faced
    publishing = {
        command.name for command in commands if {"publish", "notify"} & set(signature(command.run).parameters)
    }
    assert publishing <= faced


def test_every_channel_has_a_line() -> None:
    for each in report_command.NotifyChannel:
        assert f"report --notify {each.value}" in FACES


def test_every_command_of_the_workflows_prints_counts_or_has_a_line() -> None:
    """What a step prints is in the log of the run, or in its summary, for all who read the repository."""
    counts = {"sync", "state import", "review --check", "init", "key export"}
    repository = {"diagram build", "diagram check", "diagram diff", "diagram publish"}  # of its own text files
    lines = [
        line
        for path in sorted((ROOT / "templates" / "workflows").glob("*.jinja"))
        for line in path.read_text("utf-8").splitlines()
    ]
    called = {
        match[1].strip()
        for line in lines
        for match in re.finditer(r"(?:run: |^\s+|\{ |; |&& )kb ([a-z][^>|;}]*)", line)
    }
    assert called
    unknown = [
        words
        for words in called
        if not any(words.startswith(each) for each in counts | repository)
        and not any(words.startswith(" ".join(face.words[:4]).removesuffix(" --exit-zero")) for face in FACES.values())
        and not words.startswith("state export")
    ]
    assert unknown == []
