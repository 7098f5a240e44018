"""Each page as values: its title, its sections, what stands beside them. Nothing is computed that a report does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.errors import KbError
from kb.lint.formats.wording import EXPOSURES, SEVERITIES
from kb.lint.printable import safe_address
from kb.model.plan import Change, Plan
from kb.model.section import Cell, Link, Section
from kb.pages.library import Library, describe_rule, name_document, name_page
from kb.plan.groups import diff_values
from kb.plan.impact.sentences import VERB_LABELS, describe_impact
from kb.reports.drift.words import KINDS, describe_counts, list_by_code
from kb.reports.incidents.groups import GroupBy, group_incidents
from kb.reports.incidents.rows import (
    CAUSE_WORDS,
    FIX_WORDS,
    STATUS_WORDS,
    TITLE,
    Incident,
    describe_hidden,
    describe_prevention,
)
from kb.reports.incidents.rows import (
    describe_counts as count_incidents,
)
from kb.reports.week.model import RowList, TodayTask, WeekRow
from kb.reports.week.short import describe_left_out, describe_share, render_short
from kb.reports.week.words import HEADINGS, week_lists, week_shares
from kb.text.dates import parse_instant
from kb.text.display import format_local_time
from kb.text.lang import Text, t

MOST_ROWS = 500
"""Findings of one rule's page, the most urgent first."""
FIRST_ROWS = 100
"""Findings of all rules on one page; each rule's page has more."""


@dataclass(frozen=True, slots=True)
class PageView:
    """A page: its title and sections, the template that shows it, and what only that template needs."""

    title: Text | str
    sections: tuple[Section, ...] = ()
    template: str = "page.html.jinja"
    values: Mapping[str, Any] | None = None


def show_today(library: Library) -> PageView:
    """The week's first screen: what changed, three things, hot nodes; below it what waits, oldest first."""
    week = library.week
    sections = [
        Section(HEADINGS["changed"], (*week.lead, *render_short(week)), key="changed"),
        Section(HEADINGS["today"], tuple(cell for task in week.today for cell in _describe_task(task)), key="today"),
        Section(
            HEADINGS["hot"],
            heads=(t("ノード", "Node"), t("理由", "Why")),
            rows=tuple(
                (
                    Link(spot.node, _node_page(library, spot.key)),
                    t("、".join(s.label.ja for s in spot.signals), ", ".join(s.label.en for s in spot.signals)),
                )
                for spot in week.hot_spots
            ),
            key="hot",
        ),
    ]
    sections += [
        _week_list(HEADINGS[each.key], each.listed, each.says, each.key)
        for each in week_lists(week)
        if each.listed.total
    ]
    shares = tuple(describe_share(share) for share in week_shares(week))
    trend = t("週の終わりに残っていた指摘（12 週）", "open at the end of each of twelve weeks")
    line = " → ".join(f"{point.open:,}" for point in week.trend[-12:])
    sections.append(
        Section(
            t("進み具合", "How it goes"),
            (*shares, *((t(f"{trend.ja}: {line}", f"{trend.en}: {line}"),) if line else ())),
            key="shares",
        )
    )
    if left := describe_left_out(week):
        sections.append(Section(HEADINGS["omitted"], (left,), key="omitted"))
    return PageView(
        t(f"今日（{week.team}）", f"Today ({week.team})"), tuple(each for each in sections if each.lines or each.rows)
    )


def _describe_task(task: TodayTask) -> Iterator[Cell]:
    why = t(f"{task.what.ja}。{task.why.ja}", f"{task.what.en}. {task.why.en}")
    yield Link(str(why), safe_address(task.url)) if task.url else why


def _week_list(heading: Text, listed: RowList, says: Callable[[WeekRow], Text], key: str) -> Section:
    rows = tuple(
        (Link(row.title, _document_page(str(row.doc))), says(row), row.due or _describe_age(row.age_days))
        for row in listed.rows
    )
    more = listed.total - len(rows)
    lines = (t(f"ほか {more:,} 件", f"{more:,} more"),) if more > 0 else ()
    return Section(heading, lines, (t("ページ", "Page"), t("すること", "What to do"), t("日", "Day")), rows, key)


