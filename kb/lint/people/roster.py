"""Who is in the team, who is not on its list of members, and what is a bot: the mirror, as kb.toml reads it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kb.errors import KbError
from kb.lint.people.ownership import NOT_A_PERSON
from kb.lint.people.people import Account, Names, People, Person, Unmatched
from kb.model.document import MaskedDocument, Source
from kb.model.health import HealthCheck, failed_check, note_check, ok_check
from kb.model.members import ListState
from kb.settings.kb_toml import PeopleSettings, Settings
from kb.settings.workspace import Workspace
from kb.sources.registry import member_sources
from kb.text.display import sanitize
from kb.text.fold import normalize_name
from kb.text.json_fields import text_field
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

if TYPE_CHECKING:
    from kb.mirror.store import Mirror

ESA_BOT = "esa_bot"
"""Whom esa lets an owner name as the author of a post besides members (esa API v1, `user`)."""


_BOT = compile_lazy(r"(?:^|[^a-z])bots?(?:$|[^a-z])|ボット|ぼっと", re.I)


def is_bot_name(name: str) -> bool:
    """Return whether a name says that it is a bot's: `bot` as a part of its own."""
    return _BOT.search(name) is not None


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of the sources that list members: screen names with full names.

    `members` are those listed, guests, and, where the list is not whole, everybody who wrote. `former` are the others.
    `bots` are every name of what is no person, `same` the names of one person each. `unlisted` are those of `former`
    whom kb never saw listed. `states` tell how each list came.
    """

    members: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)
    bots: frozenset[str] = frozenset()
    same: tuple[Names, ...] = ()
    unlisted: tuple[str, ...] = ()
    states: Mapping[str, ListState] = field(default_factory=dict)
    mails: Mapping[str, str] = field(default_factory=dict)
    accounts: tuple[Account, ...] = ()

    def people(self) -> People:
        """Return the people by every name."""
        known = (each for each in self.accounts if normalize_name(each.name) not in self.bots)
        return People(self.members, self.former, tuple(known), self.same, self.mails)


def read_roster(settings: PeopleSettings, mirror: Mirror | None) -> Roster:
    """Return the roster of a mirror; without one kb.toml alone names people."""
    same = tuple((name, *others) for name, others in settings.same)
    bots = frozenset(map(normalize_name, (ESA_BOT, *settings.bots)))
    if mirror is None:
        return Roster(bots=bots, same=same)
    guests = frozenset(map(normalize_name, settings.guests))
    members: dict[str, str] = {}
    former: dict[str, str] = {}
    states: dict[str, ListState] = {}
    unlisted: list[str] = []
    mails: dict[str, str] = {}
    for source in member_sources():
        listed = dict(_names(mirror, source, "member"))
        left = dict(_names(mirror, source, "former-member"))
        wrote = dict(_names(mirror, source, "unlisted-author"))
        if (told := mirror.mark(f"{source}.members")) is not None:
            states[source] = ListState(json.loads(told))
        mails |= {handle: mail for handle, mail in _names(mirror, source, "member", "email") if mail}
        mails |= {handle: mail for handle, mail in _names(mirror, source, "former-member", "email") if mail}
        members |= listed
        if states.get(source) is not ListState.WHOLE:
            members |= {handle: name for handle, name in wrote.items() if handle not in left}
        else:
            unlisted += (handle for handle in wrote if handle not in left)
            left = wrote | left
        same += tuple(
            (now, handle)
            for handle, row in mirror.things(source, "renamed-member").items()
            if (now := text_field(row.get("now")))
        )
        for handle, name in left.items():
            (members if _is_one_of(guests, handle, name) else former)[handle] = name
    for table in (members, former):
        for handle in [each for each, name in table.items() if _is_one_of(bots, each, name)]:
            bots |= {normalize_name(each) for each in (handle, table.pop(handle)) if each}
    unlisted = [each for each in unlisted if each in former]
    return Roster(members, former, bots, same, tuple(unlisted), states, mails, _read_accounts(mirror))


def _read_accounts(mirror: Mirror) -> tuple[Account, ...]:
    """Return the accounts Redmine's texts name, with what this key may read of them."""
    from kb.mirror import queries

    known: dict[str, list[Account]] = defaultdict(list)
    for row in mirror.things(Source.REDMINE, "user").values():
        name, login, mail, family, given = (text_field(row.get(key)) for key in _ACCOUNT_KEYS)
        known[name].append(Account(name, login, mail, f"{family} {given}".strip()))
    names = queries.redmine_names(mirror.database)
    return tuple(account for name in names for account in known.get(name) or [Account(name)])


