"""The sections of a runbook, in the order an on-call person asks; what nobody has said is a line to fill in. Pure.

Drafts from drift and drafts from past incidents are one form, and what the model knows stands in both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kb.diagram.model.nouns import Model, Node
from kb.text.display import sanitize
from kb.text.lang import Text, join_texts, t

_NOTHING = t("", "")


@dataclass(frozen=True, slots=True)
class RunbookDraft:
    """What is known for each section, as Markdown: lines, "" for none.

    `signs` are how it shows, `questions` what is to be decided before it is a step, `sources` what all of it rests on.
    `level` is that of its title: 1, or 2 inside a page.
    """

    title: Text
    about: Text = _NOTHING
    signs: Text = _NOTHING
    impact: Text = _NOTHING
    checks: Text = _NOTHING
    steps: Text = _NOTHING
    questions: Text = _NOTHING
    calls: Text = _NOTHING
    sources: Text = _NOTHING
    level: int = 1


def render_runbook(draft: RunbookDraft) -> Text:
    """Render a draft as Markdown."""
    return t(_render(draft, "ja"), _render(draft, "en"))


def _render(draft: RunbookDraft, language: str) -> str:
    mark = "#" * draft.level
    parts = [f"{mark} {getattr(draft.title, language)}", getattr(draft.about, language)]
    for name, head, blank in _SECTIONS:
        known, left = getattr(getattr(draft, name), language), getattr(blank, language) if blank else ""
        if known or left:
            parts += [f"{mark}# {getattr(head, language)}", known, left]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


_SECTIONS: tuple[tuple[str, Text, Text | None], ...] = (
    ("signs", t("気づくきっかけ", "How it shows"), None),
    ("impact", t("影響", "Impact"), t("- だれが、何に困るか:", "- who misses what:")),
    ("checks", t("確かめる", "Check"), t("- 見るところ、ふだんの値:", "- where to look, and what is normal:")),
    (
        "steps",
        t("直す", "Mend"),
        t(
            "- 起動、つなぎ直しの手順（コマンドと、待つ時間）:\n- その前に確かめること、してはいけないとき:",
            "- how to start or connect it (commands, and how long to wait):\n- what to check before, and when not to:",
        ),
    ),
    ("questions", t("決めておくこと", "To be decided"), None),
    ("calls", t("直らないとき", "If that does not help"), None),
    ("sources", t("もとにした記録", "Sources"), None),
)
"""Each field, its heading, and what stays to be filled in below it."""


def list_contacts(model: Model, node: Node | None, owner: str) -> Text:
    """Return whom to call about a node, as lines: `owner`, "" for none, and the channels its alerts go to."""
    lines = [t(f"- 連絡先: {owner or '（決める）'}", f"- call: {owner or '(to be decided)'}")]
    reached = {node.id, *_list_groups(model, node.group)} if node is not None else set()
    for each in model.channels:
        if reached.intersection(each.of):
            name = sanitize(each.label or each.id)
            why = sanitize(each.why)
            lines.append(
                t(
                    f"- 知らせが届くところ: {name}{f'（{why}）' if why else ''}",
                    f"- its alerts go to: {name}{f' ({why})' if why else ''}",
                )
            )
    return join_texts(lines, "\n", "\n")


def _list_groups(model: Model, group: str) -> list[str]:
    """Return a group and those around it."""
    found: list[str] = []
    while group and group not in found:
        found.append(group)
        above = model.group_by_id.get(group)
        group = above.parent if above is not None else ""
    return found


def list_callers(model: Model, node: Node) -> Text:
    """Return what misses a node when it is down, as one line; "" where the model has none."""
    names = _name_nodes(model, (edge.source for edge in model.edges if edge.target == node.id))
    return t(f"- これを使うもの: {names.ja}", f"- what uses it: {names.en}") if names.ja else _NOTHING


def list_needs(model: Model, node: Node) -> Text:
    """Return what a node needs to work, as one line; "" where the model has none."""
    names = _name_nodes(model, (edge.target for edge in model.edges if edge.source == node.id))
    return (
        t(f"- これが使うもの（先に落ちていないか）: {names.ja}", f"- what it uses (is that up?): {names.en}")
        if names.ja
        else _NOTHING
    )


def _name_nodes(model: Model, ids: Iterable[str]) -> Text:
    nodes = model.node_by_id
    names = [sanitize(nodes[each].label or each) if each in nodes else sanitize(each) for each in dict.fromkeys(ids)]
    return t("、".join(names), ", ".join(names))
