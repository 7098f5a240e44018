"""`kb secrets rotated`: note that a value was changed, so that what history still holds of it opens nothing."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from kb.config import open_workspace
from kb.console import safe, safe_lines, say
from kb.errors import UsageError
from kb.lang import t
from kb.secrets.shown import shown_text

if TYPE_CHECKING:
    from kb.reports.secrets.values import Value

EXAMPLE = "kb secrets rotated 5f0c1d2e3b4a --on 2026-11-25 --by ono"


def command(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help=str(t("kb secrets list の ID（6 桁以上）", "an id of kb secrets list, 6 digits or more"))
        ),
    ],
    on: Annotated[
        str,
        typer.Option(
            "--on", metavar="DATE", help=str(t("値を変更した日", "the day the value was changed")), show_default=False
        ),
    ] = "",
    by: Annotated[
        str, typer.Option("--by", metavar="NAME", help=str(t("変更した人", "who changed it")), show_default=False)
    ] = "",
) -> None:
    """Find the value, and write down in kb-decisions.toml that it was changed, on which day, by whom."""
    from kb.commands.lint_keys import NO_KEY
    from kb.commands.secrets_held import held
    from kb.lint.decisions import block, rotation
    from kb.lint.request import clock
    from kb.reports.secrets.values import named

    workspace = open_workspace()
    day = _day(on, clock("", workspace.settings.timezone).date())
    person = shown_text(safe(by).strip())[:100]
    if not safe_lines(by).strip():  # what cannot be seen names nobody
        raise UsageError(
            t("--by（変更した人）が足りません。", "--by (who changed it) is missing."),
            t("例: --by ono", "example: --by ono"),
        )
    found = held(workspace, everything=True)
    value = named(found.holding.values, id)
    if found.key is None or not value.id:
        raise UsageError(NO_KEY)
    places = [place.finding.fingerprint for place in value.places]
    decision = rotation(value.id, by=person, on=day, key=found.key.id, places=places)
    name = safe(found.file.path.name)
    if value.rotated == decision:
        say(str(t(f"もう控えてあります: {name}", f"noted already: {name}")))
    else:
        found.file.add(block(decision))
        say(
            str(
                t(
                    f"✓ {value.id[:12]} は {day} に更新済みとしました: {name}",
                    f"✓ {value.id[:12]} is noted as rotated on {day}: {name}",
                )
            )
        )
    _left(value)
    say(
        str(
            t(
                f"取り消すには、{name} のその [[decision]] を消します。",
                f"to take this back, delete its [[decision]] in {name}.",
            )
        )
    )


def _day(given: str, today: date) -> str:
    """The day as an ISO date. Raises UsageError for none, for what is no day, and for one that has yet to come."""
    from kb.lint.request import day

    if not given.strip():
        raise UsageError(
            t("--on（変更した日）が足りません。", "--on (the day it was changed) is missing."),
            t("例: --on 2026-11-25", "example: --on 2026-11-25"),
        )
    on = day(given, "--on")
    if on > today.isoformat():
        raise UsageError(
            t(f"--on {on} は、まだ来ていない日です。", f"--on {on} has yet to come."),
            t("変更が済んでから、その日を指定してください。", "note it once it is changed, with that day."),
        )
    return on


def _left(value: Value) -> None:
    """Say where the value can still be read."""
    from kb.lint.secret_codes import HISTORY

    past = [place for place in value.places if place.finding.code == HISTORY]
    closed = sum(place.remnant.held if place.remnant is not None else 1 for place in past)
    live = len(value.places) - len(past)
    if closed:
        say(str(t(f"履歴に残る {closed} か所は、もう指摘しません。", f"{closed} in history are no longer told.")))
    if live:
        say(
            str(
                t(
                    f"ページには、まだ {live} か所あります。値を消し、保管場所だけを書いてください"
                    "（これからは、そこを消すことだけを警告します）。",
                    f"{live} on pages are still there: take the value off, and write only where the new one is kept"
                    " (from now on they are warnings to do that).",
                )
            )
        )
