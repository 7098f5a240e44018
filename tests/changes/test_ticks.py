"""What the revisions of a checklist say, by the labelled cases and by a model that knows no text."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from changes.site import change
from changes.ticks import model

from kb.model.plan import Plan, Verb, new_plan
from kb.plan.sections.block import find_section, render_block
from kb.plan.sections.boxes import carry_boxes
from kb.plan.ticks.answers import CollectedAnswers, TickComment, read_comments, settle_answers
from kb.plan.ticks.checklist import asked_lines, line_id, render_line
from kb.plan.ticks.history import AskedLine, TickAnswer, TickDoubt, TickReading, TickRevision, read_history
from kb.text.tasks import read_tick_line

CASES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("ticks").joinpath("cases.toml").read_text("utf-8"))


def person(name: str) -> str:
    """Fold the other names of the people here."""
    return {"k.sato": "sato"}.get(name.casefold(), name.casefold())


def told(reading: TickReading) -> str:
    return f"{reading.answer}{' by lead' if reading.lead else ''}"


def asked_line(id: str, by: str, line: str) -> AskedLine:
    read = read_tick_line(f"- [ ] {line}\n")
    assert read is not None
    return AskedLine(id, by, frozenset({read.text}))


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_what_a_labelled_history_says(case: dict[str, Any]) -> None:
    bodies = [CASES["base"]]
    for old, new in case.get("start", ()):
        assert old in bodies[0]
        bodies[0] = bodies[0].replace(old, new, 1)
    revisions = [TickRevision(1, "sato", True, bodies[0])]
    for number, edit in enumerate(case.get("edits", ()), 2):
        body = bodies[edit["restore"] - 1] if "restore" in edit else bodies[-1]
        for old, new in edit.get("replace", ()):
            assert old in body, old
            body = body.replace(old, new, 1)
        bodies.append(body)
        revisions.append(TickRevision(number, edit["by"], edit.get("kb", False), body))
    asked = [asked_line(id, **row) for id, row in CASES["asked"].items()]
    found = read_history(revisions, asked, person, "mori")
    assert {id: told(found[id]) for id in case["answers"]} == case["answers"]


def line_of(line: model.Line) -> str:
    return f"移す: [esa:7 題名](/posts/7) 旧/{line.asked} → 新/{line.asked} `{line.id}`"


def content_of(page: model.Page, rows: Mapping[str, str] = {}) -> str:
    """Render the lines of a revision of the model; `rows` are what its lines say."""
    made = []
    for line in page.lines:
        if not line.there:
            continue
        said = rows.get(line.id) or line_of(line)
        said = said.replace("題名", f"題名 {line.title}")
        if not line.sound:
            said = said.replace("→", "、消す")
        made.append(
            f"- [{'x' if line.do.on else ' '}] {said}\n    - [{'x' if line.no.on else ' '}] やらない `{line.id}`\n"
        )
        if line.copied:
            made.append(f"\n言った: \n\n- [x] {said}\n\n")
    return "\n".join(made)


def body_of(page: model.Page, rows: Mapping[str, str] = {}) -> str:
    """Render a revision of the model."""
    section = f"<!-- kb:ticks begin sha256=0 -->\n\n{content_of(page, rows)}\n<!-- kb:ticks end -->\n"
    if page.broken:
        section = section.replace("<!-- kb:ticks begin sha256=0 -->\n", "")
    copies = "".join(f"- [x] {line_of(line)}\n" for line in page.lines if line.id in page.outside)
    return f"前 {page.around}\n\n{section}\n{copies}\n"


def test_a_thousand_histories_are_answered_as_the_model_answers_them() -> None:
    wrong: list[tuple[int, dict[str, str], dict[str, str]]] = []
    seen: Counter[str] = Counter()
    for seed in range(1_000):
        made = model.make_history(seed)
        revisions = [TickRevision(n, page.author, page.by_kb, body_of(page)) for n, page in enumerate(made.pages, 1)]
        asked = [asked_line(line.id, line.asked, line_of(line)) for line in made.pages[0].lines]
        found = {id: told(each) for id, each in read_history(revisions, asked, person, model.LEAD).items()}
        wanted = model.answers_of(made)
        seen.update(wanted.values())
        if found != wanted:
            wrong.append((seed, found, wanted))
    assert not wrong[:3]
    assert min(seen[each] for each in ("yes", "no", "yes by lead", "no by lead", "open", "kept")) > 50


def test_what_kb_writes_anew_carries_what_the_model_carries() -> None:
    carried = 0
    for seed in range(1_000):
        pages = model.make_history(seed).pages
        for before, page in pairwise(pages):
            if not page.rewritten:
                continue
            clean = [replace(line, do=model.Box(), no=model.Box()) for line in page.lines]
            made = carry_boxes(content_of(before), content_of(replace(page, lines=tuple(clean))))
            assert made == content_of(page), seed
            carried += made.count("[x]")
    assert carried > 100


def test_a_plan_collected_again_and_again_says_what_the_model_says() -> None:
    """Each collect takes what is new; what nobody can tell any more stays as it was known."""
    answered = 0
    for seed in range(300):
        made = model.make_history(seed)
        changes = [
            replace(change(number, category=f"新/{line.asked}"), asked=line.asked, accept=False, proposed=False)
            for number, line in enumerate(made.pages[0].lines, 1)
        ]
        ids = {line.id: line_id(each) for line, each in zip(made.pages[0].lines, changes, strict=True)}
        rows = {ids[line.id]: render_line(each, "") for line, each in zip(made.pages[0].lines, changes, strict=True)}
        plan = new_plan("docs", "2026-01-01T00:00:00Z", "0", changes)
        known = dict.fromkeys(ids.values(), "")
        revisions = []
        for number, page in enumerate(made.pages, 1):
            named = replace(page, lines=tuple(replace(line, id=ids[line.id]) for line in page.lines), outside=())
            revisions.append(TickRevision(number, page.author, page.by_kb, body_of(named, rows)))
            if number % 3 and number < len(made.pages):
                continue
            read = read_history(revisions, tuple(asked_lines(plan.changes, "")), person, model.LEAD)
            plan = settle_answers(plan, {"esa:9": read}, {}).plan
            for id, answer in model.answers_of(model.History(made.pages[:number])).items():
                if answer != "kept":
                    known[ids[id]] = answer.replace("open", "")
            told = {line_id(each): each for each in plan.changes}
            for id, words in known.items():
                found = told[id].answer.partition(" esa:")[0]
                assert found == " ".join(words.replace(" by", "").split()), (seed, number)
                assert told[id].accept is words.startswith("yes")
                answered += bool(words)
    assert answered > 300


LINE = "- [ ] 移す: [esa:7 題名](/posts/7) 旧 → 新 `0a1b2c3d`\n    - [ ] やらない `0a1b2c3d`\n"
LINE += "\n- [ ] 閉じる: [redmine:4](https://r.example/4) `0a1b2c3e`\n"


@pytest.mark.parametrize(
    ("edit", "edited"),
    [
        (lambda text: text.replace("[ ] 移す", "[x] 移す"), False),
        (lambda text: text.replace("[ ] やらない", "[X] やらない"), False),
        (lambda text: text.replace("`0a1b2c3e`", "`0a1b2c3e` やらない"), False),
        (lambda text: text.replace("`0a1b2c3e`", "`0a1b2c3e`（やらない）"), False),
        (lambda text: text.replace("`0a1b2c3e`", "`0a1b2c3e` ただし来月"), True),
        (lambda text: text.replace("旧 →", "別 →"), True),
        (lambda text: text.replace("- [ ] 閉じる", "閉じる"), True),
    ],
)
def test_an_answer_is_no_damage_to_the_section(edit: Callable[[str], str], edited: bool) -> None:
    section = find_section(edit(render_block("report", LINE)), "report")
    assert section is not None
    assert section.edited is edited


def test_a_box_that_kb_did_not_make_is_text() -> None:
    section = find_section(render_block("report", "- [ ] 昔からの箱").replace("[ ]", "[x]"), "report")
    assert section is not None
    assert section.edited


def test_what_is_ticked_stays_ticked_in_the_section_written_next() -> None:
    old = LINE.replace("[ ] やらない", "[x] やらない").replace("`0a1b2c3e`", "`0a1b2c3e` やらない")
    new = "前文\n\n" + LINE.replace("題名", "新しい題名") + "- [ ] 移す: [esa:9](/posts/9) `0a1b2c3f`\n"
    made = carry_boxes(old, new)
    assert made == "前文\n\n" + old.replace("題名", "新しい題名") + "- [ ] 移す: [esa:9](/posts/9) `0a1b2c3f`\n"
    assert carry_boxes(made, LINE.replace("旧 → 新", "旧 → 別")).count("[x]") == 0  # another proposal
    assert carry_boxes(old + LINE, LINE) == LINE  # which of them?


COMMENTS = [
    tuple(line.split("\t", 1))
    for line in Path(__file__).with_name("ticks").joinpath("comments.tsv").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("says", "text"), COMMENTS)
def test_only_a_line_that_says_nothing_else_is_an_answer(says: str, text: str) -> None:
    ids = {"ID2": "bbbbbbbb", "ID": "1f0c22d9", "FULL": "１ｆ０ｃ２２ｄ９", "⏎": "\n"}
    for word, id in ids.items():
        text = text.replace(word, id)
    asked = {"1f0c22d9": "sato", "bbbbbbbb": "sato"}
    names = {"佐藤": "sato"}
    found = read_comments([TickComment(7, "sato", text)], asked, lambda name: names.get(name, name))
    answer = {True: "yes", False: "no", None: "doubt"}[found["1f0c22d9"][0]] if "1f0c22d9" in found else "nothing"
    assert answer == says


def test_a_later_comment_that_leaves_it_open_takes_an_answer_back() -> None:
    plan = new_plan("docs", "2026-12-02T00:00:00Z", "1", [change(1, Verb.MOVE, category="運用")])
    shared = replace(plan.changes[0], asked="sato", accept=False)
    plan, id = replace(plan, changes=(shared,)), line_id(shared)
    readings = {"esa:9": {id: TickReading(TickAnswer.KEPT)}}

    def collect(plan: Plan, *texts: str) -> CollectedAnswers:
        comments = [TickComment(number, "sato", text) for number, text in enumerate(texts, 1)]
        return settle_answers(plan, readings, {"esa:9": read_comments(comments, {id: "sato"}, str)})

    said = collect(plan, f"{id} やる")
    assert [(each.accept, each.answer) for each in said.plan.changes] == [(True, "yes esa:9#comment-1")]
    later = collect(said.plan, f"{id} やる", f"{id} やるのは待ってください")
    assert [(each.accept, each.answer) for each in later.plan.changes] == [(False, "")]
    assert later.doubts == {shared.id: TickDoubt.COMMENT}


def test_a_tick_below_the_name_of_another_page_is_a_doubt() -> None:
    base, tick = CASES["base"], ("[ ] 移す: [esa:1203", "[x] 移す: [esa:1999")
    asked = [asked_line("aaaaaaaa", **CASES["asked"]["aaaaaaaa"])]
    for old, new in (tick, ("[ ] 移す: [esa:1203 夜間バッチ]", "[x] 移す: [夜間バッチ]")):
        assert old in base
        told_so = base.replace(old, new.replace("[x]", "[ ]"), 1)
        revisions = [
            TickRevision(1, "kb", True, base),
            TickRevision(2, "ono", False, told_so),
            TickRevision(3, "sato", False, base.replace(old, new, 1)),
        ]
        found = read_history(revisions, asked, person)["aaaaaaaa"]
        assert (found.answer, found.doubt) == (TickAnswer.KEPT, TickDoubt.CHANGED)
    retitled = base.replace("夜間バッチ]", "夜間の処理]", 1)
    ticked = retitled.replace("[ ] 移す", "[x] 移す", 1)
    revisions = [TickRevision(1, "kb", True, retitled), TickRevision(2, "sato", False, ticked)]
    assert read_history(revisions, asked, person)["aaaaaaaa"].answer is TickAnswer.YES
