"""A disk that is full from some moment of an apply on: what was sent, what is on record, how to go on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import pytest
from changes.site import Site, change

from kb.errors import StoreError
from kb.sources.esa.remote import EsaRemote
from kb.text.lang import t

COUNT = 4
NOTHING = "今回は何も送っていません"
NO_MORE = "ここから先は何も送っていません。続きから始めるには: kb apply plan.toml"
UNKNOWN = "esa:3 は送りかけで止まり、結果が記録にありません"


@pytest.mark.parametrize(
    ("entry", "target", "sent", "says"),
    [
        ("run", "", 0, [NOTHING]),
        ("read", "", 0, [NOTHING]),
        ("intend", "esa:1", 0, [NOTHING]),
        ("intend", "esa:4", 3, [NO_MORE]),
        ("done", "esa:3", 3, [NO_MORE, UNKNOWN]),
        ("end", "", 4, [NO_MORE]),
    ],
)
def test_a_full_disk_tells_what_was_sent_and_that_nothing_more_was_begun(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, entry: str, target: str, sent: int, says: list[str]
) -> None:
    here = site(COUNT)
    here.plan([change(n, title=f"題名 {n}") for n in range(1, COUNT + 1)])
    real, is_full = os.write, False

    def write(handle: int, data: bytes) -> int:
        nonlocal is_full
        is_full |= f'"what":"{entry}"'.encode() in data and target.encode() in data
        if is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        told = here.kb("apply", "plan.toml", code=3) + here.said
    assert sum(here.post(n)["name"].startswith("題名") for n in range(1, COUNT + 1)) == sent
    told = "".join(told.split("\n"))
    assert [each for each in (*says, "ディスクがいっぱいで", "空きと権限を確かめてから") if each not in told] == []
    assert (UNKNOWN in told) is (UNKNOWN in says)
    here.apply()
    assert {(here.post(n)["name"], here.seen(n)["revision_number"]) for n in range(1, COUNT + 1)} == {
        (f"題名 {n}", 2) for n in range(1, COUNT + 1)
    }


def test_a_mirror_without_room_loses_no_record(site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    here = site(COUNT)
    here.plan([change(n, title=f"題名 {n}") for n in range(1, COUNT + 1)])

    def full(*_: object) -> None:
        raise StoreError(t("ディスクがいっぱいです。", "the disk is full."))

    with monkeypatch.context() as patch:
        patch.setattr(EsaRemote, "keep", full)
        assert here.apply()["done"] == COUNT
    assert f"送った {COUNT} 件は手元の写しにまだありません" in here.said.replace("\n", "")
