#!/usr/bin/env python3
"""Kill `kb sync` at random moments, edit under its feet, break its network: is anything ever lost?

    python bench/torture.py                      100 kills and a storm; some ten minutes
    python bench/torture.py --kills 6 --out -    a slice, result to standard output

Against `kb sandbox`, in three acts: syncs (the first one, --full and incremental) killed with
SIGKILL, each followed by a sync, after which the mirror must be the server field by field; the
same while others edit, move and delete; the same under storms of 429, 500, 502 in HTML, resets,
truncated JSON and slow bodies. What moves neither a time nor a count must be there after one full
turn of the audit, or after `kb sync --full`. Exit code 1 when anything differs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from servers import run_sandbox  # noqa: E402
from torture_kit import storms  # noqa: E402
from torture_kit.life import Life  # noqa: E402
from torture_kit.workspace import Workspace, moment  # noqa: E402

LEAST_FIRED = 20
"""How often each fault must have hit for a storm to count."""


ALL = 1_000_000
"""How many may be gone at once: in a slow sync others delete so many that kb would ask whether that is so."""

ENOUGH = 50
"""Differences after which more tell nothing new."""


class TooMuchError(Exception):
    """So much differs that the rest of the run is not worth its time."""


@dataclass(slots=True)
class Tally:
    """What happened, and what differed."""

    kills: dict[str, int] = field(default_factory=dict)
    too_late: int = 0
    compared: int = 0
    failed_syncs: int = 0
    edits: int = 0
    fired: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def killed(self, act: str) -> None:
        self.kills[act] = self.kills.get(act, 0) + 1


@dataclass(slots=True)
class Torture:
    """One run over one sandbox."""

    workspace: Workspace
    life: Life
    chance: random.Random
    tally: Tally

    def compare(self, when: str, *, quiet: bool = True) -> None:
        """Note every difference; `quiet` forgives what nothing told of yet."""
        life = self.life
        self.tally.compared += 1
        for each in self.workspace.differences(life.quiet if quiet else (), life.moved if quiet else ()):
            self.tally.differences.append(f"{when}: {each}")
            say(f"  ! {when}: {each}")
        if len(self.tally.differences) > ENOUGH:
            raise TooMuchError

    def sync(self, *arguments: str, tries: int = 1) -> None:
        """A sync that must end well, within so many tries."""
        for left in reversed(range(tries)):
            code, _, said = self.workspace.sync(*arguments)
            if code == 0:
                return
            self.tally.failed_syncs += 1
            if not left:
                self.tally.differences.append(f"kb sync ended with {code}: {said[-300:]}")
                say(f"  ! kb sync ended with {code}: {said[-300:]}")

    def kills(self, act: str, wanted: int, arguments: tuple[str, ...], *, fresh: bool, edits: int) -> None:
        """Kill that many syncs, each after some edits and followed by a sync and a comparison."""
        done, longest_s = 0, 1.0
        while done < wanted:
            if fresh:
                shutil.rmtree(self.workspace.root / ".kb", ignore_errors=True)
                self.life.found()
            for _ in range(edits):
                self.life.edit()
            if self.workspace.killed_sync(moment(self.chance, longest_s), *arguments):
                self.tally.killed(act)
                done += 1
            else:
                self.tally.too_late += 1
            began = time.monotonic()
            self.sync()
            longest_s = max(longest_s * 0.8, time.monotonic() - began)
            self.compare(f"{act} {done}")
        say(f"{act}: {done} kills")

    def kills_in_life(self, act: str, wanted: int, arguments: tuple[str, ...]) -> None:
        """The same while others edit without pause."""
        done, longest_s = 0, 2.0
        while done < wanted:
            with self.life.going_on():
                if self.workspace.killed_sync(moment(self.chance, longest_s), *arguments):
                    self.tally.killed(act)
                    done += 1
                else:
                    self.tally.too_late += 1
                began = time.monotonic()
                self.sync()
                longest_s = max(longest_s * 0.8, time.monotonic() - began)
            self.sync()
            self.compare(f"{act} {done}")
        say(f"{act}: {done} kills")

    def storm(self, rounds: int, rate: float) -> None:
        """Syncs in bad weather, until every fault has hit often enough."""
        for number in range(rounds * 20):
            storms.begin(self.workspace.sandbox, rate, seed=100 * number + 1)
            for _ in range(5):
                self.life.edit()
            self.sync(*(("--full",) if number % 2 == 0 else ()), tries=6)
            storms.end(self.workspace.sandbox, self.tally.fired)
            self.sync()
            self.compare(f"storm {number}")
            if number + 1 >= rounds and min(self.tally.fired.values()) >= LEAST_FIRED:
                break
        say(f"storm: {self.tally.fired}")

    def everything(self) -> None:
        """A full turn of the audit, then more quiet edits and a full sync: nothing is forgiven."""
        for _ in range(10):
            self.life.quiet_post()
            self.life.quiet_comment()
            self.life.quiet_note()
        self.workspace.configure(audit=ALL, accept_missing=ALL)
        self.sync()
        self.workspace.configure(audit=0, accept_missing=ALL)
        self.compare("after a turn of the audit", quiet=False)
        self.life.found()
        for _ in range(10):
            self.life.quiet_post()
            self.life.quiet_comment()
            self.life.quiet_note()
        self.sync("--full")
        self.compare("after a full sync", quiet=False)
        self.life.found()


def say(text: str) -> None:
    """Talk goes to standard error."""
    print(text, file=sys.stderr, flush=True)


def corpus(kind: str, docs: int) -> list[dict[str, Any]]:
    """Rows of bench/make_corpus.py."""
    command = [sys.executable, ROOT / "bench" / "make_corpus.py", "--kind", kind, "--docs", str(docs), "--out", "-"]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in made.stdout.splitlines()]


def share(kills: int) -> tuple[int, int, int, int]:
    """Kills of first, full and incremental syncs, and of syncs while others edit."""
    first, full, life = kills * 3 // 10, kills // 5, kills * 3 // 10
    return first, full, kills - first - full - life, life


def main() -> int:
    """Run it all; write what happened."""
    parser = argparse.ArgumentParser(description="Torture kb sync.")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--posts", type=int, default=400)
    parser.add_argument("--tickets", type=int, default=60)
    parser.add_argument("--storms", type=int, default=4, help="least rounds of bad weather")
    parser.add_argument("--rate", type=float, default=0.04, help="share of requests each fault hits")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default=str(ROOT / "bench" / "results" / "torture.json"))
    options = parser.parse_args()
    began = time.monotonic()
    tally = Tally()
    rows = [*corpus("posts", options.posts), *corpus("tickets", options.tickets)]
    with (
        tempfile.TemporaryDirectory(prefix="kb-torture-") as folder,
        run_sandbox("--profile", "nolimit", data=rows) as box,
    ):
        chance = random.Random(options.seed)  # noqa: S311 - chance, not secrecy
        workspace = Workspace(Path(folder), box)
        workspace.configure(audit=0, accept_missing=ALL)
        torture = Torture(workspace, Life.of(box, options.seed), chance, tally)
        first, full, incremental, life = share(options.kills)
        with contextlib.suppress(TooMuchError):
            torture.kills("first", first, (), fresh=True, edits=2)
            torture.kills("full", full, ("--full",), fresh=False, edits=5)
            torture.kills("incremental", incremental, (), fresh=False, edits=12)
            torture.kills_in_life("while others edit", life // 2, ())
            torture.kills_in_life("full while others edit", life - life // 2, ("--full",))
            if options.storms:
                torture.storm(options.storms, options.rate)
            torture.everything()
        tally.edits = torture.life.made
    few = {name: times for name, times in tally.fired.items() if times < LEAST_FIRED}
    result = {
        "commit": commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "posts": options.posts,
        "tickets": options.tickets,
        "seed": options.seed,
        "kills": {**tally.kills, "total": sum(tally.kills.values())},
        "kills_too_late": tally.too_late,
        "comparisons": tally.compared,
        "edits_by_others": tally.edits,
        "syncs_that_failed_in_storms": tally.failed_syncs,
        "faults_fired": tally.fired,
        "differences": tally.differences,
        "seconds": round(time.monotonic() - began),
    }
    text = json.dumps(result, ensure_ascii=False, indent=2) + "\n"
    if options.out == "-":
        sys.stdout.write(text)
    else:
        Path(options.out).parent.mkdir(exist_ok=True)
        Path(options.out).write_text(text, encoding="utf-8")
        say(text)
    return 1 if tally.differences or (options.storms and few) else 0


def commit() -> str:
    """The commit this was measured at."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
