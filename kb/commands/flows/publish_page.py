"""Publishing into a post or a ticket: what would change and who is told, shown first; then one plan of one change."""

from __future__ import annotations

import re
import shlex
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.console.terminal import say, talk
from kb.errors import Exit, RefusedError, UsageError
from kb.model.document import Source
from kb.settings.workspace import Workspace
from kb.text.display import safe, safe_json
from kb.text.lang import Text, many, t

if TYPE_CHECKING:
    from kb.execute.apply import Prepared
    from kb.model.request import Composed
    from kb.plan.sections.patch import Place, Placed
    from kb.reports.publish.decide import Decision, Making, Page, Piece
    from kb.reports.publish.page import Standing


SHOWN = 40
"""Lines of a diff that are shown; `kb history` shows all of what was sent."""

_UPLOADED = re.compile(r"\(https?://[^\s()]{1,200}/uploads/[^\s()]{1,200}\)")
"""The address of an uploaded file, which tells nobody anything."""


def to_page(workspace: Workspace, page: Page, made: Piece | Making, options: Options, place: Place | None) -> Published:
    """Read the post or ticket, decide, ask, send, and tell what came of it. Raises as `published` does."""
    from kb.reports.publish import page as pages
    from kb.reports.publish.decide import content, decide, edited, settle
    from kb.reports.publish.page import readers

    if not options.dry_run:
        settle(workspace, page.target)
    with ExitStack() as stack:
        standing = pages.look(workspace, page, stack)
        limited = readers(workspace, standing)
        if limited is not None:
            say(str(limited))
        piece = made(standing.body) if callable(made) else made
        decision = decide(piece.name, content(workspace, page, piece), standing.body, piece.week)
        if decision.edited:
            diff(pages.edits(standing, decision))
            raise edited(piece.name, standing.name)
    if decision.same:
        print(
            t(
                f"{standing.name}は同じ内容です。何も送っていません。",
                f"{standing.name} says the same; nothing was sent.",
            )
        )
        return Published(Exit.OK, standing.url)
    if decision.stands is None and place is None:
        place = _asked(standing, piece, options)
    elif decision.stands is not None and place is not None:
        say(
            str(t("区画はもうあるので、--insert は使いません。", "the section is there already: --insert is not used."))
        )
    return _sent(workspace, piece, standing, decision, place, options)


def _sent(
    workspace: Workspace, piece: Piece, standing: Standing, decision: Decision, place: Place | None, options: Options
) -> Published:
    from kb.commands.flows import apply, apply_report
    from kb.execute.apply import prepared
    from kb.execute.run_control import Wish
    from kb.reports.publish.decide import content, decide, tells
    from kb.reports.publish.page import check_mirrored, planned

    written, page = decision.placed(place), standing.page
    _refuse_secret(standing, written)
    check_mirrored(workspace, page)
    file = f"{piece.name}{f' {piece.week}' if piece.week else ''} → {page.target}"
    told = page.source is Source.ESA and not options.silent and tells(workspace, piece.week, decision, file)
    wish = Wish(file, without_note=True, tells=told)
    plan = planned(workspace, piece, standing, decision)
    with prepared(workspace, plan, wish, {page.target: written}) as ready:
        if options.dry_run:
            return _dry(ready, standing, decision, piece, told=told)
        _foretell(ready, standing, decision, piece, told=told)
        if not options.yes and not _agreed(standing):
            print(t("送っていません。", "nothing was sent."))
            return Published(Exit.FINDINGS)
        if piece.first is None:
            done = apply.applied(ready, yes=True, ask=False)
    if piece.first is not None:
        piece = piece.first()
        decision = decide(piece.name, content(workspace, page, piece), standing.body, piece.week)
        written = decision.placed(place)
        _refuse_secret(standing, written)
        with prepared(workspace, planned(workspace, piece, standing, decision), wish, {page.target: written}) as ready:
            done = apply.applied(ready, yes=True, ask=False)
    apply_report.tell(done, options.command, refresh=options.command)
    code = apply_report.code(done)
    if done.trouble is not None:
        raise done.trouble
    stands = done.tally.done or done.tally.same
    if stands:
        print(safe(standing.url))
    return Published(code, standing.url if stands else "")


def _refuse_secret(standing: Standing, written: Placed) -> None:
    """Raise RefusedError where the text as it is sent, or as it stands, seems to hold a secret."""
    from kb.plan.sections.patch import SECRET, holds_secret

    if holds_secret(written.into(standing.body), standing.title, standing.markup):
        raise RefusedError(
            t(f"{standing.name}: {SECRET.ja}。", f"{standing.name}: {SECRET.en}."),
            t(
                "kb lint --select SEC で場所を確かめ、その値を変えて本文から消してから、やり直してください。",
                "see where with kb lint --select SEC, change that value and take it out of the text first.",
            ),
        )


