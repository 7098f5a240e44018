#!/usr/bin/env python3
"""Runs `kb apply`, `kb undo` and `kb sync` in processes of their own, and lets things happen to them at exact points.

A line of JSON on standard input is one order, a line on standard output says how it ended. Each order
is carried out by a fork of this process, which has imported everything already; so a run costs some
hundredths of a second, and `kill -9` is a real one. What a run does and what happens to it is written
to a trace, a line at once: it outlives the kill.

    requests   sent and answered (torture_kit.changes_referee knows what they mean)
    entries    of the journal, once they are on the disk
    edits      by others, made just before a request leaves, just after its answer, or while kb waits
    waits      which take no time here: the run's clock and the sandbox's move on instead

What happens, and when, stands in the order: `Happening` of torture_kit.changes_orders.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import io
import json
import os
import random
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

import httpx  # noqa: E402, F401 - imported before the fork, like all that follows
import redminelib  # noqa: E402, F401
from torture_kit import mutants_of_apply  # noqa: E402

import kb.cli.app  # noqa: E402
import kb.commands.change.apply  # noqa: E402
import kb.commands.change.undo  # noqa: E402
import kb.commands.weekly.sync  # noqa: E402
import kb.execute.apply  # noqa: E402
import kb.sources.esa.client  # noqa: E402
import kb.sources.redmine.engine  # noqa: E402
import kb.sources.sync  # noqa: E402
import kb.sources.transport.access  # noqa: E402
from kb import files  # noqa: E402
from kb.execute import batch_move, engine  # noqa: E402
from kb.execute.journal.writer import RunJournal  # noqa: E402
from kb.files import store_error  # noqa: E402
from kb.sources.esa.remote import EsaRemote  # noqa: E402
from kb.sources.redmine.remote import RedmineRemote  # noqa: E402
from kb.sources.transport import connect  # noqa: E402
from kb.sources.transport.access import Access  # noqa: E402
from kb.sources.transport.call import Call  # noqa: E402
from kb.sources.transport.http import ExchangeFailed, send_once  # noqa: E402

Order = dict[str, Any]

LONGEST_S = 60
"""Seconds after which a run that does not end is ended."""


class Stage:
    """One run: its clock, its trace, and what is to happen to it."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.skipped = float(order["skipped"])
        self.ticks = 0
        self.places: list[str] = []
        self.counts: Counter[str] = Counter()
        self.full = False
        self._trace = os.open(order["trace"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._control = http.client.HTTPConnection(urlsplit(order["control"]).netloc)

    # -- what is told ----------------------------------------------------------------------------

    def tell(self, what: str, **values: Any) -> None:
        """One more line of the trace."""
        line = json.dumps({"t": what, "now": self.now(), **values}, ensure_ascii=False)
        os.write(self._trace, line.encode("utf-8", "surrogatepass") + b"\n")

    def control(self, method: str, name: str, body: Order) -> tuple[int, Any]:
        """One control request to the sandbox."""
        self._control.request(method, f"/_sandbox/{name}", json.dumps(body), {"Content-Type": "application/json"})
        answer = self._control.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    # -- time ------------------------------------------------------------------------------------

    def now(self) -> float:
        """The run's clock, in epoch seconds."""
        return float(self.order["epoch"]) + self.skipped

    def skip(self, seconds: float) -> None:
        """Let time pass at once, here and in the sandbox."""
        self.skipped += seconds
        self.control("POST", "clock", {"advance_s": seconds})

    def sleep(self, seconds: float) -> None:
        """What kb takes for a wait."""
        self.counts["wait"] += 1
        self.tell("wait", seconds=seconds)
        self.skip(seconds)
        self.happen("wait", self.counts["wait"], "before", 0)

    # -- what happens ----------------------------------------------------------------------------

    def happening(self, on: str, number: int) -> Order | None:
        """What is to happen at the nth of something."""
        found: list[Order] = [each for each in self.order["happenings"] if (each["on"], each["nth"]) == (on, number)]
        return found[0] if found else None

    def happen(self, on: str, number: int, when: str, this: int) -> None:
        """Make the edits that belong here. `this` is the target of the request."""
        for edit in (self.happening(on, number) or {}).get(when, ()):
            self.edit(edit, this)

    def edit(self, edit: Order, this: int) -> None:
        """One edit by somebody else."""
        number = edit["number"] or this
        if not number and edit["action"] != "rename-category":
            return
        fields = {key: value.format(n=number) if key == "title" else value for key, value in edit["fields"].items()}
        order = {**edit, "fields": fields}
        order[("id" if edit["system"] == "redmine" else "number")] = number
        if edit["system"] == "redmine":
            del order["number"]
        status, _ = self.control("POST", "edit", order)
        self.tell("edit", order={**order, "number": number}, made=status == 200)

    def tick(self, place: str, half: Callable[[], None] | None = None) -> None:
        """A point at which a run may end: by kill -9, by Ctrl-C, or because the disk is full."""
        self.ticks += 1
        self.places.append(place)
        for end in self.order["ends"]:
            if self.ticks != end["tick"]:
                continue
            self.tell("ending", how=end["how"], place=place)
            if end["how"] == "interrupt":
                os.kill(os.getpid(), signal.SIGINT)
                continue
            if half is not None:
                half()
            if end["how"] == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            self.full = True

    def last_tick(self, place: str) -> None:
        """The same where the run is over in all but name: only kill -9 can meet it there."""
        if all(end["how"] == "kill" for end in self.order["ends"]):
            self.tick(place)

    # -- the way out -----------------------------------------------------------------------------

    def exchange(self, wire: Any, call: Call, secret: Any, host: str) -> Any:
        """kb.sources.transport.http.send_once, with all that happens around it."""
        url = urlsplit(call.url)
        path, system = unquote(url.path), "redmine" if "/redmine/" in url.path else "esa"
        on = "read" if call.method == "GET" else "write"
        self.counts[on] += 1
        number = self.counts[on]
        this = next((int(part) for part in path.removesuffix(".json").split("/") if part.isdigit()), 0)
        happening = self.happening(on, number)
        self.tick("before a request")
        self.happen(on, number, "before", this)
        fault = happening["fault"] if happening else None
        if fault:
            status, _ = self.control("POST", "faults", {"system": system, "times": 1, "method": call.method, **fault})
            assert status == 200, fault
        body = json.loads(call.body) if call.body else None
        self.tell(
            "send", system=system, method=call.method, path=path, query=unquote(url.query.replace("+", " ")),
            body=body, fault=fault, nth=number,
        )  # fmt: skip
        try:
            answer = send_once(wire, call, secret, host)
        except ExchangeFailed:
            self.tell("lost", on=on)
            self.happen(on, number, "after", this)
            self.tick("after a request")
            raise
        self.tell("got", on=on, status=answer.status)
        self.happen(on, number, "after", this)
        if happening and happening["jump"]:
            self.skip(happening["jump"])
            self.tell("jump", seconds=happening["jump"])
        self.tick("after a request")
        return answer


def carry_out(order: Order) -> None:
    """One order, in a process of its own."""
    os.chdir(order["folder"])
    os.environ.update(order["environment"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.alarm(LONGEST_S)
    random.seed(1)
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    stage = Stage(order)
    set_stage(stage)
    mutants_of_apply.put_on(order["mutant"])
    code = kb.cli.app.run(order["argv"])
    stage.last_tick("before the process ends")
    stage.tell("exit", code=code, ticks=stage.ticks, **({"places": stage.places} if order["keeps"] else {}))
    sys.stdout.flush()
    sys.stderr.flush()


def set_stage(stage: Stage) -> None:
    """Let the run's requests, entries and waits pass over the stage."""

    class Told(RunJournal):
        def write(self, what: str, **values: object) -> None:
            def half() -> None:
                text = json.dumps({"what": what, **values}, ensure_ascii=False).encode()
                os.write(self._handle, text[: len(text) * 2 // 3])

            stage.tick("before an entry")
            stage.tick("in an entry", half)
            if stage.full:
                raise store_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), self.path)
            super().write(what, **values)
            stage.tell("entry", run=self.run, entry={"what": what, **values})
            stage.tick("after an entry")

    checked = kb.execute.apply.check_plan

    def told_checked(workspace: Any, mirror: Any, plan: Any, **how: Any) -> Any:
        rows = [
            {"identity": e.identity, "target": e.target, "before": dict(e.before), "after": dict(e.after),
             "kind": e.kind.value, "along": list(e.along), "revision": e.seen.revision}
            for e in plan.accepted
        ]  # fmt: skip
        stage.tell("plan", changes=rows)
        return checked(workspace, mirror, plan, **how)

    replace = files.replace_text

    def told_replace(path: Path, text: str) -> None:
        stage.last_tick("before the receipt")
        replace(path, text)
        stage.last_tick("after the receipt")

    order = stage.order
    files.replace_text = told_replace
    for remote in (EsaRemote, RedmineRemote) if order["keeps"] else ():
        remote.keep = _watched(stage, remote.keep)  # type: ignore[attr-defined]
    kb.execute.apply.check_plan = told_checked
    kb.execute.apply.utc_now = lambda: datetime.fromtimestamp(stage.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kb.execute.apply.RunJournal = Told  # type: ignore[misc]
    kb.sources.transport.access.send_once = stage.exchange
    connect.Access = partial(Access, clock=stage.now, sleep=stage.sleep)  # type: ignore[misc, assignment]
    EsaRemote.at_once = RedmineRemote.at_once = order["at_once"]
    engine.CANARY_THRESHOLD = order["many"]
    assert batch_move.__name__


def _watched(stage: Stage, keep: Callable[..., None]) -> Callable[..., None]:
    """What lets the mirror know, between two points at which a run may end."""

    def watched(*given: Any) -> None:
        stage.tick("before the mirror knows")
        keep(*given)
        stage.tick("after the mirror knows")

    return watched


def warm(order: Order) -> None:
    """Run a command in this very process, so that its forks find all imported and compiled."""
    os.chdir(order["folder"])
    os.environ.update(order["environment"])
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        kb.cli.app.run(order["argv"])


def main() -> None:
    """Carry out what is asked for, until nothing more is."""
    for line in sys.stdin:
        order = json.loads(line)
        if order["warm"]:
            warm(order)
        child = os.fork()
        if not child:
            code = 1
            try:
                carry_out(order)
                code = 0
            except BaseException:
                os.write(2, traceback.format_exc().encode())
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        sys.stdout.write(json.dumps({"code": code}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
