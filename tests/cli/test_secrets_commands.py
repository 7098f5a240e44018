"""`kb secrets list` and `kb secrets rotated`: one paragraph a value, never the value, and what was changed."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kb.mirror.documents import OldText, SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Markup, Source, Visibility
from kb.secrets.masking.mask import make_id_of_value

Call = Callable[..., Any]

KEY = "11" * 32
SHARED, OPEN, OURS, ALONE = "Kumo7-Hikari", "Asa9-Kirisame", "Yoru3-Tsukikage", "Hoshi5-Akari"
GONE = "Nami2-Shiokaze"
VALUES = (SHARED, OPEN, OURS, ALONE)
PAGE = "## 管理画面\n\nID: opsadmin\nパスワード: {}\n"


def ident(value: str) -> str:
    """The id of a value under the key of these tests."""
    return make_id_of_value(value, bytes.fromhex(KEY))


def post(number: int, title: str, body: str, **besides: Any) -> SourceRow:
    url = f"https://docs.esa.io/posts/{number}"
    return SourceRow(Source.ESA, Kind.POST, str(number), f"esa:{number}", title, body, {}, url=url, **besides)


def ticket(number: int, title: str, body: str, **besides: Any) -> SourceRow:
    return SourceRow(
        Source.REDMINE, Kind.TICKET, str(number), f"redmine:{number}", title, body, {}, number=number,
        markup=Markup.TEXTILE, url=f"https://redmine.example.jp/issues/{number}", **besides,
    )  # fmt: skip


ROWS = (
    post(1, "監視の手順", PAGE.format(SHARED), category="手順"),
    post(2, "公開した手順", PAGE.format(SHARED), visibility=Visibility.INTERNET),
    post(3, "配信の手順", PAGE.format(OURS)),
    ticket(10, "公開の件", PAGE.format(OPEN)),
    ticket(11, "部内の件", PAGE.format(SHARED), visibility=Visibility.PRIVATE),
    ticket(12, "本人の件", PAGE.format(ALONE), visibility=Visibility.PRIVATE, meta={"private": True}),
    SourceRow(Source.FILES, Kind.FILE, "memo.md", "files:memo/memo.md", "memo", PAGE.format(SHARED), {}),
)


def put(team: Path, *rows: SourceRow) -> None:
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(rows)


@pytest.fixture
def team(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Passwords on pages of every openness; one of them in esa, Redmine and a file."""
    monkeypatch.setenv("KB_KEY", KEY)
    for name in ("CI", "GITHUB_ACTIONS", "TF_BUILD", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    put(workspace, *ROWS)
    return workspace


def test_the_list_goes_from_the_most_exposed_down_and_names_all_places_of_a_value(kb: Call, team: Path) -> None:
    said = kb("secrets", "list")
    assert said.code == 0
    ids = re.findall(r"^  ([0-9a-f]{12})  ", said.out, re.M)
    assert ids == [ident(value)[:12] for value in (SHARED, OPEN, OURS, ALONE)]
    heads = [line[:6] for line in said.out.splitlines() if line and not line.startswith(" ")]
    assert heads == ["インターネッ", "公開プロジェ", "メンバー全員", "限られた人だ"]
    paragraph = said.out.split("公開プロジェクト")[0]
    assert paragraph.index("esa:2:4") < paragraph.index("同じ値がほかにも 3 か所") < paragraph.index("esa:1:4")
    assert "redmine:11:4" in paragraph
    assert "files:memo/memo.md:4" in paragraph
    assert "パスワード  8-15 文字" in paragraph
    assert "秘密 4 種類、7 か所（esa 3、Redmine 3、ファイル 1）" in said.err


def test_no_form_of_the_list_holds_a_value(kb: Call, team: Path) -> None:
    title = f"パスワード: {OURS}"
    url = f"https://redmine.example.jp/projects/ops/wiki/{title}"
    put(team, post(4, title, PAGE.format(OURS)))
    put(
        team,
        SourceRow(Source.REDMINE, Kind.WIKI, f"ops/{title}", f"redmine:wiki:ops/{title}", title, "本文", {}, url=url),
    )
    for words in ((), ("--all",), ("--format", "json"), ("--format", "json", "--all")):
        said = kb("secrets", "list", *words)
        assert not [value for value in VALUES if value in said.out + said.err]
    assert "redmine:wiki:ops/" in kb("secrets", "list").out
    assert "esa:4#title:1" in kb("secrets", "list").out


def test_the_list_for_programs(kb: Call, team: Path) -> None:
    whole = json.loads(kb("secrets", "list", "--format", "json").out)
    assert whole["format"] == 1
    first = whole["values"][0]
    assert (first["value_id"], first["kind"], first["length"]) == (ident(SHARED), "password", "8-15")
    assert (first["exposure"], first["rotated"]) == ("internet", None)
    assert [(place["doc"], place["exposure"]) for place in first["places"]] == [
        ("esa:2", "internet"), ("esa:1", "members"), ("files:memo/memo.md", "members"), ("redmine:11", "project"),
    ]  # fmt: skip
    assert [value["exposure"] for value in whole["values"]] == ["internet", "anonymous", "members", "private"]
    assert whole["counts"] == {"values": 4, "places": 7, "rotated": 0, "unsure": 0, "waived": {}}
    assert first["places"][0]["url"] == "https://docs.esa.io/posts/2"


def test_what_was_set_aside_is_counted_and_shown_when_asked_for(kb: Call, team: Path) -> None:
    put(team, post(3, "配信の手順", f"<!-- kb:ignore-page SEC 演習用の値 -->\n\n{PAGE.format(OURS)}"))
    said = kb("secrets", "list")
    assert "esa:3" not in said.out
    assert "出していないもの 1 件（コメントで抑制 1）" in said.err
    said = kb("secrets", "list", "--all")
    assert re.search(r"esa:3:6 .*\[コメントで抑制\]", said.out)


def test_a_long_list_is_cut_and_says_how_to_see_the_rest(kb: Call, team: Path) -> None:
    put(team, *(post(100 + n, f"手順 {n}", PAGE.format(f"Umi{n:02}-Hamabe")) for n in range(30)))
    put(team, *(post(200 + n, f"写し {n}", PAGE.format(SHARED)) for n in range(9)))
    said = kb("secrets", "list")
    assert len(re.findall(r"^  [0-9a-f]{12}  ", said.out, re.M)) == 20
    assert "ほか 14 種類 → kb secrets list --all" in said.out
    assert "ほか 7 か所" in said.out
    whole = kb("secrets", "list", "--all").out
    assert len(re.findall(r"^  [0-9a-f]{12}  ", whole, re.M)) == 34
    assert "ほか" not in whole.replace("同じ値がほかにも", "")


def test_nothing_is_a_list_too(kb: Call, team: Path) -> None:
    put(team, *(replace(row, body="なし") for row in ROWS))
    said = kb("secrets", "list")
    assert (said.code, said.out) == (0, "")
    assert "秘密 0 種類、0 か所。" in said.err


def test_without_a_mirror_there_is_a_next_step(kb: Call, workspace: Path) -> None:
    said = kb("secrets", "list")
    assert said.code == 2
    assert "kb sync" in said.err


def test_a_lint_of_the_mirror_leads_here_and_one_of_other_rules_or_of_files_does_not(kb: Call, team: Path) -> None:
    assert kb("lint").err.rstrip().endswith("→ kb secrets list")
    (team / "memo.md").write_text(PAGE.format(OURS), encoding="utf-8")
    assert kb("lint", "memo.md", "--select", "SEC").err.rstrip().endswith("→ kb explain SEC101")


# -- rotated --------------------------------------------------------------------------------------


def rotated(kb: Call, given: str, on: str = "2026-11-20", by: str = "小野") -> Any:
    return kb("secrets", "rotated", given, "--on", on, "--by", by)


def test_a_rotated_value_is_noted_once_and_its_pages_are_still_shown(kb: Call, team: Path) -> None:
    said = rotated(kb, ident(SHARED)[:6])
    assert said.code == 0
    assert "2026-11-20 に更新済み" in said.err
    assert "まだ 4 か所" in said.err
    text = (team / "kb-decisions.toml").read_text("utf-8")
    assert 'what = "rotated"' in text
    assert f'value_id = "{ident(SHARED)}"' in text
    assert 'by = "小野"' in text
    assert "もう控えてあります" in rotated(kb, ident(SHARED)[:6]).err
    assert (team / "kb-decisions.toml").read_text("utf-8") == text
    shown = kb("secrets", "list").out
    assert "2026-11-20 に更新済み（小野）" in shown
    assert "esa:2:4" in shown
    whole = json.loads(kb("secrets", "list", "--format", "json").out)
    assert whole["values"][-1]["rotated"] == {"on": "2026-11-20", "by": "小野"}  # nothing hurries there
    assert rotated(kb, ident(SHARED)[:6], on="2026-11-22").code == 0
    assert "2026-11-22 に更新済み" in kb("secrets", "list").out


def test_a_value_is_named_by_the_fingerprint_of_one_of_its_findings_too(kb: Call, team: Path) -> None:
    row = next(row for row in kb("lint", "--select", "SEC", "--format", "jsonl").rows if row["doc"] == "esa:3")
    assert rotated(kb, row["fingerprint"][:10].upper()).code == 0
    assert ident(OURS) in (team / "kb-decisions.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("zzzzzz", "--on", "2026-11-20", "--by", "小野"), "始まる秘密はありません"),
        (("0", "--on", "2026-11-20", "--by", "小野"), "6 桁以上"),
        (("IDENT", "--on", "2999-01-01", "--by", "小野"), "まだ来ていない日"),
        (("IDENT", "--on", "きのう", "--by", "小野"), "日付として読めません"),
        (("IDENT", "--by", "小野"), "--on"),
        (("IDENT", "--on", "2026-11-20"), "--by"),
        (("IDENT", "--on", "2026-11-20", "--by", " \u200b "), "--by"),
        ((), "ID"),
    ],
)
def test_what_cannot_be_noted_is_said(kb: Call, team: Path, words: tuple[str, ...], says: str) -> None:
    said = kb("secrets", "rotated", *(ident(SHARED)[:12] if word == "IDENT" else word for word in words))
    assert said.code == 2
    assert says in said.err
    assert not (team / "kb-decisions.toml").exists()


