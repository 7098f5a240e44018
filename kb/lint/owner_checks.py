"""What is off in the rules on owners: names nobody has, patterns that match nothing. Told by doctor and lint."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from kb.config import Workspace
from kb.errors import KbError
from kb.health import Check, fault, note, ok
from kb.lang import Text, t
from kb.lint.owners_of import owners_of
from kb.lint.ownership import OwnerRule, Owners
from kb.lint.people import People
from kb.mirror import known
from kb.mirror.store import Mirror
from kb.reading.finished_words import called
from kb.reading.names import plain

_MOST = 20
"""Things that are told one by one; of more only the number."""


def checks(workspace: Workspace) -> Iterator[Check]:
    """How the rules on owners are; nothing where the team has none."""
    settings = workspace.settings
    if not (settings.owners.file or settings.owners.rule or settings.owners.steward or settings.people.same):
        return
    try:
        if not workspace.mirror.exists():
            owners_of(workspace, None)
            return
        with Mirror.open(workspace.mirror, readonly=True) as mirror:
            owners = owners_of(workspace, mirror)
            found = [*_names(owners), *_patterns(owners.rules, mirror)]
    except KbError as error:
        yield fault(error)
        return
    yield ok(_summary(owners))
    yield from found[:_MOST]
    if (more := len(found) - _MOST) > 0:
        yield note(t(f"担当の決まりに、このような点がほかに {more} 件あります。", f"and {more} more like these."))


def _summary(owners: Owners) -> Text:
    many = len(owners.rules)
    if not owners.steward:
        return t(f"担当の決まり {many} 件", f"rules on owners: {many}")
    name = owners.person(owners.steward).name
    return t(f"担当の決まり {many} 件、世話役は{called(name)}", f"rules on owners: {many}; the steward is {name}")


def _names(owners: Owners) -> Iterator[Check]:
    """Names that mean nobody, several people, or somebody who left. Each once, with the first rule that has it."""
    if not owners.people:
        return
    seen: set[str] = set()
    told = ((name, _of_rule(rule)) for rule in owners.rules for name in rule.to)
    steward = ((owners.steward, t("世話役（steward）", "the steward")),) if owners.steward else ()
    for name, where in (*told, *steward):
        if plain(name) in seen:
            continue
        seen.add(plain(name))
        people = owners.people.meant(name)
        if len(people) == 1 and not people[0].former:
            continue
        if not people:
            yield note(
                t(
                    f"{where.ja}の「{name}」という人は、esa にも Redmine にもいません。",
                    f"{where.en}: nobody in esa or Redmine is called {name!r}.",
                ),
                _nearest(name, owners.people),
            )
        elif len(people) > 1:
            either = "、".join(each.handle or each.name for each in people)
            yield note(
                t(f"{where.ja}の「{name}」は {len(people)} 人います。", f"{where.en}: {name!r} means several people."),
                t(f"どれかを書いてください: {either}", f"give one of them: {either}"),
            )
        else:
            yield note(
                t(
                    f"{where.ja}の{called(name)}は今のメンバーにいません。",
                    f"{where.en}: {name} is no longer a member.",
                ),
                t("引き継いだ人の名前に直してください。", "give the name of who took over."),
            )


def _of_rule(rule: OwnerRule) -> Text:
    return t(f"担当の決まり「{rule.shown}」", f"rule on owners {rule.shown!r}")


def _nearest(name: str, people: People) -> Text:
    near = difflib.get_close_matches(plain(name), sorted(people.names), n=1, cutoff=0.7)
    if near:
        person = people.meant(near[0])[0]
        shown = person.handle or person.name
        return t(f"{shown} ではありませんか。", f"did you mean {shown}?")
    return t(
        "esa のスクリーンネームか氏名で書くか、kb.toml の [people.same] に並べてください。",
        "give a screen name of esa or a full name, or list it in [people.same] of kb.toml.",
    )


def _patterns(rules: Sequence[OwnerRule], mirror: Mirror) -> Iterator[Check]:
    """Rules whose place or tag no document has. What nodes there are is not known without reading every page."""
    left = {number: rule for number, rule in enumerate(rules) if rule.place is not None or rule.tag}
    for category, title, doc, tags in known.standing(mirror.database) if left else ():
        places = f"{category}/{title}".lstrip("/"), doc.removeprefix("files:")
        carried = {tag.casefold() for tag in tags}
        done = [number for number, rule in left.items() if rule.stands(places, carried)]
        for number in done:
            del left[number]
        if not left:
            return
    for rule in left.values():
        yield note(
            t(f"{_of_rule(rule).ja}に当てはまるものがありません。", f"{_of_rule(rule).en} matches nothing."),
            t("場所やタグの名前が変わっていないか確かめてください。", "see whether the place or the tag was renamed."),
        )
