"""`kb triage` as a person starts it: on a terminal, from a script, in folders of every kind."""

from __future__ import annotations

import codecs
import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kb.lint.engine.request import Request
from kb.lint.engine.survey import Survey
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.facts import Confidence
from kb.settings.workspace import open_workspace
from kb.text.display import display_width

BLANK = """## 影響
2025/05/01 の 10:00 に停止した。

## 原因
サーバが停止したため。

## 対応
再起動した。

## 再発防止
TODO
"""
ROW = SourceRow(
    Source.ESA,
    Kind.POST,
    "3",
    "esa:3",
    "止まった話",
    BLANK,
    {},
    category="不具合共有/2025",
    created_at="2025-05-01T00:00:00Z",
    updated_at="2025-06-02T00:00:00Z",
)
Call = Callable[..., Any]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`script(*lines)`: what standard input gives."""

    def give(*lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return give


@pytest.fixture
def team(posts: Any, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pages with three findings or more each; the newer is esa:2."""
    posts.put((1, "止まった", BLANK), (2, "また止まった", BLANK))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(workspace / "gitconfig"))
    (workspace / "gitconfig").write_text("[user]\nname = 大野\n", encoding="utf-8")
    return workspace


def codes(team: Path, now: str = "") -> list[tuple[object, str]]:
    """The findings nobody has set aside, as a lint sees them."""
    with Survey(Request(now=now), open_workspace(start=team), print) as found:
        return [
            (each.judgement.entry.doc, finding.code)
            for each in found
            for finding in each.findings
            if finding.waiver is None and finding.confidence >= Confidence.MEDIUM
        ]


def test_errors_come_first_and_the_newest_page(kb: Call, team: Path, script: Any) -> None:
    script("s", "s", "q")
    said = kb("triage", "--select", "INC2,INC302,INC402")
    heads = re.findall(r"^\d+/6 (\S+) (\S+) .*\n(.*)$", said.out, re.M)
    assert heads == [
        ("エラー", "INC402", "また止まった"),
        ("エラー", "INC402", "止まった"),
        ("警告", "INC203", "また止まった"),
    ]
    assert said.code == 0


def test_a_sitting_from_a_script_shows_what_was_typed_and_says_that_the_input_ended(
    kb: Call, team: Path, script: Any
) -> None:
    before = codes(team, "2025-07-15")
    script("a 廃止するため", "z 2w")
    said = kb("triage", "--now", "2025-07-01", "--select", "INC402")
    assert "> a 廃止するため\n" in said.out
    assert "2 件を決めました（受け入れ 1、あとで 1）。残り 0 件。 → kb lint" in said.err
    text = (team / "kb-decisions.toml").read_text("utf-8")
    assert text.count('by = "大野"') == 2
    assert 'until = "2025-07-15"' in text
    rest = [each for each in before if each[1] != "INC402"]
    assert codes(team, "2025-07-15") == rest
    assert sorted(codes(team, "2025-07-16")) == sorted([*rest, ("esa:1", "INC402")])  # the snooze is over
    script()
    said = kb("triage", "--now", "2025-07-01", "--select", "INC302")
    assert "入力が終わりました。0 件を決めました。残り 2 件。 → kb triage" in said.err
    assert said.code == 0


def test_nothing_to_decide_is_said(kb: Call, team: Path, script: Any) -> None:
    script("a 理由", "a 理由")
    kb("triage", "--select", "INC402")
    said = kb("triage", "--select", "INC402")
    assert said.out == ""
    assert "決めるべき指摘はありません" in said.err


def test_what_was_asked_or_noted_is_not_shown_again_and_lint_still_says_it(kb: Call, team: Path, script: Any) -> None:
    before = codes(team)
    script("m", "t #12")
    kb("triage", "--select", "INC402", "--now", "2025-07-01")
    assert "決めるべき指摘はありません" in kb("triage", "--select", "INC402", "--now", "2025-07-15").err
    script("q")
    assert "1/1 " in kb("triage", "--select", "INC402", "--now", "2025-07-16").out  # no answer in two weeks
    assert codes(team) == before


