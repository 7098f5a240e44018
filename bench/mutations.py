"""Plant fifty small mistakes and record which of them the tests notice.

    python bench/mutations.py --round after [--only 3,17] [--workers N]
    python bench/mutations.py --round after --rest [--all | --folders tests/lint,tests/cli] [--workers N]
    python bench/mutations.py --patches bench/mutations/before

The mistakes stand in bench/mutations/mistakes.toml, each as a snippet of the code and what takes its place, so that
the table outlives moves and renames of files. They are planted in a throw-away git worktree with an environment of its
own (links to the packages of this one): first one at a time, under the test that noticed it last and those the table
names. What is left is planted together under the folders around (with --all under all tests), and each test that fails
is then tried with each of these mistakes alone. A test that fails without any mistake does not count.

--rest goes on with what the results of that round have as not noticed. Results go to bench/results/mutations.json, by
round; `noticed_by` in the table is kept up to date.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "bench" / "mutations" / "mistakes.toml"
RESULTS = ROOT / "bench" / "results" / "mutations.json"
CODE = ("kb", "linters")

ONE_S, MANY_S = 900, 7200
"""Seconds after which a run of some tests, and of folders of them, counts as hanging, which CI would notice too."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One line of the table."""

    id: int
    name: str
    room: str
    behaviour: str
    find: str
    replace: str
    first: tuple[str, ...]
    wider: tuple[str, ...]
    noticed_by: str = ""

    @property
    def label(self) -> str:
        """What its patch is called."""
        return f"{self.id:02}-{self.name}"


@dataclass(frozen=True, slots=True)
class Planted:
    """A file of the tree with a mistake in it."""

    path: Path
    right: str
    wrong: str


def main() -> int:
    """Plant the mistakes asked for and write the results."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--round", default="after", help="the name the results go by (before, after)")
    words.add_argument("--only", default="", help="ids, separated by commas")
    words.add_argument("--rest", action="store_true", help="only what was not noticed so far, together")
    words.add_argument("--all", action="store_true", help="under all tests instead of the folders around")
    words.add_argument("--folders", default="", help="under these folders of tests instead, separated by commas")
    words.add_argument("--workers", type=int, default=0, help="pytest workers for folders of tests")
    words.add_argument("--commit", default="HEAD", help="the tree the mistakes are planted in")
    words.add_argument("--patches", type=Path, help="only write a patch for each mistake into this folder")
    asked = words.parse_args()
    mistakes = read_table()
    if asked.patches:
        write_patches(mistakes, asked.patches)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the copy is removed all the same
    chosen = {int(each) for each in asked.only.split(",") if each} or {each.id for each in mistakes}
    mistakes = [each for each in mistakes if each.id in chosen]
    with throw_away(asked.commit) as tree:
        tests = Tests(tree, asked.workers)
        rest = still_hidden(asked.round, mistakes)
        if not asked.rest:
            rest = []
            for mistake in mistakes:
                by = one_by_one(tests, mistake)
                record(asked.round, tree, mistake, by, "first")
                print(f"{mistake.label}: {by or 'not yet'}", flush=True)
                rest += [] if by else [mistake]
        stage = "all" if asked.all else asked.folders or "wider"
        folders = ["tests"] if asked.all else [each for each in asked.folders.split(",") if each]
        folders = folders or sorted({each for mistake in rest for each in mistake.wider})
        for mistake, by in together(tests, rest, folders):
            record(asked.round, tree, mistake, by, stage)
            print(f"{mistake.label}: {by or 'NOT NOTICED'}", flush=True)
    noticed = json.loads(RESULTS.read_text())[asked.round]
    print(f"{noticed['noticed']} of {noticed['planted']} noticed")
    return 0


def read_table() -> list[Mistake]:
    """Read the mistakes, in the order of the table."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["mistake"]
    return [Mistake(**{**row, "first": tuple(row["first"]), "wider": tuple(row["wider"])}) for row in rows]


# -- planting -----------------------------------------------------------------------------------


