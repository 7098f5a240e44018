"""Which measure of a page a finding was about, when the finding itself is gone. Pure.

Its fingerprint is made of the document, the rule and the measure's place among the others: whoever has the page has
them all. Of a measure that was taken out of its page nobody can tell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from kb.lint.cache.store import Kept
from kb.lint.printable import id_of
from kb.mirror.history.events import Why
from kb.mirror.history.timeline import Movement, Past, Way
from kb.mirror.store import Mirror
from kb.model.facts import Item
from kb.model.finding import Finding
from kb.model.page import Entry
from kb.reports.week.context import Capped, Scene, listed, top
from kb.reports.week.model import Cause, Changed, Moved, Otherwise, Row, Tallied
from kb.rules.codes import Team, is_secret
from kb.rules.finding import fingerprint
from kb.rules.judge import Judgement
from kb.secrets.mask_document import shown_text
from kb.text.display import safe
from kb.text.lang import Text, t
from linters.incident.measures import OF_ONE, measures, role_of


def measured(entry: Entry) -> Iterator[tuple[Item, frozenset[str]]]:
    """The measures of a page, each with the fingerprints of all that can be found about it alone."""
    if entry.facts is None or not entry.is_incident:
        return
    for number, item in enumerate(measures(entry.facts)):
        role = role_of(item, number)
        yield item, frozenset(fingerprint(entry.doc, entry.part, code, role) for code in OF_ONE)


def measure_of(entry: Entry, sign: str) -> Item | None:
    """The measure a fingerprint is about; None when it is about none, or about no measure that is still there."""
    return next((item for item, signs in measured(entry) if sign in signs), None)


# What moved in the week, told from the events, with the documents looked up of what is told one by one.
#
# Findings on secrets count, under their rules, and are in no list, at no place and under no owner.


_BATCH = 500
_CAUSES: dict[Why, Cause] = {
    Why.FIRST: Cause.FIRST,
    Why.RULE_NEW: Cause.RULES,
    Why.RULE_CHANGED: Cause.RULES,
    Why.RULE_GONE: Cause.RULES,
    Why.READER: Cause.READER,
    Why.KEY: Cause.READER,
    Why.SETTINGS: Cause.SETTINGS,
    Why.DOCUMENT_GONE: Cause.DOCUMENTS,
    Why.DOCUMENT_HIDDEN: Cause.DOCUMENTS,
    Why.ASIDE: Cause.ASIDE,
}
NO_PLACE = t("分類なし", "no category")
NO_OWNER = t("担当なし", "nobody yet")
Known = Mapping[tuple[str, str], tuple[Judgement, tuple[Finding, ...]]]


@dataclass(slots=True)
class Opened:
    """How many findings are open now: by rule, by place, by owner."""

    rules: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    owners: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All of them."""
        return self.rules.total()


def changed(
    scene: Scene, past: Past, mirror: Mirror, kept: Kept | None, team: Team, opened: Opened
) -> tuple[Changed, tuple[Otherwise, ...]]:
    """What people changed, and what came and went without anybody's doing."""
    lists: dict[Way, Capped[Row]] = {way: Capped() for way in (Way.NEW, Way.FIXED, Way.BACK)}
    rules, places, owners = (defaultdict[str, Counter[Way]](Counter) for _ in range(3))
    others: dict[Cause, Counter[Way]] = defaultdict(Counter)
    codes: dict[Cause, Counter[str]] = defaultdict(Counter)
    for moves in _batches(past.moved(scene.week.begins, scene.week.until)):
        news = [each for each in moves if each.way in lists]
        known = _known(mirror, kept, news)
        for each in moves:
            if each.way not in lists:
                others[_CAUSES[each.why]][each.way] += 1
                codes[_CAUSES[each.why]][each.code] += 1
                continue
            rules[each.code][each.way] += 1
            if is_secret(each.code):
                lists[each.way].count()
                continue
            row = _row(scene, team, mirror, each, known)
            lists[each.way].put((-int(row.severity), row.place, str(row.doc), row.code), row)
            places[top(row.place)][each.way] += 1
            owners[row.owner][each.way] += 1
    made = Changed(
        new=listed(lists[Way.NEW], "kb lint --all"),
        fixed=listed(lists[Way.FIXED], f"kb report --week {scene.week.name} --format json"),
        back=listed(lists[Way.BACK], "kb lint --all"),
        by_rule=tuple(_by_weight(rules, opened.rules, scene.sight.title)),
        by_place=tuple(_by_weight(places, opened.places, lambda key: Text(key, key) if key else NO_PLACE)),
        by_owner=tuple(_by_name(owners, opened.owners)),
    )
    return made, tuple(
        Otherwise(cause, others[cause][Way.CAME], others[cause][Way.WENT], tuple(sorted(codes[cause])))
        for cause in Cause
        if cause in others
    )


