"""Turn answers into a section of a runbook: what was asked and answered, by nobody's name."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from kb.lint.people.audience import find_names, list_member_names
from kb.lint.people.people import People
from kb.lint.printable import defuse_html
from kb.plan.sections.anchors import Anchor, AnchorKind
from kb.reports.handover.papers import Answer
from kb.reports.publish.decide import Publication, PublishForm
from kb.text.display import sanitize_lines
from kb.text.fold import fold_text
from kb.text.lang import t

SECTION = "answers"
"""What the section is called in a page's marks; it says nothing of who was asked, or why."""


def group_by_home(answers: Iterable[Answer]) -> tuple[dict[str, list[Answer]], int]:
    """Return the answers by the post they go into, and how many have none."""
    found: dict[str, list[Answer]] = {}
    homeless = 0
    for answer in answers:
        if answer.home.startswith("esa:"):
            found.setdefault(answer.home, []).append(answer)
        else:
            homeless += 1
    return found, homeless


def make_publication(answers: Sequence[Answer], people: People, shared: Container[str]) -> Publication:
    """Return the section of one page. A question that names somebody stays out; its answer is there.

    So does one that rests on anything but the documents `shared` with every member: its words may be their titles.
    """
    names = find_names(list_member_names(people))

    def write(form: PublishForm) -> str:
        lines = [f"## {t('補足', 'Notes')}"]
        for answer in answers:
            known = all(doc in shared for doc in answer.sources)
            if known and not names.search(fold_text(answer.ask).casefold()):
                lines += ["", f"**{defuse_html(answer.ask)}**"]
            lines += ["", sanitize_lines(answer.answer)]
        return "\n".join(lines)

    return Publication(SECTION, t("手順書の補足", "notes of a runbook"), write, place=Anchor(AnchorKind.BOTTOM))
