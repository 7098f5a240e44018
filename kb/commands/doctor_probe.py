"""`kb doctor --probe`: what will be asked of esa is listed and agreed to; what was found out is told."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from kb.console import columns, local, pad, safe, say, width, wrap
from kb.errors import Exit, KbError, UsageError
from kb.lang import t

if TYPE_CHECKING:
    from kb.changes.probe import Probe
    from kb.changes.probe_abilities import EsaAbilities
    from kb.config import Workspace
    from kb.progress import Meter
    from kb.sources.call import Progress

pause = time.sleep

LEAST = 30
"""Columns in which a sentence still reads well."""

BELOW = " " * 11


def probe(workspace: Workspace, *, yes: bool) -> None:
    """List, ask, probe, tell. Exit 4 when a post could not be archived, 130 after a Ctrl-C."""
    from kb.changes.probe_begin import prepared

    meters: list[Meter] = []

    def watch(progress: Progress) -> None:
        for meter in meters:
            meter.request(progress.requests, progress.remaining, progress.waiting_s)

    with prepared(workspace, watch) as ready:
        for line in preview(ready):
            print(line)
        if not yes and not _agreed():
            say(str(t("何も書きませんでした。", "nothing was written.")))
            return
        found = _run(ready, meters)
        _tell_left(ready)
    if found is None:
        raise typer.Exit(Exit.INTERRUPTED)
    zone = workspace.settings.timezone
    for line in table(found, zone):
        print(line)
    print(_cannot())
    print(t("次からは kb doctor で見られます。", "kb doctor shows this from now on."))
    if ready.left:
        raise typer.Exit(Exit.CHANGE)


def _run(ready: Probe, meters: list[Meter]) -> EsaAbilities | None:
    from kb.changes.way import Way
    from kb.commands.stopping import Stopping
    from kb.progress import Meter

    try:
        with Stopping() as stopping, Meter(str(t("確認", "probing"))) as meter:
            meters.append(meter)
            way = Way(stop=lambda: stopping.asked, busy=stopping.busy, watch=meter.step)
            return ready.run(way, pause)[1]
    except KbError:
        say(str(t("途中で止まりました。", "it stopped half-way.")))
        _tell_left(ready)
        raise
    finally:
        meters.clear()


def preview(ready: Probe) -> Iterator[str]:
    """Everything that will be asked, what it costs, where, and what will stay."""
    for line in _head(ready):
        yield from laid_out("", line)
    wide = max(width(step.shown) for step in ready.steps)
    if sys.stdout.isatty():
        wide = min(wide, max(columns() - len(BELOW) - LEAST - 6, LEAST))
    for number, step in enumerate(ready.steps, 1):
        yield from laid_out(f"{number:>3}. {step.method:<5} {pad(step.shown, wide)}  ", str(step.why))
    for line in _cost(ready):
        yield from laid_out("", line)


def laid_out(head: str, words: str) -> Iterator[str]:
    """`words` beside `head`, on a terminal cut where it ends and set in; below where little room is beside."""
    room = columns() - width(head)
    if not sys.stdout.isatty() or width(words) <= room:
        yield f"{head}{words}"
        return
    if head and room < LEAST:
        yield head.rstrip()
        head, room = BELOW, columns() - width(BELOW)
    first, *rest = wrap(words, max(room, LEAST))
    yield f"{head}{first}"
    yield from (f"{' ' * width(head)}{line}" for line in rest)


def _head(ready: Probe) -> Iterator[str]:
    scene, count = ready.scene, len(ready.steps)
    team, me, place = safe(scene.team), safe(scene.me), safe(scene.place)
    yield str(
        t(
            f"esa のチーム {team} に {me} として、次の {count} 件を順に送ります（書き込みは {ready.writes} 件）。",
            f"these {count} requests go to esa (team {team}) as {me}, in this order ({ready.writes} of them write).",
        )
    )
    yield str(t(f"場所: {place}", f"place: {place}"))
    yield str(
        t(
            f"パスは /v1/teams/{team} の続き（/v1 と /oauth で始まるものは別）。A〜D は作った記事の番号です。",
            f"paths go on from /v1/teams/{team} but for those with /v1 and /oauth; A to D are the posts made.",
        )
    )


def _cost(ready: Probe) -> Iterator[str]:
    left, count = ready.standing, len(ready.steps) - 1
    if left.remaining is not None:
        yield str(
            t(
                f"利用枠: あと {left.remaining} / {left.limit} のうち {count} を使います。",
                f"limit: {count} of the {left.remaining} left ({left.limit} in all).",
            )
        )
        if left.remaining < count:
            yield str(t("枠が足りないので、回復を待ちながら進みます。", "that is too few: it waits in between."))
    yield str(
        t(
            f"書き込みのメッセージは「{ready.scene.message}」で、esa の通知を出しません（コメントは自分の記事に付け、"
            "一括移動にはメッセージがありません）。チームの Webhook には届くことがあります。",
            f'writes say "{ready.scene.message}", which keeps esa from notifying (the comment is on a post of '
            "one's own, and moving a category takes no message). Webhooks of the team may still be called.",
        )
    )
    yield str(
        t(
            f"残るもの: 記事 4 件。終わりにアーカイブします（Archived/{safe(ready.scene.place)}）。"
            "ほかの記事には書かず、何も削除しません。",
            f"what stays: 4 posts, archived at the end (Archived/{safe(ready.scene.place)}). No other post is touched, "
            "and nothing is deleted.",
        )
    )


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError(
            t(
                "端末でないので確認できません。何も書いていません。",
                "there is no terminal to ask on; nothing was written.",
            ),
            t("このとおりでよければ --yes を付けてください。", "add --yes to go on with it."),
        )
    print(t("送りますか [y/N]: ", "send them [y/N]: "), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "はい")


def _tell_left(ready: Probe) -> None:
    """Name what stands there still, and how to put it away."""
    if ready.left:
        names = "、".join(f"#{each.number}" for each in ready.left)
        say(
            str(
                t(
                    f"アーカイブしていない記事が残っています: {names}（{safe(ready.scene.place)}）",
                    f"posts that are not archived: {names.replace('、', ', ')} ({safe(ready.scene.place)})",
                )
            )
        )
        say(str(t(f"→ 片付けるには: kb undo {ready.scene.run}", f"→ to put them away: kb undo {ready.scene.run}")))
    if ready.lost:
        say(
            str(
                t(
                    f"応答のなかった書き込みがあります。{safe(ready.scene.place)} に、もう 1 件あるかもしれません。",
                    f"one write had no answer: there may be one more post in {safe(ready.scene.place)}.",
                )
            )
        )


def table(found: EsaAbilities, zone: str) -> Iterator[str]:
    """What was found out, with its date and whose token asked."""
    from kb.changes.probe_words import lines

    day = local(found.at, zone)
    yield str(
        t(
            f"esa のふるまい（{day}、{safe(found.by)} のトークンで確認。実行 {safe(found.run)}）",
            f"how esa behaves (found out on {day} with the token of {safe(found.by)}, run {safe(found.run)})",
        )
    )
    rows = [(str(about), safe(str(told))) for about, told in lines(found.answers)]
    wide = max(width(about) for about, _ in rows)
    for about, told in rows:
        yield from laid_out(f"  {pad(about, wide)}  ", told)


def known(workspace: Workspace) -> Iterator[str]:
    """What a probe found out before; nothing where there was none, or there is no mirror to tell."""
    from kb.changes.probe_abilities import recorded
    from kb.mirror.store import Mirror

    if workspace.settings.esa is None or not workspace.mirror.exists():
        return
    try:
        with Mirror.open(workspace.mirror, readonly=True) as mirror:
            found = recorded(mirror, workspace.settings.esa.team)
    except KbError:
        return  # told by the check of the store
    if found.answers:
        yield from table(found, workspace.settings.timezone)


def _cannot() -> str:
    from kb.changes.probe_words import CANNOT

    return str(CANNOT)
