"""Publish a report: the options, the question, the result, and the message in Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from kb.commands.flows.publish_page import PublishOptions, PublishResult
from kb.commands.registry import option
from kb.console.terminal import confirm, say, say_error, say_wrapped
from kb.errors import Exit, KbError, UsageError
from kb.settings.workspace import Workspace
from kb.text.display import sanitize, sanitize_json
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.plan.sections.anchors import Anchor
    from kb.reports.publish.decide import Publication, PublishFile
    from kb.reports.week.model import Week


PublishOption = Annotated[
    str,
    option(
        "--publish esa|redmine|FILE",
        t(
            "公開する（kb.toml の記事かチケット、またはファイル）",
            "publish it: the post or ticket of kb.toml, or a file",
        ),
    ),
]
PublishToPostOption = Annotated[
    str,
    option(
        "--publish esa|FILE",
        t("公開する（kb.toml の記事、またはファイル）", "publish it: the post of kb.toml, or a file"),
    ),
]
InsertOption = Annotated[
    str,
    option(
        "--insert top|bottom|after-heading:X",
        t("はじめて公開するとき、本文のどこに入れるか", "where to put it, the first time it is published"),
    ),
]
SilentOption = Annotated[bool, option("--silent", t("esa の通知を出さない", "let esa tell nobody"))]
DryRunOption = Annotated[
    bool, option("--dry-run", t("送るものをそのまま表示し、何も送らない", "print what would be sent, and send nothing"))
]
YesOption = Annotated[bool, option("--yes, -y", t("確認しない", "do not ask"))]


def require_publish_target(options: PublishOptions, command: str) -> None:
    """Raise UsageError for options of publishing without a place to publish to."""
    named = {
        "--insert": bool(options.insert), "--silent": options.silent, "--dry-run": options.dry_run, "--yes": options.yes
    }  # fmt: skip
    if given := next((name for name, there in named.items() if there), ""):
        example = f"{command} {given}{f' {options.insert}' if given == '--insert' else ''}"
        raise UsageError(
            t(f"{given} は、公開するときの指定です。", f"{given} is for publishing."),
            t(f"例: {sanitize(example)}", f"for example: {sanitize(example)}"),
        )


def require_no_format(*, given: bool) -> None:
    """Raise UsageError if a format is `given`: what is published has its target's."""
    if given:
        raise UsageError(
            t(
                "公開する形は、公開先で決まります（--format は使えません）。",
                "what is published has its target's form.",
            ),
            t(
                "--format を外してください。形はファイルの名前の終わりで選べます。",
                "leave --format out; a file's name says its form.",
            ),
        )


def publish(workspace: Workspace, piece: Publication, options: PublishOptions) -> PublishResult:
    """Publish something where the options say. A second time the same, nothing is sent.

    Raises UsageError where kb.toml or the options leave open what to do, InputError where the target is not there,
    RefusedError where somebody edited the section or not only members read the post, SourceError, StoreError.
    """
    from kb.plan.sections.anchors import parse_anchor
    from kb.reports.publish.decide import PublishFile, parse_target

    place = parse_anchor(options.insert) if options.insert else None
    target = parse_target(options.to, piece, workspace.settings)
    if isinstance(target, PublishFile):
        return _publish_file(target, piece, options, place)
    from kb.commands.flows.publish_page import publish_page

    return publish_page(workspace, target, piece, options, place)


def _publish_file(
    target: PublishFile, piece: Publication, options: PublishOptions, place: Anchor | None
) -> PublishResult:
    from kb import files
    from kb.reports.publish import file

    made = file.prepare_file(target, piece, place)
    path = sanitize(str(target.path))
    if options.dry_run:
        print(made.text, end="")
        return PublishResult(Exit.OK)
    if made.is_same:
        print(t(f"{path} は同じ内容なので、書いていません。", f"{path} says the same; it was not written."))
        return PublishResult(Exit.OK)
    files.replace_text(target.path, made.text)
    print(t(f"{path} に書きました。", f"{path} is written."))
    return PublishResult(Exit.OK)


def notify(
    workspace: Workspace,
    week: Week,
    url: str = "",
    *,
    published: bool = False,
    dry_run: bool = False,
    yes: bool = False,
) -> Exit:
    """Tell the channel about a week, whose page is at `url` ("" for none); the exit code.

    Nobody can take a message back, so somebody is asked, or has said `--yes`. Where the page was `published` just
    now, whatever goes wrong ends with 4 and says that. Else raises UsageError, CredentialError, BusyError, StoreError.
    """
    try:
        return _send_notice(workspace, week, url, published=published, dry_run=dry_run, yes=yes)
    except KbError as error:
        if not published:
            raise
        return _say_failure(error, url)


def _send_notice(workspace: Workspace, week: Week, url: str, *, published: bool, dry_run: bool, yes: bool) -> Exit:
    from kb.execute.notice import Notice, send_notice
    from kb.reports.week.short import render_slack
    from kb.sources.slack import message_payload, target_channel

    settings = workspace.settings.slack
    made = message_payload(settings, render_slack(week, url))
    to = target_channel(settings)
    where = (
        t(f"Slack の {sanitize(to)} ", f"Slack, {sanitize(to)}")
        if to
        else t("Slack（Webhook ***）", "Slack (webhook ***)")
    )
    if dry_run:
        say(t(f"{where.ja}へ送る JSON です（送っていません）:", f"the JSON for {where.en}, not sent:"))
        print(sanitize_json(made, indent=2))
        return Exit.OK
    if not yes and not _confirm_notice(str(made["text"]), str(where)):
        print(t("Slack には送っていません。", "nothing was sent to Slack."))
        return Exit.FINDINGS
    done = send_notice(workspace, Notice(week.name, made))
    if done.same:
        print(t(f"Slack: 同じ内容を送信済みです（{done.same}）。", f"Slack: {done.same} has said the same; not sent."))
        return Exit.OK
    if done.open_end:
        say_wrapped(
            t(
                f"前の送信（{done.open_end}）が届いたかどうかわからないので、もう一度送りました。"
                "二つ届いていたら、一つを消してください。",
                f"nobody knows whether {done.open_end} arrived, so it was sent again: delete one if there are two.",
            )
        )
    if done.trouble is not None:
        return _say_failure(done.trouble, url if published else "")
    print(t(f"Slack: 送りました（{done.run}）。", f"Slack: sent ({done.run})."))
    return Exit.OK


def _say_failure(error: KbError, url: str) -> Exit:
    """Say what went wrong with the channel, and what of the rest is done all the same."""
    say_error(error.what, error.next_step)
    if url:
        say_wrapped(t(f"週報そのものは公開できています: {url}", f"the report itself is published: {url}"))
    return Exit.worst(Exit.CHANGE, error.exit_code)


def _confirm_notice(text: str, where: str) -> bool:
    """Show the message and ask whether to send it. Raises UsageError without a terminal."""
    for line in text.split("\n"):
        say(f"  {sanitize(line)}")
    return confirm(
        t(f"{where}へ送りますか（取り消せません） [y/N]: ", f"send this to {where} (for good) [y/N]: "),
        UsageError(
            t(
                "確かめる人がいないので、Slack へは送っていません。",
                "nobody can be asked, so nothing was sent to Slack.",
            ),
            t(
                "確認なしで送るなら --yes を付けてください（送る前に見るだけなら --dry-run）。",
                "add --yes to send it without asking (--dry-run shows it).",
            ),
        ),
    )
