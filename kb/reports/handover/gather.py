"""Gather all that a member holds from a workspace, without a request and without a trace."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from kb.diagram.model.nouns import Model
from kb.errors import KbError, UsageError
from kb.estate.collect.store import load_snapshots
from kb.execute.preflight.announced import list_announcements
from kb.lint.engine.request import Request
from kb.lint.engine.survey import Survey
from kb.lint.engine.world_builder import WorldBuilder
from kb.lint.people.owners import load_owners
from kb.lint.people.ownership import Owners
from kb.lint.people.people import People, Person
from kb.lint.people.roster import write_same
from kb.lint.proposals.destinations import DestinationFinder
from kb.lint.waivers.set_aside import DecisionFile
from kb.mirror import queries
from kb.mirror.queries import TextHead
from kb.mirror.search import find_mentions
from kb.mirror.store import Mirror
from kb.model.document import Source, parse_doc
from kb.model.masked import EMPTY
from kb.model.page import Entry, PagePolicy
from kb.model.plan import Change, ChangeKey
from kb.reading.tickets.finished import address_person
from kb.reports.handover.accounts import AccountFinder, WrittenLine
from kb.reports.handover.asking.candidates import Asker
from kb.reports.handover.asking.questions import choose_questions
from kb.reports.handover.asking.subjects import Subjects, names_of
from kb.reports.handover.asking.things import ThingFinder
from kb.reports.handover.holdings import (
    format_place,
    hold_incident,
    is_record_place,
    list_pages,
    list_secrets,
    list_tickets,
    read_lines,
)
from kb.reports.handover.machines import Logins, Machines, list_nodes
from kb.reports.handover.nouns import Belongings, HeldIncident, HeldNode, HeldOperation, HeldPage, PageHold, SeenAccount
from kb.reports.handover.quiet import QuietWorkspace
from kb.reports.handover.writers import Writers
from kb.reports.model_nodes import find_runbook_post, load_model_nodes
from kb.reports.secrets.held import SecretHoldings, collect_secrets
from kb.sources.port import SourcePort
from kb.sources.registry import configured_sources
from kb.text.globs import matches_glob
from kb.text.lang import Text, t
from linters.incident.measures import is_marked_done

MAX_MENTIONS = 500
"""Pages that name them and are read for accounts."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was gathered: the holdings, the changes that would move pages, and what crashed."""

    held: Belongings
    moves: tuple[Change, ...]
    crashes: tuple[KbError, ...]


def find_member(owners: Owners, member: str) -> Person:
    """Return the person of a name.

    Raises UsageError with the nearest one, and where one of two sources does not know them: half of what they hold
    would look like all of it. kb.toml says of somebody that they are in no other (`yabuta = []` in `[people.same]`).
    Where nobody is known, a name is taken.
    """
    people = owners.people
    if not people:
        return owners.person(member)
    person = owners.resolve(member, "MEMBER")
    in_esa, in_redmine = bool(people.members or people.former), bool(people.redmine)
    unknown_to = "Redmine" if person.handle and not person.accounts else "" if person.handle else "esa"
    alone = any(len(names) == 1 and people.find(names[0]) == (person,) for names in people.same)
    if not (in_esa and in_redmine and unknown_to) or alone:
        return person
    raise UsageError(
        t(
            f"{address_person(person.name)}が {unknown_to} の誰なのか分かりません。何も書いていません。",
            f"who {person.name} is in {unknown_to} is not known. Nothing was written.",
        ),
        _settle(people, person, unknown_to),
    )


def _settle(people: People, person: Person, unknown_to: str) -> Text:
    """Return the lines of kb.toml that tell who somebody is in the other source."""
    alone = write_same(people, person)
    if unknown_to == "esa":
        own = next((each for each in people.unmatched if each.name in person.accounts), None)
        lines = [write_same(people, each, person.name) for each in own.candidates] if own else []
        lines = lines or [f"SCREEN_NAME = [{json.dumps(person.name, ensure_ascii=False)}]"]
    else:
        near = [each.name for each in people.unmatched if person in each.candidates]
        lines = [write_same(people, person, name) for name in near or [str(t("Redmine での氏名", "name in Redmine"))]]
    shown = " / ".join(lines)
    return t(
        "kb.toml の [people.same] に次の行を書いて、もう一度実行してください"
        f"（{unknown_to} にいない人なら {alone}）: {shown}",
        f"put this line into [people.same] of kb.toml and try again ({alone} for who is not in {unknown_to}):\n{shown}",
    )


def open_writers(workspace: QuietWorkspace, mirror: Mirror, person: Person) -> Writers:
    """Return who wrote what, seen from a person."""
    owners = load_owners(workspace, mirror)
    return Writers(mirror, owners, person, _find_others_leaving(workspace, owners, person))


def _find_others_leaving(workspace: QuietWorkspace, owners: Owners, person: Person) -> frozenset[Person]:
    """Return whose things were gathered here before: nothing passes to them."""
    found = (owners.person(each.member) for each in list_announcements(workspace))
    return frozenset(each for each in found if each != person)


