"""Who is in the team, who is not on its list of members, and what is a bot: the mirror, as kb.toml reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kb.errors import KbError
from kb.lint.people.people import Names, People
from kb.model.document import Source
from kb.model.health import HealthCheck, failed_check, note_check, ok_check
from kb.model.members import ListState
from kb.settings.kb_toml import PeopleSettings, Settings
from kb.settings.workspace import Workspace
from kb.sources.registry import member_sources
from kb.text.fold import normalize_name
from kb.text.json_fields import text_field
from kb.text.lang import t
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

    def people(self, redmine: Iterable[str] = ()) -> People:
        """Return the people by every name; `redmine` are names in Redmine."""
        known = (name for name in redmine if normalize_name(name) not in self.bots)
        return People(self.members, self.former, tuple(known), self.same)


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
    for source in member_sources():
        listed = dict(_names(mirror, source, "member"))
        left = dict(_names(mirror, source, "former-member"))
        wrote = dict(_names(mirror, source, "unlisted-author"))
        if (told := mirror.mark(f"{source}.members")) is not None:
            states[source] = ListState(json.loads(told))
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
    return Roster(members, former, bots, same, tuple(each for each in unlisted if each in former), states)


def _names(mirror: Mirror, source: Source, kind: str) -> Iterator[tuple[str, str]]:
    for key, row in mirror.things(source, kind).items():
        yield text_field(row.get("screen_name")) or key, text_field(row.get("name"))


def _is_one_of(names: frozenset[str], handle: str, name: str) -> bool:
    return normalize_name(handle) in names or (bool(name) and normalize_name(name) in names)


def load_people(settings: Settings, mirror: Mirror | None) -> People:
    """Return everyone the mirror and kb.toml know."""
    from kb.mirror import queries

    roster = read_roster(settings.people, mirror)
    return roster.people(queries.redmine_names(mirror.database) if mirror is not None else ())


_SHOWN = 10


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
