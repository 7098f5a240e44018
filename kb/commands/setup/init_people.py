"""The question of `kb init` on who writes without being a member: bots, guests, or people who left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kb.console.terminal import can_ask, read_line, say
from kb.reading.pages.category_tree import SettingsProposal
from kb.text.display import sanitize
from kb.text.fold import normalize_name
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_SHOWN = 12
_BOT = compile_lazy(r"bot[:：]\s*(.+)", re.I)


def settle_people(proposal: SettingsProposal, yes: bool) -> SettingsProposal:
    """Return the proposal with its bots, told by their names, and the guests a person names.

    Asked once, and only where somebody writes who is not on the list of members. Those left over are written nowhere:
    kb.toml is shared, and nothing shared tells who left.
    """
    from kb.lint.people.roster import ESA_BOT, is_bot_name

    others = [row for row in proposal.unlisted if row[0] != ESA_BOT]
    bots = tuple(handle for handle, name, _ in others if is_bot_name(handle) or is_bot_name(name))
    proposal = replace(proposal, bots=bots)
    if bots:
        names = [_shown(each, "") for each in bots]
        say(t(f"名前から bot とみなす書き手: {'、'.join(names)}", f"bots by their names: {', '.join(names)}"))
    people = [row for row in others if row[0] not in bots]
    if not people:
        return proposal
    say(
        t(
            f"最近の記事を書いた人のうち、メンバーの一覧にいない人（{len(people):,} 人）:",
            f"who wrote the latest posts and is not on the list of members ({len(people):,}):",
        )
    )
    for handle, name, posts in people[:_SHOWN]:
        say(t(f"  {_shown(handle, name)}  {posts:,} 件", f"  {_shown(handle, name)}  posts: {posts:,}"))
    if len(people) > _SHOWN:
        say(t(f"  ほか {len(people) - _SHOWN:,} 人", f"  and {len(people) - _SHOWN:,} more"))
    if yes or not can_ask():
        say(
            t(
                "離れた人とみなします。bot か、一緒に仕事をしている人なら、kb.toml の [people] bots か guests に"
                "書いてください。",
                "they count as having left; bots and partners go into [people] bots or guests of kb.toml.",
            )
        )
        return proposal
    return _ask_guests(proposal, people)


def say_open_names(members: Mapping[str, str], proposal: SettingsProposal, accounts: Iterable[str]) -> None:
    """Say which names in Redmine's latest tickets are no member's for certain, and what settles it in kb.toml."""
    from kb.lint.people.people import Account, People
    from kb.lint.people.roster import format_unmatched

    if members:
        left = {handle: name for handle, name, _ in proposal.unlisted}
        for lines in format_unmatched(People(members, left, map(Account, accounts)), ()):
            say(lines)


def _ask_guests(proposal: SettingsProposal, people: Sequence[tuple[str, str, int]]) -> SettingsProposal:
    """Ask until every name is one of those shown; `bot:deploy` is a bot that its name does not tell."""
    known = {normalize_name(name): handle for handle, full, _ in people for name in (handle, full) if name}
    question = t(
        "このうち、今も一緒に仕事をしている人（空: いない。読点で区切る。bot は bot:名前）: ",
        "which of them still work with you (empty: none; commas between; a bot as bot:NAME): ",
    )
    while True:
        answers = [each.strip() for each in re.split("[,、，]", read_line(question)) if each.strip()]
        named = [(_BOT.fullmatch(each), each) for each in answers]
        names = [(found is not None, found[1] if found else each) for found, each in named]
        unknown = next((name for _, name in names if normalize_name(name) not in known), "")
        if not unknown:
            bots, guests = (
                tuple(dict.fromkeys(known[normalize_name(name)] for is_bot, name in names if is_bot is wanted))
                for wanted in (True, False)
            )
            return replace(proposal, bots=(*proposal.bots, *bots), guests=guests)
        shown = sanitize(unknown)[:60]
        say(t(f"「{shown}」は上の一覧にいません。", f"{shown!r} is not among those above."))


def _shown(handle: str, name: str) -> str:
    return sanitize(f"{handle}（{name}）" if name and name != handle else handle)[:60]