def gather_belongings(workspace: QuietWorkspace, member: str, now: datetime) -> Gathered:
    """Return all that a member holds. Raises UsageError for an unknown name, StoreError, InputError."""
    settings = workspace.settings
    zone = ZoneInfo(settings.timezone)
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        owners = load_owners(workspace, mirror)
        person = find_member(owners, member)
        writers = Writers(mirror, owners, person, _find_others_leaving(workspace, owners, person))
        entries, incidents, secrets, crashes = _survey(workspace, mirror, writers, now)
        held_secrets, readable = list_secrets(secrets, writers)
        logins = Logins(person)
        machines, notes = _load_machines(workspace)
        model = load_model_nodes(workspace.root, settings.host_names)
        nodes = _merge(list_nodes(person, logins, owners, model.model, machines))
        finder = AccountFinder(person, owners.people, logins)
        mentions = _pages_that_name(writers, finder.words)
        accounts = _list_accounts(writers, finder, mentions, machines)
        written = {each.doc for each in incidents if each.written}
        listed = (
            page for page in list_pages(writers, zone) if page.hold is not PageHold.SOLE or page.doc not in written
        )
        pages, moves = _with_homes(workspace, mirror, tuple(listed))
        tickets = tuple(list_tickets(writers, settings.ticket_policy.finished_statuses))
        subjects = Subjects(
            writers,
            machines,
            finder.words,
            frozenset(str(entry.doc) for entry in entries),
            frozenset(str(entry.doc) for entry in entries if is_marked_done(entry)),
            settings.host_names.spellings,
            _runbooks_of(model.model, configured_sources(settings)),
        )
        nodes = tuple(replace(each, owners=_owners_of(each, subjects)) for each in nodes)
        asker = Asker(
            writers,
            subjects,
            machines,
            ThingFinder(machines, logins, settings.host_names, _hosts_of(model.model, machines)),
            finder.words,
            _a_year_before(now),
        )
        candidates = [
            *asker.about_machines(nodes),
            *asker.about_pages(),
            *asker.about_mentions(mentions),
            *asker.about_incidents(entries),
            *asker.about_secrets(held_secrets),
            *asker.about_tickets(tickets),
            *asker.about_accounts(accounts),
        ]
        held = Belongings(
            person,
            pages,
            tuple(sorted(incidents, key=lambda each: each.done)),
            tickets,
            nodes,
            tuple(held_secrets),
            readable,
            accounts,
            tuple(_list_operations(workspace, mirror, writers)),
            choose_questions(candidates),
            (*notes, *model.notes),
        )
    return Gathered(held, moves, tuple(crashes))


def _survey(
    workspace: QuietWorkspace, mirror: Mirror, writers: Writers, now: datetime
) -> tuple[list[Entry], list[HeldIncident], SecretHoldings, list[KbError]]:
    """Return the incident pages, those of theirs, all secrets, and what crashed, of one pass over the mirror."""
    crashes: list[KbError] = []
    entries: list[Entry] = []
    incidents: list[HeldIncident] = []
    around = WorldBuilder(workspace.settings, now.date(), mirror)
    request = Request(now=now.isoformat())
    with Survey(request, workspace) as found:
        crashes += found.loaded.troubles
        with_secrets = []
        for each in found:
            crashes += each.judgement.crashes
            entry = each.judgement.entry
            if any(finding.secret is not None for finding in each.findings):
                with_secrets.append(each)
            if entry.is_incident and entry.part == "body":
                entries.append(entry)
                held = hold_incident(entry, writers, writers.owners, writers.person, around.world([entry]))
                if held is not None:
                    incidents.append(held)
        decided = DecisionFile.of(workspace).decisions()
        return entries, incidents, collect_secrets(with_secrets, decided, now.date()), crashes


def _load_machines(workspace: QuietWorkspace) -> tuple[Machines, tuple[Text, ...]]:
    try:
        snapshots = load_snapshots(workspace.private)
        if snapshots:
            return Machines(each.read_items() for each in snapshots), ()
    except KbError as error:
        return Machines(()), (error.what,)
    note = t(
        "動いているものは取り込んでいないので、機械のことは図と記事だけから見ています（kb diagram collect）。",
        "nothing was collected of what runs: machines are known by the diagram and pages alone (kb diagram collect).",
    )
    return Machines(()), (note,)


def _merge(nodes: Iterable[HeldNode]) -> tuple[HeldNode, ...]:
    """Return each node once, with all that says it is theirs."""
    found: dict[str, HeldNode] = {}
    for node in nodes:
        known = found.get(node.name)
        if known is None:
            found[node.name] = node
            continue
        says = tuple(dict.fromkeys((*known.says, *node.says)))
        runs = known.runs if node.runs is None else node.runs
        found[node.name] = HeldNode(node.name, says, runs, known.runbook or node.runbook)
    return tuple(found.values())


def _owners_of(node: HeldNode, subjects: Subjects) -> tuple[str, ...]:
    """Return who wrote of a node last, of those who stay."""
    people = subjects.look_up(node.name.split(" ")[0]).people
    return names_of(person for person in people if person not in subjects.writers.passing_on)


