"""Whether what a run tells of its targets is what came of them: the journal's words, the figures, the exit code."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from torture_kit.changes_book import Write, tupled
from torture_kit.changes_truth import Row, Values, same

if TYPE_CHECKING:
    from torture_kit.changes_referee import Referee

CAME = ("done", "same", "stale", "skipped", "failed")
TRIES = 3
IN_A_ROW = 3
CHANGE, FINDINGS, INTERRUPTED, SOURCE, REFUSED = 4, 1, 130, 3, 5


def judge(referee: Referee, entry: Row) -> None:
    """One word of the journal about one target."""
    target, what = entry["target"], entry["what"]
    ids = tuple(entry.get("changes", ()))
    if what == "limited":
        _limited(referee, target)
    elif unknown := [each for each in ids if not _known(referee, target, each, ids)]:
        referee.complain(f"{target}: {what} was said of {unknown}, which nobody decided")
    else:
        {"done": _done, "same": _same, "stale": _stale, "skipped": _skipped, "failed": _failed}[what](
            referee, target, ids, entry
        )
        for each in ids:
            referee.book.told[each] = what
            referee.told.add(each)
    referee.intents.pop(target, None)
    referee.book.open.discard(target)


def _known(referee: Referee, target: str, identity: str, ids: tuple[str, ...]) -> bool:
    return identity in referee.book.decisions or target in referee.strays or _cut(referee, target, ids) is not None


def _cut(referee: Referee, target: str, ids: tuple[str, ...]) -> Write | None:
    """The write to a target of which nothing was told yet."""
    found = [each for each in referee.book.writes if each.target == target and not each.told]
    return next((each for each in found if set(each.identities) == set(ids)), None)


def _limited(referee: Referee, target: str) -> None:
    _moved_on(referee, target)
    if any(each.target == target and not each.told for each in referee.book.writes):
        referee.complain(f"{target}: the journal says that nothing came of a request which was taken")
    elif target not in referee.book.open:
        referee.complain(f"{target}: the journal says that nothing came of a request which was never sent")


def _moved_on(referee: Referee, target: str) -> None:
    """A post that moved with its category, and on again before a killed run could tell: nothing names kb there."""
    look = referee.last_look(target)
    for write in referee.book.cut():
        moved = write.target == target and write.way == "move" and look is not None and look.values is not None
        if moved and look.values["category"] != write.after["category"]:
            write.became = look.values
            referee.book.tell(write, "failed")
            referee.counts.seen["posts of a moved category that others moved on before it was told"] += 1


def _done(referee: Referee, target: str, ids: tuple[str, ...], entry: Row) -> None:
    write = _cut(referee, target, () if target in referee.strays else ids)
    if write is None:
        referee.complain(f"{target}: told as done, and nothing was sent")
        return
    if target in referee.strays:
        referee.book.tell(write, "done")
        if not entry.get("crossed"):
            referee.complain(f"{target}: went along with a category, and nothing was said of it")
        return
    took = write.took
    _stands_as_sent(referee, write, entry)
    lost, expected = tupled(entry.get("overwritten", {})), write.overwritten if write.crossed else {}
    if write.crossed and not lost and not referee.there(target):
        expected = {}  # whose post is gone by then has no past that could be read
    unseen = write.way == "put" and not expected  # within one second of the last edit before the look
    if write.crossed and not entry.get("crossed") and not unseen:
        referee.complain(f"{target}: somebody came in between, and nothing was said of it")
    elif lost.keys() != expected.keys() or any(not same(key, lost[key], expected[key]) for key in lost):
        referee.complain(f"{target}: {lost} is said to be overwritten, {expected} was")
    elif write.crossed and entry.get("crossed"):
        referee.counts.seen["edits inside the window that were detected"] += 1
    elif entry.get("crossed") and write.answered:
        referee.complain(f"{target}: somebody is said to have come in between, and nobody did")
    if write.overwritten and not write.crossed and not lost:
        referee.counts.seen["values that nobody could see"] += 1
    write.lost = lost
    write.theirs = frozenset(entry.get("theirs", ()))
    referee.counts.seen["values that somebody had set alike"] += len(write.theirs)
    if wrong := sorted(write.theirs & took.keys()):
        referee.complain(f"{target}: {wrong} is said to be set by others, and it was kb who set it")
    referee.book.tell(write, "done")


def _stands_as_sent(referee: Referee, write: Write, entry: Row) -> None:
    """Whether what is told as done is: a post by the answer, a ticket by what it was when it was read back."""
    now: Values | None = write.became
    if write.way == "put":
        look, tried = referee.reads.get(write.target), referee.attempts.get(write.target)
        if look is None or (tried and look.seq < tried[-1].seq):
            referee.complain(f"{write.target}: told as done, and nobody had read it back")
            return
        if entry.get("why"):
            referee.counts.seen["edits just after a write that were told"] += 1
            if all(same(key, value, (look.values or {})[key]) for key, value in write.after.items()):
                referee.complain(f"{write.target}: somebody is said to have changed it after that, and nobody did")
            return
        now = look.values
    if now is None or any(not same(key, value, now[key]) for key, value in write.after.items()):
        referee.complain(f"{write.target}: told as done, {write.after} was sent and {now} stands there")
    elif write.way == "put":
        write.became = now


def _same(referee: Referee, target: str, ids: tuple[str, ...], entry: Row) -> None:
    look, write = referee.looks.get(target), _cut(referee, target, ids)
    if write is not None and write.way == "put" and not write.took and not write.again:
        referee.counts.seen["writes that somebody else had made already"] += 1
        referee.book.tell(write, "same")
        return
    if write is not None:
        referee.complain(f"{target}: told as standing there already, and it was kb who sent it")
    tried = referee.attempts.get(target)
    if tried and tried[-1].noop:
        referee.counts.seen["writes that somebody else had made already"] += 1
    elif look is None or look.values is None:
        referee.complain(f"{target}: told as standing there already, and nobody looked")
    elif not all(referee.book.decisions[each].stands(look.values) for each in ids):
        referee.complain(f"{target}: told as standing there already, and it stands as {look.values}")


def _stale(referee: Referee, target: str, ids: tuple[str, ...], entry: Row) -> None:
    look = referee.last_look(target)
    _moved_on(referee, target)
    if _cut(referee, target, ids):
        referee.complain(f"{target}: told as changed by others, and kb had sent it")
    if look is None or look.values is None:
        referee.complain(f"{target}: told as changed by others, and nobody looked")
        return
    for each in ids:
        closes = target.startswith("redmine:") and referee.unforeseen(target)
        decision = referee.book.decisions[each]
        if referee.contradicted(decision):
            referee.counts.seen[f"changes that an edited text spoke against ({decision.kind})"] += 1
        elif not decision.touched(look.values) and not closes:
            referee.complain(
                f"{target}: told as changed by others, and nobody had changed {referee.book.decisions[each]}"
            )


def _skipped(referee: Referee, target: str, ids: tuple[str, ...], entry: Row) -> None:
    look, tried = referee.looks.get(target), referee.attempts.get(target)
    write = _cut(referee, target, ids)
    gone = look is not None and look.values is None
    names = referee.mixed and entry.get("why") and not (tried and tried[-1].write)
    if not gone and not names and not (tried and tried[-1].status in (404, 409) and not tried[-1].taken):
        referee.complain(f"{target}: told as skipped, for no reason")
    if write is not None:
        referee.book.tell(write, "skipped")
        referee.counts.seen["posts that were gone before it was told that they were written to"] += 1


def _failed(referee: Referee, target: str, ids: tuple[str, ...], entry: Row) -> None:
    tried = referee.attempts.get(target, [])
    write = _cut(referee, target, ids)
    if write is not None:
        look = referee.reads.get(target) if write.way == "put" else referee.last_look(target)
        if write.way in ("put", "move") and look is not None and look.values is not None:
            write.became = look.values  # such an answer says nothing: what stands when it is read back counts
        if all(same(key, value, write.became[key]) for key, value in write.after.items()):
            referee.complain(f"{target}: told as failed, and it was done")
        write.lost = tupled(entry.get("overwritten", {}))
        referee.book.tell(write, "failed")
        referee.counts.seen["writes that did something else than they should"] += 1
        return
    if target in referee.strays:
        return  # somebody had put it elsewhere in the category that was moved
    untaken = [each for each in tried if not each.taken]
    refused = bool(tried) and tried[-1].status is not None and 400 <= tried[-1].status < 500
    if len(untaken) < TRIES and not refused:
        referee.complain(f"{target}: told as failed, for no reason")


def finish(referee: Referee, out: str, err: str, *, as_json: bool) -> None:
    """The end of a call that was not killed: nothing is left untold, and the figures are true."""
    words = [entry for entry in referee.entries if entry["what"] in CAME]
    how = next((entry["how"] for entry in referee.entries if entry["what"] == "end"), "")
    told = {each for entry in words for each in entry.get("changes", ())}
    counts = Counter(entry["what"] for entry in words)
    for write in referee.undone.cut() if referee.undone else ():
        referee.complain(f"{write.target}: was written to in the run that is taken back, and nothing was told of it")
    if how == "finished":
        left = [each for each in referee.decisions.values() if each.identity not in told and each.sets]
        left = [each for each in left if not referee.book.finished(each.identity)]
        for each in left:
            referee.complain(f"{each.target}: nothing was told of {each}")
        for write in referee.book.cut():
            if write.target in referee.strays and not referee.stands(write):
                continue  # it went along, and elsewhere before anybody could see that
            referee.complain(f"{write.target}: was written to, and nothing was told of it")
    _ended(referee, how, counts, words)
    if "予期しない" in err:
        referee.complain(f"it crashed: {err[-1500:]}")
    if how in ("", "broken") or referee.endings:
        return  # whoever presses Ctrl-C between an entry and its figure gets one less
    if as_json and out:
        figures = json.loads(out)
        expected = {
            "done": counts["done"], "skipped": counts["skipped"] + counts["same"], "stale": counts["stale"],
            "failed": counts["failed"],
        }  # fmt: skip
        if {key: figures[key] for key in expected} != expected or figures["run"] != referee.book.name:
            referee.complain(f"the figures are {figures}, the journal says {expected}")
    for entry in words:
        if entry.get("crossed") and f"- {entry['target']} " not in err:
            referee.complain(f"{entry['target']}: nobody is told that somebody came in between:\n{err}")


def _ended(referee: Referee, how: str, counts: Counter[str], words: list[Row]) -> None:
    hows = {each["how"] for each in referee.endings}
    late = any(each["how"] == "interrupt" for each in referee.late)
    overwritten = any(entry.get("overwritten") for entry in words)
    wrong = counts["failed"] or counts["stale"] or counts["skipped"] or overwritten or how == "failing"
    code = CHANGE if wrong else 0
    if how == "failing" and [entry["what"] for entry in words if entry["what"] != "same"][-IN_A_ROW:] != ["failed"] * 3:
        referee.complain(f"it stopped after failures that were none: {[entry['what'] for entry in words]}")
    if how == "paused":
        code = max(code, FINDINGS)
    if how == "interrupted":
        code = INTERRUPTED
        if "interrupt" not in hows:
            referee.complain("it was interrupted by nobody")
    if how == "broken":
        referee.counts.seen["runs that broke off"] += 1
        if "full" not in hows and not referee.breaks:
            referee.complain("it broke off for no reason")
    elif how and referee.code != (INTERRUPTED if late else code):
        referee.complain(f"it ended with {referee.code}, and {code} was due ({how}, {dict(counts)})")
