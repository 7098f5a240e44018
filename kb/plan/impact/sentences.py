"""Describe the impact of a plan, a sentence a line."""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.plan import Verb
from kb.plan.impact.estimate import Impact
from kb.text.lang import Text, count_noun, join_texts, space_ascii, t

VERB_LABELS: dict[Verb, Text] = {
    Verb.DONE: t("完了の印と場所をそろえる", "marks and places of finished pages put right"),
    Verb.RETITLE: t("題名を変える", "given another title"),
    Verb.MOVE: t("移す", "moved"),
    Verb.SHIP: t("WIP を外す", "shipped"),
    Verb.ARCHIVE: t("アーカイブする", "archived"),
    Verb.LINKS: t("リンクを直す", "given links that lead on"),
    Verb.REDACT: t("秘密の値を伏せる", "masked where they hold a secret"),
    Verb.RESTRICT: t("読める人を限る", "shown to fewer readers"),
    Verb.VERIFY: t("確認日を改める", "marked as read and right"),
    Verb.REASSIGN: t("担当者を変える", "reassigned"),
    Verb.CLOSE: t("終了にする", "closed"),
    Verb.TICKETS: t("対策のチケットを作る", "given a ticket"),
    Verb.PUBLISH: t("公開する", "published"),
    Verb.UNDO: t("元に戻す", "taken back"),
}
"""What is done to a target, for cards and announcements."""

VERB_REASONS: dict[Verb, Text] = {
    Verb.DONE: t("対応が終わった記事を、ひと目で分かるようにするため", "to show at a glance what is done"),
    Verb.RETITLE: t("題名から探しやすくするため", "to make titles easy to find"),
    Verb.MOVE: t("みんなが見つけやすい分類に置くため", "to put pages where everybody finds them"),
    Verb.SHIP: t("書き終わっている記事を公開の状態にするため", "to publish what is finished"),
    Verb.ARCHIVE: t("今の記事を見つけやすくするため", "to make present pages easy to find"),
    Verb.LINKS: t("移した先へたどり着けるようにするため", "to let links lead where pages have gone"),
    Verb.REDACT: t("パスワードなどの値をページに残さないため", "to keep no passwords and keys on pages"),
    Verb.RESTRICT: t("必要な人だけが読めるようにするため", "to show them only to those who need them"),
    Verb.VERIFY: t("今も正しいと確かめた日が分かるようにするため", "to show when they were last read and found right"),
    Verb.REASSIGN: t("担当者を今の体制に合わせるため", "to name who looks after the tickets now"),
    Verb.CLOSE: t("作業が終わっているチケットを整理するため", "to tidy up tickets whose work is done"),
    Verb.TICKETS: t("残っている対策を、チケットで追えるようにするため", "to follow measures by tickets"),
    Verb.PUBLISH: t("まとめを、みんなが見るところに置くため", "to put a summary where everybody looks"),
    Verb.UNDO: t("前回の変更を元に戻すため", "to take back an earlier change"),
}
"""The purpose, for colleagues who have not seen the plan."""


def describe_impact(found: Impact, *, people: bool = True) -> tuple[Text, ...]:
    """Return what will happen: what, how long, who is notified, under whose name, what stays.

    Without `people` nobody is named whom a ticket is given to.
    """
    if not found.writes:
        return (t("送る変更はありません。", "there is nothing to send."),)
    return (
        _describe_targets(found),
        _describe_requests(found),
        _describe_time(found),
        *_describe_texts(found),
        *_describe_notices(found),
        *describe_mails(found),
        *_describe_new_tickets(found, people=people),
        *_describe_authors(found),
        *_describe_permanent(found),
    )


MAX_BRIEF = 5
"""Lines of `describe_briefly`: with the one about a limit apply says no more than six."""


def describe_briefly(found: Impact) -> tuple[Text, ...]:
    """Return what must be known before each sending: amount and time, mails, what stays. `kb review` says the rest."""
    if not found.writes:
        return (t("送る変更はありません。", "there is nothing to send."),)
    mails = [*describe_mails(found)][:2] + [*_describe_new_tickets(found, people=True)][:1]
    return (summarize_impact(found), *mails, *_describe_permanent(found))[:MAX_BRIEF]


def summarize_impact(found: Impact) -> Text:
    """Return amount and time on one line, for a repeated question."""
    return join_texts((_describe_targets(found), _describe_requests(found), _describe_time(found)), "", " ")


