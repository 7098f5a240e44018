"""Keep and compare what was judged before anything is joined: what the whole team does decides some joins."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence

from kb.errors import StoreError
from kb.lint.cache.store import FindingsCache, JudgedDocument
from kb.lint.engine.ranges import MAX_RANGE, MirrorChanges
from kb.lint.engine.withheld import has_secret_name
from kb.model.page import PagePolicy
from kb.model.recurrence import Recurrence
from kb.recurrence.record import Answers, build_record
from kb.rules.judge import Judgement

MAX_HELD = MAX_RANGE
"""The most judgements held in memory from one pass over the mirror to the next."""


def keep_judged(kept: FindingsCache, new: Sequence[JudgedDocument], changes: MirrorChanges, made: int) -> None:
    """Keep judgements under the stamp `made`, to be joined. What cannot be kept stays to be judged.

    What must not be kept, since its name holds a secret or a rule crashed, is held up to `MAX_HELD` documents.
    """
    whole = [each for each in new if not each.judgement.crashes and not has_secret_name(each.judgement.entry)]
    try:
        if whole:
            kept.put_judged(whole, made)
    except StoreError:  # a full disk
        return
    done = {each.id for each in whole}
    rest = [each for each in new if each.id not in done][: MAX_HELD - len(changes.held)]
    changes.held.update((each.id, each) for each in rest)
    done.update(changes.held)
    changes.to_judge = array("q", (here for here in changes.to_judge if here not in done))
    changes.to_join = array("q", sorted({*changes.to_join, *done}))


def compare_given(judged: Iterable[Judgement], answers: Answers, policy: PagePolicy) -> Mapping[str, Recurrence]:
    """Return what each incident repeats, by its document. Those in the mirror are not among them."""
    from kb.recurrence.find import find_recurrences
    from linters.incident.measures import is_marked_done
    from linters.incident.places import is_in_done_place

    entries = (judgement.entry for judgement in judged if judgement.entry.is_incident)
    records = (
        build_record(entry, marked_done=is_marked_done(entry) or is_in_done_place(entry, policy)) for entry in entries
    )
    return find_recurrences((record for record in records if record is not None), answers)


def plans_measures(kept: FindingsCache, gone: Collection[int] = ()) -> bool:
    """Return whether a fair share of the open measures has an owner and a due date, on all pages but those `gone`."""
    from linters.incident.measures import PLANNED_SHARE  # with the rules, which every survey loads

    open_ones, planned = kept.count_measures(gone)
    return planned >= PLANNED_SHARE * open_ones
