"""What the incident rules offer to change: whole titles, places, and sections that are not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kb.lint.fixing.edits import apply_edits
from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Facts, Role, Verdict
from kb.model.finding import Edit, Field, Safety
from kb.model.page import Page, PagePolicy
from kb.reading.facts import read_facts
from kb.rules import registry
from kb.rules.judge import build_entry
from kb.rules.registry import Hit
from kb.rules.world import Ticket, World
from kb.text.lang import Text

RULES = {rule.code: rule for rule in registry.load_rules()}
WORLD = World(date(2025, 7, 1))

SECTIONS = (
    ("概要", "5/8 20:10 から、注文が二重に登録された。"),
    ("影響", "注文 6 件"),
    ("原因", "再送の印を読む前に登録していて、遅い回線で 2 回届いた注文を別の注文として扱った。"),
    ("対応", "重なった 6 件を取り消した。"),
    ("再発防止", "- [x] 注文番号に一意制約を付ける（大野）"),
)


def body(style: str, *, without: str = "", measures: str = "", newline: str = "\n") -> str:
    parts = []
    for name, said in SECTIONS:
        if name != without:
            said = measures if measures and name == "再発防止" else said
            parts.append(f"{style.format(name)}\n{said}\n")
    return "\n".join(parts).replace("\n", newline)


def page(
    text: str,
    *,
    title: str = "注文が二重になる",
    category: str = "不具合共有/2025",
    markup: Markup = Markup.MARKDOWN,
    kind: Kind = Kind.POST,
    created_at: str = "2025-05-09T10:00:00+09:00",
) -> Document:
    return Document(
        *("x", Source.ESA, kind, title, text, markup), category=category, created_at=created_at, updated_at=created_at
    )


def facts(document: Document, policy: PagePolicy | None = None) -> Facts:
    found = read_facts(document, policy or PagePolicy())
    assert found.is_incident, found.kind_reason
    return found


def hits(code: str, document: Document, world: World = WORLD) -> list[Hit]:
    rule, found = RULES[code], facts(document, world.policy)
    said = list(rule.check(Page(document, found, world.policy))) if rule.check else []
    return said + (list(rule.join(build_entry(document, found), world)) if rule.join else [])


def change(code: str, document: Document, world: World = WORLD) -> Edit:
    (hit,) = hits(code, document, world)
    (only,) = hit.edits
    return only


@pytest.mark.parametrize(
    ("style", "heading", "markup"),
    [
        ("## {}", "## {}", Markup.MARKDOWN),
        ("### 3. {}", "### {}", Markup.MARKDOWN),
        ("## 🛡 {}", "## {}", Markup.MARKDOWN),
        ("## {} ##", "## {} ##", Markup.MARKDOWN),
        ("■ {}", "■ {}", Markup.MARKDOWN),
        ("**{}**\n", "**{}**", Markup.MARKDOWN),
        ("【{}】", "【{}】", Markup.MARKDOWN),
        ("{}\n----", "## {}", Markup.MARKDOWN),
        ("h2. {}\n", "h2. {}", Markup.TEXTILE),
        ("h3(#x). {}\n", "h3(#x). {}", Markup.TEXTILE),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("code", "name", "role"), [("INC201", "原因", Role.CAUSE), ("INC401", "再発防止", Role.PREVENTION)]
)
def test_a_missing_section_is_put_where_it_belongs_in_the_style_of_the_page(
    style: str, heading: str, markup: Markup, newline: str, code: str, name: str, role: Role
) -> None:
    document = page(body(style, without=name, newline=newline), markup=markup)
    made = change(code, document)
    assert (made.field, made.safety, made.before) == (Field.BODY, Safety.UNSAFE, "")
    after = apply_edits(document.body, [made]).text
    lines = after.split(newline)
    at = lines.index(heading.format(name))
    opened = [index for index, line in enumerate(lines) if line.startswith(style.format("対応").split("\n")[0])]
    assert (at < opened[0]) if role is Role.CAUSE else (at > opened[0])
    if newline == "\r\n":
        assert "\n" not in after.replace("\r\n", "")
    again = facts(replace(document, body=after)).role(role)
    assert again is not None
    assert again.verdict in (Verdict.EMPTY, Verdict.PLACEHOLDER)  # it asks, and claims nothing
    assert all(not hit.edits for hit in hits(code, replace(document, body=after)))


def test_an_english_page_gets_an_english_section() -> None:
    text = (
        "## Summary\nOn 5/8 at 20:10 orders were doubled.\n\n## Root cause\n"
        "The flag was read after the insert, because both ran in one handler.\n\n## Resolution\nRolled back to 1.4.\n"
    )
    document = page(text, title="Orders doubled", category="Incidents/2025")
    after = apply_edits(text, [change("INC401", document)]).text
    assert after == text + "\n## Prevention\n\n[Describe what, who and by when]\n"
    assert [hit.reason for hit in hits("INC402", replace(document, body=after))] == ["placeholder:guidance"]


def test_a_page_without_headings_of_its_own_gets_no_section() -> None:
    rows = "\n".join(f"| {name} | {said} |" for name, said in SECTIONS if name not in ("再発防止",))
    (hit,) = hits("INC401", page(f"| 項目 | 内容 |\n|---|---|\n{rows}\n"))
    assert hit.edits == ()


def test_a_section_that_is_there_and_empty_is_left_to_people() -> None:
    (hit,) = hits("INC401", page(body("## {}").rpartition("## 再発防止")[0] + "## 再発防止\n"))
    assert hit.edits == ()


def test_an_edit_elsewhere_does_not_bring_a_missing_section_back() -> None:
    text = body("## {}", without="再発防止")
    (first,) = hits("INC401", page(text))
    (second,) = hits("INC401", page(text.replace("6 件を", "7 件を")))
    assert first.content == second.content != ""


def test_each_incident_of_a_page_is_told_apart() -> None:
    one = body("## {}", without="再発防止").replace("\n\n", "\n")
    text = "# 1 件目\n" + one + "\n# 2 件目\n" + one
    found = hits("INC401", page(text))
    assert [hit.role for hit in found] == ["prevention", "prevention.1"]


def test_a_done_page_is_marked_and_moved_and_unmarked() -> None:
    done = page(body("## {}"))
    made = change("INC501", done)
    assert (made.field, made.before, made.after) == (Field.TITLE, "注文が二重になる", "【完了】注文が二重になる")
    assert made.safety is Safety.UNSAFE
    moved = change("INC503", replace(done, title=made.after))
    assert (moved.field, moved.after) == (Field.CATEGORY, "不具合共有/対応完了/2025")
    assert "発生日 2025-05-08" in moved.reason.ja
    still = page(body("## {}", measures="- [ ] 一意制約を付ける"), title="【障害】【完了】注文が二重になる")
    assert change("INC502", still).after == "【障害】注文が二重になる"
    back = change("INC504", replace(still, title="注文が二重になる", category="不具合共有/対応完了/2025"))
    assert (back.field, back.after) == (Field.CATEGORY, "不具合共有/2025")


def test_the_year_is_that_of_creation_in_the_teams_time_where_the_page_names_no_day() -> None:
    text = body("## {}").replace("5/8 20:10 から、", "")
    document = page(text, title="【完了】注文が二重になる", created_at="2024-12-31T20:00:00Z")
    made = change("INC503", document)
    assert made.after == "不具合共有/対応完了/2025"
    assert "作成日 2025-01-01" in made.reason.ja


@pytest.mark.parametrize(
    ("title", "after", "safety"),
    [
        ("注文が二重になる（完了）", "【完了】注文が二重になる", Safety.SAFE),
        ("✅ 注文が二重になる", "【完了】注文が二重になる", Safety.SAFE),
        ("[SEV2] 【完了】 注文", "【完了】[SEV2] 注文", Safety.SAFE),
        ("注文が二重になる [Resolved]", "【完了】注文が二重になる", Safety.UNSAFE),
    ],
)
def test_only_a_mark_that_says_the_same_is_replaced_safely(title: str, after: str, safety: Safety) -> None:
    made = change("INC505", page(body("## {}"), title=title))
    assert (made.after, made.safety) == (after, safety)


def test_a_heading_is_renamed_and_nothing_else() -> None:
    text = body("## 2. {}：").replace("原因", "発生原因")
    document = page(text)
    made = change("INC105", document)
    assert made.safety is Safety.SAFE
    assert apply_edits(text, [made]).text == body("## 2. {}：")
    assert hits("INC105", replace(document, body=apply_edits(text, [made]).text)) == []


def test_a_ticket_decides_and_the_finding_says_who_and_when() -> None:
    document = page(body("## {}", measures="- [ ] 一意制約を付ける #45"))
    closed = Ticket("redmine:45", "x", "終了", closed=True, since="2025-05-12", by="大野")
    (hit,) = hits("INC501", document, replace(WORLD, tickets={"#45": closed}))
    assert hit.evidence == Text("#45 は 5/12 に大野さんが完了にしています", "#45 was closed by 大野 on 2025-05-12")
    assert "大野" not in hit.message.ja
    assert hits("INC501", document, replace(WORLD, tickets={"#45": replace(closed, by_kb=True)})) == []
    reopened = replace(closed, closed=False, status="再開", since="2024-12-30", by="岸さん")
    marked = page(body("## {}", measures="- [x] 一意制約を付ける #45"), title="【完了】注文が二重になる")
    assert hits("INC502", marked) == []
    (hit,) = hits("INC502", marked, replace(WORLD, tickets={"#45": reopened}))
    assert hit.evidence is not None
    assert hit.evidence.ja == "#45 は 2024/12/30 に岸さんが再開しています"


def test_of_a_ticket_that_not_everybody_may_read_no_page_tells_its_number_who_or_when() -> None:
    document = page(body("## {}", measures="- [ ] 一意制約を付ける #45"))
    ticket = Ticket(
        "redmine:45", "x", "終了", closed=True, since="2025-05-12", by="大野", created="2025-05-10", private=True
    )
    (done,) = hits("INC501", document, replace(WORLD, tickets={"#45": ticket}))
    marked = page(body("## {}", measures="- [x] 一意制約を付ける #45"), title="【完了】注文が二重になる")
    (left,) = hits("INC502", marked, replace(WORLD, tickets={"#45": replace(ticket, closed=False, status="再開")}))
    undecided = page(body("## {}", measures="検討中") + "\n## メモ\n調査は #45\n")
    (closed,) = hits("TKT103", undecided, replace(WORLD, tickets={"#45": replace(ticket, created="2025-12-01")}))
    for hit in (done, left, closed):
        assert hit.evidence is not None
        assert "読める人が限られたチケット" in hit.evidence.ja
        assert "not everybody may read" in hit.evidence.en
        told = hit.message.ja + hit.message.en + hit.evidence.ja + hit.evidence.en + hit.day
        assert not [each for each in ("45", "大野", "5/12", "再開して", "2025") if each in told]


def test_a_measure_with_several_tickets_is_done_when_all_are() -> None:
    document = page(body("## {}", measures="- 一意制約を付ける #45 #46"))
    closed = Ticket("redmine:45", "x", "終了", closed=True, since="2025-05-12", by="大野")
    assert hits("INC501", document, replace(WORLD, tickets={"#45": closed})) == []
    both = {"#45": closed, "#46": replace(closed, key="redmine:46", since="2025-05-20")}
    (hit,) = hits("INC501", document, replace(WORLD, tickets=both))
    assert hit.evidence is not None
    assert "#46" in hit.evidence.ja
    both["#46"] = replace(closed, closed=False)
    assert hits("INC501", document, replace(WORLD, tickets=both)) == []


def test_the_last_edit_is_on_a_day_of_the_team() -> None:
    stopped = page(body("## {}", measures="- [ ] 一意制約を付ける（大野）"), created_at="2025-05-08T22:30:00Z")
    entry = build_entry(stopped, facts(stopped))
    (hit,) = RULES["INC506"].join(entry, WORLD)
    assert (str(hit.evidence), hit.day) == ("最後の更新 5/9", "2025-05-09")


def test_a_ticket_page_is_not_asked_for_a_mark() -> None:
    assert Kind.TICKET not in RULES["INC501"].kinds | RULES["INC505"].kinds | RULES["INC506"].kinds
    assert Kind.TICKET in RULES["INC402"].kinds


@pytest.mark.parametrize("code", sorted(code for code in RULES if code.startswith("INC")))
def test_what_is_kept_for_the_record_is_only_asked_to_agree_with_itself(code: str) -> None:
    policy = PagePolicy(record_only_before="2025-06-01")
    empty = page("## 概要\n（ここに概要を記載）\n5/8 に止まった。\n\n## 発生原因\n調査中\n\n## 再発防止\n- 検討中\n")
    said = page(body("## {}", measures="- 監視を強化する\n- [ ] 一意制約を付ける（5/16）"))
    world = replace(WORLD, policy=policy)
    for document in (empty, said, page(body("## {}"))):
        assert hits(code, document, world) == []
    marked = replace(said, title="【完了】注文が二重になる")
    assert hits("INC502", marked, world)
    assert not hits("INC503", replace(marked, body=body("## {}")), world)


def test_what_is_told_in_passing_is_there_if_only_with_low_confidence() -> None:
    told = "会員 31 名の注文が 20:10 から二重になった。20:25 に問い合わせで気づき、20:40 に前の版へ切り戻した。"
    measure = "注文番号に一意制約を付ける（大野、7/31）"
    document = page(f"## 概要\n{told}\n\n## 原因\n{SECTIONS[2][1]}\n\n## 再発防止\n- [ ] {measure}\n")
    for code in ("INC101", "INC102", "INC103", "INC301"):
        assert [hit.confidence.name for hit in hits(code, document)] == ["LOW"], code