def _describe_permanent(found: Impact) -> Iterator[Text]:
    """Yield what `kb undo` cannot take back."""
    if found.posts > found.whole:
        yield t(
            "戻らないもの: 記事の更新日時は今になり、版（revision）が増えます。",
            "cannot be taken back: posts get a new update time and one more revision.",
        )
    if found.tickets > found.quiet:
        note = t("注記と履歴", "notes and history") if found.with_note else t("履歴", "the history")
        yield t(
            f"戻らないもの: チケットの{note.ja}と更新日時、届いたメール。",
            f"cannot be taken back: {note.en} and update times of tickets, and mails that were sent.",
        )
    if found.created:
        yield t(
            "作ったチケットは消えません。kb undo は、注記を残して終了（却下など）にし、記事から番号を消します。",
            "tickets that are made stay: kb undo closes them with a note, and takes their numbers out of the posts.",
        )
    if found.closes:
        yield t(
            "対象バージョンが終了しているチケットと、ワークフローに戻る道のないチケットは、再開できません。",
            "tickets of a closed version, or without a way back in the workflow, cannot be reopened.",
        )


def _describe_targets(found: Impact) -> Text:
    parts = [t(f"記事 {found.posts:,} 件", count_noun(found.posts, "post"))] if found.posts else []
    if found.tickets:
        also = t("", "")
        if found.along:
            duplicates = count_noun(found.along, "duplicate")
            also = t(f"（ほかに重複のチケット {found.along:,} 件も終了になります）", f" (and {duplicates} with them)")
        parts.append(t(f"チケット {found.tickets:,} 件{also.ja}", count_noun(found.tickets, "ticket") + also.en))
    if found.created:
        parts.append(t(f"新しいチケット {found.created:,} 件", count_noun(found.created, "new ticket")))
    what = join_texts(parts)
    return t(f"変更: {what.ja}。", f"changes: {what.en}.")


def _describe_texts(found: Impact) -> Iterator[Text]:
    if found.links:
        yield t(
            f"リンク: 記事 {found.linked:,} 件の本文で {found.links:,} か所を直します（リンクだけのために書き換える記事"
            f"は {found.only_linked:,} 件）。",
            f"links: {found.links:,} in the texts of {count_noun(found.linked, 'post')}, of which "
            f"{found.only_linked:,} change in nothing else.",
        )
    if found.numbered:
        yield t(
            f"番号: 対策の後ろの {found.numbered:,} か所にチケットの番号を書きます。",
            f"numbers: {found.numbered:,} put behind measures.",
        )
    if found.unnumbered:
        yield t(
            f"番号: 対策の後ろの {found.unnumbered:,} か所からチケットの番号を消します。",
            f"numbers: {found.unnumbered:,} taken out from behind measures.",
        )
    if found.masked:
        yield t(
            f"秘密の値: 本文で {found.masked:,} か所を伏せます（版の履歴には残ります）。",
            f"secrets: {found.masked:,} masked in texts; esa's revisions keep them.",
        )


def _describe_requests(found: Impact) -> Text:
    parts = [f"{name} {count}" for name, count in (("esa", found.esa), ("Redmine", found.redmine)) if count]
    return t(f"リクエスト: {'、'.join(parts)}。", f"requests: {', '.join(parts)}.")


def _describe_time(found: Impact) -> Text:
    ja, en = format_duration(found.seconds)
    waits = begin = today = t("", "")
    if found.waits:
        waits = t(
            f"（esa の利用制限の回復を {found.waits:,} 回待ちます）",
            f" (the rate limit of esa is waited for {count_noun(found.waits, 'time')})",
        )
    if found.days > 1 or found.today == 0:
        if found.today == 0:
            begin = t("今日の分は送ってあるので、明日から ", "from tomorrow (today's share is sent) ")
        elif found.today:
            today = t(f"（今日はあと {found.today:,} 件）", f" ({found.today:,} more today)")
        return t(
            f"時間: {begin.ja}1 日 {found.per_day:,} 件ずつで {found.days} 日{today.ja}、1 日あたり{ja}{waits.ja}。",
            f"time: {begin.en}{found.per_day:,} a day for {count_noun(found.days, 'day')}{today.en}, {en} each "
            f"day{waits.en}.",
        )
    return t(f"時間: {ja}{waits.ja}。", f"time: {en}{waits.en}.")


def format_duration(seconds: float) -> tuple[str, str]:
    """Format a length of time in both languages."""
    if seconds < 90:
        whole = max(1, round(seconds))
        return f"約 {whole} 秒", f"about {whole} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"約 {minutes} 分", f"about {minutes} min"
    return f"約 {seconds / 3600:.1f} 時間", f"about {seconds / 3600:.1f} h"


def _describe_notices(found: Impact) -> Iterator[Text]:
    if each := found.posts - found.whole:
        whose = t(f"1 件ずつ送る {each:,} 件には", f" of the {each:,} sent one by one") if found.whole else t("", "")
        yield t(
            f"esa の通知: {whose.ja}ありません（[skip notice] を付けて送ります）。",
            f"notices of esa{whose.en}: none ([skip notice] is sent).",
        )
    if found.whole:
        yield t(
            f"分類ごと移す {found.whole:,} 件: 1 回の呼び出しで移します。[skip notice] は付けられません。通知が出るか、"
            "版と更新日時がどうなるかは、esa の説明書にありません。",
            f"{count_noun(found.whole, 'post')} with their whole category: one call each, which takes no "
            "[skip notice]. Whether esa tells anybody, and what becomes of revisions and dates, it does not document.",
        )


