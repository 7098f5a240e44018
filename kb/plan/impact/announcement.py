"""Write an announcement of a plan for colleagues.

It is read by everybody, so it names no person, personal folder or title, nothing hidden from some of its readers, and
no value that could be a secret.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from kb.model.document import Source
from kb.model.plan import Change, ChangeKey, Verb, group_by_target, merge_values
from kb.plan.collide.conflicts import find_personal_folder
from kb.plan.impact.estimate import Impact
from kb.plan.impact.sentences import VERB_LABELS, VERB_REASONS, format_duration
from kb.secrets.mask_document import mask_text
from kb.text.display import sanitize
from kb.text.lang import Text, count_noun, join_texts, t

MAX_GROUPS = 5
"""Groups listed for each verb."""


def write_announcement(
    accepted: Sequence[Change],
    found: Impact,
    *,
    when: str = "",
    ask: str = "",
    personal: Collection[str] = ("Users/*",),
    hidden: Collection[str] = (),
    links: int = 0,
) -> Text:
    """Return the text, Markdown, in both languages.

    `when` is the day as people write it, `ask` whom to ask; both are left open when "". `personal` are globs of
    personal folders; `hidden` targets are counted and not described. `links` is how many links to categories break, in
    texts that every member may read.
    """
    ja_time, en_time = format_duration(found.seconds)
    days = t(f"、{found.days} 日に分けて", f", over {found.days} days") if found.days > 1 else t("", "")
    system = _name_systems(found)
    kept = _describe_texts(found)
    ja = [
        f"## {system.ja} を整理します",
        "",
        f"- いつ: {_clean_words(when) or '（日時）'}{days.ja}（{'1 日' if found.days > 1 else '所要'}{ja_time}）",
        f"- 件数: {_describe_count(found).ja}",
        f"- 通知: {_describe_notices(found).ja}",
        f"- 変わらないもの: 記事やチケットの番号と URL{kept.ja}",
        *([f"- 直すもの: 移る分類を開くリンクと保存した検索 {links:,} か所"] * bool(links)),
        f"- 戻し方: まとめて元に戻せます。お気づきのことは {_clean_words(ask) or '（名前）'} までお知らせください",
        "",
        "### 変更すること",
        "",
    ]
    en = [
        f"## We are tidying up {system.en}",
        "",
        f"- When: {_clean_words(when) or '(day and time)'}{days.en} ({en_time}{' each day' if found.days > 1 else ''})",
        f"- How many: {_describe_count(found).en}",
        f"- Notices: {_describe_notices(found).en}",
        f"- What stays: numbers and URLs of posts and tickets{kept.en}",
        *([f"- To mend: {count_noun(links, 'link')} to categories that move, saved searches included"] * bool(links)),
        f"- Taking it back: all of it can be. If anything looks odd, please tell {_clean_words(ask) or '(name)'}",
        "",
        "### What changes",
        "",
    ]
    for line in _describe_verbs(accepted, personal, frozenset(hidden)):
        ja.append(line.ja)
        en.append(line.en)
    return t("\n".join(ja) + "\n", "\n".join(en) + "\n")


def _name_systems(found: Impact) -> Text:
    names = [name for name, count in (("esa", found.posts), ("Redmine", found.tickets + found.created)) if count] or [
        "esa"
    ]
    return t(" と ".join(names), " and ".join(names))


def _describe_texts(found: Impact) -> Text:
    """Say what stays of the texts of posts, to go on after their numbers and addresses."""
    parts = []
    if found.links:
        link = count_noun(found.links, "link")
        parts.append(t(f"移す先に合わせてリンク {found.links:,} か所を直し", f"{link} will follow what moves"))
    if found.numbered:
        place = count_noun(found.numbered, "number")
        parts.append(
            t(f"対策の後ろにチケットの番号 {found.numbered:,} か所を書き", f"{place} of tickets will be added")
        )
    if found.masked:
        place = count_noun(found.masked, "value")
        parts.append(t(f"パスワードなど {found.masked:,} か所を伏せ", f"{place} such as passwords will be masked"))
    if not parts:
        return t("、本文", ", and all texts")
    return t(
        f"。本文は、{'、'.join(each.ja for each in parts)}、ほかはそのままです",
        f"; in the texts only {' and '.join(each.en for each in parts)}",
    )


def _describe_count(found: Impact) -> Text:
    counts = (
        (found.posts, "記事", "post"),
        (found.tickets, "チケット", "ticket"),
        (found.created, "新しいチケット", "new ticket"),
    )
    parts = [t(f"{ja} {count:,} 件", count_noun(count, en)) for count, ja, en in counts if count]
    return join_texts(parts or [t("0 件", "none")])


def _describe_notices(found: Impact) -> Text:
    parts = []
    if found.posts:
        maybe = t("esa の通知は流れることがあります", "perhaps some notices from esa")  # esa does not document it
        parts.append(maybe if found.whole else t("esa の通知は流れません", "no notices from esa"))
    if found.tickets or found.created:
        count = found.mails.count
        least, at_least = ("少なくとも ", "at least ") if found.mails.unknown else ("", "")
        parts.append(
            t(
                f"Redmine から関係する方にメールが届きます（{least}{count:,} 通）",
                f"mails from Redmine to those concerned ({at_least}{count:,})",
            )
        )
    return join_texts(parts or [t("ありません", "none")], "。", "; ")


def _describe_verbs(accepted: Sequence[Change], personal: Collection[str], hidden: frozenset[str]) -> Iterator[Text]:
    changing = [each for each in accepted if merge_values([each])]
    for verb in Verb:
        if some := [each for each in changing if each.kind is verb]:
            number, word = len(group_by_target(some)), VERB_LABELS[verb]
            why = VERB_REASONS[verb]
            yield t(f"- {word.ja}: {number:,} 件（{why.ja}）", f"- {word.en}: {number:,} ({why.en})")
            yield from _describe_groups(some, personal, hidden)


def _describe_groups(changes: Sequence[Change], personal: Collection[str], hidden: frozenset[str]) -> Iterator[Text]:
    """Yield from which category to which, the largest first; the rest as a number."""
    open_to_all = [each for each in changes if _is_public(each, personal, hidden)]
    roads = Counter((str(each.before[ChangeKey.CATEGORY]), str(each.after[ChangeKey.CATEGORY])) for each in open_to_all)
    told = sorted(roads.items(), key=lambda road: (-road[1], road[0]))[:MAX_GROUPS]
    for (before, after), count in told:
        yield t(
            f"    - {_describe_place(before).ja} → {_describe_place(after).ja}（{count:,} 件）",
            f"    - {_describe_place(before).en} → {_describe_place(after).en} ({count:,})",
        )
    rest = len(changes) - sum(count for _, count in told)
    if told and rest:
        yield t(f"    - ほか {rest:,} 件", f"    - {rest:,} more")


def _is_public(change: Change, personal: Collection[str], hidden: frozenset[str]) -> bool:
    if change.source is not Source.ESA or change.target in hidden or ChangeKey.CATEGORY not in merge_values([change]):
        return False
    places = (str(change.before[ChangeKey.CATEGORY]), str(change.after[ChangeKey.CATEGORY]))
    return not any(find_personal_folder(place, personal) or mask_text(place) != place for place in places)


def _describe_place(category: str) -> Text:
    words = sanitize(category).replace("`", "'")
    return t(f"`{words}`", f"`{words}`") if words else t("（分類なし）", "(no category)")


def _clean_words(words: str) -> str:
    """Return words somebody gave, on one line and masked."""
    return sanitize(mask_text(" ".join(words.split())))[:100]
