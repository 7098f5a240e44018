"""`kb secrets list` and `kb secrets rotated`: secrets written down, who can read them, which were changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.registry import argument, command, option
from kb.console.terminal import ask_yes_no, can_ask, say, use_utf8_stdout
from kb.errors import UsageError
from kb.settings.workspace import Workspace, open_workspace
from kb.text.display import sanitize, sanitize_lines
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from kb.reports.secrets.held import SecretInventory, SecretPlace, SecretValue


class SecretsFormat(StrEnum):
    """How the list is written."""

    TEXT = "text"
    JSON = "json"


@command(
    "secrets list",
    t("書かれている秘密を、読める人の多い順に", "list secrets that are written down, by who can read them"),
    example="kb secrets list\nkb secrets list --format json --all\nkb secrets list --reveal 5f0c1d2e3b4a",
)
def list_secrets(
    format: Annotated[
        SecretsFormat, option("--format", t("出力の形", "how to write"), show_default=True)
    ] = SecretsFormat.TEXT,
    all: Annotated[
        bool,
        option(
            "--all",
            t(
                "途中で切らず、受け入れたものや確かでないものも出す",
                "do not cut, and show what was set aside or is not sure",
            ),
        ),
    ] = False,
    reveal: Annotated[
        str,
        option(
            "--reveal ID",
            t("1 つの値を、端末で確かめてから 1 度だけ表示する", "show one value, once, at a terminal, after asking"),
        ),
    ] = "",
) -> None:
    """Gather the secrets by their values, and write the list; or show one of them to the person at the terminal."""
    from kb.reports.secrets.held import survey_secrets

    workspace = open_workspace()
    if reveal:
        if format is not SecretsFormat.TEXT:
            raise UsageError(
                t("--reveal は --format json と使えません。", "--reveal cannot be used with --format json."),
                t("--format を外し、端末で実行してください。", "leave --format out, at a terminal."),
            )
        reveal_value(workspace, reveal)
        return

    found = survey_secrets(workspace, everything=all)
    _write(found, format, everything=all)
    for line in _last_lines(found):
        say(line)
    raise typer.Exit(found.exit_code)


def _write(found: SecretInventory, format: SecretsFormat, *, everything: bool) -> None:
    from kb.reports.secrets import render

    if format is SecretsFormat.JSON:
        use_utf8_stdout()
        sys.stdout.write(render.render_json(found.holding))
    else:
        for line in render.render_text(found.holding, everything=everything, rest="kb secrets list --all"):
            print(line)
    sys.stdout.flush()


def _last_lines(found: SecretInventory) -> Iterator[Text]:
    """Yield counts and what is left out, then what comes next."""

    from kb.lint.formats.wording import describe_set_aside
    from kb.sources.registry import source_kinds

    held = found.holding
    rows = [(kind.title, held.sources[kind.source]) for kind in source_kinds() if held.sources[kind.source]]
    where = t("、".join(f"{name.ja} {n}" for name, n in rows), ", ".join(f"{name.en} {n}" for name, n in rows))
    line = t(
        f"秘密 {len(held.values)} 種類、{held.places:,} か所{f'（{where.ja}）' if rows else ''}。",
        f"{count_noun(len(held.values), 'secret')} in "
        f"{count_noun(held.places, 'place')}{f' ({where.en})' if rows else ''}.",
    )
    if held.dead:
        line = t(
            f"{line.ja}うち {held.dead} 種類は更新済みで、ページから消すだけです。",
            f"{line.en} {held.dead} of them changed, only to be taken off the pages.",
        )
    if aside := describe_set_aside(held.aside):
        line = t(f"{line.ja}{aside.ja}。", f"{line.en} {aside.en}.")
    if held.unsure:
        line = t(
            f"{line.ja}確かでないもの {held.unsure:,} か所は出していません。",
            f"{line.en} {held.unsure:,} not sure, not shown.",
        )
    yield line
    if held.values and held.dead == len(held.values):
        yield t(
            "→ ページから値を消してください（esa は kb plan redact で）。",
            "→ take the values off the pages (kb plan redact for posts of esa).",
        )
    elif held.values:
        yield t(
            "→ 値を変更してから kb secrets rotated で控え、ページの値を消してください（esa は kb plan redact で）。",
            "→ change the values, run kb secrets rotated, take them off the pages (kb plan redact for posts of esa).",
        )
        if count := sum(map(_may_be_limited, (place for value in held.values for place in value.places))):
            yield t(
                f"→ 変更まで日数がかかるなら、チケットの {count:,} か所は kb plan restrict で読める人を限れます。",
                f"→ if that takes days: {count_noun(count, 'place')} in tickets can be shown to fewer readers "
                "(kb plan restrict).",
            )


def _may_be_limited(place: SecretPlace) -> bool:
    """Whether a value that was not changed stands in a ticket more than a few may read."""
    from kb.model.document import Source
    from kb.model.plan import is_target
    from kb.secrets.exposure import Exposure

    live = not place.finding.rotated_on and place.exposure > Exposure.PRIVATE
    return live and place.entry.source is Source.REDMINE and is_target(str(place.entry.doc))


_CI = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "BUILD_NUMBER")
"""Variables by which the machines that run CI jobs are known."""


def reveal_value(workspace: Workspace, given: str) -> None:
    """Ask, then print the value. Raises UsageError where others might be reading, and when it is no longer there."""
    from kb.lint.printable import document_label
    from kb.reports.secrets.held import find_value, read_value, survey_secrets

    _require_person()
    found = survey_secrets(workspace, everything=True)
    value = find_value(found.holding.values, given)
    place = value.places[0]
    where = f"{document_label(place.entry, place.finding.part)}:{place.finding.span.line}"
    kind = place.secret.kind.label
    say(t(f"{where} の{kind.ja}です。", f"the {kind.en} at {where}."))
    if not ask_yes_no(
        t(
            "画面を見ている人や共有はありませんか。表示する [y/N]: ",
            "nobody else sees this screen? Show it [y/N]: ",
        )
    ):
        say(t("表示していません。", "it was not shown."))
        return
    print(sanitize_lines(read_value(workspace, value, found.key.bytes_ if found.key is not None else b"")))


def _require_person() -> None:
    """Raise UsageError unless a person sits at both ends."""
    tell = t("自分の端末で、そのまま実行してください。", "run it at a terminal of your own, with nothing in between.")
    if not (can_ask() and sys.stdout.isatty()):
        raise UsageError(
            t(
                "値を表示するのは端末だけです（入力も出力も）。",
                "a value is shown at a terminal only, for in and output.",
            ),
            tell,
        )
    if any(os.environ.get(name) for name in _CI):  # which may have a terminal whose words go into a log
        raise UsageError(t("CI では値を表示しません。", "no value is shown in CI."), tell)


@command(
    "secrets rotated",
    t("値を変更したことを控える", "note that a value was changed"),
    example="kb secrets rotated 5f0c1d2e3b4a --on 2026-11-25 --by ono",
    shared=True,
)
def mark_rotated(
    id: Annotated[
        str,
        argument(
            "ID",
            t("kb secrets list の ID（6 桁以上）", "an id of kb secrets list, 6 digits or more"),
        ),
    ],
    on: Annotated[str, option("--on DATE", t("値を変更した日", "the day the value was changed"))] = "",
    by: Annotated[str, option("--by NAME", t("変更した人", "who changed it"))] = "",
) -> None:
    """Find the value, and write down in kb-decisions.toml that it was changed, on which day, by whom."""
    from kb.clock import lint_time
    from kb.lint.waivers.decisions import render_decision, rotation_decision
    from kb.lint.waivers.messages import NO_KEY_ERROR
    from kb.mirror import limited
    from kb.reports.secrets.held import find_value, survey_secrets
    from kb.secrets.mask_document import mask_text

    workspace = open_workspace()
    limited.require_synced(workspace)
    day = _parse_day(on, lint_time("", workspace.settings.timezone).date())
    person = mask_text(sanitize(by).strip())[:100]
    if not sanitize_lines(by).strip():  # what cannot be seen names nobody
        raise UsageError(
            t("--by（変更した人）が足りません。", "--by (who changed it) is missing."),
            t("例: --by ono", "example: --by ono"),
        )
    found = survey_secrets(workspace, everything=True)
    value = find_value(found.holding.values, id)
    if found.key is None or not value.id:
        raise UsageError(NO_KEY_ERROR)
    places = [place.finding.fingerprint for place in value.places]
    decision = rotation_decision(value.id, by=person, on=day, key=found.key.id, places=places)
    parts: dict[Path, list[str]] = {}
    for place in value.places:
        parts.setdefault(found.file.path_for(place.entry.visibility), []).append(place.finding.fingerprint)
    name = sanitize(", ".join(map(found.file.name_of, parts)))
    if value.rotated == decision:
        say(t(f"もう控えてあります: {name}", f"noted already: {name}"))
    else:
        for path, those in parts.items():
            part = rotation_decision(value.id, by=person, on=day, key=found.key.id, places=those)
            found.file.add(render_decision(part), path)
        say(
            t(
                f"✓ {value.id[:12]} は {day} に更新済みとしました: {name}",
                f"✓ {value.id[:12]} is noted as rotated on {day}: {name}",
            )
        )
    _say_remaining_places(value)
    say(
        t(
            f"取り消すには、{name} のその [[decision]] を消します。",
            f"to take this back, delete its [[decision]] in {name}.",
        )
    )


def _parse_day(given: str, today: date) -> str:
    """Return the day as an ISO date. Raises UsageError for a missing, invalid or future one."""
    from kb.clock import parse_day

    if not given.strip():
        raise UsageError(
            t("--on（変更した日）が足りません。", "--on (the day it was changed) is missing."),
            t("例: --on 2026-11-25", "example: --on 2026-11-25"),
        )
    on = parse_day(given, "--on")
    if on > today.isoformat():
        raise UsageError(
            t(f"--on {on} は、まだ来ていない日です。", f"--on {on} has yet to come."),
            t("変更が済んでから、その日を指定してください。", "note it once it is changed, with that day."),
        )
    return on


def _say_remaining_places(value: SecretValue) -> None:
    """Say where the value can still be read."""
    from kb.rules.codes import LEFT_IN_HISTORY

    past = [place for place in value.places if place.finding.code == LEFT_IN_HISTORY]
    closed = sum(place.remnant.held if place.remnant is not None else 1 for place in past)
    live = len(value.places) - len(past)
    if closed:
        say(t(f"履歴に残る {closed:,} か所は、もう指摘しません。", f"{closed:,} in history are no longer told."))
    if live:
        say(
            t(
                f"ページには、まだ {live:,} か所あります。値を消し、保管場所だけを書いてください"
                "（これからは、そこを消すことだけを警告します）。",
                f"{live:,} on pages are still there: take the value off, and write only where the new one is kept"
                " (from now on they are warnings to do that).",
            )
        )