def test_an_id_that_fits_two_values_is_refused(kb: Call, team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.reports.secrets import held

    monkeypatch.setattr(held, "MIN_ID", 0)
    said = rotated(kb, "")
    assert said.code == 2
    assert "もっと長く指定してください" in said.err


# -- what history still holds -------------------------------------------------------------------


@pytest.fixture
def history(team: Path) -> Path:
    """A page whose password was taken out, and is still in its second revision."""
    olds = (
        OldText("revision:1", 1, "まだない", "配信の手順", Markup.MARKDOWN, created_at="2025-01-01T00:00:00Z"),
        OldText(
            "revision:2", 2, PAGE.format(GONE), "配信の手順", Markup.MARKDOWN,
            created_at="2025-02-01T00:00:00Z", url="https://docs.esa.io/posts/5/revisions/2",
        ),
    )  # fmt: skip
    put(team, post(5, "配信の手順", PAGE.format("1Password を参照"), versions=olds))
    return team


def test_what_was_taken_off_a_page_is_listed_until_its_value_is_rotated(kb: Call, history: Path) -> None:
    said = kb("secrets", "list")
    assert re.search(r"esa:5#revision:2:4 .*\[履歴 1 か所\]", said.out)
    assert GONE not in said.out
    whole = json.loads(kb("secrets", "list", "--format", "json").out)
    places = [place for value in whole["values"] for place in value["places"] if place["doc"] == "esa:5"]
    assert [(place["code"], place["part"]) for place in places] == [("SEC201", "revision:2")]
    assert [place["url"] for place in places] == ["https://docs.esa.io/posts/5/revisions/2"]
    assert ("esa:5", "SEC201") in kb("lint", "--select", "SEC", "--format", "jsonl").codes
    said = rotated(kb, ident(GONE))
    assert "履歴に残る 1 か所は、もう指摘しません" in said.err
    assert "ページには" not in said.err
    assert ("esa:5", "SEC201") not in kb("lint", "--select", "SEC", "--format", "jsonl").codes
    assert "更新済み 1" in kb("lint", "--select", "SEC201").out
    assert "esa:5" not in kb("secrets", "list").out
    assert re.search(r"esa:5#revision:2:4 .*\[更新済み\]", kb("secrets", "list", "--all").out)


def test_every_version_that_holds_a_value_is_counted(kb: Call, team: Path) -> None:
    olds = [OldText(f"revision:{n}", n, PAGE.format(GONE) + "あ" * n, "配信の手順", Markup.MARKDOWN) for n in (1, 2, 3)]
    put(team, post(5, "配信の手順", PAGE.format("1Password を参照"), versions=tuple(olds)))
    assert "[履歴 3 か所]" in kb("secrets", "list").out
    assert "履歴に残る 3 か所は、もう指摘しません" in rotated(kb, ident(GONE)).err


def test_another_key_opens_what_was_rotated_again(kb: Call, history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rotated(kb, ident(GONE))
    monkeypatch.setenv("KB_KEY", "22" * 32)
    said = kb("secrets", "list")
    assert "esa:5#revision:2:4" in said.out
    assert "kb-decisions.toml の、鍵で印を付けた項目 1 件" in said.err


# -- on a real terminal ---------------------------------------------------------------------------


class Terminal:
    """`kb` on a terminal, and what it shows there."""

    def __init__(self, team: Path, *words: str, **spoken: str) -> None:
        self.keyboard, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kb", *words],
            cwd=team,
            env={**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "80", "NO_COLOR": "1", **spoken},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ""

    def until(self, words: str) -> None:
        """Wait until `words` are shown, or the end."""
        end = time.monotonic() + 30
        while words not in self.shown:
            assert time.monotonic() < end, self.shown
            if select.select([self.keyboard], [], [], 0.2)[0] and not self._read():
                break

    def type(self, text: str) -> None:
        os.write(self.keyboard, text.encode())

    def end(self) -> int:
        """Wait for the end; gives the exit code."""
        while self._read():
            pass
        return self.process.wait(30)

    def _read(self) -> bool:
        try:
            piece = os.read(self.keyboard, 65536)
        except OSError:  # Linux: the other side has closed
            return False
        self.shown += piece.decode("utf-8", "replace")
        return bool(piece)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.keyboard)


@pytest.fixture
def terminal(team: Path) -> Iterator[Callable[..., Terminal]]:
    made: list[Terminal] = []

    def start(*words: str, **spoken: str) -> Terminal:
        made.append(Terminal(team, *words, **spoken))
        return made[-1]

    yield start
    for each in made:
        each.close()


def test_a_value_is_shown_once_to_a_person_who_says_yes(terminal: Callable[..., Terminal], team: Path) -> None:
    desk = terminal("secrets", "list", "--reveal", ident(SHARED)[:8])
    desk.until("[y/N]: ")
    assert "esa:2:4 のパスワード" in desk.shown
    assert not [value for value in VALUES if value in desk.shown]
    desk.type("y\n")
    assert desk.end() == 0
    assert desk.shown.count(SHARED) == 1
    assert not [value for value in VALUES[1:] if value in desk.shown]


def test_a_value_of_history_is_shown_from_there(history: Path, terminal: Callable[..., Terminal]) -> None:
    desk = terminal("secrets", "list", "--reveal", ident(GONE)[:8])
    desk.until("[y/N]: ")
    assert "esa:5#revision:2:4" in desk.shown
    desk.type("y\n")
    assert desk.end() == 0
    assert desk.shown.count(GONE) == 1


@pytest.mark.parametrize("answer", ["n\n", "\n", "ye\n", "\x04"])
def test_anything_but_yes_is_no(terminal: Callable[..., Terminal], answer: str) -> None:
    desk = terminal("secrets", "list", "--reveal", ident(SHARED)[:8])
    desk.until("[y/N]: ")
    desk.type(answer)
    assert desk.end() == 0
    assert "表示していません" in desk.shown
    assert SHARED not in desk.shown


def test_in_ci_nothing_is_shown_even_at_a_terminal(terminal: Callable[..., Terminal]) -> None:
    desk = terminal("secrets", "list", "--reveal", ident(SHARED)[:8], CI="true")
    assert desk.end() == 2
    assert "CI では値を表示しません" in desk.shown
    assert SHARED not in desk.shown


def test_without_a_terminal_nothing_is_shown(kb: Call, team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    said = kb("secrets", "list", "--reveal", ident(SHARED)[:8])
    assert said.code == 2
    assert "端末だけ" in said.err
    said = kb("secrets", "list", "--reveal", ident(SHARED)[:8], "--format", "json")
    assert said.code == 2
    assert "--format json" in said.err
    assert (said.out, SHARED in said.err) == ("", False)


def test_a_pipe_behind_a_terminal_gets_nothing(team: Path) -> None:
    keyboard, slave = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "kb", "secrets", "list", "--reveal", ident(SHARED)[:8]],
        cwd=team,
        stdin=slave,
        capture_output=True,
    )
    os.close(slave)
    os.close(keyboard)
    assert done.returncode == 2
    assert SHARED.encode() not in done.stdout + done.stderr


