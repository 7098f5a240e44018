"""Publish into a post or a ticket: show what would change and who is notified, then send a plan of one change."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kb.commands.flows.collect import collect_first
from kb.console.terminal import confirm, read_line, say, say_safe, say_wrapped
from kb.errors import Exit, RefusedError, UsageError
from kb.model.document import Source
from kb.model.masked import Masked, reshape
from kb.settings.workspace import Workspace
from kb.text.display import sanitize, sanitize_json
from kb.text.lang import count_noun, t
from kb.text.lazy_pattern import compile_lazy

if TYPE_CHECKING:
    from kb.execute.apply import PreparedApply
    from kb.model.request import RequestPreview
    from kb.plan.sections.anchors import Anchor
    from kb.plan.sections.patch import PlacedSection
    from kb.reports.publish.decide import MakePublication, Publication, PublishPage, SectionUpdate
    from kb.reports.publish.page import PageState


MAX_DIFF_LINES = 40
"""Lines of a diff that are shown; `kb history` shows all of what was sent."""

_UPLOADED = compile_lazy(r"\(https?://[^\s()]{1,200}/uploads/[^\s()]{1,200}\)")
"""The address of an uploaded file, which tells nobody anything."""


def publish_page(
    workspace: Workspace,
    page: PublishPage,
    made: Publication | MakePublication,
    options: PublishOptions,
    place: Anchor | None,
) -> PublishResult:
    """Read the post or ticket, decide, ask, send, and tell what came of it. Raises as `published` does."""
    from kb.reports.publish import page as pages
    from kb.reports.publish.decide import decide_update, explain_edited, render_content, resolve_earlier
    from kb.reports.publish.page import check_readers

    if not options.dry_run:
        resolve_earlier(workspace, page.target)
    with ExitStack() as stack:
        standing = pages.fetch_page_state(workspace, page, stack)
        if (limited := check_readers(workspace, standing)) is not None:
            say(limited)
        if not options.dry_run and not options.collected and page.source is Source.ESA:
            collect_first(workspace, page.target, standing.body)
        piece = made(standing.body) if callable(made) else made
        decision = decide_update(piece.name, render_content(workspace, page, piece), standing.body, piece.week)
        if decision.edited:
            print_diff(pages.diff_edits(standing, decision))
            raise explain_edited(piece.name, standing.name)
    if decision.is_same:
        print(
            t(
                f"{standing.name}は同じ内容です。何も送っていません。",
                f"{standing.name} says the same; nothing was sent.",
            )
        )
        return PublishResult(Exit.OK, standing.url)
    if decision.current is None and place is None:
        place = piece.place or _ask_place(standing, piece, options)
    elif decision.current is not None and place is not None:
        say(t("区画はもうあるので、--insert は使いません。", "the section is there already: --insert is not used."))
    return _send(workspace, piece, standing, decision, place, options)


def _send(
    workspace: Workspace,
    piece: Publication,
    standing: PageState,
    decision: SectionUpdate,
    place: Anchor | None,
    options: PublishOptions,
) -> PublishResult:
    from kb.commands.flows import apply, apply_report
    from kb.execute.apply import prepare_apply
    from kb.execute.run_control import ApplyOptions
    from kb.reports.publish.decide import decide_update, render_content, should_announce
    from kb.reports.publish.page import build_publish_plan, require_mirrored

    written, page = decision.build_text(place), standing.page
    _refuse_secret(standing, written)
    require_mirrored(workspace, page)
    file = f"{piece.name}{f' {piece.week}' if piece.week else ''} → {page.target}"
    told = page.source is Source.ESA and not options.silent and should_announce(workspace, piece, decision, file)
    wish = ApplyOptions(file, without_note=True, tells=told)
    plan = build_publish_plan(workspace, piece, standing, decision)
    with prepare_apply(workspace, plan, wish, {page.target: written}) as ready:
        if options.dry_run:
            return _print_dry_run(ready, standing, decision, piece, told=told)
        _say_preview(ready, standing, decision, piece, told=told)
        if not options.yes and not _confirm(standing):
            print(t("送っていません。", "nothing was sent."))
            return PublishResult(Exit.FINDINGS)
        if piece.first is None:
            done = apply.run_apply(ready, yes=True, ask=False)
    if piece.first is not None:
        piece = piece.first()
        decision = decide_update(piece.name, render_content(workspace, page, piece), standing.body, piece.week)
        written = decision.build_text(place)
        _refuse_secret(standing, written)
        with prepare_apply(
            workspace, build_publish_plan(workspace, piece, standing, decision), wish, {page.target: written}
        ) as ready:
            done = apply.run_apply(ready, yes=True, ask=False)
    apply_report.say_result(done, options.command, refresh=options.command)
    code = apply_report.exit_code_of(done)
    if done.trouble is not None:
        raise done.trouble
    stands = done.stats.done or done.stats.same
    if stands:
        print(sanitize(standing.url))
    return PublishResult(code, standing.url if stands else "")


def _refuse_secret(standing: PageState, written: PlacedSection) -> None:
    """Raise RefusedError where the text as it is sent, or as it stands, seems to hold a secret."""
    from kb.plan.sections.patch import refuse_secret

    if why := refuse_secret(written.into(standing.body), title=standing.title, markup=standing.markup):
        raise RefusedError(
            t(f"{standing.name}: {why.ja}。", f"{standing.name}: {why.en}."),
            t(
                "kb lint --select SEC で場所を確かめ、その値を変えて本文から消してから、やり直してください。",
                "see where with kb lint --select SEC, change that value and take it out of the text first.",
            ),
        )


def _print_dry_run(
    ready: PreparedApply, standing: PageState, decision: SectionUpdate, piece: Publication, *, told: bool
) -> PublishResult:
    """Print what would be sent, to the letter but for the credentials, by the same decisions as a real run."""
    from kb.commands.flows import apply_report

    def shown(composed: RequestPreview) -> None:
        name, value = (
            ("Authorization", "Bearer ***") if standing.page.source is Source.ESA else ("X-Redmine-API-Key", "***")
        )
        print(f"{composed.method} {composed.url}\n{name}: {value}\nContent-Type: application/json\n")
        print(sanitize_json(composed.body, indent=2))

    say(t("送るもの（送っていません）:", "what would be sent (nothing was):"))
    for note in piece.notes:
        say(f"  {sanitize(str(note))}")
    done = ready.rehearse(preview=shown)
    _say_who_is_told(ready, standing, piece, told=told)
    for _, answered in done.stats.reported:
        if answered.why is not None:
            say_wrapped(answered.why, "- ", "  ")
    return PublishResult(apply_report.exit_code_of(done))


def _say_preview(
    ready: PreparedApply, standing: PageState, decision: SectionUpdate, piece: Publication, *, told: bool
) -> None:
    """Show where it goes, what changes in it, and who is told."""
    words = t("に新しく入れます", "gets it") if decision.current is None else t("の区画を書き換えます", "gets it anew")
    say(t(f"{standing.name}{words.ja}: {piece.label.ja}", f"{standing.name} {words.en}: {piece.label.en}"))
    say(f"  {sanitize(standing.url)}")
    said = (line for line in decision.hunks if not line[1:].startswith("<!-- kb:"))
    print_diff(tuple(reshape(line, partial(_UPLOADED.sub, "(…)")) for line in said))
    for note in piece.notes:
        say_safe(note)
    if piece.week and decision.week > piece.week:
        say(
            t(
                f"いまあるのは新しい週（{decision.week}）のものです。前の週で上書きします。",
                f"what stands there is of a later week ({decision.week}): an earlier one replaces it.",
            )
        )
    _say_who_is_told(ready, standing, piece, told=told)


def _say_who_is_told(ready: PreparedApply, standing: PageState, piece: Publication, *, told: bool) -> None:
    if piece.mentions and told:
        count, watching = len(piece.mentions), standing.watchers or 0
        say(
            t(
                f"esa の通知: 名前を書いた {count:,} 人に 1 通ずつ。この記事をウォッチしている {watching:,} 人と"
                "作成者にも届きます。",
                f"notices of esa: one to each of {count_noun(count, 'person')} it names; its "
                f"{count_noun(watching, 'watcher')} and its author get one, too.",
            )
        )
        return
    if standing.page.source is Source.ESA:
        watching = standing.watchers or 0
        who = (
            t(f"ウォッチしている {watching:,} 人と作成者に", f"to its {count_noun(watching, 'watcher')} and its author")
            if watching
            else t("作成者に", "to its author")
        )
        say(
            t(
                f"esa の通知: {who.ja}届きます（この週のはじめての公開）。",
                f"notices of esa: {who.en} (first of the week).",
            )
            if told
            else t("esa の通知: ありません（[skip notice] を付けます）。", "notices of esa: none ([skip notice]).")
        )
        return
    from kb.execute.preflight.check import forecast_apply
    from kb.plan.impact.sentences import describe_mails

    found = forecast_apply(ready.workspace, ready.mirror, ready.plan.accepted, without_note=True)
    for line in describe_mails(found.consequences):
        say(line)


def print_diff(hunks: tuple[Masked, ...]) -> None:
    """Show lines of a diff, the first of many."""
    for line in hunks[:MAX_DIFF_LINES]:
        say(f"  {sanitize(line)}")
    if len(hunks) > MAX_DIFF_LINES:
        say(t(f"  … ほか {len(hunks) - MAX_DIFF_LINES:,} 行", f"  … and {len(hunks) - MAX_DIFF_LINES:,} more lines"))


def _ask_place(standing: PageState, piece: Publication, options: PublishOptions) -> Anchor:
    """Ask where to put the section. Raises UsageError without a terminal."""
    from kb.console.terminal import can_ask
    from kb.plan.sections.anchors import parse_anchor

    if not can_ask():
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
    return parse_anchor(
        read_line(
            t(
                "どこに入れますか [top / bottom / after-heading:見出し]: ",
                "where? [top / bottom / after-heading:WORDS]: ",
            )
        )
    )


def _confirm(standing: PageState) -> bool:
    """Ask whether to send it. Raises UsageError without a terminal."""
    return confirm(
        t(f"{standing.name}に送りますか [y/N]: ", f"send it to {standing.name} [y/N]: "),
        UsageError(
            t("確かめる人がいないので、送っていません。", "nobody can be asked, so nothing was sent."),
            t(
                "確認なしで送るなら --yes を付けてください（送る前に見るだけなら --dry-run）。",
                "add --yes to send it without asking (--dry-run shows it).",
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """How to publish. `again` is the command as typed, `notify` a channel to notify as well.

    `collected`: the answers to checklists in the post were read just now.
    """

    to: str
    insert: str = ""
    silent: bool = False
    dry_run: bool = False
    yes: bool = False
    again: str = "kb report"
    notify: str = ""
    collected: bool = False

    @property
    def command(self) -> str:
        """The command that does it again, as it was asked for: where, how quietly, with which notice."""
        given = (("--publish", self.to), ("--insert", self.insert), ("--notify", self.notify))
        words = (f"{name} {shlex.quote(value)}" for name, value in given if value)
        return " ".join((self.again, *words, *(("--silent",) if self.silent else ())))


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What came of it: the exit code, and where it stands ("" for a file, and where it does not stand)."""

    code: Exit
    url: str = ""
