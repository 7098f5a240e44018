"""The groups of a plan, and bundles of groups that are decided on together."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from kb.model.plan import KEY_LABELS, Change, ChangeKey, Plan, Value, digest_group
from kb.plan.sections.numbers import describe_number
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

MAX_QUESTIONS = 30
"""Groups beyond which they are bundled."""

_TO, _WHY = " → ", ": "

Group = tuple[str, tuple[Change, ...]]
GroupKey = Callable[[Sequence[Group]], tuple[Hashable, ...]]


@dataclass(frozen=True, slots=True)
class GroupBundle:
    """Groups that are decided on together, each with its changes. `decided`: all are reviewed."""

    groups: tuple[Group, ...]
    decided: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the groups in the plan."""
        return tuple(name for name, _ in self.groups)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes of the groups."""
        return tuple(each for _, changes in self.groups for each in changes)

    @property
    def label(self) -> str:
        """The name of the group, or what the groups have in common."""
        if len(self.groups) == 1:
            return self.names[0]
        return str(_name_bundle(self.names))


def is_owned(changes: Sequence[Change]) -> bool:
    """Whether all of these are for their owners to decide on, and nobody else."""
    return all(each.owner for each in changes)


def list_acceptable(changes: Sequence[Change]) -> list[Change]:
    """Return the changes that accepting a group sends: those turned on, else all that are not for owners to decide."""
    return [each for each in changes if each.accept] or [each for each in changes if not each.owner]


def count_owned(plan: Plan) -> tuple[int, int]:
    """Return how many changes wait for their owners, and how many those are."""
    waiting = [each for each in plan.changes if each.owner and not (each.accept or each.decided)]
    return len(waiting), len({each.owner for each in waiting})


def bundle_groups(plan: Plan, most: int = MAX_QUESTIONS) -> list[GroupBundle]:
    """Return the groups of a plan; more than `most` are bundled by destination, reason or verb.

    Reviewed groups, and those kb was unsure of (nothing accepted), are never bundled with others. What is for its
    owners to decide on is none of them.
    """
    found: list[Sequence[Group]] = [[group] for group in plan.groups() if not is_owned(group[1])]
    for key in (_key_by_destination, _key_by_top, _key_by_reason, _system_and_verb):
        found = _join_groups(found, key, most)
    return [bundle for groups in found for bundle in _split_off_decided(groups, plan)]


def _join_groups(found: list[Sequence[Group]], key: GroupKey, most: int) -> list[Sequence[Group]]:
    """Join groups with the same key, the largest family first, until there are at most `most`."""
    families: dict[tuple[Hashable, ...], list[Sequence[Group]]] = {}
    for each in found:
        families.setdefault(key(each), []).append(each)
    joined: set[tuple[Hashable, ...]] = set()
    count = len(found)
    for name, family in sorted(families.items(), key=lambda one: -len(one[1])):
        if count > most and len(family) > 1:
            joined.add(name)
            count -= len(family) - 1
    made: list[Sequence[Group]] = []
    for each in found:
        name = key(each)
        if name not in joined:
            made.append(each)
        elif family := families.pop(name, []):
            made.append([group for one in family for group in one])
    return made


def _split_off_decided(groups: Sequence[Group], plan: Plan) -> Iterator[GroupBundle]:
    """Yield the bundles of a family, with reviewed and doubtful groups apart."""
    sorts: dict[tuple[bool, bool], list[Group]] = {}
    for name, changes in groups:
        decided = digest_group(name, changes) in plan.reviewed
        sorts.setdefault((decided, decided or any(each.accept for each in changes)), []).append((name, changes))
    yield from (GroupBundle(tuple(some), decided) for (decided, _), some in sorts.items())


def _key_by_destination(groups: Sequence[Group]) -> tuple[Hashable, ...]:
    """Return all behind the first arrow; a group without one stays alone."""
    name = groups[0][0]
    return *_system_and_verb(groups), name.partition(_TO)[2] or name


def _key_by_top(groups: Sequence[Group]) -> tuple[Hashable, ...]:
    """Return the top category of the destination, and the reason; a group without an arrow stays alone."""
    name = groups[0][0]
    return *_system_and_verb(groups), _top_of(name) or name, _reason_of(name)


def _top_of(name: str) -> str:
    """Return the top category a group leads to; "" where it leads to none."""
    return name.partition(_TO)[2].rpartition(_WHY)[0].partition("/")[0]


def _key_by_reason(groups: Sequence[Group]) -> tuple[Hashable, ...]:
    return *_system_and_verb(groups), _reason_of(groups[0][0])


def _system_and_verb(groups: Sequence[Group]) -> tuple[Hashable, ...]:
    """Return what is never mixed: system and verb."""
    first = groups[0][1][0]
    return first.source, first.kind


def _reason_of(name: str) -> str:
    tail = name.partition(_TO)[2]
    return tail.rpartition(_WHY)[2] or tail


def _name_bundle(names: Sequence[str]) -> Text:
    more = len(names) - 1
    source, _, tail = names[0].partition(_TO)
    if tail and all(each.partition(_TO)[2] == tail for each in names):
        return t(f"{source} ほか {more:,} か所 → {tail}", f"{source} and {more:,} more → {tail}")
    reason, top = _reason_of(names[0]), _top_of(names[0])
    if top and all(_top_of(each) == top and _reason_of(each) == reason for each in names):
        return t(f"{top} の {len(names):,} か所へ: {reason}", f"{len(names):,} places in {top}: {reason}")
    if reason and all(_reason_of(each) == reason for each in names):
        return t(f"{len(names):,} グループ: {reason}", f"{len(names):,} groups: {reason}")
    return t(f"{names[0]} ほか {more:,} グループ", f"{names[0]}, and {more:,} more groups")


_WORDS = compile_lazy(r"[A-Za-z0-9_]+|[ァ-ヴー]+|\s+|.", re.S)
_PARTS = compile_lazy(r"[^/]+|/")
_ALIKE = 0.5
"""Values less similar than this are shown whole: a patchwork of letters is unreadable."""

_NOTHING = t("（なし）", "(none)")


def diff_values(change: Change) -> Iterator[tuple[Text, str]]:
    """Yield the label of each key a change touches, and its word diff."""
    for key in ChangeKey:
        if key in change.after:
            label = KEY_LABELS[key]
            if key in (ChangeKey.LINK, ChangeKey.NUMBER, ChangeKey.MARK):
                label = t(f"{label.ja}（{change.seen.line:,} 行目）", f"{label.en} (line {change.seen.line:,})")
            if key is ChangeKey.NUMBER:
                words = [str(describe_number(str(each[key]))) for each in (change.before, change.after)]
                yield label, "".join((f"[-{words[0]}-]" if words[0] else "", f"{{+{words[1]}+}}" if words[1] else ""))
                continue
            if change.creates:
                yield label, f"{{+{change.after[key]}+}}" if change.after[key] else str(_NOTHING)
                continue
            yield label, mark_difference(key, change.before[key], change.after[key])


def mark_difference(key: ChangeKey, before: Value, after: Value) -> str:
    """Return a value's word diff on one line: `[-gone-]` and `{+new+}`, readable without colour."""
    if key is ChangeKey.NOTES and isinstance(before, tuple) and isinstance(after, tuple):
        return _diff_notes(before, after)
    if isinstance(before, tuple) and isinstance(after, tuple):
        return _diff_tags(before, after)
    if isinstance(before, bool) and isinstance(after, bool):
        return _diff_word(*(str(name_flag(key, each)) for each in (before, after)))
    return (
        _diff_word(str(before), str(after))
        if key in (ChangeKey.STATUS, ChangeKey.ASSIGNEE)
        else _diff_texts(key, before, after)
    )


