"""Which commands are run, and how. A command that needs nothing of the planted team runs its examples."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kb.commands.registry import find_command, list_commands

WHOLE = os.environ.get("KB_PLANT") == "whole"
"""Whether there is time for all."""


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a command: its words, and what a person types (None: there is no terminal)."""

    words: tuple[str, ...]
    typed: str | None = None
    folder: str = ""  # below the workspace, where it is not run in the workspace itself


@dataclass(frozen=True, slots=True)
class Team:
    """What the words of commands depend on."""

    root: Path
    docs: tuple[str, ...]  # a document of each kind
    copies: Path  # files that may be changed
    redmine: str
    data: Path  # rows that a sandbox can be filled with
    value_id: str  # of a value that was left in history


Plan = Callable[[Team], list[Call]]

FORMATS = ("text", "json", "jsonl", "sarif", "github", "junit", "markdown", "html")

SITTING = "\n".join(
    ("a 別の場所で管理", "m", "z 2w 来週", "t #123", "?", "o", "s", "a", "理由は後から", "s", "s", "q", "")
)
"""Answers: accept, ask the author, snooze, note a ticket, explain the keys, open, skip, accept and give a reason."""


_EVERYTHING = ("--pages", "--secret-places", "--profile", "strict", "--select", "INC,SEC,PII,KB", "--fail-on", "info")


def _calls(*lines: str) -> list[Call]:
    return [Call(tuple(line.split())) for line in lines]


def _published(name: str) -> list[str]:
    """The lines that publish what a command makes, into every form of file and into a post."""
    files = (f"{name} --publish {name}.{each}" for each in ("md", "html", "json", "txt"))
    post = f"{name} --publish esa --insert bottom"
    return [*files, f"{post} --dry-run", f"--lang en {post} --yes", f"{post} --silent --yes", "history last"]


def lint(team: Team) -> list[Call]:
    """Each format as it is and with all there is to add, each grouping, each flag that writes."""
    copies = str(team.copies)
    calls = [
        Call(("lint", "--format", each, "--all", "--exit-zero", *more))
        for each in FORMATS
        for more in (((), _EVERYTHING) if WHOLE or each in ("text", "sarif") else (_EVERYTHING,))
    ]
    calls += _calls(
        "lint",
        "lint --items --format json --exit-zero",
        "lint --all --explain-finding --profile strict",
        "lint --statistics",
        "lint --group-by page",
        "lint --all --group-by category",
        "lint --new-only",
        "lint --since 2020-01-01 --updated-since 2020-01-01 --min-confidence low",
        "lint --show-settings",
        "--lang en lint --all --explain-finding",
        "lint --update-baseline",
        "lint --update-baseline --accept-new",
    )
    for flags in (("--diff",), ("--unsafe-fixes", "--diff"), ("--fix",), ("--unsafe-fixes",), ("--all",)):
        calls.append(Call(("lint", *flags, copies)))
    calls.append(Call(("lint", "--input", str(team.data), "--all")))
    calls.append(Call(("lint", *team.docs)))
    return calls


def diagram_build(team: Team) -> list[Call]:
    """A model that leads to pages which hold values."""
    folder = team.root / "pictured" / "diagrams"
    folder.mkdir(parents=True, exist_ok=True)
    nodes = "".join(f'[[node]]\nid = "n{number}"\nesa = {number}\n' for number in (1, 2, 3, 999_999))
    (folder / "system.toml").write_text(nodes, encoding="utf-8")
    return [*_calls("diagram build --view none"), Call(("diagram", "build"), folder="pictured")]


def diagram_publish(team: Team) -> list[Call]:
    """A diagram into a post that holds values, from a folder with a model of its own."""
    folder = team.root / "drawn" / "diagrams"
    folder.mkdir(parents=True, exist_ok=True)
    model = '[system]\nesa_post = 1\n[[node]]\nid = "api"\n[[view]]\nid = "all"\nform = ["mermaid"]\n'
    (folder / "system.toml").write_text(model, encoding="utf-8")
    post = ("diagram", "publish", "--insert", "bottom")
    return [Call((*post, each), folder="drawn") for each in ("--dry-run", "--yes")]


def runbook(team: Team) -> list[Call]:
    """A node that is called as every planted title begins, so that each incident is one of it."""
    folder = team.root / "diagrams"
    folder.mkdir(exist_ok=True)
    node = '[[node]]\nid = "planted"\nlabel = "in-title"\nowner = "基盤チーム"\n'
    (folder / "system.toml").write_text(node, encoding="utf-8")
    return _calls(
        "runbook planted",
        "--lang en runbook planted -o planted.md",
        "runbook planted --into esa:1 --dry-run",
        "runbook planted --into esa:1 --yes",
        "runbook nothing",
    )