def _by_weight(
    moved: Mapping[str, Counter[Way]], opened: Counter[str], label: Callable[[str], Text]
) -> Iterator[Tallied]:
    """One line a heading, those with the most to tell first."""
    weights = opened + Counter({key: ways.total() for key, ways in moved.items()})
    for key in sorted(weights, key=lambda key: (-weights[key], key)):
        yield Tallied(key, label(key), _moved(moved.get(key)), opened[key])


def _by_name(moved: Mapping[str, Counter[Way]], opened: Counter[str]) -> Iterator[Tallied]:
    """One line an owner, in the order of their names: nobody is ranked. What nobody owns comes last."""
    for name in sorted({*moved, *opened}, key=lambda name: (not name, name)):
        label = Text(name, name) if name else NO_OWNER
        yield Tallied(name, label, _moved(moved.get(name)), opened[name])


def _moved(ways: Counter[Way] | None) -> Moved:
    return Moved(ways[Way.NEW], ways[Way.FIXED], ways[Way.BACK]) if ways else Moved()


# -- documents ---------------------------------------------------------------------------------


def _known(mirror: Mirror, kept: Kept | None, moves: Sequence[Movement]) -> Known:
    """What the lint keeps of the documents that moved, by place."""
    docs = sorted({each.doc for each in moves if not is_secret(each.code)})
    if kept is None or not docs:
        return {}
    marks = ", ".join("?" * len(docs))
    sql = f"SELECT id, doc, part FROM documents WHERE doc IN ({marks}) AND state = 'live'"  # noqa: S608 - only marks
    ids = {here: (doc, part) for here, doc, part in mirror.database.rows(sql, docs)}
    return {ids[here]: found for here, found in kept.some(list(ids)).items()}


def _row(scene: Scene, team: Team, mirror: Mirror, each: Movement, known: Known) -> Row:
    """What moved as a row; of what is mended only the rule still tells what it was."""
    fixed = each.way is Way.FIXED
    title = scene.sight.title(each.code)
    says = t(f"「{title.ja}」が直りました。", f"Mended: {title.en}.") if fixed else title
    if (each.doc, each.part) not in known:
        return _forgotten(scene, mirror, each, says)
    judgement, findings = known[each.doc, each.part]
    entry = judgement.entry
    found = [one for one in team.own(entry, findings) if one.fingerprint == each.fingerprint]
    if found and not fixed:
        return scene.finding(entry, found[0], since=scene.day(each.at))
    item = measure_of(entry, each.fingerprint)
    owner = scene.measure(entry, item) if item is not None else scene.owners.of(entry)
    row = scene.row(entry, says, owner=owner, since="" if fixed else scene.day(each.at))
    return _of_rule(scene, row, each)


def _forgotten(scene: Scene, mirror: Mirror, each: Movement, says: Text) -> Row:
    """A row about a document that is gone, as far as the mirror remembers it."""
    found = mirror.database.row(
        "SELECT title, category, url FROM documents WHERE doc = ? AND part = ? ORDER BY state = 'live' DESC LIMIT 1",
        (each.doc, each.part),
    )
    title, place, _ = found or ("", "", "")
    doc = id_of(each.doc)
    row = Row(str(doc), safe(shown_text(title)), "", safe(shown_text(place)), says, part=safe(each.part))
    return _of_rule(scene, row, each)


def _of_rule(scene: Scene, row: Row, each: Movement) -> Row:
    rule = scene.sight.rules.get(each.code)
    severity = rule.severity if rule is not None else row.severity
    return Row(
        row.doc, row.title, row.url, row.place, row.message, row.part, each.code, rule.name if rule else "",
        row.owner, severity, row.since, "", row.age_days, each.fingerprint,
    )  # fmt: skip


def _batches(moves: Iterable[Movement]) -> Iterator[list[Movement]]:
    following = iter(moves)
    while batch := list(islice(following, _BATCH)):
        yield batch
