"""Drafts of the work that drift asks for, as text: a ticket, a question, or the skeleton of a runbook. Pure.

They say what was seen and where, and leave what only people know as questions. Nothing is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from kb.diagram.model.nouns import AlertChannel, Model, Node
from kb.diagram.model.runbook import RunbookDraft, list_contacts, render_runbook
from kb.errors import UsageError
from kb.model.finding import Finding
from kb.text.display import sanitize
from kb.text.lang import Text, t


class DraftKind(StrEnum):
    """What a finding asks for first."""

    TICKET = "ticket"
    QUESTION = "question"
    RUNBOOK = "runbook"


_QUESTIONS = frozenset(f"SYS{number}" for number in (205, 211, 213, 216, 221, 231, 243, 244, 251, 252, 261, 262))
_CHANNEL = "SYS252"
_RUNBOOKS = frozenset({"SYS223", "SYS245", "SYS246"})


def choose_finding(found: Sequence[Finding], wanted: str, model: Model) -> Finding:
    """Return the finding that `CODE` or `CODE:TARGET` names; a code is a number or a rule's name.

    A channel goes by its label as well. Raises UsageError where there is none, or several.
    """
    code, _, target = wanted.partition(":")
    target = next((each.id for each in model.channels if target and each.label == target), target)
    of_code = [each for each in found if code.upper() == each.code or code.lower() == each.rule]
    fitting = [each for each in of_code if not target or each.target == target]
    if len(fitting) == 1:
        return fitting[0]
    shown = sanitize(wanted)[:80]
    names = "、".join(f"{each.code}:{each.target}" for each in (of_code or found)[:_MOST])
    raise UsageError(
        t(
            f"--draft {shown} に当てはまる指摘が {len(fitting):,} 件あります。",
            f"{len(fitting):,} findings fit --draft {shown}.",
        ),
        t(
            f"いまあるもの: {names}" if names else "いまは指摘がありません。",
            f"there are: {names}" if names else "there is no finding now.",
        ),
    )


_MOST = 8


def choose_draft(code: str) -> DraftKind:
    """Return which draft a finding gets: where only a person can say what it is, a question."""
    if code in _RUNBOOKS:
        return DraftKind.RUNBOOK
    return DraftKind.QUESTION if code in _QUESTIONS else DraftKind.TICKET


def render_draft(finding: Finding, model: Model) -> Text:
    """Return the draft for a finding, in Markdown."""
    node = model.node_by_id.get(finding.target.partition("/")[0])
    ja, en = _seen(finding)
    if finding.code == _CHANNEL:
        channel = next((each for each in model.channels if each.id == finding.target), None)
        return _channel_question(finding, channel, t(ja, en))
    kind = choose_draft(finding.code)
    if kind is DraftKind.RUNBOOK:
        return _runbook(finding, model, t(ja, en))
    return (_ticket if kind is DraftKind.TICKET else _question)(finding, node, t(ja, en))


def render_question(finding: Finding, model: Model) -> Text:
    """Return the question to whoever may know what a finding is about, whichever draft it gets otherwise."""
    ja, en = _seen(finding)
    return _question(finding, model.node_by_id.get(finding.node), t(ja, en))


def _seen(finding: Finding) -> tuple[str, str]:
    rows = [(f"- {source} {taken_at[:16]}".rstrip(), what) for source, taken_at, what in finding.proof]
    return "\n".join(f"{at}: {what.ja}" for at, what in rows), "\n".join(f"{at}: {what.en}" for at, what in rows)


def _ticket(finding: Finding, node: Node | None, seen: Text) -> Text:
    owner = node.owner if node else ""
    step = finding.next_step or t("", "")
    done = f"kb diagram check --drift: {finding.code} {finding.target}"
    return t(
        f"件名: {finding.message.ja}\n\n## 見つけたこと\n\n{finding.message.ja}\n\n{seen.ja}\n\n"
        f"## 次の一手\n\n{step.ja}\n\n## 担当\n\n{owner or '（決める）'}\n\n"
        f"## 終わりの条件\n\n- [ ] {done} が出なくなる\n",
        f"Subject: {finding.message.en}\n\n## What was seen\n\n{finding.message.en}\n\n{seen.en}\n\n"
        f"## Next step\n\n{step.en}\n\n## Owner\n\n{owner or '(to be decided)'}\n\n"
        f"## Done when\n\n- [ ] {done} is no longer told\n",
    )


def _question(finding: Finding, node: Node | None, seen: Text) -> Text:
    to = t(f"{node.owner} の方へ", f"To {node.owner}") if node and node.owner else t("ご存じの方へ", "To whoever knows")
    page = t(f"\n手順: {node.runbook}\n", f"\nRunbook: {node.runbook}\n") if node and node.runbook else t("", "")
    return t(
        f"{to.ja}\n\n構成図と実物を照らし合わせていて、分からないことがありました。\n\n> {finding.message.ja}\n\n"
        f"{seen.ja}\n{page.ja}\n教えてください（分かるものだけで構いません）。\n\n"
        "1. 何のためのものですか。\n2. 止めたり変えたりすると、だれが困りますか。\n"
        "3. いつまで要りますか。\n4. ほかに知っていそうな方はいますか。\n",
        f"{to.en}\n\nHolding the diagram against what runs left a question.\n\n> {finding.message.en}\n\n"
        f"{seen.en}\n{page.en}\nPlease tell us what you know (any of it helps).\n\n"
        "1. What is it for?\n2. Who would notice if it were stopped or changed?\n"
        "3. Until when is it needed?\n4. Who else might know?\n",
    )


def _channel_question(finding: Finding, channel: AlertChannel | None, seen: Text) -> Text:
    """Ask about a channel what the model does not say; since when it is there no model says."""
    known = channel or AlertChannel(finding.target, finding.target)
    name = sanitize(known.label or known.id)
    to = t(f"{known.owner} の方へ", f"To {known.owner}") if known.owner else t("ご存じの方へ", "To whoever knows")
    said = {label: value for field, label in _CHANNEL_WORDS.items() if (value := getattr(known, field))}
    asked = [question for field, question in _CHANNEL_QUESTIONS.items() if not getattr(known, field, "")]
    return t(
        f"{to.ja}\n\n通知先 {name} のことを、構成図に書いておきたいと考えています。止める話ではありません。\n\n"
        + "\n".join([seen.ja, *(f"- {label.ja}: {value}" for label, value in said.items())])
        + "\n\n教えてください（分かるものだけで構いません）。\n\n"
        + "".join(f"{number}. {each.ja}\n" for number, each in enumerate(asked, 1)),
        f"{to.en}\n\nWe would like the diagram to say what the channel {name} is for. Nothing is to be stopped.\n\n"
        + "\n".join([seen.en, *(f"- {label.en}: {value}" for label, value in said.items())])
        + "\n\nPlease tell us what you know (any of it helps).\n\n"
        + "".join(f"{number}. {each.en}\n" for number, each in enumerate(asked, 1)),
    )


_CHANNEL_WORDS = {
    "why": t("なぜ鳴るか", "why it rings"),
    "threshold": t("しきい値", "threshold"),
    "source": t("知らせの出どころ", "what sends to it"),
    "created_by": t("作った人", "made by"),
}
_CHANNEL_QUESTIONS = {
    "why": t(
        "なぜあるチャンネルですか。鳴ったとき、何をしてほしい知らせですか。",
        "Why does it exist, and what should happen when it rings?",
    ),
    "threshold": t(
        "いくつを超えたら鳴りますか。その値はどこで決めていますか。",
        "From which value on does it ring, and where is that set?",
    ),
    "owner": t(
        "だれが読み、だれが動きますか（夜や休日も）。", "Who reads it, and who acts on it (nights and holidays too)?"
    ),
    "since": t(
        "いつからありますか。ほかに知っていそうな方はいますか。", "Since when is it there? Who else might know?"
    ),
}
"""What is asked where the model does not say it; of `since` it never does."""


def _runbook(finding: Finding, model: Model, seen: Text) -> Text:
    node = model.node_by_id.get(finding.target.partition("/")[0])
    name = (node.label or node.id) if node else finding.target
    owner = node.owner if node else ""
    step = finding.next_step or t("", "")
    command = f"kb diagram check --drift --draft {finding.code}"
    return render_runbook(
        RunbookDraft(
            t(f"{name} の手順書（{command} の雛形）", f"Runbook of {name} (a skeleton by {command})"),
            signs=t(f"{finding.message.ja}\n\n{seen.ja}", f"{finding.message.en}\n\n{seen.en}"),
            checks=t(step.ja.partition("手順書の雛形")[0], step.en.partition("A skeleton of a runbook")[0]),
            calls=list_contacts(model, node, owner),
        )
    )