def test_a_value_that_was_taken_off_meanwhile_is_not_shown(terminal: Callable[..., Terminal], team: Path) -> None:
    desk = terminal("secrets", "list", "--reveal", ident(OURS)[:8])
    desk.until("[y/N]: ")
    put(team, post(3, "配信の手順", PAGE.format("Kaze1-Midori")))
    desk.type("y\n")
    assert desk.end() == 2
    assert "もうその場所にありません" in desk.shown
    assert "Kaze1-Midori" not in desk.shown


TYPED = "Kb#9x!" + "Tsuki77"
COPIES = (
    "[入る](https://ftp.example.jp/?next={url})",
    "属性は {html} です。",
    '応答: {{"next": "{json}"}}',
    "昨日は{bare}で入れた。",
)


@pytest.mark.parametrize("typed", [TYPED, "さくらもち" + "2026#夜道"])
def test_copies_on_other_pages_are_places_of_the_value(kb: Call, team: Path, typed: str) -> None:
    copies = "\n\n".join(COPIES).format(
        url=quote(typed), html=typed.replace("#", "&#35;"), json=json.dumps(typed)[1:-1], bare=typed
    )
    put(team, post(20, "置き場", f"パスワード: {typed}\n"), post(21, "写し", copies))

    def placed() -> list[list[tuple[str, int]]]:
        values = json.loads(kb("secrets", "list", "--format", "json").out)["values"]
        kept = [[(place["doc"], place["line"]) for place in row["places"]] for row in values]
        return [places for places in kept if ("esa:20", 1) in places]

    wanted = [("esa:20", 1), ("esa:21", 1), ("esa:21", 3), ("esa:21", 5), ("esa:21", 7)]
    assert placed() == [wanted]
    assert typed[:4] not in kb("lint", "--select", "SEC", "--all", "--format", "jsonl").out
    assert kb("purge-secrets", "--yes").code == 0
    assert placed() == [wanted]


def test_a_note_of_a_ticket_is_a_place_with_and_without_a_label(kb: Call, team: Path) -> None:
    told = f"curl -u deploy:{TYPED} https://ci.example.jp/job\n"
    notes = [("パスワード: Xk9#Umineko2", "journal:901"), (f"deploy の分は {TYPED} のままなので注意", "journal:902")]
    issue = ticket(30, "古いジョブを止める", "")
    put(team, post(30, "入り方", told), issue, *(
        replace(issue, kind=Kind.NOTE, key=part, body=body, part=part) for body, part in notes
    ))  # fmt: skip
    values = json.loads(kb("secrets", "list", "--format", "json").out)["values"]
    places = [sorted((place["doc"], place["part"]) for place in row["places"]) for row in values]
    assert [("redmine:30", "journal:901")] in places
    assert [("esa:30", "body"), ("redmine:30", "journal:902")] in places