def test_who_has_left_the_team_is_not_asked(kb: Call, team: Path, script: Any) -> None:
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put([replace(ROW, author="Ono"), replace(ROW, key="4", doc="esa:4", author="Kuze")])
        write.things(Source.ESA, "former-member", {"kuze": {"screen_name": "kuze", "name": "久世"}})
    script("m", "m", "q")
    said = kb("triage", "--select", "INC402").out
    assert said.count("Ono さん\n") == said.count("ご担当の方へ\n") == 1


def test_by_names_who_decides(kb: Call, team: Path, script: Any) -> None:
    script("a 理由")
    kb("triage", "--select", "INC402", "--by", "今井")
    assert 'by = "今井"' in (team / "kb-decisions.toml").read_text("utf-8")


def test_files_without_a_workspace_keep_decisions_in_the_current_folder(
    kb: Call, folder: Path, script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "0501.md").write_text(f"# 止まった\n\n{BLANK}", encoding="utf-8")
    script("a 理由", "o", "q")
    said = kb("triage", "0501.md", "--select", "INC402,INC302")
    assert "0501.md:" in said.out
    assert "URL がありません" in said.out
    assert 'doc = "0501.md"' in (folder / "kb-decisions.toml").read_text("utf-8")
    script("q")
    assert "1/1 " in kb("triage", "0501.md", "--select", "INC402,INC302").out


def test_a_broken_decisions_file_is_told_before_anything_is_judged(kb: Call, team: Path, script: Any) -> None:
    (team / "kb-decisions.toml").write_text('[[decision]]\nwhat = "?"\n', encoding="utf-8")
    script("a 理由")
    said = kb("triage")
    assert said.code == 2
    assert "kb-decisions.toml 2 行目" in said.err
    assert said.out == ""


def test_wrong_words(kb: Call, team: Path, folder: Path) -> None:
    assert kb("triage", "nowhere.md").code == 2
    assert kb("triage", "--select", "INC999").code == 2


def test_without_a_mirror_there_is_a_next_step(kb: Call, workspace: Path) -> None:
    said = kb("triage")
    assert said.code == 2
    assert "kb sync" in said.err


# -- on a real terminal ---------------------------------------------------------------------------


class Terminal:
    """`kb triage` on a terminal of 80 columns, and what it shows there."""

    def __init__(self, team: Path, *words: str, browser: Path) -> None:
        keyboard, self.slave = pty.openpty()
        self.keyboard = keyboard
        spoken = {"COLUMNS": "80", "LINES": "24", "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        environment = {**os.environ, **spoken, "BROWSER": f"{browser} %s"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kb", "triage", *words],
            cwd=team,
            env=environment,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(self.slave)
        self.shown = ""
        self._seen = 0
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def until(self, words: str, seconds: float = 30) -> str:
        """Wait until `words` are shown; gives what was shown up to there since the last time."""
        end, start = time.monotonic() + seconds, self._seen
        while (found := self.shown.find(words, start)) < 0:
            assert time.monotonic() < end, self.shown
            if select.select([self.keyboard], [], [], 0.2)[0]:
                try:
                    piece = os.read(self.keyboard, 65536)
                except OSError:  # Linux: the other side has closed
                    piece = b""
                assert piece, self.shown
                self.shown += self._decode(piece)
        self._seen = found + len(words)
        return self.shown[start : self._seen]

    def type(self, text: str) -> None:
        os.write(self.keyboard, text.encode())

    def end(self) -> int:
        """Wait for the end; gives the exit code."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                piece = os.read(self.keyboard, 65536)
            except OSError:
                break
            if not piece:
                break
            self.shown += self._decode(piece)
        return self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.keyboard)


def _own_terminal() -> None:
    """Make the terminal the one whose Ctrl-C reaches this process."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminal(team: Path, tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{tmp_path}/opened"\n', encoding="utf-8")
    browser.chmod(0o755)
    made: list[Terminal] = []

    def start(*words: str) -> Terminal:
        made.append(Terminal(team, *words, browser=browser))
        return made[-1]

    yield start
    for each in made:
        each.close()


