"""Every file below `.kb/` and every file for git, damaged one at a time; then commands that read them."""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import product
from pathlib import Path
from typing import Any, Protocol

import pytest
import sample_rows
from changes.test_apply_redmine import WORLD
from servers import Sandbox, run_sandbox
from torture_kit.hostile_dates import STAMPS, DateSet, find_dates

from kb.cli.app import run
from kb.errors import Exit

HERE = Path(__file__).parent
ESTATE = HERE.parent / "estate" / "estates" / "kurumi"
LONGEST_S = 120
"""A command that takes longer hangs, on a machine that does much else, too."""

UNEXPECTED = ("予期しないこと", "Traceback", "Error:", "Error）")
CODES = frozenset(int(each) for each in Exit) - {Exit.INTERRUPTED}
REFUSED = (Exit.USAGE, Exit.SOURCE)
"""Where a command ends so, and not without the damage, it has to name the file."""

COMMANDS = tuple(
    tuple(line.split())
    for line in """
lint --exit-zero
secrets list
report
report --publish esa --insert bottom --dry-run
incidents
search 配信
show esa:1
similar 配信
plan close --without-check -o new.toml --force
plan done -o new.toml --force
plan refresh plan.toml
plan collect plan.toml
review plan.toml
apply plan.toml --rehearse
apply plan.toml --yes
history
history last
undo last --rehearse
undo last --yes
handover operator --until 2027-12-25
runbook kr-prd-web-01
diagram check --drift
diagram collect hosts --from collected
inventory
export exported
state export state.jsonl
lint --update-baseline
doctor
sync
""".strip().splitlines()
)

_AFTER = "diagram check --drift && report && lint --exit-zero && runbook kr-prd-web-01"
_COLLECTED = {
    "collected/*": "hosts --from collected",
    "given/ec2.json": "ec2 --from given/ec2.json --name other",
    "given/zabbix.json": "zabbix --from given/zabbix.json",
    "given/codedeploy.json": "codedeploy --from given/codedeploy.json",
    "given/machines.csv": "csv --from given/machines.csv",
}
"""Files that are given to kb once: what takes each, and what reads what it kept."""


def commands_for(name: str) -> Sequence[Sequence[str]]:
    """Return what is tried where this file is damaged."""
    taken = next((words for pattern, words in _COLLECTED.items() if fnmatch(name, pattern)), "")
    if not taken:
        return COMMANDS
    return tuple(f"diagram collect {taken}".split()), tuple(f"diagram collect {taken} && {_AFTER}".split())


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    words: Sequence[str]
    code: int
    said: str

    @property
    def is_unexpected(self) -> bool:
        return self.code not in CODES or any(each in self.said for each in UNEXPECTED)


class HangsError(Exception):
    """A command took longer than `LONGEST_S`."""


class Stand:
    """A synced workspace in which everything was used once, and a copy of it to begin from."""

    def __init__(self, root: Path, box: Sandbox) -> None:
        self.root, self.box, self.sound = root, box, root.with_name(f"{root.name}-sound")
        self._usual: dict[Sequence[str], int] = {}

    def kb(self, *words: str) -> Ended:
        """Run commands joined by `&&` in this process, all of them; tells of the first unexpected end, or the last."""
        parts = [part.split() for part in " ".join(words).split(" && ")]
        ends = [self._run(*part) for part in parts]
        return next((each for each in ends if each.is_unexpected), ends[-1])

    def _run(self, *words: str) -> Ended:
        said = io.StringIO()

        def stop(*_: object) -> None:
            raise HangsError(" ".join(words))

        before, old = Path.cwd(), signal.signal(signal.SIGALRM, stop)
        os.chdir(self.root)
        signal.alarm(LONGEST_S)
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                code = run(list(words))
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, old)
            os.chdir(before)
        return Ended(words, code, said.getvalue())

    def usual(self, words: Sequence[str]) -> int:
        """The exit code of a command where nothing is damaged."""
        if words not in self._usual:
            self.restore()
            self._usual[words] = self.kb(*words).code
        return self._usual[words]

    def files(self) -> list[str]:
        """The files that may be damaged, relative to the workspace; of what was collected the first."""
        first = min((self.sound / "collected").iterdir())
        kept = [each for each in sorted(self.sound.rglob("*")) if each.is_file() and not each.name.endswith("-shm")]
        return [str(each.relative_to(self.sound)) for each in kept if each.parent != first.parent or each == first]

    def dates(self, name: str) -> list[str]:
        """The names of the dates in a file. A store is asked in the workspace: that takes in its log."""
        self.restore()
        return [] if name.endswith("-wal") else find_dates(self.root / name)

    def restore(self) -> None:
        """Put everything back."""
        for each in self.root.iterdir():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()
        shutil.copytree(self.sound, self.root, dirs_exist_ok=True)


