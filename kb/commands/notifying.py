"""`kb report --notify slack`: one message in a channel, shown first, sent once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kb.config import Workspace
from kb.console import safe, safe_json, say, talk, trouble
from kb.errors import Exit, KbError, UsageError
from kb.lang import t

if TYPE_CHECKING:
    from kb.reports.week.model import Week


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
        return _told(workspace, week, url, published=published, dry_run=dry_run, yes=yes)
    except KbError as error:
        if not published:
            raise
        return _failed(error, url)


def _told(workspace: Workspace, week: Week, url: str, *, published: bool, dry_run: bool, yes: bool) -> Exit:
    from kb.changes.notice import Notice, send
    from kb.reports.week.slack import message
    from kb.sources.slack import channel, payload

    settings = workspace.settings.slack
    made = payload(settings, message(week, url))
    to = channel(settings)
    where = t(f"Slack の {safe(to)} ", f"Slack, {safe(to)}") if to else t("Slack（Webhook ***）", "Slack (webhook ***)")
    if dry_run:
        say(str(t(f"{where.ja}へ送る JSON です（送っていません）:", f"the JSON for {where.en}, not sent:")))
        print(safe_json(made, indent=2))
        return Exit.OK
    if not yes and not _agreed(str(made["text"]), str(where)):
        print(t("Slack には送っていません。", "nothing was sent to Slack."))
        return Exit.FINDINGS
    done = send(workspace, Notice(week.name, made))
    if done.same:
        print(t(f"Slack: 同じ内容を送信済みです（{done.same}）。", f"Slack: {done.same} has said the same; not sent."))
        return Exit.OK
    if done.open_end:
        talk(
            str(
                t(
                    f"前の送信（{done.open_end}）が届いたかどうかわからないので、もう一度送りました。"
                    "二つ届いていたら、一つを消してください。",
                    f"nobody knows whether {done.open_end} arrived, so it was sent again: delete one if there are two.",
                )
            )
        )
    if done.trouble is not None:
        return _failed(done.trouble, url if published else "")
    print(t(f"Slack: 送りました（{done.run}）。", f"Slack: sent ({done.run})."))
    return Exit.OK


def _failed(error: KbError, url: str) -> Exit:
    """Say what went wrong with the channel, and what of the rest is done all the same."""
    trouble(str(error.what), str(error.next_step or ""))
    if url:
        talk(str(t(f"週報そのものは公開できています: {url}", f"the report itself is published: {url}")))
    return Exit.worst(Exit.CHANGE, error.exit_code)


def _agreed(text: str, where: str) -> bool:
    """Show the message and ask whether to send it. Raises UsageError where nobody can be asked."""
    from kb.commands.applying import somebody

    for line in text.split("\n"):
        say(f"  {safe(line)}")
    if not somebody():
        raise UsageError(
            t(
                "確かめる人がいないので、Slack へは送っていません。",
                "nobody can be asked, so nothing was sent to Slack.",
            ),
            t(
                "確認なしで送るなら --yes を付けてください（送る前に見るだけなら --dry-run）。",
                "add --yes to send it without asking (--dry-run shows it).",
            ),
        )
    sys.stderr.write(
        str(t(f"{where}へ送りますか（取り消せません） [y/N]: ", f"send this to {where} (for good) [y/N]: "))
    )
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes", "はい")