def plant(root: Path, mistake: Mistake) -> Planted:
    """Find the one file with the snippet and put the mistake in its place. Raises ValueError where that fails.

    Where the snippet does not stand as written, one that only breaks its lines elsewhere is taken.
    """
    exact = re.compile(re.escape(mistake.find))
    loose = re.compile(r"\s+".join(map(re.escape, mistake.find.split())))
    files = {
        path: path.read_text(encoding="utf-8") for folder in CODE for path in sorted((root / folder).rglob("*.py"))
    }
    for pattern in (exact, loose):
        hits = [(path, text, hit) for path, text in files.items() for hit in pattern.finditer(text)]
        if len(hits) > 1:
            raise ValueError(f"{mistake.label}: the snippet stands {len(hits)} times")
        if hits:
            path, text, hit = hits[0]
            wrong = text[: hit.start()] + mistake.replace + text[hit.end() :]
            compile(wrong, str(path), "exec")
            return Planted(path, text, wrong)
    raise ValueError(f"{mistake.label}: the snippet is not there any more; find and replace must follow the code")


def put(path: Path, text: str) -> None:
    """Write a file and forget its bytecode, which is compared by whole seconds and size only."""
    path.write_text(text, encoding="utf-8")
    for old in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        old.unlink()


def write_patches(mistakes: Sequence[Mistake], folder: Path) -> None:
    """Write each mistake as a patch of this tree."""
    folder.mkdir(parents=True, exist_ok=True)
    for mistake in mistakes:
        planted = plant(ROOT, mistake)
        name = planted.path.relative_to(ROOT).as_posix()
        right, wrong = planted.right.splitlines(keepends=True), planted.wrong.splitlines(keepends=True)
        patch = "".join(difflib.unified_diff(right, wrong, f"a/{name}", f"b/{name}"))
        (folder / f"{mistake.label}.patch").write_text(f"{mistake.behaviour}\n\n{patch}", encoding="utf-8")


@contextlib.contextmanager
def throw_away(commit: str) -> Iterator[Path]:
    """A copy of the tree in a worktree of its own, with an environment that imports from it."""
    with tempfile.TemporaryDirectory(prefix="kb-mutations-") as folder:
        tree = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "-q", "--detach", tree, commit], cwd=ROOT, check=True)
        try:
            _environment(tree)
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)