@contextlib.contextmanager
def standing(folder: Path) -> Iterator[Stand]:
    """A workspace with posts, tickets, an estate, a plan that was sent, a baseline and decisions."""
    with run_sandbox("--profile", "nolimit", data=_rows()) as box, pytest.MonkeyPatch.context() as patch:
        box.use(patch)
        root = folder / "team"
        root.mkdir()
        patch.chdir(root)
        (root / "kb.toml").write_text(
            f'[esa]\nteam = "docs"\n[redmine]\nurl = "{box.redmine}"\n[report]\nesa_post = 4\n'
            '[people.same]\noperator = []\n[[source]]\nkind = "files"\nname = "notes"\npath = "notes"\n',
            encoding="utf-8",
        )
        (root / "notes").mkdir()
        (root / "notes" / "memo.md").write_text("---\ntitle: 定例\ndate: 2026-11-02\n---\n配信の話\n", encoding="utf-8")
        (root / "diagrams").mkdir()
        shutil.copy(ESTATE / "system.toml", root / "diagrams" / "system.toml")
        shutil.copytree(ESTATE / "hosts", root / "collected")
        (root / "given").mkdir()
        for name in ("ec2.json", "zabbix.json", "codedeploy.json", "machines.csv"):
            shutil.copy(ESTATE / name, root / "given" / name)
        stand = Stand(root, box)
        for line in (
            "sync",
            "diagram collect hosts --from collected",
            f"diagram collect ec2 --from {ESTATE / 'ec2.json'}",
            "lint --exit-zero",
            "lint --update-baseline",
            "plan move --from 不具合共有/2025 --to 不具合共有/2026 -o plan.toml",
            "review plan.toml --accept all",
            "apply plan.toml --yes",
            "report",
            "similar 配信",
            "handover operator --until 2027-12-25",
            "lint --exit-zero",
        ):
            ended = stand.kb(*line.split())
            assert ended.code in (0, 1), ended
        decided = f'format = 1\n[[decision]]\nfingerprint = "{"6e74" * 8}"\ndoc = "esa:1"\ncode = "INC402"\n'
        decided += 'what = "accept"\nreason = "別に書く"\non = "2026-11-20"\n'
        (root / "kb-decisions.toml").write_text(decided, encoding="utf-8")
        shutil.copytree(root, stand.sound)
        yield stand


def _rows() -> list[dict[str, Any]]:
    body = (
        "## 概要\n2025-03-04 10:20 に配信が止まった。kr-prd-web-01\n\n## 原因\nディスクが一杯になった。\n\n"
        "## 対応\nログを消した。\n\n## 再発防止\n- [ ] 監視を足す（佐藤）\n"
    )
    posts = [
        {
            "number": n,
            "name": f"配信停止 {n}",
            "category": "不具合共有/2025",
            "body_md": f"{body}\n#{n}\n",
            "tags": ["a"],
        }
        for n in range(1, 5)
    ]
    posts[1]["body_md"] += "\nDB_PASSWORD=Momiji_" + "8841\n"
    ticket = sample_rows.ticket(
        1, status={"id": 3, "name": "解決"}, assigned_to={"id": 11, "name": "佐藤"}, description="終わりました"
    )
    return [*posts, WORLD, ticket]


class Damage(Protocol):
    """Does something to a file, by chance where it can be many things."""

    @property
    def __name__(self) -> str:
        """What it does."""

    def __call__(self, path: Path, chance: random.Random, /) -> None:
        """Do it."""


def flip(path: Path, chance: random.Random) -> None:
    """Turn thirty bits over."""
    data = bytearray(path.read_bytes())
    for _ in range(30 if data else 0):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def halve(path: Path, _: random.Random) -> None:
    """Cut it in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path, _: random.Random) -> None:
    """Leave nothing in it."""
    path.write_bytes(b"")


def make_folder(path: Path, _: random.Random) -> None:
    """Put a folder in its place."""
    path.unlink()
    path.mkdir()


def make_link(path: Path, _: random.Random) -> None:
    """Put a link to nothing in its place."""
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))


def make_pipe(path: Path, _: random.Random) -> None:
    """Put a named pipe in its place."""
    path.unlink()
    os.mkfifo(path)


def garble(path: Path, chance: random.Random) -> None:
    """Fill it with bytes of no meaning."""
    path.write_bytes(chance.randbytes(max(64, path.stat().st_size)))


DAMAGES: tuple[Damage, ...] = (flip, halve, empty, garble, make_folder, make_link, make_pipe)


def cases(stand: Stand) -> Iterator[tuple[str, Damage, Sequence[Sequence[str]]]]:
    """Yield each file with each damage and each wrong date, and the commands to try: of one date alone some in turn."""
    for name in stand.files():
        commands = commands_for(name)
        for damage in DAMAGES:
            yield name, damage, commands
        dates = stand.dates(name)
        for number, field in product(range(len(STAMPS)), ["", *dates] if dates else []):
            some = commands if not field or len(commands) < len(COMMANDS) else in_turn(f"{name} {field} {number}")
            yield name, DateSet(field, number), some


def in_turn(seed: str) -> Sequence[Sequence[str]]:
    """Return a few commands, others for each seed."""
    return random.Random(seed).sample(COMMANDS, 3)  # noqa: S311 - it is no secret


def play(stand: Stand, name: str, damage: Damage, words: Sequence[str]) -> tuple[int, str]:
    """Damage a file and run a command: its exit code, -1 where it had none, and what went wrong, "" for nothing."""
    case = f"{name} {damage.__name__}: kb {' '.join(words)}"
    usual = stand.usual(words)
    stand.restore()
    damage(stand.root / name, random.Random(case))  # noqa: S311 - it is no secret
    try:
        ended = stand.kb(*words)
    except HangsError:
        return -1, f"{case} hangs"
    except BaseException as error:
        return -1, f"{case} raises {error!r}"
    if ended.is_unexpected:
        return ended.code, f"{case} → {ended.code}: {ended.said[-600:]}"
    known_as = Path(name).stem if name.startswith("collected/") else Path(name).name.removesuffix("-wal")
    told = f"{ended.said} {' '.join(words)}"  # a file that was given is named already
    if ended.code in REFUSED and ended.code != usual and known_as not in told:
        return ended.code, f"{case} → {ended.code}, not named: {ended.said[-600:]}"
    return ended.code, ""