_TO_MEMBERS = t(
    "プロジェクトのメールをすべて受け取る設定の人にも届きます。",
    "those who asked for every mail of a project get them as well.",
)


def describe_mails(found: Impact) -> Iterator[Text]:
    if found.quiet:
        yield t(
            f"注記だけを変えるチケット {found.quiet:,} 件では、メールは出ません。",
            f"no mails for {count_noun(found.quiet, 'ticket')} of which only notes change.",
        )
    if found.tickets == found.quiet:
        return
    mails = found.mails
    if mails.count:
        yield _describe_mail_count(found)
    else:
        more = t("", "")
        if mails.authors:
            more = t(
                f"（作成者も受け取る設定なら、{mails.authors:,} 通まで）",
                f" (up to {mails.authors:,} where authors asked)",
            )
        yield t(
            f"Redmine のメール: 分かっている担当者とウォッチャーには届きません{more.ja}。",
            f"mails of Redmine: none to the assignees and watchers that are known{more.en}.",
        )
    if mails.unknown:
        yield t(
            f"ウォッチャーの分からないチケットが {mails.unknown:,} 件あります。",
            f"of {mails.unknown:,} tickets the watchers are not known.",
        )
    yield _TO_MEMBERS
    if found.limited:
        yield t(
            f"読める人を変える {found.limited:,} 件のメールには、チケットの説明がもう一度載ります。"
            "届くのは、変えたあとに読める人だけです。",
            f"the mails of the {found.limited:,} whose readers change show the description once more, to those alone "
            "who may read them afterwards.",
        )
    if not found.with_note:
        yield t(
            "注記は書きません。それでも、チケットが変わればメールは届きます。",
            "no note is written; a ticket that changes is mailed all the same.",
        )


def _describe_new_tickets(found: Impact, *, people: bool) -> Iterator[Text]:
    """Yield whom new tickets are mailed to: as many mails again leave when they are taken back."""
    if not found.created:
        return
    mails = sum(count for _, count in found.given)
    if not mails:
        yield t(
            "新しいチケットのメール: ほかの人が担当のものはなく、担当者への分はありません（元に戻すときも同じです）。",
            "mails of new tickets: none, as nobody else is assigned; and none when they are taken back.",
        )
        yield from [] if found.tickets > found.quiet else [_TO_MEMBERS]
        return
    names = [f"{name.rpartition(' #')[0] or name} {count:,}" for name, count in found.given] if people else []
    ja = f"（{'、'.join(f'{each} 通' for each in names)}）" if names else ""
    en = f" ({', '.join(names)})" if names else ""
    yield t(
        f"新しいチケットのメール: 担当者へ {mails:,} 通{ja}。元に戻すと、終了を知らせるメールがもう {mails:,} 通"
        "（同じ人へ）届きます。ほかの人が同時に同じ案を送り、こちらのチケットを終了にするときも、1 件に 1 通です。",
        f"mails of new tickets: {mails:,} to assignees{en}; taken back, another {mails:,} to the same people tell that "
        "they are closed; so does 1 for each that is closed because somebody sent the same plan at the same moment.",
    )
    yield from [] if found.tickets > found.quiet else [_TO_MEMBERS]


def _describe_mail_count(found: Impact) -> Text:
    """Return how many mails go to how many people, as far as known."""
    mails = found.mails
    people = "1 person" if mails.people == 1 else f"{mails.people} people"
    least = t("少なくとも ", "at least ") if mails.unknown else t("", "")
    authors = t("", "")
    if mails.authors:
        authors = t(
            f"。作成者も受け取る設定なら、さらに {mails.authors:,} 通まで",
            f"; up to {mails.authors:,} more where authors asked for them",
        )
    return t(
        f"Redmine のメール: {least.ja}{mails.count:,} 通、{mails.people:,} 人へ"
        f"（担当者・前の担当者・ウォッチャー{authors.ja}）。",
        f"mails of Redmine: {least.en}{mails.count:,}, to {people} (assignees, those before, watchers{authors.en}).",
    )


def _describe_authors(found: Impact) -> Iterator[Text]:
    if found.posts > found.whole:
        who = t(f"{found.editor} さん", found.editor) if found.editor else t("トークンの持ち主", "the token's owner")
        yield t(
            f"最後の更新者: esa では{space_ascii(who.ja)}になります（kb の「最後に人が直した日」は変わりません）。",
            f"last editor: {who.en} in esa (kb itself keeps the last edit by hand).",
        )
    if found.tickets > found.quiet or found.created:
        who = t(f"{found.author} さん", found.author) if found.author else t("キーの持ち主", "the key's owner")
        yield t(
            f"チケットの履歴には{space_ascii(who.ja)}の名前が残ります。",
            f"the history of the tickets will name {who.en}.",
        )
