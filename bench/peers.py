"""The tools kb is compared with, over the same bodies as files.

    python bench/peers.py > bench/patterns.txt      # after a change of the gate's words

In speed of linting: Debian's gitleaks, which looks for credentials with its own rules, and ripgrep, which
looks for the gate's patterns, each match told, on one thread. In finding credentials: gitleaks again, and
from PyPI detect-secrets, kingfisher and betterleaks, as they come. A tool that is not installed (`.ci/peers`)
is left out and said so; its figures are null.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from kb.rules import registry
from kb.rules.gate import list_patterns

HERE = Path(__file__).parent
PATTERNS = HERE / "patterns.txt"
BIN = HERE.parent / ".venv-peers" / "bin"

COMMANDS = {
    "gitleaks": "gitleaks detect --no-git --no-banner --redact --log-level error --exit-code 0 --source bodies",
    "rg": f"rg -j1 --no-config --only-matching --dfa-size-limit 2G --regex-size-limit 1G -f {PATTERNS} bodies",
}
"""Run in the folder that holds `bodies`, with GOMAXPROCS=1."""


SCANNERS = {
    "gitleaks": "gitleaks detect --no-git --no-banner --log-level error --exit-code 0"
    " --source {bodies} --report-format json --report-path {report}",
    "betterleaks": f"{BIN}/betterleaks {{bodies}} --silent --log-level error --exit-code 0 -o {{report}}",
    "detect-secrets": f"{BIN}/python {HERE}/scan.py detect-secrets {{bodies}} {{report}}",
    "kingfisher": f"{BIN}/python {HERE}/scan.py kingfisher {{bodies}} {{report}}",
}
"""How each looks for credentials below a folder and reports their values. Nothing is verified over the network."""

LIBRARIES = {"betterleaks": "betterleaks", "detect-secrets": "detect_secrets", "kingfisher": "kingfisher_sdk"}
"""What each of PyPI brings into its environment, to see that it is there."""

Find = tuple[str, int, str]
"""Name of a file, line, value."""


def scanners() -> dict[str, str]:
    """The scanners of credentials that are here. What is missing is told on stderr."""
    found = {}
    for name, words in SCANNERS.items():
        library = LIBRARIES.get(name)
        if shutil.which(name) if library is None else any(BIN.parent.glob(f"lib/*/site-packages/{library}")):
            found[name] = words
        else:
            print(f"{name} is not installed: no figures for it (.ci/peers)", file=sys.stderr)
    return found


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


def installed() -> dict[str, list[str]]:
    """The command lines of the peers that are here. What is missing is told on stderr."""
    found = {}
    for name, words in COMMANDS.items():
        if shutil.which(name):
            found[name] = words.split()
        else:
            print(f"{name} is not installed: no figures for it (apt-get install gitleaks ripgrep)", file=sys.stderr)
    return found


def unpack(corpus: Path, folder: Path) -> None:
    """Each body of a JSONL corpus as a .md file below `folder`/bodies."""
    with corpus.open(encoding="utf-8") as lines:
        write(folder / "bodies", (json.loads(line)["body_md"] for line in lines))


def write(bodies: Path, texts: Iterable[str]) -> None:
    """Each text as a .md file in a new folder, named by its number from 0."""
    bodies.mkdir()
    for number, text in enumerate(texts):
        (bodies / f"{number}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    print("\n".join(patterns()))
