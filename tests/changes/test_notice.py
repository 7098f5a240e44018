"""A message in a channel: journalled, sent once, told of when it failed, never taken back."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from reports.week.made import rich

from kb.cli.app import run
from kb.commands.flows.publish import notify
from kb.errors import BusyError, CredentialError, Exit, UsageError
from kb.execute.journal.runs import Runs
from kb.execute.journal.writer import read_entries
from kb.execute.notice import Notice, send_notice
from kb.mirror.sync.lock import run_lock
from kb.settings.workspace import Workspace, load_settings

TAIL = "QmZ3vX81kLwT5rYp0sNc7dEa"
URL = "https://docs.esa.io/posts/1500"


@dataclass
class Channel:
    """A Slack on loopback: what it was posted, and what it answers."""

    posted: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    hook: str = ""


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    made = Channel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, said, headers = made.answers.pop(0) if made.answers else (200, "ok", {})
            if status == 200 and said == "ok":
                made.posted.append(json.loads(body))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(said))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True).start()
    made.hook = f"http://127.0.0.1:{server.server_port}/services/T0AAAA111/B0BBBB222/{TAIL}"
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    monkeypatch.setenv("SLACK_WEBHOOK_URL", made.hook)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    path = tmp_path / "kb.toml"
    path.write_text('[esa]\nteam = "docs"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Workspace(tmp_path, load_settings(path))


def journals(workspace: Workspace) -> list[list[Any]]:
    return [list(read_entries(path)) for path in sorted((workspace.private / "runs").glob("*.jsonl"))]


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_it_is_written_down_before_and_after_it_is_sent(workspace: Workspace, channel: Channel) -> None:
    assert notify(workspace, rich(), URL, yes=True) is Exit.OK
    (entries_,) = journals(workspace)
    assert [each["what"] for each in entries_] == ["run", "intend", "done", "end"]
    assert entries_[1]["payload"] == channel.posted[0]
    assert channel.posted[0]["text"].startswith("*docs の週報 2026-W47")
    assert TAIL.encode() not in everything_below(workspace.root)


def test_the_same_words_of_the_same_week_are_sent_once(
    workspace: Workspace, channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        assert notify(workspace, rich(), URL, yes=True) is Exit.OK
    assert len(channel.posted) == 1
    assert len(journals(workspace)) == 1
    assert "送信済みです" in capsys.readouterr().out


def test_other_words_or_another_week_are_another_message(workspace: Workspace, channel: Channel) -> None:
    for week, text in (("2026-W47", "a"), ("2026-W47", "b"), ("2026-W48", "b"), ("2026-W47", "b")):
        send_notice(workspace, Notice(week, {"text": text}))
    assert [each["text"] for each in channel.posted] == ["a", "b", "b"]


def test_a_rehearsal_prints_the_json_to_the_letter_and_sends_and_writes_nothing(
    workspace: Workspace, channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert notify(workspace, rich(), URL, dry_run=True) is Exit.OK
    told = capsys.readouterr()
    assert channel.posted == []
    assert not workspace.private.exists()
    assert TAIL not in told.out + told.err
    assert "Webhook ***" in told.err
    notify(workspace, rich(), URL, yes=True)
    assert channel.posted == [json.loads(told.out)]


def test_where_nobody_can_be_asked_nothing_is_sent_without_yes(workspace: Workspace, channel: Channel) -> None:
    with pytest.raises(UsageError, match="--yes"):
        notify(workspace, rich(), URL)
    assert notify(workspace, rich(), URL, published=True) is Exit.CHANGE
    assert channel.posted == []


@pytest.mark.parametrize(
    ("typed", "code", "sent"), [("y\n", Exit.OK, 1), ("n\n", Exit.FINDINGS, 0), ("", Exit.FINDINGS, 0)]
)
def test_whoever_is_there_is_shown_the_words_and_asked(
    workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    typed: str, code: Exit, sent: int,
) -> None:  # fmt: skip
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert notify(workspace, rich(), URL) is code
    assert len(channel.posted) == sent
    shown = capsys.readouterr().err
    assert "docs の週報 2026-W47" in shown
    assert "取り消せません" in shown
    assert TAIL not in shown


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((404, f"no_team {TAIL}", {}), "404"),
        ((404, "no_team", {}), "SLACK_WEBHOOK_URL を入れ替えて"),
        ((500, f"<html><title>{TAIL}</title>", {}), "500"),
        ((302, "", {"Location": f"https://evil.example.com/{TAIL}"}), "***"),
    ],
)
def test_a_failure_ends_with_4_and_says_what_is_published_all_the_same(
    workspace: Workspace, channel: Channel, capsys: pytest.CaptureFixture[str], answer: Any, says: str
) -> None:
    channel.answers = [answer]
    assert notify(workspace, rich(), URL, published=True, yes=True) is Exit.CHANGE
    told = capsys.readouterr().err
    assert says in told
    assert f"公開できています: {URL}" in told
    assert TAIL not in told
    assert TAIL.encode() not in everything_below(workspace.root)
    assert [each["what"] for each in journals(workspace)[0]] == ["run", "intend", "failed", "end"]
    assert notify(workspace, rich(), URL, yes=True) is Exit.OK  # what failed is sent by the next run
    assert len(channel.posted) == 1


def test_a_slack_that_is_not_there_is_a_failure_too(
    workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", f"http://127.0.0.1:9/services/T/B/{TAIL}")
    assert notify(workspace, rich(), URL, yes=True) is Exit.CHANGE
    told = capsys.readouterr().err
    assert "つながりません" in told
    assert TAIL not in told


def test_busy_slack_is_waited_for(workspace: Workspace, channel: Channel) -> None:
    channel.answers = [(429, "rate_limited", {"Retry-After": "0"})]
    assert notify(workspace, rich(), URL, yes=True) is Exit.OK
    assert len(channel.posted) == 1


def test_a_wait_beyond_what_kb_toml_allows_is_a_failure(
    workspace: Workspace, channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    channel.answers = [(429, "rate_limited", {"Retry-After": "7200"})]
    assert notify(workspace, rich(), URL, yes=True) is Exit.CHANGE
    assert "max_wait_s" in capsys.readouterr().err
    assert channel.posted == []


def test_after_a_crash_between_the_two_entries_it_is_sent_again_and_said(
    workspace: Workspace, channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    notify(workspace, rich(), URL, yes=True)
    path = next((workspace.private / "runs").glob("*.jsonl"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]))
    capsys.readouterr()
    assert notify(workspace, rich(), URL, yes=True) is Exit.OK
    assert f"前の送信（{path.stem}）" in capsys.readouterr().err
    assert len(channel.posted) == 2


def test_one_kb_sends_at_a_time(workspace: Workspace, channel: Channel) -> None:
    with run_lock(workspace.private, "apply"), pytest.raises(BusyError):
        notify(workspace, rich(), URL, yes=True)
    assert channel.posted == []


def test_without_a_credential_nothing_is_written_down(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, channel: Channel
) -> None:
    monkeypatch.delenv("SLACK_WEBHOOK_URL")
    with pytest.raises(CredentialError) as error:
        notify(workspace, rich(), URL, yes=True)
    assert error.value.what.ja == "Slack の Webhook の URL が見つかりません。"
    assert notify(workspace, rich(), URL, published=True, yes=True) is Exit.CHANGE
    assert journals(workspace) == []


@pytest.fixture
def kb(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def call(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run(list(words))
        told = capsys.readouterr()
        return code, told.out + told.err

    return call


def test_history_lists_it_and_undo_says_it_cannot_be_taken_back(
    workspace: Workspace, channel: Channel, kb: Callable[..., tuple[int, str]]
) -> None:
    channel.answers = [(404, "no_team", {})]
    notify(workspace, rich(), URL, yes=True)  # refused: of this one undo has nothing to say
    notify(workspace, rich(), URL, yes=True)
    name = max(Runs(workspace.private / "runs").names())
    assert Runs(workspace.private / "runs").run(name).is_notice
    assert "済み 1 件" in kb("history")[1]
    assert "週報 2026-W47" in kb("history", name)[1]
    code, told = kb("undo", name)
    assert code == Exit.REFUSED
    assert "取り消せません" in told
    code, told = kb("undo", "last")
    assert code == Exit.USAGE  # nothing else was sent from here
    assert f"Slack に送ったもの（{name}）は取り消せません" in told
