"""Two people who send the same plan of tickets, in real processes, some tenths of a second apart.

Each has a folder, a mirror and a key of Redmine of their own. Whatever they do in between, at the end each measure has
one open ticket, whose number stands in its page; what each was told, and what its journal says, is what came of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from changes.measure_pages import NOW, PEOPLE, TICKETS, WORLD, incident
from servers import Sandbox, run_sandbox, warm_kb

from kb.plan.file.parse import parse_plan

OFFSETS_S = (0.0, 0.1, 0.3, 1.0)
"""How much later the second one starts."""

SLOW_S = 0.03
"""How long each answer of Redmine takes: ten tickets are made in a second, as on a server in use."""

KEYS = {"sato": "a" * 40, "ono": "b" * 40}
MEASURE = "受け付けた数の監視 {} を Zabbix に追加する"
GIVEN = ("（佐藤 健）", "（小野 蘭）") * 3
"""Who gets the first tickets: of those they make themselves they get no mail."""

NOTHING, CHANGE = 0, 4
MOST_TOLD = 20


def world(tickets: int) -> list[dict[str, Any]]:
    """The sandbox's rows: so many measures on pages of three, and two people who may make tickets."""
    rights = ["view_issues", "add_issues", "edit_issues", "add_issue_notes", "view_private_notes"]
    roles = [{"id": 3, "name": "開発者", "assignable": True, "permissions": rights, "issues_visibility": "all"}]
    users = [{**each, "api_key": KEYS[each["login"]]} for each in WORLD["users"]]
    steps = [
        {"tracker_id": tracker, "role_id": 3, "old_status_id": old, "new_status_id": new}
        for tracker in (1, 2) for old in (1, 5, 6) for new in (1, 5, 6) if old != new
    ]  # fmt: skip
    head = {**WORLD, "roles": roles, "users": users, "workflows": steps, "reader": "sato"}
    measures = [
        f"- [ ] {MEASURE.format(n)}{who}"
        for n, who in zip(range(1, tickets + 1), (*GIVEN, *("",) * tickets), strict=False)
    ]
    pages = [incident(n, *measures[3 * n - 3 : 3 * n]) for n in range(1, (tickets + 2) // 3 + 1)]
    return [head, *pages, *TICKETS]


@dataclass(slots=True)
class Sender:
    """One of the two: who it is, a folder, and what `kb apply` came to there."""

    name: str
    folder: Path
    key: str = field(repr=False)
    code: int = 0
    figures: dict[str, Any] = field(default_factory=dict)
    said: str = ""

    @property
    def journal(self) -> list[dict[str, Any]]:
        """The entries of its run."""
        path = self.folder / ".kb" / "runs" / f"{self.figures['run']}.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@dataclass(slots=True)
class Pair:
    """The two, and the sandbox both send to. `fresh` puts all back."""

    sandbox: Sandbox
    root: Path
    tickets: int
    program: Path

    def prepare(self) -> None:
        """Let one of them propose the tickets and decide on them."""
        folder = self.root / "template"
        folder.mkdir()
        (folder / "kb.toml").write_text(
            f'[esa]\nteam = "docs"\n[redmine]\nurl = "{self.sandbox.redmine}"\n[plan]\ncreate_limit = 10\n',
            encoding="utf-8",
        )
        for login, name in PEOPLE.items():
            self.sandbox.edit("esa", "add-member", fields={"screen_name": login, "name": name})
        self.kb(folder, "sync")
        self.kb(folder, "plan", "tickets", "-o", "plan.toml", "--now", NOW)
        groups = len(list(parse_plan((folder / "plan.toml").read_text(encoding="utf-8"), "plan.toml").groups()))
        self.kb(folder, "review", "plan.toml", *(word for n in range(groups) for word in ("--accept", str(n + 1))))

    def kb(self, folder: Path, *words: str, key: str = KEYS["sato"]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run([self.program, *words], cwd=folder, env=self.environment(key),
                              capture_output=True, text=True, timeout=60, check=False)  # fmt: skip

    def environment(self, key: str) -> dict[str, str]:
        """What a command of one of the two runs in."""
        return {**os.environ, **self.sandbox.credentials, "REDMINE_API_KEY": key}

    def fresh(self) -> tuple[Sender, Sender]:
        """Both as they were before either sent anything."""
        self.sandbox.reset()
        self.sandbox.fault(system="redmine", kind="slow", seconds=SLOW_S, times=100_000)
        made = []
        for login, name in (("sato", "佐藤 健"), ("ono", "小野 蘭")):
            shutil.rmtree(self.root / login, ignore_errors=True)
            shutil.copytree(self.root / "template", self.root / login)
            made.append(Sender(name, self.root / login, KEYS[login]))
        return made[0], made[1]

    def send(self, offset_s: float) -> tuple[Sender, Sender]:
        """Let both send the plan, the second so much later."""
        senders = self.fresh()
        with contextlib.ExitStack() as stack:
            running = []
            for at, each in enumerate(senders):
                if at:
                    time.sleep(offset_s)
                command = [str(self.program), "apply", "plan.toml", "--yes", "--mails", "1000", "--json"]
                running.append(
                    stack.enter_context(
                        subprocess.Popen(command, cwd=each.folder, env=self.environment(each.key),
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                    )
                )  # fmt: skip
            for each, process in zip(senders, running, strict=True):
                out, each.said = process.communicate(timeout=120)
                each.code = process.returncode
                each.figures = json.loads(out)
        return senders

    def tickets_made(self) -> dict[int, dict[str, Any]]:
        """The tickets that were made, by number."""
        return {
            row["id"]: row
            for row in self.sandbox.dump("redmine")
            if row.get("id", 0) > len(TICKETS) and "subject" in row
        }


@contextlib.contextmanager
def pair(tickets: int) -> Iterator[Pair]:
    """Two people with a plan of so many tickets, and a sandbox."""
    with tempfile.TemporaryDirectory(prefix="kb-senders-") as name:
        root = Path(name)
        warm_kb().write(root / "kb")
        with run_sandbox("--profile", "nolimit", data=world(tickets), folder=root) as sandbox:
            made = Pair(sandbox, root, tickets, root / "kb")
            made.prepare()
            yield made


def play(here: Pair, offset_s: float) -> tuple[Counter[str], list[str]]:
    """Let both send the plan and take it back: what was counted, and what is not as it should be."""
    before = here.sandbox.dump("esa")
    senders = here.send(offset_s)
    made = here.tickets_made()
    found = [*_unlike(here, made)]
    for each in senders:
        found += [f"{each.name}: {line}" for line in _untold(each, made)]
    mails = sum(_mails(each, made) for each in senders)
    if (seen := here.sandbox.notifications("redmine")["mails"]) != mails:
        found.append(f"{seen} mails left, and {mails} were told")
    counted = Counter(pairs=1, doubled=len(made) - here.tickets)
    for each in senders:
        ran = here.kb(each.folder, "undo", "last", "--yes", key=each.key)
        if ran.returncode not in (NOTHING, CHANGE):  # both may have written a number, and the first one took it out
            found.append(f"{each.name}: undo ended with {ran.returncode}: {ran.stdout}{ran.stderr}")
    if left := [number for number, row in here.tickets_made().items() if not _is_closed(row)]:
        found.append(f"{left} stand open after both were taken back")
    if [row["body_md"] for row in here.sandbox.dump("esa")] != [row["body_md"] for row in before]:
        found.append("the pages are not as before after both were taken back")
    story = [f"{each.name} ended with {each.code}: {each.said}" for each in senders] if found else []
    story += [
        str(entry)
        for each in senders
        for entry in each.journal
        if found and str(entry.get("target", "")).startswith("esa:")
    ]
    return counted, [f"{offset_s} s apart: {line}" for line in found] + story


def _unlike(here: Pair, made: dict[int, dict[str, Any]]) -> Iterator[str]:
    """Each measure has one open ticket, and its number stands behind it."""
    text = "\n".join(str(row["body_md"]) for row in here.sandbox.dump("esa"))
    for n in range(1, here.tickets + 1):
        subject = MEASURE.format(n)
        numbers = [number for number, row in made.items() if row["subject"] == subject and not _is_closed(row)]
        behind = re.findall(rf"{subject} \[#(\d+)\]", text)
        if len(numbers) != 1 or behind != [str(each) for each in numbers]:
            yield f"{subject}: {numbers} stand open, and {behind} in the page"


def _untold(sender: Sender, made: dict[int, dict[str, Any]]) -> Iterator[str]:
    """What one of them was told, and what the journal says, is what came of it."""
    if sender.code not in (NOTHING, CHANGE):
        yield f"ended with {sender.code}"
    last, gave_way = {}, {}
    for entry in sender.journal:
        if entry["what"] == "double":
            gave_way[entry["made"]] = entry["first"]
        elif entry.get("target", "").startswith("redmine:new-"):
            last[entry["target"]] = entry
    for target, entry in last.items():
        number = int(str(entry.get("made", ":0")).partition(":")[2])
        row = made.get(number)
        if row is None or entry["what"] not in ("done", "same"):
            yield f"{target}: the journal ends with {entry}"
        elif _is_closed(row) or (entry["what"] == "done") != (row["author"]["name"] == sender.name):
            yield f"{target}: the journal says {entry['what']} of #{number}, which is {row['status']}, {row['author']}"
    own = {f"redmine:{number}" for number, row in made.items() if row["author"]["name"] == sender.name}
    closed = {each for each in own if _is_closed(made[int(each.partition(":")[2])])}
    if closed != gave_way.keys():
        yield f"{closed} are closed, and the journal says so of {gave_way}"
    for target, first in gave_way.items():
        number = int(target.partition(":")[2])
        notes = made[number]["journals"][-1]["notes"] if made[number]["journals"] else ""
        if f"#{first} " not in notes or not notes.endswith(f"kb {sender.figures['run']}"):
            yield f"{target} is closed with {notes!r}"
        if f"#{number} は終了にしました" not in re.sub(r"\n\s*", "", sender.said) and len(gave_way) <= MOST_TOLD:
            yield f"{target} is closed, and nobody is told"
    if len(own) - len(closed) != sum(entry["what"] == "done" for entry in last.values()):
        yield f"{own - closed} were made, and the journal says {last}"


def _mails(sender: Sender, made: dict[int, dict[str, Any]]) -> int:
    """The mails of one of them: of each ticket it made for the other one, and, as its journal says, of each closing."""
    own = [row for row in made.values() if row["author"]["name"] == sender.name]
    given = sum(row.get("assigned_to", {}).get("name", sender.name) != sender.name for row in own)
    told = [str(entry.get("why", {}).get("ja", "")) for entry in sender.journal if entry["what"] == "same"]
    return given + sum("メール 1 通" in each for each in told)


def _is_closed(row: dict[str, Any]) -> bool:
    return row["status"]["name"] in ("終了", "却下")
