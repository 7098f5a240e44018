"""`kb apply --json` and `kb undo --json`: one object on stdout whatever the ending, people's words on stderr."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from typing import Any

import pytest
from changes.site import Site, change
from changes.test_consent import Keyboard

from kb.execute.journal.writer import RunJournal
from kb.model.plan import Verb
from kb.sources.transport import access

NOTHING = {"run": None, "done": 0, "skipped": 0, "stale": 0, "failed": 0, "requests": 0, "overwritten": []}


def answer(here: Site, *words: str, code: int) -> dict[str, Any]:
    """The one object a command prints, its keys looked at; people are told something on stderr."""
    printed = here.kb(*words, code=code)
    assert printed.count("\n") == 1, printed
    found = dict(json.loads(printed))
    assert found.keys() == NOTHING.keys()
    assert here.said.strip()
    return found


@pytest.mark.parametrize(
    "words",
    [
        ("apply", "plan.toml", "--json", "--no-such-flag"),
        ("apply", "plan.toml", "--json", "--allow", "x"),
        ("--lang", "fr", "apply", "--json"),
        ("--lang", "en", "apply", "none.toml", "--json"),
        ("apply", "none.toml", "--json", "--rehearse"),
        ("undo", "--json"),
        ("undo", "last", "--json"),
        ("undo", "20000101-1", "--json"),
    ],
    ids=" ".join,
)
def test_a_wrong_call_prints_the_object_of_nothing(site: Callable[..., Site], words: tuple[str, ...]) -> None:
    here = site(1)
    here.plan([change(1, title="題名")])
    assert answer(here, *words, code=2) == NOTHING
    assert here.counted()["total"] == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[[change]]", "[[chang"),
        ('team = "docs"', 'team = "ops"'),
        ("accept = true\n", "accept = maybe\n"),
        ("changes = 2", "changes = 3"),
    ],
)
def test_a_broken_plan_prints_the_object_of_nothing(site: Callable[..., Site], old: str, new: str) -> None:
    here = site(2)
    here.plan([change(1, title="題名"), change(2, title="題名 2")])
    path = here.folder / "plan.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    assert answer(here, "apply", "--json", code=5) == NOTHING


def test_what_a_plan_or_a_limit_refuses_prints_the_object_of_nothing(site: Callable[..., Site]) -> None:
    here = site(25)
    here.plan([change(1, title="同じ"), change(2, title="同じ")])
    assert answer(here, "apply", "--json", code=5) == NOTHING
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)])
    assert answer(here, "apply", "--json", "--yes", code=5) == NOTHING
    assert here.counted()["total"] == 0


def test_nothing_accepted_and_nothing_to_take_back_print_the_object_of_nothing(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, title="題名")])
    path = here.folder / "plan.toml"
    path.write_text(path.read_text("utf-8").replace("\naccept = true", "\naccept = false"), "utf-8")
    assert answer(here, "apply", "--json", code=0) == NOTHING
    here.plan([change(1, title="記事 1", tags=("b",))])
    here.sandbox.edit("esa", "update", number=1, fields={"tags": ["b"]})
    run = here.apply("--yes")["run"]
    assert answer(here, "undo", run, "--json", "--yes", code=0) == NOTHING


def test_a_system_that_refuses_the_token_prints_the_object_of_nothing(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(1)
    here.plan([change(1, title="題名")])
    monkeypatch.setenv("ESA_ACCESS_TOKEN", "")
    assert answer(here, "apply", "--json", "--yes", code=3) == NOTHING
    monkeypatch.setenv("ESA_ACCESS_TOKEN", here.sandbox.token)
    monkeypatch.setenv("ESA_API_BASE_URL", "http://127.0.0.1:9")
    found = answer(here, "apply", "--json", "--yes", code=3)
    assert (found["done"], found["failed"]) == (0, 0)


def test_without_a_workspace_the_object_is_printed(site: Callable[..., Site]) -> None:
    here = site(1)
    (here.folder / "kb.toml").unlink()
    shutil.rmtree(here.folder / ".kb")
    assert answer(here, "apply", "--json", code=2) == NOTHING


def stopped(monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException) -> None:
    """Let the write number `at`, counted from 0, end in an error instead of being sent."""
    exchange, sent = access.send_once, [0]

    def cut(wire: Any, call: Any, *rest: Any) -> Any:
        if call.method == "GET":
            return exchange(wire, call, *rest)
        sent[0] += 1
        if sent[0] > at:
            raise error
        return exchange(wire, call, *rest)

    monkeypatch.setattr(access, "send_once", cut)


@pytest.mark.parametrize("at", [0, 2])
def test_an_interrupted_run_names_itself_and_counts_what_it_did(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    here = site(4)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 5)])
    stopped(monkeypatch, at, KeyboardInterrupt())
    found = answer(here, "apply", "--json", "--yes", code=130)
    assert (here.folder / ".kb" / "runs" / f"{found['run']}.jsonl").is_file()
    assert found["done"] == at


def test_an_interruption_before_anything_began_prints_the_object_of_nothing(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(1)
    here.plan([change(1, title="題名")])

    def cut(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kb.execute.preflight.check.find_collisions", cut)
    assert answer(here, "apply", "--json", "--yes", code=130) == NOTHING


def test_a_bug_in_the_middle_of_a_run_hides_neither_the_run_nor_itself(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(3)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 4)])
    stopped(monkeypatch, 1, ZeroDivisionError("a bug"))
    found = answer(here, "apply", "--json", "--yes", code=3)
    assert (found["done"], found["run"] is None) == (1, False)
    assert "ZeroDivisionError" in here.said


def test_a_rehearsal_starts_no_run(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, title="題名")])
    found = answer(here, "apply", "--json", "--rehearse", code=0)
    assert (found["run"], found["done"], found["requests"] > 0) == (None, 1, True)


def test_what_was_overwritten_is_in_the_object_and_said_to_people(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(3)
    value = "hunter2Kq9" + "Zw81"

    def race() -> None:
        fields = {"title": f"パスワード: {value}", "tags": ["急ぎ", "夜間"]}
        here.sandbox.edit("esa", "update", number=1, fields=fields)

    before_the_first_write(monkeypatch, race)
    here.plan([change(1, Verb.RETITLE, title="題名", tags=("b",))])
    found = answer(here, "apply", "--json", "--yes", code=4)
    fields = {each["field"]: each["value"] for each in found["overwritten"]}
    assert {each["target"] for each in found["overwritten"]} == {"esa:1"}
    assert fields["tags"] == ["急ぎ", "夜間"]
    assert fields["title"].startswith("パスワード: ")
    assert value not in json.dumps(found, ensure_ascii=False) + here.said
    assert "上書きしました" in here.said


def test_what_was_overwritten_is_said_without_json_too(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(2)
    before_the_first_write(
        monkeypatch, lambda: here.sandbox.edit("esa", "update", number=1, fields={"title": "ほかの人\u202eの題名"})
    )
    here.plan([change(1, Verb.RETITLE, title="題名")])
    here.kb("apply", "--yes", code=4)
    assert "（題名: ほかの人の題名）を上書きしました" in here.said


def before_the_first_write(monkeypatch: pytest.MonkeyPatch, work: Callable[[], Any]) -> None:
    """Let somebody do something just before the first write leaves."""
    exchange, todo = access.send_once, [work]

    def watched(wire: Any, call: Any, *rest: Any) -> Any:
        if call.method != "GET" and todo:
            todo.pop()()
        return exchange(wire, call, *rest)

    monkeypatch.setattr(access, "send_once", watched)


def test_a_word_that_only_looks_like_the_flag_prints_no_object(site: Callable[..., Site]) -> None:
    here = site(1)
    assert here.kb("apply", "--", "--json", code=2) == ""
    assert "{" not in here.kb("apply", "--json", "--help")
    assert '"run"' not in here.kb("search", "apply", "--json")


def test_an_object_that_nobody_reads_to_its_end_is_no_error(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(1)

    def closed(*_: Any, **__: Any) -> None:
        raise BrokenPipeError

    muted: list[bool] = []
    monkeypatch.setattr("kb.cli.exit.print", closed, raising=False)
    monkeypatch.setattr("kb.cli.exit._silence_stdout", lambda: muted.append(True))
    assert here.kb("apply", "none.toml", "--json", code=2) == ""
    assert muted == [True]


def test_a_second_interruption_while_the_first_is_written_down_keeps_the_figures(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(3)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 4)])
    write = RunJournal.write

    def cut(journal: RunJournal, what: str, **fields: Any) -> None:
        if what == "end":
            raise KeyboardInterrupt
        write(journal, what, **fields)

    monkeypatch.setattr(RunJournal, "write", cut)
    stopped(monkeypatch, 2, KeyboardInterrupt())
    found = answer(here, "apply", "--json", "--yes", code=130)
    assert (found["done"], found["run"] is None) == (2, False)


def test_what_nobody_decided_on_prints_the_object_of_nothing(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site(2)
    here.plan([change(1, title="題名")], decided=False)
    assert answer(here, "apply", "--json", code=5) == NOTHING
    assert answer(here, "apply", "--json", "--mails", "3", code=2) == NOTHING
    monkeypatch.setattr(sys, "stdin", Keyboard("n\n"))
    assert answer(here, "apply", "--json", code=1) == NOTHING
    assert here.counted()["total"] == 0
    monkeypatch.setattr(sys, "stdin", Keyboard("y\n"))
    assert answer(here, "apply", "--json", code=0)["done"] == 1