def _describe_age(days: int | None) -> Text:
    """Return an age in words; one of today or unknown is none."""
    if not days:
        return t("", "")
    return t(f"{days:,} 日経過", f"{days:,} days")


def show_findings(library: Library, rule: str = "") -> PageView:
    """Findings nobody decided on, the most urgent first; of one rule where it is given."""
    found = [each for each in library.open_findings() if not rule or each.row.code == rule]
    counts = Counter(each.row.code for each in found)
    title = t("指摘", "Findings")
    if rule:
        about = describe_rule(library, rule) or t("", "")
        title = t(f"指摘 {rule} {about.ja}", f"Findings of {rule}: {about.en}")
    rules = tuple(
        (Link(code, f"rules/{name_page(code.lower())}.html"), describe_rule(library, code) or t("", ""), f"{count:,}")
        for code, count in counts.most_common()
    )
    heads = (t("規則", "Rule"), t("どんな指摘か", "What it is"), t("件数", "Count"))
    kinds = tuple(t(words, words) for _, _, words in _held_back(library)) if not rule else ()
    sections = [] if rule else [Section(t("規則ごと", "By rule"), kinds, heads, rules, "rules")]
    places = Counter(each.row.entry.category.split("/")[0] for each in found if each.row.entry.category)
    if not rule and places:
        rows = tuple((name, f"{count:,}") for name, count in places.most_common(12))
        sections.append(
            Section(t("場所ごと", "By place"), (), (t("場所", "Place"), t("件数", "Count")), rows, "places")
        )
    return PageView(
        title,
        tuple(sections),
        "findings.html.jinja",
        {"findings": found[: MOST_ROWS if rule else FIRST_ROWS], "total": len(found)},
    )


def _held_back(library: Library) -> Iterator[tuple[str, str, str]]:
    """Yield what the published rules hold back: secrets as counts, and what some may not read."""
    if library.is_shared:
        for severity, code, words in library.left_out.kinds():
            yield str(SEVERITIES[severity][0]), code, str(words)
        if left := library.left_out.left_out():
            yield "", "", str(left)


def list_rules(library: Library) -> list[str]:
    """Return the rules that have a page of their findings."""
    return sorted({each.row.code for each in library.findings})


def show_mine(library: Library) -> PageView:
    """What is the runner's own among the findings."""
    found = [each for each in library.open_findings() if each.mine]
    lines: tuple[Text, ...] = ()
    if not library.is_me:
        lines = (
            t(
                "だれの分か分かりません（git の user.name が、メンバーの名前にありません）。",
                "Whose pages these are is not known: git's user.name is no member's name.",
            ),
        )
    sections = (Section(t("あなたの分", "Yours"), lines),) if lines else ()
    return PageView(
        t("あなたの分", "Mine"), sections, "findings.html.jinja", {"findings": found[:MOST_ROWS], "total": len(found)}
    )


_INCIDENT_HEADS = (
    t("日", "Day"),
    t("障害", "Incident"),
    t("状態", "State"),
    t("原因", "Cause"),
    t("復旧", "Fix"),
    t("再発防止", "Prevention"),
    t("次の期限", "Next due"),
    t("たずねる相手", "Whom to ask"),
)


