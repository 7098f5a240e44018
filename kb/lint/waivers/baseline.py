"""Parse, match and update kb-baseline.toml: findings a team started with, identified by content, not by line.

    format = 1
    until = "2027-02-28"

    [[finding]]
    doc = "esa:123"
    part = "body"
    code = "INC402"
    rule = "prevention-placeholder"
    content = "9b1c…"
    count = 1

`content` is a hash of the words of the finding's section: a section that moves stays known, one that is edited does
not. The file holds no word of a page. `rule` is for people.

After the day of `until` (once, above the entries) all of them are reported again; a file without one has no end.
kb takes in information and warnings alone: neither errors nor credentials.

For a secret `content` is made with a key, whose id is above the entries (`key = "1a2b3c4d"`). With another key, or
none, they match nothing, and stay. So it is for what runs and is not in the model, whose entries carry the id
themselves. Of a system `doc` is `system:NODE`, or `system` outside the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, fields, replace
from datetime import date

from kb.model.document import RawDocId, parse_doc
from kb.model.finding import Finding, Severity, Waiver, WaiverKind
from kb.rules.codes import is_nameless, is_secret
from kb.settings import table_files
from kb.settings.toml import format_fields

_TABLE = "finding"
SYSTEM = "system"
"""How the ids of what is found on the team's system begin."""

EntryKey = tuple[RawDocId, str, str, str]
EntryPlace = tuple[RawDocId, str, str]


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """An entry: `count` findings of one rule on one content of a document's part.

    `key` is the id of the key `content` was made with, "" for none and for a secret, whose key is the file's.
    """

    doc: RawDocId
    part: str
    code: str
    rule: str
    content: str
    count: int = 1
    key: str = ""

    @property
    def is_on_system(self) -> bool:
        """Whether it is on the team's system, not on a document."""
        return parse_doc(self.doc).source == SYSTEM or self.doc == SYSTEM

    @property
    def identity(self) -> EntryKey:
        """What identifies the findings of an entry."""
        return self.doc, self.part, self.code, self.content


_KEYS = tuple(each.name for each in fields(BaselineEntry))


@dataclass(frozen=True, slots=True)
class BaselineUpdate:
    """What an update did.

    `refused` are new findings not accepted, `pressing` those that never are (errors, credentials), `unkeyed` secrets
    and machines outside the model that cannot be: there is no key, or entries of another key are in the way.
    """

    added: tuple[BaselineEntry, ...] = ()
    removed: tuple[BaselineEntry, ...] = ()
    refused: tuple[BaselineEntry, ...] = ()
    pressing: tuple[BaselineEntry, ...] = ()
    unkeyed: tuple[BaselineEntry, ...] = ()


