"""The tools kb is compared with, over the same bodies as files: Debian's gitleaks and ripgrep.

    python bench/peers.py > bench/patterns.txt      # after a change of the gate's words

gitleaks looks for credentials with its own rules. ripgrep looks for the gate's patterns, each match
told, on one thread. A tool that is not installed is left out and said so; its figures are null.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from kb.lint import rules
from kb.lint.gate import expressions

PATTERNS = Path(__file__).with_name("patterns.txt")

COMMANDS = {
    "gitleaks": "gitleaks detect --no-git --no-banner --redact --log-level error --exit-code 0 --source bodies",
    "rg": f"rg -j1 --no-config --only-matching --dfa-size-limit 2G --regex-size-limit 1G -f {PATTERNS} bodies",
}
"""Run in the folder that holds `bodies`, with GOMAXPROCS=1."""


def patterns() -> list[str]:
    """The gate's patterns that a body can match: those of titles and tags begin with a mark no body holds."""
    return [each for each in expressions(rules.groups(rules.load())) if each[0].isprintable()]


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
    bodies = folder / "bodies"
    bodies.mkdir()
    with corpus.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            (bodies / f"{number}.md").write_text(json.loads(line)["body_md"], encoding="utf-8")


if __name__ == "__main__":
    print("\n".join(patterns()))