def show_incidents(library: Library) -> PageView:
    """Past troubles: those that came again with what the first page promised, then by cause, node and month."""
    rows = {str(row.doc): row for row in library.incidents}
    again = group_incidents(library.incidents, GroupBy.REPEAT, library.model)
    sections = [
        Section(
            t("繰り返した障害", "The same trouble again"),
            heads=(
                t("障害", "Trouble"),
                t("最初のページ", "First page"),
                t("そこで決めた再発防止", "What it promised"),
                t("日", "Days"),
            ),
            rows=tuple(
                (
                    Link(group.title, _document_page(str(group.rows[0].doc))),
                    Link(str(first.title), _document_page(str(first.doc))),
                    describe_prevention(first),
                    "、".join(row.day for row in group.rows),
                )
                for group in again
                if (first := rows.get(group.key, group.rows[-1]))
            ),
            key="again",
        )
    ]
    waiting = [row for row in library.incidents if row.measures > row.done and row.standing == "open"]
    oldest = sorted(waiting, key=lambda row: row.day or "9")[:MOST_ROWS]
    sections.append(
        _incident_table(library, t("残っている再発防止（古い順）", "Open prevention, oldest first"), oldest, "open")
    )
    for by, name in ((GroupBy.CAUSE, "cause"), (GroupBy.NODE, "node"), (GroupBy.MONTH, "month")):
        for number, group in enumerate(group_incidents(library.incidents, by, library.model, library.spots)):
            sections.append(
                _incident_table(library, t(group.title, group.title), group.rows, f"{name}-{number}", shown=0)
            )
    told = (
        count_incidents(len(library.incidents), sum(row.standing == "open" for row in library.incidents)),
        describe_hidden(library.hidden_incidents),
    )
    whole = Section(t("全部で", "In all"), tuple(filter(None, told)))
    return PageView(TITLE, (whole, *(each for each in sections if each.rows)))


def _incident_table(library: Library, heading: Text, rows: Sequence[Incident], key: str, *, shown: int = 10) -> Section:
    counted = count_incidents(len(rows), sum(row.standing == "open" for row in rows))
    return Section(heading, (counted,), _INCIDENT_HEADS, tuple(_incident_row(row) for row in rows), key, shown)


def _incident_row(row: Incident) -> tuple[Cell, ...]:
    title = Link(str(row.title), _document_page(str(row.doc)))
    return (
        row.day,
        title,
        STATUS_WORDS[row.standing],
        CAUSE_WORDS[row.cause],
        FIX_WORDS[row.fix],
        describe_prevention(row),
        row.next_due,
        "、".join(row.owners),
    )


def show_node(library: Library, key: str) -> PageView | None:
    """One node: whom to ask, its runbook, incidents, open measures, tickets, alerts, drift, neighbours."""
    group = library.groups.get(key)
    if group is None:
        return None
    model = library.model
    node = model.model.node_by_id.get(key)
    facts: list[tuple[Cell, ...]] = []
    if node is not None:
        runbook = Link(node.runbook, _of_address(library, node.runbook)) if node.runbook else t("ありません", "none")
        facts += [
            (t("たずねる相手", "Whom to ask"), node.owner or t("決まっていません", "not decided")),
            (t("手順書", "Runbook"), runbook),
        ]
        for label, words in (
            (t("種類", "Kind"), node.kind),
            (t("リポジトリー", "Repository"), node.repo),
            (t("確かめた記録", "Evidence"), node.evidence),
        ):
            if words and not (library.is_shared and words == node.evidence):  # it says who saw it
                facts.append((label, Link(words, safe_address(words)) if words.startswith("http") else words))
    waiting = [row for row in group.rows if row.measures > row.done and row.standing == "open"]
    tickets = {word: url for row in group.rows for word, url in zip(row.tickets, row.ticket_urls, strict=True) if url}
    signals = tuple(each.label for each in group.spot.signals) if group.spot else ()
    drift = tuple(
        (code, describe_rule(library, code) or t("", ""), f"{count:,}")
        for code, count in sorted(library.drift_of.get(key, {}).items())
    )
    near = [(t("呼ぶ", "calls"), edge.target, edge) for edge in model.model.edges if edge.source == key]
    near += [(t("呼ばれる", "called by"), edge.source, edge) for edge in model.model.edges if edge.target == key]
    open_to = (t("向き", "Direction"), t("ノード", "Node"), t("何を", "What"))
    sections = (
        Section(
            t("このノード", "This node"),
            signals,
            (t("項目", "Fact"), t("内容", "Value")) if facts else (),
            tuple(facts),
        ),
        _incident_table(library, t("残っている再発防止", "Open prevention"), waiting, "open"),
        _incident_table(library, t("障害", "Incidents"), group.rows, "incidents"),
        Section(t("チケット", "Tickets"), tuple(Link(word, safe_address(url)) for word, url in tickets.items())),
        Section(t("図との違い", "Drift"), (), (t("規則", "Rule"), t("違い", "Difference"), t("件数", "Count")), drift),
        Section(
            t("つながり", "Neighbours"),
            (),
            open_to,
            tuple(
                (
                    way,
                    Link(model.name_of(other) if model.has(other) else other, _node_page(library, other)),
                    edge.label or edge.proto,
                )
                for way, other, edge in near
            ),
        ),
    )
    title = group.title
    return PageView(title, tuple(each for each in sections if each.rows or (each.lines and each.heads == ())))