class Baseline:
    """The findings a team knows. `match` uses up its counts: one Baseline per run.

    `key` is the id of the key its secrets were named with, "" for none or unknown. `until` is the last day on which
    it sets findings aside (ISO date), "" for no end.
    """

    __slots__ = ("_known", "_left", "_missed", "_places", "key", "until")

    def __init__(self, known: Iterable[BaselineEntry] = (), *, key: str = "", until: str = "") -> None:
        self.key = key
        self.until = until
        self._known: dict[EntryKey, BaselineEntry] = {}
        for each in known:
            # Two branches may both have added an entry: the larger count is right, not the sum.
            old = self._known.get(each.identity)
            if old is None or old.count < each.count:
                self._known[each.identity] = each
        self._left = Counter({key: each.count for key, each in self._known.items()})
        self._places = frozenset(key[:3] for key in self._known)
        self._missed: Counter[EntryPlace] = Counter()

    @classmethod
    def parse(cls, text: str, name: str) -> Baseline:
        """Parse a baseline file; an empty text is an empty baseline. Raises InputError with the line."""
        head, rows = table_files.read_entries(text, name, _TABLE, _KEYS, ("key", "until"))
        known = [
            BaselineEntry(
                row.identity("doc"),
                row.text("part") or "body",
                row.text("code", needed=True),
                row.text("rule"),
                row.text("content", needed=True),
                row.count("count"),
                row.text("key"),
            )
            for row in rows
        ]
        return cls(known, key=head.text("key"), until=head.day("until"))

    def dump(self) -> str:
        """Return the file's text; the same entries always give the same."""
        blocks = (
            table_files.render_entry(_TABLE, {key: getattr(each, key) for key in _KEYS})
            for each in sorted(self._known.values(), key=_order)
        )
        head = {"format": table_files.TABLE_FORMAT, "key": self.key if self.secrets else "", "until": self.until}
        return "\n".join([format_fields(head), *blocks])

    def __len__(self) -> int:
        return sum(each.count for each in self._known.values())

    def has(self, wanted: Callable[[BaselineEntry], bool]) -> bool:
        """Return whether it has any entry that is wanted."""
        return any(map(wanted, self._known.values()))

    def sealed(self) -> Counter[str]:
        """Return how many findings outside the model were named with each key, by its id."""
        found: Counter[str] = Counter()
        for each in self._known.values():
            if each.key:
                found[each.key] += each.count
        return found

    @property
    def secrets(self) -> int:
        """The number of its findings about secrets."""
        return sum(each.count for each in self._known.values() if is_secret(each.code))

    def has_ended(self, today: date) -> bool:
        """Return whether its last day is over, so that what it knows is reported again."""
        return bool(self.until) and self.until < today.isoformat()

    def is_foreign(self, known: BaselineEntry, key_id: str) -> bool:
        """Return whether an entry was named with another key than `key_id` ("" for no key)."""
        if known.key:
            return known.key != key_id
        return is_secret(known.code) and (not key_id or self.key not in ("", key_id))

    def match(self, finding: Finding) -> Waiver | None:
        """Return the waiver of a finding that is known and whose count is not used up."""
        if is_nameless(finding):
            return None
        key = _key(finding)
        if self._left[key] <= 0:
            if key[:3] in self._places:
                self._missed[key[:3]] += 1
            return None
        self._left[key] -= 1
        return Waiver(WaiverKind.BASELINED)

    def stale(self, looked_at: Callable[[BaselineEntry], bool] = lambda known: True) -> tuple[BaselineEntry, ...]:
        """Return entries that matched fewer findings than they count, with the difference, after a run.

        `looked_at` returns whether the run covered the entry's document and rule; others are not stale.
        """
        left = (replace(each, count=self._left[key]) for key, each in self._known.items() if self._left[key] > 0)
        return tuple(sorted(filter(looked_at, left), key=_order))

    def rewritten(self, looked_at: Callable[[BaselineEntry], bool] = lambda known: True) -> tuple[BaselineEntry, ...]:
        """Return the stale entries whose rule now finds other words there; those are reported as new.

        A system has no words: another machine is another finding.
        """
        missed = Counter(self._missed)
        found: list[BaselineEntry] = []
        for each in self.stale(lambda known: not known.is_on_system and looked_at(known)):
            count = min(each.count, missed[each.identity[:3]])
            missed[each.identity[:3]] -= count
            if count:
                found.append(replace(each, count=count))
        return tuple(found)

    def split(self, wanted: Callable[[BaselineEntry], bool]) -> tuple[Baseline, Baseline]:
        """Return two baselines: without the `wanted` entries, and of these alone."""
        parts: tuple[list[BaselineEntry], list[BaselineEntry]] = ([], [])
        for each in self._known.values():
            parts[wanted(each)].append(each)
        without, those = (Baseline(part, key=self.key, until=self.until) for part in parts)
        return without, those

    def joined(self, other: Baseline) -> Baseline:
        """Return the entries of both. Its key is this one's, if it has any entry on a secret."""
        key = self.key if self.secrets or not other.secrets else other.key
        return Baseline([*self._known.values(), *other._known.values()], key=key, until=self.until or other.until)

    def documents(self) -> frozenset[RawDocId]:
        """Return the documents it has entries for."""
        return frozenset(each.doc for each in self._known.values())

    def updated(
        self,
        findings: Iterable[Finding],
        *,
        accept_new: bool,
        pressing: Collection[str],
        key_id: str = "",
        until: str = "",
        looked_at: Callable[[BaselineEntry], bool] = lambda known: True,
    ) -> tuple[Baseline, BaselineUpdate]:
        """Return the baseline of `findings` and what changed; this one is unchanged.

        It only shrinks unless `accept_new`, which a first baseline needs too. Errors and findings of `pressing` codes
        are never accepted; an entry someone wrote for one stays while it matches. `until` is the new last day, "" for
        the one it has. Findings set aside by a suppression or
        decision need no entry. Entries the run did not cover stay, as do those on secrets named with another key than
        `key_id`.
        """
        seen: Counter[EntryKey] = Counter()
        names: dict[EntryKey, str] = {}
        made_by: dict[EntryKey, str] = {}
        barred: Counter[EntryKey] = Counter()
        severe: set[EntryKey] = set()
        foreign = bool(self.secrets) and self.key not in ("", key_id)
        for finding in findings:
            if finding.waiver is None or finding.waiver.kind is WaiverKind.BASELINED:
                shut = foreign and is_secret(finding.code) and finding.code not in pressing
                (barred if shut or is_nameless(finding) else seen)[_key(finding)] += 1
                names[_key(finding)] = finding.rule
                made_by[_key(finding)] = finding.sealed_with or ""
                if finding.severity is Severity.ERROR or finding.code in pressing:
                    severe.add(_key(finding))
        kept: list[BaselineEntry] = []
        removed: list[BaselineEntry] = []
        for key, each in self._known.items():
            if not looked_at(each) or self.is_foreign(each, key_id):
                kept.append(each)
                continue
            here = min(each.count, seen[key])
            if here:
                kept.append(replace(each, rule=names[key], count=here))
            if here < each.count:
                removed.append(replace(each, count=each.count - here))
        fresh = [
            BaselineEntry(*key[:3], names[key], key[3], more, made_by[key])
            for key, count in seen.items()
            if (more := count - (self._known[key].count if key in self._known else 0)) > 0
        ]
        unkeyed = [BaselineEntry(*key[:3], names[key], key[3], count) for key, count in barred.items()]
        urgent = [each for each in fresh if each.identity in severe]
        new = [each for each in fresh if each.identity not in severe]
        added = new if accept_new else []
        refused = [] if accept_new else new
        counts = {each.identity: each for each in kept}
        for each in added:
            before = counts[each.identity].count if each.identity in counts else 0
            counts[each.identity] = replace(each, count=before + each.count)
        report = BaselineUpdate(
            *(tuple(sorted(part, key=_order)) for part in (added, removed, refused, urgent, unkeyed))
        )
        made_with = self.key if foreign else key_id or self.key
        return Baseline(counts.values(), key=made_with, until=until or self.until), report


def _key(finding: Finding) -> EntryKey:
    return finding.doc, finding.part, finding.code, finding.content


def _order(known: BaselineEntry) -> tuple[str, bool, str, str, str]:
    return str(known.doc), isinstance(known.doc, str), known.part, known.code, known.content
