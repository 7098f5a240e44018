"""Send a message to a channel, once, journaled before and after.

kb cannot read the channel, so the journal alone knows what was said. Where a crash or a lost answer leaves that open,
the message is sent again: twice is better than never.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kb.errors import InputError, KbError, StoreError
from kb.execute.journal.run import NOTICE_PLAN, RunStatus
from kb.execute.journal.runs import Runs
from kb.execute.journal.writer import RunJournal, read_entries, start_journal
from kb.mirror.store import Mirror
from kb.mirror.sync.lock import run_lock
from kb.settings.workspace import Workspace
from kb.sources.registry import reader_name
from kb.sources.slack import Slack

NOTICE_FILE = "report --notify slack"


@dataclass(frozen=True, slots=True)
class Notice:
    """The message for one week (`2026-W47`): the JSON to send."""

    week: str
    payload: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """A digest of the payload."""
        return hashlib.sha256(json.dumps(self.payload, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class NoticeResult:
    """The run ("" where nothing was sent), or in `same` the run that had said the same.

    `trouble` is why it was not sent; `open_end` names an earlier run that may or may not have arrived.
    """

    run: str = ""
    same: str = ""
    trouble: KbError | None = None
    open_end: str = ""


def send_notice(workspace: Workspace, notice: Notice) -> NoticeResult:
    """Send a message unless it was its week's last one already.

    Raises BusyError while another kb sends, CredentialError, ConfigError, StoreError: nothing was sent then.
    """
    settings = workspace.settings
    with run_lock(workspace.private, "apply", settings.timezone):
        runs = Runs(workspace.private / "runs")
        last, digest, status = _find_last_notice(runs, notice.week)
        if digest == notice.digest and status == RunStatus.FINISHED:
            return NoticeResult(same=last)
        open_end = last if not status else ""
        with (
            Slack.connect(settings.slack, cache=workspace.cache, max_wait_s=settings.sync.max_wait_s) as slack,
            start_journal(runs.folder, settings.timezone) as journal,
        ):
            trouble = _send_journaled(workspace, journal, slack, notice)
            return NoticeResult(journal.run, trouble=trouble, open_end=open_end)


def _send_journaled(workspace: Workspace, journal: RunJournal, slack: Slack, notice: Notice) -> KbError | None:
    """Send between two journal entries; return the error, if any."""
    journal.write_head(
        kind="notice",
        plan=NOTICE_PLAN,
        file=NOTICE_FILE,
        team=workspace.settings.team,
        by=_name_reader(workspace),
        undoes="",
        week=notice.week,
        digest=notice.digest,
    )
    journal.write("intend", to=NOTICE_PLAN, payload=dict(notice.payload))
    try:
        with slack.access.writing():
            posted = slack.post(notice.payload)
    except KbError as error:
        journal.write_failed(error.what, to=NOTICE_PLAN)
        journal.write("end", how=RunStatus.FAILING.value)
        return error
    journal.write("done", to=NOTICE_PLAN, channel=posted.channel, ts=posted.ts)
    journal.write("end", how=RunStatus.FINISHED.value)
    return None


def _find_last_notice(runs: Runs, week: str) -> tuple[str, str, str]:
    """Return a week's last message: its run, its digest, how it ended; "" for what is unknown."""
    for name in runs.names():
        try:
            head, *rest = read_entries(runs.path(name))
        except (InputError, StoreError, ValueError):
            continue  # of another kb, or empty
        imported = any(each["what"] == "taken" for each in rest)
        if head.get("plan") == NOTICE_PLAN and head.get("week") == week and not imported:
            status = next((str(each.get("how", "")) for each in reversed(rest) if each["what"] == "end"), "")
            return name, str(head.get("digest", "")), status
    return "", "", ""


def _name_reader(workspace: Workspace) -> str:
    if not workspace.mirror.exists():  # before the first sync
        return ""
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        return reader_name(mirror)