def show_diagram(library: Library) -> PageView:
    """The drawn diagram, whose nodes lead to their pages; drift, and what is outside the picture, as lists."""
    from kb.pages.picture import read_picture

    week, model = library.week, library.model.model
    lines: list[Cell] = [describe_counts(week.drift)] if week.drift is not None else []
    lines += (
        [
            t(f"{KINDS[kind].ja}: {code} {where.ja}", f"{KINDS[kind].en}: {code} {where.en}")
            for kind in KINDS
            for code, where in list_by_code(week.drift, kind)
        ]
        if week.drift is not None
        else []
    )
    nodes = tuple(
        (
            Link(group.title, _node_page(library, key)),
            known.owner if (known := model.node_by_id.get(key)) else "",
            f"{len(group.rows):,}",
            f"{sum(library.drift_of.get(key, Counter()).values()):,}",
        )
        for key, group in sorted(library.groups.items())
    )
    heads = (t("ノード", "Node"), t("担当", "Owner"), t("障害", "Incidents"), t("図との違い", "Drift"))
    sections = [Section(t("図との違い", "Drift"), tuple(lines), key="drift")] if lines else []
    sections.append(Section(t("ノードの一覧", "All nodes"), library.model.notes, heads, nodes, "nodes"))
    picture = read_picture(library.workspace.root, {key: f"nodes/{name_page(key)}.html" for key in library.groups})
    return PageView(t("構成図とずれ", "Diagram and drift"), tuple(sections), "diagram.html.jinja", {"picture": picture})


def show_changes(library: Library) -> PageView:
    """The plans that lie in the workspace."""
    rows = []
    for name, path in library.list_plans().items():
        plan, _hidden = library.read_plan(path)
        on = sum(each.accept for each in plan.changes)
        moves = Counter(str(VERB_LABELS[each.kind]) for each in plan.changes)
        what = "、".join(f"{verb} {count:,}" for verb, count in moves.items())
        rows.append(
            (
                Link(path.name, f"changes/{name}.html"),
                what,
                f"{on:,}/{len(plan.changes):,}",
                format_local_time(plan.created, library.workspace.settings.timezone),
            )
        )
    heads = (t("変更案", "Plan"), t("何をするか", "What"), t("送る", "To send"), t("作成", "Created"))
    lines = () if rows else (t("変更案はありません。", "There is no plan."),)
    return PageView(t("変更案", "Changes"), (Section(t("変更案", "Plans"), lines, heads if rows else (), tuple(rows)),))