_ACCOUNT_KEYS = ("name", "login", "mail", "lastname", "firstname")


def _names(mirror: Mirror, source: Source, kind: str, what: str = "name") -> Iterator[tuple[str, str]]:
    for key, row in mirror.things(source, kind).items():
        yield text_field(row.get("screen_name")) or key, text_field(row.get(what))


def _is_one_of(names: frozenset[str], handle: str, name: str) -> bool:
    return normalize_name(handle) in names or (bool(name) and normalize_name(name) in names)


def spell_people(document: MaskedDocument, people: People) -> MaskedDocument:
    """Return a text of Redmine with its people as esa spells them."""
    if document.source is not Source.REDMINE:
        return document
    meta = document.meta
    if name := text_field(meta.get("assigned_to")):
        meta = {**meta, "assigned_to": people.spell(name)}
    author, editor = people.spell(document.author), people.spell(document.human_by)
    return replace(document, author=author, human_by=editor, meta=meta)


def load_people(settings: Settings, mirror: Mirror | None) -> People:
    """Return everyone the mirror and kb.toml know."""
    return read_roster(settings.people, mirror).people()


_SHOWN = 10


def list_unmatched(people: People, guests: Iterable[str]) -> tuple[Unmatched, ...]:
    """Return the names in Redmine that a person has to say something of; guests need be on no list."""
    known = {*map(normalize_name, guests), *NOT_A_PERSON}
    return tuple(each for each in people.unmatched if normalize_name(each.name) not in known)


def describe_unmatched(people: People, guests: Iterable[str]) -> Iterator[tuple[Text, Text]]:
    """Yield what is not known of names in Redmine, each with the lines of `[people.same]` that settle it."""
    found = list_unmatched(people, guests)
    for each in [each for each in found if each.candidates][:_SHOWN]:
        near = each.candidates[:_SHOWN]
        lines = "\n".join(write_same(people, person, each.name) for person in near)
        name, shown = sanitize(each.name)[:60], [_show(person) for person in near]
        several = len(near) > 1
        yield (
            t(
                f"Redmine の「{name}」が esa の{'、'.join(shown)}のどの人か、名前では決められません。"
                if several
                else f"Redmine の「{name}」は esa の{shown[0]}かもしれませんが、名前だけでは決められません。",
                f"{name!r} in Redmine may be {' or '.join(shown)} in esa: the name alone does not tell.",
            ),
            t(
                f"kb.toml の [people.same] に{'どれか 1 行' if several else '次の行'}を"
                f"（別の人なら [people] guests に）:\n{lines}",
                f"{'one of these lines' if several else 'this line'} goes into [people.same] of kb.toml (somebody else"
                f" into guests of [people]):\n{lines}",
            ),
        )
    if strangers := [each.name for each in found if not each.candidates]:
        more = f"、ほか {len(strangers) - _SHOWN:,} 人" if len(strangers) > _SHOWN else ""
        more_en = f", {len(strangers) - _SHOWN:,} more" if more else ""
        names = [sanitize(each)[:60] for each in strangers[:_SHOWN]]
        lines = "\n".join(f"SCREEN_NAME = {_write_names((each,))}" for each in names)
        yield (
            t(
                f"Redmine にいて、esa の誰の名前でもない人が {len(strangers):,} 人います（{'、'.join(names)}{more}）。",
                f"names in Redmine that are nobody's in esa: {len(strangers):,} ({', '.join(names)}{more_en}).",
            ),
            t(
                "esa にいる人なら、kb.toml の [people.same] にスクリーンネームと並べてください"
                f"（esa にいない人は [people] guests に）:\n{lines}",
                "who is in esa goes into [people.same] of kb.toml, beside the screen name (who is not, into guests of"
                f" [people]):\n{lines}",
            ),
        )