PLANS: dict[str, Plan] = {
    "init": lambda team: [
        Call(("init", "--team", "docs", "--redmine-url", team.redmine, "--yes"), folder="init"),
        Call(("init", "--team", "docs", "--no-redmine"), typed="n\n", folder="again"),
        *_calls(
            "init --hosts",
            "init --systemd",
            "init --cron",
            "init --github --kb-source kb-steward==1",
            "init --systemd --cron",
        ),
    ],
    "doctor": lambda team: _calls("doctor", "doctor --handover", "--lang en doctor --handover --json"),
    "key export": lambda team: _calls("key export"),
    "key import": lambda team: [Call(("key", "import"), typed="no key at all\n")],
    "demo": lambda team: [Call(("demo", "--keep", str(team.copies)))],  # somebody's folder: refused
    "sync": lambda team: _calls("sync", "sync --json", "sync --attachments --full", "sync --source files"),
    "lint": lint,
    "triage": lambda team: [
        Call(("triage", "--by", "ono"), typed=SITTING),
        Call(("triage", "--by", "ono", "--select", "SEC"), typed=SITTING),
        Call(("triage", "--by", "ono", "--select", "INC", str(team.copies)), typed=SITTING),
        Call(("triage", "--by", "ono", "--page", team.docs[0]), typed="r t #123\nr s\nq\n"),
        Call(("triage",)),
    ],
    "secrets list": lambda team: _calls(
        "secrets list",
        "secrets list --all",
        "secrets list --all --format json",
        "--lang en secrets list --all",
        f"secrets list --reveal {team.value_id}",
    ),
    "secrets rotated": lambda team: _calls(
        f"secrets rotated {team.value_id} --on 2026-01-05 --by ono", "secrets rotated 000000 --on 2026-01-05 --by ono"
    ),
    "report": lambda team: _calls(
        *(f"report --include-private --format {each}" for each in ("text", "json", "markdown", "html")),
        "--lang en report",
        "report --format markdown",
        *_published("report"),
        "report --publish redmine --insert top --yes",
        "report --publish redmine --insert bottom --dry-run",
        "report --notify slack --dry-run",
        "report --notify slack --yes",
    ),
    "incidents": lambda team: [
        *_calls(
            *(f"incidents --include-private --format {each}" for each in ("text", "json", "csv", "markdown", "html"))
        ),
        *_calls("incidents --by cause", "incidents --by node", "--lang en incidents --open --code SEC"),
        *_calls(*_published("incidents")),
    ],
    "diagram init": lambda team: [
        Call(("diagram", "init"), folder="drafted"),
        Call(("diagram", "init", "--from", str(team.data)), folder="drafted-again"),
    ],
    "diagram build": diagram_build,
    "diagram check": lambda team: [
        Call(("diagram", "check", "--format", each, "--fail-on", "info"), folder="pictured")
        for each in FORMATS
        if diagram_build(team)
    ],
    "diagram diff": lambda team: [*_calls("diagram diff"), Call(("diagram", "diff", "diagrams", str(team.data)))],
    "diagram adopt": lambda team: [Call(("diagram", "adopt"), folder="pictured") for _ in diagram_build(team)[:1]],
    "diagram import": lambda team: [Call(("diagram", "import", str(team.data)))],
    "diagram publish": diagram_publish,
    "inventory": lambda team: _calls(*(f"inventory --depth 9 --format {each}" for each in ("text", "json", "csv"))),
    "plan done": lambda team: _calls("plan done -o done.toml", "--lang en plan done -o done.toml"),
    "plan retitle": lambda team: [
        Call(("plan", "retitle", "--match", "^", "--to", "x ", "-o", "titles.toml")),
        Call(("plan", "retitle", "--match", "(a+)+", "--to", "x")),
    ],
    "plan move": lambda team: [
        Call(("plan", "move", "--from", "**", "--to", "y/{rest}", "-o", "moves.toml")),
        Call(("plan", "move", "--title", ".", "--to", "y", "-o", "moves.toml", "--force")),
        Call(("plan", "move", "--map", str(team.data))),
        *_calls(
            "plan move --from Users/* -o homes.toml --force",
            "plan move --evaluate",
            "plan move --evaluate --format json",
        ),
        Call(("plan", "move", "--evaluate", "--input", str(team.data))),
    ],
    "plan links": lambda team: [
        Call(("plan", "links", "-o", "links.toml")),
        Call(("plan", "links", "--map", str(team.data))),
    ],
    "plan tickets": lambda team: [
        Call(("plan", "tickets", "-o", "tickets.toml")),
        Call(("--lang", "en", "plan", "tickets", "--without-check", "--force", "-o", "tickets.toml")),
    ],
    "plan redact": lambda team: [
        Call(("plan", "redact", "-o", "redact.toml")),
        Call(("plan", "redact", "--before-rotation", "--with", "（別の場所）", "-o", "redact.toml")),
    ],
    "plan restrict": lambda team: _calls(
        "plan restrict -o restrict.toml --force", "plan restrict --without-check -o restrict.toml --force"
    ),
    "plan ship": lambda team: _calls("plan ship --older-than 1 -o ship.toml", "plan ship --author sato -o ship.toml"),
    "plan archive": lambda team: _calls("plan archive --older-than 1 -o archive.toml"),
    "plan from-findings": lambda team: _calls("plan from-findings -o found.toml --force"),
    "plan refresh": lambda team: _calls("plan refresh moves.toml", "plan refresh nothing.toml"),
    "plan share": lambda team: _calls("plan share moves.toml --to esa:1440 --dry-run", "plan share moves.toml"),
    "plan verify": lambda team: _calls("plan verify moves.toml", "plan verify nothing.toml"),
    "plan collect": lambda team: _calls("plan collect moves.toml", "plan collect nothing.toml"),
    "plan to-csv": lambda team: _calls(
        "plan to-csv moves.toml moves.csv --force", "plan to-csv moves.toml old.csv --encoding cp932 --force"
    ),
    "plan from-csv": lambda team: _calls("plan from-csv moves.csv moves.toml", "plan from-csv old.csv moves.toml"),
    "plan close": lambda team: _calls(
        "plan close --without-check -o close.toml", "--lang en plan close --without-check -o close.toml --force"
    ),
    "handover": lambda team: _calls(
        "handover ono --until 2026-12-25",
        "--lang en handover ono --announced 2026-01-05",
        "handover ono --publish --dry-run",
        "handover nobody",
    ),
    "runbook": runbook,
    "plan reassign": lambda team: _calls("plan reassign --from 佐藤 --to 鈴木 -o who.toml"),
    "review": lambda team: _calls(
        "review moves.toml",
        "review moves.toml --accept all",
        "review moves.toml --announce",
        "review moves.toml --links",
        "review nothing.toml",
        "review moves.toml --check",
        "review moves.csv --check --format github",
    ),
    "apply": lambda team: _calls(
        "apply moves.toml --rehearse",
        "apply moves.toml --rehearse --format markdown",
        "apply moves.toml --rehearse --format html",
        "apply moves.toml --yes --allow 999",
        "apply moves.toml --json",
        "apply done.toml",
        "apply done.toml --yes",
    ),
    "history": lambda team: _calls("history", "history last", "history last --json", "history last --export run.jsonl"),
    "undo": lambda team: _calls("undo last --rehearse", "undo last --yes", "undo nobody"),
    "similar": lambda team: [
        *(Call(("similar", each, "--format", form)) for each in team.docs for form in ("text", "json")),
        *_calls("similar パスワード 接続先", "similar in-measure key --format json", "--lang en similar password"),
        Call(("similar", "key", "--input", str(team.data), "--format", "jsonl")),
    ],
    "explain": lambda team: _calls("explain", "explain SEC101", "explain NOTHING"),
    "search": lambda team: [
        Call(("search", *words, *flags))
        for words in (("パスワード",), ("in-measure",), ("接続先",), ("key", "in-fence"))
        for flags in ((), ("--json",))
    ],
    "show": lambda team: [
        *(Call(("show", each)) for each in team.docs),
        *(Call(("show", each, "--findings")) for each in team.docs[:3]),
        *_calls("show esa:1"),
    ],
    "export": lambda team: [
        Call(("export", str(team.root / "exported"))),
        Call(("export", str(team.root / "all"), "--attachments", "--include-private")),
        Call(("export", str(team.copies))),
    ],
    "serve": lambda team: _calls("serve --port 0", "--lang en serve --port 0 --as-member"),
    "completion": lambda team: _calls(*(f"completion {shell}" for shell in ("bash", "zsh", "fish"))),
    "sandbox": lambda team: _calls("sandbox --from-mirror", f"sandbox --data {team.data}"),
    "state export": lambda team: _calls("state export state.jsonl", "state export state.jsonl.gz"),
    "state import": lambda team: _calls(
        "state import state.jsonl.gz", "state import data.jsonl", "state import kb.toml"
    ),
    "purge-secrets": lambda team: [
        Call(("purge-secrets",), typed="n\n"),
        *_calls("purge-secrets --yes", "purge-secrets --yes"),
    ],
}
"""For each command its calls, in this order."""


def list_plans() -> dict[str, Plan]:
    """The plan of each command; what is purged comes last."""
    plans = {**PLANS, **{name: _run_examples(name) for name in list_commands() if name not in PLANS}}
    plans["purge-secrets"] = plans.pop("purge-secrets")
    return plans


def _run_examples(name: str) -> Plan:
    found = find_command(name)
    assert found is not None
    return lambda team: _calls(*(line.removeprefix("kb ") for line in found.example.splitlines()))
