"""`kb triage`: one finding at a time, until there is nothing left to decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.registry import argument, command, option
from kb.console.terminal import say
from kb.errors import Exit, KbError
from kb.lint.formats.rows import FindingRow, build_row
from kb.model.facts import Confidence
from kb.secrets.mask_document import mask_text
from kb.settings.workspace import Workspace, find_config, open_workspace
from kb.text.display import sanitize
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.commands.weekly.triage_sitting import TriageCounts
    from kb.lint.engine.survey import Survey
    from kb.lint.waivers.decisions import Decisions


@command(
    "triage",
    t("指摘を 1 件ずつ決める", "decide on findings one by one"),
    example="kb triage\nkb triage --select INC4 notes/",
)
def triage(
    path: Annotated[
        list[str] | None,
        argument("[PATH.md …]", t("ファイルやフォルダー（なければミラー）", "files and folders (default: the mirror)")),
    ] = None,
    select: Annotated[
        list[str] | None,
        option(
            "--select CODE",
            t("この規則だけ（INC、INC402、規則名）", "only these rules (INC, INC402, a name)"),
        ),
    ] = None,
    by: Annotated[
        str,
        option("--by NAME", t("決めた人の名前（既定は git の user.name）", "who decides (default: user.name of git)")),
    ] = "",
    now: Annotated[str, option("--now T", t("この日時の時点で（既定は今）", "as of this time"))] = "",
) -> None:
    """Decide on findings one by one."""
    from kb.commands.weekly.triage_sitting import TriageSession
    from kb.console.sitting import read_typed, write_screen
    from kb.lint import upkeep
    from kb.lint.engine.request import Request
    from kb.lint.engine.survey import Survey
    from kb.lint.formats.rows import build_queue
    from kb.lint.formats.source_lines import SourceLines
    from kb.lint.waivers.set_aside import DECISIONS_FILE, DecisionFile
    from kb.rules.registry import rule_text

    workspace = open_workspace() if find_config() else None
    if workspace and not path:
        workspace.mirrored()
    folder = workspace.root if workspace else Path.cwd()
    file = DecisionFile(folder / DECISIONS_FILE)
    file.writable()
    request = Request(paths=tuple(path or ()), select=_split_selectors(select), now=now)
    troubles: list[KbError] = []
    with Survey(request, workspace, troubles.append) as found:
        troubles += found.loaded.troubles
        waiting = build_queue(_count_waiting(found, file.decisions(), troubles))
    for trouble in troubles:
        say(sanitize(str(trouble.what)))
    upkeep.say_foreign_entries(found)
    code = Exit.worst(*(trouble.exit_code for trouble in troubles))
    if not waiting.first:
        say(t("決めるべき指摘はありません。", "there is nothing to decide."))
        raise typer.Exit(code)
    rules = {rule.code: rule for rule in found.every}
    with SourceLines(workspace.mirror if workspace else None) as lines:
        sitting = TriageSession(
            queue=waiting,
            file=file,
            words=lambda row: rule_text(rules[row.finding.code]),
            line_of=lambda row: "" if row.secret_line else lines(row.entry, row.finding),
            by=mask_text(sanitize(by).strip() or _name(folder))[:100],
            today=found.now.date(),
            read=partial(read_typed, echo=True),
            write=write_screen,
            browse=_open_browser,
            former=_former_members(workspace, found.now.date()),
            key=upkeep.key_id_of(found),
        )
        try:
            sitting.run()
        finally:  # a Ctrl-C as well: what was decided is kept
            say(_summary(sitting.tally, request.paths))
    raise typer.Exit(code)


def _split_selectors(given: Sequence[str] | None) -> tuple[str, ...]:
    """Selectors, whether given one by one or with commas between."""
    return tuple(word for words in given or () for word in words.split(",") if word.strip())


def _count_waiting(found: Survey, decided: Decisions, troubles: list[KbError]) -> Iterator[FindingRow]:
    """Yield the undecided findings lint would show."""
    today = found.now.date()
    for each in found:
        troubles += each.judgement.crashes
        for finding in each.findings:
            aside = finding.waiver is not None or decided.settles(finding, today)
            if not aside and finding.confidence >= Confidence.MEDIUM:
                yield build_row(each.judgement, finding)


def _former_members(workspace: Workspace | None, today: date) -> frozenset[str]:
    """The names of those who have left the team."""
    from kb.lint.engine.world_builder import WorldBuilder
    from kb.mirror.store import Mirror

    if workspace is None or not workspace.mirror.exists():
        return frozenset()
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        return WorldBuilder(workspace.settings, today, mirror).world(()).former


def _name(folder: Path) -> str:
    """Return what git calls the person here, "?" where it has no name: the file goes to others, a login stays here."""
    import subprocess

    try:
        asked = subprocess.run(
            ["git", "config", "user.name"], cwd=folder, capture_output=True, timeout=10, stdin=subprocess.DEVNULL
        )
        name = sanitize(asked.stdout.decode(errors="replace")).strip()
    except (OSError, subprocess.TimeoutExpired):
        name = ""
    if not name:
        say(
            t(
                "git の user.name がないので、決めた人は「?」と書きます（--by 名前 で書けます）。",
                'git has no user.name, so who decided is written as "?" (--by NAME says who).',
            )
        )
    return name or "?"


def _open_browser(url: str) -> bool:
    import webbrowser

    return webbrowser.open(url)


def _summary(tally: TriageCounts, paths: Sequence[str]) -> Text:
    """What the sitting came to, and how to go on."""
    import shlex

    from kb.lint.formats.wording import DECISION_WORDS

    parts = [(name, tally.decided[what]) for what, name in DECISION_WORDS.items() if tally.decided[what]]
    ja = "、".join(f"{name.ja} {count}" for name, count in parts)
    en = ", ".join(f"{count} {name.en}" for name, count in parts)
    count = tally.decided.total()
    ended = t("入力が終わりました。", "The input has ended. ") if tally.ended else t("", "")
    skipped = t(f"（飛ばした {tally.skipped}）", f" ({tally.skipped} skipped)") if tally.skipped else t("", "")
    said = t(
        f"{ended.ja}{count} 件を決めました{f'（{ja}）' if ja else ''}。残り {tally.left} 件{skipped.ja}。",
        f"{ended.en}Decided on {count}{f' ({en})' if en else ''}; {tally.left} left{skipped.en}.",
    )
    following = sanitize(shlex.join(["kb", "triage" if tally.left else "lint", *paths]))
    return t(f"{said.ja} → {following}", f"{said.en} → {following}")
