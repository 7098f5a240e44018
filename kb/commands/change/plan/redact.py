"""`kb plan redact`: replace secrets on pages with agreed words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.change.plan.output import (
    ForceOption,
    PlanDraft,
    PlanNowOption,
    PlanOutputOption,
    open_mirrored,
)
from kb.commands.registry import argument, command, option
from kb.errors import UsageError
from kb.model.document import Kind, Source
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from kb.model.plan import Change
    from kb.plan.propose.post import Proposal
    from kb.reports.secrets.held import SecretPlace, SecretValue
    from kb.settings.kb_toml import EsaSettings

BODY = "body"


@command(
    "plan redact",
    t("ページに残る秘密の値を伏せる案", "mask secrets that are still on pages"),
    example="kb plan redact -o redact.toml\nkb plan redact 5f0c1d2e3b4a --with '（1Password の Redmine 管理者）'",
    shared=True,
)
def plan_redact(
    ids: Annotated[
        list[str] | None,
        argument("[ID]…", t("kb secrets list の ID（なければ変更済みのものすべて）", "ids of kb secrets list")),
    ] = None,
    words: Annotated[
        str, option("--with WORDS", t("値の代わりに書く言葉（既定は kb.toml）", "what is written in their place"))
    ] = "",
    before_rotation: Annotated[
        bool,
        option(
            "--before-rotation",
            t("まだ変更していない値も伏せる（履歴に残る値は使えるまま）", "also mask values that still work"),
        ),
    ] = False,
    out: PlanOutputOption = Path("redact.toml"),
    force: ForceOption = False,
    now: PlanNowOption = "",
) -> None:
    """Plan to mask the secrets whose values were changed, and say where they stay readable."""
    from kb.plan.propose.post import gather_proposals
    from kb.reports.secrets.held import choose_values, survey_secrets

    workspace = open_mirrored(Source.ESA)
    assert workspace.settings.esa is not None
    _require_quiet_webhooks(workspace.settings.esa)
    chosen = words.strip() or workspace.settings.plan.redacted
    _require_words(chosen)
    draft = PlanDraft.begin(workspace, out, force=force, now=now)
    found = survey_secrets(workspace, everything=bool(ids), now=now)
    values = choose_values(found.holding.values, ids or ())
    ready = [each for each in values if each.rotated is not None or before_rotation]
    _require_rotated(values, ready, named=bool(ids))
    proposed = gather_proposals(_propose(draft, ready, len(values) - len(ready), chosen))
    draft.write(proposed, found.troubles, lambda changes: _describe_remains(changes, ready) if changes else ())


def _propose(draft: PlanDraft, values: Sequence[SecretValue], unready: int, words: str) -> Iterator[Proposal]:
    """Yield the changes page by page, and why other places get none."""
    from kb.mirror import queries
    from kb.model.document import parse_doc
    from kb.plan.propose.redact import NOT_A_TEXT, NOT_ROTATED, SecretSpot, propose_redactions

    yield from [NOT_ROTATED] * unready
    spots: dict[int, list[SecretSpot]] = {}
    for value in values:
        for place in value.places:
            if not _is_maskable(place):
                yield NOT_A_TEXT
                continue
            span = place.finding.span
            day = value.rotated.on if value.rotated is not None else ""
            spot = SecretSpot(span.line, span.column, place.secret.kind, value.id, day)
            spots.setdefault(parse_doc(place.entry.doc).number, []).append(spot)
    with draft.mirror() as mirror:
        for number in sorted(spots):
            post = queries.post_head(mirror, number)
            text = next((each.document.body for each in mirror.documents(kinds=[Kind.POST], doc=f"esa:{number}")), "")
            if post is not None:
                yield from propose_redactions(post, text, spots[number], words)


def _is_maskable(place: SecretPlace) -> bool:
    """Whether a place is in the text of a post, as it is now."""
    return place.entry.source is Source.ESA and place.finding.part == BODY and place.remnant is None


def _require_quiet_webhooks(esa: EsaSettings) -> None:
    if esa.webhooks:
        return
    raise UsageError(
        t(
            "esa の Webhook は、記事を書き換えるたびに本文と差分を外へ送ります。止めたかどうかを kb は読めません。",
            "esa's webhooks send the text and diff of every edit to other services; kb cannot see whether any are on.",
        ),
        t(
            'ないことを確かめるか止めてから、kb.toml の [esa] に webhooks = "none" か "stopped" と書いてください。',
            'make sure there are none, or stop them; then write webhooks = "none" or "stopped" under [esa] in kb.toml.',
        ),
    )


def _require_words(words: str) -> None:
    """Raise UsageError for words that cannot stand in a value's place."""
    from kb.model.plan import ChangeKey
    from kb.plan.values import check_value
    from kb.text.display import sanitize

    if (why := check_value(ChangeKey.SECRET, words)) is not None:
        from kb.secrets.mask_document import mask_text

        shown = mask_text(sanitize(words))[:40]
        raise UsageError(
            t(f"代わりに書く「{shown}」は使えません（{why.ja}）。", f"{shown!r} cannot be written: {why.en}."),
            t("例: --with '（1Password の Redmine 管理者）'", "example: --with '(in 1Password: Redmine admin)'"),
        )


