"""Keep what was judged before anything is joined: what the whole team does decides some joins."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence

from kb.errors import StoreError
from kb.lint.cache.store import FindingsCache, JudgedDocument
from kb.lint.engine.ranges import MirrorChanges
from kb.lint.engine.withheld import has_secret_name


def keep_judged(kept: FindingsCache, new: Sequence[JudgedDocument], changes: MirrorChanges, made: int) -> None:
    """Keep judgements under the stamp `made`, to be joined. What cannot be kept stays to be judged."""
    whole = [each for each in new if not each.judgement.crashes and not has_secret_name(each.judgement.entry)]
    if not whole:
        return
    try:
        kept.put_judged(whole, made)
    except StoreError:  # a full disk
        return
    done = {each.id for each in whole}
    changes.to_judge = array("q", (here for here in changes.to_judge if here not in done))
    changes.to_join = array("q", sorted({*changes.to_join, *done}))


def plans_measures(kept: FindingsCache, gone: Collection[int] = ()) -> bool:
    """Return whether a fair share of the open measures has an owner and a due date, on all pages but those `gone`."""
    from linters.incident.measures import PLANNED_SHARE  # with the rules, which every survey loads

    open_ones, planned = kept.count_measures(gone)
    return planned >= PLANNED_SHARE * open_ones
