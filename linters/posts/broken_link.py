"""リンク先が、もうありません / A link leads to something that is gone

なぜ:
    手順や経緯の続きがリンクの先にあると、たどれなくなった時点で中身が失われます。移した先や、代わりのものへ直せます。
    手元の写しで削除されたと分かっている esa の記事・Redmine のチケットと、記事が 1 件もない分類へのリンクを知らせます。
    写したことのない番号や、ほかのサイトのことは推測しません。記事が移ってもリンクは切れませんが、分類へのリンクは切れます。
悪い例:
    手順は https://docs.esa.io/posts/12 を参照（#12 は削除済み）
良い例:
    手順は https://docs.esa.io/posts/310 を参照
Why:
    Where a step or a story goes on behind a link, it is lost once the link leads nowhere. It can point to where
    things went. Told are links to posts of esa and tickets of Redmine that kb's mirror knows to be deleted, and to
    categories without any post; never a guess on what was not mirrored. Links to posts survive a move, those to
    categories do not.
Bad:
    See https://docs.esa.io/posts/12 (deleted) for the steps
Good:
    See https://docs.esa.io/posts/310 for the steps
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.rules.registry import GateGroup, GateHint, Hit, Rule
from kb.rules.world import World, label_link_end
from kb.text.fold import hash_content
from kb.text.lang import t
from linters.incident import TOP

link = GateGroup(
    "link",
    alone=GateHint(
        words=("/posts/", "/issues/"),
        patterns=("[#＃﹟][Pp][Aa][Tt][Hh]", "[#＃﹟][Cc][Aa][Tt][Ee][Gg][Oo][Rr][Yy]"),  # a word knows one width more
    ),
)


DELETED = t("リンク先は削除されています。リンクを直してください。", "What a link leads to was deleted: mend the link.")
EMPTY_PLACE = t(
    "リンク先の分類には、記事がありません。リンクを直してください。",
    "No post is in the category a link leads to: mend the link.",
)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for each dead target of a document's links."""
    links = entry.facts.links if entry.facts else ()
    ends = dict.fromkeys(world.gone[address] for address in links if address in world.gone)
    for end in ends:
        document = label_link_end(end)
        confidence = Confidence.HIGH if document else Confidence.MEDIUM
        says, evidence = (DELETED, document) if document else (EMPTY_PLACE, t(end, end))
        yield Hit(says, TOP, confidence, role=end, content=hash_content(end), reason="link:gone", evidence=evidence)


rule = Rule("PST105", __name__, Severity.WARNING, gate=("link",), join=join)
