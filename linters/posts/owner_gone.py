"""書きかけの記事を書いていた人が、メンバーの一覧にいません / An unfinished page whose writer is not a member

なぜ:
    続きを書く人がいない記事は、誰かが引き受けるまで変わりません。中身を知る人がまだ近くにいるうちのほうが、聞けます。
    WIP の記事、対策の残る障害の記事、個人のフォルダーの記事のうち、最後に編集した人が esa のメンバーの一覧に
    いないものを知らせます。はじめの同期より前に離れた人のものも分かります。一覧を最後まで読めなかったときは、
    誰のものとも言いません。kb による移動や印は、編集に数えません。
    bot と、メンバーでない協力者は、kb.toml の [people] bots と guests に書きます。
悪い例:
    WIP: 請求バッチの設計（最後の編集: 渡辺、退職）
良い例:
    請求バッチの設計（公開。渡辺から佐藤が引き継ぎ）
Why:
    A page nobody goes on with stays as it is until somebody takes it, and it is easier to ask while people remember.
    Told are drafts, incident pages with something open, and pages in personal folders, that were last edited by
    somebody who is not on esa's list of members, those who left before the first sync too. Of a list that could not be
    read to its end nobody is told. What kb moved or marked is no edit. Bots, and partners who are no members, stand in
    [people] bots and guests of kb.toml.
Bad:
    WIP: design of the billing batch (last edited by Watanabe, who is not a member)
Good:
    Design of the billing batch (shipped; Sato took it over from Watanabe)
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence, TitleMark
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.reading.tickets.finished import address_person
from kb.rules.registry import Fold, FoldBy, Hit, Rule
from kb.rules.world import World
from kb.text.fold import normalize_name
from kb.text.globs import find_personal_folder
from kb.text.lang import Text, t
from linters.incident.status.marked_but_open import first_open
from linters.posts import POSTS, folder_owner, is_set_aside
from linters.titles import title_hit


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for an unfinished page whose last editor or folder's owner is on no list of members."""
    if is_set_aside(entry.category):
        return
    folder = find_personal_folder(entry.category, world.folders)
    editor = (entry.human_by or entry.author).strip()
    if normalize_name(editor) in world.bots:
        editor = entry.author.strip()
    if folder and folder_owner(folder) in world.former:
        yield _hit(entry, folder.rpartition("/")[2], _FOLDER, "gone:folder")
    elif editor.casefold() in world.former and (why := _unfinished(entry, world)) is not None:
        yield _hit(entry, editor, why, "gone:editor")


_FOLDER = t(
    "個人のフォルダーの持ち主は、メンバーの一覧にいません。引き継ぐ人を決めるか、アーカイブしてください。",
    "Who has this folder is not on the list of members: decide who takes this over, or archive it.",
)
_WIP = t(
    "WIP のままで、最後に編集した人はメンバーの一覧にいません。引き継ぐ人を決めるか、アーカイブしてください。",
    "A draft whose last editor is not on the list of members: decide who takes this over, or archive it.",
)
_OPEN = t(
    "残っている対策があり、最後に編集した人はメンバーの一覧にいません。引き継ぐ人を決めてください。",
    "Something is open here, and the last editor is not on the list of members: decide who takes this over.",
)


def _unfinished(entry: Entry, world: World) -> Text | None:
    """Return what to say of an unfinished page; None for a finished one."""
    if entry.wip:
        return _WIP
    facts = entry.facts
    if facts is None or not facts.is_incident or facts.title_mark is not TitleMark.NONE:
        return None
    return _OPEN if first_open(facts, world) is not None else None


def _hit(entry: Entry, name: str, says: Text, reason: str) -> Hit:
    evidence = t(address_person(name), name)
    return title_hit(entry, says, Confidence.HIGH, reason, placed=True, evidence=evidence)


LEAVERS = Fold(
    "leavers",
    t(
        "メンバーの一覧にいない人の記事です。引き継ぐ人を決めるか、アーカイブしてください。",
        "Pages of people who are not on the list of members: decide who takes them over, or archive them.",
    ),
    FoldBy.EVIDENCE,
)
rule = Rule(
    "PST103",
    __name__,
    Severity.WARNING,
    join=join,
    kinds=POSTS,
    reads=False,
    version=2,
    fold=LEAVERS,
    label=t("引き継ぐ記事", "to hand over"),
)
