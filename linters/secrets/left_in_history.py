"""本文から消した値が履歴に残っています / A value that was removed can still be read in the history

なぜ:
    本文から消しても、前の版・変更履歴・通知メールには値が残り、版を開ける人は誰でも読めます。
    効くのは値そのものの変更だけです。済んだら `kb secrets rotated ID --on 日付 --by 名前` で閉じられます。
    残った版も消すなら、管理者が手で行います（kb が消すことはありません）。Redmine の Wiki はページの「履歴」で
    その版を削除、チケットの変更履歴はサーバーの rails runner で、esa は記事ごとの削除だけです。
    手順はマニュアルの「秘密を扱う」（docs/secrets.md）にあります。
悪い例:
    版 3: 管理画面のパスワード: Kumo7-Hikari
    版 4: 管理画面のパスワード: 1Password を参照
良い例:
    版 4 のあと、値を変更して kb secrets rotated 3f2a91c0 --on 2026-11-26 --by ono と記録した
Why:
    After an edit the value is still in the earlier version, in the journal and in mails: whoever opens them reads it.
    Only changing the value helps. `kb secrets rotated ID --on DATE --by NAME` then closes the finding.
    To remove the version as well is an administrator's manual step, never kb's: in Redmine's wiki, delete it in the
    page's history; a ticket's journal only on the server, with rails runner; in esa, only the whole post.
    The steps stand in the manual, docs/secrets.md.
Bad:
    Version 3: password of the console: Kumo7-Hikari
    Version 4: password of the console: see 1Password
Good:
    After version 4 the value was changed, and kb secrets rotated 3f2a91c0 --on 2026-11-26 --by ono recorded it
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kb.model.document import ALL_KINDS, Visibility
from kb.model.finding import Severity
from kb.model.page import Page
from kb.model.secret import Remnant
from kb.rules.registry import Hit, Rule
from kb.text.lang import Text, t
from linters.secrets import secret_hit

_READERS = {
    Visibility.INTERNET: t("リンクを知っている人は誰でも", "anybody with the link"),
    Visibility.MEMBERS: t(
        "ページを読める人は誰でも", "whoever may read the page"
    ),  # a public project is more than members
    Visibility.LIMITED: t("読める範囲の人が", "those who may read the page"),
    Visibility.PRIVATE: t("限られた人が", "a few people"),
}


_KEPT = {
    "revision": t("記事の古い版", "an old revision"),
    "wiki": t("ページの古い版", "an old version of the page"),
    "journal": t("変更履歴", "the journal"),
}


def check(page: Page) -> Iterator[Hit]:
    """Yield a hit for each value in old versions that the document no longer has."""
    for number, remnant in enumerate(page.remnants, 1):
        yield replace(secret_hit(remnant.secret, _says(remnant), number), evidence=_where(remnant))


def _says(remnant: Remnant) -> Text:
    """Return what holds it, its readers, and what alone helps."""
    readers = _READERS[remnant.visibility]
    kept = _KEPT.get(remnant.parts[0].partition(":")[0], t("履歴", "the history"))
    return t(
        f"本文から消えた値が{kept.ja}に残り、{readers.ja}読めます。値を変更してください。",
        f"A value taken out of the text is still in {kept.en}; {readers.en} can read it. Change it.",
    )


def _where(remnant: Remnant) -> Text:
    """Return the first of its places, and how many more there are."""
    part, others = remnant.parts[0], remnant.held - 1
    return t(f"{part} ほか {others:,} か所", f"{part} and {others:,} more") if others else t(part, part)


rule = Rule(
    "SEC201",
    __name__,
    Severity.ERROR,
    kinds=ALL_KINDS,
    check=check,
    reads=False,
    pressing=True,
    version=3,
    only_secrets=True,
)
