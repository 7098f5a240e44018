"""Candidates for a shell to complete with: commands, options, ids, rules, people, plans and runs.

The shells' scripts (`kb completion`) call `kb` with the line so far in `COMPLETE_VARIABLE`, and read
`value<TAB>what it is`, or `:files` where the shell knows better. Nothing is written; any fault gives no candidates.
Of documents it says kind and day, not the title: that may hold a secret, and masking takes longer than a key press may.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click

from kb.cli.app import FRONT, CommandGroup, build_cli, parse_global_options
from kb.commands.registry import list_commands
from kb.console import terminal
from kb.text.display import sanitize
from kb.text.lang import t

FILES = ":files"
MAX_IDS = 200
"""Ids offered at once."""

Candidate = tuple[str, str]


def print_candidates(line: str) -> None:
    """Print what may stand at the end of a command line, one candidate a line."""
    with suppress(Exception), open(os.devnull, "w") as nowhere:
        terminal.prepare_streams()
        sys.stderr = nowhere
        rows = ["\t".join(map(sanitize, each)) if each[1] else sanitize(each[0]) for each in find_candidates(line)]
        print(*rows, sep="\n", end="\n" if rows else "")


def find_candidates(line: str) -> list[Candidate]:
    """Return what may stand at the end of `kb …`: values that begin with the last word, each with what it is."""
    words = _split(line)
    *before, last = words[1:] or [""]
    if before and before[-1] in ("--lang", "--config"):
        return _begin([("ja", ""), ("en", "")], last) if before[-1] == "--lang" else [(FILES, "")]
    before = parse_global_options(before)
    root = build_cli()
    assert isinstance(root, CommandGroup)
    group: CommandGroup = root
    ctx = click.Context(root, info_name="kb")
    while before:
        found = group.get_command(ctx, before[0])
        if not isinstance(found, CommandGroup):
            return _begin(list(_of_command(found, before[1:], last)), last) if found is not None else []
        group, before = found, before[1:]
    return _begin(list(_of_group(ctx, group)), last)


def _split(line: str) -> list[str]:
    """Return the words of a line; the last is what is being typed. A quotation may still be open."""
    for end in ("", "'", '"'):
        with suppress(ValueError):
            words = shlex.split(line + end)
            return [*words, ""] if not end and line[-1:].isspace() and not line.endswith("\\ ") else words
    return []


def _begin(found: list[Candidate], word: str) -> list[Candidate]:
    return [each for each in found if each[0].startswith(word) or each[0] == FILES]


def _of_group(ctx: click.Context, group: CommandGroup) -> Iterator[Candidate]:
    """Yield the next words of commands, with their sentences."""
    commands = list_commands()
    prefix = f"{group.name} " if group.name in {name.partition(" ")[0] for name in commands} else ""
    shown: set[str] = set()
    for name in group.list_commands(ctx):
        word = name.partition(" ")[0]
        entry = commands.get(prefix + word)
        said = entry.help if entry is not None else FRONT.get(word) or t(f"kb {word} …", f"kb {word} …")
        if word not in shown:
            yield word, str(said)
        shown.add(word)


def _of_command(command: click.Command, before: list[str], last: str) -> Iterator[Candidate]:
    """Yield options where one begins, else the values of an option or an argument."""
    options = [each for each in command.params if isinstance(each, click.Option)]
    flags = {flag: each for each in options for flag in each.opts}
    takes_value = {flag for flag, each in flags.items() if not (each.is_flag or each.count)}
    if before and before[-1] in takes_value:
        yield from _values(flags[before[-1]], last)
    elif last.startswith("-"):
        name, equals, _ = last.partition("=")
        if equals and name in takes_value:
            yield from ((f"{name}={value}", said) for value, said in _values(flags[name], last[len(name) + 1 :]))
        else:
            yield from ((max(each.opts, key=len), each.help or "") for each in options)
    else:
        given = [word for word, prior in zip(before, ["", *before], strict=False) if prior not in takes_value]
        count = sum(not word.startswith("-") for word in given)
        arguments = [each for each in command.params if isinstance(each, click.Argument)]
        if arguments and (count < len(arguments) or arguments[-1].nargs == -1):
            yield from _values(arguments[min(count, len(arguments) - 1)], last)


def _values(param: click.Parameter, last: str) -> Iterator[Candidate]:
    """Yield what an option or an argument takes."""
    if isinstance(param.type, click.Choice):
        yield from ((str(getattr(each, "value", each)), "") for each in param.type.choices)
        return
    metavar = str(param.metavar or param.name or "")
    if metavar in ("MEMBER", "PERSON", "NAME"):
        yield from _people()
    elif "CODE" in metavar:
        yield from _rules()
    elif "RUN" in metavar:
        yield "last", str(t("最後の実行", "the last run"))
        yield from ((path.stem, "") for path in sorted(_private().glob("runs/*.jsonl"), reverse=True))
    elif "plan.toml" in metavar:
        yield from (
            (str(path), "")
            for path in sorted(Path().glob("*.toml"))
            if not path.name.endswith(("kb.toml", ".receipt.toml"))
        )
    elif param.name in ("doc", "page", "into") or re.match(r"(esa|redmine|files):", last):
        yield from _documents(last)
    elif re.search(r"FILE|PATH|DIR|CSV|TOML|\.", metavar):
        yield FILES, ""


def _rules() -> Iterator[Candidate]:
    """Yield the codes of the rules kb brings, read from their text: loading them takes a tenth of a second."""
    import linters
    from kb.model.secret import SecretKind

    found = {kind.code: "" for kind in SecretKind}
    for path in Path(linters.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        codes = re.findall(r'^\s*(?:rule = \w+\()?"([A-Z]{2,4}[0-9]{3})",', text, re.M)
        ja, _, en = text.partition("\n")[0].strip('"').partition(" / ")
        found |= dict.fromkeys(codes, str(t(ja, en)) if len(codes) == 1 else "")
    yield from sorted(found.items())


def _private() -> Path:
    from kb.settings.workspace import find_config

    path = find_config()
    return path.parent / ".kb" if path is not None else Path(os.devnull)


def _people() -> Iterator[Candidate]:
    from kb.mirror import queries
    from kb.mirror.store import Mirror

    with Mirror.open(_private() / "mirror.db", readonly=True) as mirror:
        yield from ((name, "") for name in queries.writers(mirror.database))


def _documents(prefix: str) -> Iterator[Candidate]:
    """Yield ids of documents that begin so, newest first."""
    from kb.mirror import queries
    from kb.mirror.store import Mirror

    with Mirror.open(_private() / "mirror.db", readonly=True) as mirror:
        for doc, kind, updated in queries.newest_docs(mirror.database, prefix, MAX_IDS):
            yield doc, f"{_KINDS.get(kind, kind)} {updated[:10]}"


_KINDS = {"post": t("記事", "post"), "issue": t("チケット", "ticket"), "wiki": t("Wiki", "wiki page")}
