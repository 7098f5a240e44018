"""Publishing into a post, a ticket or a file of a sandbox: asked, sent once, told once a week, never over people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from changes.site import Site, posts
from changes.test_apply_redmine import WORLD
from changes.test_apply_redmine import ticket as described
from changes.written import text_of

from kb.commands.flows import publish as publishing
from kb.commands.flows.publish_page import PublishOptions
from kb.errors import Exit, KbError, UsageError
from kb.lint.engine.world_builder import WorldBuilder
from kb.mirror.store import Mirror
from kb.reports.publish.decide import Publication, PublishForm
from kb.settings.workspace import open_workspace
from kb.text.lang import t

SECRET = "DB_PASSWORD=Momiji_" + "8841"
SHORT = (t("新しい指摘 3 件、直ったもの 5 件（いま残っているもの 12 件）。", "3 new, 5 mended; open now: 12."),)


def week(content: str, name: str = "2026-W47") -> Publication:
    """A made week that says this in every form."""
    forms = {
        PublishForm.MARKDOWN: content,
        PublishForm.HTML: f"<!doctype html>\n<p>{content}</p>\n",
        PublishForm.JSON: json.dumps({"format": 1, "name": name, "says": content}) + "\n",
        PublishForm.TEXT: f"{content}\n",
    }
    return Publication("report", t(f"週報 {name}", f"the week {name}"), forms.__getitem__, name, SHORT)


@pytest.fixture
def here(site: Callable[..., Site]) -> Site:
    """A workspace whose kb.toml names post 1 and ticket 1; post 1 has four watchers."""
    rows: list[dict[str, Any]] = [*posts(3), WORLD, described(1, description="一\r\n二")]
    rows[0] |= {"watchers_count": 4}
    made = site(data=rows, redmine=True)
    toml = made.folder / "kb.toml"
    toml.write_text(toml.read_text() + "\n[report]\nesa_post = 1\nredmine_ticket = 1\n", encoding="utf-8")
    return made


def publish(here: Site, piece: Publication, to: str = "esa", *, insert: str = "top", **options: Any) -> Exit:
    """Publish something, without a question; what was printed is in `here.said`."""
    options = {"yes": True, **options}
    try:
        return publishing.publish(open_workspace(), piece, PublishOptions(to, insert, **options)).code
    finally:
        printed = here.capsys.readouterr()
        here.said = printed.out + printed.err


def refused(here: Site, piece: Publication, to: str = "esa", **options: Any) -> KbError:
    with pytest.raises(KbError) as error:
        publish(here, piece, to, **options)
    return error.value


def writes(here: Site, system: str = "esa") -> int:
    return sum(count for name, count in here.counted(system).items() if name.startswith(("PATCH", "PUT", "POST")))


def test_a_week_is_one_write_and_the_same_week_again_none(here: Site) -> None:
    assert publish(here, week("今週")) is Exit.OK
    assert (writes(here), here.post(1)["revision_number"]) == (1, 2)
    assert text_of(here, "esa:1").startswith("<!-- kb:report begin sha256=")
    assert " week=2026-W47 -->\n\n今週\n\n<!-- kb:report end -->\n\n本文 1" in text_of(here, "esa:1")
    here.sandbox.reset(counters=True)
    assert publish(here, week("今週")) is Exit.OK
    assert (writes(here), here.counted()["total"], here.post(1)["revision_number"]) == (0, 1, 2)
    assert "同じ内容です。何も送っていません" in here.said


def test_members_are_told_once_a_week_and_never_when_it_is_silent(here: Site) -> None:
    def notices() -> int:
        return here.sandbox.notifications("esa")["notices"]

    publish(here, week("月曜"))
    first = notices()
    assert first >= 4
    assert "ウォッチしている 4 人と作成者に届きます" in here.said
    publish(here, week("火曜"))
    assert notices() == first
    assert "esa の通知: ありません" in here.said
    publish(here, week("翌週", "2026-W48"))
    assert notices() == 2 * first
    publish(here, week("前の週", "2026-W46"))
    assert "前の週で上書きします" in here.said
    publish(here, week("その次", "2026-W49"), silent=True)
    publish(here, week("その次の火曜", "2026-W49"))
    assert notices() == 2 * first


def test_after_an_undo_the_same_week_is_told_no_second_time(here: Site) -> None:
    publish(here, week("月曜"))
    first = here.sandbox.notifications("esa")["notices"]
    here.undo("last")
    assert text_of(here, "esa:1") == "本文 1"
    publish(here, week("月曜"))
    assert here.sandbox.notifications("esa")["notices"] == first
    assert "月曜" in text_of(here, "esa:1")


def test_undo_brings_last_week_back_and_history_shows_what_changed(here: Site) -> None:
    publish(here, week("先週の数字", "2026-W46"))
    publish(here, week("今週の数字"))
    shown = here.kb("history", "last")
    assert "report 2026-W47 → esa:1" in shown
    assert "-先週の数字" in shown
    assert "+今週の数字" in shown
    here.undo("last")
    assert "先週の数字" in text_of(here, "esa:1")
    assert "今週の数字" not in text_of(here, "esa:1")


def test_a_dry_run_prints_to_the_letter_what_is_sent_and_sends_nothing(here: Site) -> None:
    assert publish(here, week("今週"), dry_run=True) is Exit.OK
    printed = here.said
    assert writes(here) == 0
    assert not list((here.folder / ".kb" / "runs").glob("*.jsonl"))
    head, body = printed.split("Content-Type: application/json\n\n")
    assert f"PATCH {here.sandbox.esa}/v1/teams/docs/posts/1\nAuthorization: Bearer ***\n" in head
    assert here.sandbox.token not in printed
    sent = json.JSONDecoder().raw_decode(body)[0]
    publish(here, week("今週"))
    assert sent["post"]["body_md"] == text_of(here, "esa:1")
    assert sent["post"]["message"] == here.seen(1)["message"]
    writer = here.seen(2)["updated_by"]["screen_name"]
    assert sent["post"]["original_revision"] == {"body_md": "本文 1", "number": 1, "user": writer}
    assert publish(here, week("今週"), dry_run=True) is Exit.OK
    assert "同じ内容です" in here.said


def test_a_dry_run_decides_as_a_run_does(here: Site) -> None:
    assert isinstance(refused(here, week("今週"), insert="", dry_run=True), UsageError)
    publish(here, week("今週"))
    _edit(here, lambda body: body.replace("今週", "人が直した今週"))
    assert refused(here, week("来週"), dry_run=True).exit_code is Exit.REFUSED


def _edit(here: Site, change: Callable[[str], str], number: int = 1) -> None:
    body = change(text_of(here, f"esa:{number}"))
    here.sandbox.edit("esa", "update", number=number, fields={"body": body})


def test_the_first_time_somebody_has_to_say_where(here: Site) -> None:
    error = refused(here, week("今週"), insert="")
    assert error.exit_code is Exit.USAGE
    assert "--insert top" in str(error.next_step)
    publish(here, week("今週"), insert="bottom")
    publish(here, week("来週", "2026-W48"), insert="")
    assert text_of(here, "esa:1").startswith("本文 1\n\n<!-- kb:report begin")
    assert "来週" in text_of(here, "esa:1")


def test_without_yes_and_nobody_to_ask_nothing_is_sent(here: Site) -> None:
    error = refused(here, week("今週"), yes=False)
    assert error.exit_code is Exit.USAGE
    assert "--yes" in str(error.next_step)
    assert writes(here) == 0
    assert "+今週" in here.said


def test_somebody_is_asked_where_and_whether(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr("kb.console.terminal.can_ask", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("bottom\nn\n"))
    assert publish(here, week("今週"), insert="", yes=False) is Exit.FINDINGS
    assert "送っていません" in here.said
    monkeypatch.setattr("sys.stdin", io.StringIO("after-heading:ない\n"))
    assert "見出し「ない」がありません" in str(refused(here, week("今週"), insert="", yes=False))
    monkeypatch.setattr("sys.stdin", io.StringIO("bottom\ny\n"))
    assert publish(here, week("今週"), insert="", yes=False) is Exit.OK
    assert writes(here) == 1


def test_edits_inside_are_refused_with_their_diff_and_edits_outside_stay(here: Site) -> None:
    publish(here, week("一行目\n\n二行目"))
    _edit(here, lambda body: body.replace("二行目", f"人が直した行 {SECRET}") + "\n追伸")
    error = refused(here, week("来週", "2026-W48"))
    assert (error.exit_code, writes(here)) == (Exit.REFUSED, 1)
    assert "-二行目" in here.said
    assert "+人が直した行" in here.said
    assert SECRET not in here.said
    assert "来週" not in here.said
    _edit(here, lambda body: body.replace(f"人が直した行 {SECRET}", "二行目  "))
    assert publish(here, week("来週", "2026-W48")) is Exit.OK
    assert text_of(here, "esa:1").endswith("\n追伸")


def test_what_kb_toml_does_not_say_is_said_with_the_line_to_add(here: Site) -> None:
    toml = here.folder / "kb.toml"
    toml.write_text(toml.read_text().split("[report]")[0], encoding="utf-8")
    for to, line in (("esa", "esa_post = 123"), ("redmine", "redmine_ticket = 123")):
        error = refused(here, week("今週"), to)
        assert (error.exit_code, line in str(error.next_step)) == (Exit.USAGE, True)
    for to in ("slack", "week.pdf", "", "esa "):
        assert refused(here, week("今週"), to).exit_code is Exit.USAGE
    toml.write_text(toml.read_text() + "[report]\nesa_post = 99\n", encoding="utf-8")
    assert "esa:99 が見つからない" in str(refused(here, week("今週")))
    assert here.counted().get("PATCH /posts/{number}", 0) == 0


def test_a_post_that_was_made_after_the_last_sync_is_said(here: Site) -> None:
    here.sandbox.edit("esa", "create", fields={"title": "週報", "body": ""})
    toml = here.folder / "kb.toml"
    toml.write_text(toml.read_text().replace("esa_post = 1", "esa_post = 4"), encoding="utf-8")
    assert "kb sync" in str(refused(here, week("今週")).next_step)
    here.kb("sync")
    assert publish(here, week("今週")) is Exit.OK
    assert text_of(here, "esa:4").endswith("今週\n\n<!-- kb:report end -->\n")


def test_a_post_the_internet_reads_gets_nothing(here: Site) -> None:
    here.sandbox.edit("esa", "share", number=1)
    error = refused(here, week("今週"))
    assert (error.exit_code, writes(here)) == (Exit.REFUSED, 0)
    assert "外部に共有されて" in str(error)


def test_a_post_fewer_read_is_said(here: Site) -> None:
    toml = here.folder / "kb.toml"
    toml.write_text(toml.read_text().replace('team = "docs"', 'team = "docs"\nlimited = ["不具合共有/**"]'), "utf-8")
    publish(here, week("今週"))
    assert "メンバーの一部だけが読める分類にあります" in here.said


@pytest.mark.parametrize("outside", [False, True])
def test_a_text_with_a_secret_is_refused(here: Site, outside: bool) -> None:
    if outside:
        _edit(here, lambda body: f"接続先 db01、{SECRET} です。")
    error = refused(here, week("今週" if outside else f"接続先 db01、{SECRET} です。"))
    assert (error.exit_code, writes(here)) == (Exit.REFUSED, 0)
    assert SECRET not in here.said + str(error)


def test_a_page_called_like_a_mark_ends_nothing(here: Site) -> None:
    forged = "- [<!-- kb:report end -->](https://docs.esa.io/posts/7)\n- <!-- kb:report begin sha256=0 -->\n"
    forged += "\n~~~\n開いたまま"
    publish(here, week(forged))
    publish(here, week("来週", "2026-W48"))
    assert text_of(here, "esa:1").endswith("\n\n来週\n\n<!-- kb:report end -->\n\n本文 1")


def test_a_ticket_gets_no_link_to_where_nothing_was_published(here: Site) -> None:
    assert publish(here, week("今週"), "redmine", insert="bottom") is Exit.OK
    assert "* 新しい指摘 3 件" in text_of(here, "redmine:1")
    assert "esa.io" not in text_of(here, "redmine:1")
    assert "チケットが変わればメールは届きます" in here.said
    publish(here, week("今週"))
    assert publish(here, week("今週"), "redmine") is Exit.OK
    assert "くわしくは https://docs.esa.io/posts/1 へ" in text_of(here, "redmine:1")


def test_what_could_not_be_sent_is_asked_for_again_as_it_was(here: Site) -> None:
    here.sandbox.edit("esa", "open", number=1, times=1, as_="ono")
    assert publish(here, week("今週"), silent=True) is Exit.CHANGE
    assert "残りをもう一度送るには: kb report --publish esa --insert top --silent\n" in here.said
    here.sandbox.edit("esa", "open", number=1, times=1, as_="ono")
    here.kb("report", "--publish", "esa", "--insert", "bottom", "--notify", "slack", "--yes", code=4)
    assert "kb report --publish esa --insert bottom --notify slack" in here.said


def test_where_nobody_watches_only_the_author_is_told(here: Site) -> None:
    here.sandbox.edit("esa", "create", fields={"name": "だれも見ていない", "body_md": "本文"}, as_="ono")
    toml = here.folder / "kb.toml"
    number = max(row["number"] for row in here.sandbox.dump("esa"))
    toml.write_text(toml.read_text().replace("esa_post = 1\n", f"esa_post = {number}\n"), encoding="utf-8")
    here.kb("sync")
    publish(here, week("今週"))
    assert "esa の通知: 作成者に届きます" in here.said


def test_a_ticket_is_as_quiet_as_before_it_was_published_to(here: Site) -> None:
    def quiet() -> tuple[str, str]:
        here.kb("sync")
        with Mirror.open(here.folder / ".kb" / "mirror.db", readonly=True) as mirror:
            state = WorldBuilder(open_workspace().settings, date(2026, 11, 26), mirror).state(1)
        assert state is not None
        return state.quiet.by, state.quiet.at

    before = quiet()
    publish(here, week("今週"), "redmine", insert="bottom")
    assert "kb:report begin" in text_of(here, "redmine:1")
    assert quiet() == before
    here.undo("last")
    assert quiet() == before


def test_a_ticket_gets_figures_and_a_link_and_no_title(here: Site) -> None:
    publish(here, week("今週"))
    assert publish(here, week("題名「決済が落ちた」"), "redmine", insert="bottom") is Exit.OK
    text = text_of(here, "redmine:1")
    assert "決済が落ちた" not in text
    assert "* 新しい指摘 3 件" in text
    assert "https://docs.esa.io/posts/1" in text
    assert text.startswith("一\r\n二\r\n")
    assert "Redmine のメール" in here.said
    here.sandbox.reset(counters=True)
    assert publish(here, week("別の題名"), "redmine") is Exit.OK
    assert writes(here, "redmine") == 0
    here.undo("last")
    assert text_of(here, "redmine:1") == "一\r\n二"


@pytest.mark.parametrize(
    ("kind", "code"), [("409", Exit.CHANGE), ("500", Exit.OK), ("reset", Exit.OK), ("reset-after", Exit.OK)]
)
def test_faults_leave_one_section_or_none(here: Site, kind: str, code: Exit) -> None:
    here.sandbox.fault(system="esa", kind=kind, times=1, method="PATCH")
    assert publish(here, week("今週")) is code
    assert text_of(here, "esa:1").count("kb:report begin") == (0 if code else 1)
    assert publish(here, week("今週")) is Exit.OK
    assert text_of(here, "esa:1").count("kb:report begin") == 1
    assert here.post(1)["revision_number"] == 2


@pytest.mark.parametrize("sent", [False, True])
def test_after_a_crash_the_next_publishing_settles_it(here: Site, monkeypatch: pytest.MonkeyPatch, sent: bool) -> None:
    from kb.sources.esa.writes import EsaWrites

    right = EsaWrites.update

    def killed(self: EsaWrites, number: int, fields: dict[str, object], message: str) -> object:
        if sent:
            right(self, number, fields, message)
        raise SystemExit

    monkeypatch.setattr(EsaWrites, "update", killed)
    with pytest.raises(SystemExit):
        publish(here, week("今週"))
    monkeypatch.setattr(EsaWrites, "update", right)
    assert publish(here, week("今週")) is Exit.OK
    assert here.post(1)["revision_number"] == 2
    runs = json.loads(here.kb("history", "--json"))
    assert sum(run.get("done", 0) for run in runs) == 1
    here.undo(runs[0]["run"])
    assert text_of(here, "esa:1") == "本文 1"


BARE = {"number": 1, "name": "x", "body_md": "", "updated_at": "t"}
BROKEN = "<!-- kb:report begin -->"


def test_after_a_real_kill_the_next_publishing_knows_what_was_sent(here: Site) -> None:
    here.sandbox.fault(system="esa", kind="slow", seconds=30, times=1, method="PATCH")
    words = ["report", "--publish", "esa", "--insert", "top", "--yes", "--now", "2026-11-20T09:00"]
    kb = subprocess.Popen([sys.executable, "-m", "kb", *words], cwd=here.folder, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            if here.post(1)["revision_number"] == 2:
                break
            time.sleep(0.1)
    finally:
        kb.kill()
        kb.wait()
    assert here.post(1)["revision_number"] == 2
    (run,) = json.loads(here.kb("history", "--json"))
    assert run.get("done", 0) == 0
    for words in ((), ("doctor", "--handover")):
        waits = f"{run['run']} report 2026-W47 → esa:1: 途中で止まり、書けたかどうかがまだ分かりません"
        assert f"{waits} → kb report --publish esa\n" in here.kb(*words)
    assert "同じ内容です" in here.kb("report", "--publish", "esa", "--now", "2026-11-20T09:00")
    assert "途中で止まり" not in here.kb()
    (run,) = json.loads(here.kb("history", "--json"))
    assert run["done"] == 1
    here.undo(run["run"])
    assert text_of(here, "esa:1") == "本文 1"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"post": 1},
        [],
        {**BARE, "body_md": 7},
        {**BARE, "number": 2},
        {**BARE, "revision_number": 2, "message": "kb"},
        {**BARE, "body_md": BROKEN, "revision_number": 2**70, "overlapped": True},
    ],
)
def test_an_answer_that_is_none_is_no_success(here: Site, monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    from kb.sources.esa import requests
    from kb.sources.transport.call import Answer

    monkeypatch.setattr(requests.EsaRequests, "send", lambda *_: Answer(200, {}, b"", answer))
    assert publish(here, week("今週")) in (Exit.CHANGE, Exit.SOURCE)
    assert "応答がなく" not in here.said
    assert text_of(here, "esa:1") == "本文 1"


# -- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["week.md", "week.html", "week.json", "week.txt", "WEEK.MD"])
def test_a_file_is_written_once_and_anew_when_it_says_something_else(here: Site, name: str) -> None:
    path = here.folder / name
    assert publish(here, week("今週"), name, insert="") is Exit.OK
    first = path.read_bytes()
    assert "今週" in json.dumps(first.decode(), ensure_ascii=False) or "\\u" in first.decode()
    path.chmod(0o444)
    assert publish(here, week("今週"), name, insert="") is Exit.OK
    assert "書いていません" in here.said
    assert publish(here, week("来週"), name, insert="") is Exit.OK
    assert path.read_bytes() != first
    assert [each.name for each in here.folder.glob(f".{name}*")] == []
    assert here.counted().get("total", 0) == 0


@pytest.mark.parametrize("name", ["week.md", "week.html", "week.json", "week.txt"])
def test_a_file_of_somebody_elses_is_left(here: Site, name: str) -> None:
    path = here.folder / name
    path.write_text('{"mine": 1}\n', encoding="utf-8")
    assert refused(here, week("今週"), name, insert="").exit_code is Exit.REFUSED
    assert path.read_text() == '{"mine": 1}\n'


@pytest.mark.parametrize("name", ["week.md", "week.html", "week.txt"])
def test_a_file_somebody_edited_is_left(here: Site, name: str) -> None:
    path = here.folder / name
    publish(here, week("今週"), name, insert="")
    edited = path.read_text(encoding="utf-8").replace("今週", "人が直した今週")
    path.write_text(edited, encoding="utf-8")
    assert refused(here, week("来週"), name, insert="").exit_code is Exit.REFUSED
    assert path.read_text(encoding="utf-8") == edited


def test_a_section_of_somebodys_file_is_kept_and_the_rest_is_theirs(here: Site) -> None:
    path = here.folder / "README.md"
    path.write_bytes("# 運用\r\n\r\n## 週報\r\n\r\n手順\r\n".encode())
    assert publish(here, week("今週"), "README.md", insert="after-heading:週報") is Exit.OK
    assert publish(here, week("来週"), "README.md", insert="") is Exit.OK
    text = path.read_bytes().decode()
    assert text.startswith("# 運用\r\n\r\n## 週報\r\n\r\n<!-- kb:report begin")
    assert text.endswith("<!-- kb:report end -->\r\n\r\n手順\r\n")
    assert "来週" in text
    assert "今週" not in text
    assert text.count("\n") == text.count("\r\n")


def test_a_file_holds_no_secret_and_a_dry_run_writes_none(here: Site) -> None:
    for name in ("week.md", "week.json", "week.txt"):
        assert refused(here, week(f"接続先 db01、{SECRET} です。"), name, insert="").exit_code is Exit.REFUSED
        assert publish(here, week("今週"), name, insert="", dry_run=True) is Exit.OK
        assert not Path(here.folder / name).exists()


def test_a_json_file_may_count_passwords(here: Site) -> None:
    secrets = [{"kind": "connection_string", "label": "接続文字列", "open": 6}, {"kind": "password", "label": "値"}]

    def counted(minute: int) -> Publication:
        made = {"format": 1, "as_of": f"2026-11-23T09:{minute}:00+09:00", "secrets": secrets}
        return Publication("report", t("週報", "the week"), lambda _: json.dumps(made))

    assert publish(here, counted(10), "week.json", insert="") is Exit.OK
    assert publish(here, counted(20), "week.json", insert="") is Exit.OK
    assert "書いていません" in here.said  # nothing but the minute is another


def test_what_is_no_file_and_no_folder_is_said_and_nothing_is_waited_for(here: Site) -> None:
    os.mkfifo(here.folder / "pipe.md")
    (here.folder / "folder.md").mkdir()
    (here.folder / "link.md").symlink_to("elsewhere.md")
    for name in ("ない/week.md", "pipe.md", "folder.md", "link.md"):
        assert refused(here, week("今週"), name, insert="").exit_code is Exit.USAGE
    assert not (here.folder / "elsewhere.md").exists()


def test_what_kb_wrote_makes_no_page_an_incident_and_no_node_one_that_is_named(here: Site) -> None:
    from kb.mirror.store import Mirror
    from kb.model.document import Kind, Source
    from kb.model.facts import PageKind
    from kb.model.page import PagePolicy
    from kb.reading.facts import read_facts
    from kb.reports.incidents.node_facts import list_published

    publish(here, week("## 原因\n\nadsv-prd-web-01 が止まった"))
    policy = PagePolicy(incident=("不具合共有/**",))
    with Mirror.open(here.folder / ".kb" / "mirror.db", readonly=True) as mirror:
        kinds = [
            read_facts(stored.document, policy).kind
            for number in ("1", "2")
            if (stored := mirror.find(Source.ESA, Kind.POST, number)) is not None
        ]
    assert kinds == [PageKind.INDEX, PageKind.INCIDENT]
    assert list_published(open_workspace().settings) == {"esa:1", "redmine:1"}


# -- the commands --------------------------------------------------------------------------------


def test_kb_report_and_kb_incidents_publish(here: Site) -> None:
    toml = here.folder / "kb.toml"
    toml.write_text(toml.read_text() + "[incidents]\nesa_post = 2\n", encoding="utf-8")
    here.kb("report", "--publish", "esa", "--insert", "bottom", "--yes")
    assert text_of(here, "esa:1").count("kb:report") == 2
    here.kb("report", "--publish", "redmine", "--insert", "bottom", "--yes")
    here.kb("incidents", "--publish", "esa", "--insert", "bottom", "--yes")
    assert text_of(here, "esa:2").count("kb:incidents") == 2
    assert "入れるなら" not in here.said
    assert text_of(here, "esa:2").count("](") == 0  # below their own words, neither page is an incident
    here.sandbox.reset(counters=True)
    here.kb("incidents", "--publish", "esa", "--yes")
    assert writes(here) == 0
    here.kb("report", "--publish", "week.html")
    here.kb("incidents", "--publish", "list.md")
    assert "<!-- kb:report sha256=" in (here.folder / "week.html").read_text(encoding="utf-8")[:200]
    here.kb("report", "--publish", "esa", "--for", "sato", "--yes", code=2)
    here.kb("incidents", "--publish", "redmine", code=2)
