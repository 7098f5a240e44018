"""`kb explain`: why a rule exists, and what good looks like."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.registry import argument, command
from kb.console.terminal import paint, say_error, terminal_width
from kb.errors import Exit
from kb.settings.workspace import find_config, open_workspace
from kb.text.display import display_width, pad, sanitize, sanitize_lines, wrap
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.rules.registry import Rule

_ROTATED = t(
    "kb secrets rotated ID --on 日付 --by 名前 で控えてください。\n"
    "そのときの場所では「ページから消す」だけの警告になります。新しい場所に書かれた値は、また指摘します。",
    "Note it with kb secrets rotated ID --on DATE --by NAME.\n"
    "Where it stood then, all that is left is a warning to take it off the page; in a new place it is told again.",
)


@command(
    "explain", t("規則の理由と直し方を読む", "read why a rule exists and how to mend"), example="kb explain INC402"
)
def explain(
    rule: Annotated[
        str | None,
        argument("[CODE]", t("コードか名前（INC4 か、なければ一覧）", "a code or a name (INC4, or none: list them)")),
    ] = None,
) -> None:
    """Print one rule's words, or a line for each rule of those asked for. Exit code 3 when some could not be loaded."""
    from kb.lint.engine import plugins
    from kb.rules.codes import find_rule

    loaded = plugins.load_all_rules(plugins.gather_sources(open_workspace() if find_config() else None))
    for each in loaded.troubles:
        say_error(each.what, each.next_step)
    family = [each for each in loaded.rules if rule is None or _matches(each, rule.strip())]
    if rule is None or len(family) > 1:
        _list(family)
    else:
        _explain(family[0] if family else find_rule(rule, loaded.rules))
    if loaded.troubles:
        raise typer.Exit(Exit.SOURCE)


def _matches(each: Rule, word: str) -> bool:
    """Return whether a word begins a rule's code or is its name, which a rule on pages and one on systems may share."""
    return each.code.startswith(word.upper() or "?") or each.name == word.casefold()


def _list(known: Sequence[Rule]) -> None:
    from kb.lint.formats.wording import SEVERITIES
    from kb.rules.registry import rule_text

    codes = max(display_width(rule.code) for rule in known)
    names = max(display_width(rule.name) for rule in known)
    words = {severity: str(word) for severity, (word, _) in SEVERITIES.items()}
    room = max(map(display_width, words.values()))
    for rule in known:
        off = "" if rule.on else str(t("（既定では使わない）", " (off by default)"))
        front = f"{pad(rule.code, codes)} {pad(rule.name, names)} {pad(words[rule.severity], room)} "
        title = f"{sanitize(str(rule_text(rule).title))}{off}"
        lines = wrap(title, max(20, terminal_width() - display_width(front))) if sys.stdout.isatty() else [title]
        print(front + f"\n{' ' * display_width(front)}".join(lines))


def _explain(rule: Rule) -> None:
    from kb.lint.formats.wording import SEVERITIES
    from kb.rules.codes import CREDENTIAL_PREFIX, LEFT_IN_HISTORY
    from kb.rules.registry import rule_text

    words = rule_text(rule)
    severity, colour = SEVERITIES[rule.severity]
    opening, closing = str(t("（", " (")), str(t("）", ")"))
    print(f"{paint(f'{rule.code} {rule.name}', 'bold')}{opening}{paint(str(severity), colour)}{closing}")
    print(sanitize(str(words.title)))
    for title, text in (
        (t("なぜ", "Why"), words.why),
        (t("悪い例", "Bad"), words.bad),
        (t("良い例", "Good"), words.good),
    ):
        if str(text):
            print(f"\n{paint(str(title), 'bold')}")
            print("\n".join(_indented(str(text))))
    if rule.code.startswith(CREDENTIAL_PREFIX) and rule.code != LEFT_IN_HISTORY:
        print(f"\n{paint(str(t('値を変更したら', 'Once changed')), 'bold')}")
        print("\n".join(_indented(str(_ROTATED))))


def _indented(text: str) -> Iterator[str]:
    """Yield the lines indented by two, wrapped on a terminal only."""
    for line in sanitize_lines(text).splitlines():
        for part in wrap(line, terminal_width() - 2) if sys.stdout.isatty() else [line]:
            yield f"  {part}".rstrip()