def name_flag(key: str, value: bool) -> Text:
    """Return what people call the two values of a key that has no others."""
    if key == ChangeKey.PRIVATE:
        return t("プライベート", "private") if value else t("公開", "public")
    return t("書きかけ", "WIP") if value else t("公開", "shipped")


def _diff_notes(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """Return the diff of who may read some notes, note by note."""
    stood = dict(each.partition(" ")[::2] for each in before)
    wanted = (each.partition(" ")[::2] for each in after)
    named = {word: str(name_flag(ChangeKey.PRIVATE, word == "private")) for word in ("private", "public")}
    return " ".join(
        f"#{number} {_diff_word(named.get(stood.get(number, ''), ''), named.get(word, word))}"
        for number, word in wanted
    )


def _diff_tags(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    gone = [f"[-#{each}-]" for each in before if each not in after]
    come = [f"{{+#{each}+}}" for each in after if each not in before]
    stay = [f"#{each}" for each in before if each in after]
    return " ".join((*stay, *gone, *come)) or str(_NOTHING)


def _diff_word(before: str, after: str) -> str:
    """Return the diff of a value that is one word."""
    if before == after:
        return before or str(_NOTHING)
    return f"[-{before or _NOTHING}-] → {{+{after or _NOTHING}+}}"


def _diff_texts(key: ChangeKey, before: Value, after: Value) -> str:
    pattern = _PARTS if key is ChangeKey.CATEGORY else _WORDS
    old, new = pattern.findall(str(before)), pattern.findall(str(after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    alike = matcher.ratio()
    if before == after or not alike or (alike < _ALIKE and key is not ChangeKey.CATEGORY):
        return _diff_word(str(before), str(after))
    pieces = []
    for what, start, end, other_start, other_end in matcher.get_opcodes():
        gone, come = "".join(old[start:end]), "".join(new[other_start:other_end])
        if what == "equal":
            pieces.append(gone)
        else:
            pieces.append((f"[-{gone}-]" if gone else "") + (f"{{+{come}+}}" if come else ""))
    return "".join(pieces)
