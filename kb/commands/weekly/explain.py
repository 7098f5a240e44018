"""`kb explain`: why a rule exists, and what good looks like."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from kb.console.terminal import columns, paint, trouble
from kb.errors import Exit
from kb.lint.engine import plugins
from kb.lint.formats.wording import SEVERITIES
from kb.rules.codes import CREDENTIALS, HISTORY, find
from kb.rules.registry import Rule, words_of
from kb.settings.workspace import find_config, open_workspace
from kb.text.display import pad, safe, safe_lines, width, wrap
from kb.text.lang import t

EXAMPLE = "kb explain INC402"

_ROTATED = t(
    "kb secrets rotated ID --on 日付 --by 名前 で控えてください。\n"
    "そのときの場所では「ページから消す」だけの警告になります。新しい場所に書かれた値は、また指摘します。",
    "Note it with kb secrets rotated ID --on DATE --by NAME.\n"
    "Where it stood then, all that is left is a warning to take it off the page; in a new place it is told again.",
)


def command(
    rule: Annotated[
        str | None,
        typer.Argument(
            metavar="[CODE]",
            help=str(t("コードか名前（INC4 か、なければ一覧）", "a code or a name (INC4, or none: list them)")),
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print one rule's words, or a line for each rule of those asked for. Exit code 3 when some could not be loaded."""
    loaded = plugins.load(plugins.gather(open_workspace() if find_config() else None))
    for each in loaded.troubles:
        trouble(str(each.what), str(each.next_step))
    family = [each for each in loaded.rules if rule is None or _meant(each, rule.strip())]
    if rule is None or len(family) > 1:
        _list(family)
    else:
        _explain(family[0] if family else find(rule, loaded.rules))
    if loaded.troubles:
        raise typer.Exit(Exit.SOURCE)


def _meant(each: Rule, word: str) -> bool:
    """Whether a word is the beginning of a rule's code, or its name: one on pages and one on systems may share it."""
    return each.code.startswith(word.upper() or "?") or each.name == word.casefold()


def _list(known: Sequence[Rule]) -> None:
    codes = max(width(rule.code) for rule in known)
    names = max(width(rule.name) for rule in known)
    words = {severity: str(word) for severity, (word, _) in SEVERITIES.items()}
    room = max(map(width, words.values()))
    for rule in known:
        off = "" if rule.on else str(t("（既定では使わない）", " (off by default)"))
        front = f"{pad(rule.code, codes)} {pad(rule.name, names)} {pad(words[rule.severity], room)} "
        title = f"{safe(str(words_of(rule).title))}{off}"
        lines = wrap(title, max(20, columns() - width(front))) if sys.stdout.isatty() else [title]
        print(front + f"\n{' ' * width(front)}".join(lines))


def _explain(rule: Rule) -> None:
    words = words_of(rule)
    severity, colour = SEVERITIES[rule.severity]
    opening, closing = str(t("（", " (")), str(t("）", ")"))
    print(f"{paint(f'{rule.code} {rule.name}', 'bold')}{opening}{paint(str(severity), colour)}{closing}")
    print(safe(str(words.title)))
    for title, text in (
        (t("なぜ", "Why"), words.why),
        (t("悪い例", "Bad"), words.bad),
        (t("良い例", "Good"), words.good),
    ):
        if str(text):
            print(f"\n{paint(str(title), 'bold')}")
            print("\n".join(_indented(str(text))))
    if rule.code.startswith(CREDENTIALS) and rule.code != HISTORY:
        print(f"\n{paint(str(t('値を変更したら', 'Once changed')), 'bold')}")
        print("\n".join(_indented(str(_ROTATED))))


def _indented(text: str) -> Iterator[str]:
    """Lines set in by two, cut where the terminal ends; whole where there is none."""
    for line in safe_lines(text).splitlines():
        for part in wrap(line, columns() - 2) if sys.stdout.isatty() else [line]:
            yield f"  {part}".rstrip()