def show_plan(library: Library, name: str) -> PageView | None:
    """One plan: what sending it does, the tree before and after, then its groups, each change a card."""
    from kb.execute.preflight.check import forecast_apply
    from kb.mirror.store import Mirror
    from kb.reports.inventory import gather_inventory, list_moves
    from kb.reports.meeting import describe_tree

    path = library.list_plans().get(name)
    if path is None:
        return None
    plan, hidden = library.read_plan(path)
    with Mirror.open(library.workspace.mirror, readonly=True) as mirror:
        found = forecast_apply(library.workspace, mirror, plan.accepted)
    told = describe_impact(found.consequences, people=not library.is_shared)
    impact: list[Cell] = [line for line in told if library.may_name(line)]
    if not library.is_shared:
        impact += [each.what for each in (*found.refused, *found.remarks)] + [each.what for each in found.over]
    if hidden:
        impact.append(
            t(
                f"メンバー全員には見えないものの変更 {hidden:,} 件は、載せていません。",
                f"Changes of what not every member can see, left out: {hidden:,}.",
            )
        )
    sections = [Section(t("送ると起きること", "What sending does"), tuple(impact))]
    if moves := list_moves(plan):
        sections.append(describe_tree(gather_inventory(library.workspace, moved=moves)))
    groups = [(group, changes, plan_state(plan, group)) for group, changes in plan.groups()]
    values = {
        "groups": groups,
        "diff": diff_values,
        "verbs": VERB_LABELS,
        "plan": name,
        "file": path.relative_to(library.workspace.root).as_posix(),
        "link": lambda change: Link(change.title or change.target, _change_page(change)),
        "shown": MOST_ROWS,
    }
    return PageView(t(f"変更案 {path.name}", f"Plan {path.name}"), tuple(sections), "plan.html.jinja", values)


def _change_page(change: Change) -> str:
    return "" if change.creates else _document_page(change.target)


def plan_state(plan: Plan, group: str) -> str:
    """Return what a group looks like now, so that a decision on another state is told."""
    import hashlib

    from kb.execute.plan_store import is_decided

    of = [(each.current_id, each.accept, each.answer) for each in plan.changes if each.group == group]
    return hashlib.sha256(repr((of, is_decided(plan, group))).encode()).hexdigest()[:20]


_BANDS = (
    (90, t("90 日まで", "up to 90 days")),
    (365, t("1 年まで", "up to a year")),
    (10**6, t("1 年より前", "older")),
)


def show_secrets(library: Library) -> PageView:
    """Secrets as counts, by age of their page and by readers: neither values nor places."""
    bands: Counter[tuple[str, int]] = Counter()
    kinds: Counter[tuple[Text, bool]] = Counter()
    for value in library.secrets.values:
        kinds[value.secret.kind.label, value.is_dead] += len(value.places)
        for place in value.places:
            changed = parse_instant(place.entry.updated_at)
            days = (library.moment - changed).days if changed else 10**5
            bands[next(str(words) for most, words in _BANDS if days <= most), int(place.exposure)] += 1
    exposed = sorted({each for _, each in bands}, reverse=True)
    rows = tuple((str(words), *(f"{bands[str(words), each]:,}" for each in exposed)) for _, words in _BANDS)
    by_age = Section(
        t("古さと読める人", "By age and readers"),
        (),
        (
            t("ページの最後の編集", "Last edit of the page"),
            *(next(w for e, w in EXPOSURES.items() if int(e) == each) for each in exposed),
        ),
        rows if exposed else (),
    )
    by_kind = Section(
        t("種類ごと", "By kind"),
        (),
        (t("種類", "Kind"), t("残り", "Left"), t("更新済み（消すだけ）", "Changed, to clean")),
        tuple(
            (label, f"{kinds[label, False]:,}", f"{kinds[label, True]:,}")
            for label in dict.fromkeys(label for label, _ in kinds)
        ),
    )
    line = t(
        f"{len(library.secrets.values):,} 種類、{library.secrets.places:,} か所。"
        "値も場所も、ここには載せません（端末で kb secrets list）。",
        f"{len(library.secrets.values):,} values in {library.secrets.places:,} places. "
        "Neither stands here (at a terminal: kb secrets list).",
    )
    sections = (Section(t("全部で", "In all"), (line,)), by_age, by_kind)
    return PageView(t("秘密の値", "Secrets"), tuple(each for each in sections if each.lines or each.rows))


