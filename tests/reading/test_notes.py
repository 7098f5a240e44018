"""What notes on tickets say of the work, over wordings that were written down before the reader was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.reading.tickets.notes import note_says
from kb.reading.tickets.state import Says

NOTES = Path(__file__).parent / "notes"
NAMES = {"finished": Says.FINISHED, "still": Says.STILL, "thanks": Says.THANKS, "silent": Says.NOTHING}


def cases(batch: str) -> Iterator[tuple[Says, str]]:
    """Each note of a batch with what it says."""
    wanted = Says.NOTHING
    for line in (NOTES / f"{batch}.txt").read_text("utf-8").splitlines():
        if line.startswith("=== "):
            wanted = NAMES[line.removeprefix("=== ")]
        elif line and not line.startswith("# "):
            yield wanted, line.replace("\\n", "\n")


@pytest.mark.parametrize("batch", ["first", "second", "third"])
def test_notes_say_what_their_writers_meant(batch: str) -> None:
    wrong = [
        f"{wanted} is read as {found}: {note!r}"
        for wanted, note in cases(batch)
        if (found := note_says(note)) is not wanted and (wanted, found) != (Says.NOTHING, Says.DEED)
    ]
    assert wrong == []


@pytest.mark.parametrize("batch", ["first", "second", "third"])
def test_half_of_a_batch_says_neither(batch: str) -> None:
    told = [wanted for wanted, _ in cases(batch)]
    assert len(told) >= 60
    assert sum(wanted in (Says.NOTHING, Says.THANKS) for wanted in told) * 2 >= len(told) - 2


@pytest.mark.parametrize(
    ("note", "says"),
    [
        ("", Says.NOTHING),
        ("。", Says.NOTHING),
        ("発行しました。", Says.DEED),
        ("停止しました。ありがとうございました。", Says.DEED),
        ("発行しました。VPN は明日です。", Says.STILL),
        ("再発しました。\n原因を直し、対応完了しました。クローズします。", Says.FINISHED),
        ("完了しました。\n別の画面でまだ出ています。", Says.STILL),
        ("まだ出ます。\n\n佐藤さんは書きました:\n> 完了しました。", Says.STILL),
        ("Ｄｏｎｅ。", Says.FINISHED),
        ("ﾘﾘｰｽしました。", Says.FINISHED),
    ],
)
def test_a_note_is_read_as_a_whole(note: str, says: Says) -> None:
    assert note_says(note) is says


def test_a_long_log_is_read_in_no_time() -> None:
    """No pattern may take longer than the text: a pasted line of a hundred thousand signs has no end of sentence."""
    for piece in ("完了", "対応し", "が、", "まだ ", "(", "ありがとう", "a ", "#1 は"):
        assert note_says(piece * 40_000) in Says