def test_a_sitting_at_a_terminal(terminal: Callable[..., Terminal], team: Path, tmp_path: Path) -> None:
    desk = terminal("--select", "INC402,INC302")
    card = desk.until("\r\n> ")
    plain = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;;.*?\x1b\\\\", "", card)
    assert "また止まった" in plain
    assert max(display_width(line) for line in plain.replace("\r", "").split("\n")) <= 80
    desk.type("o\n")
    desk.until("開きました")
    desk.until("\r\n> ")
    desk.type("a\n")
    desk.until("理由")
    desk.type("機能を廃止するため\n")
    desk.until("\n2/4 ")
    desk.type("q\n")
    assert desk.end() == 0
    assert "残り 3 件" in desk.shown
    assert "> a\r\n" in desk.shown
    assert 'reason = "機能を廃止するため"' in (team / "kb-decisions.toml").read_text("utf-8")
    assert (tmp_path / "opened").read_text("utf-8") == "https://docs.esa.io/posts/2\n"
    again = terminal("--select", "INC402,INC302")
    again.until("\n1/3 ")
    again.type("\x04")  # Ctrl-D
    assert again.end() == 0
    assert "入力が終わりました" in again.shown


def test_ctrl_c_keeps_what_was_decided(terminal: Callable[..., Terminal], team: Path) -> None:
    desk = terminal("--select", "INC402")
    desk.until("\n1/2 ")
    desk.type("a 理由\n")
    desk.until("\n2/2 ")
    desk.type("z\n")
    desk.until("いつまで")
    desk.type("\x03")
    assert desk.end() == 130
    assert "1 件を決めました" in desk.shown
    assert "中断しました" in desk.shown
    assert "Traceback" not in desk.shown
    assert (team / "kb-decisions.toml").read_text("utf-8").count("[[decision]]") == 1
    assert sorted(path.name for path in team.glob(".kb-decisions*")) == []


def test_a_killed_sitting_keeps_what_was_decided(terminal: Callable[..., Terminal], team: Path) -> None:
    desk = terminal("--select", "INC402")
    desk.until("\n1/2 ")
    desk.type("a 理由\n")
    desk.until("\n2/2 ")
    desk.process.send_signal(signal.SIGKILL)
    desk.process.wait()
    assert (team / "kb-decisions.toml").read_text("utf-8").count("[[decision]]") == 1


def test_bytes_that_are_no_text_end_nothing(team: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kb", "triage", "--select", "INC402"],
        cwd=team,
        input=b"\xff\xfe\na \xff reason\nq\n",
        capture_output=True,
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert (team / "kb-decisions.toml").read_text("utf-8").count("[[decision]]") == 1


def test_a_closed_standard_input_is_an_input_that_ended(team: Path) -> None:
    done = subprocess.run(["sh", "-c", f'"{sys.executable}" -m kb triage <&-'], cwd=team, capture_output=True)
    assert done.returncode == 0
    assert "入力が終わりました".encode() in done.stderr


def test_no_login_of_this_machine_goes_into_the_file(
    kb: Call, team: Path, script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (team / "gitconfig").write_text("", encoding="utf-8")
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "kikai-no-namae")
    script("a 直さない")
    said = kb("triage", "--select", "INC402")
    text = (team / "kb-decisions.toml").read_text("utf-8")
    assert 'by = "?"' in text
    assert "kikai-no-namae" not in text + said.out + said.err
    assert "--by 名前" in said.err


def test_a_name_that_holds_a_secret_is_covered(kb: Call, team: Path, script: Any) -> None:
    script("a 直さない")
    kb("triage", "--select", "INC402", "--by", "小野 パスワード: Kumo7-Hikari")
    text = (team / "kb-decisions.toml").read_text("utf-8")
    assert "小野" in text
    assert "Kumo7-Hikari" not in text