def _dry(ready: Prepared, standing: Standing, decision: Decision, piece: Piece, *, told: bool) -> Published:
    """Print what would be sent, to the letter but for the credentials, by the same decisions as a real run."""
    from kb.commands.flows import apply_report

    def shown(composed: Composed) -> None:
        name, value = (
            ("Authorization", "Bearer ***") if standing.page.source is Source.ESA else ("X-Redmine-API-Key", "***")
        )
        print(f"{composed.method} {composed.url}\n{name}: {value}\nContent-Type: application/json\n")
        print(safe_json(composed.body, indent=2))

    say(str(t("送るもの（送っていません）:", "what would be sent (nothing was):")))
    for note in piece.notes:
        say(f"  {safe(str(note))}")
    done = ready.rehearse(told=shown)
    _say_told(ready, standing, told=told)
    for _, answered in done.tally.told:
        if answered.why is not None:
            talk(str(answered.why), "- ", "  ")
    return Published(apply_report.code(done))


def _foretell(ready: Prepared, standing: Standing, decision: Decision, piece: Piece, *, told: bool) -> None:
    """Show where it goes, what changes in it, and who is told."""
    words = t("に新しく入れます", "gets it") if decision.stands is None else t("の区画を書き換えます", "gets it anew")
    say(str(t(f"{standing.name}{words.ja}: {piece.label.ja}", f"{standing.name} {words.en}: {piece.label.en}")))
    say(f"  {safe(standing.url)}")
    diff(tuple(_UPLOADED.sub("(…)", line) for line in decision.hunks if not line[1:].startswith("<!-- kb:")))
    for note in piece.notes:
        say(safe(str(note)))
    if piece.week and decision.week > piece.week:
        say(
            str(
                t(
                    f"いまあるのは新しい週（{decision.week}）のものです。前の週で上書きします。",
                    f"what stands there is of a later week ({decision.week}): an earlier one replaces it.",
                )
            )
        )
    _say_told(ready, standing, told=told)


def _say_told(ready: Prepared, standing: Standing, *, told: bool) -> None:
    if standing.page.source is Source.ESA:
        watching = standing.told or 0
        who = (
            t(f"ウォッチしている {watching} 人と作成者に", f"to its {many(watching, 'watcher')} and its author")
            if watching
            else t("作成者に", "to its author")
        )
        say(
            str(
                t(
                    f"esa の通知: {who.ja}届きます（この週のはじめての公開）。",
                    f"notices of esa: {who.en} (first of the week).",
                )
                if told
                else t("esa の通知: ありません（[skip notice] を付けます）。", "notices of esa: none ([skip notice]).")
            )
        )
        return
    from kb.execute.preflight.estimate import foreseen
    from kb.plan.impact.sentences import mails

    found = foreseen(ready.workspace, ready.mirror, ready.plan.accepted, without_note=True)
    for line in mails(found.consequences):
        say(str(line))


def diff(hunks: tuple[str, ...]) -> None:
    """Show lines of a diff, the first of many."""
    for line in hunks[:SHOWN]:
        say(f"  {safe(line)}")
    if len(hunks) > SHOWN:
        say(str(t(f"  … ほか {len(hunks) - SHOWN} 行", f"  … and {len(hunks) - SHOWN} more lines")))


def _asked(standing: Standing, piece: Piece, options: Options) -> Place:
    """Where somebody says to put it. Raises UsageError where nobody is there to say it."""
    from kb.console.terminal import somebody
    from kb.plan.sections.patch import place_in

    if not somebody():
        raise UsageError(
            t(
                f"{standing.name}には、まだ区画「kb:{piece.name}」がありません。入れる場所を指定してください。",
                f"{standing.name} has no section kb:{piece.name} yet: say where to put it.",
            ),
            t(
                f"例: {options.command} --insert top（ほかに bottom、'after-heading:見出し'）",
                f"example: {options.command} --insert top (or bottom, 'after-heading:WORDS')",
            ),
        )
    return place_in(
        _typed(
            t(
                "どこに入れますか [top / bottom / after-heading:見出し]: ",
                "where? [top / bottom / after-heading:WORDS]: ",
            )
        )
    )


def _agreed(standing: Standing) -> bool:
    """Ask whether to send it. Raises UsageError where nobody can be asked."""
    from kb.console.terminal import somebody

    if not somebody():
        raise UsageError(
            t("確かめる人がいないので、送っていません。", "nobody can be asked, so nothing was sent."),
            t(
                "確認なしで送るなら --yes を付けてください（送る前に見るだけなら --dry-run）。",
                "add --yes to send it without asking (--dry-run shows it).",
            ),
        )
    return _typed(t(f"{standing.name}に送りますか [y/N]: ", f"send it to {standing.name} [y/N]: ")).lower() in (
        "y", "yes", "はい",
    )  # fmt: skip


def _typed(question: Text) -> str:
    sys.stderr.write(str(question))
    sys.stderr.flush()
    return sys.stdin.readline().strip()


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. `again` is the command that was typed, for what is said; `notify` the channel besides."""

    to: str
    insert: str = ""
    silent: bool = False
    dry_run: bool = False
    yes: bool = False
    again: str = "kb report"
    notify: str = ""

    @property
    def command(self) -> str:
        """The command that does it again, as it was asked for: where, how quietly, with which notice."""
        given = (("--publish", self.to), ("--insert", self.insert), ("--notify", self.notify))
        words = (f"{name} {shlex.quote(value)}" for name, value in given if value)
        return " ".join((self.again, *words, *(("--silent",) if self.silent else ())))


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it: the exit code, and where it stands ("" for a file, and where it does not stand)."""

    code: Exit
    url: str = ""
