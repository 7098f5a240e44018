"""The manual as tests read it: console blocks, tables, headings, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
READMES = (ROOT / "README.md", ROOT / "README.ja.md")
DOORS = (
    *(ROOT / f"{page}{suffix}" for page in ("ARCHITECTURE", "CONTRIBUTING") for suffix in (".md", ".ja.md")),
    ROOT / "SECURITY.md",
)
ANYTHING = "…"


@dataclass(frozen=True, slots=True)
class Typed:
    """One command of a console block, the output stated for it, and the exit code expected."""

    command: str
    stated: tuple[str, ...]
    code: int = 0


def typed(path: Path) -> list[Typed]:
    """All commands of a page's console blocks, in order. A trailing `$ echo $?` becomes an exit code."""
    found: list[Typed] = []
    for block in re.findall(r"^```console\n(.*?)^```$", path.read_text("utf-8"), re.M | re.S):
        here: list[Typed] = []
        for piece in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, *stated = piece.rstrip("\n").split("\n")
            if command == "echo $?" and here:
                here[-1] = Typed(here[-1].command, here[-1].stated, int(stated[0]))
            else:
                here.append(Typed(command, tuple(line for line in stated if line.strip())))
        found += here
    return found


def missing(stated: tuple[str, ...], output: str) -> str:
    """The first stated line that does not occur, in this order, in the lines of `output`; "" when all do.

    `…` stands for anything; what a line goes on with is not stated. Blanks count as one.
    """
    lines = iter([" ".join(line.split()) for line in output.splitlines()])
    for wanted in stated:
        parts = [re.escape(" ".join(part.split())) for part in wanted.split(ANYTHING)]
        pattern = re.compile(r"\s*" + r".*?\s*".join(parts))
        if not any(pattern.match(line) for line in lines):
            return wanted
    return ""


def code_blocks(text: str) -> list[str]:
    """Fenced and indented blocks, without the comments that explain their lines."""
    fenced = re.findall(r"^```\w*\n.*?^```$", text, re.M | re.S)
    indented = re.findall(r"(?:^    .*\n)+", text, re.M)
    return [re.sub(r"\s+#.*", "", block) for block in (*fenced, *indented)]


def links(text: str) -> Iterator[str]:
    """Targets of the links in a text, in order; what stands in code is none."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    yield from re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose))


def headings(text: str) -> list[str]:
    """Headings with their marks, code blocks left out."""
    return re.findall(r"^#+ .+$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)


def anchor(heading: str) -> str:
    """A heading's anchor as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.lstrip("# ").strip().lower())
    return kept.replace(" ", "-")


def rows(text: str) -> list[list[str]]:
    """The cells of the tables of a text, heads and rulers left out."""
    found = []
    for line in text.splitlines():
        if line.startswith("|") and not re.fullmatch(r"[|\-: ]+", line):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            found.append([cell.strip().replace("\\|", "|") for cell in cells])
    return found
