"""A section written into a post: what is sent, what others wrote meanwhile, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from changes.site import Site
from changes.written import put, text_of

SECRET = "DB_PASSWORD=Momiji_" + "8841"


def test_a_section_is_one_patch_of_the_body_with_the_revision_it_was_made_of(site: Callable[..., Site]) -> None:
    here = site(2)
    done = put(here, "esa:1", "今週の指摘は 3 件です。")
    post = here.post(1)
    assert (done.stats.done, post["revision_number"]) == (1, 2)
    assert post["body_md"].startswith("本文 1\n\n<!-- kb:report begin sha256=")
    assert post["body_md"].endswith("今週の指摘は 3 件です。\n\n<!-- kb:report end -->\n")
    assert here.counted() == {"total": 3, "GET /posts": 2, "PATCH /posts/{number}": 1}
    assert here.seen(1)["message"] == f"kb {done.run} publish [skip notice]"
    assert here.sandbox.notifications("esa")["notices"] == 0


def test_the_same_section_again_sends_nothing(site: Callable[..., Site]) -> None:
    here = site(2)
    put(here, "esa:1", "同じ")
    here.sandbox.reset(counters=True)
    again = put(here, "esa:1", "同じ")
    assert (again.stats.done, here.post(1)["revision_number"]) == (0, 2)
    assert not any(name.startswith("PATCH") for name in here.counted())


def test_journals_hold_no_word_of_a_text_but_its_hunks(site: Callable[..., Site]) -> None:
    here = site(2)
    done = put(here, "esa:1", "週報のまんなかの文")
    told = (here.folder / ".kb" / "runs" / f"{done.run}.jsonl").read_text(encoding="utf-8")
    assert "まんなか" not in told
    assert "本文 1" not in told
    intend = next(each for each in here.journal(done.run) if each["what"] == "intend")
    assert (intend["before"], intend["hunks"]) == ({"body": "report=none"}, ["+週報"])
    assert intend["after"]["body"].startswith("report=sha256:")
    shown = here.kb("history", done.run)
    assert "本文: 区画 report なし → 区画 report（" in shown
    assert "+週報" in shown


def test_what_others_wrote_around_a_section_before_it_is_sent_stays(site: Callable[..., Site]) -> None:
    here = site(2)
    body = "ほかの人が書いた前書き\n\n本文 1"
    done = put(
        here, "esa:1", "週報",
        meanwhile=lambda: here.sandbox.edit("esa", "update", number=1, fields={"body": body}),
    )  # fmt: skip
    assert done.stats.done == 1
    assert text_of(here, "esa:1").startswith(f"{body}\n\n<!-- kb:report begin")


def test_what_others_write_between_the_look_and_the_edit_is_merged_and_told(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(data=[{"number": 1, "name": "週報", "body_md": "前書き\n\n一\n二\n三\n四", "category": "運用"}])
    put(here, "esa:1", "先週")
    _in_between(here, monkeypatch, lambda body: body.replace("前書き", "直した前書き"))
    done = put(here, "esa:1", "今週")
    text = text_of(here, "esa:1")
    assert (done.stats.done, len(done.stats.crossed)) == (1, 1)
    assert text.startswith("直した前書き")
    assert "今週" in text
    assert "先週" not in text


def test_a_clash_inside_the_section_is_put_back_to_the_other_persons_text_at_once(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(2)
    put(here, "esa:1", "先週")
    _in_between(here, monkeypatch, lambda body: body.replace("先週", "人が直した先週"))
    theirs: list[str] = []
    done = put(here, "esa:1", "今週", meanwhile=lambda: theirs.append(text_of(here, "esa:1")))
    assert (done.stats.done, done.stats.failed) == (0, 1)
    assert text_of(here, "esa:1") == theirs[0].replace("先週", "人が直した先週")
    assert here.seen(1)["message"] == f"kb {done.run} restore [skip notice]"
    assert "その人の版に戻しました" in str(done.stats.reported[0][1].why)
    here.undo(done.run)
    assert text_of(here, "esa:1") == theirs[0].replace("先週", "人が直した先週")


def test_an_edit_elsewhere_in_the_section_that_esa_merged_is_put_back_too(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(2)
    put(here, "esa:1", "一行目\n\n二行目\n\n三行目\n\n四行目")
    theirs = text_of(here, "esa:1").replace("四行目", "人が直した四行目")
    _in_between(here, monkeypatch, lambda body: theirs)
    done = put(here, "esa:1", "新しい一行目\n\n二行目\n\n三行目\n\n四行目")
    assert (done.stats.done, done.stats.failed) == (0, 1)
    assert text_of(here, "esa:1") == theirs


def test_a_crash_before_a_text_was_put_back_is_made_good_by_whoever_comes_next(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kb.execute.apply import settle_run
    from kb.settings.workspace import open_workspace
    from kb.sources.esa.remote_bodies import EsaBodies

    here = site(2)
    put(here, "esa:1", "先週")
    theirs = text_of(here, "esa:1").replace("先週", "人が直した先週")
    _in_between(here, monkeypatch, lambda body: theirs)
    right = EsaBodies._put_back

    def killed(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(EsaBodies, "_put_back", killed)
    with pytest.raises(SystemExit):
        put(here, "esa:1", "今週")
    assert text_of(here, "esa:1") != theirs
    run = sorted((here.folder / ".kb" / "runs").glob("*.jsonl"))[-1].stem
    monkeypatch.setattr(EsaBodies, "_put_back", right)
    assert settle_run(open_workspace(), run).records["esa:1"].outcome == "failed"
    assert text_of(here, "esa:1") == theirs
    revision = here.post(1)["revision_number"]
    assert settle_run(open_workspace(), run).records["esa:1"].outcome == "failed"
    assert here.post(1)["revision_number"] == revision


def test_a_text_that_cannot_be_put_back_is_said_with_where_to_look(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(2)
    put(here, "esa:1", "先週")
    _in_between(here, monkeypatch, lambda body: body.replace("先週", "人が直した先週"))
    here.sandbox.fault(system="esa", kind="500", path="/revisions/")
    monkeypatch.setattr("kb.sources.transport.access.LONGEST_PAUSE_S", 0.05)
    done = put(here, "esa:1", "今週")
    assert done.stats.failed == 1
    assert "esa の版の一覧で確かめてください" in str(done.stats.reported[0][1].why)


def _in_between(here: Site, monkeypatch: pytest.MonkeyPatch, edit: Callable[[str], str]) -> None:
    """Somebody edits the post when the first PATCH is about to leave."""
    from kb.sources.esa.writes import EsaWrites

    right, left = EsaWrites.update, [edit]

    def wrong(self: EsaWrites, number: int, fields: dict[str, object], message: str) -> object:
        if left:
            body = left.pop()(text_of(here, f"esa:{number}"))
            here.sandbox.edit("esa", "update", number=number, fields={"body": body})
        return right(self, number, fields, message)

    monkeypatch.setattr(EsaWrites, "update", wrong)


def test_undo_puts_the_section_back_and_leaves_what_others_wrote(site: Callable[..., Site]) -> None:
    here = site(2)
    put(here, "esa:1", "先週")
    run = put(here, "esa:1", "今週").run
    body = text_of(here, "esa:1").replace("本文 1", "直した本文") + "追伸\n"
    here.sandbox.edit("esa", "update", number=1, fields={"body": body})
    back = here.undo(run)
    text = text_of(here, "esa:1")
    assert back["done"] == 1
    assert text.startswith("直した本文\n")
    assert text.endswith("追伸\n")
    assert "先週" in text
    assert "今週" not in text
    again = here.undo(back["run"])
    assert again["done"] == 1
    assert text_of(here, "esa:1") == body


def test_undo_of_the_first_section_leaves_the_body_as_it_was_to_the_byte(site: Callable[..., Site]) -> None:
    text = "一行目\r\n\r\n二行目  \r\n"
    here = site(data=[{"number": 1, "name": "週報", "body_md": text, "category": "運用"}])
    done = put(here, "esa:1", "一\n二")
    made = text_of(here, "esa:1")
    assert made.startswith(text)
    assert made.count("\n") == made.count("\r\n")
    back = here.undo(done.run)
    assert text_of(here, "esa:1") == text
    here.undo(back["run"])
    assert text_of(here, "esa:1") == made


def test_undo_leaves_a_section_that_somebody_edited_since(site: Callable[..., Site]) -> None:
    here = site(2)
    run = put(here, "esa:1", "今週").run
    edited = text_of(here, "esa:1").replace("今週", "人が直した今週")
    here.sandbox.edit("esa", "update", number=1, fields={"body": edited})
    assert here.undo(run, code=4)["stale"] == 1
    assert text_of(here, "esa:1") == edited


def test_a_text_that_holds_a_secret_is_not_sent(site: Callable[..., Site]) -> None:
    here = site(2)
    inside = put(here, "esa:1", f"接続先 db01、{SECRET} です。")
    here.sandbox.edit("esa", "update", number=2, fields={"body": f"接続先 db01、{SECRET} です。"})
    around = put(here, "esa:2", "週報")
    for done, number in ((inside, 1), (around, 2)):
        assert (done.stats.done, done.stats.skipped) == (0, 1)
        assert "秘密の値" in str(done.stats.reported[0][1].why)
        assert "kb:report" not in text_of(here, f"esa:{number}")
        assert SECRET not in (here.folder / ".kb" / "runs" / f"{done.run}.jsonl").read_text(encoding="utf-8")


def test_a_post_that_is_open_in_the_editor_is_left(site: Callable[..., Site]) -> None:
    here = site(2)
    here.sandbox.fault(system="esa", kind="409", times=1, method="PATCH")
    done = put(here, "esa:1", "週報")
    assert (done.stats.skipped, text_of(here, "esa:1")) == (1, "本文 1")
    assert put(here, "esa:1", "週報").stats.done == 1


@pytest.mark.parametrize("kind", ["reset", "reset-after", "500", "reset-body", "truncate"])
def test_an_answer_that_never_came_is_looked_for_and_a_section_is_not_sent_twice(
    site: Callable[..., Site], kind: str
) -> None:
    here = site(2)
    here.sandbox.fault(system="esa", kind=kind, times=1, method="PATCH")
    assert put(here, "esa:1", "週報").stats.done == 1
    assert here.post(1)["revision_number"] == 2
    assert text_of(here, "esa:1").count("kb:report begin") == 1


@pytest.mark.parametrize("sent", [False, True])
def test_what_a_crash_cut_off_is_settled_and_can_be_taken_back(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, sent: bool
) -> None:
    here = site(2)
    from kb.sources.esa.writes import EsaWrites

    right = EsaWrites.update

    def killed(self: EsaWrites, number: int, fields: dict[str, object], message: str) -> object:
        if sent:
            right(self, number, fields, message)
        raise SystemExit  # the journal says no more than that it was about to leave

    monkeypatch.setattr(EsaWrites, "update", killed)
    with pytest.raises(SystemExit):
        put(here, "esa:1", "週報")
    monkeypatch.setattr(EsaWrites, "update", right)
    run = sorted((here.folder / ".kb" / "runs").glob("*.jsonl"))[-1].stem
    figures = here.undo(run)
    assert figures["done"] == (1 if sent else 0)
    assert text_of(here, "esa:1") == "本文 1"


def test_an_old_text_that_is_nowhere_any_more_is_said_and_nothing_is_written(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(2)
    put(here, "esa:1", "先週")
    run = put(here, "esa:1", "今週").run
    from kb.sources.esa.writes import EsaWrites

    monkeypatch.setattr(EsaWrites, "revision", lambda self, number, revision: None)
    made = text_of(here, "esa:1")
    assert here.undo(run, code=4)["skipped"] == 1
    assert text_of(here, "esa:1") == made
