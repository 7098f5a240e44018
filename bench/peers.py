"""The tools kb is compared with, over the same bodies as files.

    python bench/peers.py > bench/patterns.txt      # after a change of the gate's words

In speed of linting: Debian's gitleaks, from PyPI betterleaks, kingfisher and detect-secrets, from npm secretlint, which
look for credentials with their own rules; textlint with its rules for technical Japanese; and ripgrep, which looks for
the gate's patterns, each match told, on one thread. The slow ones get the first bodies alone. In finding credentials:
those of them from Debian and PyPI, as they come. A tool that is not installed (`.ci/peers`) is left out and said so;
its figures are null.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from kb.rules import registry
from kb.rules.gate import list_patterns

HERE = Path(__file__).parent
PATH = f"{HERE.parent / '.venv' / 'bin'}:{os.environ.get('PATH', '')}"
"""Where node is, as the development group brings it."""

PATTERNS = HERE / "patterns.txt"
BIN = HERE.parent / ".venv-peers" / "bin"

NPM = HERE.parent / ".venv-peers" / "text"


class Peer(NamedTuple):
    """A tool: what is run in the folder that holds `bodies`, with GOMAXPROCS=1, and how many of these it is given."""

    words: str
    most: int | None = None


COMMANDS = {
    "gitleaks": Peer("gitleaks detect --no-git --no-banner --redact --log-level error --exit-code 0 --source {bodies}"),
    "betterleaks": Peer(f"{BIN}/betterleaks {{bodies}} --silent --log-level error --exit-code 0"),
    "kingfisher": Peer(f"{BIN}/python {HERE}/scan.py kingfisher {{bodies}} /dev/null"),
    "detect-secrets": Peer(f"{BIN}/python {HERE}/scan.py detect-secrets {{bodies}} /dev/null", 500),
    "secretlint": Peer(
        f"node {NPM}/node_modules/secretlint/bin/secretlint.js --secretlintrc {NPM}/secretlintrc.json {{bodies}}/*", 500
    ),
    "textlint": Peer(
        f"node {NPM}/node_modules/textlint/bin/textlint.js --config {NPM}/textlintrc.json"
        f" --rules-base-directory {NPM}/node_modules {{bodies}}",
        30,
    ),
    "rg": Peer(
        f"rg -j1 --no-config --only-matching --dfa-size-limit 2G --regex-size-limit 1G -f {PATTERNS} {{bodies}}"
    ),
}


SCANNERS = {
    "gitleaks": "gitleaks detect --no-git --no-banner --log-level error --exit-code 0"
    " --source {bodies} --report-format json --report-path {report}",
    "betterleaks": f"{BIN}/betterleaks {{bodies}} --silent --log-level error --exit-code 0 -o {{report}}",
    "detect-secrets": f"{BIN}/python {HERE}/scan.py detect-secrets {{bodies}} {{report}}",
    "kingfisher": f"{BIN}/python {HERE}/scan.py kingfisher {{bodies}} {{report}}",
}
"""How each looks for credentials below a folder and reports their values. Nothing is verified over the network."""

FROM_NPM = ("secretlint", "textlint")

LIBRARIES = {"betterleaks": "betterleaks", "detect-secrets": "detect_secrets", "kingfisher": "kingfisher_sdk"}
"""What each of PyPI brings into its environment, to see that it is there."""

Find = tuple[str, int, str]
"""Name of a file, line, value."""


def is_installed(name: str) -> bool:
    """Whether a tool is here. What is missing is told on stderr."""
    if name in LIBRARIES:
        here = any(BIN.parent.glob(f"lib/*/site-packages/{LIBRARIES[name]}"))
    elif name in FROM_NPM:
        here = shutil.which("node", path=PATH) is not None and (NPM / "node_modules" / name).exists()
    else:
        here = shutil.which(name) is not None
    if not here:
        print(f"{name} is not installed: no figures for it (.ci/peers)", file=sys.stderr)
    return here


def scanners() -> dict[str, str]:
    """The scanners of credentials that are here."""
    return {name: words for name, words in SCANNERS.items() if is_installed(name)}


def reported(name: str, report: Path) -> Iterator[Find]:
    """What a scanner wrote into its report."""
    text = report.read_text(encoding="utf-8") if report.exists() else ""
    if name == "gitleaks":
        for each in json.loads(text or "[]"):
            yield Path(each["File"]).name, each["StartLine"], each["Secret"]
    elif name == "betterleaks":
        for each in json.loads(text or "{}").get("findings") or ():
            yield Path(each["location"]["path"]).name, each["location"]["start_line"], each["match"]["value"]
    else:
        for line in text.splitlines():
            each = json.loads(line)
            yield each["file"], each["line"], each["text"]


def patterns() -> list[str]:
    """The gate's patterns that a body can match: those of titles and tags begin with a mark no body holds."""
    return [each for each in list_patterns(registry.groups_of(registry.load_rules())) if each[0].isprintable()]


def installed() -> dict[str, Peer]:
    """The peers that are here."""
    return {name: peer for name, peer in COMMANDS.items() if is_installed(name)}


def unpack(corpus: Path, folder: Path) -> None:
    """Each body of a JSONL corpus as a .md file below `folder`/bodies."""
    with corpus.open(encoding="utf-8") as lines:
        write(folder / "bodies", (json.loads(line)["body_md"] for line in lines))


def write(bodies: Path, texts: Iterable[str]) -> None:
    """Each text as a .md file in a new folder, named by its number from 0."""
    bodies.mkdir()
    for number, text in enumerate(texts):
        (bodies / f"{number}.md").write_text(text, encoding="utf-8")


def pick(folder: Path, most: int | None) -> tuple[str, float]:
    """The name of a folder beside `bodies` with the first of them, all for None, and its MB."""
    every = sorted((folder / "bodies").iterdir(), key=lambda file: int(file.stem))[:most]
    size = sum(file.stat().st_size for file in every) / 1e6
    if most is None:
        return "bodies", size
    few = folder / f"bodies-{most}"
    if not few.exists():
        write(few, (file.read_text(encoding="utf-8") for file in every))
    return few.name, size


if __name__ == "__main__":
    print("\n".join(patterns()))