def _require_rotated(values: Sequence[SecretValue], ready: Sequence[SecretValue], *, named: bool) -> None:
    """Raise UsageError where a named value, or every value there is, still works."""
    waiting = [each for each in values if each not in ready]
    if not waiting or (ready and not named):
        return
    shown = "、".join(each.id[:12] or each.places[0].finding.fingerprint[:12] for each in waiting[:5])
    raise UsageError(
        t(
            f"まだ変更していない値です: {shown}。ページから消しても、版の履歴や通知メールに残り、使えます。",
            f"not changed yet: {shown}. Masked on the page, the value stays in revisions and mails, and still works.",
        ),
        t(
            "値を変更し、kb secrets rotated で控えてから、もう一度どうぞ。今すぐ伏せるなら --before-rotation です。",
            "change it, record that with kb secrets rotated, and try again. To mask it now: --before-rotation.",
        ),
    )


def _describe_remains(changes: Iterable[Change], values: Sequence[SecretValue]) -> Iterator[Text]:
    """Yield where the values stay readable after the plan."""
    targets = {each.target: each.seen.revision for each in changes}
    revisions = sum(targets.values())
    yield t(
        f"伏せたあとも残るところ: esa の版の履歴（記事 {len(targets):,} 件の、今までの {revisions:,} 版）、"
        "すでに送られた通知（メール、Slack）。どちらも kb からは消せません。",
        f"the values stay readable in esa's revisions ({revisions:,} so far, of {count_noun(len(targets), 'post')}) "
        "and in mails and Slack messages already sent. kb can delete neither.",
    )
    others = [place for value in values for place in value.places if not _is_maskable(place)]
    tickets = sum(place.entry.source is Source.REDMINE for place in others)
    if others:
        yield t(
            f"この案に入らないところ: {len(others):,} か所（うち Redmine {tickets:,}）。kb secrets list にあります。",
            f"not in this plan: {count_noun(len(others), 'place')}, {tickets:,} in Redmine; see kb secrets list.",
        )
    if notes := sum(place.entry.kind is Kind.NOTE and place.remnant is None for place in others):
        yield t(
            f"Redmine の注記 {notes:,} か所は、画面でその注記を編集してください（編集前の注記は残りません）。",
            f"edit {count_noun(notes, 'note')} in Redmine by hand (nothing keeps what a note said before).",
        )
    if any(value.rotated is None for value in values):
        yield t(
            "まだ変更していない値が入っています。版の履歴から読めるので、値の変更が先に要ります。",
            "some of these values have not been changed yet. Change them first: the revisions still show them.",
        )
    yield t("手元の写しからも消すには: kb purge-secrets", "to delete them from the local mirror, too: kb purge-secrets")