def _environment(tree: Path) -> None:
    """Make .venv in the copy: the packages of this environment, and kb from the copy."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tree / ".venv"], check=True)
    mine, theirs = Path(sys.executable).parent, tree / ".venv" / "bin"
    packages = next((mine.parent / "lib").glob("python*/site-packages"))
    into = next((tree / ".venv" / "lib").glob("python*/site-packages"))
    for each in packages.iterdir():
        if not each.name.startswith(("_editable", "__editable", "__pycache__")):
            (into / each.name).symlink_to(each)
    (into / "_tree.pth").write_text(f"{tree}\n")
    for script in mine.iterdir():
        if not (theirs / script.name).exists() and script.name != "kb":
            (theirs / script.name).symlink_to(script)
    started = (mine / "kb").read_text().replace(str(mine), str(theirs))
    (theirs / "kb").write_text(started)
    shutil.copymode(mine / "kb", theirs / "kb")


# -- running ------------------------------------------------------------------------------------

_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+\.py(?:::.*?)?)(?: - .*)?$", re.M)

HANGS = "timeout"


@dataclass(frozen=True, slots=True)
class Tests:
    """Runs tests in the copy."""

    tree: Path
    workers: int = 0

    def there(self, names: Iterable[str]) -> list[str]:
        """Those of some files and folders that are there still."""
        return [each for each in names if each and (self.tree / each.partition("::")[0]).exists()]

    def failing(self, names: Sequence[str], *, many: bool = False) -> list[str]:
        """The tests that fail, the first one alone unless they are to be `many`; HANGS when they take too long."""
        python = str(self.tree / ".venv" / "bin" / "python")
        command = [python, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider"]
        command += ["-n", str(self.workers), "--dist", "loadfile"] if many and self.workers else ["-n", "0"]
        command += names if many else ["-x", *names]
        left_out = ("PYTHONPATH", "VIRTUAL_ENV", "CI")
        environment = {name: value for name, value in os.environ.items() if name not in left_out}
        process = subprocess.Popen(
            command, cwd=self.tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", start_new_session=True,
        )  # fmt: skip
        try:
            output, _ = process.communicate(timeout=MANY_S if many else ONE_S)
        except subprocess.TimeoutExpired:
            return [HANGS]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what a test left running, too
            process.wait()
        if process.returncode in (0, 5):
            return []
        found = _FAILED.findall(output)
        if not found:
            raise RuntimeError(f"pytest ended with {process.returncode} and named no test:\n{output[-2000:]}")
        return found


def one_by_one(tests: Tests, mistake: Mistake) -> str:
    """The test named in the table that notices a mistake planted alone; "" for none."""
    known = tests.there([_function(mistake.noticed_by)])
    return noticing(tests, mistake, known) or noticing(tests, mistake, tests.there(mistake.first))


def noticing(tests: Tests, mistake: Mistake, names: Sequence[str]) -> str:
    """The test among some that fails whenever a mistake is there, and passes without it; "" for none."""
    doubtful: list[str] = []
    while names:
        with planted(tests.tree, [mistake]):
            found = tests.failing([*names, *(f"--deselect={each}" for each in doubtful)])
            if not found or found == [HANGS]:
                return "".join(found)
            function = _function(found[0])
            again = tests.failing([function])
        if again and not tests.failing([function]):
            return found[0]
        doubtful.append(function)  # it fails without the mistake too, or now and then
    return ""


def together(tests: Tests, mistakes: Sequence[Mistake], folders: Sequence[str]) -> Iterator[tuple[Mistake, str]]:
    """Each of these mistakes with the test of some folders that notices it, "" for none.

    All are planted at once to learn which tests fail at all; these are then tried with each mistake alone.
    """
    names = tests.there(folders)
    with planted(tests.tree, mistakes):
        found = tests.failing(names, many=True) if mistakes and names else []
    if found == [HANGS]:
        raise RuntimeError(f"the tests took more than {MANY_S} s: choose --folders")
    functions = sorted({_function(each) for each in found})
    sound = [each for each in functions if not tests.failing([each])]
    for mistake in mistakes:
        yield mistake, noticing(tests, mistake, sound)


def _function(test: str) -> str:
    """A test without its parameters."""
    return test.partition("[")[0]


@contextlib.contextmanager
def planted(tree: Path, mistakes: Sequence[Mistake]) -> Iterator[None]:
    """Plant mistakes for as long as this lasts."""
    before: list[Planted] = []
    try:
        for mistake in mistakes:
            before.append(plant(tree, mistake))
            put(before[-1].path, before[-1].wrong)
        yield
    finally:
        for each in reversed(before):
            put(each.path, each.right)


# -- results ------------------------------------------------------------------------------------


def still_hidden(name: str, mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Those no test has noticed so far in a round."""
    found = _results().get(name, {}).get("mistakes", {})
    return [each for each in mistakes if not found.get(each.label, {}).get("noticed")]


def record(name: str, tree: Path, mistake: Mistake, by: str, stage: str) -> None:
    """Write what came of one mistake into the results, and who noticed it into the table."""
    results = _results()
    one = results.setdefault(name, {"mistakes": {}})
    one["commit"] = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=tree, capture_output=True, text=True, check=True
    ).stdout.strip()
    one["date"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    results.update(commit=one["commit"], date=one["date"])
    one["mistakes"][mistake.label] = {
        "room": mistake.room, "behaviour": mistake.behaviour, "noticed": bool(by), "by": by, "tests": stage,
    }  # fmt: skip
    one["mistakes"] = dict(sorted(one["mistakes"].items()))
    one["planted"] = len(one["mistakes"])
    one["noticed"] = sum(each["noticed"] for each in one["mistakes"].values())
    RESULTS.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if by and by != HANGS:
        text = TABLE.read_text(encoding="utf-8")
        here = re.compile(rf'(^id = {mistake.id}\n.*?^noticed_by = )"[^\n]*"$', re.M | re.S)
        said = json.dumps(by, ensure_ascii=False)
        TABLE.write_text(here.sub(lambda match: match[1] + said, text, count=1), encoding="utf-8")


def _results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    return found


if __name__ == "__main__":
    sys.exit(main())