def _hosts_of(model: Model, machines: Machines) -> dict[str, str]:
    """Return a machine of each node that has one name, by the node's id."""
    found = {}
    for node in model.nodes:
        names = [name for name in (*node.match.ec2_name, *node.match.host) if "*" not in name and "?" not in name]
        if len(names) == 1 and len(node.id) > 3:
            found[node.id] = names[0]
    return found


def _a_year_before(now: datetime) -> str:
    return (now.date() - timedelta(days=365)).isoformat()


def _runbooks_of(model: Model, sources: Sequence[SourcePort]) -> dict[str, str]:
    """Return the runbook of each node that has one as a post, by the node's id and names."""
    found: dict[str, str] = {}
    for node in model.nodes:
        if post := find_runbook_post(node, sources):
            found |= dict.fromkeys((node.id, *node.match.ec2_name, *node.match.host), post)
    return found


def _pages_that_name(writers: Writers, words: Iterable[str]) -> list[TextHead]:
    """Return the pages that name them, and those they wrote themselves, by id."""
    found: dict[int, TextHead] = {}
    for word in words:
        for here, _ in find_mentions(writers.mirror, word):
            if here in writers.heads:
                found[here] = writers.heads[here]
    return [found[here] for here in sorted(found)[-MAX_MENTIONS:]]


def _list_accounts(
    writers: Writers, finder: AccountFinder, pages: Iterable[TextHead], machines: Machines
) -> tuple[SeenAccount, ...]:
    def lines(page: TextHead) -> Iterator[WrittenLine]:
        for part, number, line in read_lines(writers, page):
            yield WrittenLine(format_place(page.doc, part, number), page.title, line)

    own = [SeenAccount(system, name, (place,), EMPTY) for system, name, place in _own_accounts(writers)]
    found = finder.list_accounts(map(lines, pages), machines)
    known = {each.system: each for each in own}
    merged = [
        replace(each, places=(*known.pop(each.system).places, *each.places)) if each.system in known else each
        for each in found
    ]
    return (*known.values(), *merged)


def _own_accounts(writers: Writers) -> Iterator[tuple[str, str, str]]:
    """Yield system, name and place of the accounts they write with here: esa's list of members, Redmine's tickets."""
    handle, mirror = writers.person.handle, writers.mirror
    if handle in mirror.things(Source.ESA, "member"):
        yield "esa", handle, "esa members"
    for number, name in sorted({(number, name) for number, name, _ in queries.redmine_people(mirror.database)}):
        if writers.is_theirs(name):
            yield "Redmine", f"{name} #{number}", "redmine"


def _with_homes(
    workspace: QuietWorkspace, mirror: Mirror, pages: tuple[HeldPage, ...]
) -> tuple[tuple[HeldPage, ...], tuple[Change, ...]]:
    """Return the pages with proposed homes, and the changes that would move them there."""
    personal = {parse_doc(page.doc).number for page in pages if page.hold is PageHold.PERSONAL}
    if not personal:
        return pages, ()
    finder = DestinationFinder(workspace, mirror, "**")
    moves: dict[str, Change] = {}
    homes: dict[str, str] = {}
    for post in queries.post_heads(mirror):
        if post.number not in personal:
            continue
        made = finder.propose(post)
        if isinstance(made, Change):
            moves[made.target], homes[made.target] = made, str(made.after[ChangeKey.CATEGORY])
        elif (found := finder.find_home(post)) is not None and _is_home(found.category, workspace.settings.policy):
            homes[f"esa:{post.number}"] = found.category
    return tuple(replace(page, home=homes.get(page.doc, "")) for page in pages), tuple(moves.values())


def _is_home(category: str, policy: PagePolicy) -> bool:
    """Whether a place is one for pages that stay: not one of daily records, nor of incidents."""
    own = [each for each in policy.incident if matches_glob(each, f"{category}/-")]
    return bool(category) and not own and not is_record_place(category)


def _list_operations(workspace: QuietWorkspace, mirror: Mirror, writers: Writers) -> Iterator[HeldOperation]:
    """Yield what of kb is theirs: tokens that read the mirror, schedules of their account, settings that name them."""
    from kb.deploy.files import find_schedules
    from kb.reports.handover.operations import user_name

    for source in ("esa", "redmine"):
        name = str(queries.find_reader(mirror, source).get("name", ""))
        if name and writers.is_theirs(name):
            yield HeldOperation(
                t(f"kb が {source} を読むトークン（{name}）", f"the token kb reads {source} with ({name})")
            )
    user = user_name()
    if writers.is_theirs(user) or user.casefold() in Logins(writers.person).names:
        for each in find_schedules(workspace.root, Path.home()).found:
            yield HeldOperation(t(f"{each.kind} {each.name}: {each.when}", f"{each.kind} {each.name}: {each.when}"))
    people = workspace.settings.people
    for names in people.same:
        if any(writers.is_theirs(name) for name in (names[0], *names[1])):
            yield HeldOperation(t("kb.toml の [people.same]", "[people.same] of kb.toml"))