def show_document(library: Library, page: str) -> PageView | None:
    """One document, masked, with what is found on it."""
    doc = library.find_document(page)
    parts = library.read_document(doc) if doc else []
    if not parts:
        return None
    first, zone = parts[0], library.workspace.settings.timezone
    facts: list[tuple[Cell, ...]] = [
        (t("場所", "Place"), library.place(first.category)),
        (t("タグ", "Tags"), "、".join(first.tags)),
        (t("作成", "Created"), format_local_time(first.created_at, zone)),
        (t("最後の編集", "Last edit"), format_local_time(first.human_at or first.updated_at, zone)),
    ]
    if address := safe_address(first.url):
        facts.append((t("もとのページ", "Where it stands"), Link(address, address)))
    sections = (
        Section(
            t("このページ", "This page"),
            (),
            (t("項目", "Fact"), t("内容", "Value")),
            tuple(row for row in facts if row[1]),
        ),
    )
    found = list(library.by_document.get(doc, ()))
    values = {"parts": parts if library.with_text else (), "findings": found, "total": len(found)}
    return PageView(Link(first.title or doc).words, sections, "document.html.jinja", values)


def show_search(library: Library, query: str = "") -> PageView:
    """What `kb search` finds, as far as the readers may see it."""
    rows: tuple[tuple[Cell, ...], ...] = ()
    lines: tuple[Cell, ...] = ()
    if query.strip():
        found, more = _search(library, query)
        rows = tuple(
            (Link(str(page.title), _document_page(str(page.doc))), library.place(page.category), snippet)
            for page, snippet in found
        )
        lines = (t(f"{len(found):,} 件{'以上' if more else ''}", f"{len(found):,}{' or more' if more else ''}"),)
    heads = (t("ページ", "Page"), t("場所", "Place"), t("見つかった行", "Line")) if rows else ()
    sections = (Section(t("結果", "Results"), lines, heads, rows),) if query.strip() else ()
    return PageView(t("探す", "Search"), sections, "search.html.jinja", {"query": query})


def _search(library: Library, query: str) -> tuple[list[tuple[Any, str]], bool]:
    from kb.mirror.search import search, split_terms
    from kb.mirror.store import Mirror
    from kb.rules.codes import enabled_personal_kinds
    from kb.text.grams import fold_for_search

    settings = library.workspace.settings
    try:
        terms = split_terms(query)
    except KbError:
        return [], False
    hosts = settings.host_names
    same = {term: others[:20] for term in terms if (others := hosts.others(term))} if hosts else {}
    personal = enabled_personal_kinds(settings.lint.select, settings.lint.ignore)
    least = library.audience
    with Mirror.open(library.workspace.mirror, readonly=True) as mirror:
        wanted = (lambda stored: stored.document.visibility >= least) if library.is_shared else None
        found = search(mirror, query, limit=50, personal=personal, same=same, wanted_by=wanted)
        shown = []
        for hit in found.hits:
            if library.is_shared:  # what stands in a private note alone is found by nobody else
                seen = [each.document for each in mirror.family(hit.id) if each.document.visibility >= least]
                text = fold_for_search("\n".join([hit.page.title, *(each.body for each in seen)]))
                if not all(
                    term in text or any(fold_for_search(o) in text for o in same.get(term, ())) for term in terms
                ):
                    continue
                if hit.part not in ("title", *(each.part for each in seen)):
                    shown.append((hit.page, ""))
                    continue
            shown.append((hit.page, str(hit.snippet)))
        return shown, found.more or found.total > len(found.hits)


def _document_page(doc: str) -> str:
    return f"docs/{name_document(doc)}.html"


def _node_page(library: Library, key: str) -> str:
    return f"nodes/{name_page(key)}.html" if key in library.groups else ""


def _of_address(library: Library, url: str) -> str:
    from kb.sources.registry import configured_sources, find_link_end

    end = find_link_end(configured_sources(library.workspace.settings), url)
    return _document_page(end) if end.startswith(("esa:", "redmine:")) else safe_address(url)
