"""What notes on tickets say of the work, over wordings that were written down before the reader was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.reading.tickets.notes import classify_note, is_confirmation
from kb.reading.tickets.state import NoteMeaning

NOTES = Path(__file__).parent / "notes"
NAMES = {
    "finished": NoteMeaning.FINISHED,
    "still": NoteMeaning.STILL,
    "thanks": NoteMeaning.THANKS,
    "silent": NoteMeaning.NOTHING,
}


def cases(batch: str) -> Iterator[tuple[NoteMeaning, str]]:
    """Each note of a batch with what it says."""
    wanted = NoteMeaning.NOTHING
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
        if (found := classify_note(note)) is not wanted and (wanted, found) != (NoteMeaning.NOTHING, NoteMeaning.DEED)
    ]
    assert wrong == []


def test_a_reporter_confirms_a_fix_with_nothing_against_it() -> None:
    wrong, wanted = [], False
    for line in (NOTES / "confirmed.txt").read_text("utf-8").splitlines()[1:]:
        if line.startswith("=== "):
            wanted = line == "=== confirmed"
        elif (is_confirmation(line) or (wanted and classify_note(line) is NoteMeaning.FINISHED)) is not wanted:
            wrong.append(line)
    assert wrong == []


@pytest.mark.parametrize("batch", ["first", "second", "third"])
def test_half_of_a_batch_says_neither(batch: str) -> None:
    told = [wanted for wanted, _ in cases(batch)]
    assert len(told) >= 60
    assert sum(wanted in (NoteMeaning.NOTHING, NoteMeaning.THANKS) for wanted in told) * 2 >= len(told) - 2


@pytest.mark.parametrize(
    ("note", "says"),
    [
        ("", NoteMeaning.NOTHING),
        ("。", NoteMeaning.NOTHING),
        ("発行しました。", NoteMeaning.DEED),
        ("停止しました。ありがとうございました。", NoteMeaning.DEED),
        ("発行しました。VPN は明日です。", NoteMeaning.STILL),
        ("再発しました。\n原因を直し、対応完了しました。クローズします。", NoteMeaning.FINISHED),
        ("完了しました。\n別の画面でまだ出ています。", NoteMeaning.STILL),
        ("まだ出ます。\n\n佐藤さんは書きました:\n> 完了しました。", NoteMeaning.STILL),
        ("Ｄｏｎｅ。", NoteMeaning.FINISHED),
        ("ﾘﾘｰｽしました。", NoteMeaning.FINISHED),
    ],
)
def test_a_note_is_read_as_a_whole(note: str, says: NoteMeaning) -> None:
    assert classify_note(note) is says


def test_a_long_log_is_read_in_no_time() -> None:
    """No pattern may take longer than the text: a pasted line of a hundred thousand signs has no end of sentence."""
    for piece in ("完了", "対応し", "が、", "まだ ", "(", "ありがとう", "a ", "#1 は"):
        assert classify_note(piece * 40_000) in NoteMeaning
