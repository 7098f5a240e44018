"""`kb doctor --probe`: each answer follows the server, what is listed is what is sent, and no other post is touched."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from changes.site import Site, change, opened, posts
from servers import Row, Sandbox, run_sandbox

from kb.changes.plan import Verb
from kb.changes.probe_abilities import EsaAbilities, record, recorded
from kb.changes.probe_answers import style
from kb.changes.probe_begin import prepared, scratch
from kb.changes.probe_scene import FIRST, SECOND, body
from kb.changes.probe_words import UNTOLD, WORDS, lines
from kb.changes.way import Way
from kb.commands import doctor_probe
from kb.config import Workspace
from kb.console import width
from kb.errors import AnswerError, RefusedError
from kb.mirror.rows import Row as KnownRow
from kb.mirror.store import Mirror
from kb.model import Kind, Source
from kb.sandbox.esa.behaviour import PROFILES, shown
from kb.settings import EsaSettings, Settings
from kb.sources.limiter import Limiter

PLAIN = {
    "patch_revision": "adds", "patch_updated_at": "moves", "message": "returned", "titles": "decoded",
    "noop_revision": "adds", "noop_updated_at": "moves", "comment_updated_at": "stays",
    "category_empty": "clears", "category_null": "clears", "overlap_flag": "yes", "overlap_style": "git",
    "rollback": "yes", "archive": "yes", "archive_again": "none", "move": "merges", "move_revision": "none",
    "move_updated_at": "stays", "move_missing": "200", "move_scopes": "write:category write:post",
    "numbers_or": "yes", "numbers_after": "yes", "paths_wip": "counted", "paths_archived": "counted",
    "missing_post": "404",
}  # fmt: skip
"""What the sandbox's default profile is found to be, but for the lag."""

STRICT = {
    "titles": "as-sent", "noop_revision": "none", "noop_updated_at": "stays", "overlap_style": "sent",
    "move_revision": "adds", "move_updated_at": "moves", "move_missing": "404",
}  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with run_sandbox(data=posts(3)) as sandbox:
        yield sandbox


