"""Edits by others between kb's last look and its write: none is lost without a word, whatever became of the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from changes.site import Site, change

from kb.model.plan import Verb
from kb.sources.transport import access


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets somebody do something just before the first write leaves, and just after it was answered, or was not."""

    def arm(*, before: Callable[[], Any] = lambda: None, after: Callable[[], Any] = lambda: None) -> None:
        exchange, todo = access.send_once, [before, after]

        def watched(wire: Any, call: Any, *rest: Any) -> Any:
            if call.method == "GET" or not todo:
                return exchange(wire, call, *rest)
            first, second = todo
            todo.clear()
            first()
            try:
                return exchange(wire, call, *rest)
            finally:
                second()

        monkeypatch.setattr(access, "send_once", watched)

    return arm


def edit(here: Site, **fields: object) -> Callable[[], Any]:
    """An edit of post 1 by somebody else."""
    return lambda: here.sandbox.edit("esa", "update", number=1, fields=fields)


def done(here: Site, run: str) -> dict[str, Any]:
    """What the journal tells of post 1 when it was done."""
    return next(each for each in here.journal(run) if each["what"] == "done")


@pytest.mark.parametrize("fault", [None, "reset-after", "truncate"])
def test_an_overwritten_value_is_in_the_journal_and_comes_back_with_undo(
    site: Callable[..., Site], around: Callable[..., None], fault: str | None
) -> None:
    here = site(2)
    here.plan([change(1, Verb.RETITLE, title="題名")])
    around(before=edit(here, title="ほかの人の題名"), after=edit(here, body="追記") if fault else lambda: None)
    if fault:
        here.sandbox.fault(system="esa", kind=fault, times=1, method="PATCH")
    figures = here.apply(code=4)
    entry = done(here, figures["run"])
    assert (entry["crossed"], entry["overwritten"]) == (True, {"title": "ほかの人の題名"})
    here.undo(figures["run"])
    assert here.post(1)["name"] == "ほかの人の題名"


def test_an_edit_elsewhere_in_the_window_is_told_and_overwrites_nothing(
    site: Callable[..., Site], around: Callable[..., None]
) -> None:
    here = site(2)
    here.plan([change(1, Verb.RETITLE, title="題名")])
    around(before=edit(here, body="ほかの人の本文"))
    here.kb("apply", "plan.toml")
    assert "esa:1" in here.said
    assert (here.post(1)["body_md"], here.post(1)["name"]) == ("ほかの人の本文", "題名")


def test_what_somebody_else_set_just_before_is_theirs_where_esa_makes_nothing_of_it(
    site: Callable[..., Site], around: Callable[..., None]
) -> None:
    here = site(2)
    here.sandbox.toggles(system="esa", noop_revises=False)
    here.plan([change(1, Verb.RETITLE, title="題名")])
    around(before=edit(here, title="題名"))
    figures = here.apply()
    assert (figures["done"], figures["skipped"]) == (0, 1)
    assert "元に戻すものがありません" in here.kb("undo", figures["run"], "--yes")
    assert here.post(1)["name"] == "題名"