def format_unmatched(people: People, guests: Iterable[str]) -> Iterator[str]:
    """Yield the same as lines for a terminal, those to paste whole."""
    for fact, step in describe_unmatched(people, guests):
        first, *paste = str(step).split("\n")
        yield "\n".join(map(sanitize, (str(fact), f"→ {first}", *(f"  {line}" for line in paste))))


def write_same(people: People, person: Person, name: str = "") -> str:
    """Return the line of `[people.same]` that gives a person a name more; without one, the line that says: no other."""
    key = person.handle or person.name
    own = {normalize_name(key), *map(normalize_name, person.names)}
    said = [other for names in people.same if normalize_name(names[0]) in own for other in names[1:]]
    bare = key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
    return f"{bare} = {_write_names((*dict.fromkeys(said), *filter(None, (name,))))}"


def _write_names(names: Iterable[str]) -> str:
    return f"[{', '.join(json.dumps(sanitize(name)[:60], ensure_ascii=False) for name in names)}]"


_BARE = compile_lazy("[A-Za-z0-9_-]+")


def _show(person: Person) -> str:
    return sanitize(f"{person.name}（{person.handle}）" if person.handle not in ("", person.name) else person.name)[:60]


def check_people(workspace: Workspace) -> Iterator[HealthCheck]:
    """Yield what `kb doctor` says of the lists of members, and of bots and guests that nobody is called."""
    if not workspace.mirror.exists():
        return
    settings = workspace.settings
    try:
        from kb.mirror.store import Mirror

        with Mirror.open(workspace.mirror, readonly=True) as mirror:
            roster = read_roster(settings.people, mirror)
            known = load_people(replace(settings, people=replace(settings.people, bots=())), mirror)
    except KbError as error:
        yield failed_check(error)
        return
    if any(state is not ListState.WHOLE for state in roster.states.values()):
        yield note_check(
            t(
                "メンバーの一覧を最後まで読めていないので、一覧にいない人の記事（PST103 など）は分かりません。",
                "the list of members was not read to its end: pages of people who are not on it (PST103 and others) are"
                " not told.",
            ),
            t(
                "esa のトークンに権限 read:member があるか確かめて、kb sync を実行してください。",
                "see that the token for esa has the scope read:member, and run kb sync.",
            ),
        )
    people = roster.people()
    for fact, step in describe_unmatched(people, (*settings.people.guests, *settings.people.bots)):
        yield note_check(fact, step)
    if unlisted := [handle for handle in roster.unlisted if people.person(handle).former]:
        names = [roster.former[each] or each for each in unlisted[:_SHOWN]]
        more = len(unlisted) - len(names)
        ja, en = "、".join(names), ", ".join(names)
        yield ok_check(
            t(
                f"メンバーの一覧にいない書き手 {len(unlisted):,} 人（{ja}{f'、ほか {more:,} 人' if more else ''}）。"
                "bot や一緒に仕事をしている人がいれば、kb.toml の [people] bots か guests に",
                f"writers who are not on the list of members: {len(unlisted):,}"
                f" ({en}{f', {more:,} more' if more else ''}); bots and partners go into [people] bots or guests of"
                " kb.toml",
            )
        )
    for key, listed in (("bots", settings.people.bots), ("guests", settings.people.guests)):
        for name in listed if known else ():
            if normalize_name(name) not in {ESA_BOT, *known.names}:
                yield note_check(
                    t(
                        f"kb.toml の [people] {key} の「{name[:60]}」という名前では、誰も書いていません。",
                        f"nobody called {name[:60]!r} ([people] {key} of kb.toml) has written anything.",
                    ),
                    t("esa のスクリーンネームか氏名で書いてください。", "give a screen name or a full name of esa."),
                )