@pytest.fixture
def esa(server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox as it began, on whose clock the probe waits. Nothing here asks what a crash leaves on the disk."""
    server.reset()
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    monkeypatch.setattr(doctor_probe, "pause", lambda seconds: server.clock(advance_s=seconds))
    return server


@pytest.fixture
def here(
    esa: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], Site]:
    """Opens a workspace that has mirrored the sandbox, as it then is."""
    return lambda: opened(esa, tmp_path, monkeypatch, capsys)


@pytest.fixture
def found(esa: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, str]]:
    """What a probe finds out with these switches; the second call is another probe."""
    monkeypatch.setenv("ESA_API_BASE_URL", esa.esa)
    workspace = Workspace(tmp_path, Settings(esa=EsaSettings("docs")))
    Mirror.open(workspace.mirror).close()

    def probe(token: str = "", **switches: Any) -> dict[str, str]:
        monkeypatch.setenv("ESA_ACCESS_TOKEN", token or esa.token)
        if switches:
            esa.toggles(system="esa", **switches)
        with prepared(workspace) as ready:
            _, told = ready.run(Way(), doctor_probe.pause)
        assert told is not None
        return dict(told.answers)

    return probe


def without_lag(answers: dict[str, str]) -> dict[str, str]:
    return {question: answer for question, answer in answers.items() if question != "search_lag"}


def test_a_plain_esa_answers_every_question(found: Callable[..., dict[str, str]]) -> None:
    answers = found()
    assert without_lag(answers) == PLAIN
    assert 0 <= float(answers["search_lag"]) < 60


def test_a_difficult_esa_is_told_apart_in_every_way(found: Callable[..., dict[str, str]]) -> None:
    answers = found(**shown(PROFILES["strict"]))
    assert without_lag(answers) == PLAIN | STRICT
    assert answers["search_lag"].startswith(">")


@pytest.mark.parametrize(
    ("switches", "changed"),
    [
        ({"noop_revises": False}, {"noop_revision": "none", "noop_updated_at": "stays"}),
        ({"comment_touches_post": True}, {"comment_updated_at": "moves"}),
        ({"title_entities": "as sent"}, {"titles": "as-sent"}),
        ({"conflict_style": "diff3"}, {"overlap_style": "diff3"}),
        ({"archive_status": 404}, {"archive": "no", "archive_again": None}),
        ({"move_touches": True}, {"move_updated_at": "moves"}),
        ({"move_revises": True}, {"move_revision": "adds"}),
        ({"move_missing_status": 404}, {"move_missing": "404"}),
        (
            {"move_stops_after": 1},
            {"move": "fails", "move_revision": None, "move_updated_at": None, "move_missing": None},
        ),
        ({"number_search": False}, {"numbers_or": "no", "numbers_after": "no"}),
        ({"paths_count_wip": False}, {"paths_wip": "left-out"}),
        ({"paths_count_archived": False}, {"paths_archived": "left-out"}),
    ],
    ids=str,
)
def test_each_answer_follows_its_switch_alone(
    found: Callable[..., dict[str, str]], switches: dict[str, Any], changed: dict[str, str | None]
) -> None:
    wanted = {question: answer for question, answer in (PLAIN | changed).items() if answer is not None}
    assert without_lag(found(**switches)) == wanted


@pytest.mark.parametrize(("lag_s", "seen"), [(2, True), (9, False)])
def test_how_long_an_index_lags_is_told_as_far_as_it_was_seen(
    found: Callable[..., dict[str, str]], lag_s: int, seen: bool
) -> None:
    assert found(index_lag_s=lag_s)["search_lag"].startswith(">") is not seen


@pytest.mark.parametrize("status", [401, 403])
def test_what_a_token_may_not_do_is_an_answer_too(
    found: Callable[..., dict[str, str]], esa: Sandbox, status: int
) -> None:
    scopes = ["read:post", "read:user", "read:category", "write:post"]
    answers = found(esa.token_for(user="operator", scopes=scopes), scope_status=status)
    assert (answers["move"], answers["move_scopes"]) == ("refused", "write:post")
    assert "comment_updated_at" not in answers
    assert answers["archive"] == "yes"


@pytest.mark.parametrize("status", [403, 404])
def test_a_post_that_was_refused_before_tells_how_esa_refuses(
    found: Callable[..., dict[str, str]], esa: Sandbox, tmp_path: Path, status: int
) -> None:
    with Mirror.open(tmp_path / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.put([KnownRow(Source.ESA, Kind.POST, "4", number=4, doc="esa:4", title="他人の記事", body="", raw={})])
        writer.bury(1, hidden=True)
    esa.edit("esa", "create", as_="sato", fields={"title": "他人の記事"})
    esa.edit("esa", "hide", number=4)
    assert found(hidden_status=status)["hidden_post"] == str(status)


def test_a_team_without_other_posts_says_nothing_about_numbers_that_an_old_index_cannot_know(
    found: Callable[..., dict[str, str]], esa: Sandbox
) -> None:
    for number in (1, 2, 3):
        esa.edit("esa", "delete", number=number)
    esa.clock(advance_s=60)
    answers = found(index_lag_s=9)
    assert "numbers_or" not in answers
    assert "numbers_after" not in answers
    esa.clock(advance_s=60)
    assert found(index_lag_s=0)["numbers_or"] == "yes"


# -- what is sent ---------------------------------------------------------------------------------


def listed(out: str) -> Counter[str]:
    """The requests of a preview, as the sandbox counts them."""
    rows = re.findall(r"^ *\d+\. (\w+) +(/.*?)(?:  |$)", out, re.M)
    assert rows
    return Counter(f"{method} {_route(path)}" for method, path in rows)


def _route(path: str) -> str:
    path = re.sub(r"/posts/[^/]+", "/posts/{number}", path.partition("?")[0].strip())
    return path.replace("/revisions/1/", "/revisions/{revision}/").removeprefix("/v1")


def made(here: Site) -> Counter[str]:
    return Counter({route: count for route, count in here.counted().items() if route != "total"})


def test_the_requests_listed_are_the_requests_made(here: Callable[[], Site]) -> None:
    site = here()
    out = site.kb("doctor", "--probe", "--yes")
    assert listed(out) == made(site)
    assert f"次の {sum(made(site).values())} 件を順に送ります" in out


@pytest.mark.parametrize(
    "switches", [{}, {"archive_status": 405}, {"move_stops_after": 1, "number_search": False}], ids=str
)
def test_only_posts_of_its_own_are_written_and_all_of_them_are_archived(
    here: Callable[[], Site], esa: Sandbox, switches: Row
) -> None:
    site = here()
    esa.toggles(system="esa", **switches)
    before = esa.dump("esa")
    out = site.kb("doctor", "--probe", "--yes")
    assert sum(listed(out).values()) == site.counted()["total"]
    after = esa.dump("esa")
    run = site.kb("history").split()[0]
    assert after[: len(before)] == before
    assert [row["number"] for row in after[len(before) :]] == [4, 5, 6, 7]
    places = {row["category"].removeprefix(f"Archived/Users/operator/kb-probe/{run}") for row in after[len(before) :]}
    assert places <= {"", "/to", "/from", "/to/inner", "/from/inner"}
    assert not [key for key in site.counted() if key.startswith("DELETE")]
    assert {row["message"] for row in map(site.seen, (4, 5, 6, 7))} == {f"kb {run} probe [skip notice]"}
    written = {entry["path"] for entry in site.journal(run) if entry["what"] == "intend"}
    numbers = {int(number) for path in written for number in re.findall(r"/posts/(\d+)", path)}
    assert numbers == {4, 5, 6, 7}


def test_without_consent_nothing_is_written(
    here: Callable[[], Site], esa: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = here()
    before = esa.dump("esa")
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    out = site.kb("doctor", "--probe", code=2)
    assert listed(out)["POST /posts"] == 4
    assert "--yes を付けてください" in site.said
    for answer in ("", "n\n", "いいえ\n"):
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        site.kb("doctor", "--probe")
        assert "何も書きませんでした。" in site.said
    assert made(site) == {"GET /user": 4}
    assert esa.dump("esa") == before
    assert not list((site.folder / ".kb" / "runs").glob("*"))


def test_the_preview_can_be_read_in_english(here: Callable[[], Site], monkeypatch: pytest.MonkeyPatch) -> None:
    site = here()
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    out = site.kb("doctor", "--probe", "--lang", "en")
    assert 'GET   /posts?q=in:"PLACE" ' in out
    assert not re.search("[ぁ-ん]", out)


def test_a_yes_at_the_terminal_is_enough(here: Callable[[], Site], monkeypatch: pytest.MonkeyPatch) -> None:
    site = here()
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert "ひとりでは確かめられません: " in site.kb("doctor", "--probe")
    assert site.counted()["POST /posts"] == 4


def test_yes_alone_asks_for_nothing_that_is_there(here: Callable[[], Site]) -> None:
    site = here()
    site.kb("doctor", "--yes", code=2)
    assert "--probe と一緒に" in site.said


# -- what is kept ---------------------------------------------------------------------------------


def test_doctor_shows_what_was_found_with_its_date(here: Callable[[], Site]) -> None:
    site = here()
    assert "esa のふるまい" not in site.kb("doctor")
    out = site.kb("doctor", "--probe", "--yes")
    told = out[out.index("esa のふるまい（") : out.index("ひとりでは")]
    run = site.kb("history").split()[0]
    assert re.match(rf"esa のふるまい（20\d\d-\d\d-\d\d、operator のトークンで確認。実行 {run}）\n", told)
    assert told in site.kb("doctor")
    with Mirror.open(site.folder / ".kb" / "mirror.db", readonly=True) as mirror:
        assert without_lag(dict(recorded(mirror, "docs").answers)) == PLAIN
        assert recorded(mirror, "another").answers == {}


def test_each_request_stands_in_the_journal_and_no_text_does(here: Callable[[], Site], esa: Sandbox) -> None:
    site = here()
    out = site.kb("doctor", "--probe", "--yes")
    line = site.kb("history")
    run = line.split()[0]
    entries = site.journal(run)
    steps = [entry["step"] for entry in entries if entry["what"] in ("read", "intend")]
    assert steps == list(range(2, sum(listed(out).values()) + 1))
    intended = [entry["step"] for entry in entries if entry["what"] == "intend"]
    told = [entry["step"] for entry in entries if entry["what"] in ("done", "failed") and "step" in entry]
    assert intended == told
    text = json.dumps(entries, ensure_ascii=False)
    assert not [word for word in (*body(FIRST).splitlines(), "<<<<", "確認用です") if word in text]
    assert "doctor --probe" in line
    assert "esa:4 確認用 A / #1" in site.kb("history", run)
    esa.reset(counters=True)
    assert "元に戻すものがありません" in site.kb("undo", run)
    assert site.counted()["total"] == 0


# -- what goes wrong ------------------------------------------------------------------------------


def test_ctrl_c_names_what_is_left_and_undo_archives_it(
    here: Callable[[], Site], esa: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = here()

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor_probe, "pause", interrupted)
    site.kb("doctor", "--probe", "--yes", code=130)
    said = site.said
    run = site.kb("history").split()[0]
    assert f"#4、#5、#6、#7（Users/operator/kb-probe/{run}）" in said
    assert f"kb undo {run}" in said
    assert "esa のふるまい" not in site.kb("doctor")
    assert site.undo(run)["done"] == 4
    assert {row["category"].partition("/")[0] for row in esa.dump("esa")[3:]} == {"Archived"}
    esa.reset(counters=True)
    assert site.undo(run)["done"] == 0


@pytest.mark.parametrize("path", ["/comments$", "/batch_move$", "/rollback$"])
def test_a_failure_in_the_middle_names_what_is_left(here: Callable[[], Site], esa: Sandbox, path: str) -> None:
    site = here()
    esa.fault(system="esa", kind="reset", times=1, path=path, method="POST")
    site.kb("doctor", "--probe", "--yes", code=3)
    said = site.said
    run = site.kb("history").split()[0]
    assert "途中で止まりました。" in said
    assert f"#4、#5、#6、#7（Users/operator/kb-probe/{run}）" in said
    assert site.undo(run)["done"] == 4
    assert {row["category"].partition("/")[0] for row in esa.dump("esa")[3:]} == {"Archived"}


def test_a_post_whose_number_never_arrived_is_not_forgotten(here: Callable[[], Site], esa: Sandbox) -> None:
    site = here()
    esa.fault(system="esa", kind="reset-after", times=1, path="/posts$", method="POST")
    site.kb("doctor", "--probe", "--yes", code=3)
    assert "もう 1 件あるかもしれません" in site.said
    assert len(esa.dump("esa")) == 4


def test_a_post_that_cannot_be_archived_is_named(here: Callable[[], Site], esa: Sandbox) -> None:
    site = here()
    esa.fault(system="esa", kind="409", times=1, path="/posts/6/archive$", method="POST")
    site.kb("doctor", "--probe", "--yes", code=4)
    said = site.said
    assert "アーカイブしていない記事が残っています: #6（" in said
    run = re.findall(r"kb undo (\S+)", said)[0]
    assert site.undo(run)["done"] == 1


def test_a_write_that_the_limit_refuses_is_sent_again(
    found: Callable[..., dict[str, str]], esa: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Limiter, "_wait", lambda *asked: 0.0)  # the wait itself has tests of its own
    esa.fault(system="esa", kind="429", times=2, path="/posts/4$", method="PATCH")
    assert without_lag(found()) == PLAIN
    entries = [json.loads(line) for line in next(tmp_path.glob(".kb/runs/*.jsonl")).read_text("utf-8").splitlines()]
    assert [entry["what"] for entry in entries if entry.get("step") == 14] == ["intend", "limited"] * 2 + [
        "intend",
        "done",
    ]


def test_a_token_that_only_reads_ends_it_before_anything_is_made(
    here: Callable[[], Site], esa: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = here()
    token = esa.token_for(user="operator", scopes=["read"])
    monkeypatch.setenv("ESA_WRITE_TOKEN", token)
    site.kb("doctor", "--probe", "--yes", code=3)
    assert "write:post" in site.said
    assert "残っています" not in site.said
    assert len(esa.dump("esa")) == 3


def test_a_place_that_is_taken_is_left_alone(
    found: Callable[..., dict[str, str]], esa: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESA_ACCESS_TOKEN", esa.token)
    workspace = Workspace(tmp_path, Settings(esa=EsaSettings("docs")))
    with prepared(workspace) as ready:
        esa.edit("esa", "create", fields={"title": "先客", "category": f"{ready.scene.place}/x"})
        before = esa.dump("esa")
        with pytest.raises(RefusedError, match="記事があります"):
            ready.run(Way(), doctor_probe.pause)
    assert esa.dump("esa") == before
    assert without_lag(found()) == PLAIN


# -- what kb does otherwise -----------------------------------------------------------------------


def know(site: Site, **answers: str) -> None:
    """Record that a probe found this."""
    with Mirror.open(site.folder / ".kb" / "mirror.db") as mirror:
        record(mirror, EsaAbilities("docs", "operator", "2026-11-26T00:00:00Z", "20261126-1", answers))


def test_a_search_that_knows_no_numbers_is_not_tried(here: Callable[[], Site]) -> None:
    site = here()
    know(site, numbers_or="no")
    site.plan([change(1, title="新しい題名")])
    assert site.apply()["done"] == 1
    assert (site.counted().get("GET /posts"), site.post(1)["name"]) == (None, "新しい題名")


def test_where_there_is_no_archive_call_posts_are_moved_at_once(here: Callable[[], Site]) -> None:
    site = here()
    know(site, archive="no")
    site.plan([change(1, Verb.ARCHIVE, category="Archived/不具合共有/2025")])
    assert site.apply()["done"] == 1
    assert site.post(1)["category"] == "Archived/不具合共有/2025"
    assert not [route for route in site.counted() if route.endswith("/archive")]


@pytest.mark.parametrize(("answer", "moves"), [("merges", 1), ("partly", 0), ("refused", 0)])
def test_a_category_moves_as_a_whole_unless_that_was_seen_to_go_wrong(
    here: Callable[[], Site], answer: str, moves: int
) -> None:
    site = here()
    know(site, move=answer)
    site.plan([change(number, category="運用") for number in (1, 2, 3)])
    assert site.apply()["done"] == 3
    assert site.counted().get("POST /categories/batch_move", 0) == moves


# -- words and places -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (body(SECOND), "sent"),
        (body(FIRST), "stored"),
        (body(f"<<<<<<< a\n{FIRST}\n=======\n{SECOND}\n>>>>>>> b"), "git"),
        (body(f"<<<<<<< a\n{FIRST}\n||||||| o\nx\n=======\n{SECOND}\n>>>>>>> b"), "diff3"),
        (body(f"{FIRST}\n{SECOND}"), "both"),
        ("", "other"),
    ],
)
def test_styles_of_an_overlap_have_names(text: str, name: str) -> None:
    assert style(text) == name
    assert name in WORDS["overlap_style"]


@pytest.mark.parametrize(
    ("folders", "place"),
    [
        (("Users/*",), "Users/sato/kb-probe/20261126-1"),
        (("個人/作業/*", "Users/*"), "個人/作業/sato/kb-probe/20261126-1"),
        (("*/個人", "U*/*", "個人"), "Users/sato/kb-probe/20261126-1"),
        ((), "Users/sato/kb-probe/20261126-1"),
    ],
)
def test_the_place_is_a_folder_of_ones_own(folders: tuple[str, ...], place: str) -> None:
    assert scratch(folders, "sato", "20261126-1") == place


@pytest.mark.parametrize("name", ["", "a/b", 'a"b', "../x", "佐藤"])
def test_a_name_that_is_no_folder_is_refused(name: str) -> None:
    with pytest.raises(AnswerError):
        scratch(("Users/*",), name, "20261126-1")


def test_every_answer_has_words_and_what_was_not_told_says_so() -> None:
    told = [str(word) for _, word in lines(PLAIN | {"search_lag": ">3.2", "hidden_post": "403"})]
    assert str(UNTOLD) not in told
    assert "3.2 秒では出ない" in told
    assert all(word == UNTOLD for _, word in lines({}))
    assert set(WORDS) == {*PLAIN, "search_lag", "hidden_post"}


@pytest.mark.parametrize("wide", [60, 80])
def test_on_a_terminal_no_line_of_the_list_is_wider_than_it(wide: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(wide))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    words = "場所/from を、記事のある 場所/to へ一括で移す。" * 3
    for head in ("", " 25. POST  /categories/batch_move  ", f" 36. GET   {'/categories/paths' * 2}  "):
        lines = list(doctor_probe.laid_out(head, words))
        assert max(map(width, lines)) <= wide
        assert "".join(line.strip() for line in lines).replace(" ", "") == (head + words).replace(" ", "")
