"""Plans and calls that `kb apply` refuses: one sentence, one next step, and not a single request."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from changes.site import Site, change

from kb.model.plan import Verb


def test_bad_plans_are_one_sentence_each_and_nothing_is_sent(site: Callable[..., Site]) -> None:
    here = site(4)
    here.plan([change(number, title=f"題名 {number}") for number in (1, 2, 3)])
    path = here.folder / "plan.toml"
    text = path.read_text(encoding="utf-8")
    cases = {
        "another team": (text.replace('team = "docs"', 'team = "ops"'), "並び"),
        "a newer format": (text.replace("format = 1", "format = 2"), "format"),
        "cut in a line": (text[:-40], "TOML"),
        "cut between changes": (text[: text.rindex("[[change]]")], "2 件しか"),
        "another revision": (text.replace("revision = 1", "revision = 7", 1), "seen"),
        "another before": (text.replace('before = {title = "記事 1"}', 'before = {title = "x"}'), "before"),
        "an id nobody made": (text.replace('id = "', 'id = "0', 1), "esa:"),
        "an empty level": (text.replace('after = {title = "題名 1"}', 'after = {category = "a//b"}'), "after"),
        "an unknown verb": (text.replace('kind = "move"', 'kind = "delete"', 1), "delete"),
        "an unknown field": (text.replace("accept = true\n", "accept = true\nforce = true\n", 2), "force"),
        "a line break": (text.replace('"題名 1"', '"題\\n名"'), "改行"),
        "no plan at all": ("", "created"),
        "not UTF-8": ("\udce3", "UTF-8"),
    }
    for name, (bad, told) in cases.items():
        path.write_bytes(bad.encode("utf-8", "surrogateescape"))
        here.kb("apply", "plan.toml", code=5)
        lines = here.said.splitlines()
        assert told in lines[0], f"{name}: {lines}"
        assert [line[:2] for line in lines[1:]] == ["→ "], f"{name}: {lines}"
    assert here.counted()["total"] == 0
    assert not (here.folder / ".kb" / "runs").exists()


def test_a_file_that_is_not_there_is_one_sentence(site: Callable[..., Site]) -> None:
    here = site(1)
    here.kb("apply", "none.toml", code=2)
    assert "none.toml がありません" in here.said
    here.kb("apply", "none.toml", "--rehearse", "--json", code=2)
    assert (here.folder / ".kb" / "runs").exists() is False


def test_a_plan_of_another_team_or_of_posts_nobody_mirrored_is_refused(site: Callable[..., Site]) -> None:
    here = site(2)
    (here.folder / "kb.toml").write_text('[esa]\nteam = "ops"\n', encoding="utf-8")
    here.plan([change(1, title="題名")])
    here.kb("apply", "plan.toml", code=5)
    assert "チーム「docs」" in here.said
    (here.folder / "kb.toml").write_text('[esa]\nteam = "docs"\n', encoding="utf-8")
    here.plan([change(77, title="題名")])
    here.kb("apply", "plan.toml", code=5)
    assert "esa:77 は手元の写しにありません" in here.said
    assert here.counted()["total"] == 0


def test_limits_say_their_number_and_take_it(site: Callable[..., Site]) -> None:
    here = site(25)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)])
    here.kb("apply", "plan.toml", "--yes", code=5)
    assert "--allow 22" in here.said
    here.kb("apply", "plan.toml", "--yes", "--allow", "21", code=5)
    assert here.counted()["total"] == 0
    assert here.apply("--yes", "--allow", "22")["done"] == 22


def test_two_posts_are_never_given_one_name(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(1, title="同じ"), change(2, title="同じ")])
    here.kb("apply", "plan.toml", code=5)
    assert "同じ" in here.said
    assert here.counted()["total"] == 0


def test_a_chain_of_names_is_sent_from_its_end(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(1, title="記事 2"), change(2, title="記事 3"), change(3, title="記事 4")])
    run = here.apply()["run"]
    assert [each["target"] for each in here.journal(run) if each["what"] == "done"] == ["esa:3", "esa:2", "esa:1"]
    assert here.undo(run)["done"] == 3
    assert [here.post(number)["name"] for number in (1, 2, 3)] == ["記事 1", "記事 2", "記事 3"]


def test_nothing_accepted_is_nothing_sent(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, title="題名")])
    text = (here.folder / "plan.toml").read_text(encoding="utf-8").replace("\naccept = true", "\naccept = false")
    (here.folder / "plan.toml").write_text(text, encoding="utf-8")
    figures = {"run": None, "done": 0, "skipped": 0, "stale": 0, "failed": 0, "requests": 0, "overwritten": []}
    assert here.apply() == figures


def test_a_title_with_a_secret_in_it_reaches_neither_esa_nor_the_journal(site: Callable[..., Site]) -> None:
    value = "hunter2Kq9" + "Zw81"
    rows = [{"number": 1, "name": f"パスワード: {value}", "category": "運用", "body_md": "x"}]
    here = site(data=rows)
    moved = change(1, Verb.RETITLE, title="手順")
    here.plan([type(moved)(**{**_fields(moved), "before": {"title": f"パスワード: {value}"}})])
    here.kb("apply", "plan.toml", code=5)
    assert value not in here.said
    assert here.counted()["total"] == 0


def _fields(moved: object) -> dict[str, object]:
    return {name: getattr(moved, name) for name in moved.__dataclass_fields__ if name != "id"}  # type: ignore[attr-defined]


def test_a_rehearsal_passes_limits_and_tells_of_them(site: Callable[..., Site]) -> None:
    here = site(25)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)])
    here.kb("apply", "plan.toml", code=5)
    refused = next(line for line in here.said.splitlines() if "（上限は 30 %）" in line)
    here.sandbox.reset(counters=True)
    assert json.loads(here.kb("apply", "plan.toml", "--rehearse", "--json"))["done"] == 22
    assert "送る 22 件" in here.kb("apply", "plan.toml", "--rehearse")
    assert refused in here.said
    assert "--allow 22" in here.said.splitlines()[-1]
    here.kb("apply", "plan.toml", "--rehearse", "--allow", "22")
    assert refused not in here.said
    assert set(here.counted()) & {"PATCH /posts/{number}"} == set()
    assert not (here.folder / ".kb" / "runs").exists()


def test_a_rehearsal_reads_and_sends_nothing(site: Callable[..., Site]) -> None:
    here = site(4)
    here.plan([change(number, title=f"題名 {number}") for number in (1, 2, 3)])
    here.sandbox.edit("esa", "update", number=2, fields={"title": "ほか"})
    figures = json.loads(here.kb("apply", "plan.toml", "--rehearse", "--json", code=4))
    assert (figures["run"], figures["done"], figures["stale"]) == (None, 2, 1)
    assert not any(name.startswith(("PATCH", "POST")) for name in here.counted())
    assert not (here.folder / ".kb" / "runs").exists()
    assert {here.post(number)["revision_number"] for number in (1, 3)} == {1}


def test_so_many_a_day_and_the_rest_tomorrow(site: Callable[..., Site]) -> None:
    here = site(6)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 6)])
    assert here.apply("--per-day", "2", code=1)["done"] == 2
    assert here.apply("--per-day", "2", code=1)["done"] == 0
    assert here.apply("--per-day", "4", code=1)["done"] == 2
    assert here.apply()["done"] == 1


def test_a_run_is_handed_to_a_colleague_who_takes_it_back(site: Callable[..., Site], tmp_path: Path) -> None:
    here = site(3)
    here.plan([change(1, title="題名 1"), change(2, title="題名 2")])
    run = here.apply()["run"]
    here.kb("history", run, "--export", str(tmp_path / "run.jsonl"))
    (here.folder / ".kb" / "runs" / f"{run}.jsonl").unlink()
    here.kb("undo", run, code=2)
    here.kb("history", "--import", str(tmp_path / "run.jsonl"))
    assert here.undo(run)["done"] == 2
    assert here.post(1)["name"] == "記事 1"


def test_a_colleagues_run_of_a_name_that_is_taken_gets_another(site: Callable[..., Site], tmp_path: Path) -> None:
    here = site(3)
    here.plan([change(1, title="題名 1")])
    theirs = here.apply()["run"]
    here.kb("history", theirs, "--export", str(tmp_path / "run.jsonl"))
    (here.folder / ".kb" / "runs" / f"{theirs}.jsonl").unlink()
    here.plan([change(2, title="題名 2")])
    mine = here.apply()["run"]
    assert mine == theirs
    name = theirs.replace("-1", "-2")
    for _ in range(2):  # taken in twice it is one
        assert f"実行 {theirs} を、{name} として取り込みました。" in here.kb(
            "history", "--import", str(tmp_path / "run.jsonl")
        )
    assert here.undo(name)["done"] == 1
    assert (here.post(1)["name"], here.post(2)["name"]) == ("記事 1", "題名 2")


def test_the_last_run_is_the_latest_whatever_the_numbers(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(1, title="題名 1")])
    run = here.apply()["run"]
    journal = here.folder / ".kb" / "runs" / f"{run}.jsonl"
    older = journal.with_name(run.replace("-1", "-7") + ".jsonl")
    older.write_text(re.sub(r'"at":"[^"]*T', '"at":"2000-01-01T', journal.read_text("utf-8")), "utf-8")
    assert here.kb("history", "last").startswith(f"{run} ")


@pytest.mark.parametrize("text", ["", "{}\n", '{"what": "run"}\n', "題名\n", '{"what": "run", "format": 9}\n'])
def test_what_is_no_run_is_not_taken_in(site: Callable[..., Site], tmp_path: Path, text: str) -> None:
    here = site(1)
    (tmp_path / "run.jsonl").write_text(text, encoding="utf-8")
    here.kb("history", "--import", str(tmp_path / "run.jsonl"), code=2)
    assert "kb" in here.said
    assert here.kb("history") == "まだ何も送っていません。\n"


def test_history_tells_what_was_there_before_and_since(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, title="題名 1")])
    run = here.apply()["run"]
    assert run in here.kb("history")
    assert "題名: 記事 1 → 題名 1" in here.kb("history", run)
    (row,) = json.loads(here.kb("history", run, "--json"))["targets"]
    assert (row["came"], row["before"], row["after"]) == ("done", {"title": "記事 1"}, {"title": "題名 1"})


def test_history_calls_by_its_title_what_was_not_sent(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, title="題名 1"), change(2, title="題名 2")])
    here.sandbox.edit(system="esa", action="update", number=2, fields={"title": "ほかの人の題名"})
    run = here.apply(code=4)["run"]
    assert "ほかの人が変更 esa:2 記事 2\n" in here.kb("history", run)


def test_the_receipt_holds_places_and_no_values(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, title="新しい題名")])
    run = here.apply()["run"]
    text = (here.folder / "plan.receipt.toml").read_text(encoding="utf-8")
    assert run in text
    assert "esa:1" in text
    assert "題名" not in text.partition("\n\n")[2]
    assert "記事" not in text


@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "socket", "huge"])
def test_a_plan_that_is_no_regular_file_is_refused_at_once(site: Callable[..., Site], kind: str) -> None:
    here = site(1)
    with no_plan(here.folder / "odd.toml", kind) as path:
        name = str(path)
        here.kb("apply", name, code=5)
        assert [line[:2] for line in here.said.splitlines()[1:]] == ["→ "], here.said
        for words in (("review", name), ("review", name, "--check"), ("plan", "refresh", name),
                      ("plan", "to-csv", name, "x.csv"), ("plan", "from-csv", "x.csv", name),
                      ("plan", "move", "--from", "不具合共有", "--to", "新", "-o", name)):  # fmt: skip
            here.kb(*words, code=2)
            assert len(here.said.splitlines()) == 2, here.said
    assert here.counted()["total"] == 0
    assert not (here.folder / ".kb" / "runs").exists()


@contextmanager
def no_plan(path: Path, kind: str) -> Iterator[Path]:
    """Something where a plan should stand: to read it would wait, never end, or fill the memory."""
    with ExitStack() as stack:
        if kind == "fifo":
            os.mkfifo(path)
            stack.callback(os.close, os.open(path, os.O_RDWR))  # a writer that never writes
        elif kind == "device":
            path = Path("/dev/zero")
        elif kind == "folder":
            path.mkdir()
        elif kind == "socket":
            stack.enter_context(socket.socket(socket.AF_UNIX)).bind(path.name)
        else:
            with path.open("wb") as file:
                file.truncate(2**40)
        yield path
